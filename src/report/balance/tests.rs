//! The book against tanks whose truth is known: theft, sensors that drift and hang, deliveries.

use super::*;
use fastrand::Rng;

/// A camp's tank: litres a day, capacity, noise of a slot, and what is known of the curve.
struct Tank {
    burnt_l_per_day: f64,
    capacity_l: f64,
    noise_frac: f64,
    /// How far the curve is off, and how far it is said to be at most.
    curve: (f64, f64),
}

fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0
}

/// The book of some days; 120 L are taken each night from `theft` on.
fn found(tank: &Tank, seed: u64, days: i64, theft: Option<i64>) -> Found {
    let mut rng = Rng::with_seed(seed);
    let capacity_l = tank.capacity_l;
    let mut book = Book { capacity_l, curve_error_frac: tank.curve.1, ..Book::default() };
    let (mut level_l, mut busy, mut hung) = (0.6 * capacity_l, 1.0, None);
    for slot in 0..days * 288 {
        let (day, of_day) = (slot / 288, slot % 288);
        if of_day == 0 {
            busy = 1.0 + 0.08 * normal(&mut rng);
        }
        let shape = 1.0 + 0.3 * (of_day as f64 / 288.0 * std::f64::consts::TAU - 2.5).sin();
        let expected = tank.burnt_l_per_day / 288.0 * shape * busy;
        level_l -= expected * (1.0 + tank.curve.0 + 0.003 * normal(&mut rng));
        if theft.is_some_and(|from| day >= from) && (12..36).contains(&of_day) {
            level_l -= 5.0;
        }
        if day % 7 == 3 && (130..138).contains(&of_day) {
            level_l += tank.burnt_l_per_day * 7.0 / 8.0;
        }
        let drift = 5e-5 * capacity_l * slot as f64 / 288.0;
        let mut shown = level_l + drift + tank.noise_frac * capacity_l * normal(&mut rng);
        if day == 5 && (168..240).contains(&of_day) {
            shown = *hung.get_or_insert(shown);
        }
        let silent = rng.f64() < 0.01 || day == 8 && of_day < 72;
        book.level_l.push((!silent).then_some(shown));
        book.expected_l.push(expected * (1.0 + 0.002 * normal(&mut rng)));
        book.guessed_l.push(0.0);
        book.anchor_day.push((108..204).contains(&of_day).then_some(day));
    }
    reconcile(&book)
}

fn camps(noise_frac: f64, curve: (f64, f64)) -> [Tank; 3] {
    [(600.0, 15e3), (2860.0, 80e3), (10_500.0, 400e3)].map(|(burnt_l_per_day, capacity_l)| Tank {
        burnt_l_per_day,
        capacity_l,
        noise_frac,
        curve,
    })
}

/// A data sheet that is 4 % off either way; small, medium and large camp.
#[test]
fn a_theft_after_two_weeks_is_found_in_three_nights_and_clean_months_raise_nothing() {
    for tank in camps(2e-4, (0.04, 0.05)).iter().chain(&camps(2e-4, (-0.04, 0.05))) {
        for seed in 0..20 {
            let clean = found(tank, seed, 28, None);
            assert!(clean.days.iter().all(|d| !d.is_suspect), "{seed} {:?}", clean.days);
            let stolen = found(tank, seed, 17, Some(14));
            assert!(stolen.suspicion.is_some(), "{} {seed}: {:?}", tank.capacity_l, stolen.days);
            assert!(stolen.days.iter().all(|d| !d.is_suspect || d.day >= 14));
        }
    }
}

/// With the fuel meters of the sets the first nights count already; the large camp needs a week.
#[test]
fn with_a_learnt_curve_a_theft_is_found_from_the_second_night_on() {
    let [small, medium, _] = camps(2e-4, (0.007, 0.01));
    for tank in [small, medium] {
        for seed in 0..20 {
            assert!(found(&tank, seed, 4, Some(1)).suspicion.is_some(), "{seed}");
        }
    }
}

#[test]
fn deliveries_and_a_hanging_sensor_are_told_and_no_loss() {
    let [_, medium, _] = camps(2e-4, (0.0, 0.05));
    let book = found(&medium, 7, 28, None);
    assert_eq!(book.deliveries.len(), 4, "{:?}", book.deliveries);
    assert!(book.deliveries.iter().all(|d| (d.delivered_l - 20_020.0).abs() < 100.0));
    assert!((60..=72).contains(&book.stuck_slots), "{}", book.stuck_slots);
}
