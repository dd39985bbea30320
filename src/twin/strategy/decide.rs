//! From a strategy's wish to sets that run: repair, least times, protection.

use super::wish::{Wish, Wisher};
use super::{LocalPolicy, Strategy};
use crate::twin::fleet::{Fleet, Sets};
use crate::twin::plant::{Dispatch, Plant};
use crate::twin::security::{Carried, Rules};
use camp_solver::Site;
use camp_solver::site::SecurityLevel;

/// A set is stopped when it has not been wanted for this long, h.
const UNWANTED_H: f64 = 5.0 / 60.0;
/// Batteries alone on the bus call a set when what they hold lasts for less than this, h.
const LASTS_H: f64 = 0.1;
/// A set that protection has called runs for at least this long, h.
const CALLED_H: f64 = 0.5;

/// What a strategy sees: its own plant a moment ago, the clock, and the rules.
#[derive(Debug, Clone, Copy)]
pub(in crate::twin) struct Sight<'a> {
    pub(in crate::twin) site: &'a Site,
    pub(in crate::twin) fleet: &'a Fleet,
    pub(in crate::twin) plant: &'a Plant,
    pub(in crate::twin) rules: &'a Rules,
    pub(in crate::twin) carried: Carried,
    pub(in crate::twin) level: SecurityLevel,
    pub(in crate::twin) local_day: i64,
    pub(in crate::twin) dt_h: f64,
}

impl Sight<'_> {
    /// Load that the sun leaves, kW.
    pub(super) fn net_kw(&self) -> f64 {
        (self.carried.load_kw - self.plant.offered_kw).max(0.0)
    }

    pub(super) fn running(&self) -> Sets {
        self.fleet.of(|id| self.plant.sets[id].running)
    }

    pub(super) fn available(&self) -> Sets {
        self.fleet.of(|id| !self.plant.sets[id].is_out())
    }

    /// Least state of charge above the lower end of the window of batteries that form the grid, and what
    /// they can give for `LASTS_H`, kW.
    pub(super) fn batteries_alone_kw(&self) -> f64 {
        let forming = self.site.battery.iter().filter(|(_, b)| b.grid_forming);
        forming
            .map(|(id, b)| {
                let above_kwh = (self.plant.stored_kwh[id] - b.min_kwh()).max(0.0);
                b.discharge_max_kw.min(above_kwh * b.discharge_efficiency_frac / LASTS_H)
            })
            .sum()
    }

    /// State of charge of all batteries together, or none.
    pub(super) fn charge_frac(&self) -> Option<f64> {
        let room: f64 = self.site.battery.values().map(|b| b.energy_kwh).sum();
        (room > 0.0).then(|| self.plant.stored_kwh.values().sum::<f64>() / room)
    }
}

/// Decides which sets run and who balances the bus.
#[derive(Debug, Default)]
pub(in crate::twin) struct Decider {
    policy: LocalPolicy,
    wisher: Wisher,
    /// For each set how long it has not been wanted, h.
    unwanted_h: Vec<f64>,
    /// For each set how long it still runs because it was called, h.
    called_h: Vec<f64>,
}

impl Decider {
    pub(in crate::twin) fn new(policy: LocalPolicy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// What the strategy would have run.
    pub(in crate::twin) fn own(&mut self, sight: &Sight<'_>) -> (Sets, Dispatch) {
        let Wish { sets, dispatch } = self.wisher.wish(self.policy.strategy, sight);
        let available = sight.available();
        let mut sets = sets & available;
        if self.policy.secured && !is_secure(sight, sets) {
            let bounds = (sets, available);
            let net_kw = sight.net_kw();
            let carries = |s: Sets| is_secure(sight, s);
            sets = sight.fleet.cheapest(bounds, sight.running(), net_kw, carries);
        }
        if self.policy.strategy != Strategy::LoadDependent {
            sets = self.hold(sight, sets);
        }
        (sets, dispatch)
    }

    /// Least times on and off, and no stop on a whim.
    fn hold(&mut self, sight: &Sight<'_>, wanted: Sets) -> Sets {
        self.unwanted_h.resize(sight.fleet.ids.len(), 0.0);
        let mut sets = wanted;
        let short = sight.plant.missing_kw > 0.0;
        for (i, id) in sight.fleet.ids.iter().enumerate() {
            let (set, spec) = (&sight.plant.sets[id], &sight.fleet.sets[i]);
            let bit = 1 << i;
            if set.is_out() {
                continue;
            }
            if wanted & bit != 0 {
                self.unwanted_h[i] = 0.0;
                if !set.running && set.held_h < spec.min_down_h && !short {
                    sets &= !bit;
                }
            } else if set.running {
                self.unwanted_h[i] += sight.dt_h;
                let may_stop = set.held_h + 1e-9 >= spec.min_up_h
                    && self.unwanted_h[i] + 1e-9 >= UNWANTED_H.min(spec.min_up_h);
                sets |= if may_stop { 0 } else { bit };
            }
        }
        sets
    }

    /// Whatever is wished or instructed: a bus that its sources cannot carry gets another set, before
    /// batteries that carry it alone are empty. Gives the sets, and those of them that were called.
    pub(in crate::twin) fn protect(&mut self, sight: &Sight<'_>, ordered: Sets) -> (Sets, Sets) {
        let fleet = sight.fleet;
        self.called_h.resize(fleet.ids.len(), 0.0);
        self.called_h.iter_mut().for_each(|left| *left = (*left - sight.dt_h).max(0.0));
        let available = sight.available();
        let held = (0..fleet.ids.len()).filter(|i| self.called_h[*i] > 1e-9);
        let mut called = held.fold(0, |sets: Sets, i| sets | 1 << i) & available;
        let ordered = ordered & available;
        let need_kw = sight.net_kw() + sight.plant.missing_kw;
        let alone_kw = sight.batteries_alone_kw();
        let carries = |sets: Sets| {
            let formed = sets != 0 || alone_kw > 0.0;
            formed && fleet.rated_kw(sets) + alone_kw >= need_kw
        };
        if !carries(ordered | called) {
            let bounds = (ordered | called, available);
            let more = fleet.cheapest(bounds, sight.running(), need_kw, carries);
            for i in fleet.members(more & !ordered) {
                self.called_h[i] = CALLED_H;
            }
            called |= more & !ordered;
        }
        (ordered | called, called & !ordered)
    }
}

fn is_secure(sight: &Sight<'_>, sets: Sets) -> bool {
    let stored = &sight.plant.stored_kwh;
    sight.rules.short(sight.fleet, sets, stored, sight.carried, sight.level).is_none()
}
