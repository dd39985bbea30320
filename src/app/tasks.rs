//! The parts of the service as tasks and threads: one that ends by itself is noticed.

use crate::domain::stop::{Stop, StopSign};
use std::io;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What runs.
#[derive(Debug)]
pub(super) struct Tasks {
    sign: StopSign,
    ended: mpsc::UnboundedSender<String>,
    ends: mpsc::UnboundedReceiver<String>,
    tasks: Vec<JoinHandle<()>>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

/// Tells that its part has ended, also when it panicked.
struct Ending {
    name: String,
    ended: mpsc::UnboundedSender<String>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        // After the service has ended nobody listens, and nobody needs to.
        let _nobody_listens = self.ended.send(std::mem::take(&mut self.name)).is_err();
    }
}

impl Tasks {
    pub(super) fn new() -> Self {
        let (ended, ends) = mpsc::unbounded_channel();
        Self { sign: StopSign::default(), ended, ends, tasks: Vec::new(), threads: Vec::new() }
    }

    /// Comes true when everything is to end.
    pub(super) fn stop(&self) -> Stop {
        self.sign.watch()
    }

    fn ending(&self, name: &str) -> Ending {
        Ending { name: name.to_owned(), ended: self.ended.clone() }
    }

    pub(super) fn spawn(&mut self, name: &str, part: impl Future<Output = ()> + Send + 'static) {
        let ending = self.ending(name);
        self.tasks.push(tokio::spawn(async move {
            let _ending = ending;
            part.await;
        }));
    }

    pub(super) fn thread(
        &mut self,
        name: &str,
        part: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let ending = self.ending(name);
        let builder = std::thread::Builder::new().name(name.to_owned());
        self.threads.push(builder.spawn(move || {
            let _ending = ending;
            part();
        })?);
        Ok(())
    }

    /// The name of the next part that ends.
    pub(super) async fn any_ended(&mut self) -> String {
        // The sender lives as long as this, so there is always a next one.
        self.ends.recv().await.unwrap_or_default()
    }

    pub(super) async fn stop_all(self) {
        self.sign.give();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!("a part failed: {error}");
            }
        }
        let threads = self.threads;
        let joined = tokio::task::spawn_blocking(move || {
            threads.into_iter().filter_map(|thread| thread.join().err()).count()
        });
        match joined.await {
            Ok(0) => {}
            Ok(failed) => tracing::error!("{failed} thread(s) failed"),
            Err(error) => tracing::error!("the threads could not be awaited: {error}"),
        }
    }
}
