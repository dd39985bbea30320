//! The composition at work: the broker's doors, and a reading's way from the simulated camp to InfluxDB.

use super::support::{Composed, Peer, Program, eventually};
use rumqttc::v5::{Client, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use smart_camp::mqtt::BrokerAddress;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const CAMP: &str = "smartcamp/v1/medium";

/// Who may send what, below the camp's topics; what is not in the list nobody else may.
const MAY_SEND: &[(&str, &[&str])] = &[
    (
        "smartcamp",
        &["instruction/genset/g1", "instruction/well/bh1", "heartbeat", "advice", "alarm"],
    ),
    ("display", &[]),
    ("power-house", &["telemetry/power-house", "telemetry/power-house/bus"]),
    ("genset-g1", &["ack/genset/g1"]),
    ("water-plc", &["ack/well/bh1", "telemetry/water-plc"]),
    ("simulated-camp", &["telemetry/plant", "ack/genset/g1", "ack/well/bh1"]),
    ("health", &[]),
];

/// Who hears what of it.
const HEARS: &[(&str, &[&str])] = &[
    (
        "smartcamp",
        &[
            "telemetry/power-house",
            "telemetry/power-house/bus",
            "telemetry/water-plc",
            "telemetry/plant",
            "ack/genset/g1",
            "ack/well/bh1",
        ],
    ),
    ("display", &["advice", "alarm"]),
    ("power-house", &[]),
    ("genset-g1", &["heartbeat", "instruction/genset/g1"]),
    ("water-plc", &["heartbeat", "instruction/well/bh1"]),
    ("simulated-camp", &["heartbeat", "instruction/genset/g1", "instruction/well/bh1"]),
    ("health", &[]),
];

fn topics() -> BTreeSet<&'static str> {
    MAY_SEND.iter().flat_map(|(_, list)| list.iter().copied()).collect()
}

#[test]
fn each_user_of_the_broker_says_and_hears_its_own_and_no_more() {
    let composed = Composed::make();
    let _broker = composed.broker();
    // Everybody asks for everything: the broker holds readers to the ACL when it delivers.
    let everything = [format!("{CAMP}/#")];
    let filters: Vec<&str> = everything.iter().map(String::as_str).collect();
    let mut peers: Vec<(&str, Peer)> = MAY_SEND
        .iter()
        .map(|(user, _)| (*user, Peer::new(&composed.address_of(user), user, &filters)))
        .collect();
    for ((user, lawful), (_, peer)) in MAY_SEND.iter().zip(&mut peers) {
        for topic in topics() {
            let before = peer.refused();
            peer.send(&format!("{CAMP}/{topic}"), *user);
            peer.flush();
            let refused = peer.refused() > before;
            assert_eq!(refused, !lawful.contains(&topic), "{user} sends {topic}");
        }
        // Another camp is nobody's.
        let before = peer.refused();
        peer.send("smartcamp/v1/other/telemetry/power-house", *user);
        peer.flush();
        assert_eq!(peer.refused(), before + 1, "{user} sends to another camp");
    }
    for ((user, lawful), (_, peer)) in HEARS.iter().zip(&mut peers) {
        // What the broker had for this one came before its word on this last message.
        peer.send(&format!("{CAMP}/none"), *user);
        peer.flush();
        let heard: BTreeSet<String> = peer.heard(CAMP).into_iter().map(|h| h.topic).collect();
        let lawful: BTreeSet<String> = lawful.iter().map(|t| format!("{CAMP}/{t}")).collect();
        assert_eq!(heard, lawful, "{user} hears");
    }
}

/// What a client without a name, or with a wrong password, is told.
fn refusal(
    address: &BrokerAddress,
    composed: &Composed,
    credentials: Option<(&str, &str)>,
) -> String {
    let mut options = MqttOptions::new("stranger", &address.host, address.port);
    let ca = std::fs::read(composed.secrets().join("ca.pem")).unwrap();
    let tls = TlsConfiguration::Simple { ca, alpn: None, client_auth: None };
    options.set_transport(Transport::tls_with_config(tls));
    if let Some((user, password)) = credentials {
        options.set_credentials(user, password);
    }
    let (_client, mut connection) = Client::new(options, 10);
    let mut events = connection.iter();
    let first = events.find_map(|event| match event {
        Ok(rumqttc::v5::Event::Incoming(packet)) => Some(format!("{packet:?}")),
        Ok(rumqttc::v5::Event::Outgoing(_)) => None,
        Err(error) => Some(error.to_string()),
    });
    first.unwrap()
}

#[test]
fn nobody_comes_in_without_tls_a_name_and_its_password() {
    let composed = Composed::make();
    let broker = composed.broker();
    let refused =
        |text: &str| text.contains("NotAuthorized") || text.contains("BadUserNamePassword");
    let anonymous = refusal(&broker.address, &composed, None);
    assert!(refused(&anonymous), "{anonymous}");
    let guessed = refusal(&broker.address, &composed, Some(("smartcamp", "guessed")));
    assert!(refused(&guessed), "{guessed}");
    // Without TLS: a lawful CONNECT of MQTT 3.1.1 is answered by nothing that lets in.
    let mut stream = TcpStream::connect(("127.0.0.1", broker.address.port)).unwrap();
    stream.write_all(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04meet").unwrap();
    let mut answer = Vec::new();
    // The connection is closed or reset: either way nobody is let in.
    let _closed = stream.read_to_end(&mut answer).is_err();
    assert!(!answer.starts_with(b"\x20\x02"), "{answer:?}");
}

fn influxd_program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join("influxd")).find(|p| p.is_file())
}

/// InfluxDB as its container runs it: set up once without TLS, as the image does, and then with.
fn influxdb(composed: &Composed) -> Option<Program> {
    let Some(program) = influxd_program() else {
        let words = "SKIPPED: InfluxDB of the composition: there is no influxd on PATH\n";
        std::io::stderr().write_all(words.as_bytes()).unwrap();
        return None;
    };
    let environment = &composed.file["services"]["influxdb"]["environment"];
    let text = |name: &str| {
        composed.placed("influxdb", environment[name].as_str().unwrap_or_else(|| panic!("{name}")))
    };
    let start = |tls: bool| {
        let at = |name: &str| composed.path("influxdb").join(name);
        std::fs::create_dir_all(composed.path("influxdb")).unwrap();
        let mut command = Command::new(&program);
        command.arg(format!("--http-bind-address=127.0.0.1:{}", composed.influxdb_port));
        command.arg("--bolt-path").arg(at("bolt")).arg("--sqlite-path").arg(at("sqlite"));
        command.arg("--engine-path").arg(at("engine"));
        for name in ["INFLUXD_REPORTING_DISABLED", "INFLUXD_LOG_LEVEL"] {
            command.env(name, text(name));
        }
        if tls {
            for name in ["INFLUXD_TLS_CERT", "INFLUXD_TLS_KEY"] {
                command.env(name, text(name));
            }
        }
        let log = std::fs::File::create(at("log")).unwrap();
        Program::of(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    };
    let plain = format!("http://127.0.0.1:{}", composed.influxdb_port);
    let first = start(false);
    eventually("influxd is well", || ureq::get(format!("{plain}/health")).call().ok());
    let setup = serde_json::json!({
        "username": text("DOCKER_INFLUXDB_INIT_USERNAME"),
        "password": std::fs::read_to_string(text("DOCKER_INFLUXDB_INIT_PASSWORD_FILE")).unwrap(),
        "token": std::fs::read_to_string(text("DOCKER_INFLUXDB_INIT_ADMIN_TOKEN_FILE")).unwrap(),
        "org": text("DOCKER_INFLUXDB_INIT_ORG"),
        "bucket": text("DOCKER_INFLUXDB_INIT_BUCKET"),
        "retentionPeriodSeconds": 30 * 86_400,
    });
    let answer = ureq::post(format!("{plain}/api/v2/setup")).send(setup.to_string());
    assert_eq!(answer.unwrap().status().as_u16(), 201);
    first.stop();
    let server = start(true);
    eventually("influxd is well over TLS", || {
        let ca = composed.secrets().join("ca.pem");
        let url = format!("https://localhost:{}/health", composed.influxdb_port);
        let ran = Command::new("curl").args(["-sf", "--cacert"]).arg(ca).arg(url).output().unwrap();
        ran.status.success().then_some(())
    });
    let url = format!("https://localhost:{}", composed.influxdb_port);
    let made = composed.script("make_tokens.sh", &[&url]);
    assert!(made.status.success(), "{made:?}");
    Some(server)
}

/// Asks InfluxDB with one of the tokens; the HTTP status and the answer.
fn ask(composed: &Composed, token: &str, path: &str, body: &str) -> (String, String) {
    let url = format!("https://localhost:{}/api/v2/{path}", composed.influxdb_port);
    let output = Command::new("curl")
        .args(["-s", "-w", "\n%{http_code}", "--cacert"])
        .arg(composed.secrets().join("ca.pem"))
        .args(["-H", &format!("Authorization: Token {}", composed.secret(token))])
        .args(["-H", "Content-Type: application/vnd.flux", "--data-binary", body, &url])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (answer, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), answer.to_owned())
}

#[test]
fn what_the_simulated_camp_measures_reaches_the_service_and_influxdb() {
    let composed = Composed::make();
    let _broker = composed.broker();
    let influxdb = influxdb(&composed);
    if influxdb.is_none() {
        // The rest of the composition stands without it.
        let path = composed.secrets().join("smart-camp.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, after) = text.split_once("[store.influxdb]").unwrap();
        let after = after.split_once("[[token]]").unwrap().1;
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, format!("{before}[[token]]{after}")).unwrap();
    }
    assert!(!composed.health("smart-camp").0, "nobody is there yet");
    let service = composed.start("smart-camp", &[]);
    let camp = composed.start("simulated-camp", &["--every-s", "1"]);
    let health = eventually("the health checks find readings", || {
        let (is_well, words) = composed.health("smart-camp");
        (is_well && words.contains("\"broker_connected\":true")).then_some(())?;
        (!words.contains("\"newest_reading_age_s\":null")).then_some(words)
    });
    assert!(composed.health("simulated-camp").0, "{health}");
    if influxdb.is_some() {
        let flux = "from(bucket: \"smartcamp\") |> range(start: -1h) \
                    |> filter(fn: (r) => r._measurement == \"genset\" and r._field == \"power_kw\")";
        let rows = eventually("Grafana's token finds the sets", || {
            let (status, rows) = ask(&composed, "grafana_influxdb_token", "query?org=camp", flux);
            assert_eq!(status, "200", "{rows}");
            (rows.matches("power_kw").count() >= 3).then_some(rows)
        });
        assert!(rows.contains(",medium"), "{rows}");
        let write = "write?org=camp&bucket=smartcamp";
        let (status, answer) = ask(&composed, "grafana_influxdb_token", write, "genset power_kw=1");
        assert!(["401", "403", "404"].contains(&status.as_str()), "{status}: {answer}");
        let (status, answer) = ask(&composed, "influxdb_token", "authorizations", "{}");
        assert!(["400", "401", "403"].contains(&status.as_str()), "{status}: {answer}");
    }
    assert_eq!(camp.stop(), Some(0), "{}", composed.log("simulated-camp"));
    assert_eq!(service.stop(), Some(0), "{}", composed.log("smart-camp"));
    let (is_well, words) = composed.health("smart-camp");
    assert!(!is_well && words.contains("https://localhost"), "{words}");
}

/// A camp that makes no sense is refused with all that is wrong.
#[test]
fn a_simulated_camp_needs_a_broker_outside_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, password) = (folder.path().join("s.toml"), folder.path().join("p"));
    std::fs::write(&password, "x").unwrap();
    let text = format!(
        "[mqtt]\nembedded = true\nshare = \"a\"\nuser = \"u\"\npassword_file = \"{}\"\n",
        password.display()
    );
    std::fs::write(&settings, text).unwrap();
    let site = ["simulate", "--site", "camps/small.toml", "--settings"];
    let ran = super::support::run(&[&site[..], &[settings.to_str().unwrap()]].concat());
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("mqtt.share"), "{}", ran.err);
    let text = std::fs::read_to_string(&settings).unwrap().replace("share = \"a\"\n", "");
    std::fs::write(&settings, text).unwrap();
    let ran = super::support::run(&[&site[..], &[settings.to_str().unwrap()]].concat());
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("mqtt.embedded"), "{}", ran.err);
    let ran = super::support::run(&[&site[..], &["nowhere.toml", "--every-s", "0"]].concat());
    assert_eq!(ran.code, 2, "{}", ran.err);
    let ran = super::support::run(&["health", "--url", "https://localhost:1"]);
    assert!(ran.code == 3 && ran.err.contains("--ca-file"), "{}", ran.err);
}
