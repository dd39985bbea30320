//! Devices that do not speak our JSON: the page that explains them, the recordings of Victron, and
//! the way through a real broker.

use super::support::{Mosquitto, Peer, Setup, TestCamp, data, eventually, root};
use chrono::{DateTime, TimeDelta, Utc};
use smart_camp::domain::quality::Reason;
use smart_camp::ingest::{Absence, Arrived, Found, Judge, SourceReader, Venus, decode_victron};
use smart_camp::mqtt::Version;
use smart_camp::site_file::{SiteFile, parse};
use std::collections::BTreeSet;
use std::path::Path;

/// The medium camp with sources.
fn with_sources(sources: &str) -> SiteFile {
    let text = std::fs::read_to_string(root().join("camps/medium.toml")).unwrap();
    parse(&format!("{text}\n{sources}"), Path::new("m.toml"), None).unwrap()
}

/// A reader at its desk.
struct Desk {
    file: SiteFile,
    reader: SourceReader,
    judge: Judge,
}

impl Desk {
    fn new(sources: &str) -> Self {
        let file = with_sources(sources);
        let judge = Judge::of(&file.site, &file.points);
        Self { file, reader: SourceReader::default(), judge }
    }

    fn hear(&mut self, topic: &str, payload: &[u8], now: DateTime<Utc>) -> Option<Found> {
        let mut found = Found::default();
        let message = Arrived { topic, payload, retained: false, now };
        let (sources, points) = (&self.file.sources, &self.file.points);
        let ours = self.reader.read(message, sources, points, &mut self.judge, &mut found);
        ours.then_some(found)
    }

    fn name(&self, point: smart_camp::domain::point::PointId) -> String {
        self.file.points.get(point).unwrap().to_string()
    }
}

/// Fenced blocks of a language in a text.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    text.split(&open).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// In the page a message is its topic, its payload, and a table of the readings that it gives.
#[test]
fn the_page_tells_what_becomes_of_each_payload() {
    let page = std::fs::read_to_string(root().join("docs/payloads.md")).unwrap();
    let section = page.split("\n## 9. ").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut desk = Desk::new(&blocks(section, "toml").join("\n"));
    let now: DateTime<Utc> = "2026-03-10T06:00:00Z".parse().unwrap();
    let mut formats = 0;
    for message in section.split("\nOn `").skip(1) {
        let topic = message.split('`').next().unwrap();
        let payload = blocks(message, "json")[0].trim_end();
        let found = desk.hear(topic, payload.as_bytes(), now).expect(topic);
        let told: Vec<Vec<String>> = found
            .readings
            .iter()
            .map(|r| {
                let time = DateTime::from_timestamp_millis(r.time_ms).unwrap();
                let time = if time == now { "arrival".to_owned() } else { time.to_rfc3339() };
                let reason = r.reason.map_or("", Reason::word).to_owned();
                vec![desk.name(r.point), format!("{}", (r.value * 1e9).round() / 1e9), time, reason]
            })
            .collect();
        let rows = message.lines().skip_while(|l| !l.starts_with("| point")).skip(2);
        let rows: Vec<Vec<String>> = rows
            .take_while(|l| l.starts_with('|'))
            .map(|l| l.trim_matches('|').split('|').map(|c| c.trim().replace('`', "")).collect())
            .collect();
        assert_eq!(told, rows, "{topic}");
        assert!(found.rejects.is_empty(), "{topic}: {:?}", found.rejects);
        formats += 1;
    }
    assert!(formats >= 8, "{formats} messages are shown");
}

/// Whatever a device or a bad line makes of a payload, it is a reading, a refusal or neither; never a
/// fall, and never a number that is none.
#[test]
fn no_spoilt_payload_brings_a_decoder_down() {
    let page = std::fs::read_to_string(root().join("docs/payloads.md")).unwrap();
    let section = page.split("\n## 9. ").nth(1).unwrap();
    let mut desk = Desk::new(&blocks(section, "toml").join("\n"));
    let mut now: DateTime<Utc> = "2026-03-10T06:00:00Z".parse().unwrap();
    let mut random = fastrand::Rng::with_seed(5);
    let (mut readings, mut refused) = (0, 0);
    for message in section.split("\nOn `").skip(1) {
        let topic = message.split('`').next().unwrap();
        let whole = blocks(message, "json")[0].trim_end().as_bytes();
        for _ in 0..3000 {
            let mut payload = whole.to_vec();
            for _ in 0..random.usize(1..6) {
                let (at, piece) = (random.usize(..=payload.len()), random.u8(..));
                match random.u8(..5) {
                    0 => payload.truncate(at),
                    1 => payload.insert(at, piece),
                    2 if at < payload.len() => payload[at] = piece,
                    3 if at < payload.len() => drop(payload.remove(at)),
                    _ => {
                        let odd: [&[u8]; 7] = [
                            b"null",
                            b"1e308",
                            b"-",
                            b"[",
                            b"{\"",
                            b"\\u0000",
                            b"9999999999999999999",
                        ];
                        let odd = odd[random.usize(..odd.len())];
                        payload.splice(at..at, odd.iter().copied());
                    }
                }
            }
            now += TimeDelta::milliseconds(1);
            let found = desk.hear(topic, &payload, now).unwrap();
            assert!(found.readings.iter().all(|r| r.value.is_finite()), "{payload:?}");
            readings += found.readings.len();
            refused += found.rejects.len();
        }
    }
    assert!(readings > 500 && refused > 1000, "{readings} readings, {refused} refusals");
}

/// Paths of the recordings and points of the medium camp that they feed here.
const FED: &[(&str, &str, &str)] = &[
    ("battery", "Soc", "battery.bess.state_of_charge_frac"),
    ("battery", "Dc/0/Power", "battery.bess.charge_kw"),
    ("genset", "Ac/L1/Power", "genset.g1.power_kw"),
    ("genset", "StatusCode", "genset.g1.is_running"),
    ("genset", "Engine/OperatingHours", "genset.g1.run_hours_h"),
    ("genset", "RemoteStartModeEnabled", "genset.g1.is_available"),
    ("dcgenset", "Dc/0/Power", "genset.g2.power_kw"),
    ("dcgenset", "StatusCode", "genset.g2.is_running"),
    ("generator", "State", "genset.g3.is_running"),
    ("tank", "Remaining", "fuel_store.depot.level_l"),
    ("tank", "Level", "tank.raw.level_m3"),
    ("solarcharger", "Yield/Power", "solar.pv.power_kw"),
    ("pvinverter", "Ac/Power", "solar.pv.available_kw"),
    ("grid", "Ac/Power", "load.clinic.demand_kw"),
    ("vebus", "Ac/Out/P", "load.accommodation.demand_kw"),
];

#[test]
fn every_row_of_victrons_recordings_that_maps_gives_a_reading() {
    let Some(folder) = data("Victron's recordings") else { return };
    let head = "[source.gx]\nformat = \"victron\"\nportal = \"abc\"\n[source.gx.points]\n";
    let sources = FED.iter().fold(head.to_owned(), |text, (service, path, point)| {
        text + &format!("\"{point}\" = \"{service}/0/{path}\"\n")
    });
    let lines: BTreeSet<(&str, &str)> = FED.iter().map(|(s, p, _)| (*s, *p)).collect();
    let mut desk = Desk::new(&sources);
    let mut now: DateTime<Utc> = "2026-03-10T06:00:00Z".parse().unwrap();
    let text = std::fs::read_to_string(folder.join("victron_dbus_recordings.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let (mut rows, mut readings, mut absent) = (0, 0, 0);
    let mut seen = BTreeSet::new();
    for row in reader.records().map(Result::unwrap) {
        rows += 1;
        now += TimeDelta::seconds(1);
        let (kind, value) = (&row[4], &row[5]);
        // D-Bus writes no value as an empty list; over MQTT that is null.
        let json = match kind {
            "STRING" => serde_json::to_string(value).unwrap(),
            "ARRAY" if value == "[]" => "null".to_owned(),
            _ => value.to_owned(),
        };
        let payload = format!(r#"{{"value": {json}}}"#);
        let decoded = decode_victron(payload.as_bytes());
        let decoded = decoded.unwrap_or_else(|e| panic!("{payload}: {e}"));
        let (service, path) = (row[1].split('.').nth(2).unwrap(), row[3].trim_start_matches('/'));
        let heard = desk.hear(&format!("N/abc/{service}/0/{path}"), payload.as_bytes(), now);
        assert_eq!(heard.is_some(), lines.contains(&(service, path)), "{service}/0/{path}");
        let Some(found) = heard else { continue };
        seen.insert((service.to_owned(), path.to_owned()));
        assert!(found.rejects.is_empty(), "{:?}", found.rejects);
        match decoded {
            Venus::Number(_) => {
                assert_eq!(found.readings.len(), 1, "{payload}");
                assert!(found.readings[0].value.is_finite());
                readings += 1;
            }
            Venus::NoValue => {
                assert_eq!(found.absences, [Absence::NoValue]);
                absent += 1;
            }
            Venus::Gone | Venus::NoNumber(_) => panic!("{service}{path}: {payload}"),
        }
    }
    assert_eq!(rows, 10_794, "every row was tried");
    assert_eq!(seen.len(), FED.len(), "every path of the table stands in the recordings");
    assert!(readings > 500, "{readings} readings, {absent} without a value");
}

const GX: &str = r#"
    [source.gx]
    format = "victron"
    portal = "abc"
    [source.gx.points]
    "genset.g1.power_kw" = "genset/0/Ac/Power"
    "tank.raw.level_m3" = "tank/20/Remaining"
    [source.plug]
    format = "mapping"
    topic = "tele/+/SENSOR"
    points = { "load.{1}.demand_kw" = { pointer = "/ENERGY/Power", unit = "W" } }
"#;

fn value(camp: &TestCamp, point: &str) -> Option<f64> {
    camp.http.ok("/state")["values"][point]["value"].as_f64()
}

fn alarm(camp: &TestCamp, point: &str) -> bool {
    camp.live.alarms().iter().any(|a| a.code == "silent" && a.asset == point)
}

/// A Venus device and a plug, from the broker to the state.
fn live_with_sources(version: Version) {
    let broker = Mosquitto::start();
    let mut address = broker.address.clone();
    address.version = version;
    let mut plug = Peer::new(&broker.address, "plug", &[]);
    // What the broker kept from before is told as stale, and is no state.
    plug.retain("tele/clinic/SENSOR", r#"{"ENERGY":{"Power":900}}"#);
    plug.flush();
    let gx = Peer::new(&broker.address, "gx", &["R/abc/#"]);
    let setup = Setup { file: with_sources(GX), broker: Some(address), ..Setup::small() };
    let camp = setup.start();
    let asked = |part: &str| -> Vec<String> {
        let heard = gx.heard(part).into_iter();
        heard.map(|h| String::from_utf8(h.payload).unwrap()).collect()
    };
    eventually("everything is asked for once", || (asked("keepalive") == [""]).then_some(()));
    camp.clock.advance(TimeDelta::seconds(30));
    let stay = r#"{"keepalive-options":["suppress-republish"]}"#;
    eventually("then only that we listen", || (asked("keepalive") == ["", stay]).then_some(()));
    camp.clock.advance(TimeDelta::minutes(5));
    eventually("what stands still is asked for", || {
        (asked("R/abc/tank/20/Remaining") == [""]).then_some(())
    });

    let kept = eventually("the kept value is stored as what it is", || {
        let samples = camp.http.ok("/readings/load.clinic.demand_kw");
        samples["samples"].as_array().unwrap().first().cloned()
    });
    assert_eq!((&kept["quality"], &kept["reason"]), (&"stale".into(), &"retained".into()));
    let point = camp.live.file.points.resolve("load.clinic.demand_kw").unwrap();
    assert_eq!(camp.live.state().latest(point), None, "nothing that plans rely on");
    let told = camp.http.ok("/state")["values"]["load.clinic.demand_kw"].clone();
    assert_eq!((&told["quality"], &told["reason"]), (&"stale".into(), &"retained".into()));

    let mut device = camp.peer("device", &[]);
    device.send("N/abc/genset/0/Ac/Power", r#"{"value": 12500}"#);
    device.send("N/abc/tank/20/Remaining", r#"{"value": 17.5}"#);
    device.send("tele/clinic/SENSOR", r#"{"ENERGY":{"Power":1250}}"#);
    device.flush();
    eventually("they are the state", || {
        let all = ["genset.g1.power_kw", "tank.raw.level_m3", "load.clinic.demand_kw"];
        (all.map(|p| value(&camp, p)) == [Some(12.5), Some(17.5), Some(1.25)]).then_some(())
    });
    device.send("N/abc/tank/20/Remaining", r#"{"value": null}"#);
    device.send("N/abc/genset/0/Ac/Power", "");
    device.flush();
    eventually("both are told", || {
        (alarm(&camp, "tank.raw.level_m3") && alarm(&camp, "genset.g1.power_kw")).then_some(())
    });
    let text = camp.http.get("/metrics").text;
    for line in ["absences_total{reason=\"gone\"} 1", "absences_total{reason=\"no_value\"} 1"] {
        assert!(text.contains(line), "{line} in {text}");
    }
    device.send("N/abc/tank/20/Remaining", r#"{"value": 17.25}"#);
    device.flush();
    eventually("one speaks again", || (!alarm(&camp, "tank.raw.level_m3")).then_some(()));
    assert!(alarm(&camp, "genset.g1.power_kw"));
}

#[test]
fn sources_over_mqtt_5() {
    live_with_sources(Version::Five);
}

#[test]
fn sources_over_mqtt_3_1_1() {
    live_with_sources(Version::Three);
}
