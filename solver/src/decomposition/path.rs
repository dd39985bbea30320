//! The cheapest way through the commitments, by dynamic programming over the steps.
//!
//! Starts and stops of different fleets cost independently, so a step from one commitment to all
//! others is made fleet by fleet.

use super::fleets::Fleets;
use super::simplex::Tiny;
use super::step::Step;

/// The commitments of a step, numbered: the last fleet's count varies fastest.
#[derive(Debug, Clone)]
struct States {
    /// For each fleet: its least count and how many choices it has.
    choices: Vec<(usize, usize)>,
}

impl States {
    fn len(&self) -> usize {
        self.choices.iter().map(|(_, n)| n).product()
    }

    fn decode(&self, mut state: usize, digits: &mut Vec<usize>) {
        digits.clear();
        for (_, n) in self.choices.iter().rev() {
            digits.push(state % n);
            state /= n;
        }
        digits.reverse();
    }
}

/// A path with the least value that it allows.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) value: f64,
    /// For each step and fleet: sets that run.
    pub(super) counts: Vec<Vec<usize>>,
    /// For each step and group: the load fraction.
    pub(super) loads: Vec<Vec<f64>>,
}

/// The cheapest path, and for each step and commitment what the cheapest path through it costs.
#[derive(Debug, Clone)]
pub(super) struct Ways {
    pub(super) path: Path,
    pub(super) through: Vec<Vec<f64>>,
    /// For each step and commitment: the load fraction of each group, where it can be.
    pub(super) loads: Vec<Vec<Vec<f64>>>,
    /// For each step and commitment: what it costs by itself.
    here: Vec<Vec<f64>>,
    /// For each step and fleet: what a start and a stop cost.
    changes: Vec<Vec<(f64, f64)>>,
    pub(super) constant: f64,
}

impl Ways {
    /// What a commitment, sets that run by fleet and step, costs at least; `None` if it cannot be.
    pub(super) fn least(
        &self,
        fleets: &Fleets,
        steps: &[Step],
        commitment: &[Vec<usize>],
    ) -> Option<f64> {
        let mut sum = self.constant;
        let mut before: Vec<usize> = fleets.list.iter().map(|f| f.running_at_start).collect();
        for (t, step) in steps.iter().enumerate() {
            let counts: Vec<usize> = commitment.iter().map(|of_fleet| of_fleet[t]).collect();
            sum += self.here[t][step.state_of(&counts)?];
            for (k, fleet) in fleets.list.iter().enumerate() {
                let (start, stop) = self.changes[t][k];
                let change = counts[k] as f64 - before[k] as f64;
                sum += price_of_change(change, start, stop, fleet.units as f64);
            }
            before = counts;
        }
        Some(sum)
    }
}

/// The cheapest path under these costs, or `None` if there is none.
pub(super) fn cheapest(fleets: &Fleets, steps: &[Step], cost: &[f64]) -> Option<Ways> {
    let mut lp = Tiny::default();
    let mut digits = Vec::new();
    let mut constant = 0.0;
    // At the start: one state.
    let mut before =
        States { choices: fleets.list.iter().map(|f| (f.running_at_start, 1)).collect() };
    let mut value = vec![0.0];
    let mut came_from: Vec<Vec<usize>> = Vec::new();
    let mut all_states: Vec<States> = Vec::new();
    let mut reached: Vec<Vec<f64>> = Vec::new();
    let mut here: Vec<Vec<f64>> = Vec::new();
    let mut all_loads: Vec<Vec<Vec<f64>>> = Vec::new();
    for (t, step) in steps.iter().enumerate() {
        constant += step.constant(cost);
        let states = States { choices: step.choices().collect() };
        let fleet_costs = step.fleet_costs(cost);
        let changed = change(fleets, t, cost, &before, &states, &value);
        let mut alone = vec![f64::INFINITY; states.len()];
        let mut loads = vec![Vec::new(); states.len()];
        for (s, (slot, loads)) in alone.iter_mut().zip(&mut loads).enumerate() {
            if changed.0[s].is_finite() {
                states.decode(s, &mut digits);
                let value = step.value(fleets, (cost, &fleet_costs), &digits, &mut lp, loads);
                *slot = value.unwrap_or(f64::INFINITY);
            }
        }
        all_loads.push(loads);
        let next: Vec<f64> = alone.iter().zip(&changed.0).map(|(a, b)| a + b).collect();
        here.push(alone);
        reached.push(next.clone());
        came_from.push(changed.1);
        all_states.push(states.clone());
        before = states;
        value = next;
    }
    let (mut state, best) = value
        .iter()
        .copied()
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .filter(|(_, v)| v.is_finite())?;
    let mut counts = vec![Vec::new(); steps.len()];
    let mut loads = vec![Vec::new(); steps.len()];
    for t in (0..steps.len()).rev() {
        all_states[t].decode(state, &mut digits);
        counts[t] = digits.iter().zip(&all_states[t].choices).map(|(d, (l, _))| d + l).collect();
        loads[t].clone_from(&all_loads[t][state]);
        state = came_from[t][state];
    }
    let path = Path { value: best + constant, counts, loads };
    let through = through(fleets, cost, &all_states, &here, reached);
    let of_step = |t: usize| {
        let of_fleet = fleets.list.iter().map(|f| (cost[f.changes[t].0], cost[f.changes[t].1]));
        of_fleet.collect()
    };
    let changes = (0..steps.len()).map(of_step).collect();
    Some(Ways { path, through, loads: all_loads, here, changes, constant })
}

/// What the cheapest path through each commitment costs, from what reaching it costs.
fn through(
    fleets: &Fleets,
    cost: &[f64],
    states: &[States],
    here: &[Vec<f64>],
    mut reached: Vec<Vec<f64>>,
) -> Vec<Vec<f64>> {
    let Some(last) = states.last() else {
        return reached;
    };
    // What remains after each commitment of the step at hand.
    let mut remains = vec![0.0; last.len()];
    for t in (0..states.len()).rev() {
        for (value, rest) in reached[t].iter_mut().zip(&remains) {
            *value += rest;
        }
        if t > 0 {
            let from_here: Vec<f64> = remains.iter().zip(&here[t]).map(|(a, b)| a + b).collect();
            remains = change_back(fleets, t, cost, &states[t - 1], &states[t], &from_here);
        }
    }
    reached
}

/// The least cost of being in each state of a step, before the step itself is paid, and the state of
/// the step before from which it is reached.
fn change(
    fleets: &Fleets,
    t: usize,
    cost: &[f64],
    before: &States,
    after: &States,
    value: &[f64],
) -> (Vec<f64>, Vec<usize>) {
    move_all(fleets, t, cost, (before, after), value, 1.0)
}

/// The least cost from each state of the step before, the change to step `t` included.
fn change_back(
    fleets: &Fleets,
    t: usize,
    cost: &[f64],
    before: &States,
    after: &States,
    value: &[f64],
) -> Vec<f64> {
    move_all(fleets, t, cost, (after, before), value, -1.0).0
}

/// Moves values from one step's states to another's, fleet by fleet; `sign` is -1 backwards in time.
fn move_all(
    fleets: &Fleets,
    t: usize,
    cost: &[f64],
    (source, target): (&States, &States),
    value: &[f64],
    sign: f64,
) -> (Vec<f64>, Vec<usize>) {
    let mut choices = source.choices.clone();
    let mut value = value.to_vec();
    let mut origin: Vec<usize> = (0..value.len()).collect();
    for (k, fleet) in fleets.list.iter().enumerate() {
        let (from, to) = (choices[k], target.choices[k]);
        let (started, stopped) = fleet.changes[t];
        let (start, stop) = (cost[started], cost[stopped]);
        let outer: usize = choices[..k].iter().map(|(_, n)| n).product();
        let inner: usize = choices[k + 1..].iter().map(|(_, n)| n).product();
        let mut next = vec![f64::INFINITY; outer * to.1 * inner];
        let mut next_origin = vec![0; next.len()];
        for (a, b) in (0..from.1).flat_map(|a| (0..to.1).map(move |b| (a, b))) {
            let change = sign * ((to.0 + b) as f64 - (from.0 + a) as f64);
            let price = price_of_change(change, start, stop, fleet.units as f64);
            for (o, i) in (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i))) {
                let (source, target) = ((o * from.1 + a) * inner + i, (o * to.1 + b) * inner + i);
                let candidate = value[source] + price;
                if candidate < next[target] {
                    next[target] = candidate;
                    next_origin[target] = origin[source];
                }
            }
        }
        choices[k] = to;
        value = next;
        origin = next_origin;
    }
    (value, origin)
}

/// The least cost of `started - stopped = change`, both within the fleet.
fn price_of_change(change: f64, start: f64, stop: f64, units: f64) -> f64 {
    let (least_start, least_stop) = (change.max(0.0), (-change).max(0.0));
    // Prices of the time-coupling rows may make idle starts and stops pay: a bound must allow them.
    let idle = units - least_start.max(least_stop);
    start * least_start + stop * least_stop + ((start + stop) * idle).min(0.0)
}
