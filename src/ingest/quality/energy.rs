//! Energy: a counter and the power of the same meter tell the same kilowatt-hours.
//!
//! Over a window that is long enough for the counter's last digit not to matter, the growth of the
//! counter is held against the power taken over time. Where they part, the counter is believed: it
//! misses nothing between two values. Only one that stands still is at fault itself.

/// The difference that is let pass, share of the larger.
const PLAY_FRAC: f64 = 0.15;
/// A window is long enough when so many of the counter's last digits have passed.
const GRAINS: f64 = 12.0;
/// And no shorter than so many values of the counter.
const LEAST_VALUES: u32 = 3;
/// Last digit of a counter that has not shown it yet, kWh.
const GRAIN_KWH: f64 = 1.0;
/// A counter that counts less than this share of what the power says stands still.
const STILL_FRAC: f64 = 0.1;
/// A window with a hole longer than this, or than three usual distances, is begun anew, ms.
const HOLE_MS: i64 = 15 * 60_000;

/// Which of the two is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blamed {
    Power,
    Counter,
}

/// A power and its counter.
#[derive(Debug, Clone, Default)]
pub(super) struct EnergyBook {
    power: Option<(i64, f64)>,
    /// Time and count at the begin of the window, and the last count.
    begin: Option<(i64, f64)>,
    counted: Option<f64>,
    kwh: f64,
    values: u32,
    step_kwh: Option<f64>,
    grain_kwh: Option<f64>,
    blamed: Option<Blamed>,
}

impl EnergyBook {
    /// Which of the two is held at fault.
    pub(super) fn blamed(&self) -> Option<Blamed> {
        self.blamed
    }

    /// Takes in a power, kW. One that is doubted ends the window.
    pub(super) fn power(&mut self, time_ms: i64, kw: f64, usual_ms: i64, is_doubted: bool) {
        if let Some((from_ms, from_kw)) = self.power {
            let gap_ms = time_ms - from_ms;
            if is_doubted || gap_ms > HOLE_MS.max(3 * usual_ms) {
                self.begin = None;
            }
            self.kwh += 0.5 * (from_kw + kw) * gap_ms as f64 / 3.6e6;
        }
        self.power = (!is_doubted).then_some((time_ms, kw));
    }

    /// Takes in a count, kWh. One that is doubted, or begins anew, ends the window.
    pub(super) fn count(&mut self, time_ms: i64, kwh: f64, goes_on: bool) {
        let Some((power_ms, power_kw)) = self.power.filter(|_| goes_on) else {
            (self.begin, self.counted) = (None, None);
            return;
        };
        if let Some(before) = self.counted.filter(|before| kwh - before > 1e-6) {
            let step = kwh - before;
            // Steps of a steady load differ by the last digit, and are many of it.
            let apart = self.step_kwh.map(|last| (step - last).abs()).filter(|apart| *apart > 1e-6);
            let least = apart.map_or(step, |apart| apart.min(step));
            self.grain_kwh = Some(self.grain_kwh.map_or(least, |grain| grain.min(least)));
            self.step_kwh = Some(step);
        }
        self.counted = Some(kwh);
        // What flowed since the last power, as if it had stayed.
        let since_kwh = power_kw * (time_ms - power_ms).max(0) as f64 / 3.6e6;
        let Some((_, begin_kwh)) = self.begin else {
            self.start(time_ms, kwh, since_kwh);
            return;
        };
        self.values += 1;
        let (counted, flowed) = (kwh - begin_kwh, self.kwh + since_kwh);
        let grain = self.grain_kwh.unwrap_or(GRAIN_KWH);
        let larger = counted.max(flowed);
        if self.values < LEAST_VALUES || larger < GRAINS * grain {
            return;
        }
        let is_off = (counted - flowed).abs() > PLAY_FRAC * larger + grain;
        self.blamed = match is_off {
            false => None,
            true if counted < STILL_FRAC * flowed => Some(Blamed::Counter),
            true => Some(Blamed::Power),
        };
        self.start(time_ms, kwh, since_kwh);
    }

    /// Begins a window; what flowed before it is not counted again.
    fn start(&mut self, time_ms: i64, kwh: f64, since_kwh: f64) {
        self.begin = Some((time_ms, kwh));
        (self.kwh, self.values) = (-since_kwh, 0);
    }
}
