//! Reference camps, and a judge for them.

use smart_camp::domain::point::PointId;
use smart_camp::ingest::quality::{Judge, Nature};
use smart_camp::site_file::{self, SiteFile};
use std::path::Path;

/// A reference camp.
pub(crate) fn read(name: &str) -> SiteFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("camps/{name}.toml"));
    site_file::read(&path, None).unwrap_or_else(|e| panic!("{e}"))
}

/// How a point of it behaves.
pub(crate) fn nature(file: &SiteFile, point: PointId) -> Nature {
    Judge::of(&file.site, &file.points).nature(point).expect("the point has a profile")
}
