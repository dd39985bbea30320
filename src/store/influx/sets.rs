//! Starts and stops of sets, seen in the readings that pass.

use super::forward::Names;
use super::lines::{self, parts};
use crate::domain::point::PointMap;
use crate::domain::quality::{Quality, Reason};
use crate::domain::state::RUNNING_LOAD_FRAC;
use crate::store::journal::Numbered;
use crate::store::spool::Run;
use std::collections::BTreeMap;

/// What each set does, as of the values that have passed. A late value changes nothing.
#[derive(Debug)]
pub(super) struct Sets<'a> {
    known: BTreeMap<String, Run>,
    changed: BTreeMap<String, Run>,
    points: &'a PointMap,
}

/// Of a set without a status point, what it does is kept under this name behind its own.
const BY_POWER: &str = "/power_kw";

impl<'a> Sets<'a> {
    pub(super) fn new(known: BTreeMap<String, Run>, points: &'a PointMap) -> Self {
        Self { known, changed: BTreeMap::new(), points }
    }

    /// The lines of starts and stops in values.
    pub(super) fn changes(&mut self, site: &str, names: &Names, values: &Numbered) -> Vec<String> {
        let mut found = Vec::new();
        for (number, value) in values {
            let Some(name) = names.get(number) else { continue };
            let Some(point) = parts(name).filter(|p| p.kind == "genset") else { continue };
            if Reason::quality_of(Reason::of_code(value.reason)) != Quality::Good {
                continue;
            }
            let asset = format!("genset.{}", point.id);
            let (key, running) = match point.quantity {
                "is_running" => (asset.clone(), value.value >= 0.5),
                // Only where no status point speaks.
                "power_kw" if !self.known.contains_key(&asset) => {
                    let known = self.points.resolve(name).and_then(|p| self.points.get(p));
                    let Some(known) = known else { continue };
                    (format!("{asset}{BY_POWER}"), value.value > RUNNING_LOAD_FRAC * known.max)
                }
                _ => continue,
            };
            let now = Run { time_ms: value.time_ms, running };
            let before = self.known.get(&key).copied();
            if before.is_some_and(|b| b.time_ms >= now.time_ms) {
                continue;
            }
            if before.is_some_and(|b| b.running != running) {
                found.extend(lines::run(site, &asset, running, value.time_ms));
            }
            self.known.insert(key.clone(), now);
            self.changed.insert(key, now);
        }
        found
    }

    /// What is to be kept.
    pub(super) fn into_changed(self) -> BTreeMap<String, Run> {
        self.changed
    }
}
