//! `format = "victron"`: a Venus OS device, by its own topics.

use super::{Ground, MOST_POINTS, Place};
use crate::domain::source::venus::{self, Coding};
use crate::domain::source::{Take, VenusPoint, VenusTerm, Victron};
use crate::lenient::Node;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The table as it stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    portal: String,
    #[serde(default = "half_a_minute")]
    keepalive_s: u32,
    /// Point, and the paths that are summed, separated by ` + `.
    points: BTreeMap<String, String>,
}

fn half_a_minute() -> u32 {
    30
}

/// Most terms of a sum: three phases of three devices, and some.
const MOST_TERMS: usize = 12;

/// What it means; every fault goes to the ground.
pub(super) fn resolve(
    draft: Draft,
    source: &str,
    node: &Node,
    ground: &mut Ground<'_>,
) -> Option<Victron> {
    let before = ground.faults.len();
    let plain = |b: u8| b.is_ascii_alphanumeric();
    if draft.portal.is_empty() || draft.portal.len() > 40 || !draft.portal.bytes().all(plain) {
        let place = Place { source, node, keys: &["portal"] };
        let rule = "must be the VRM portal id: 1 to 40 letters and digits";
        ground.faults.push(place.fault(&draft.portal, rule));
    }
    if !(5..=55).contains(&draft.keepalive_s) {
        let place = Place { source, node, keys: &["keepalive_s"] };
        let rule = "must lie in 5 to 55: the device falls silent after 60";
        ground.faults.push(place.fault(&draft.keepalive_s.to_string(), rule));
    }
    if draft.points.is_empty() || draft.points.len() > MOST_POINTS {
        let place = Place { source, node, keys: &["points"] };
        let rule = format!("must name 1 to {MOST_POINTS} points");
        ground.faults.push(place.fault(&draft.points.len().to_string(), rule));
    }
    let mut points = Vec::new();
    for (name, paths) in &draft.points {
        let place = Place { source, node, keys: &["points", name] };
        match point(name, paths, &place, ground) {
            Ok(point) => points.push(point),
            Err((value, rule)) => ground.faults.push(place.fault(&value, rule)),
        }
    }
    let Draft { portal, keepalive_s, .. } = draft;
    (ground.faults.len() == before).then(|| Victron::new(portal, keepalive_s, points))
}

/// A point and its sum, or the value that is wrong and the rule.
fn point(
    name: &str,
    paths: &str,
    place: &Place<'_>,
    ground: &mut Ground<'_>,
) -> Result<VenusPoint, (String, String)> {
    let Some(id) = ground.points.resolve(name) else {
        return Err((name.to_owned(), "names no point of the site".to_owned()));
    };
    let quantity = ground.points.get(id).map_or("", |p| p.quantity);
    let paths: Vec<&str> = paths.split(" + ").map(str::trim).collect();
    if paths.len() > MOST_TERMS {
        let rule = format!("must sum {MOST_TERMS} paths at most");
        return Err((paths.len().to_string(), rule));
    }
    let mut terms: Vec<VenusTerm> = Vec::new();
    let mut take = Take::Whole;
    for path in paths {
        let Some(meaning) = venus::meaning(path) else {
            return Err((path.to_owned(), unknown(path)));
        };
        let Some(conversion) = meaning.unit.to(quantity, ground.capacity(id)) else {
            let rule = format!("is in {}, which is no unit of {quantity}", meaning.unit.word());
            return Err((path.to_owned(), rule));
        };
        if terms.iter().any(|t| t.path == path) {
            return Err((path.to_owned(), "stands in the sum twice".to_owned()));
        }
        if meaning.coding == Coding::IntoBattery {
            take = match quantity {
                "charge_kw" => Take::Positive,
                "discharge_kw" => Take::Negative,
                _ => Take::Whole,
            };
        }
        terms.push(VenusTerm { path: path.to_owned(), coding: meaning.coding, conversion });
    }
    ground.feed(id, place.source, place);
    Ok(VenusPoint { point: id, terms, take })
}

fn unknown(path: &str) -> String {
    let service = path.split('/').next().unwrap_or_default();
    let paths = venus::paths_of(service);
    if paths.is_empty() {
        let services = venus::services().join(", ");
        return format!("must be service/instance/path; services: {services}");
    }
    format!("is no known path; {service}/INSTANCE/ has {}", paths.join(", "))
}
