//! Lets go of what the store has kept for its time, at the start and every six hours.

use crate::domain::alarm::Severity;
use crate::domain::stop::Stop;
use crate::live::Live;
use crate::store::{EmbeddedStore, LetGo, Retention};
use chrono::TimeDelta;
use std::sync::Arc;

const EVERY: TimeDelta = TimeDelta::hours(6);

pub(super) async fn run(
    live: Arc<Live>,
    store: Arc<EmbeddedStore>,
    retention: Retention,
    mut stop: Stop,
) {
    loop {
        let now = live.clock.now();
        let work = Arc::clone(&store);
        let done = tokio::task::spawn_blocking(move || work.keep(retention, now)).await;
        match done {
            Ok(Ok(let_go)) => {
                live.clear("store_retention", "");
                if let_go != LetGo::default() {
                    let LetGo { chunks, rollup_days, plans, waiting } = let_go;
                    tracing::info!(
                        chunks,
                        rollup_days,
                        plans,
                        waiting,
                        "what was over its time is gone"
                    );
                }
            }
            Ok(Err(error)) => {
                let words = format!("what is over its time cannot be let go: {error}");
                live.raise("store_retention", "", Severity::Warning, &words);
            }
            Err(error) => tracing::error!("the keeper's thread failed: {error}"),
        }
        tokio::select! {
            () = live.clock.until(now + EVERY) => {}
            () = stop.asked() => return,
        }
    }
}
