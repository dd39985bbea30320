//! The crate's defects and the server's moods, by a server that plays them.

use super::*;
use crate::store::influx::double::Double;

fn client(url: &str) -> Client {
    let target = InfluxTarget::new(url, "the org", "the bucket", "secret");
    Client::with_limits(&target, Duration::from_secs(1), Duration::from_millis(300)).unwrap()
}

fn lines() -> Vec<String> {
    vec!["tank,id=raw level_m3=1 1000".to_owned(), "tank,id=raw level_m3=2 2000".to_owned()]
}

#[tokio::test]
async fn lines_are_written_compressed_with_their_precision_and_the_token() {
    let double = Double::new(|_| Some((204, vec![], String::new())));
    client(&double.url).write(&lines()).await.unwrap();
    let asked = &double.asked()[0];
    assert!(asked.line.starts_with("POST /api/v2/write?"), "{}", asked.line);
    for part in ["precision=ms", "bucket=the+bucket", "org=the+org"] {
        assert!(asked.line.contains(part), "{part} in {}", asked.line);
    }
    for header in ["content-encoding: gzip", "authorization: token secret"] {
        assert!(asked.headers.iter().any(|h| h == header), "{header} in {:?}", asked.headers);
    }
    assert_eq!(asked.body, "tank,id=raw level_m3=1 1000\ntank,id=raw level_m3=2 2000\n");
}

#[tokio::test]
async fn a_busy_server_is_asked_how_long_to_wait() {
    for status in [429, 503] {
        let double = Double::new(move |_| {
            Some((status, vec!["Retry-After: 7".to_owned()], "too much".to_owned()))
        });
        let Fault::Away(why, asked) = client(&double.url).write(&lines()).await.unwrap_err() else {
            panic!("not away")
        };
        assert!(why.contains(&status.to_string()) && why.contains("too much"), "{why}");
        assert_eq!(asked, Some(Duration::from_secs(7)));
        assert_eq!(double.asked()[1].body, "", "the second request writes nothing");
    }
}

#[tokio::test]
async fn answers_are_told_apart() {
    let of = |status: u16| async move {
        let words = r#"{"code":"invalid","message":"why"}"#;
        let double = Double::new(move |_| Some((status, vec![], words.to_owned())));
        client(&double.url).write(&lines()).await.unwrap_err()
    };
    assert!(matches!(of(400).await, Fault::Refused(_)));
    assert!(matches!(of(413).await, Fault::Refused(_)));
    assert!(matches!(of(422).await, Fault::Refused(_)));
    assert!(matches!(of(401).await, Fault::Denied(_)));
    assert!(matches!(of(403).await, Fault::Denied(_)));
    assert!(matches!(of(404).await, Fault::Missing(_)));
    assert!(matches!(of(500).await, Fault::Away(_, None)));
    let words = r#"{"code":"internal error","message":"failed to create task: unauthorized"}"#;
    let tasks = Double::new(|_| Some((500, vec![], words.to_owned())));
    let fault = client(&tasks.url).write(&lines()).await.unwrap_err();
    assert!(matches!(fault, Fault::Denied(_)), "{fault:?}");
    let proxy = Double::new(|_| Some((400, vec![], "<html>bad gateway</html>".to_owned())));
    let fault = client(&proxy.url).write(&lines()).await.unwrap_err();
    assert!(matches!(fault, Fault::Away(_, None)), "{fault:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_away_in_time() {
    let double = Double::new(|_| None);
    let fault = client(&double.url).write(&lines()).await.unwrap_err();
    assert!(matches!(&fault, Fault::Away(why, None) if why.contains("timed out")), "{fault:?}");
    let fault = client(&double.url).ask("x".to_owned()).await.unwrap_err();
    assert!(matches!(fault, Fault::Away(_, None)), "{fault:?}");
    let nobody = client("http://127.0.0.1:1").write(&lines()).await.unwrap_err();
    assert!(matches!(&nobody, Fault::Away(why, None) if why.contains("refused")), "{nobody:?}");
}

const HEAD: &str = "#datatype,string,long,dateTime:RFC3339,double,string\r\n\
                    #group,false,false,false,false,false\r\n#default,_result,,,,\r\n\
                    ,result,table,_time,_value,reason\r\n";

async fn told(body: String) -> Result<Vec<Row>, Fault> {
    let double = Double::new(move |_| Some((200, vec![], body.clone())));
    client(&double.url).ask("from(bucket: \"b\")".to_owned()).await
}

#[tokio::test]
async fn rows_come_with_time_value_and_words() {
    let rows = told(format!("{HEAD},,0,2026-03-10T06:00:00.25Z,1.5,spike\r\n\r\n")).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].time.unwrap().timestamp_millis(), 1_773_122_400_250);
    assert!((rows[0].value.unwrap() - 1.5).abs() < 1e-12);
    assert_eq!(rows[0].word("reason"), "spike");
}

#[tokio::test]
async fn null_cells_and_broken_answers_are_faults_and_no_panic() {
    // Each of these makes the crate panic; the second is no text at all in a column of numbers.
    for cells in ["2026-03-10T06:00:00Z,,", "2026-03-10T06:00:00Z,none,", "yesterday,1.5,"] {
        let fault = told(format!("{HEAD},,0,{cells}\r\n")).await.unwrap_err();
        assert!(matches!(fault, Fault::Unreadable(_)), "{cells}: {fault:?}");
    }
    let fault = told("no,annotations,at,all\r\n".to_owned()).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreadable(_)), "{fault:?}");
}

#[test]
fn what_is_no_url_is_told_and_no_panic() {
    let target = InfluxTarget::new("/somewhere", "o", "b", "t");
    assert!(Client::new(&target).unwrap_err().to_string().contains("/somewhere"));
}

#[test]
fn the_token_stays_out_of_logs() {
    let target = InfluxTarget::new("http://127.0.0.1:8086", "o", "b", "very-secret");
    assert!(!format!("{target:?} {:?}", Client::new(&target)).contains("very-secret"));
}
