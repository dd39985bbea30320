//! Everything of a store as CSV, and back.
//!
//! | file | columns |
//! |---|---|
//! | `readings.csv` | point, timestamp, value, reason |
//! | `rollups.csv` | point, timestamp, count, mean, min, max: stretches of 5 minutes |
//! | `months.csv` | point, timestamp, count, mean, min, max: of each month |
//! | `rejects.csv` | timestamp, topic, reason, detail, excerpt |
//! | `plans.csv` | id, published, summary, record: the last two JSON |
//! | `explanations.csv` | plan, record: JSON |
//! | `instructions.csv` | sequence, record: JSON |
//! | `actions.csv` | timestamp, who, what, why |

mod inwards;
mod outwards;

use crate::domain::ports::StoreError;
use std::path::Path;

pub use inwards::import;
pub use outwards::export;

/// Rows by file.
pub type Exported = Vec<(&'static str, u64)>;

fn broken(path: &Path, why: impl std::fmt::Display) -> StoreError {
    StoreError::Other(format!("{}: {why}", path.display()))
}
