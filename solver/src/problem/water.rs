//! What the water plant may do within the horizon, given what it has done before.

use super::Problem;

/// What a well may still do in a local day.
#[derive(Debug, Clone, PartialEq)]
pub struct WellDay {
    /// The day's steps.
    pub steps: Vec<usize>,
    /// Most that it may pump in them, m3; infinite where the site states no cap.
    pub most_m3: f64,
    /// Most hours that it may pump in them, h; infinite where the site states none.
    pub most_h: f64,
    /// The rest that it owes, unless it has had it or can have it after the horizon.
    pub rest: Option<Rest>,
}

/// A rest without a break that must lie in a local day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rest {
    /// Its least length, h. It is the site's, or the whole day's rest where less is left of the day.
    pub due_h: f64,
    /// How long the well has been standing today as the horizon begins, h.
    pub lead_h: f64,
    /// Hours of the day after the horizon, h; they can lengthen a rest.
    pub trail_h: f64,
}

/// Times closer than this are equal, h.
const NEAR_H: f64 = 1e-9;

impl Rest {
    /// For each step of its day, the last step of the shortest rest that begins with it, if one
    /// fits. Positions are those in `dt_h`, the lengths of the day's steps.
    pub fn ends(&self, dt_h: &[f64]) -> Vec<Option<usize>> {
        let end = |first: usize| {
            let mut length_h = if first == 0 { self.lead_h } else { 0.0 };
            for (i, dt_h) in dt_h.iter().enumerate().skip(first) {
                length_h += dt_h;
                if length_h + NEAR_H >= self.due_h {
                    return Some(i);
                }
            }
            let last = dt_h.len() - 1;
            (length_h + self.trail_h + NEAR_H >= self.due_h).then_some(last)
        };
        (0..dt_h.len()).map(end).collect()
    }
}

impl Problem {
    /// What a well may do in each local day of the horizon.
    pub fn well_days(&self, id: &str) -> Vec<WellDay> {
        let Some(well) = self.site.well.get(id) else { return Vec::new() };
        let start = self.start.well(id);
        let days = self.grid.local_days().into_iter().enumerate();
        days.map(|(d, day)| {
            let first = d == 0;
            let (done_m3, done_h) =
                if first { (start.today_m3, start.today_h) } else { (0.0, 0.0) };
            let standing = first && !start.running;
            let lead_h = if standing { start.for_h.min(day.before_h) } else { 0.0 };
            let had_h = if first { start.today_rest_h.max(lead_h) } else { 0.0 };
            let horizon_h: f64 = day.steps.iter().map(|t| self.grid.dt_h(*t)).sum();
            let asked_h = well.min_rest_h.unwrap_or(0.0);
            let due_h = asked_h.min(lead_h + horizon_h + day.after_h);
            let met = had_h + NEAR_H >= asked_h || day.after_h + NEAR_H >= due_h;
            WellDay {
                most_m3: well.daily_cap_m3.map_or(f64::INFINITY, |cap| (cap - done_m3).max(0.0)),
                most_h: well
                    .max_hours_per_day
                    .map_or(f64::INFINITY, |most| (most - done_h).max(0.0)),
                rest: (!met).then_some(Rest { due_h, lead_h, trail_h: day.after_h }),
                steps: day.steps,
            }
        })
        .collect()
    }

    /// The level that a plan never draws a tank below, m3: its floors, or what its time of contact
    /// asks for at the largest flow to the taps.
    pub fn tank_floor_m3(&self, id: &str) -> f64 {
        let Some(tank) = self.site.tank.get(id) else { return 0.0 };
        let taps: Vec<_> = self.site.taps.iter().filter(|(_, x)| x.from_tank == id).collect();
        let flow = |t: usize| {
            let asked = |id: &String| self.series.taps_m3_per_h.get(id).map_or(0.0, |s| s[t]);
            taps.iter().map(|(id, x)| asked(id).min(x.max_m3_per_h())).sum::<f64>()
        };
        let peak_m3_per_h = (0..self.grid.len()).map(flow).fold(0.0, f64::max);
        let contact_m3 = tank.contact_time_h.unwrap_or(0.0) * peak_m3_per_h;
        tank.floor_m3().max(contact_m3).min(tank.capacity_m3)
    }
}
