//! The calendar of outages: what is planned to be out of use, from when to when, and why.

use crate::lenient::{self, Located, Node};
use camp_solver::{Faults, Site, TimeGrid};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};

/// Most outages of a file.
const MOST: usize = 1000;

/// One asset, out of use for a while.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// The asset, `kind.id`.
    pub asset: String,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Why, for people.
    pub why: String,
}

impl Display for Outage {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { asset, from, to, why } = self;
        write!(f, "{asset}: out of use from {from} to {to}: {why}")
    }
}

#[derive(Deserialize)]
struct Calendar {
    outage: Vec<Outage>,
}

/// Reads the `[[outage]]` of a file; `root` is the file without anything else.
pub(super) fn read(root: &Node, site: &Site) -> Result<Vec<Outage>, Vec<Located>> {
    let check = |calendar: &Calendar| {
        let mut faults = Faults::new();
        if calendar.outage.len() > MOST {
            let rule = format!("must be {MOST} at most");
            faults.add("outage", calendar.outage.len(), rule);
        }
        for (i, outage) in calendar.outage.iter().enumerate() {
            if !site.can_be_out_of_use(&outage.asset) {
                let rule = Site::rule_of_out_of_use();
                faults.add(format!("outage[{i}].asset"), &outage.asset, rule);
            }
            if outage.to <= outage.from {
                faults.add(format!("outage[{i}].to"), outage.to, "must be later than from");
            }
        }
        faults.into_vec()
    };
    lenient::read::<Calendar>(root).check(root, check).into_result().map(|c| c.outage)
}

/// Marks the steps of a plan that an outage touches, and says what was marked.
pub fn mark(
    outages: &[Outage],
    grid: &TimeGrid,
    unavailable: &mut BTreeMap<String, Vec<bool>>,
) -> Vec<String> {
    let mut told = Vec::new();
    for outage in outages.iter().filter(|o| o.from < grid.end() && o.to > grid.start) {
        let steps =
            unavailable.entry(outage.asset.clone()).or_insert_with(|| vec![false; grid.len()]);
        for (t, out) in steps.iter_mut().enumerate() {
            *out |= outage.from < grid.start_of(t + 1) && outage.to > grid.start_of(t);
        }
        told.push(outage.to_string());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use std::path::Path;

    fn camp(more: &str) -> String {
        let path = format!("{}/camps/medium.toml", env!("CARGO_MANIFEST_DIR"));
        format!("{}\n{more}", std::fs::read_to_string(path).unwrap())
    }

    #[test]
    fn steps_that_an_outage_touches_are_marked_and_no_others() {
        let text = camp(
            "[[outage]]\nasset = 'genset.g2'\nfrom = 2026-03-10T06:50:00Z\n\
             to = 2026-03-10T07:30:00Z\nwhy = 'injectors'\n",
        );
        let file = parse(&text, Path::new("medium"), None).unwrap();
        let start = "2026-03-10T06:00:00Z".parse().unwrap();
        let grid = crate::domain::profile::grid(file.zone, start, 15, 3);
        let mut unavailable = BTreeMap::new();
        let told = mark(&file.outages, &grid, &mut unavailable);
        assert_eq!(told.len(), 1);
        let out: Vec<usize> = (0..grid.len()).filter(|t| unavailable["genset.g2"][*t]).collect();
        assert_eq!(out, [3, 4, 5]);
    }

    #[test]
    fn every_fault_of_the_calendar_is_told() {
        let text = camp(
            "[[outage]]\nasset = 'genset.g77'\nfrom = 2026-03-10T06:00:00Z\n\
             to = 2026-03-10T05:00:00Z\nwhy = 'x'\n[[outage]]\nasset = 'tank.raw'\n",
        );
        let told = parse(&text, Path::new("medium"), None).unwrap_err().to_string();
        for fault in ["outage[0].asset = genset.g77", "outage[0].to", "outage[1].from: is missing"]
        {
            assert!(told.contains(fault), "{told}");
        }
    }
}
