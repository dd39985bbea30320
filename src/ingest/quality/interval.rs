//! The time between two values of a point, as it usually is.

/// The interval that most neighbours have: the majority vote of Boyer and Moore, with 10 % of play.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Interval {
    ms: i64,
    votes: u8,
}

impl Interval {
    /// Takes in a distance, ms.
    pub(super) fn learn(&mut self, distance_ms: i64) {
        if (distance_ms - self.ms).abs() <= self.ms / 10 {
            self.votes = (self.votes + 1).min(50);
        } else if self.votes > 1 {
            self.votes -= 1;
        } else {
            *self = Self { ms: distance_ms, votes: 1 };
        }
    }

    /// The usual distance, ms; nothing before two values were heard.
    pub(super) fn usual_ms(self) -> Option<i64> {
        (self.ms > 0).then_some(self.ms)
    }
}
