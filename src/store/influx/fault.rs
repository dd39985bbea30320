//! What can go wrong with the server.

use std::time::Duration;

/// Why the server did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not now: no connection, too much to do, or broken inside; and what it asks to wait.
    Away(String, Option<Duration>),
    /// Not with this token.
    Denied(String),
    /// What was named is not there.
    Missing(String),
    /// Not this: as long as it is the same, the answer will be.
    Refused(String),
    /// An answer that cannot be read.
    Unreadable(String),
}

impl Fault {
    /// What it is about, in a sentence.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Away(why, _) => why.clone(),
            Self::Denied(why) => format!("the token is not accepted: {why}"),
            Self::Missing(why) => format!("organisation or bucket is not there: {why}"),
            Self::Refused(why) => format!("it is refused: {why}"),
            Self::Unreadable(why) => format!("the answer cannot be read: {why}"),
        }
    }
}

/// The words of a server that has too much to do.
const BUSY: [&str; 2] = ["HTTP 429", "HTTP 503"];

/// Whether a fault's words are those of such a server.
pub(super) fn is_busy(why: &str) -> bool {
    BUSY.iter().any(|busy| why.starts_with(busy))
}

/// An error with what lies under it: the outermost says only that a request failed.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words += &format!(": {error}");
        cause = error.source();
    }
    words
}
