//! What the plant does by itself: sets by its strategy, tanks by level switches, and protection that
//! stands above every instruction.

use super::fleet::{Fleet, best_load};
use super::plant::{Dispatch, Orders, Plant};
use super::security::{Carried, Rules};
use super::strategy::{Decider, LocalPolicy, Sight};
use super::truth::Truth;
use crate::domain::profile;
use camp_solver::Site;
use camp_solver::site::{SecurityLevel, Tier};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// The plant's own control.
#[derive(Debug)]
pub(super) struct Local {
    zone: Tz,
    fleet: Fleet,
    rules: Rules,
    decider: Decider,
    /// Consumers of T0 and T1.
    critical: Vec<String>,
    last: Option<DateTime<Utc>>,
    now: Moment,
}

/// What is seen of a moment, and its length.
#[derive(Debug, Clone, Copy)]
struct Moment {
    carried: Carried,
    level: SecurityLevel,
    local_day: i64,
    dt_h: f64,
}

impl Local {
    pub(super) fn new(site: &Site, zone: Tz, policy: LocalPolicy) -> Self {
        let consumers = site.consumers().into_iter();
        let critical = consumers.filter(|(_, tier, _)| *tier <= Tier::T1).map(|(path, ..)| path);
        Self {
            zone,
            fleet: Fleet::new(site),
            rules: Rules::new(site),
            decider: Decider::new(policy),
            critical: critical.collect(),
            last: None,
            now: Moment {
                carried: Carried::default(),
                level: SecurityLevel::None,
                local_day: 0,
                dt_h: 0.0,
            },
        }
    }

    /// What the plant would do if nobody asked for anything.
    pub(super) fn own(
        &mut self,
        site: &Site,
        plant: &Plant,
        truth: &Truth,
        now: DateTime<Utc>,
    ) -> Orders {
        let offset_min = profile::utc_offset_minutes(self.zone, now);
        let passed = self.last.replace(now).map_or(0.0, |last| (now - last).as_seconds_f64());
        let demand = |path: &String| truth.demand_kw.get(path).copied().unwrap_or(0.0);
        self.now = Moment {
            carried: Carried {
                // Before the first moment nothing has been measured but demand.
                load_kw: plant.load_kw.max(truth.demand_kw.values().sum()),
                critical_kw: self.critical.iter().map(demand).sum(),
                sun_kw: plant.solar_kw.values().sum(),
            },
            level: self.rules.level_at(now, offset_min),
            local_day: truth.local_day,
            dt_h: passed / 3600.0,
        };
        let mut orders = Orders::default();
        local_water(site, plant, &mut orders);
        let sight = sight(&self.fleet, &self.rules, self.now, site, plant);
        let (sets, dispatch) = self.decider.own(&sight);
        for (i, id) in self.fleet.ids.iter().enumerate() {
            orders.run.insert(id.clone(), sets >> i & 1 == 1);
        }
        orders.dispatch = dispatch;
        orders
    }

    /// Calls sets that the bus needs whatever was instructed. `instructed_kw` is what the sets were asked to
    /// give together: where a battery can carry the bus, they give it and the battery balances, as
    /// controllers of hybrid plants have it; a set that was called is loaded where it burns least for a kWh.
    pub(super) fn protect(
        &mut self,
        site: &Site,
        plant: &Plant,
        instructed_kw: Option<f64>,
        orders: &mut Orders,
    ) {
        let ordered = self.fleet.of(|id| orders.run.get(id) == Some(&true));
        let sight = sight(&self.fleet, &self.rules, self.now, site, plant);
        let (sets, called) = self.decider.protect(&sight, ordered);
        for (i, id) in self.fleet.ids.iter().enumerate() {
            orders.run.insert(id.clone(), sets >> i & 1 == 1);
        }
        let balances = site.battery.values().any(|b| b.grid_forming);
        let called_kw: f64 =
            self.fleet.members(called).map(|i| best_load(&self.fleet.sets[i]).0).sum();
        orders.dispatch = match (instructed_kw, orders.dispatch) {
            (Some(kw), _) if balances => Dispatch::Hold(kw + called_kw),
            // With a battery that only follows set-points.
            (Some(_), _) => Dispatch::SetPoints,
            (None, Dispatch::Hold(kw)) => Dispatch::Hold(kw + called_kw),
            (None, Dispatch::SetPoints) if called != 0 && balances => Dispatch::Hold(called_kw),
            (None, dispatch) => dispatch,
        };
    }

    /// Notes where the camp falls short of what the site protects.
    pub(super) fn count(&self, plant: &mut Plant) {
        let on_bus = self.fleet.of(|id| plant.sets[id].on_bus());
        let stored = &plant.stored_kwh;
        let (carried, level) = (self.now.carried, self.now.level);
        let short = self.rules.short(&self.fleet, on_bus, stored, carried, level);
        let (tally, dt_h) = (&mut plant.tally, self.now.dt_h);
        tally.reserve_short_h += if short.reserve_kw > 0.0 { dt_h } else { 0.0 };
        tally.n_minus_1_short_h += if short.n_minus_1_kw > 0.0 { dt_h } else { 0.0 };
    }
}

fn sight<'a>(
    fleet: &'a Fleet,
    rules: &'a Rules,
    now: Moment,
    site: &'a Site,
    plant: &'a Plant,
) -> Sight<'a> {
    let Moment { carried, level, local_day, dt_h } = now;
    Sight { site, fleet, plant, rules, carried, level, local_day, dt_h }
}

/// Tanks by level switches: on below 60 % of the way from floor to rim, off above 90 %; a day's
/// quota is made evenly.
fn local_water(site: &Site, plant: &Plant, orders: &mut Orders) {
    let fill = |tank: &str| {
        let spec = &site.tank[tank];
        (plant.level_m3[tank] - spec.floor_m3()) / (spec.capacity_m3 - spec.floor_m3())
    };
    let wanted = |tank: &str, before: f64| {
        if before > 0.0 { fill(tank) < 0.9 } else { fill(tank) < 0.6 }
    };
    for (id, well) in site.well.iter().filter(|(_, w)| !w.standby) {
        let before = plant.well_m3_per_h.get(id).copied().unwrap_or(0.0);
        let flow = if wanted(&well.to_tank, before) { well.flow_m3_per_h } else { 0.0 };
        orders.well_m3_per_h.insert(id.clone(), flow);
    }
    for (id, line) in &site.treatment {
        let before = plant.line_m3_per_h.get(id).copied().unwrap_or(0.0);
        let flow = match line.daily_product_m3 {
            Some(daily) => daily / 24.0,
            None if wanted(&line.to_tank, before) && fill(&line.from_tank) > 0.0 => {
                line.max_m3_per_h()
            }
            None => 0.0,
        };
        orders.line_m3_per_h.insert(id.clone(), flow);
    }
    // An even flow, and more of it the fuller the equalisation tank.
    for (id, spec) in &site.wastewater {
        let level = plant.sewage_m3.get(id).copied().unwrap_or(0.0);
        let flow = spec.daily_m3 / 24.0 + (level - spec.start_equalisation_m3) / 12.0;
        orders.sewage_m3_per_h.insert(id.clone(), flow.max(0.0));
    }
}
