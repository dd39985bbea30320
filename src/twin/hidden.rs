//! A plant that is not quite what its site file says: worn sets, tired batteries, pumps out of true. Who
//! plans by the file errs by as much.

use camp_solver::Site;
use fastrand::Rng;

/// How far each truth may lie from the file: assumed, of the order of data sheets' own tolerance (5 %, ISO
/// 3046-1) and of wear.
const LEVEL_FRAC: (f64, f64) = (-0.03, 0.08);
/// More at the rating than at the lowest point of the curve, or less.
const TILT_FRAC: (f64, f64) = (-0.03, 0.03);
const EFFICIENCY: (f64, f64) = (-0.04, 0.01);
const CAPACITY_FRAC: (f64, f64) = (-0.12, 0.0);
const PUMP_FRAC: (f64, f64) = (-0.12, 0.03);

/// The plant as it really is; the same seed is the same plant.
pub(super) fn hidden(site: &Site, seed: u64) -> Site {
    let mut rng = Rng::with_seed(seed);
    let mut within = |(low, high): (f64, f64)| low + (high - low) * rng.f64();
    let mut real = site.clone();
    for set in real.genset.values_mut() {
        let (level, tilt) = (within(LEVEL_FRAC), within(TILT_FRAC));
        for (kw, litres) in set.fuel_curve_kw.iter().zip(&mut set.fuel_curve_l_per_h) {
            *litres *= 1.0 + level + tilt * kw / set.rated_kw;
        }
    }
    for battery in real.battery.values_mut() {
        for efficiency in
            [&mut battery.charge_efficiency_frac, &mut battery.discharge_efficiency_frac]
        {
            *efficiency = (*efficiency + within(EFFICIENCY)).clamp(0.5, 0.99);
        }
        battery.energy_kwh *= 1.0 + within(CAPACITY_FRAC);
    }
    for well in real.well.values_mut() {
        well.pump_efficiency_frac *= 1.0 + within(PUMP_FRAC);
    }
    real
}
