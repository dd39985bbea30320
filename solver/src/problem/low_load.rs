//! Hours at low load, and the burn-off that is owed after them, carried from step to step.

use super::Problem;
use crate::site::Genset;
use std::ops::Range;

/// Power nearer to a limit than this is at it, kW; times closer than that are equal, h.
const NEAR_KW: f64 = 1e-3;
const NEAR_H: f64 = 1e-9;

/// Where a set stands with its burn-off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LowLoad {
    /// Hours at low load since the last burn-off, and for how long one is owed, h.
    pub(crate) low_h: f64,
    pub(crate) owed_h: Option<f64>,
    /// For how long the load has been that of a burn-off, h.
    high_h: f64,
}

/// What a step brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Passed {
    /// Hours of the step by which a burn-off that is owed is late, h.
    pub(crate) late_h: f64,
    /// Whether a burn-off is complete at its end.
    pub(crate) is_burnt_off: bool,
}

impl LowLoad {
    /// A step of `dt_h` passes at `kw`; `None`: the set stands.
    pub(crate) fn pass(&mut self, set: &Genset, dt_h: f64, kw: Option<f64>) -> Passed {
        let mut passed = Passed { late_h: 0.0, is_burnt_off: false };
        let Some(burn_off) = &set.burn_off else {
            return passed;
        };
        let is_high = kw.is_some_and(|kw| kw + NEAR_KW >= burn_off.at_frac * set.rated_kw);
        let is_low = kw.is_some_and(|kw| kw + NEAR_KW < burn_off.below_frac * set.rated_kw);
        self.high_h = if is_high { self.high_h + dt_h } else { 0.0 };
        self.low_h += if is_low { dt_h } else { 0.0 };
        if self.high_h + NEAR_H >= burn_off.for_h {
            (self.low_h, self.owed_h) = (0.0, None);
            passed.is_burnt_off = true;
        } else if let Some(before_h) = self.owed_h {
            passed.late_h = (before_h + dt_h - burn_off.within_h.max(before_h)).max(0.0);
            self.owed_h = Some(before_h + dt_h);
        } else if self.low_h + NEAR_H >= burn_off.after_h {
            self.owed_h = Some(0.0);
        }
        passed
    }
}

impl Problem {
    /// Where a set stands as the plan begins, if it has the rule.
    pub(crate) fn low_load(&self, id: &str) -> Option<LowLoad> {
        let burn_off = self.site.genset.get(id)?.burn_off.as_ref()?;
        let (low_h, owed_h) = self.low_load_h(id, burn_off);
        Some(LowLoad { low_h, owed_h, high_h: self.high_load_h(id) })
    }

    /// The problem with a burn-off of a set at each time at which a plan is late with one that comes
    /// to be owed in it. None if there is no such time, or none that is not placed already.
    /// `power_kw` is that of each set and step, `None` where it stands.
    pub(crate) fn with_burn_offs_due(
        &self,
        power_kw: impl Fn(&str, usize) -> Option<f64>,
    ) -> Option<Self> {
        let mut placed = self.clone();
        let mut any = false;
        for id in self.site.genset.keys() {
            let late = self.first_late_h(id, |t| power_kw(id, t));
            let first = late.and_then(|hours| placed.place_burn_off_within(id, &hours));
            let Some(at) = first.map(|t| self.grid.start_of(t)) else { continue };
            let mut state = placed.start.genset(id);
            if !state.burn_offs_at.contains(&at) {
                state.burn_offs_at.push(at);
                state.burn_offs_at.sort_unstable();
                placed.start.genset.insert(id.clone(), state);
                any = true;
            }
        }
        any.then_some(placed)
    }

    /// From when a burn-off is owed that comes to be owed in a plan, to when it is late there, h.
    fn first_late_h(
        &self,
        id: &str,
        power_kw: impl Fn(usize) -> Option<f64>,
    ) -> Option<Range<f64>> {
        let set = self.site.genset.get(id)?;
        let within_h = set.burn_off.as_ref()?.within_h;
        let mut course = self.low_load(id)?;
        // What is owed as the plan begins has been placed already, where there is room for it.
        let mut owed_from_h = None;
        for t in 0..self.grid.len() {
            let was_owed = course.owed_h.is_some();
            let passed = course.pass(set, self.grid.dt_h(t), power_kw(t));
            match owed_from_h {
                Some(from_h) if passed.late_h > NEAR_H => return Some(from_h..from_h + within_h),
                _ if passed.is_burnt_off => owed_from_h = None,
                _ if !was_owed && course.owed_h.is_some() => {
                    owed_from_h = Some(self.grid.offset_h(t + 1));
                }
                _ => {}
            }
        }
        None
    }

    /// The problem with the burn-offs that a plan runs after they have come to be owed in it.
    #[must_use]
    pub(crate) fn with_burn_offs_run(&self, power_kw: impl Fn(&str, usize) -> Option<f64>) -> Self {
        let mut placed = self.clone();
        for (id, set) in &self.site.genset {
            let Some(mut course) = self.low_load(id) else { continue };
            let mut owed_in_plan = false;
            let mut state = self.start.genset(id);
            for t in 0..self.grid.len() {
                let was_owed = course.owed_h.is_some();
                let passed = course.pass(set, self.grid.dt_h(t), power_kw(id, t));
                let begun_h =
                    self.grid.offset_h(t + 1) - set.burn_off.as_ref().map_or(0.0, |b| b.for_h);
                if passed.is_burnt_off && owed_in_plan {
                    let first = (0..=t).rfind(|s| self.grid.offset_h(*s) <= begun_h + NEAR_H);
                    state.burn_offs_at.extend(first.map(|s| self.grid.start_of(s)));
                }
                owed_in_plan |= !was_owed && course.owed_h.is_some();
                owed_in_plan &= !passed.is_burnt_off;
            }
            state.burn_offs_at.sort_unstable();
            state.burn_offs_at.dedup();
            placed.start.genset.insert(id.clone(), state);
        }
        placed
    }
}
