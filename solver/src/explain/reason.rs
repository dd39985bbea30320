//! From two plans, one with a set more or less through some hours, to what bites.

use super::answer::{Change, Rule, SetReason};
use super::changes::{changes, total, worst_step};
use super::sentence;
use super::stretches::Stretch;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::rank::ShortfallClass;
use crate::site::{MinimumLoad, Tier};

const TOLERANCE_H: f64 = 1e-9;
/// A tank this near to its floor stands at it, m3.
const AT_FLOOR_M3: f64 = 0.01;

/// What was asked.
pub(super) struct Flipped<'a> {
    pub(super) problem: &'a Problem,
    /// The plan's commitment with its best dispatch.
    pub(super) base: &'a Plan,
    pub(super) stretch: &'a Stretch,
    pub(super) like: Vec<String>,
}

/// The plan of the other way.
pub(super) struct Other<'a> {
    pub(super) plan: &'a Plan,
    /// Classes that fall short more before it is settled whose turn it is.
    pub(super) grows: Vec<ShortfallClass>,
}

/// A set that is out of reach needs no other reason.
pub(super) fn unavailable(problem: &Problem, plan: &Plan, stretch: &Stretch) -> SetReason {
    let like = vec![stretch.set.clone()];
    Flipped { problem, base: plan, stretch, like }.told(Rule::Unavailable)
}

/// The reason, from the plan of the other way; there is none where that would break a hard rule.
pub(super) fn reason(asked: &Flipped<'_>, other: Option<&Other<'_>>) -> SetReason {
    let Some(other) = other else { return asked.told(asked.hard_rule()) };
    let (problem, base, grows) = (asked.problem, asked.base, &other.grows);
    let other = other.plan;
    // Of mean loads and starts the books count each set's; who of like sets had them is no reason.
    let by_turns = |c: ShortfallClass| {
        matches!(c, ShortfallClass::MeanLoad | ShortfallClass::Starts) && !grows.contains(&c)
    };
    let list = changes(&problem.site.ranking, base, other);
    let class =
        list.iter().find(|c| total(&list, c.class) > 0.0 && !by_turns(c.class)).map(|c| c.class);
    let mut found = asked.blank(if class.is_some() { Rule::Service } else { Rule::Cost });
    found.class = class;
    found.costs_l = Some(base.fuel_l - other.fuel_l);
    found.extra_cost = Some(base.cost - other.cost);
    if let Some(class) = class {
        let hit = list.iter().filter(|c| c.class == class && c.total > 0.0 && c.asset != "bus");
        found.affected = hit.map(|c| c.asset.clone()).collect();
        let for_a_loss =
            [ShortfallClass::SecurityCritical, ShortfallClass::SecurityFull].contains(&class);
        if for_a_loss {
            secure(problem, base, other, &mut found);
        } else if class == ShortfallClass::Water {
            let floor = found.affected.iter().find_map(|path| floor(problem, base, other, path));
            if let Some(tank) = floor {
                (found.rule, found.culprit) = (Rule::TankFloor, Some(tank));
            }
        }
    }
    found.changes = list;
    found.sentence = sentence::of_set(base, &found);
    found
}

impl Flipped<'_> {
    fn blank(&self, rule: Rule) -> SetReason {
        let (grid, stretch) = (&self.base.grid, self.stretch);
        SetReason {
            set: stretch.set.clone(),
            like: self.like.clone(),
            from: grid.start_of(stretch.first),
            to: grid.start_of(stretch.after),
            on: stretch.on,
            rule,
            class: None,
            culprit: None,
            affected: Vec::new(),
            costs_l: None,
            extra_cost: None,
            changes: Vec::<Change>::new(),
            sentence: String::new(),
        }
    }

    fn told(&self, rule: Rule) -> SetReason {
        let mut found = self.blank(rule);
        found.sentence = sentence::of_set(self.base, &found);
        found
    }

    /// Which hard rule leaves no plan for the other way.
    fn hard_rule(&self) -> Rule {
        let (problem, stretch, grid) = (self.problem, self.stretch, &self.problem.grid);
        let start = problem.start.genset(&stretch.set);
        let Some(set) = problem.site.genset.get(&stretch.set) else { return Rule::NoLawfulPlan };
        let owes = |least_h: f64| {
            stretch.first == 0 && start.running == stretch.on && start.for_h + TOLERANCE_H < least_h
        };
        let steps = stretch.first..stretch.after;
        let alone = |t: usize| {
            let batteries = problem.site.battery.iter();
            let mut batteries = batteries.filter(|(_, b)| b.grid_forming);
            self.base.running_sets(t) <= 1
                && !batteries.any(|(id, _)| problem.is_available("battery", id, t))
        };
        if stretch.on && steps.clone().any(|t| problem.must_run(&stretch.set, t)) {
            Rule::MustRun
        } else if stretch.on && owes(set.min_up_h) {
            Rule::MinimumUpTime
        } else if !stretch.on && owes(set.min_down_h) {
            Rule::MinimumDownTime
        } else if !stretch.on
            && grid.offset_h(stretch.after) - grid.offset_h(stretch.first) + TOLERANCE_H
                < set.min_up_h
        {
            Rule::MinimumUpTime
        } else if stretch.on && steps.clone().any(alone) {
            Rule::GridFormer
        } else if !stretch.on && set.min_load == MinimumLoad::Hard {
            Rule::MinimumLoadHard
        } else {
            Rule::NoLawfulPlan
        }
    }
}

/// Which source's loss would drop whom, where that would be worst.
fn secure(problem: &Problem, base: &Plan, other: &Plan, found: &mut SetReason) {
    let Some(class) = found.class else { return };
    let (Some(t), Some(security)) = (worst_step(base, other, class), &other.security) else {
        return;
    };
    found.culprit.clone_from(&security.lost[t]);
    // Like sets take turns: one that runs beside this one is meant, not the one that is left out.
    let is_like = |path: &str| found.like.iter().any(|id| path.strip_prefix("genset.") == Some(id));
    if found.culprit.as_deref().is_some_and(is_like) {
        let beside = found.like.iter().filter(|id| **id != found.set);
        let mut beside = beside.filter(|id| base.genset[*id].running[t]);
        if let Some(id) = beside.next() {
            found.culprit = Some(format!("genset.{id}"));
        }
    }
    let asked_kw = if class == ShortfallClass::SecurityCritical {
        security.critical_kw[t]
    } else {
        security.required_kw[t]
    };
    let mut short_kw = asked_kw - security.carried_kw[t];
    // The least protected are dropped first, and of them the largest.
    let tiers = problem.tiers();
    let of_class = |tier: Tier| class == ShortfallClass::SecurityFull || tier <= Tier::T1;
    let mut served: Vec<_> = other
        .consumer
        .iter()
        .filter_map(|(path, c)| Some((path, *tiers.get(path)?, c.served_kw[t])))
        .filter(|(_, tier, kw)| of_class(*tier) && *kw > 0.0)
        .collect();
    served.sort_by(|a, b| b.1.cmp(&a.1).then(b.2.total_cmp(&a.2)));
    for (path, _, kw) in served {
        if short_kw <= 1e-3 {
            break;
        }
        found.affected.push(path.clone());
        short_kw -= kw;
    }
}

/// The tank that stands at its floor once water is missing at taps: their own, or another.
fn floor(problem: &Problem, base: &Plan, other: &Plan, path: &str) -> Option<String> {
    let taps = problem.site.taps.get(path.strip_prefix("taps.")?)?;
    let from = worst_step(base, other, ShortfallClass::Water)?;
    let at_floor = |id: &str| {
        let tank = problem.site.tank.get(id)?;
        let levels = &other.tank.get(id)?.level_m3;
        let low = levels[from..].iter().any(|m3| *m3 <= tank.floor_m3() + AT_FLOOR_M3);
        (low && tank.floor_m3() > 0.0).then(|| format!("tank.{id}"))
    };
    at_floor(&taps.from_tank).or_else(|| problem.site.tank.keys().find_map(|id| at_floor(id)))
}
