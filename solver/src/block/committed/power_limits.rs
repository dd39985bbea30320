//! Ramps and limits of start and stop of one set, and the reserve that they leave.
//!
//! Column `spare[t]`, kW: what the set could add. `above[t] = power[t] - min_load on[t]`; before the
//! first step it is that of the start. `h(t)`: from the middle of the step before to that of `t`, for
//! the first step its length, h. `SU`, `SD`: most power in the step of a start, before a stop.
//!
//! ```text
//! power[t] + spare[t] <= R on[t] - (R - SU) started[t] - (R - SD) stopped[t+1]
//! line[q,t] <= width on[t] - (its part above SU) started[t] - (above SD) stopped[t+1]
//! above[t] + spare[t] - above[t-1] <= ramp_up h(t)
//! above[t-1] - above[t] <= ramp_down h(t)
//! stopped[0] = 0                                                if it stood above SD before
//! ```
//!
//! Where a run may be as short as one step, the first two rows are split. With a hard minimum load ramps
//! are tighter: `ramp_up h on[t] - (ramp_up h - SU + min_load) started[t]` on the right, and
//! `ramp_down h on[t-1] - (ramp_down h - SD + min_load) stopped[t]`.
//!
//! A set that is out of reach in a step is out, however fast: no limit of a fall or a stop holds then.
//! The equations are those of pglib-uc (Morales-Espana, Latorre and Ramos, "Tight and compact MILP
//! formulation for the thermal unit commitment problem", 2013).

use super::{FleetStep, TOLERANCE_H};
use crate::lowered::{Fleet, PowerLimits};
use crate::model::Model;
use good_lp::{Expression, Variable};

/// A fleet of one with its columns.
pub(super) struct OneSet<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) limits: &'a PowerLimits,
    pub(super) on: &'a [Expression],
    pub(super) power: &'a [Expression],
    pub(super) steps: &'a [FleetStep],
}

impl OneSet<'_> {
    pub(super) fn rows(&self, model: &mut Model) {
        for t in 0..model.steps() {
            let name = format!("{}.spare[{t}]", self.fleet.name);
            let spare = model.column(name, 0.0, self.fleet.rated_kw);
            model.reserve[t].add_mul(1.0, spare);
            self.most(model, t, spare);
            self.ramps(model, t, spare);
        }
        let stood_high = self.limits.before_kw > self.limits.shut_down_max_kw + 1e-9;
        if stood_high && self.fleet.running_at_start() > 0 && self.fleet.available[0] {
            let stopped = Expression::from(self.steps[0].stopped);
            model.row(format!("{}.too_high_to_stop[0]", self.fleet.name), stopped.leq(0.0));
        }
    }

    /// Adds rows that hold `row` at 0 less what a start in this step (`at_start`) or the stop after it
    /// (`before_stop`) forbids. Where a run may be as short as this step, both may come together.
    fn limited(
        &self,
        model: &mut Model,
        t: usize,
        name: &str,
        row: &Expression,
        (at_start, before_stop): (f64, f64),
    ) {
        let fleet = self.fleet;
        let started = self.steps[t].started;
        let stopped = self.steps.get(t + 1).map(|next| next.stopped);
        let stopped = stopped.filter(|_| fleet.available[t + 1]);
        let two_steps =
            fleet.min_up_h > model.dt_h[t] + TOLERANCE_H && fleet.available.iter().all(|ok| *ok);
        let pairs = match (stopped.is_some() && before_stop > 0.0, two_steps) {
            (false, _) => vec![(at_start, 0.0)],
            (true, true) => vec![(at_start, before_stop)],
            (true, false) => {
                let more = before_stop - at_start;
                vec![(at_start, more.max(0.0)), ((-more).max(0.0), before_stop)]
            }
        };
        for (i, (of_start, of_stop)) in pairs.into_iter().enumerate() {
            let mut row = row.clone();
            row.add_mul(of_start, started);
            if let Some(stopped) = stopped {
                row.add_mul(of_stop, stopped);
            }
            model.row(format!("{}.{name}.{i}[{t}]", fleet.name), row.leq(0.0));
        }
    }

    /// The rating, and the width of each line of the curve.
    fn most(&self, model: &mut Model, t: usize, spare: Variable) {
        let (fleet, limits) = (self.fleet, self.limits);
        // What lies above the limits of start and stop, of a stretch of the load up to `to_kw`.
        let above = |width_kw: f64, to_kw: f64| {
            let part = |limit_kw: f64| (to_kw - limit_kw).clamp(0.0, width_kw);
            (part(limits.start_up_max_kw), part(limits.shut_down_max_kw))
        };
        let rated_kw = fleet.upkeep.available_kw[t];
        let row = self.power[t].clone() + spare - rated_kw * self.on[t].clone();
        self.limited(model, t, "most", &row, above(rated_kw, rated_kw));
        for (p, piece) in fleet.pieces.iter().enumerate() {
            let mut to_kw = piece.from_kw;
            for (q, (width_kw, _)) in piece.lines.iter().enumerate() {
                to_kw += width_kw;
                let line = self.steps[t].lines[p][q];
                let row = Expression::from(line) - *width_kw * self.steps[t].on[p];
                // Of several pieces a start uses one, and only that one's limit is less.
                let one = fleet.pieces.len() == 1;
                let less = if one { above(*width_kw, to_kw) } else { (0.0, 0.0) };
                self.limited(model, t, &format!("line_on.{p}.{q}"), &row, less);
            }
        }
    }

    fn ramps(&self, model: &mut Model, t: usize, spare: Variable) {
        let (fleet, limits) = (self.fleet, self.limits);
        let above = |t: usize| self.power[t].clone() - fleet.min_load_kw * self.on[t].clone();
        let passed_h = match t {
            0 => model.dt_h[0],
            _ => 0.5 * (model.dt_h[t - 1] + model.dt_h[t]),
        };
        let before = match t {
            0 if fleet.running_at_start() == 0 => Expression::default(),
            0 => Expression::from(limits.before_kw - fleet.min_load_kw),
            _ => above(t - 1),
        };
        // A ramp over the whole band above the least load binds nothing.
        let band_kw = fleet.rated_kw - if fleet.min_load_hard { fleet.min_load_kw } else { 0.0 };
        let binds = |ramp: &f64| ramp * passed_h < band_kw;
        // Power above the least load is never below 0: then no ramp is needed where a set is off.
        let tight = t > 0 && fleet.min_load_hard;
        if let Some(ramp) = limits.ramp_up_kw_per_h.filter(binds) {
            let most_kw = ramp * passed_h;
            let mut rise = above(t) + spare - before.clone();
            let mut constant_kw = most_kw;
            if tight {
                let start_kw = (limits.start_up_max_kw - fleet.min_load_kw).min(most_kw);
                rise -= most_kw * self.on[t].clone();
                rise.add_mul(most_kw - start_kw, self.steps[t].started);
                constant_kw = 0.0;
            }
            model.row(format!("{}.ramp_up[{t}]", fleet.name), rise.leq(constant_kw));
        }
        let in_reach = fleet.available[t];
        if let Some(ramp) = limits.ramp_down_kw_per_h.filter(|ramp| in_reach && binds(ramp)) {
            let most_kw = ramp * passed_h;
            let mut fall = before - above(t);
            let mut constant_kw = most_kw;
            if tight {
                let stop_kw = (limits.shut_down_max_kw - fleet.min_load_kw).min(most_kw);
                fall -= most_kw * self.on[t - 1].clone();
                fall.add_mul(most_kw - stop_kw, self.steps[t].stopped);
                constant_kw = 0.0;
            }
            model.row(format!("{}.ramp_down[{t}]", fleet.name), fall.leq(constant_kw));
        }
    }
}
