//! A battery's efficiencies and capacity, from metered charge, discharge and state of charge.
//!
//! Within a day, `soc = s + a C - b D`, with `C` and `D` the energy charged and discharged since its start,
//! kWh, `a = charge efficiency / energy` and `b = 1 / (discharge efficiency * energy)`. The meters tell `a b`
//! and no more: the round trip is `a / b`; how it is shared between charge and discharge is taken from the site
//! file, give or take 2 points, and the energy follows from both. What the battery itself needs counts as loss.

use crate::report::fit::{Prior, Row, robust};

/// A slot of the battery's meters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slot {
    /// Into it.
    pub charge_kw: f64,
    /// Out of it.
    pub discharge_kw: f64,
    /// How full it is, if that is known.
    pub state_of_charge_frac: Option<f64>,
    /// Length of the slot.
    pub length_h: f64,
    /// The day, as a running number; sums begin anew with it.
    pub day: i64,
    /// Slots without a gap between have the same number.
    pub stretch: usize,
}

/// What the site file states.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stated {
    /// Of charging.
    pub charge_efficiency_frac: f64,
    /// Of discharging.
    pub discharge_efficiency_frac: f64,
    /// Energy at a state of charge of 1.
    pub energy_kwh: f64,
}

/// A value with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The value.
    pub value: f64,
    pub(crate) error: f64,
}

/// What was learnt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearntBattery {
    /// Charge efficiency times discharge efficiency.
    pub round_trip: Found,
    /// Charge efficiency.
    pub charge: Found,
    /// Discharge efficiency.
    pub discharge: Found,
    /// Energy at a state of charge of 1, kWh.
    pub energy: Found,
    /// Slots that count.
    pub samples: u64,
    /// Days that these are of.
    pub days: u64,
}

/// Least energy through the battery before anything is said, times its capacity.
const LEAST_CYCLES: f64 = 2.0;
const LEAST_DAYS: u64 = 5;
/// How far `a` and `b` may be from what is stated, share; all but free.
const PRIOR_SD: f64 = 0.5;
const LEAST_SCALE: f64 = 0.0005;
/// How far the stated share between charge and discharge may be off, one standard error.
const SHARE_SD: f64 = 0.0125;

/// Learns; nothing where too little went through.
pub fn learn(stated: &Stated, slots: &[Slot]) -> Option<LearntBattery> {
    let mut rows: Vec<Row> = Vec::new();
    let (mut through_kwh, mut at) = (0.0, 0);
    while at < slots.len() {
        let key = (slots[at].day, slots[at].stretch);
        let end = at + slots[at..].iter().take_while(|s| (s.day, s.stretch) == key).count();
        let (mut charged, mut discharged) = (0.0, 0.0);
        let mut part: Vec<[f64; 3]> = Vec::new();
        for slot in &slots[at..end] {
            // The mean of a slot stands in its middle.
            let (c, d) = (slot.charge_kw * slot.length_h, slot.discharge_kw * slot.length_h);
            if let Some(state) = slot.state_of_charge_frac {
                part.push([charged + c / 2.0, discharged + d / 2.0, state]);
            }
            charged += c;
            discharged += d;
        }
        through_kwh += charged + discharged;
        let n = part.len() as f64;
        let mean = |i: usize| part.iter().map(|p| p[i]).sum::<f64>() / n;
        let means = [mean(0), mean(1), mean(2)];
        let e = stated.energy_kwh;
        rows.extend(part.iter().map(|p| Row {
            x: vec![(p[0] - means[0]) / e, -(p[1] - means[1]) / e],
            y: p[2] - means[2],
            group: key.0,
        }));
        at = end;
    }
    if through_kwh < LEAST_CYCLES * 2.0 * stated.energy_kwh {
        return None;
    }
    let b0 = 1.0 / stated.discharge_efficiency_frac;
    let prior = Prior::around(&[stated.charge_efficiency_frac, b0], PRIOR_SD);
    let fit = robust(&rows, &prior, LEAST_SCALE)?;
    let (a, b) = (fit.b[0], fit.b[1]);
    if fit.groups < LEAST_DAYS || a <= 0.0 || b <= 0.0 {
        return None;
    }
    // a = ηc e0 / E, b = e0 / (ηd E); shares of the stated energy e0.
    let share = stated.charge_efficiency_frac / stated.discharge_efficiency_frac;
    let round_trip = a / b;
    let charge = (round_trip * share).sqrt();
    let discharge = (round_trip / share).sqrt();
    let energy = stated.energy_kwh * charge / a;
    // Relative errors: of a/b, and of the energy, which goes with 1 / sqrt(a b).
    let ratio = fit.error_of(&[1.0 / a, -1.0 / b]);
    let product = fit.error_of(&[0.5 / a, 0.5 / b]);
    let found = |value: f64, relative: f64| Found { value, error: value * relative };
    let single = (ratio / 2.0).hypot(SHARE_SD);
    Some(LearntBattery {
        round_trip: found(round_trip, ratio),
        charge: found(charge, single),
        discharge: found(discharge, single),
        energy: found(energy, product.hypot(SHARE_SD)),
        samples: fit.used,
        days: fit.groups,
    })
}
