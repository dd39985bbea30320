//! What each strategy wishes at a moment, from what its source says.

use super::decide::Sight;
use super::{ChargeState, CycleCharging, ForPeak, LoadFollowing, Reserve, Strategy};
use crate::twin::fleet::Sets;
use crate::twin::plant::Dispatch;

/// Reserve of the demo's controllers: under the first the next set starts, the second is left after a stop;
/// shares of the load.
const LOAD_DEPENDENT_FRAC: (f64, f64) = (0.10, 0.25);
/// A set of the demo's controllers runs for at least this long, h.
const LEAST_RUN_H: f64 = 0.5;
/// Another combination of sets must burn this much less, for so long, before it takes over: share, h.
const BETTER: (f64, f64) = (0.97, 0.25);

/// Sets and who balances the bus.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) sets: Sets,
    pub(super) dispatch: Dispatch,
}

/// What strategies remember.
#[derive(Debug, Default)]
pub(super) struct Wisher {
    sets: Sets,
    /// Whether sets run for want of charge.
    charging: bool,
    ran_h: f64,
    /// How long the reserve has been too small, or large enough for a stop, h.
    low_h: f64,
    high_h: f64,
    better_h: f64,
    day: Option<i64>,
    /// The highest load of this day, kW.
    peak_kw: f64,
}

impl Wisher {
    pub(super) fn wish(&mut self, strategy: Strategy, sight: &Sight<'_>) -> Wish {
        match strategy {
            Strategy::LoadDependent => load_dependent(sight),
            Strategy::AllOn => Wish { sets: sight.available(), dispatch: give_back(sight) },
            Strategy::ForPeak(with) => self.for_peak(with, sight),
            Strategy::Reserve(with) => self.reserve(&with, sight),
            Strategy::LoadFollowing(with) => self.load_following(with, sight),
            Strategy::CycleCharging(with) => self.cycle_charging(&with, sight),
            Strategy::ChargeState(with) => self.charge_state(&with, sight),
        }
    }

    fn for_peak(&mut self, with: ForPeak, sight: &Sight<'_>) -> Wish {
        if self.day != Some(sight.local_day) {
            // The first day's peak is that of the site's typical day.
            let known = self.day.map(|_| self.peak_kw);
            let peak_kw =
                known.unwrap_or_else(|| typical_peak_kw(sight)) * (1.0 + with.margin_frac);
            let fleet = sight.fleet;
            let survives = |s: Sets| fleet.rated_kw(s) - fleet.largest_kw(s) >= peak_kw;
            self.sets = fleet.cheapest((0, sight.available()), 0, peak_kw, survives);
            (self.day, self.peak_kw) = (Some(sight.local_day), 0.0);
        }
        self.peak_kw = self.peak_kw.max(sight.carried.load_kw);
        Wish { sets: self.sets, dispatch: give_back(sight) }
    }

    fn reserve(&mut self, with: &Reserve, sight: &Sight<'_>) -> Wish {
        let fleet = sight.fleet;
        let available = sight.available();
        self.sets &= available;
        if self.sets == 0 {
            self.sets = sight.running();
        }
        let largest_kw = fleet.largest_kw(available);
        let left_kw = |sets: Sets| fleet.rated_kw(sets) - sight.net_kw();
        let next = fleet.members(available & !self.sets).next();
        let last = fleet.members(self.sets).last().filter(|_| self.sets.count_ones() > 1);
        let is_low = self.sets == 0 || left_kw(self.sets) < with.start_frac * largest_kw;
        self.low_h = if is_low { self.low_h + sight.dt_h } else { 0.0 };
        let spare = |i: usize| left_kw(self.sets & !(1 << i)) > with.stop_frac * largest_kw;
        let is_high = last.is_some_and(spare);
        self.high_h = if is_high { self.high_h + sight.dt_h } else { 0.0 };
        if let Some(i) = next.filter(|_| self.low_h > with.start_delay_h || self.sets == 0) {
            self.sets |= 1 << i;
            self.low_h = 0.0;
        } else if let Some(i) = last.filter(|_| self.high_h > with.stop_delay_h) {
            self.sets &= !(1 << i);
            self.high_h = 0.0;
        }
        Wish { sets: self.sets, dispatch: give_back(sight) }
    }

    fn load_following(&mut self, with: LoadFollowing, sight: &Sight<'_>) -> Wish {
        let needed = !batteries_do(sight);
        self.run(needed, with.min_run_h, sight);
        Wish { sets: self.sets, dispatch: Dispatch::Follow }
    }

    fn cycle_charging(&mut self, with: &CycleCharging, sight: &Sight<'_>) -> Wish {
        let low =
            sight.charge_frac().zip(with.set_point_frac).is_some_and(|(at, to)| at < to - 1e-9);
        let needed = !batteries_do(sight) || (self.charging && low);
        self.run(needed, with.min_run_h, sight);
        let full_kw = sight.fleet.rated_kw(self.sets);
        Wish { sets: self.sets, dispatch: Dispatch::Hold(full_kw) }
    }

    fn charge_state(&mut self, with: &ChargeState, sight: &Sight<'_>) -> Wish {
        let charge_frac = sight.charge_frac().unwrap_or(0.0);
        let bound = if self.charging { with.stop_frac } else { with.start_frac };
        let overloaded = sight.batteries_alone_kw() < sight.net_kw();
        self.run(charge_frac < bound + 1e-9 || overloaded, 0.0, sight);
        let charging_kw = with.load_frac * sight.fleet.rated_kw(self.sets);
        Wish { sets: self.sets, dispatch: Dispatch::Hold(charging_kw.max(sight.net_kw())) }
    }

    /// Runs the cheapest sets that carry the load and the site's reserve, or none.
    fn run(&mut self, needed: bool, min_run_h: f64, sight: &Sight<'_>) {
        if !needed && (!self.charging || self.ran_h + 1e-9 >= min_run_h) {
            (self.sets, self.charging, self.ran_h) = (0, false, 0.0);
            return;
        }
        self.ran_h = if self.charging { self.ran_h + sight.dt_h } else { 0.0 };
        self.charging = true;
        let (fleet, net_kw) = (sight.fleet, sight.net_kw());
        let reserve_kw = reserve_kw(sight);
        let helped_kw = sight.rules.batteries_kw(&sight.plant.stored_kwh);
        let carries = |sets: Sets| {
            let kw = fleet.rated_kw(sets);
            sets != 0 && kw >= net_kw && kw + helped_kw >= net_kw + reserve_kw
        };
        self.sets &= sight.available();
        let best = fleet.cheapest((0, sight.available()), self.sets, net_kw, carries);
        let fuel = |sets: Sets| fleet.fuel_l_per_h(sets, net_kw);
        let is_better = fuel(best) < BETTER.0 * fuel(self.sets);
        self.better_h = if is_better { self.better_h + sight.dt_h } else { 0.0 };
        if !carries(self.sets) || self.better_h > BETTER.1 {
            self.sets = best;
            self.better_h = 0.0;
        }
    }
}

/// The operating reserve that the site asks for, kW.
fn reserve_kw(sight: &Sight<'_>) -> f64 {
    let rule = &sight.site.reserve;
    rule.load_frac * sight.carried.load_kw + rule.solar_frac * sight.carried.sun_kw
}

/// Whether batteries and sun carry the load and the site's reserve without any set.
fn batteries_do(sight: &Sight<'_>) -> bool {
    let alone_kw = sight.batteries_alone_kw();
    alone_kw > 0.0 && alone_kw >= sight.net_kw() + reserve_kw(sight)
}

/// Stored sun is given back down to what the site wants to be left, or to what there was at the start.
fn give_back(sight: &Sight<'_>) -> Dispatch {
    let site = sight.site;
    let kept = site.battery.iter().map(|(id, b)| {
        let start = site.start.battery.get(id).map(|s| s.state_of_charge_frac);
        let end = b.end_state_of_charge_min_frac.or(start);
        end.unwrap_or(b.state_of_charge_min_frac).max(b.state_of_charge_min_frac)
    });
    Dispatch::GiveBack(kept.fold(0.0, f64::max))
}

fn typical_peak_kw(sight: &Sight<'_>) -> f64 {
    let consumers = sight.site.consumers();
    let hour = |h: usize| consumers.iter().map(|(.., kw)| kw[h]).sum::<f64>();
    (0..24).map(hour).fold(0.0, f64::max).max(sight.carried.load_kw)
}

/// Load-dependent start and stop, by fixed priority.
fn load_dependent(sight: &Sight<'_>) -> Wish {
    let (fleet, plant) = (sight.fleet, sight.plant);
    let running = sight.running();
    let wish = |sets| Wish { sets, dispatch: Dispatch::SetPoints };
    let need_kw = (sight.carried.load_kw - sight.carried.sun_kw).max(0.0);
    let is_short = fleet.rated_kw(running)
        < (1.0 + LOAD_DEPENDENT_FRAC.0) * need_kw + plant.missing_kw
        || running == 0;
    if is_short {
        let next = fleet.members(sight.available() & !running).next();
        return wish(next.map_or(running, |i| running | 1 << i));
    }
    let last = fleet.members(running).last().filter(|_| running.count_ones() > 1);
    let without = last.map(|i| (i, running & !(1 << i)));
    match without {
        Some((i, left))
            if fleet.rated_kw(left) >= (1.0 + LOAD_DEPENDENT_FRAC.1) * need_kw
                && plant.sets[&fleet.ids[i]].held_h >= LEAST_RUN_H =>
        {
            wish(left)
        }
        _ => wish(running),
    }
}
