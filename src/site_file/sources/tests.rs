//! Sources of a site file: what is read, and the word for each fault.

use crate::domain::source::Hit;
use crate::site_file::{SiteFile, parse};
use std::path::Path;

fn with(sources: &str) -> Result<SiteFile, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
    let text = std::fs::read_to_string(path).unwrap();
    parse(&format!("{text}\n{sources}"), Path::new("m.toml"), None).map_err(|e| e.to_string())
}

#[test]
fn a_venus_device_and_a_mapping_are_found_by_their_topics() {
    let file = with(
        r#"
        [source.gx]
        format = "victron"
        portal = "e0ff50a097c0"
        [source.gx.points]
        "battery.bess.state_of_charge_frac" = "battery/256/Soc"
        "battery.bess.charge_kw" = "battery/256/Dc/0/Power"
        "battery.bess.discharge_kw" = "battery/256/Dc/0/Power"
        "genset.g1.power_kw" = "genset/0/Ac/L1/Power + genset/0/Ac/L2/Power + genset/0/Ac/L3/Power"
        [source.plugs]
        format = "mapping"
        topic = "tele/+/SENSOR"
        time = { pointer = "/Time", form = "local" }
        names = { tasmota_A1B2 = "clinic" }
        [source.plugs.points."load.{1}.demand_kw"]
        pointer = "/ENERGY/Power"
        unit = "W"
        "#,
    )
    .unwrap();
    let Some(Hit::Victron(device, at)) = file.sources.find("N/e0ff50a097c0/battery/256/Dc/0/Power")
    else {
        panic!("the path is known");
    };
    assert_eq!((device.keepalive_s, at.len()), (30, 2), "one path feeds two points");
    let Some(Hit::Mapping(_, points)) = file.sources.find("tele/tasmota_A1B2/SENSOR") else {
        panic!("the topic is known");
    };
    assert_eq!(file.points.get(points[0].point).unwrap().to_string(), "load.clinic.demand_kw");
    assert!(matches!(file.sources.find("tele/other/SENSOR"), Some(Hit::Mapping(_, []))));
    assert!(file.sources.find("tele/clinic/STATE").is_none());
    assert!(file.sources.find("N/e0ff50a097c0/battery/256/Voltage").is_none());
    assert_eq!(file.sources.filters().len(), 6);
}

#[test]
fn every_fault_of_every_source_is_told_at_once_with_its_place() {
    let error = with(
        r#"
        [source.a]
        format = "modbus"
        [source.b]
        format = "victron"
        portal = "no/slash"
        keepalive_s = 90
        [source.b.points]
        "battery.bess.state_of_charge_frac" = "battery/256/Voltage"
        "genset.g1.power_kw" = "battery/256/Soc"
        "genset.g77.power_kw" = "genset/0/Ac/Power"
        "genset.g2.power_kw" = "toaster/0/Ac/Power"
        [source.c]
        format = "mapping"
        topic = "shelly/#"
        colour = "red"
        [source.c.points."load.clinic.demand_kw"]
        pointer = "total_act_power"
        [source.d]
        format = "mapping"
        topic = "shelly/status/em:0"
        time = { pointer = "/ts", form = "unix_s", zone = "Africa/Juba" }
        [source.d.points."genset.g3.power_kw"]
        pointer = "/a"
        unit = "kwh"
        [source.d.points."genset.g4.power_kw"]
        pointer = "/a"
        unit = "L"
        [source.e]
        portal = "x"
        [source.f]
        format = "mapping"
        topic = "plugs/+/state"
        names = { x = "atlantis" }
        [source.f.points."genset.g2.is_running"]
        pointer = "/state"
        "#,
    )
    .unwrap_err();
    for part in [
        "source.a.format = modbus: must be one of victron, mapping",
        "source.b.portal = no/slash: must be the VRM portal id",
        "source.b.keepalive_s = 90: must lie in 5 to 55",
        "battery/256/Voltage: is no known path; battery/INSTANCE/ has Soc",
        "battery/256/Soc: is in %, which is no unit of power_kw",
        "genset.g77.power_kw: names no point of the site",
        "toaster/0/Ac/Power: must be service/instance/path; services: acload",
        "source.c.colour: is not a field here",
        "source.d.time.zone = Africa/Juba: goes with form = \"local\" only",
        "source.d.points.genset.g3.power_kw.unit = kwh: must be one of W, kW",
        "source.d.points.genset.g4.power_kw.unit = L: is no unit of power_kw",
        "source.e.format: is missing",
        "source.f.names.x = atlantis: must be an id of the site",
        "must have {1} once as a part",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let lines = error.lines().filter(|l| l.contains("source.")).count();
    assert_eq!(
        lines,
        error.lines().filter(|l| l.contains("m.toml:") && l.contains(": source")).count()
    );
    assert!(error.contains("14 fault(s)"), "{error}");
}

#[test]
fn a_point_has_one_source_and_a_topic_too() {
    let error = with(
        r#"
        [source.a]
        format = "victron"
        portal = "abc"
        points = { "genset.g1.power_kw" = "genset/0/Ac/Power" }
        [source.b]
        format = "mapping"
        topic = "shelly/+/em"
        points = { "genset.{1}.power_kw" = { pointer = "/p" } }
        [source.c]
        format = "mapping"
        topic = "shelly/kitchen/em"
        points = { "load.clinic.demand_kw" = { pointer = "/p" } }
        "#,
    )
    .unwrap_err();
    assert!(error.contains("genset.g1.power_kw is fed by the source a already"), "{error}");
    let file = with(
        r#"
        [source.b]
        format = "mapping"
        topic = "shelly/+/em"
        points = { "genset.{1}.power_kw" = { pointer = "/p" } }
        [source.c]
        format = "mapping"
        topic = "shelly/kitchen/em"
        points = { "load.clinic.demand_kw" = { pointer = "/p" } }
        "#,
    );
    let error = file.unwrap_err();
    assert!(error.contains("source.c.topic: shares topics with that of the source b"), "{error}");
}

#[test]
fn a_fault_of_the_camp_hides_no_fault_of_a_source() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps/medium.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace("rated_kw = 88", "rated_kwh = 88") + "\n[source.a]\nformat = 7\n";
    let error = parse(&text, Path::new("m.toml"), None).unwrap_err().to_string();
    assert!(error.contains("rated_kwh: is not a field"), "{error}");
    assert!(error.contains("source.a.format = 7: must be one of victron, mapping"), "{error}");
}
