//! What the plant really does, learnt from its meters and held against what the site file states. It is
//! offered to the engineer; plans go on as the site file says until the file is changed.

pub mod battery;
pub mod fuel_curve;
pub(crate) mod gather;
mod well;

use super::balance::Book;
use super::estimate::Estimate;
use super::measured::Measured;
use camp_solver::Site;
use fuel_curve::LearntPoint;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What was learnt of a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LearntSet {
    /// The set, `genset.id`.
    #[schema(example = "genset.g1")]
    pub asset: String,
    /// What it was learnt from: `flow`, its own fuel meter, or `tank`, the level of the tank, together with
    /// the sets that state the same curve.
    #[schema(example = "flow")]
    pub from: String,
    /// The curve at the points of the site file.
    pub curve: Vec<LearntPoint>,
}

/// What was learnt of anything else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LearntAsset {
    /// The asset, `kind.id`.
    #[schema(example = "battery.bess")]
    pub asset: String,
    /// Its values.
    pub values: Vec<Estimate>,
}

/// What was learnt.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Learnt {
    /// Fuel curves of sets.
    pub sets: Vec<LearntSet>,
    /// Batteries and wells.
    pub assets: Vec<LearntAsset>,
    /// What could not be learnt, and why.
    pub not_learnt: Vec<String>,
}

/// Learns all that there are readings for. `book` is that of the fuel tank, if its level is metered.
pub fn learn(site: &Site, measured: &Measured, book: Option<&Book>) -> Learnt {
    let mut learnt = Learnt::default();
    let draws = book.map(|book| gather::draws(site, measured, book)).unwrap_or_default();
    let (groups, by_tank) = gather::by_tank(site, &draws);
    for (id, set) in &site.genset {
        let asset = format!("genset.{id}");
        let stated = fuel_curve::Curve::of(set);
        let runs = gather::runs(set, id, measured);
        if let Some(curve) = fuel_curve::from_flow(&stated, &runs) {
            learnt.sets.push(LearntSet { asset, from: "flow".to_owned(), curve });
        } else if let Some(curve) = groups.get(id).and_then(|g| by_tank.as_ref()?.get(*g)) {
            learnt.sets.push(LearntSet { asset, from: "tank".to_owned(), curve: curve.clone() });
        } else {
            let why = "too few readings of power with fuel flow, or with the level of the tank";
            learnt.not_learnt.push(format!("{asset}: {why}"));
        }
    }
    for (id, battery) in &site.battery {
        match gather::battery(battery, id, measured) {
            Some(values) => {
                learnt.assets.push(LearntAsset { asset: format!("battery.{id}"), values });
            }
            None => learnt.not_learnt.push(format!(
                "battery.{id}: needs charge, discharge and state of charge of 5 days, and 2 cycles"
            )),
        }
    }
    for (id, well) in &site.well {
        match well::learn(well, id, measured) {
            Some(value) => {
                let asset = format!("well.{id}");
                learnt.assets.push(LearntAsset { asset, values: vec![value] });
            }
            None => learnt.not_learnt.push(format!(
                "well.{id}: needs its flow and its power (demand_kw) of 3 days on which it runs"
            )),
        }
    }
    learnt
}
