//! `format = "mapping"`: devices that send JSON of their own.

use super::{Ground, MOST_POINTS, Place};
use crate::domain::point::PointMap;
use crate::domain::source::{
    Conversion, MappedPoint, Mapping, Take, TimeAt, TimeForm, TopicPattern, Unit, Words,
};
use crate::lenient::Node;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The table as it stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    topic: String,
    time: Option<DraftTime>,
    /// What devices call themselves in the topic, and the id in the site that they stand for.
    #[serde(default)]
    names: BTreeMap<String, String>,
    points: BTreeMap<String, DraftPoint>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftTime {
    pointer: String,
    form: DraftForm,
    zone: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DraftForm {
    Rfc3339,
    UnixS,
    UnixMs,
    Local,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftPoint {
    pointer: String,
    unit: Option<String>,
    scale: Option<f64>,
    offset: Option<f64>,
    #[serde(default)]
    take: DraftTake,
    #[serde(default)]
    words: BTreeMap<String, f64>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DraftTake {
    #[default]
    Whole,
    Reversed,
    Positive,
    Negative,
}

/// What it means; every fault goes to the ground.
pub(super) fn resolve(
    draft: Draft,
    source: &str,
    node: &Node,
    ground: &mut Ground<'_>,
) -> Option<Mapping> {
    let before = ground.faults.len();
    let at =
        |keys: &[&str], value: &str, rule: String| Place { source, node, keys }.fault(value, rule);
    let topic = TopicPattern::parse(&draft.topic).and_then(|topic| {
        let own = "smartcamp/v1/";
        if draft.topic.starts_with(own) {
            return Err(format!("must not begin with {own}: there our own JSON is spoken"));
        }
        Ok(topic)
    });
    let topic = topic.map_err(|rule| ground.faults.push(at(&["topic"], &draft.topic, rule))).ok();
    let time = match draft.time.map(|time| time_at(time, ground)).transpose() {
        Ok(time) => time,
        Err((key, value, rule)) => {
            ground.faults.push(at(&["time", key], &value, rule));
            None
        }
    };
    if draft.points.is_empty() || draft.points.len() > MOST_POINTS {
        let rule = format!("must name 1 to {MOST_POINTS} points");
        ground.faults.push(at(&["points"], &draft.points.len().to_string(), rule));
    }
    let topic = topic?;
    for (told, meant) in &draft.names {
        let known = ground.points.iter().any(|(_, p)| p.id == *meant || p.kind == meant);
        let twice = draft.names.values().filter(|m| *m == meant).count() > 1;
        if topic.places() == 0 || !known || twice {
            let rule = "must be an id of the site, once, for a device at a + of the topic";
            ground.faults.push(at(&["names", told], meant, rule.to_owned()));
        }
    }
    let mut devices: BTreeMap<String, Vec<MappedPoint>> = BTreeMap::new();
    for (name, point) in &draft.points {
        let named = named(name, &topic, &draft.names, ground.points);
        let named = named.unwrap_or_else(|rule| {
            ground.faults.push(at(&["points", name], name, rule));
            Vec::new()
        });
        for (device, full) in named {
            let Some(id) = ground.points.resolve(&full) else { continue };
            let place = Place { source, node, keys: &["points", name] };
            match lines(point, id, ground) {
                Ok(conversion) if ground.feed(id, source, &place) => {
                    devices.entry(device).or_default().push(MappedPoint {
                        point: id,
                        pointer: point.pointer.clone(),
                        conversion,
                        take: match point.take {
                            DraftTake::Whole => Take::Whole,
                            DraftTake::Reversed => Take::Reversed,
                            DraftTake::Positive => Take::Positive,
                            DraftTake::Negative => Take::Negative,
                        },
                        words: Words::new(point.words.clone()),
                    });
                }
                Ok(_) => {}
                Err((key, value, rule)) => {
                    ground.faults.push(at(&["points", name, key], &value, rule));
                    break;
                }
            }
        }
    }
    (ground.faults.len() == before).then_some(Mapping { topic, time, devices })
}

/// Points that a name stands for, each with its device: one, or with `{1}` one for each asset.
fn named(
    name: &str,
    topic: &TopicPattern,
    names: &BTreeMap<String, String>,
    points: &PointMap,
) -> Result<Vec<(String, String)>, String> {
    let places = topic.places();
    if places == 0 {
        if points.resolve(name).is_none() {
            return Err("names no point of the site".to_owned());
        }
        return Ok(vec![(String::new(), name.to_owned())]);
    }
    let marks: Vec<String> = (1..=places).map(|n| format!("{{{n}}}")).collect();
    let parts: Vec<&str> = name.split('.').collect();
    if let Some(mark) =
        marks.iter().find(|m| parts.iter().filter(|p| **p == m.as_str()).count() != 1)
    {
        let rule = format!("must have {mark} once as a part: what stands at that + of the topic");
        return Err(rule);
    }
    let own = |id: &str| {
        let given = names.iter().find(|(_, meant)| *meant == id);
        given.map_or_else(|| id.to_owned(), |(told, _)| told.clone())
    };
    let mut found = Vec::new();
    for (_, point) in points.iter() {
        let full = point.to_string();
        let of: Vec<&str> = full.split('.').collect();
        let is_mark = |part: &str| marks.iter().any(|m| m == part);
        let fits =
            of.len() == parts.len() && of.iter().zip(&parts).all(|(o, p)| is_mark(p) || o == p);
        if !fits {
            continue;
        }
        let device = marks.iter().filter_map(|m| parts.iter().position(|p| p == m));
        let device: Vec<String> = device.filter_map(|at| of.get(at)).map(|id| own(id)).collect();
        found.push((device.join("/"), full));
    }
    if found.is_empty() {
        return Err("fits no point of the site".to_owned());
    }
    Ok(found)
}

type Wrong = (&'static str, String, String);

fn pointer_is_one(pointer: &str) -> Result<(), String> {
    if (pointer.is_empty() || pointer.starts_with('/')) && pointer.len() <= 200 {
        return Ok(());
    }
    Err("must be a JSON pointer: empty, or /name/name".to_owned())
}

fn lines(
    point: &DraftPoint,
    id: crate::domain::point::PointId,
    ground: &Ground<'_>,
) -> Result<Conversion, Wrong> {
    pointer_is_one(&point.pointer).map_err(|rule| ("pointer", point.pointer.clone(), rule))?;
    let (scale, offset) = (point.scale.unwrap_or(1.0), point.offset.unwrap_or(0.0));
    if !scale.is_finite() || scale.abs() < 1e-12 {
        return Err(("scale", scale.to_string(), "must be a number other than 0".to_owned()));
    }
    if !offset.is_finite() {
        return Err(("offset", offset.to_string(), "must be a number".to_owned()));
    }
    if let Some((word, value)) = point.words.iter().find(|(_, v)| !v.is_finite()) {
        return Err(("words", format!("{word} = {value}"), "must be a number".to_owned()));
    }
    let own = Conversion::new(scale, offset);
    let Some(word) = &point.unit else { return Ok(own) };
    let quantity = ground.points.get(id).map_or("", |p| p.quantity);
    let Some(unit) = Unit::of(word) else {
        let rule = format!("must be one of {}", Unit::words().join(", "));
        return Err(("unit", word.clone(), rule));
    };
    let line = unit.to(quantity, ground.capacity(id));
    let line = line.ok_or_else(|| ("unit", word.clone(), format!("is no unit of {quantity}")))?;
    Ok(own.then(line))
}

fn time_at(draft: DraftTime, ground: &Ground<'_>) -> Result<TimeAt, Wrong> {
    pointer_is_one(&draft.pointer).map_err(|rule| ("pointer", draft.pointer.clone(), rule))?;
    if draft.zone.is_some() && draft.form != DraftForm::Local {
        let rule = "goes with form = \"local\" only: the other forms say it themselves";
        return Err(("zone", draft.zone.unwrap_or_default(), rule.to_owned()));
    }
    let form = match draft.form {
        DraftForm::Rfc3339 => TimeForm::Rfc3339,
        DraftForm::UnixS => TimeForm::UnixS,
        DraftForm::UnixMs => TimeForm::UnixMs,
        DraftForm::Local => match &draft.zone {
            Some(zone) => TimeForm::Local(zone.parse().map_err(|_| {
                let rule = "must be an IANA time zone, such as Africa/Juba";
                ("zone", zone.clone(), rule.to_owned())
            })?),
            // Where the site's own zone is a fault, that is told already.
            None => TimeForm::Local(ground.zone.unwrap_or(chrono_tz::UTC)),
        },
    };
    Ok(TimeAt { pointer: draft.pointer, form })
}
