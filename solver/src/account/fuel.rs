//! Fuel in store, how long it lasts, and what would keep the reserve.

use super::{Books, starts, tidy};
use crate::plan::{Economy, FuelPlan, GensetPlan, Plan};
use crate::problem::Problem;
use crate::site::{ById, FuelStore, Genset, Tier};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// Endurance is told up to this many days.
const LONGEST_D: f64 = 60.0;
/// Without a delivery in sight, economy is proposed for this long, h.
const ECONOMY_H: f64 = 7.0 * 24.0;

impl Books<'_> {
    /// Litres burnt in each step, starts included.
    pub(super) fn burn_l(&self, genset: &ById<GensetPlan>) -> Vec<f64> {
        let problem = self.problem;
        let mut burn = vec![0.0; problem.grid.len()];
        for (id, g) in genset {
            for (t, litres) in burn.iter_mut().enumerate() {
                *litres += problem.grid.dt_h(t) * g.fuel_l_per_h[t];
            }
            for (t, (litres, _)) in starts::by_step(problem, id, &g.running) {
                burn[t] += litres;
            }
        }
        burn
    }

    /// Levels by step: deliveries come in at the start of a step, burn goes out over it.
    pub(super) fn fuel_stores(&self, genset: &ById<GensetPlan>) -> ById<FuelPlan> {
        let problem = self.problem;
        let stores = &problem.site.fuel_store;
        let mut plans: ById<FuelPlan> =
            stores.keys().map(|id| (id.clone(), FuelPlan::default())).collect();
        let mut level_l = problem.fuel_start();
        let arrivals: ById<Vec<f64>> =
            stores.keys().map(|id| (id.clone(), problem.fuel_arrivals(id))).collect();
        for (t, burn) in self.burn_l(genset).into_iter().enumerate() {
            let arriving = arrivals.iter().map(|(id, a)| (id.clone(), a[t])).collect();
            for (id, step) in problem.fuel_step(&level_l, &arriving, burn) {
                let (Some(plan), Some(level)) = (plans.get_mut(&id), level_l.get_mut(&id)) else {
                    continue;
                };
                *level += step.delivered_l - step.drawn_l;
                plan.delivered_l.push(tidy(step.delivered_l));
                plan.drawn_l.push(tidy(step.drawn_l));
                plan.level_l.push(tidy(*level));
            }
        }
        plans
    }

    /// What the stock means beyond the horizon; nothing of it is planned, it is told.
    pub(super) fn fuel_outlook(&self, plan: &mut Plan) {
        let problem = self.problem;
        let t3_kw = mean_t3_kw(problem, plan);
        let burnt_l = |fuel: &FuelPlan| fuel.drawn_l.iter().sum::<f64>();
        let all_l: f64 = plan.fuel_store.values().map(burnt_l).sum();
        for (id, fuel) in &mut plan.fuel_store {
            let store = &problem.site.fuel_store[id];
            let path = Path::new(problem, id, store, fuel);
            let p90 = 1.0 + store.burn_p90_extra_frac;
            fuel.endurance_p50_d = path.lasts_d(1.0);
            fuel.endurance_p90_d = path.lasts_d(p90);
            let daily_l = 24.0 * path.mean_l_per_h * p90;
            fuel.reserve_l = tidy(store.reserve_l.max(store.reserve_d * daily_l));
            let Some(touched_h) = path.falls_below(p90, fuel.reserve_l) else {
                continue;
            };
            let at = |hours: f64| after(problem.grid.start, hours);
            fuel.reserve_touched_at = Some(at(touched_h));
            let order_h = touched_h - 24.0 * (store.delivery_slip_d + store.delivery_lead_d);
            fuel.order_by_at = Some(at(order_h.max(0.0)));
            let deliveries = problem.fuel_deliveries(id);
            let next = deliveries.iter().map(|(h, _)| *h).find(|h| *h > touched_h);
            let until_h = next.unwrap_or(ECONOMY_H.max(touched_h));
            // A store gives its share of the burn, so it keeps its share of what is saved.
            let share = if all_l > 0.0 { burnt_l(fuel) / all_l } else { 0.0 };
            let keeps = |saved_kw: f64| {
                let saved_l_per_h = saved_kw * share * least_slope(problem);
                path.level_at(p90, saved_l_per_h, until_h) >= fuel.reserve_l
            };
            let least_kw = least(t3_kw, keeps);
            fuel.economy = Some(Economy {
                t3_limit_kw: tidy(t3_kw - least_kw.unwrap_or(t3_kw)),
                until_at: at(until_h),
                keeps_reserve: least_kw.is_some(),
            });
        }
    }
}

/// The least value up to `most` from which on `enough` holds; none if it does not hold there.
fn least(most: f64, enough: impl Fn(f64) -> bool) -> Option<f64> {
    let (mut too_little, mut fine) = (0.0, most);
    for _ in 0..60 {
        let middle = 0.5 * (too_little + fine);
        if enough(middle) {
            fine = middle;
        } else {
            too_little = middle;
        }
    }
    enough(fine).then_some(fine)
}

/// An instant, to the minute.
fn after(start: DateTime<Utc>, hours: f64) -> DateTime<Utc> {
    let rounded = Duration::try_from_secs_f64((60.0 * hours).round() * 60.0).unwrap_or_default();
    start + TimeDelta::from_std(rounded).unwrap_or_default()
}

/// Power served to T3 on average, heaters and batches included, kW.
fn mean_t3_kw(problem: &Problem, plan: &Plan) -> f64 {
    let feeders = problem.site.consumers().into_iter().filter(|(_, tier, _)| *tier == Tier::T3);
    let feeders = feeders.map(|(path, ..)| &plan.consumer[&path].served_kw);
    let is_hot = |id: &String| problem.site.thermal_store.get(id).is_some_and(|s| !s.is_cold());
    let heaters = plan.thermal_store.iter().filter(|(id, _)| is_hot(id)).map(|(_, h)| &h.heater_kw);
    let batches = plan.batch.values().map(|b| &b.served_kw);
    let all = feeders.chain(heaters).chain(batches);
    let kwh: f64 =
        all.flat_map(|s| s.iter().enumerate()).map(|(t, kw)| kw * problem.grid.dt_h(t)).sum();
    kwh / problem.grid.total_h()
}

/// The flattest line of any data sheet, L/kWh: a kWh less saves no less than this.
fn least_slope(problem: &Problem) -> f64 {
    let lines = |g: &Genset| {
        let points = std::iter::zip(&g.fuel_curve_kw, &g.fuel_curve_l_per_h);
        let points: Vec<(f64, f64)> = points.map(|(kw, l)| (*kw, *l)).collect();
        let slopes = points.windows(2).map(|w| (w[1].1 - w[0].1) / (w[1].0 - w[0].0));
        slopes.fold(f64::INFINITY, f64::min)
    };
    let least = problem.site.genset.values().map(lines).fold(f64::INFINITY, f64::min);
    if least.is_finite() { least.max(0.05) } else { 0.2 }
}

/// The stock of a store over the days ahead: as planned within the horizon, at its mean burn beyond.
struct Path {
    start_l: f64,
    capacity_l: f64,
    mean_l_per_h: f64,
    /// From and to, h; burn, L/h; litres that arrive at the beginning.
    legs: Vec<(f64, f64, f64, f64)>,
}

impl Path {
    fn new(problem: &Problem, id: &str, store: &FuelStore, plan: &FuelPlan) -> Self {
        let grid = &problem.grid;
        let arrivals = problem.fuel_arrivals(id);
        let total_h = grid.total_h();
        let mean_l_per_h = plan.drawn_l.iter().sum::<f64>() / total_h;
        let mut legs = Vec::new();
        for (t, arriving_l) in arrivals.into_iter().enumerate() {
            let (from_h, dt) = (grid.offset_h(t), grid.dt_h(t));
            legs.push((from_h, from_h + dt, plan.drawn_l[t] / dt, arriving_l));
        }
        // What comes after the last step has begun counts from the end of the horizon on.
        let last_h = grid.offset_h(grid.len() - 1);
        let later = problem.fuel_deliveries(id).into_iter().filter(|(h, _)| *h > last_h + 1e-9);
        let mut from_h = total_h;
        let mut arriving_l = 0.0;
        for (h, litres) in later.chain([(24.0 * LONGEST_D, 0.0)]) {
            if h > from_h {
                legs.push((from_h, h, mean_l_per_h, arriving_l));
                (from_h, arriving_l) = (h, 0.0);
            }
            arriving_l += litres;
        }
        Self {
            start_l: problem.start.fuel_l(&problem.site, id),
            capacity_l: store.capacity_l,
            mean_l_per_h,
            legs,
        }
    }

    /// The hour at which the stock falls below `least_l` if `factor` times as much is burnt.
    fn falls_below(&self, factor: f64, least_l: f64) -> Option<f64> {
        let mut level = self.start_l;
        for (from_h, to_h, l_per_h, arriving_l) in &self.legs {
            level += arriving_l.min((self.capacity_l - level).max(0.0));
            if level < least_l {
                return Some(*from_h);
            }
            let burn = factor * l_per_h * (to_h - from_h);
            if level - burn < least_l {
                let hour = from_h + (level - least_l) / (factor * l_per_h);
                return Some(hour).filter(|h| *h <= 24.0 * LONGEST_D);
            }
            level -= burn;
        }
        None
    }

    /// The stock at an hour, before what arrives then, if `saved_l_per_h` less is burnt; it may be less
    /// than nothing. What a full store cannot take is lost.
    fn level_at(&self, factor: f64, saved_l_per_h: f64, hour: f64) -> f64 {
        let mut level = self.start_l;
        for (from_h, to_h, l_per_h, arriving_l) in &self.legs {
            if *from_h >= hour {
                break;
            }
            level += arriving_l.min((self.capacity_l - level).max(0.0));
            level -= (factor * l_per_h - saved_l_per_h).max(0.0) * (to_h.min(hour) - from_h);
        }
        level
    }

    /// Days until the store is empty; nothing where it lasts for longer than is told.
    fn lasts_d(&self, factor: f64) -> Option<f64> {
        self.falls_below(factor, 0.0).map(|h| tidy(h / 24.0))
    }
}
