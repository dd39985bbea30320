//! Events that call for a plan between ticks: the first state, and a camp that is off its plan.

use super::assemble::FRESH;
use crate::domain::mode::Mode;
use crate::domain::plan_record::PlanRecord;
use crate::live::Live;
use chrono::{DateTime, TimeDelta, Utc};

/// Least time between two events.
const DEBOUNCE: TimeDelta = TimeDelta::seconds(30);
/// A set may take this long to follow its plan before it counts as lost.
const SET_FOLLOWS: TimeDelta = TimeDelta::minutes(3);
/// Distance of the state of charge from the plan that counts.
const CHARGE_OFF: f64 = 0.05;
/// Distance of a tank's level below the plan that counts, share of its volume.
const TANK_OFF: f64 = 0.05;

/// Watches the state between plans.
#[derive(Debug, Default)]
pub struct Watcher {
    last: Option<DateTime<Utc>>,
}

impl Watcher {
    /// The event that calls for a plan, if there is one. `first`: there has been no plan yet.
    pub fn event(&mut self, live: &Live, first: bool) -> Option<String> {
        let now = live.clock.now();
        if self.last.is_some_and(|last| now - last < DEBOUNCE) {
            return None;
        }
        let event = if first {
            all_sets_known(live, now).then(|| "first state of the camp".to_owned())
        } else {
            let plan = live.plan()?;
            let lost = live.out_of_reach(now).into_keys().find(|a| !plan.left_out.contains_key(a));
            let lost = lost.map(|asset| format!("{asset} is out of reach"));
            // A camp that is only watched goes its own way: it is always off the plan.
            let followed = live.mode != Mode::Monitor;
            lost.or_else(|| deviation(live, &plan, now).filter(|_| followed))
                .map(|why| format!("event: {why}"))
        };
        if event.is_some() {
            self.last = Some(now);
        }
        event
    }
}

/// Whether every set has been heard of just now, so that a first plan can count on all of them. Loggers
/// that send what they kept of yesterday tell nothing yet.
fn all_sets_known(live: &Live, now: DateTime<Utc>) -> bool {
    live.with_state(|state| {
        live.file.site.genset.keys().all(|id| {
            ["is_running", "power_kw"].iter().any(|quantity| {
                let latest = state.value(&live.file.points, "genset", id, quantity);
                latest.is_some_and(|latest| now - latest.time <= FRESH)
            })
        })
    })
}

/// In what the camp is off a plan, if it is.
pub(super) fn deviation(live: &Live, record: &PlanRecord, now: DateTime<Utc>) -> Option<String> {
    let (plan, site) = (&record.plan, &live.file.site);
    let t = plan.grid.index_at(now)?;
    let state = live.state();
    let value = |kind: &str, id: &str, quantity: &str| {
        let latest = state.value(&live.file.points, kind, id, quantity)?;
        // An old value tells nothing about now.
        (now - latest.time <= FRESH).then_some(latest.value)
    };
    // Only a service that acts may expect sets to follow.
    if live.mode.envelope_at(now).is_some() {
        let step_age = now - plan.grid.start_of(t).max(record.issued_at);
        for (id, set) in plan.genset.iter().filter(|_| step_age > SET_FOLLOWS) {
            let Some(run) = state.run(id) else { continue };
            if set.running[t] && !run.running {
                return Some(format!("set {id} should run and does not"));
            }
        }
    }
    // The planned stock at this instant, along the straight line of the step.
    let length_s = (plan.grid.start_of(t + 1) - plan.grid.start_of(t)).as_seconds_f64();
    let passed = (now - plan.grid.start_of(t)).as_seconds_f64() / length_s;
    let along = |start: Option<f64>, series: &[f64]| {
        let before = if t == 0 { start.unwrap_or(series[0]) } else { series[t - 1] };
        before + (series[t] - before) * passed
    };
    for (id, battery) in &plan.battery {
        let Some(measured) = value("battery", id, "state_of_charge_frac") else { continue };
        let start = (t == 0).then_some(measured);
        let planned = along(start, &battery.state_of_charge_frac);
        if (measured - planned).abs() > CHARGE_OFF {
            return Some(format!(
                "battery {id} at {:.0} % in place of {:.0} %",
                100.0 * measured,
                100.0 * planned
            ));
        }
    }
    for (id, tank) in &plan.tank {
        let Some(measured) = value("tank", id, "level_m3") else { continue };
        let planned = along((t == 0).then_some(measured), &tank.level_m3);
        let spare = TANK_OFF * site.tank.get(id).map_or(0.0, |k| k.capacity_m3);
        if measured < planned - spare {
            return Some(format!("tank {id} at {measured:.1} m3 in place of {planned:.1} m3"));
        }
    }
    None
}
