//! Laws that hold for every random camp: each tells what it found, or what breaks it.
//!
//! The tests try a few camps, `make trials` tries them by the hundred.

use super::draw::{Draw, problem};
use crate::camp::{charge, running};
use camp_solver::plan::Stage;
use camp_solver::rules::rule_based;
use camp_solver::site::LoadSharing;
use camp_solver::{Plan, Problem, ShortfallClass, SolveOptions, solve, verify};
use std::collections::BTreeMap;

/// What a law says of one camp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    Holds,
    /// The law says nothing here, or the search ended before it could be told.
    Open(&'static str),
    Broken(String),
}

impl Finding {
    pub(crate) fn of(holds: bool, told: impl FnOnce() -> String) -> Self {
        if holds { Self::Holds } else { Self::Broken(told()) }
    }
}

/// How near to the optimum plans are asked to be, and the time for each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) gap_frac: f64,
    pub(crate) time_limit_s: f64,
}

impl Asked {
    pub(crate) fn plan(self, problem: &Problem) -> Result<Plan, String> {
        let Self { gap_frac, time_limit_s } = self;
        let options = SolveOptions { gap_frac, time_limit_s, ..SolveOptions::default() };
        let solved = solve(problem, &options).map_err(|error| error.to_string())?;
        // The rules' plan is no answer of the search.
        solved.failed.map_or(Ok(solved.plan), |failed| Err(failed.to_string()))
    }
}

/// Why a plan cannot be compared with another: the search ended before the least shortfall was proven,
/// or before there was any bound. What a bound tells is true however large the gap is.
fn open(plan: &Plan) -> Option<&'static str> {
    let mut searched = plan.stages.iter().filter(|s| s.name.starts_with("shortfall"));
    let least = |s: &Stage| {
        s.bound.is_some_and(|bound| s.value - bound <= (SHORTFALL_GAP * s.value).max(1e-3))
    };
    if !searched.all(least) {
        return Some("the least shortfall was not proven in time");
    }
    plan.bound.is_none().then_some("there was no bound in time")
}

/// To what share of itself the least shortfall of a rank is sought.
const SHORTFALL_GAP: f64 = 1e-4;

/// What a failure needs to be understood.
pub(crate) fn told(plan: &Plan) -> String {
    let names: Vec<_> = plan.stages.iter().map(|s| (&s.name, s.value, s.bound)).collect();
    format!("{} {:?} {:?} {names:?}", plan.cost, plan.status, plan.gap_frac)
}

/// The checker passes a plan.
pub(crate) fn passes(problem: &Problem, plan: &Plan) -> Finding {
    let violations = verify(problem, plan);
    Finding::of(violations.is_empty(), || format!("{:?}", violations.first()))
}

/// The checker passes the rule-based plan.
pub(crate) fn rules_pass(draw: &Draw) -> Finding {
    let problem = problem(draw);
    passes(&problem, &rule_based(&problem))
}

/// What a plan falls short of in each rank of the site, in the terms in which a rank is one.
fn by_rank(problem: &Problem, plan: &Plan) -> Vec<f64> {
    let ranking = &problem.site.ranking;
    let of = |rank: &Vec<ShortfallClass>| {
        let least =
            rank.iter().map(|c| ranking.multiple_of_dearest_kwh(*c)).fold(f64::MAX, f64::min);
        let total = |c| {
            let of_fleets = c == ShortfallClass::MeanLoad;
            if of_fleets { mean_load_of_fleets_kwh(problem, plan) } else { plan.shortfall_total(c) }
        };
        let priced = |c| ranking.multiple_of_dearest_kwh(c) / least * total(c);
        rank.iter().map(|c| priced(*c)).sum()
    };
    ranking.order.iter().map(of).collect()
}

/// What like sets together run above their mean load allowed, kWh: the plan tells set by set, but what
/// is least in it is the excess of their sum (docs/model.md, 2.6). No draw is longer than the window
/// of 24 h, or tells hours before it.
fn mean_load_of_fleets_kwh(problem: &Problem, plan: &Plan) -> f64 {
    let mut fleets = BTreeMap::<_, Vec<f64>>::new();
    for (id, set) in &problem.site.genset {
        let Some(most_frac) = set.mean_load_24h_max_frac else { continue };
        let out = problem.unavailable.get(&format!("genset.{id}"));
        let shares = set.load_sharing == LoadSharing::Proportional;
        let alike = (set.rated_kw.to_bits(), out, (!shares).then_some(id));
        let fleet = fleets.entry(alike).or_insert_with(|| vec![0.0; problem.grid.len()]);
        let told = &plan.genset[id];
        for (t, above_kwh) in fleet.iter_mut().enumerate().filter(|(t, _)| told.running[*t]) {
            let counted_kw = told.power_kw[t].max(0.3 * set.rated_kw);
            *above_kwh += problem.grid.dt_h(t) * (counted_kw - most_frac * set.rated_kw);
        }
    }
    let excess = |above_kwh: Vec<f64>| {
        let running = above_kwh.into_iter().scan(0.0, |sum, kwh| {
            *sum += kwh;
            Some(*sum)
        });
        running.fold(0.0, f64::max)
    };
    fleets.into_values().map(excess).sum()
}

/// Whether `a` falls short by no more than `b` in the first rank in which they differ. Not class by
/// class: what serves more of a higher rank may serve less of a lower one, or leave less in reserve.
pub(crate) fn serves_as_well(problem: &Problem, a: &Plan, b: &Plan) -> bool {
    let ranks = std::iter::zip(by_rank(problem, a), by_rank(problem, b));
    let differs = |(a, b): &(f64, f64)| (a - b).abs() > 1e-2 + SHORTFALL_GAP * b;
    ranks.into_iter().find(differs).is_none_or(|(a, b)| a < b)
}

/// A camp that has more of something serves as well as the base and, where it serves no better, at no
/// more cost.
fn no_dearer(problem: &Problem, base: &Plan, better: &Plan) -> Finding {
    if let Some(why) = open(base).or_else(|| open(better)) {
        return Finding::Open(why);
    }
    if !serves_as_well(problem, better, base) {
        let ranks = (by_rank(problem, better), by_rank(problem, base));
        return Finding::Broken(format!("{ranks:?}: {} after {}", told(better), told(base)));
    }
    if !serves_as_well(problem, base, better) {
        return Finding::Open("it serves more");
    }
    within(base, better)
}

/// No plan of the better camp costs less than the bound that it tells.
fn within(base: &Plan, better: &Plan) -> Finding {
    let bound = better.bound.unwrap_or(f64::NEG_INFINITY);
    let holds = bound <= base.cost * (1.0 + SHORTFALL_GAP) + 0.05;
    Finding::of(holds, || format!("{} after {}", told(better), told(base)))
}

/// The camp with 30 % more sun.
pub(crate) fn sunnier(problem: &Problem) -> Problem {
    let mut sunnier = problem.clone();
    for value in sunnier.series.solar_available_kw.values_mut().flatten() {
        *value *= 1.3;
    }
    sunnier
}

/// The camp with fuel for a fifth less.
pub(crate) fn cheaper(problem: &Problem) -> Problem {
    let mut cheaper = problem.clone();
    cheaper.site.money.fuel_price_per_l *= 0.8;
    cheaper
}

/// The camp with a battery of 60 usable kWh more: its ceiling rises; floor and stock stay where they
/// are in kWh.
pub(crate) fn larger(draw: &Draw, problem: &Problem) -> Option<Problem> {
    let battery = problem.site.battery.get("bess")?;
    let (min, max, scale) = (battery.min_kwh(), battery.max_kwh(), 1.5);
    let mut larger = problem.clone();
    let bess = larger.site.battery.get_mut("bess")?;
    bess.energy_kwh *= scale;
    bess.state_of_charge_min_frac = min / bess.energy_kwh;
    bess.state_of_charge_max_frac = (max + 60.0) / bess.energy_kwh;
    charge(&mut larger, "bess", draw.charge / scale);
    Some(larger)
}

/// The camp with its sets named in the opposite order.
pub(crate) fn shuffled(draw: &Draw) -> Problem {
    let mut other = draw.clone();
    other.sizes.reverse();
    other.out = draw.out.filter(|i| *i < draw.sizes.len()).map(|i| draw.sizes.len() - 1 - i);
    other.extras = draw.extras.reversed(draw.sizes.len());
    let mut shuffled = problem(&other);
    shuffled.start.genset.clear();
    if draw.first_on {
        running(&mut shuffled, &format!("g{}", draw.sizes.len()), 0.25);
    }
    other.extras.change_problem(&mut shuffled);
    shuffled
}

/// Why the costs of two camps cannot be compared: times that are chosen before the search, by estimates
/// of sun, load and price, may be others in the other camp, and worse.
pub(crate) fn placed_before(draw: &Draw) -> Option<Finding> {
    draw.extras.upkeep.as_ref().map(|_| Finding::Open("times are chosen before the search"))
}

/// More sun, or a larger battery.
pub(crate) fn more_is_no_dearer(
    problem: &Problem,
    base: &Plan,
    better: &Problem,
    asked: Asked,
) -> Finding {
    match asked.plan(better) {
        Ok(better) => no_dearer(problem, base, &better),
        Err(error) => Finding::Broken(error),
    }
}

/// Cheaper fuel: service is ranked above all cost, so the least shortfall stays what it is.
pub(crate) fn cheaper_is_no_dearer(problem: &Problem, base: &Plan, asked: Asked) -> Finding {
    match asked.plan(&cheaper(problem)) {
        Ok(better) => open(base)
            .or_else(|| open(&better))
            .map_or_else(|| within(base, &better), Finding::Open),
        Err(error) => Finding::Broken(error),
    }
}

/// Other names, like cost: neither bound is above the other cost.
pub(crate) fn names_do_not_matter(draw: &Draw, base: &Plan, asked: Asked) -> Finding {
    match asked.plan(&shuffled(draw)) {
        Ok(other) => {
            if let Some(why) = open(base).or_else(|| open(&other)) {
                return Finding::Open(why);
            }
            let one_way = within(base, &other);
            if one_way == Finding::Holds { within(&other, base) } else { one_way }
        }
        Err(error) => Finding::Broken(error),
    }
}
