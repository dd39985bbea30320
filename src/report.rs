//! What the meters prove: what the plant really burns, pumps and loses, whether fuel goes missing, what the
//! service saves, and the scorecard of a month. Pure: from readings to figures; nothing here acts.

pub mod balance;
pub mod estimate;
mod fit;
pub mod fuel;
pub mod learn;
pub mod measured;
pub mod saving;
pub mod scorecard;
pub mod watch;
