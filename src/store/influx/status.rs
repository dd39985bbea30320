//! How it goes with InfluxDB.

use tokio::sync::{Notify, watch};

/// How it goes with InfluxDB. Counters begin at 0 with each start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InfluxStatus {
    /// The last thing asked of it was done.
    pub reached: bool,
    /// Why nothing can be sent, while that is so.
    pub away: Option<String>,
    /// What of buckets and tasks could not be made or looked at.
    pub not_set_up: Option<String>,
    /// Values and notes that wait.
    pub waiting: u64,
    /// Values sent.
    pub sent: u64,
    /// Lines that the server refused; they were set aside.
    pub refused: u64,
    /// Values that were older than the server keeps them, and were not sent.
    pub expired: u64,
}

/// What the forwarder, the store and the service share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) status: watch::Sender<InfluxStatus>,
    /// Rung when there is something to send.
    pub(super) news: Notify,
}
