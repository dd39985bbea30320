//! Bad input of files and machines: one clear answer each, and nothing is harmed.

use super::support::{Mosquitto, free_port, root, run};
use std::net::TcpListener;
use std::path::Path;

fn small() -> String {
    std::fs::read_to_string(root().join("camps/small.toml")).unwrap()
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_site_file_with_five_mistakes_tells_all_five_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = small();
    for (right, wrong) in [
        ("latitude_deg = 16.3", "latitude_deg = 163.0"),
        ("rated_kw = 48", "rated_kw = -48"),
        ("from_tank = \"treated\"", "from_tank = \"treatd\""),
        ("inverter_kw", "invertor_kw"),
        ("time_zone = \"Africa/Bamako\"", "time_zone = \"Africa/Bamacho\""),
    ] {
        assert!(text.contains(right), "{right} is no longer in the file");
        text = text.replacen(right, wrong, 1);
    }
    let path = write(folder.path(), "five.toml", &text);
    let ran = run(&["check-site", &path]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    for part in ["163", "-48", "treatd", "invertor_kw", "Bamacho"] {
        let line = ran.err.lines().find(|line| line.contains(part));
        let line = line.unwrap_or_else(|| panic!("{part} is not told: {}", ran.err));
        let place = line.split("five.toml:").nth(1).unwrap_or_else(|| panic!("no place: {line}"));
        assert!(place.starts_with(|c: char| c.is_ascii_digit()), "no line number: {line}");
    }
}

#[test]
fn what_should_be_a_table_and_is_not_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let village = std::fs::read_to_string(root().join("camps/el_espino.toml")).unwrap();
    let path = write(folder.path(), "site.toml", &format!("variant = 3\n{village}"));
    let ran = run(&["check-site", &path]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(
        ran.err.contains(":1:") && ran.err.contains("variant = 3: must be a table"),
        "{}",
        ran.err
    );
}

#[test]
fn a_series_with_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |gap: std::ops::Range<u32>| {
        let mut text = "timestamp,load_kw,pv_available_kw\n".to_owned();
        for hour in 0..48_u32 {
            let (day, of_day) = (1 + hour / 24, hour % 24);
            let load = if gap.contains(&hour) { String::new() } else { "10.5".to_owned() };
            text += &format!("2017-01-0{day}T{of_day:02}:00:00Z,{load},0\n");
        }
        text
    };
    let plan = |text: &str| {
        let path = write(folder.path(), "series.csv", text);
        run(&[
            "plan",
            "--site",
            "camps/el_espino.toml",
            "--series",
            &path,
            "--hours",
            "24",
            "--json",
        ])
    };
    let bridged = plan(&rows(5..7));
    assert_eq!(bridged.code, 0, "{}", bridged.err);
    let notes: serde_json::Value = serde_json::from_str(&bridged.out).unwrap();
    assert!(
        notes["notes"].to_string().contains("2 missing value(s) bridged"),
        "{}",
        notes["notes"]
    );

    let refused = plan(&rows(5..15));
    assert_eq!(refused.code, 3);
    let told = "load.village.demand_kw";
    assert!(refused.err.contains(told) && refused.err.contains("2017-01-01"), "{}", refused.err);
    let outside = plan(&rows(0..0)).code;
    assert_eq!(outside, 0);
    let doubled = rows(0..0).replace("2017-01-01T03", "2017-01-01T02");
    assert!(plan(&doubled).err.contains("must rise"), "{}", plan(&doubled).err);
    let negative = rows(0..0).replacen("10.5", "-10.5", 1);
    assert!(plan(&negative).err.contains("-10.5"));
    let strange = rows(0..0).replace("load_kw", "lode_kw").replace("pv_available_kw", "pv");
    let strange = plan(&strange);
    assert!(strange.code == 3 && strange.err.contains("load_kw"), "{}", strange.err);
}

#[test]
fn an_impossible_start_state() {
    let folder = tempfile::tempdir().unwrap();
    let state = r#"{"battery": {"bess": {"state_of_charge_frac": 1.5}},
        "tank": {"raw": {"level_m3": 99}, "pond": {"level_m3": 1}}, "mood": "good"}"#;
    let path = write(folder.path(), "state.json", state);
    let ran = run(&["plan", "--site", "camps/small.toml", "--state", &path, "--hours", "2"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    for part in ["1.5", "99", "pond", "mood"] {
        assert!(ran.err.contains(part), "{part} is not told: {}", ran.err);
    }
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = run(&["demo", "--bind", &address]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains(&address) && ran.out.is_empty(), "{}", ran.err);
}

fn serve_on(store: &Path, folder: &Path, broker_port: u16) -> super::support::Ran {
    let text = format!(
        "[rest]\nbind = \"127.0.0.1:{}\"\n[mqtt]\nport = {broker_port}\n[store]\nfile = \"{}\"\n",
        free_port(),
        store.display()
    );
    let settings = write(folder, "settings.toml", &text);
    run(&["serve", "--site", "camps/small.toml", "--settings", &settings])
}

#[test]
fn a_store_of_a_newer_version_is_not_touched() {
    let broker = Mosquitto::start();
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.db");
    let points = super::support::site("small").points;
    drop(smart_camp::store::EmbeddedStore::open(&store, &points).unwrap());
    // SQLite keeps the version of the application in bytes 60 to 63 of the file.
    let mut bytes = std::fs::read(&store).unwrap();
    bytes[60..64].copy_from_slice(&9999_u32.to_be_bytes());
    std::fs::write(&store, &bytes).unwrap();
    let ran = serve_on(&store, folder.path(), broker.address.port);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("newer version") && ran.err.contains("9999"), "{}", ran.err);
    assert_eq!(std::fs::read(&store).unwrap(), bytes, "nothing was touched");
}

#[test]
fn a_file_that_is_no_store_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("letter.db");
    let letter = "a letter home, which must not be overwritten ".repeat(100);
    std::fs::write(&store, &letter).unwrap();
    let ran = serve_on(&store, folder.path(), free_port());
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("letter.db"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&store).unwrap(), letter);
}

#[test]
fn settings_with_mistakes_tell_them_all() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[rest]\nbind = \"0.0.0.0:80\"\n[mqtt]\nprot = 1\n[scheduler]\nhorizon_h = 10000\n";
    let settings = write(folder.path(), "settings.toml", text);
    let ran = run(&["serve", "--site", "camps/small.toml", "--settings", &settings]);
    assert_eq!(ran.code, 3);
    for part in ["rest.bind", "mqtt.prot", "did you mean port?", "scheduler.horizon_h"] {
        assert!(ran.err.contains(part), "{part} is not told: {}", ran.err);
    }
}
