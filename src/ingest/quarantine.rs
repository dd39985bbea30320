//! What is kept of a value or message that was refused.

use crate::domain::reading::Reject;
use chrono::{DateTime, Utc};

/// Characters of a payload that are kept.
const EXCERPT: usize = 200;

/// The record of a refusal.
pub(super) fn reject(
    at: DateTime<Utc>,
    topic: &str,
    payload: &[u8],
    reason: &str,
    detail: &str,
) -> Reject {
    let beginning = payload.get(..4 * EXCERPT).unwrap_or(payload);
    let text = String::from_utf8_lossy(beginning);
    Reject {
        at,
        topic: topic.chars().take(EXCERPT).collect(),
        reason: reason.to_owned(),
        detail: detail.chars().take(EXCERPT).collect(),
        excerpt: text.chars().take(EXCERPT).collect(),
    }
}
