//! Whether a plan can be read at all: the right question, the right series, sane numbers.

use super::{Findings, Rule};
use crate::plan::Plan;
use crate::problem::Problem;

pub(super) fn check(problem: &Problem, plan: &Plan, findings: &mut Findings) {
    if plan.site != problem.site.name || plan.grid != problem.grid {
        let detail = format!("says {} from {}", plan.site, plan.grid.start);
        findings.object(Rule::SameQuestion, "plan".to_owned(), detail);
        return;
    }
    let steps = problem.grid.len();
    let site = &problem.site;
    let mut shape = Shape { steps, findings };
    shape.names("genset", site.genset.keys(), plan.genset.keys());
    shape.names("solar", site.solar.keys(), plan.solar.keys());
    shape.names("battery", site.battery.keys(), plan.battery.keys());
    shape.names("well", site.well.keys(), plan.well.keys());
    shape.names("treatment", site.treatment.keys(), plan.treatment.keys());
    shape.names("tank", site.tank.keys(), plan.tank.keys());
    shape.names("taps", site.taps.keys(), plan.taps.keys());
    shape.names("thermal_store", site.thermal_store.keys(), plan.thermal_store.keys());
    shape.names("batch", site.batch.keys(), plan.batch.keys());
    shape.names("fuel_store", site.fuel_store.keys(), plan.fuel_store.keys());
    shape.names("wastewater", site.wastewater.keys(), plan.wastewater.keys());
    let consumers = problem.series.demand_kw.keys();
    shape.names("consumer", consumers, plan.consumer.keys());
    for (id, g) in &plan.genset {
        if g.running.len() != steps {
            shape.object(&format!("genset.{id}.running"), g.running.len());
        }
        shape.series(&format!("genset.{id}.power_kw"), &g.power_kw);
        shape.series(&format!("genset.{id}.fuel_l_per_h"), &g.fuel_l_per_h);
    }
    for (id, s) in &plan.solar {
        shape.series(&format!("solar.{id}.power_kw"), &s.power_kw);
        shape.series(&format!("solar.{id}.curtailed_kw"), &s.curtailed_kw);
    }
    for (id, b) in &plan.battery {
        shape.series(&format!("battery.{id}.charge_kw"), &b.charge_kw);
        shape.series(&format!("battery.{id}.discharge_kw"), &b.discharge_kw);
        shape.series(&format!("battery.{id}.stored_kwh"), &b.stored_kwh);
        let charge = &b.state_of_charge_frac;
        shape.series(&format!("battery.{id}.state_of_charge_frac"), charge);
    }
    for (id, w) in &plan.well {
        shape.series(&format!("well.{id}.flow_m3_per_h"), &w.flow_m3_per_h);
        shape.series(&format!("well.{id}.demand_kw"), &w.demand_kw);
    }
    for (id, l) in &plan.treatment {
        if l.trains_running.len() != steps {
            shape.object(&format!("treatment.{id}.trains_running"), l.trains_running.len());
        }
        shape.series(&format!("treatment.{id}.flow_m3_per_h"), &l.flow_m3_per_h);
        shape.series(&format!("treatment.{id}.demand_kw"), &l.demand_kw);
    }
    for (id, tank) in &plan.tank {
        shape.series(&format!("tank.{id}.level_m3"), &tank.level_m3);
    }
    for (id, taps) in &plan.taps {
        shape.series(&format!("taps.{id}.delivered_m3_per_h"), &taps.delivered_m3_per_h);
        shape.series(&format!("taps.{id}.unserved_m3_per_h"), &taps.unserved_m3_per_h);
        shape.series(&format!("taps.{id}.demand_kw"), &taps.demand_kw);
    }
    for (id, w) in &plan.wastewater {
        shape.series(&format!("wastewater.{id}.flow_m3_per_h"), &w.flow_m3_per_h);
        shape.series(&format!("wastewater.{id}.overflow_m3_per_h"), &w.overflow_m3_per_h);
        shape.series(&format!("wastewater.{id}.level_m3"), &w.level_m3);
        shape.series(&format!("wastewater.{id}.demand_kw"), &w.demand_kw);
    }
    of_placed(&mut shape, plan, steps);
    for (path, c) in &plan.consumer {
        shape.series(&format!("{path}.served_kw"), &c.served_kw);
        shape.series(&format!("{path}.unserved_kw"), &c.unserved_kw);
        shape.series(&format!("{path}.shed_kw"), &c.shed_kw);
    }
    shape.series("reserve.required_kw", &plan.reserve.required_kw);
    if plan.reserve.carried_kw.len() != steps {
        shape.object("reserve.carried_kw", plan.reserve.carried_kw.len());
    }
    if problem.site.security.is_some() != plan.security.is_some() {
        shape.object("security", 0);
    }
    if let Some(s) = &plan.security {
        if s.level.len() != steps || s.lost.len() != steps {
            shape.object("security.level", s.level.len().min(s.lost.len()));
        }
        shape.series("security.carried_kw", &s.carried_kw);
        shape.series("security.required_kw", &s.required_kw);
        shape.series("security.critical_kw", &s.critical_kw);
    }
    let others = plan.traces.as_ref().map_or(0, |traces| traces.others.len());
    if others != problem.traces.len() || plan.traces.is_some() == problem.traces.is_empty() {
        let detail = format!("{others} further traces, expected {}", problem.traces.len());
        shape.findings.object(Rule::SeriesShape, "traces".to_owned(), detail);
    }
    for s in &plan.shortfalls {
        shape.series(&format!("shortfall.{}.{}", s.class, s.asset), &s.by_step);
    }
}

/// Heat stores, batches and fuel stores.
fn of_placed(shape: &mut Shape<'_>, plan: &Plan, steps: usize) {
    for (id, h) in &plan.thermal_store {
        shape.series(&format!("thermal_store.{id}.heater_kw"), &h.heater_kw);
        shape.series(&format!("thermal_store.{id}.drawn_kw"), &h.drawn_kw);
        shape.series(&format!("thermal_store.{id}.unserved_kw"), &h.unserved_kw);
        shape.series(&format!("thermal_store.{id}.stored_kwh"), &h.stored_kwh);
        shape.series(&format!("thermal_store.{id}.fill_frac"), &h.fill_frac);
        shape.series(&format!("thermal_store.{id}.warm_kwh"), &h.warm_kwh);
    }
    for (id, b) in &plan.batch {
        if b.started.len() != steps {
            shape.object(&format!("batch.{id}.started"), b.started.len());
        }
        if b.running.len() != steps {
            shape.object(&format!("batch.{id}.running"), b.running.len());
        }
        shape.series(&format!("batch.{id}.served_kw"), &b.served_kw);
        shape.series(&format!("batch.{id}.unserved_kw"), &b.unserved_kw);
    }
    for (id, f) in &plan.fuel_store {
        if f.level_l.len() != steps {
            shape.object(&format!("fuel_store.{id}.level_l"), f.level_l.len());
        }
        shape.series(&format!("fuel_store.{id}.delivered_l"), &f.delivered_l);
        shape.series(&format!("fuel_store.{id}.drawn_l"), &f.drawn_l);
    }
}

struct Shape<'a> {
    steps: usize,
    findings: &'a mut Findings,
}

impl Shape<'_> {
    fn names<'k>(
        &mut self,
        kind: &str,
        wanted: impl Iterator<Item = &'k String>,
        given: impl Iterator<Item = &'k String>,
    ) {
        let (wanted, given): (Vec<_>, Vec<_>) = (wanted.collect(), given.collect());
        if wanted != given {
            let detail = format!("says {given:?}, expected {wanted:?}");
            self.findings.object(Rule::SeriesShape, kind.to_owned(), detail);
        }
    }

    fn series(&mut self, path: &str, values: &[f64]) {
        if values.len() != self.steps {
            self.object(path, values.len());
        }
        let bad = values.iter().position(|v| !v.is_finite() || *v < -super::TOLERANCE);
        if let Some(t) = bad {
            let detail = format!("says {}", values[t]);
            self.findings.object(Rule::SeriesShape, format!("{path}[{t}]"), detail);
        }
    }

    fn object(&mut self, path: &str, values: usize) {
        let detail = format!("{values} values for {} steps", self.steps);
        self.findings.object(Rule::SeriesShape, path.to_owned(), detail);
    }
}
