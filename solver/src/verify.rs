//! The second opinion: recomputes a plan from the site's own fields and objects to what is wrong.
//!
//! It shares no code with the model, the books or the rules; it repeats their arithmetic on purpose,
//! because sharing would make it agree with a wrong model. A declared and correctly counted
//! shortfall passes; an undeclared one, or one counted wrongly, does not.

mod battery;
mod books;
mod bus;
mod camp;
mod findings;
mod fuel;
mod genset;
mod limits;
mod mean_load;
mod placed;
mod plant;
mod security;
mod shape;
mod water;

use crate::plan::Plan;
use crate::problem::Problem;
use camp::Camp;
use findings::{Findings, TOLERANCE};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// A rule of the checker. Each has a mutation test.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant is explained by its sentence in `Rule::sentence`")]
pub enum Rule {
    SeriesShape,
    SameQuestion,
    SetAvailable,
    SetRating,
    SetDerating,
    SetPowerWhileOff,
    SetMinimumLoadHard,
    SetMinimumUpTime,
    SetMinimumDownTime,
    SetFuelCurve,
    SetStarts,
    SetRamp,
    SetStartLimit,
    SetStopLimit,
    SetMustRun,
    LoadSharing,
    SolarAvailable,
    SolarLeast,
    SolarCurtailment,
    BatteryPower,
    BatteryOneDirection,
    BatteryStock,
    BatteryCharge,
    BatteryWindow,
    BatteryTemperature,
    WellFlow,
    WellEnergy,
    TreatmentFlow,
    TreatmentEnergy,
    TankStock,
    TankCapacity,
    TankFloor,
    TapsDelivery,
    TapsBooster,
    HeaterPower,
    HeatDrawn,
    HeatStock,
    BatchStart,
    BatchAtOnce,
    BatchPerDay,
    BatchServed,
    FuelStock,
    FuelDelivery,
    FuelOutlook,
    ConsumerServed,
    ShedForbidden,
    ShedUnserved,
    PowerBalance,
    GridFormer,
    ReserveRequired,
    ReserveCarried,
    SecurityLevel,
    SecurityRequired,
    SecurityCarried,
    ShortfallUndeclared,
    ShortfallCount,
    FuelTotal,
    LedgerTotal,
    CostTotal,
    BoundAndGap,
    StatusClaim,
    NotHonouredListed,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 62] = [
        Self::SeriesShape,
        Self::SameQuestion,
        Self::SetAvailable,
        Self::SetRating,
        Self::SetDerating,
        Self::SetPowerWhileOff,
        Self::SetMinimumLoadHard,
        Self::SetMinimumUpTime,
        Self::SetMinimumDownTime,
        Self::SetFuelCurve,
        Self::SetStarts,
        Self::SetRamp,
        Self::SetStartLimit,
        Self::SetStopLimit,
        Self::SetMustRun,
        Self::LoadSharing,
        Self::SolarAvailable,
        Self::SolarLeast,
        Self::SolarCurtailment,
        Self::BatteryPower,
        Self::BatteryOneDirection,
        Self::BatteryStock,
        Self::BatteryCharge,
        Self::BatteryWindow,
        Self::BatteryTemperature,
        Self::WellFlow,
        Self::WellEnergy,
        Self::TreatmentFlow,
        Self::TreatmentEnergy,
        Self::TankStock,
        Self::TankCapacity,
        Self::TankFloor,
        Self::TapsDelivery,
        Self::TapsBooster,
        Self::HeaterPower,
        Self::HeatDrawn,
        Self::HeatStock,
        Self::BatchStart,
        Self::BatchAtOnce,
        Self::BatchPerDay,
        Self::BatchServed,
        Self::FuelStock,
        Self::FuelDelivery,
        Self::FuelOutlook,
        Self::ConsumerServed,
        Self::ShedForbidden,
        Self::ShedUnserved,
        Self::PowerBalance,
        Self::GridFormer,
        Self::ReserveRequired,
        Self::ReserveCarried,
        Self::SecurityLevel,
        Self::SecurityRequired,
        Self::SecurityCarried,
        Self::ShortfallUndeclared,
        Self::ShortfallCount,
        Self::FuelTotal,
        Self::LedgerTotal,
        Self::CostTotal,
        Self::BoundAndGap,
        Self::StatusClaim,
        Self::NotHonouredListed,
    ];

    /// What the rule asks, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::SeriesShape => "every series is there, finite, not negative, one value a step",
            Self::SameQuestion => "the plan answers this site and this time grid",
            Self::SetAvailable => "an unavailable set does not run",
            Self::SetRating => "a set gives no more than its rating",
            Self::SetDerating => "a set gives no more than heat and height leave of its rating",
            Self::SetPowerWhileOff => "a set that is off gives no power and burns no fuel",
            Self::SetMinimumLoadHard => "a set with a hard minimum load never runs below it",
            Self::SetMinimumUpTime => "a set stays on for its least time",
            Self::SetMinimumDownTime => "a set stays off for its least time",
            Self::SetFuelCurve => "fuel is that of the data sheet, interpolated",
            Self::SetStarts => "starts are counted",
            Self::SetRamp => "a set's power rises and falls no faster than its ramps",
            Self::SetStartLimit => "a set gives no more than its limit in the step of a start",
            Self::SetStopLimit => "a set stands at its limit or below before a stop",
            Self::SetMustRun => "a set that must run does, where it can",
            Self::LoadSharing => "sets on one bus share load in proportion to their ratings",
            Self::SolarAvailable => "solar power in use is available and within the inverter",
            Self::SolarLeast => "solar power that must be taken is, unless the camp is dark",
            Self::SolarCurtailment => "what the sun offers and is not used is curtailed",
            Self::BatteryPower => "a battery keeps its power limits and is available",
            Self::BatteryOneDirection => "a battery never charges and discharges in one step",
            Self::BatteryStock => "stored energy follows from the flows and the losses",
            Self::BatteryCharge => "state of charge is stored energy by nameplate energy",
            Self::BatteryWindow => "a battery never moves further out of its window",
            Self::BatteryTemperature => "a battery takes no charge in frost and less in heat",
            Self::WellFlow => "a well gives no more than its pump; standby wells wait",
            Self::WellEnergy => "a well draws the energy of its head and efficiency",
            Self::TreatmentFlow => "a treatment line makes no more than its trains",
            Self::TreatmentEnergy => "a treatment line draws its energy for each cubic metre",
            Self::TankStock => "a tank's level follows from the flows",
            Self::TankCapacity => "a tank never overflows or falls below empty",
            Self::TankFloor => "a plan never draws a tank below its floor",
            Self::TapsDelivery => "water asked for is delivered or declared unserved",
            Self::TapsBooster => "the booster keeps its limit and draws its energy",
            Self::HeaterPower => "a heater keeps its limit and is available",
            Self::HeatDrawn => "heat asked for is drawn or declared unserved",
            Self::HeatStock => "heat in store follows from heater, draw and losses, and has room",
            Self::BatchStart => "a batch starts where it can end within its window and the horizon",
            Self::BatchAtOnce => "no more batches run at once than there are machines",
            Self::BatchPerDay => "no more batches start in a day than are left of it",
            Self::BatchServed => "a batch runs to its end; what it does not get is declared",
            Self::FuelStock => {
                "fuel in store follows from burn and deliveries and is never negative"
            }
            Self::FuelDelivery => "a delivery counts after its slip and within the store's room",
            Self::FuelOutlook => "endurance, reserve and order date follow from stock and burn",
            Self::ConsumerServed => "demand is served or declared unserved",
            Self::ShedForbidden => "no plan sheds T0 or T1",
            Self::ShedUnserved => "what is shed is part of what is unserved",
            Self::PowerBalance => "power made equals power used in every step",
            Self::GridFormer => "something forms the grid in every step with power",
            Self::ReserveRequired => "the operating reserve asked for is that of the site",
            Self::ReserveCarried => "the reserve carried is what sets and batteries could add",
            Self::SecurityLevel => "the level of N-1 is that of the site's hours",
            Self::SecurityRequired => "the load that N-1 has to carry is that of the level",
            Self::SecurityCarried => {
                "what the worst loss leaves is what the other sources can give"
            }
            Self::ShortfallUndeclared => "every shortfall is declared",
            Self::ShortfallCount => "a declared shortfall is counted correctly",
            Self::FuelTotal => "the litres are the sum of burn and starts",
            Self::LedgerTotal => "the ledger's lines add up",
            Self::CostTotal => "the cost is the ledger's, without penalties",
            Self::BoundAndGap => "the bound is not above the cost and the gap follows from both",
            Self::StatusClaim => "the status claims no more than the gap shows",
            Self::NotHonouredListed => "rules that the plan does not honour are listed",
        }
    }
}

/// One objection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Violation {
    /// The rule broken.
    pub rule: Rule,
    /// Where: `genset.g1.power_kw[14]`.
    pub path: String,
    /// What the plan says and what was expected.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path, self.rule.sentence(), self.detail)
    }
}

/// Checks a plan against its problem. An empty list is approval.
pub fn verify(problem: &Problem, plan: &Plan) -> Vec<Violation> {
    let mut findings = Findings::default();
    shape::check(problem, plan, &mut findings);
    if !findings.violations.is_empty() {
        // Series of a wrong shape cannot be read further.
        return findings.violations;
    }
    let camp = Camp::new(problem, plan);
    genset::check(&camp, &mut findings);
    limits::check(&camp, &mut findings);
    plant::check(&camp, &mut findings);
    mean_load::check(&camp, &mut findings);
    battery::check(&camp, &mut findings);
    water::check(&camp, &mut findings);
    placed::check(&camp, &mut findings);
    fuel::check(&camp, &mut findings);
    bus::check(&camp, &mut findings);
    security::check(&camp, &mut findings);
    books::check(&camp, &mut findings);
    findings.violations
}
