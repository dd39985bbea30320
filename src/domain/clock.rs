//! One clock rules everything: live, faster than life, or moved by hand.
//!
//! No other file may ask the machine for the time of day; clippy sees to it.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The clock of a service. Cheap to clone; clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    kind: Arc<Kind>,
}

#[derive(Debug)]
enum Kind {
    /// The machine's clock.
    System,
    /// `from` at `since`, then `speed` times as fast as life.
    Running { from: DateTime<Utc>, since: Instant, speed: f64 },
    /// Moved by hand.
    Manual(watch::Sender<DateTime<Utc>>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { kind: Arc::new(Kind::System) }
    }

    /// A clock that starts at `from` and runs `speed` times as fast as life.
    pub fn running(from: DateTime<Utc>, speed: f64) -> Self {
        Self { kind: Arc::new(Kind::Running { from, since: Instant::now(), speed }) }
    }

    /// A clock that only moves when told.
    pub fn manual(at: DateTime<Utc>) -> Self {
        Self { kind: Arc::new(Kind::Manual(watch::Sender::new(at))) }
    }

    /// What time it is, to the millisecond.
    #[expect(clippy::disallowed_methods, reason = "the one lawful place")]
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.kind {
            Kind::System => Utc::now().trunc_subsecs(3),
            Kind::Running { from, since, speed } => {
                let passed_ms = since.elapsed().as_secs_f64() * speed * 1000.0;
                #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds are meant")]
                let passed = TimeDelta::milliseconds(passed_ms as i64);
                (*from + passed).trunc_subsecs(3)
            }
            Kind::Manual(time) => *time.borrow(),
        }
    }

    /// How many times as fast as life this clock runs; 0 when moved by hand.
    pub fn speed(&self) -> f64 {
        match &*self.kind {
            Kind::System => 1.0,
            Kind::Running { speed, .. } => *speed,
            Kind::Manual(_) => 0.0,
        }
    }

    /// Waits until the clock shows `time` or later.
    pub async fn until(&self, time: DateTime<Utc>) {
        if let Kind::Manual(clock) = &*self.kind {
            let mut shown = clock.subscribe();
            // The sender lives as long as this clock, so waiting cannot fail.
            let _sender_gone = shown.wait_for(|now| *now >= time).await.is_err();
            return;
        }
        loop {
            let left = time - self.now();
            if left <= TimeDelta::zero() {
                return;
            }
            let left_s = left.as_seconds_f64() / self.speed();
            // A long wait is cut up, so that a machine's clock that is set does not hold us.
            tokio::time::sleep(Duration::from_secs_f64(left_s.clamp(0.001, 60.0))).await;
        }
    }

    /// Moves a manual clock forward; no other clock can be moved.
    pub fn advance(&self, by: TimeDelta) {
        if let Kind::Manual(time) = &*self.kind {
            time.send_modify(|now| *now += by);
        }
    }

    /// The next time after now that is a whole multiple of `minutes` in UTC.
    pub fn next_multiple(&self, minutes: i64) -> DateTime<Utc> {
        let now = self.now();
        let period_s = minutes.max(1) * 60;
        let into = now.timestamp().rem_euclid(period_s);
        let start = now.timestamp() - into + period_s;
        DateTime::from_timestamp(start, 0).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_those_who_wait() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.until(DateTime::UNIX_EPOCH + TimeDelta::hours(1)).await }
        });
        clock.advance(TimeDelta::minutes(30));
        assert!(!waiting.is_finished());
        clock.advance(TimeDelta::minutes(30));
        waiting.await.unwrap();
    }

    #[test]
    fn the_next_quarter_hour_is_after_now() {
        let clock = Clock::manual(DateTime::from_timestamp(1800, 0).unwrap());
        assert_eq!(clock.next_multiple(15).timestamp(), 2700);
    }
}
