//! How long to wait before the next try.

use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause of our own.
const LONGEST: Duration = Duration::from_mins(1);
/// The longest pause that a server is granted.
const GRANTED: Duration = Duration::from_mins(10);

/// Pauses that grow: twice as long each time, with a spread of a quarter either way, so that many
/// services do not come back at once.
#[derive(Debug, Default)]
pub(super) struct Pause {
    tries: u32,
}

impl Pause {
    /// After a success the next pause is short again.
    pub(super) fn over(&mut self) {
        self.tries = 0;
    }

    /// The next pause; at least what the server asked for.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let own = FIRST.saturating_mul(1 << self.tries.min(10)).min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        let own = own.mul_f64(0.75 + 0.5 * fastrand::f64());
        own.max(asked.unwrap_or_default().min(GRANTED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_heed_the_server() {
        let mut pause = Pause::default();
        let list: Vec<Duration> = (0..20).map(|_| pause.next(None)).collect();
        assert!(list[0] <= FIRST.mul_f64(1.25) && list[0] >= FIRST.mul_f64(0.75));
        assert!(list[4] > list[1]);
        assert!(list.iter().all(|p| *p <= LONGEST.mul_f64(1.25)));
        assert!(list[19] >= LONGEST.mul_f64(0.75));
        pause.over();
        assert!(pause.next(None) < Duration::from_secs(1));
        assert_eq!(pause.next(Some(Duration::from_mins(2))), Duration::from_mins(2));
        assert_eq!(pause.next(Some(Duration::from_secs(1_000_000))), GRANTED);
    }
}
