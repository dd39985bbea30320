//! Which set of a fleet starts or stops when the count of running sets changes.
//!
//! Only a set that has stood (run) for its least time may be taken where there is one. The counts
//! keep as many of them as are wanted, whichever was taken before, so no order among them breaks a
//! least time; where an outage leaves none, it is the set that has stood (run) longest.

use crate::lowered::Fleet;
use crate::site::Rotation;

const TOLERANCE_H: f64 = 1e-9;

/// The sets of a fleet while its counts are handed out.
#[derive(Debug)]
pub(super) struct Turns<'a> {
    fleet: &'a Fleet,
    pub(super) running: Vec<bool>,
    /// When each set last changed, h after the first step's start.
    since_h: Vec<f64>,
    run_hours_h: Vec<f64>,
    starts_today: Vec<u32>,
}

impl<'a> Turns<'a> {
    pub(super) fn new(fleet: &'a Fleet) -> Self {
        let units = fleet.units.iter();
        Self {
            running: units.clone().map(|u| u.start.running).collect(),
            since_h: units.clone().map(|u| -u.start.for_h).collect(),
            run_hours_h: units.clone().map(|u| u.run_hours_h).collect(),
            starts_today: units.map(|u| u.start.starts_today).collect(),
            fleet,
        }
    }

    /// A local day begins.
    pub(super) fn new_day(&mut self) {
        self.starts_today.fill(0);
    }

    /// Lets `wanted` sets run from `at_h` on.
    pub(super) fn run(&mut self, wanted: usize, at_h: f64) {
        loop {
            let on = self.running.iter().filter(|on| **on).count();
            if on == wanted {
                return;
            }
            let start = on < wanted;
            let Some(j) = self.next(start, at_h) else {
                return;
            };
            self.running[j] = start;
            self.since_h[j] = at_h;
            self.starts_today[j] += u32::from(start);
        }
    }

    /// A step of `dt_h` passes.
    pub(super) fn pass(&mut self, dt_h: f64) {
        for (hours, on) in self.run_hours_h.iter_mut().zip(&self.running) {
            *hours += if *on { dt_h } else { 0.0 };
        }
    }

    fn next(&self, start: bool, at_h: f64) -> Option<usize> {
        let least_h = if start { self.fleet.min_down_h } else { self.fleet.min_up_h };
        let owes = |j: usize| at_h - self.since_h[j] + TOLERANCE_H < least_h;
        let most = self.fleet.upkeep.max_starts_per_day.unwrap_or(u32::MAX);
        let spent = |j: usize| start && self.starts_today[j] >= most;
        let turn = |j: usize| match (self.fleet.rotation, start) {
            (Rotation::None, _) => 0.0,
            (Rotation::Equalise, true) | (Rotation::Stagger, false) => self.run_hours_h[j],
            (Rotation::Equalise, false) | (Rotation::Stagger, true) => -self.run_hours_h[j],
        };
        // A set that owes its least time has no turn: of those, the oldest.
        let turn = |j: usize| if owes(j) { 0.0 } else { turn(j) };
        let others = (0..self.running.len()).filter(|j| self.running[*j] != start);
        others.min_by(|a, b| {
            (owes(*a), spent(*a))
                .cmp(&(owes(*b), spent(*b)))
                .then(turn(*a).total_cmp(&turn(*b)))
                .then(self.since_h[*a].total_cmp(&self.since_h[*b]))
        })
    }
}
