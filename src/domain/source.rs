//! Sources: devices that do not speak our JSON, and which of their values is which point.
//!
//! A site file describes them ([`crate::domain::source::Sources`]); what comes from them is decoded by
//! `ingest`. A point has one source at most.

mod topic;
mod unit;
pub mod venus;

pub use topic::TopicPattern;
pub use unit::{Conversion, Unit};

use super::point::PointId;
use chrono_tz::Tz;
use std::collections::{BTreeMap, HashMap};
use venus::Coding;

/// Which part of a number counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Take {
    /// All of it.
    #[default]
    Whole,
    /// All of it with the other sign.
    Reversed,
    /// What is above zero: `charge_kw` of a power that is positive into the battery.
    Positive,
    /// What is below zero, with the other sign: `discharge_kw` of the same.
    Negative,
}

impl Take {
    /// The part of a number.
    pub fn of(self, value: f64) -> f64 {
        let part = match self {
            Self::Whole => value,
            Self::Reversed => -value,
            Self::Positive => value.max(0.0),
            Self::Negative => (-value).max(0.0),
        };
        // No minus before a zero.
        part + 0.0
    }
}

/// A path of a Venus device, as a term of a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct VenusTerm {
    /// `service/instance/path`.
    pub path: String,
    /// How its number is read.
    pub coding: Coding,
    /// To the point's unit.
    pub conversion: Conversion,
}

/// A point fed by one path of a Venus device, or by the sum of several: its phases.
#[derive(Debug, Clone, PartialEq)]
pub struct VenusPoint {
    /// The point.
    pub point: PointId,
    /// What is summed.
    pub terms: Vec<VenusTerm>,
    /// Which part of the sum counts.
    pub take: Take,
}

/// A Victron Venus OS device, by its own MQTT topics.
#[derive(Debug, Clone, PartialEq)]
pub struct Victron {
    /// Its VRM portal id, the second level of its topics.
    pub portal: String,
    /// Seconds between signs that somebody listens; without them it falls silent after 60.
    pub keepalive_s: u32,
    /// The points that it feeds.
    pub points: Vec<VenusPoint>,
    /// By path: the point's place in the list, and the term's in its sum.
    by_path: BTreeMap<String, Vec<(usize, usize)>>,
}

impl Victron {
    /// A device with the points that it feeds.
    pub fn new(portal: String, keepalive_s: u32, points: Vec<VenusPoint>) -> Self {
        let mut by_path: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for (p, point) in points.iter().enumerate() {
            for (t, term) in point.terms.iter().enumerate() {
                by_path.entry(term.path.clone()).or_default().push((p, t));
            }
        }
        Self { portal, keepalive_s, points, by_path }
    }

    /// Its paths that feed points.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.by_path.keys().map(String::as_str)
    }

    /// The sums that a path is in: place of the point, place of the term.
    pub fn at(&self, path: &str) -> &[(usize, usize)] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }
}

/// Where a payload tells its own time.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeAt {
    /// JSON pointer to it.
    pub pointer: String,
    /// How it is written.
    pub form: TimeForm,
}

/// How a device writes a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TimeForm {
    /// RFC 3339 with its offset.
    Rfc3339,
    /// Seconds since 1970.
    UnixS,
    /// Milliseconds since 1970.
    UnixMs,
    /// Date and time of the clocks of a zone, without an offset.
    Local(Tz),
}

/// Words of a device and the point's value that each stands for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Words(BTreeMap<String, f64>);

impl Words {
    /// A table of words.
    pub fn new(table: BTreeMap<String, f64>) -> Self {
        Self(table)
    }

    /// What a word stands for, in the point's unit.
    pub fn meant(&self, word: &str) -> Option<f64> {
        self.0.get(word).copied()
    }
}

/// A point fed by a place in a JSON payload.
#[derive(Debug, Clone, PartialEq)]
pub struct MappedPoint {
    /// The point.
    pub point: PointId,
    /// JSON pointer to its value.
    pub pointer: String,
    /// To the point's unit.
    pub conversion: Conversion,
    /// Which part of the number counts, after conversion.
    pub take: Take,
    /// Words in place of numbers.
    pub words: Words,
}

/// Devices that send JSON of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// Where they send it.
    pub topic: TopicPattern,
    /// Their own time, where they tell one.
    pub time: Option<TimeAt>,
    /// What they feed, by what stands in the place of the topic's `+`, joined by `/`.
    pub devices: BTreeMap<String, Vec<MappedPoint>>,
}

/// What a source speaks.
#[derive(Debug, Clone, PartialEq)]
pub enum Format {
    /// Victron Venus OS.
    Victron(Victron),
    /// JSON of its own.
    Mapping(Mapping),
}

/// A source.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its name in the site file.
    pub name: String,
    /// What it speaks.
    pub format: Format,
}

/// All sources of a site, found by topic.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sources {
    list: Vec<Source>,
    exact: HashMap<String, usize>,
}

/// What a topic is to the sources.
#[derive(Debug, Clone, Copy)]
pub enum Hit<'a> {
    /// A path of a Venus device.
    Victron(&'a Victron, &'a [(usize, usize)]),
    /// Points of a device that sends JSON; none where nobody knows the device.
    Mapping(&'a Mapping, &'a [MappedPoint]),
}

impl Sources {
    /// Sources whose topics do not overlap.
    pub fn new(list: Vec<Source>) -> Self {
        let mut exact = HashMap::new();
        for (i, source) in list.iter().enumerate() {
            match &source.format {
                Format::Victron(v) => {
                    exact.extend(v.paths().map(|path| (format!("N/{}/{path}", v.portal), i)));
                }
                Format::Mapping(m) if m.topic.places() == 0 => {
                    exact.insert(m.topic.to_string(), i);
                }
                Format::Mapping(_) => {}
            }
        }
        Self { list, exact }
    }

    /// Every source.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.list.iter()
    }

    /// True where every device speaks our JSON.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The topics to subscribe to.
    pub fn filters(&self) -> Vec<String> {
        let mut filters: Vec<String> = self.exact.keys().cloned().collect();
        filters.extend(self.list.iter().filter_map(|source| match &source.format {
            Format::Mapping(m) if m.topic.places() > 0 => Some(m.topic.to_string()),
            Format::Mapping(_) | Format::Victron(_) => None,
        }));
        filters.sort_unstable();
        filters
    }

    /// The Venus devices.
    pub fn victrons(&self) -> impl Iterator<Item = &Victron> {
        self.list.iter().filter_map(|source| match &source.format {
            Format::Victron(v) => Some(v),
            Format::Mapping(_) => None,
        })
    }

    /// What a topic is to them; nothing where it is of no source.
    pub fn find(&self, topic: &str) -> Option<Hit<'_>> {
        if let Some(source) = self.exact.get(topic).and_then(|i| self.list.get(*i)) {
            return Some(match &source.format {
                Format::Victron(v) => {
                    let path = topic.splitn(3, '/').nth(2).unwrap_or_default();
                    Hit::Victron(v, v.at(path))
                }
                Format::Mapping(m) => Hit::Mapping(m, points_of(m, "")),
            });
        }
        self.list.iter().find_map(|source| match &source.format {
            Format::Mapping(m) if m.topic.places() > 0 => {
                let device = m.topic.device(topic)?;
                Some(Hit::Mapping(m, points_of(m, &device)))
            }
            Format::Mapping(_) | Format::Victron(_) => None,
        })
    }
}

fn points_of<'a>(mapping: &'a Mapping, device: &str) -> &'a [MappedPoint] {
    mapping.devices.get(device).map_or(&[], Vec::as_slice)
}
