//! Stores that forget with the run: a backtest writes nothing to disk.

use crate::domain::instruction::InstructionRecord;
use crate::domain::note::Note;
use crate::domain::plan_record::{PlanRecord, PlanSummary};
use crate::domain::point::PointId;
use crate::domain::ports::{Action, ReadingStore, RecordStore, StoreError};
use crate::domain::quality::Quality;
use crate::domain::reading::{Bucket, Reading, Reject, Sample, time_of_ms};
use camp_solver::Explanation;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

/// Readings in memory, by point and time.
#[derive(Debug, Default)]
pub struct MemoryReadings {
    points: RwLock<Vec<Vec<Reading>>>,
}

impl MemoryReadings {
    fn points(&self) -> RwLockReadGuard<'_, Vec<Vec<Reading>>> {
        self.points.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls for the readings of a point in `from..to`.
    fn each<T>(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        work: impl FnOnce(&[Reading]) -> T,
    ) -> T {
        let points = self.points();
        let all = points.get(point.0 as usize).map_or(&[][..], Vec::as_slice);
        let at = |time: DateTime<Utc>| {
            all.partition_point(|reading| reading.time_ms < time.timestamp_millis())
        };
        work(all.get(at(from)..at(to)).unwrap_or(&[]))
    }
}

fn is_good(reading: &Reading) -> bool {
    reading.quality() == Quality::Good
}

impl ReadingStore for MemoryReadings {
    fn append(&self, readings: &[Reading], _rejects: &[Reject]) -> Result<(), StoreError> {
        let mut points = self.points.write().unwrap_or_else(PoisonError::into_inner);
        for reading in readings {
            let index = reading.point.0 as usize;
            if points.len() <= index {
                points.resize(index + 1, Vec::new());
            }
            let Some(list) = points.get_mut(index) else { continue };
            let at = list.partition_point(|kept| kept.time_ms < reading.time_ms);
            match list.get_mut(at).filter(|kept| kept.time_ms == reading.time_ms) {
                Some(kept) => *kept = *reading,
                None => list.insert(at, *reading),
            }
        }
        Ok(())
    }

    fn range(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Sample>, StoreError> {
        let sample = |r: &Reading| Sample::new(time_of_ms(r.time_ms), r.value, r.reason);
        Ok(self.each(point, from, to, |list| list.iter().take(limit).map(sample).collect()))
    }

    fn aggregate(
        &self,
        point: PointId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        step: TimeDelta,
    ) -> Result<Vec<Bucket>, StoreError> {
        let step_ms = step.num_milliseconds().max(1);
        let mut buckets: Vec<Bucket> = Vec::new();
        let mut open: Option<i64> = None;
        self.each(point, from, to, |list| {
            for reading in list.iter().filter(|r| is_good(r)) {
                let slot = reading.time_ms.div_euclid(step_ms);
                let value = reading.value;
                match buckets.last_mut().filter(|_| open == Some(slot)) {
                    Some(bucket) => {
                        bucket.count += 1;
                        bucket.mean += (value - bucket.mean) / bucket.count as f64;
                        (bucket.min, bucket.max) = (bucket.min.min(value), bucket.max.max(value));
                    }
                    None => {
                        open = Some(slot);
                        let start = time_of_ms(slot * step_ms);
                        let (mean, min, max) = (value, value, value);
                        buckets.push(Bucket { start, count: 1, mean, min, max });
                    }
                }
            }
        });
        Ok(buckets)
    }

    fn newest(&self, point: PointId) -> Result<Option<Sample>, StoreError> {
        let points = self.points();
        let newest = points.get(point.0 as usize).and_then(|l| l.iter().rfind(|r| is_good(r)));
        Ok(newest.map(|r| Sample::new(time_of_ms(r.time_ms), r.value, r.reason)))
    }

    fn rejects(&self, _limit: usize) -> Result<Vec<Reject>, StoreError> {
        Ok(Vec::new())
    }
}

/// Instructions that are kept: as many as a forecast asks for.
const MOST_INSTRUCTIONS: usize = 2000;

/// Plans get their numbers, and the newest instructions are kept, for forecasts ask what was held back.
#[derive(Debug, Default)]
pub struct MemoryRecords {
    plans: AtomicI64,
    instructions: Mutex<BTreeMap<i64, InstructionRecord>>,
}

impl MemoryRecords {
    fn kept(&self) -> MutexGuard<'_, BTreeMap<i64, InstructionRecord>> {
        self.instructions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RecordStore for MemoryRecords {
    fn add_plan(&self, _record: &PlanRecord) -> Result<i64, StoreError> {
        Ok(self.plans.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn put_explanation(&self, _plan: i64, _told: &Explanation) -> Result<(), StoreError> {
        Ok(())
    }

    fn explanation(&self, _plan: i64) -> Result<Option<Explanation>, StoreError> {
        Ok(None)
    }

    fn plan(&self, _id: i64) -> Result<Option<PlanRecord>, StoreError> {
        Ok(None)
    }

    fn plans(&self, _before: Option<i64>, _limit: usize) -> Result<Vec<PlanSummary>, StoreError> {
        Ok(Vec::new())
    }

    fn put_instruction(&self, record: &InstructionRecord) -> Result<(), StoreError> {
        let mut kept = self.kept();
        kept.insert(record.instruction.sequence, record.clone());
        if kept.len() > MOST_INSTRUCTIONS {
            kept.pop_first();
        }
        Ok(())
    }

    fn instructions(&self, limit: usize) -> Result<Vec<InstructionRecord>, StoreError> {
        Ok(self.kept().values().rev().take(limit).cloned().collect())
    }

    fn last_sequence(&self) -> Result<i64, StoreError> {
        Ok(self.kept().keys().next_back().copied().unwrap_or(0))
    }

    fn add_action(&self, _action: &Action) -> Result<(), StoreError> {
        Ok(())
    }

    fn actions(&self, _limit: usize) -> Result<Vec<Action>, StoreError> {
        Ok(Vec::new())
    }

    fn note(&self, _notes: &[Note]) -> Result<(), StoreError> {
        Ok(())
    }
}
