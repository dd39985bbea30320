//! The tables `[source.NAME]`: devices that do not speak our JSON.
//!
//! Read in two steps, so that a file with faults elsewhere tells these too: what stands there, and
//! then what it means for the points of the site.

mod mapping;
mod victron;

use crate::domain::point::{PointId, PointMap};
use crate::domain::source::{Format, Source, Sources};
use crate::lenient::{self, Located, Node, Value};
use camp_solver::site::Site;
use chrono_tz::Tz;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Most sources of a site.
const MOST_SOURCES: usize = 500;
/// Most points of a source.
const MOST_POINTS: usize = 1000;

/// A source as it stands in the file.
#[derive(Debug)]
pub(super) struct Draft {
    name: String,
    node: Node,
    format: DraftFormat,
}

#[derive(Debug)]
enum DraftFormat {
    Victron(victron::Draft),
    Mapping(mapping::Draft),
}

/// Reads what stands there.
pub(super) fn read(tables: BTreeMap<String, Node>) -> (Vec<Draft>, Vec<Located>) {
    let (mut drafts, mut faults) = (Vec::new(), Vec::new());
    if tables.len() > MOST_SOURCES {
        let rule = format!("must be {MOST_SOURCES} at most");
        faults.push(super::fault("source", &tables.len().to_string(), rule, None));
        return (drafts, faults);
    }
    for (name, node) in tables {
        match draft(&name, &node) {
            Ok(format) => drafts.push(Draft { name, node, format }),
            Err(wrong) => faults.extend(wrong),
        }
    }
    (drafts, faults)
}

fn draft(name: &str, node: &Node) -> Result<DraftFormat, Vec<Located>> {
    let mut rest = node.clone();
    let path = format!("source.{name}");
    let one = |path: &str, shown: &str, rule: &str, node| {
        Err(vec![super::fault(path, shown, rule.to_owned(), Some(node))])
    };
    let Some(table) = rest.table_mut() else {
        return one(&path, &node.shown(), "must be a table", node);
    };
    let rule = "must be one of victron, mapping";
    let Some(format) = table.remove("format") else {
        return one(&format!("{path}.format"), "", &format!("is missing: {rule}"), node);
    };
    let word = if let Value::Text(word) = &format.value { word.as_str() } else { "" };
    match word {
        "victron" => Ok(DraftFormat::Victron(typed(name, rest)?)),
        "mapping" => Ok(DraftFormat::Mapping(typed(name, rest)?)),
        _ => one(&format!("{path}.format"), &format.shown(), rule, &format),
    }
}

/// One source's table, read where it stands in the file.
fn typed<T: DeserializeOwned>(name: &str, node: Node) -> Result<T, Vec<Located>> {
    #[derive(serde::Deserialize)]
    #[serde(bound = "T: DeserializeOwned")]
    struct Root<T> {
        source: BTreeMap<String, T>,
    }
    let inner = BTreeMap::from([(name.to_owned(), node)]);
    let mut source = Node::empty_table();
    source.value = Value::Table(inner);
    let mut root = Node::empty_table();
    root.value = Value::Table(BTreeMap::from([("source".to_owned(), source)]));
    let mut read: Root<T> = lenient::read(&root).into_result()?;
    // A reading without a fault has the one table that was put in.
    read.source.remove(name).ok_or_else(Vec::new)
}

/// What sources are resolved against.
struct Ground<'a> {
    points: &'a PointMap,
    site: &'a Site,
    zone: Option<Tz>,
    /// Who feeds a point already.
    fed: BTreeMap<PointId, String>,
    faults: Vec<Located>,
}

impl Ground<'_> {
    /// What the whole of a level is, in the unit of the point: the volume that the site file states.
    fn capacity(&self, point: PointId) -> Option<f64> {
        let point = self.points.get(point)?;
        match point.kind {
            "tank" => self.site.tank.get(&point.id).map(|t| t.capacity_m3),
            "fuel_store" => self.site.fuel_store.get(&point.id).map(|f| f.capacity_l),
            "wastewater" => self.site.wastewater.get(&point.id).map(|w| w.equalisation_m3),
            _ => None,
        }
    }

    /// Notes who feeds a point; false, with a fault, where another does already.
    fn feed(&mut self, point: PointId, source: &str, place: &Place<'_>) -> bool {
        let Some(other) = self.fed.get(&point) else {
            self.fed.insert(point, source.to_owned());
            return true;
        };
        let name = self.points.get(point).map(ToString::to_string).unwrap_or_default();
        let rule = format!("{name} is fed by the source {other} already; a point has one source");
        self.faults.push(place.fault("", rule));
        false
    }
}

/// A place in a source's table.
struct Place<'a> {
    source: &'a str,
    node: &'a Node,
    keys: &'a [&'a str],
}

impl Place<'_> {
    /// A fault here.
    fn fault(&self, value: &str, rule: impl Into<String>) -> Located {
        let mut node = self.node;
        for key in self.keys {
            let Value::Table(table) = &node.value else { break };
            let Some(next) = table.get(*key) else { break };
            node = next;
        }
        let path = format!("source.{}.{}", self.source, self.keys.join("."));
        let shown: String = value.chars().take(60).collect();
        let is_table = matches!(node.value, Value::Table(_));
        let mut fault = super::fault(&path, &shown, rule.into(), Some(node));
        if is_table {
            fault.position = node.key_position.or(fault.position);
        }
        fault
    }
}

/// What the drafts mean for a site, or every fault.
pub(super) fn resolve(
    drafts: Vec<Draft>,
    points: &PointMap,
    site: &Site,
    zone: Option<Tz>,
) -> (Sources, Vec<Located>) {
    let mut ground = Ground { points, site, zone, fed: BTreeMap::new(), faults: Vec::new() };
    let mut list: Vec<Source> = Vec::new();
    for Draft { name, node, format } in drafts {
        let found = match format {
            DraftFormat::Victron(draft) => {
                victron::resolve(draft, &name, &node, &mut ground).map(Format::Victron)
            }
            DraftFormat::Mapping(draft) => {
                mapping::resolve(draft, &name, &node, &mut ground).map(Format::Mapping)
            }
        };
        let Some(format) = found else { continue };
        if let Some(other) = list.iter().find(|other| overlap(&other.format, &format)) {
            let (key, rule) = match &format {
                Format::Victron(_) => ("portal", "is that"),
                Format::Mapping(_) => ("topic", "shares topics with that"),
            };
            let place = Place { source: &name, node: &node, keys: &[key] };
            let rule = format!("{rule} of the source {}: make them one", other.name);
            ground.faults.push(place.fault("", rule));
        }
        list.push(Source { name, format });
    }
    (Sources::new(list), ground.faults)
}

fn overlap(one: &Format, other: &Format) -> bool {
    match (one, other) {
        (Format::Victron(a), Format::Victron(b)) => a.portal == b.portal,
        (Format::Mapping(a), Format::Mapping(b)) => a.topic.overlaps(&b.topic),
        (Format::Victron(v), Format::Mapping(m)) | (Format::Mapping(m), Format::Victron(v)) => {
            v.paths().any(|path| m.topic.device(&format!("N/{}/{path}", v.portal)).is_some())
        }
    }
}

#[cfg(test)]
mod tests;
