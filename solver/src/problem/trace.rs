//! Several ways in which load, sun and water may come, each with its weight.

use super::{Problem, check_series};
use crate::fault::Faults;
use crate::site::ById;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Another way in which load, sun and water may come, beside that of [`Problem::series`]. What it does
/// not name comes as there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// How likely it is, 0 to 1. What all further traces leave of 1 is the weight of the first.
    pub weight_frac: f64,
    /// Demand of consumers, by `kind.id`, kW.
    #[serde(default)]
    pub demand_kw: BTreeMap<String, Vec<f64>>,
    /// Solar power available at the inverters' AC side, by id, kW.
    #[serde(default)]
    pub solar_available_kw: ById<Vec<f64>>,
    /// Water asked for at the taps, by id, m3/h.
    #[serde(default)]
    pub taps_m3_per_h: ById<Vec<f64>>,
    /// Wastewater that comes, by id, m3/h.
    #[serde(default)]
    pub wastewater_m3_per_h: ById<Vec<f64>>,
    /// Heat drawn from each thermal store, by id, kW.
    #[serde(default)]
    pub heat_kw: ById<Vec<f64>>,
}

/// A weight below this would be lost in the solver's arithmetic.
const LEAST_WEIGHT_FRAC: f64 = 1e-3;

impl Problem {
    /// The weight of the first trace, that of [`Problem::series`].
    pub fn first_weight_frac(&self) -> f64 {
        1.0 - self.traces.iter().map(|trace| trace.weight_frac).sum::<f64>()
    }

    /// Steps in which sets must run the same in all traces: those that begin before they part.
    pub fn common_steps(&self) -> usize {
        let Some(after_h) = self.traces_part_after_h else { return self.grid.len() };
        (0..self.grid.len()).filter(|t| self.grid.offset_h(*t) < after_h - 1e-9).count()
    }

    /// The problem with its first trace alone.
    #[must_use]
    pub fn without_traces(&self) -> Self {
        Self { traces: Vec::new(), traces_part_after_h: None, ..self.clone() }
    }

    /// The problem as it is if a further trace comes, and no other.
    pub(crate) fn of_trace(&self, trace: &Trace) -> Self {
        let mut alone = self.without_traces();
        let named = |series: &BTreeMap<String, Vec<f64>>| series.clone().into_iter();
        alone.series.demand_kw.extend(named(&trace.demand_kw));
        alone.series.solar_available_kw.extend(named(&trace.solar_available_kw));
        alone.series.taps_m3_per_h.extend(named(&trace.taps_m3_per_h));
        alone.series.wastewater_m3_per_h.extend(named(&trace.wastewater_m3_per_h));
        alone.series.heat_kw.extend(named(&trace.heat_kw));
        alone
    }

    pub(super) fn check_traces(&self, faults: &mut Faults) {
        for (i, trace) in self.traces.iter().enumerate() {
            let path = format!("traces[{i}]");
            let weight = format!("{path}.weight_frac");
            faults.within(weight, trace.weight_frac, LEAST_WEIGHT_FRAC, 1.0);
            self.check_trace(&path, trace, faults);
        }
        if let Some(after_h) = self.traces_part_after_h {
            let total_h = self.grid.total_h();
            faults.within("traces_part_after_h", after_h, 1.0 / 60.0, total_h);
            if self.traces.is_empty() {
                faults.add("traces_part_after_h", after_h, "needs further traces to part from");
            }
        }
        let first = self.first_weight_frac();
        if !self.traces.is_empty() && first < LEAST_WEIGHT_FRAC {
            let sum = format!("{} in sum", 1.0 - first);
            let rule = format!("must leave {LEAST_WEIGHT_FRAC} or more to the first trace");
            faults.add("traces.weight_frac", sum, rule);
        }
    }

    fn check_trace(&self, path: &str, trace: &Trace, faults: &mut Faults) {
        let kinds = [
            ("demand_kw", &trace.demand_kw, &self.series.demand_kw),
            ("solar_available_kw", &trace.solar_available_kw, &self.series.solar_available_kw),
            ("taps_m3_per_h", &trace.taps_m3_per_h, &self.series.taps_m3_per_h),
            ("wastewater_m3_per_h", &trace.wastewater_m3_per_h, &self.series.wastewater_m3_per_h),
            ("heat_kw", &trace.heat_kw, &self.series.heat_kw),
        ];
        for (kind, given, known) in kinds {
            // What it names must be there; what it does not name need not.
            let names: Vec<String> =
                known.keys().filter(|n| given.contains_key(*n)).cloned().collect();
            check_series(&format!("{path}.{kind}"), given, &names, self.grid.len(), faults);
        }
        for (id, least) in &self.series.solar_least_kw {
            let Some(most) = trace.solar_available_kw.get(id) else { continue };
            if std::iter::zip(least, most).any(|(least, most)| least > most) {
                let path = format!("{path}.solar_available_kw.{id}");
                faults.add(path, format!("{most:?}"), "must not be below series.solar_least_kw");
            }
        }
    }
}
