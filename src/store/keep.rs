//! What is kept for how long: values by chunk, roll-ups by day, months for ever.

use super::rollup::{self, DAY_MS, Rolled};
use super::schema::error;
use super::spool;
use crate::domain::ports::StoreError;
use crate::domain::reading::time_of_ms;
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// How long things are kept. The defaults are those of the UN's principles on data as the design notes
/// read them: values for 30 days, finer means for 13 months, months for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days for which values are kept as they came.
    pub values_days: u32,
    /// Months for which stretches of 5 minutes, and plans, are kept.
    pub rollups_months: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { values_days: 30, rollups_months: 13 }
    }
}

/// What was let go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LetGo {
    /// Chunks of values.
    pub chunks: usize,
    /// Days of roll-ups.
    pub rollup_days: usize,
    /// Plans.
    pub plans: usize,
    /// Blocks of values that a second store would not keep any more.
    pub waiting: usize,
}

/// Lets go what is over its time. A chunk goes when its last value is over.
pub(super) fn keep(
    db: &mut Connection,
    retention: Retention,
    now: DateTime<Utc>,
) -> Result<LetGo, StoreError> {
    let now = no_later_than_values(db, now)?;
    let values_from = now.timestamp_millis() - i64::from(retention.values_days) * DAY_MS;
    let rollups_from = now.checked_sub_months(Months::new(retention.rollups_months));
    let rollups_from = rollups_from.unwrap_or(DateTime::<Utc>::MIN_UTC);
    let transaction = db.transaction().map_err(error)?;
    months(&transaction, now)?;
    let chunks = transaction
        .execute("DELETE FROM chunk WHERE last_ms < ?1", [values_from])
        .map_err(error)?;
    let waiting = spool::let_go(&transaction, now)?;
    let day = rollups_from.timestamp_millis().div_euclid(DAY_MS);
    let rollup_days =
        transaction.execute("DELETE FROM rollup WHERE day < ?1", [day]).map_err(error)?;
    let before = rollups_from.to_rfc3339();
    let old =
        "DELETE FROM plan WHERE julianday(json_extract(summary, '$.issued_at')) < julianday(?1)";
    let plans = transaction.execute(old, [&before]).map_err(error)?;
    transaction
        .execute("DELETE FROM explanation WHERE plan NOT IN (SELECT id FROM plan)", [])
        .map_err(error)?;
    transaction
        .execute(
            "INSERT INTO meta (key, value) VALUES ('values_from_ms', ?1)
             ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)",
            [values_from],
        )
        .map_err(error)?;
    transaction.commit().map_err(error)?;
    Ok(LetGo { chunks, rollup_days, plans, waiting })
}

/// The time, but no later than a day after the newest sealed value: a clock that is set far ahead for a
/// while must not cost what is stored.
fn no_later_than_values(db: &Connection, now: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
    let newest_ms: Option<i64> =
        db.query_row("SELECT max(last_ms) FROM chunk", [], |row| row.get(0)).map_err(error)?;
    Ok(newest_ms.map_or(now, |ms| now.min(time_of_ms(ms.saturating_add(DAY_MS)))))
}

/// Makes the months that are over and still have all their days. A month that has been made is made
/// anew for as long as they are there: values may have come late.
fn months(db: &Connection, now: DateTime<Utc>) -> Result<(), StoreError> {
    let first_day: Option<i64> =
        db.query_row("SELECT min(day) FROM rollup", [], |row| row.get(0)).map_err(error)?;
    let Some(first_day) = first_day else { return Ok(()) };
    let this_month = first_of(now);
    // The first month may have lost days already: it was made when it was whole.
    let mut month = first_of(time_of_ms(first_day * DAY_MS));
    let known: Option<i64> =
        db.query_row("SELECT max(month) FROM month", [], |row| row.get(0)).map_err(error)?;
    // Later than two months nothing comes any more but what an import brings, and that makes all anew.
    if let Some(known) = known {
        let again = known - 1;
        while number(month) < again {
            month = next(month);
        }
    }
    while month < this_month {
        make(db, month)?;
        month = next(month);
    }
    Ok(())
}

fn make(db: &Connection, month: NaiveDate) -> Result<(), StoreError> {
    let ms =
        |date: NaiveDate| date.and_hms_opt(0, 0, 0).map_or(0, |t| t.and_utc().timestamp_millis());
    let (from, to) = (ms(month), ms(next(month)));
    let mut select = db.prepare_cached("SELECT number FROM point").map_err(error)?;
    let points: Result<Vec<i64>, _> =
        select.query_map([], |row| row.get(0)).map_err(error)?.collect();
    let mut insert = db
        .prepare_cached(
            "INSERT OR REPLACE INTO month (point, month, count, mean, min, max)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .map_err(error)?;
    for point in points.map_err(error)? {
        let mut stretches = rollup::read(db, point, from, to)?.into_values();
        let Some(first) = stretches.next() else { continue };
        let all = stretches.fold(first, |mut all, one| {
            all.add(one);
            all
        });
        let Rolled { count, mean, min, max } = all;
        insert.execute(params![point, number(month), count, mean, min, max]).map_err(error)?;
    }
    Ok(())
}

/// The months of a point, by their first day.
pub(super) fn months_of(
    db: &Connection,
    point: i64,
) -> Result<BTreeMap<NaiveDate, Rolled>, StoreError> {
    let mut select = db
        .prepare_cached("SELECT month, count, mean, min, max FROM month WHERE point = ?1")
        .map_err(error)?;
    let rows = select
        .query_map([point], |row| {
            let rolled = Rolled {
                count: row.get(1)?,
                mean: row.get(2)?,
                min: row.get(3)?,
                max: row.get(4)?,
            };
            Ok((row.get::<_, i64>(0)?, rolled))
        })
        .map_err(error)?;
    let mut all = BTreeMap::new();
    for row in rows {
        let (number, rolled) = row.map_err(error)?;
        if let Some(date) = date_of(number) {
            all.insert(date, rolled);
        }
    }
    Ok(all)
}

fn first_of(time: DateTime<Utc>) -> NaiveDate {
    let date = time.date_naive();
    date.with_day(1).unwrap_or(date)
}

fn next(month: NaiveDate) -> NaiveDate {
    month.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX)
}

/// Months since the year 0, of a time.
pub(super) fn number_of(time: DateTime<Utc>) -> i64 {
    number(first_of(time))
}

/// Months since the year 0.
fn number(month: NaiveDate) -> i64 {
    i64::from(month.year()) * 12 + i64::from(month.month0())
}

fn date_of(number: i64) -> Option<NaiveDate> {
    let year = i32::try_from(number.div_euclid(12)).ok()?;
    let month = u32::try_from(number.rem_euclid(12)).ok()? + 1;
    NaiveDate::from_ymd_opt(year, month, 1)
}
