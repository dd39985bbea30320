//! What sets have done before the plan: hours at low load since the last burn-off, starts and load of
//! the day, from stored readings, and a service that has begun by the plan in force.

use super::assemble::RUNNING_LOAD_FRAC;
use super::sets_day::sets_day;
use super::water_past::lengths;
use crate::domain::ports::{ReadingStore, StoreError};
use crate::domain::reading::Bucket;
use crate::site_file::SiteFile;
use camp_solver::Plan;
use camp_solver::site::{BurnOff, ById};
use chrono::{DateTime, TimeDelta, Utc};

/// What lies further back is not looked at: a burn-off owed for so long is late in any case.
const DAYS: i64 = 7;

/// A set's past.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetPast {
    /// Starts since local midnight, where a limit asks for them.
    pub starts_today: u32,
    /// Mean load of the last hours while it ran in them, kW, oldest first, where a limit asks for it.
    pub last_24h_kw: Vec<f64>,
    /// What of it was assumed, in words.
    pub assumed: Vec<String>,
    /// Hours run at low load since the last burn-off, h.
    pub low_load_h: f64,
    /// For how long it has been at the load of a burn-off, h.
    pub high_load_h: f64,
    /// For how long a burn-off has been owed, h.
    pub burn_off_owed_h: f64,
    /// Start of a service that lasts still, by the plan in force.
    pub service_at: Option<DateTime<Utc>>,
}

/// Reads the past of every set; a blocking call. `plan` is the one in force.
pub fn sets_past(
    file: &SiteFile,
    readings: &dyn ReadingStore,
    plan: Option<&Plan>,
    now: DateTime<Utc>,
) -> Result<ById<SetPast>, StoreError> {
    let mut past = ById::new();
    for (id, set) in &file.site.genset {
        let mut of_set = SetPast::default();
        if let (Some(rule), Some(point)) = (&set.burn_off, file.points.id("genset", id, "power_kw"))
        {
            let from = now - TimeDelta::days(DAYS);
            let quarters = readings.aggregate(point, from, now, TimeDelta::minutes(15))?;
            of_set = low_load(&quarters, set.rated_kw, rule, now);
            if quarters.is_empty() {
                let told = format!("no load for {DAYS} days: no hours at low load assumed");
                of_set.assumed.push(told);
            }
        }
        if set.service_due_h.is_some() && !is_known(file, readings, id, "run_hours_h")? {
            of_set.assumed.push("run hours not counted: those of the site file".to_owned());
        }
        sets_day(file, readings, id, set, now)?.note(&mut of_set);
        let service = plan.and_then(|p| p.genset.get(id)?.upkeep.service.as_ref());
        let time = service.and_then(|s| s.from.zip(s.to));
        of_set.service_at =
            time.filter(|(from, to)| *from <= now && now < *to).map(|(from, _)| from);
        past.insert(id.clone(), of_set);
    }
    Ok(past)
}

/// Whether a set's point has ever spoken.
fn is_known(
    file: &SiteFile,
    readings: &dyn ReadingStore,
    id: &str,
    quantity: &str,
) -> Result<bool, StoreError> {
    let point = file.points.id("genset", id, quantity);
    point.map_or(Ok(false), |point| readings.newest(point).map(|newest| newest.is_some()))
}

/// Counts hours at low load by the mean loads of quarters of an hour. Silence is no running.
fn low_load(loads: &[Bucket], rated_kw: f64, rule: &BurnOff, now: DateTime<Utc>) -> SetPast {
    const NEAR_H: f64 = 1e-9;
    let mut past = SetPast::default();
    let mut owed_since = None;
    for (length_h, follows, load) in lengths(loads, now) {
        let share = load.mean / rated_kw;
        let before_h = if follows { past.high_load_h } else { 0.0 };
        past.high_load_h = if share >= rule.at_frac { before_h + length_h } else { 0.0 };
        if share > RUNNING_LOAD_FRAC && share < rule.below_frac {
            past.low_load_h += length_h;
        }
        if past.high_load_h + NEAR_H >= rule.for_h {
            (past.low_load_h, owed_since) = (0.0, None);
        } else if past.low_load_h + NEAR_H >= rule.after_h {
            let end = load.start + TimeDelta::minutes(15);
            owed_since = owed_since.or(Some(end.min(now)));
        }
    }
    past.burn_off_owed_h =
        owed_since.map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0) / 3600.0);
    past
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quarters of an hour at these loads, kW; NaN: silence.
    fn past(loads: &[f64]) -> SetPast {
        let at = |i: usize| {
            let quarter = i32::try_from(i).expect("some days of quarters");
            DateTime::UNIX_EPOCH + TimeDelta::minutes(15) * quarter
        };
        let bucket = |(i, kw): (usize, &f64)| {
            let (mean, min, max) = (*kw, *kw, *kw);
            (!kw.is_nan()).then_some(Bucket { start: at(i), count: 1, mean, min, max })
        };
        let quarters: Vec<_> = loads.iter().enumerate().filter_map(bucket).collect();
        low_load(&quarters, 100.0, &BurnOff::default(), at(loads.len()))
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn hours_at_low_load_add_up_until_a_burn_off() {
        let low = [30.0; 20];
        assert!(near(past(&low).low_load_h, 5.0));
        let burnt = [&low[..], &[80.0; 4], &[30.0; 4]].concat();
        assert!(near(past(&burnt).low_load_h, 1.0));
        // Three quarters are no burn-off, and standing is no low load.
        let short = [&low[..], &[80.0; 3], &[0.0; 4], &[60.0; 4]].concat();
        assert!(near(past(&short).low_load_h, 5.0));
    }

    #[test]
    fn a_burn_off_is_owed_from_the_eighth_hour_on() {
        let long = [&[30.0; 32][..], &[50.0; 12], &[80.0; 2]].concat();
        let past = past(&long);
        assert!(near(past.low_load_h, 8.0) && near(past.burn_off_owed_h, 3.5));
        assert!(near(past.high_load_h, 0.5));
    }

    #[test]
    fn silence_breaks_a_burn_off() {
        let broken = [&[30.0; 8][..], &[80.0; 2], &[f64::NAN], &[80.0; 2]].concat();
        assert!(near(past(&broken).low_load_h, 2.0));
    }
}
