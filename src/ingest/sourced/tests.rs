//! Sums, absence, arrival, and what a broker kept.

use super::*;
use crate::domain::quality::Quality;
use crate::domain::reading::time_of_ms;
use crate::site_file::{SiteFile, parse};
use std::path::Path;

const NOW: i64 = 1_773_100_000_000;
const SOURCES: &str = r#"
    [source.gx]
    format = "victron"
    portal = "abc"
    [source.gx.points]
    "genset.g1.power_kw" = "genset/0/Ac/L1/Power + genset/0/Ac/L2/Power + genset/0/Ac/L3/Power"
    "genset.g1.is_running" = "genset/0/StatusCode"
    "battery.bess.charge_kw" = "battery/256/Dc/0/Power"
    "battery.bess.discharge_kw" = "battery/256/Dc/0/Power"
    "tank.raw.level_m3" = "tank/20/Level"
    [source.plug]
    format = "mapping"
    topic = "plug/+/state"
    points = { "load.{1}.demand_kw" = { pointer = "/power", unit = "W" } }
"#;

struct Desk {
    file: SiteFile,
    reader: SourceReader,
    judge: Judge,
    found: Found,
    now_ms: i64,
}

impl Desk {
    fn new() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
        let text = std::fs::read_to_string(path).unwrap() + SOURCES;
        let file = parse(&text, Path::new("m"), None).unwrap();
        let judge = Judge::of(&file.site, &file.points);
        let reader = SourceReader::default();
        Self { file, reader, judge, found: Found::default(), now_ms: NOW }
    }

    fn hear(&mut self, topic: &str, payload: &str, retained: bool) -> bool {
        let now = time_of_ms(self.now_ms);
        self.now_ms += 1000;
        let message = Arrived { topic, payload: payload.as_bytes(), retained, now };
        let (sources, points) = (&self.file.sources, &self.file.points);
        self.reader.read(message, sources, points, &mut self.judge, &mut self.found)
    }

    fn gx(&mut self, path: &str, payload: &str) {
        assert!(self.hear(&format!("N/abc/{path}"), payload, false));
    }

    /// Point, value and reason of every reading so far.
    fn readings(&self) -> Vec<(String, f64, Option<Reason>)> {
        let told = |r: &Reading| (name_of(&self.file.points, r.point), r.value, r.reason);
        self.found.readings.iter().map(told).collect()
    }

    fn reasons(&self) -> Vec<&str> {
        self.found.rejects.iter().map(|r| r.reason.as_str()).collect()
    }
}

fn arrived(point: &str, value: f64) -> (String, f64, Option<Reason>) {
    (point.to_owned(), value, Some(Reason::Arrival))
}

#[test]
fn a_sum_of_phases_speaks_once_all_are_known_and_stops_with_one() {
    let mut desk = Desk::new();
    desk.gx("genset/0/Ac/L1/Power", r#"{"value": 4160}"#);
    desk.gx("genset/0/Ac/L2/Power", r#"{"value": 4000}"#);
    assert!(desk.readings().is_empty(), "two phases are no set");
    desk.gx("genset/0/Ac/L3/Power", r#"{"value": 3800}"#);
    desk.gx("genset/0/Ac/L1/Power", r#"{"value": 4200}"#);
    let power = "genset.g1.power_kw";
    assert_eq!(desk.readings(), [arrived(power, 11.96), arrived(power, 12.0)]);
    desk.gx("genset/0/Ac/L2/Power", r#"{"value": null}"#);
    desk.gx("genset/0/Ac/L1/Power", r#"{"value": 4100}"#);
    assert_eq!(desk.readings().len(), 2, "a phase without a value leaves no sum");
    assert_eq!(desk.found.absences, [Absence::NoValue]);
    desk.gx("genset/0/Ac/L2/Power", r#"{"value": 4100}"#);
    assert_eq!(desk.readings()[2..], [arrived(power, 12.0)]);
    desk.now_ms += 16 * 60_000;
    desk.gx("genset/0/Ac/L1/Power", r#"{"value": 4100}"#);
    assert_eq!(desk.readings().len(), 3, "two phases have been silent for too long");
}

#[test]
fn signs_codes_and_shares_become_ours() {
    let mut desk = Desk::new();
    desk.gx("battery/256/Dc/0/Power", r#"{"value": -1500}"#);
    desk.gx("genset/0/StatusCode", r#"{"value": 8}"#);
    desk.gx("genset/0/StatusCode", r#"{"value": 9}"#);
    desk.gx("tank/20/Level", r#"{"value": 50}"#);
    let capacity_m3 = desk.file.site.tank["raw"].capacity_m3;
    assert_eq!(
        desk.readings(),
        [
            arrived("battery.bess.charge_kw", 0.0),
            arrived("battery.bess.discharge_kw", 1.5),
            arrived("genset.g1.is_running", 1.0),
            arrived("genset.g1.is_running", 0.0),
            arrived("tank.raw.level_m3", 0.5 * capacity_m3),
        ]
    );
}

#[test]
fn no_value_and_gone_are_known_apart_and_no_reading() {
    let mut desk = Desk::new();
    desk.gx("tank/20/Level", r#"{"value": null}"#);
    desk.gx("tank/20/Level", "");
    desk.gx("tank/20/Level", r#"{"value": "full"}"#);
    desk.gx("tank/20/Level", "{");
    desk.hear("plug/clinic/state", r#"{"power": null}"#, false);
    desk.hear("plug/clinic/state", "", false);
    desk.hear("plug/clinic/state", r#"{"power": "much"}"#, false);
    desk.hear("plug/clinic/state", r#"{"voltage": 230}"#, false);
    desk.hear("plug/kitchen/state", r#"{"power": 12}"#, false);
    assert!(desk.readings().is_empty());
    let (none, gone) = (Absence::NoValue, Absence::Gone);
    assert_eq!(desk.found.absences, [none, gone, none, gone]);
    assert_eq!(
        desk.reasons(),
        ["not_a_number", "malformed", "not_a_number", "unmapped", "unmapped"]
    );
    assert!(!desk.hear("other/topic", "12", false), "what is of no source is left to others");
}

#[test]
fn what_the_broker_kept_is_never_fresh() {
    let mut desk = Desk::new();
    desk.hear("plug/clinic/state", r#"{"power": 2500}"#, true);
    let kept = desk.found.readings[0];
    assert_eq!((kept.reason, kept.quality()), (Some(Reason::Retained), Quality::Stale));
    let mut state = crate::domain::state::CampState::default();
    assert!(!state.take(&desk.file.points, &desk.found.readings), "it is no state");
    desk.hear("plug/clinic/state", r#"{"power": 2600}"#, false);
    assert_eq!(desk.readings()[1..], [arrived("load.clinic.demand_kw", 2.6)]);
    assert!(state.take(&desk.file.points, &desk.found.readings));
}

#[test]
fn a_value_that_cannot_be_true_is_suspect_also_on_arrival() {
    let mut desk = Desk::new();
    desk.gx("tank/20/Level", r#"{"value": 150}"#);
    assert_eq!(desk.found.readings[0].quality(), Quality::Suspect);
}
