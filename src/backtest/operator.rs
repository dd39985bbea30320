//! The service's own parts, wired to the simulated camp and moved by hand, minute by minute: meters to
//! `ingest`, `scheduler` on its tick and on events, `control` to the camp's controllers.

use super::post::{Letter, Post};
use super::{Cause, Course, MemoryReadings, MemoryRecords, Planning};
use crate::control::Control;
use crate::domain::clock::Clock;
use crate::domain::mode::{AssetLimits, Envelope, Mode};
use crate::domain::plan_record::Verdict;
use crate::domain::reading::Reading;
use crate::ingest::{Found, Judge, count, ingest_one};
use crate::live::Live;
use crate::planning::series::SeriesFile;
use crate::scheduler::{Scheduler, SchedulerSettings, Watcher};
use crate::site_file::SiteFile;
use crate::twin::Twin;
use camp_solver::Objective;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

const MINUTE: TimeDelta = TimeDelta::minutes(1);
/// Meters speak every so many minutes, in the last one of them: at a tick the newest reading is a minute
/// old, and no mean of an hour to come is shown.
const METERS_MIN: i64 = 5;

/// How planning went.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PlanCounts {
    /// Plans that came into force.
    pub published: u32,
    /// Rounds that kept the running plan.
    pub kept: u32,
    /// Rule-based plans in place of the optimiser's.
    pub fallback: u32,
    /// Rounds without any plan.
    pub failed: u32,
    /// Rounds that an event asked for; they are among the above.
    pub by_event: u32,
    /// Mean time of a round by the clock, s.
    pub mean_s: f64,
    /// The longest, s.
    pub worst_s: f64,
    /// Why the first round without an optimised plan had none.
    pub first_failure: Option<String>,
}

/// The service at work on a simulated camp.
#[derive(Debug)]
pub struct Operator {
    live: Arc<Live>,
    twin: Twin,
    scheduler: Scheduler,
    control: Control<Post>,
    post: Post,
    judge: Judge,
    watcher: Watcher,
    runtime: tokio::runtime::Runtime,
    every_min: i64,
    counts: PlanCounts,
}

impl Operator {
    /// A service that has read the past of a course and stands at its start. `twin` is the camp, at that
    /// time. It may act on every asset until the course ends, but on those of a cause that it is kept from.
    pub fn new(
        course: &Course,
        planning: &Planning,
        twin: Twin,
        without: Option<Cause>,
    ) -> Result<Self, String> {
        let file = course.file.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| format!("no threads: {e}"))?;
        let mode = Mode::Act(envelope(&file, course.end(), without));
        let clock = Clock::manual(course.start);
        let readings = Arc::new(MemoryReadings::default());
        let records = Arc::new(MemoryRecords::default());
        let live = Arc::new(Live::new(file, clock, readings, records, mode));
        let settings = SchedulerSettings {
            every_min: planning.every_min,
            horizon_h: planning.horizon_h,
            step_min: planning.step_min,
            objective: if planning.fuel_only { Objective::FuelL } else { Objective::Cost },
            gap_frac: planning.gap_frac,
            time_limit_s: planning.time_limit_s,
            patience_s: 60.0_f64.max(3.0 * planning.time_limit_s),
            traces: planning.traces,
            traces_part_after_min: planning.every_min,
            // Nobody reads explanations here.
            explain_limit_s: 0.0,
            ..SchedulerSettings::default()
        };
        let (scheduler, _jobs) = Scheduler::new(Arc::clone(&live), settings);
        let post = Post::default();
        let control = Control::new(Arc::clone(&live), post.clone(), 0);
        let judge = Judge::of(&live.file.site, &live.file.points);
        let mut operator = Self {
            live,
            twin,
            scheduler,
            control,
            post,
            judge,
            watcher: Watcher::default(),
            runtime,
            every_min: i64::from(planning.every_min.max(1)),
            counts: PlanCounts::default(),
        };
        operator.remember(course)?;
        Ok(operator)
    }

    /// What meters have measured before the start, and their last word just before it.
    fn remember(&mut self, course: &Course) -> Result<(), String> {
        let mut loggers = course.truth();
        if course.series.is_none() {
            let days = 1..=course.history_days;
            for ago in days.rev() {
                let payload = Twin::logged_day(&course.file, &mut loggers, course.start, ago);
                self.hear(&payload);
            }
        }
        for series in [&course.history, &course.series].into_iter().flatten() {
            let past = readings_before(&course.file, series, course.start);
            self.live.readings.append(&past, &[]).map_err(|e| e.to_string())?;
        }
        let payload = self.twin.telemetry_at(course.start - MINUTE);
        self.hear(&payload);
        Ok(())
    }

    fn hear(&mut self, payload: &[u8]) {
        let mut found = Found::default();
        let now = self.live.clock.now();
        let points = &self.live.file.points;
        ingest_one("twin", payload, now, points, &mut self.judge, &mut found);
        let late = std::mem::take(&mut found.late);
        found.readings.extend(late);
        if self.live.readings.append(&found.to_keep(), &found.rejects).is_ok() {
            count(&self.live, &found);
        }
    }

    /// Lives one minute.
    pub fn live_minute(&mut self) {
        let now = self.live.clock.now();
        let minute = now.timestamp().div_euclid(60);
        if minute.rem_euclid(self.every_min) == 0 || self.counts.rounds() == 0 {
            self.plan("tick");
        } else if minute.rem_euclid(METERS_MIN) == 0
            && let Some(event) = self.watcher.event(&self.live, false)
        {
            self.counts.by_event += 1;
            self.plan(&event);
        }
        self.control.beat();
        for letter in self.post.collect() {
            match letter {
                Letter::Heartbeat(heartbeat) => self.twin.hear(&heartbeat),
                Letter::Instruction(instruction) => {
                    if let Some(answer) = self.twin.instruct(&instruction) {
                        self.control.answered(&answer);
                    }
                }
            }
        }
        self.live.clock.advance(MINUTE);
        self.twin.advance(now + MINUTE);
        for answer in self.twin.reports() {
            self.control.answered(&answer);
        }
        if (minute + 1).rem_euclid(METERS_MIN) == METERS_MIN - 1 {
            let payload = self.twin.telemetry();
            self.hear(&payload);
        }
    }

    fn plan(&mut self, trigger: &str) {
        let began = Instant::now();
        let made = self.runtime.block_on(self.scheduler.cycle(trigger, None));
        let took_s = began.elapsed().as_secs_f64();
        let before = f64::from(self.counts.rounds());
        let counts = &mut self.counts;
        counts.mean_s = (counts.mean_s * before + took_s) / (before + 1.0);
        counts.worst_s = counts.worst_s.max(took_s);
        let current = self.live.plan();
        match (made, current) {
            (Ok(id), Some(plan)) if plan.id == id && plan.verdict == Verdict::Fallback => {
                counts.fallback += 1;
                counts.first_failure.get_or_insert(plan.reason.clone());
            }
            (Ok(id), Some(plan)) if plan.id == id => counts.published += 1,
            (Ok(_), _) => counts.kept += 1,
            (Err(reason), _) => {
                counts.failed += 1;
                counts.first_failure.get_or_insert(reason);
            }
        }
    }

    /// The camp.
    pub fn twin(&self) -> &Twin {
        &self.twin
    }

    /// What the service shares; for looking at it.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// How planning went so far.
    pub fn counts(&self) -> &PlanCounts {
        &self.counts
    }
}

impl PlanCounts {
    /// Rounds of planning.
    pub fn rounds(&self) -> u32 {
        self.published + self.kept + self.fallback + self.failed
    }
}

/// Readings of a series that were made before a time.
fn readings_before(file: &SiteFile, series: &SeriesFile, before: DateTime<Utc>) -> Vec<Reading> {
    let mut readings = Vec::new();
    for (point, _) in file.points.iter() {
        let Some(values) = series.values(point) else { continue };
        for (i, value) in values.iter().enumerate() {
            let Some(value) = *value else { continue };
            let after_s = series.interval_s.saturating_mul(i64::try_from(i).unwrap_or(i64::MAX));
            let time_ms = (series.start.timestamp().saturating_add(after_s)).saturating_mul(1000);
            // A mean is known when its interval is over.
            if time_ms + 1000 * series.interval_s <= before.timestamp_millis() {
                readings.push(Reading { point, time_ms, value, reason: None });
            }
        }
    }
    readings
}

/// Everything in the camp may be instructed, but what belongs to a cause.
fn envelope(file: &SiteFile, until: DateTime<Utc>, without: Option<Cause>) -> Envelope {
    let limits = AssetLimits { may_start: true, may_stop: true, ..AssetLimits::default() };
    let site = &file.site;
    let kinds = [
        ("genset", site.genset.keys().collect::<Vec<_>>()),
        ("solar", site.solar.keys().collect()),
        ("battery", site.battery.keys().collect()),
        ("well", site.well.keys().collect()),
        ("treatment", site.treatment.keys().collect()),
        ("wastewater", site.wastewater.keys().collect()),
        ("thermal_store", site.thermal_store.keys().collect()),
        ("batch", site.batch.keys().collect()),
        ("load", site.load.keys().collect()),
    ];
    let of_kind = |(kind, ids): (&str, Vec<&String>)| -> Vec<(String, AssetLimits)> {
        ids.into_iter().map(|id| (format!("{kind}.{id}"), limits.clone())).collect()
    };
    let kept_from = without.map_or(&[][..], Cause::kinds);
    let kinds = kinds.into_iter().filter(|(kind, _)| !kept_from.contains(kind));
    let assets: BTreeMap<_, _> = kinds.flat_map(of_kind).collect();
    Envelope {
        signed_by: "backtest".to_owned(),
        why: "the plant is simulated".to_owned(),
        expires_at: until + TimeDelta::days(1),
        assets,
    }
}
