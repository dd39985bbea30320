//! Every fault of a problem, told at once.

use super::{AIR_C, Problem};
use crate::fault::{Fault, Faults};
use crate::site::Site;
use std::collections::BTreeMap;

impl Problem {
    /// Every fault of the problem.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Faults::new();
        self.grid.check(&mut faults);
        self.start.check(&self.site, &mut faults);
        let steps = self.grid.len();
        let consumers: Vec<String> = self.tiers().into_keys().collect();
        check_series("series.demand_kw", &self.series.demand_kw, &consumers, steps, &mut faults);
        let arrays: Vec<String> = self.site.solar.keys().cloned().collect();
        let sun = &self.series.solar_available_kw;
        check_series("series.solar_available_kw", sun, &arrays, steps, &mut faults);
        let taps: Vec<String> = self.site.taps.keys().cloned().collect();
        let water = &self.series.taps_m3_per_h;
        check_series("series.taps_m3_per_h", water, &taps, steps, &mut faults);
        let plants: Vec<String> = self.site.wastewater.keys().cloned().collect();
        let sewage = &self.series.wastewater_m3_per_h;
        check_series("series.wastewater_m3_per_h", sewage, &plants, steps, &mut faults);
        self.check_temperature(&mut faults);
        let stores: Vec<String> = self.site.thermal_store.keys().cloned().collect();
        check_series("series.heat_kw", &self.series.heat_kw, &stores, steps, &mut faults);
        self.check_unavailable(&mut faults);
        self.check_asked(&mut faults);
        self.check_end(&mut faults);
        self.check_traces(&mut faults);
        let mut list = self.site.check();
        list.extend(faults.into_vec());
        list
    }

    /// Air may be colder than 0, so this is no series like the others.
    fn check_temperature(&self, faults: &mut Faults) {
        let (path, values) = ("series.temperature_c", &self.series.temperature_c);
        if !values.is_empty() && values.len() != self.grid.len() {
            let rule = format!("must have {} values, one a step, or none", self.grid.len());
            faults.add(path, format!("{} values", values.len()), rule);
        }
        for (t, c) in values.iter().enumerate() {
            faults.within(format!("{path}[{t}]"), *c, AIR_C.0, AIR_C.1);
        }
    }

    fn check_unavailable(&self, faults: &mut Faults) {
        for (path, steps) in &self.unavailable {
            if !self.site.can_be_out_of_use(path) {
                faults.add(format!("unavailable.{path}"), path, Site::rule_of_out_of_use());
            }
            if steps.len() != self.grid.len() {
                let rule = format!("must have {} values", self.grid.len());
                faults.add(format!("unavailable.{path}"), format!("{} values", steps.len()), rule);
            }
        }
    }

    /// What series ask for beside demand: reserve, power that must be taken, sets that must run.
    fn check_asked(&self, faults: &mut Faults) {
        let (series, steps) = (&self.series, self.grid.len());
        if !series.reserve_kw.is_empty() {
            faults.series("series.reserve_kw", &series.reserve_kw, steps);
        }
        let by_series = self.reserve_is_asked() && !self.site.reserve.is_asked();
        if by_series && !self.site.battery.is_empty() {
            faults.positive("reserve.battery_sustain_h", self.site.reserve.battery_sustain_h);
        }
        for (id, least) in &series.solar_least_kw {
            let path = format!("series.solar_least_kw.{id}");
            faults.series(&path, least, steps);
            match series.solar_available_kw.get(id) {
                None => faults.add(path, "", "names no array of the site"),
                Some(most) if std::iter::zip(least, most).any(|(l, m)| l > m) => {
                    faults.add(path, format!("{least:?}"), "must not be above what is available");
                }
                Some(_) => {}
            }
        }
        for (id, asked) in &series.must_run {
            let path = format!("series.must_run.{id}");
            if !self.site.genset.contains_key(id) {
                faults.add(&path, "", "names no set of the site");
            }
            if asked.len() != steps {
                let rule = format!("must have {steps} values");
                faults.add(path, format!("{} values", asked.len()), rule);
            }
        }
    }

    fn check_end(&self, faults: &mut Faults) {
        for (id, kwh) in &self.end.battery_kwh {
            let most = self.site.battery.get(id).map_or(0.0, crate::site::Battery::max_kwh);
            faults.within(format!("end.battery_kwh.{id}"), *kwh, 0.0, most + 1e-6);
        }
        for (id, litres) in &self.end.battery_l_per_kwh {
            let path = format!("end.battery_l_per_kwh.{id}");
            faults.within(path.clone(), *litres, 0.0, 10.0);
            if !self.site.battery.contains_key(id) {
                faults.add(path, id, "must name a battery of the site");
            }
        }
        for (id, kwh) in &self.end.heat_kwh {
            let most = self.site.thermal_store.get(id).map_or(0.0, |s| s.store_kwh);
            faults.within(format!("end.heat_kwh.{id}"), *kwh, 0.0, most + 1e-6);
        }
        for (id, m3) in &self.end.wastewater_m3 {
            let most = self.site.wastewater.get(id).map_or(0.0, |w| w.equalisation_m3);
            faults.within(format!("end.wastewater_m3.{id}"), *m3, 0.0, most + 1e-6);
        }
        for (id, m3) in &self.end.tank_m3 {
            let most = self.site.tank.get(id).map_or(0.0, |t| t.capacity_m3);
            faults.within(format!("end.tank_m3.{id}"), *m3, 0.0, most + 1e-6);
        }
    }
}

pub(super) fn check_series(
    path: &str,
    given: &BTreeMap<String, Vec<f64>>,
    wanted: &[String],
    steps: usize,
    faults: &mut Faults,
) {
    for name in wanted {
        match given.get(name) {
            Some(values) => faults.series(&format!("{path}.{name}"), values, steps),
            None => faults.add(format!("{path}.{name}"), "", "is missing"),
        }
    }
    for name in given.keys().filter(|name| !wanted.contains(name)) {
        faults.add(format!("{path}.{name}"), "", "names nothing of the site");
    }
}
