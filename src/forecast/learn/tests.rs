use super::*;
use fastrand::Rng;

/// Four months of days with a peak in the evening, weekends lower, and noise.
fn camp(seed: u64, noise: f64) -> Vec<f64> {
    let mut rng = Rng::with_seed(seed);
    let hour = |h: usize| {
        let day = h / 24;
        let busy = if day % 7 >= 5 { 0.7 } else { 1.0 };
        let shape = 20.0 + 15.0 * (f64::from(u32::try_from(h % 24).unwrap()) - 7.0).abs() / 17.0;
        let mut wobble = || (0..6).map(|_| rng.f64() - 0.5).sum::<f64>();
        busy * shape + noise * wobble()
    };
    (0..24 * 120).map(hour).collect()
}

fn told(series: &Hourly, origin: i64, leads: usize) -> Option<Foresight> {
    foresee(&Demand::new(series, &[], 0), origin, leads)
}

#[test]
fn nothing_but_the_past_is_looked_at() {
    let values = camp(1, 2.0);
    for origin in [24 * 100, 24 * 100 + 7] {
        let whole = Hourly::new(0, values.clone());
        let cut = whole.before(origin);
        let mut other = values.clone();
        other[usize::try_from(origin).unwrap()..].fill(1e6);
        let other = Hourly::new(0, other);
        let [a, b, c] = [&whole, &cut, &other].map(|s| told(s, origin, 60).unwrap());
        assert_eq!(a, b);
        assert_eq!(a, c);
    }
    // The same of the sun.
    let power = Hourly::new(0, (0..24 * 60).map(|h| f64::from((h % 24) * (h % 5))).collect());
    let clear = Hourly::new(0, (0..24 * 70).map(|h| f64::from((h % 24) * 5)).collect());
    let origin = 24 * 40 + 9;
    let cut = power.before(origin);
    let sun = |power: &Hourly| foresee(&Sun::new(power, &clear), origin, 48).unwrap();
    assert_eq!(sun(&power), sun(&cut));
}

#[test]
fn a_rhythm_is_learnt_and_quantiles_hold() {
    let values = camp(2, 4.0);
    let series = Hourly::new(0, values);
    let rows = Demand::new(&series, &[], 0);
    let (mut below, mut all) = ([0.0; 7], 0.0);
    for day in 60..118 {
        let told = foresee(&rows, 24 * day, 48).unwrap();
        assert!(told.skill_frac.unwrap() > 0.15, "{:?}", told.skill_frac);
        for (lead, levels) in told.quantiles.iter().enumerate() {
            let actual = series.at(24 * day + hours(lead));
            for (count, level) in below.iter_mut().zip(levels) {
                *count += f64::from(u8::from(actual <= *level));
            }
            all += 1.0;
        }
    }
    for (count, level) in below.iter().zip(LEVELS) {
        assert!((count / all - level).abs() < 0.03, "{level}: {}", count / all);
    }
}

#[test]
fn a_driver_that_moves_the_demand_is_used() {
    let mut rng = Rng::with_seed(3);
    let heat: Vec<f64> = (0..150).map(|_| rng.f64()).collect();
    let air = Hourly::new(0, (0..150 * 24).map(|h| 15.0 + 10.0 * heat[h / 24]).collect());
    let load = Hourly::new(0, (0..148 * 24).map(|h| 50.0 + 30.0 * heat[h / 24]).collect());
    let miss = |drivers: &[Hourly]| {
        let rows = Demand::new(&load, drivers, 0);
        let days = (120..146).map(|day| {
            let told = foresee(&rows, 24 * day, 24).unwrap();
            (told.values[12] - load.at(24 * day + 12)).abs()
        });
        days.sum::<f64>()
    };
    assert!(miss(&[air]) < 0.4 * miss(&[]));
}

#[test]
fn poor_series_are_survived() {
    let many = |value: f64, days: usize| Hourly::new(5, vec![value; 24 * days]);
    // Nothing known, nothing told.
    assert_eq!(told(&many(f64::NAN, 30), 24 * 30, 48), None);
    assert_eq!(told(&Hourly::default(), 0, 48), None);
    // Constants and zeros stay what they are, after a day as after a month.
    for (value, days) in [(0.0, 40), (7.0, 40), (7.0, 1), (7.0, 3)] {
        let series = many(value, days);
        let told = told(&series, series.end(), 24).unwrap();
        assert!(told.values.iter().all(|v| (v - value).abs() < 1e-6), "{value} {days}");
        assert!(told.quantiles.iter().flatten().all(|v| (v - value).abs() < 1e-6));
    }
    // Gaps of days, a hundred-fold spike and a short past.
    let mut values = camp(4, 1.0);
    values[1000..1200].fill(f64::NAN);
    values[2000] = 5000.0;
    let series = Hourly::new(0, values);
    for end in [24 * 4, 24 * 12, 1100, 24 * 60, 2003, 24 * 110 + 5] {
        let past = series.before(end);
        let told = told(&past, end, 168).unwrap();
        assert_eq!(told.values.len(), 168);
        for (value, levels) in told.values.iter().zip(&told.quantiles) {
            assert!((0.0..1000.0).contains(value), "{end}: {value}");
            assert!(levels.is_sorted() && levels.iter().all(|l| l.is_finite() && *l >= 0.0));
        }
    }
}

#[test]
fn the_sun_never_exceeds_a_clear_sky_by_much() {
    let mut rng = Rng::with_seed(5);
    let bright: Vec<f64> = (0..90).map(|_| 0.3 + 0.7 * rng.f64()).collect();
    let at = |h: usize| f64::from(12 - i32::try_from((h % 24).abs_diff(12)).unwrap() * 2).max(0.0);
    let clear = Hourly::new(0, (0..24 * 95).map(at).collect());
    let power = Hourly::new(0, (0..24 * 90).map(|h| at(h) * bright[h / 24]).collect());
    let told = foresee(&Sun::new(&power, &clear), 24 * 90, 48).unwrap();
    let mean = bright.iter().sum::<f64>() / 90.0;
    for (lead, (value, levels)) in told.values.iter().zip(&told.quantiles).enumerate() {
        assert!(*value <= 1.3 * at(lead) + 1e-9);
        assert!(levels[6] <= 1.3 * at(lead) + 1e-9, "nights are dark");
    }
    // Days without a memory: the best that can be said is their mean.
    assert!((told.values[12] / at(12) - mean).abs() < 0.15, "{} {mean}", told.values[12] / at(12));
}
