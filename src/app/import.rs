//! Files of readings into the store of a service that does not run.

use crate::domain::clock::Clock;
use crate::domain::ports::ReadingStore;
use crate::ingest::{Batch, BatchFault, Found, Imported};
use crate::site_file::SiteFile;
use crate::store::{EmbeddedStore, InfluxTarget};
use anyhow::Context;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Takes CSV files into a store, one after another; `told` hears what became of each. What is taken is
/// kept for `influx` as well, if there is one: the service gives it there when it runs.
pub fn import(
    store: &Path,
    influx: Option<&InfluxTarget>,
    site: &SiteFile,
    clock: &Clock,
    files: &[PathBuf],
    mut told: impl FnMut(&Path, &Imported),
) -> anyhow::Result<()> {
    let embedded = EmbeddedStore::open(store, &site.points)
        .with_context(|| format!("the store {}", store.display()))?;
    if let Some(target) = influx {
        embedded.keep_for(target, clock.now()).context("the store's InfluxDB")?;
    }
    for path in files {
        let shown = || path.display().to_string();
        let file = File::open(path).with_context(shown)?;
        let keep = |found: &Found| embedded.append(&found.to_keep(), &found.rejects);
        let from = shown();
        let batch = Batch::new((&site.site, &site.points), clock.now(), &from, keep);
        let imported = batch.csv(BufReader::new(file)).with_context(shown)?;
        told(path, &imported);
    }
    embedded.settle().context("the store was not sealed")
}

/// Whether an import failed for what is in a file, and not for the machine or the store.
pub fn is_wrong_input(failure: &anyhow::Error) -> bool {
    matches!(failure.downcast_ref::<BatchFault>(), Some(BatchFault::Input(_)))
}
