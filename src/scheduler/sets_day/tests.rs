use super::*;

fn at(minutes: i32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + MINUTE * minutes
}

/// Values by the minute from `first` on; NaN: silence.
fn minutes(first: i32, values: &[f64]) -> Vec<Bucket> {
    let bucket = |(start, value): (i32, &f64)| {
        let (mean, min, max) = (*value, *value, *value);
        (!value.is_nan()).then_some(Bucket { start: at(start), count: 1, mean, min, max })
    };
    (first..).zip(values).filter_map(bucket).collect()
}

fn of(first: i32, values: &[f64], now: i32) -> (u32, f64) {
    let found = starts(&minutes(first, values), RUNS, at(0), at(now));
    (found.count, found.silent_h)
}

#[test]
fn starts_are_changes_since_midnight() {
    // One before midnight, and two after it.
    let values = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
    assert_eq!(of(-2, &values, 6), (2, 0.0));
    // It ran into the day.
    assert_eq!(of(-1, &[1.0, 1.0, 1.0], 3), (0, 0.0));
}

#[test]
fn silence_is_no_start_and_is_told() {
    let silent = [f64::NAN; 60];
    let gap = [&[0.0], &silent[..], &[1.0]].concat();
    // It stood before and runs after: one start at least.
    assert_eq!(of(0, &gap, 62), (1, 61.0 / 60.0));
    // Nothing before: it may have run for long.
    assert_eq!(of(60, &[1.0, 1.0], 62), (0, 1.0));
    assert_eq!(of(0, &[], 120), (0, 2.0));
}

#[test]
fn an_hour_has_the_mean_load_of_its_running() {
    let half = [&[0.0; 30][..], &[60.0; 15], &[80.0; 15]].concat();
    let rest = [0.0; 60];
    let found = load(&minutes(0, &[half, rest.into()].concat()), 3.0, at(120));
    assert_eq!((found.hours_kw, found.silent_hours), (vec![70.0, 0.0], 22));
}

#[test]
fn an_hour_of_silence_counts_as_standstill() {
    let values = [&[50.0; 60][..], &[f64::NAN; 60], &[40.0; 60]].concat();
    let found = load(&minutes(0, &values), 3.0, at(180));
    assert_eq!((found.hours_kw, found.silent_hours), (vec![50.0, 0.0, 40.0], 22));
}
