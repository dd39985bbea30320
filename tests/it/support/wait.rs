//! Waiting for what another thread or process does.

use std::time::{Duration, Instant};

/// Looks again and again until there is something to see; gives up after a minute of real time.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "in vain for a minute: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}
