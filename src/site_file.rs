//! Reads a camp's `.toml`: overlays its variant and reports every fault with its place.

mod outages;
mod sources;

pub use outages::{Outage, mark as mark_outages};

use crate::domain::point::PointMap;
use crate::domain::source::Sources;
use crate::lenient::{self, Located, Node, Value};
use camp_solver::site::Site;
use camp_solver::{Fault, Faults};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The variant used where a file has it and none is named.
const DEFAULT_VARIANT: &str = "H";
/// Largest site file that is read, bytes.
const MOST_BYTES: u64 = 4 << 20;

/// A camp as its file states it, in one variant.
#[derive(Debug, Clone)]
pub struct SiteFile {
    /// Where it was read.
    pub path: PathBuf,
    /// The camp.
    pub site: Site,
    /// Names of its measured points.
    pub points: PointMap,
    /// What is planned to be out of use.
    pub outages: Vec<Outage>,
    /// Devices that do not speak our JSON.
    pub sources: Sources,
    /// Its time zone.
    pub zone: Tz,
    /// The variant in use, if the file has any.
    pub variant: Option<String>,
    /// Every variant of the file, with what it says of itself.
    pub variants: BTreeMap<String, String>,
}

/// Why a site file could not be used.
#[derive(Debug)]
pub enum SiteFileError {
    /// The file could not be read.
    Unreadable(PathBuf, std::io::Error),
    /// The file has faults.
    Faults(PathBuf, Vec<Located>),
}

impl std::error::Error for SiteFileError {}

impl fmt::Display for SiteFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Faults(path, faults) => {
                write!(f, "{}: {} fault(s)", path.display(), faults.len())?;
                for fault in faults {
                    write!(f, "\n  {}:{fault}", path.display())?;
                }
                Ok(())
            }
        }
    }
}

/// Reads a site file from disk.
pub fn read(path: &Path, variant: Option<&str>) -> Result<SiteFile, SiteFileError> {
    let unreadable = |e| SiteFileError::Unreadable(path.to_owned(), e);
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > MOST_BYTES {
        let error = std::io::Error::other(format!("{size} bytes are more than {MOST_BYTES}"));
        return Err(SiteFileError::Unreadable(path.to_owned(), error));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    parse(&text, path, variant)
}

/// Reads a site file's text; `path` is only told.
pub fn parse(text: &str, path: &Path, variant: Option<&str>) -> Result<SiteFile, SiteFileError> {
    let refused = |faults| SiteFileError::Faults(path.to_owned(), faults);
    let mut root = Node::from_toml(text).map_err(refused)?;
    let mut no_tables = Vec::new();
    let variants = take_table(&mut root, "variant", &mut no_tables);
    let points = take_table(&mut root, "points", &mut no_tables);
    let calendar = root.table_mut().and_then(|table| table.remove_entry("outage"));
    let (variant, mut faults) = lay_over(&mut root, &variants, variant);
    // After the variant: a camp without a battery has no battery meter either.
    let (drafts, wrong) = sources::read(take_table(&mut root, "source", &mut no_tables));
    faults.extend(no_tables);
    faults.extend(wrong);
    let zone = zone(&root).map_err(|wrong| faults.extend(wrong)).ok();
    let read = lenient::read::<Site>(&root).check(&root, Site::check);
    let site = match read.into_result() {
        Ok(site) => site,
        Err(more) => {
            faults.extend(more);
            return Err(refused(faults));
        }
    };
    let (points, wrong) = aliases(&site, &points);
    faults.extend(wrong);
    let outages = calendar.map_or_else(
        || Ok(Vec::new()),
        |(key, list)| {
            let mut alone = Node::empty_table();
            alone.table_mut().map(|table| table.insert(key, list));
            outages::read(&alone, &site)
        },
    );
    let outages = outages.unwrap_or_else(|wrong| {
        faults.extend(wrong);
        Vec::new()
    });
    let (sources, wrong) = sources::resolve(drafts, &points, &site, zone);
    faults.extend(wrong);
    let about = |(name, node): (&String, &Node)| {
        let mut node = node.clone();
        let about = node.table_mut().and_then(|t| t.remove("about")).map(|n| n.shown());
        (name.clone(), about.unwrap_or_default())
    };
    let variants = variants.iter().map(about).collect();
    match zone {
        Some(zone) if faults.is_empty() => {
            let path = path.to_owned();
            Ok(SiteFile { path, site, points, outages, sources, zone, variant, variants })
        }
        _ => Err(refused(faults)),
    }
}

/// The camp's time zone. Where there is no text at its place, the reader of the site tells that.
fn zone(root: &Node) -> Result<Tz, Vec<Located>> {
    let text = ["place", "time_zone"].iter().try_fold(root, |node, key| {
        if let Value::Table(table) = &node.value { table.get(*key) } else { None }
    });
    let Some(Value::Text(text)) = text.map(|node| &node.value) else { return Err(Vec::new()) };
    text.parse().map_err(|_| {
        let mut faults = Faults::new();
        let rule = "must be an IANA time zone, such as Africa/Juba";
        faults.add("place.time_zone", text, rule);
        located(root, faults)
    })
}

/// A table of the file that is no part of the site; where something else stands, that is a fault.
fn take_table(root: &mut Node, key: &str, faults: &mut Vec<Located>) -> BTreeMap<String, Node> {
    let Some(mut node) = root.table_mut().and_then(|table| table.remove(key)) else {
        return BTreeMap::new();
    };
    if let Some(table) = node.table_mut() {
        return std::mem::take(table);
    }
    faults.push(fault(key, &node.shown(), "must be a table".to_owned(), Some(&node)));
    BTreeMap::new()
}

fn fault(path: &str, value: &str, rule: String, node: Option<&Node>) -> Located {
    let fault = Fault { path: path.to_owned(), value: value.to_owned(), rule };
    Located { fault, position: node.and_then(|n| n.position.or(n.key_position)) }
}

fn located(root: &Node, faults: Faults) -> Vec<Located> {
    let place = |fault: Fault| Located { position: root.position_of(&fault.path), fault };
    faults.into_vec().into_iter().map(place).collect()
}

/// Lays the wanted variant over the base, after those that it extends.
fn lay_over(
    root: &mut Node,
    variants: &BTreeMap<String, Node>,
    wanted: Option<&str>,
) -> (Option<String>, Vec<Located>) {
    let name = match wanted {
        Some(name) => name,
        None if variants.contains_key(DEFAULT_VARIANT) => DEFAULT_VARIANT,
        None => return (None, Vec::new()),
    };
    let known = variants.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let mut chain = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(name) = next.take() {
        let Some(node) = variants.get(&name) else {
            let rule = format!("must be a variant of the file: {known}");
            return (None, vec![fault("variant", &name, rule, None)]);
        };
        if chain.len() > variants.len() {
            let rule = "must not extend itself".to_owned();
            return (None, vec![fault("variant", &name, rule, Some(node))]);
        }
        let mut node = node.clone();
        if let Some(table) = node.table_mut() {
            table.remove("about");
            next = table.remove("extends").map(|n| n.shown());
        }
        chain.push(node);
    }
    for node in chain.into_iter().rev() {
        root.overlay(node);
    }
    (Some(name.to_owned()), Vec::new())
}

fn aliases(site: &Site, points: &BTreeMap<String, Node>) -> (PointMap, Vec<Located>) {
    let mut map = PointMap::of(site);
    let mut faults = Vec::new();
    for (alias, node) in points {
        let target = node.shown();
        if let Err(rule) = map.alias(alias, &target) {
            faults.push(fault(&format!("points.{alias}"), &target, rule, Some(node)));
        }
    }
    (map, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camp(name: &str) -> String {
        std::fs::read_to_string(format!("{}/camps/{name}.toml", env!("CARGO_MANIFEST_DIR")))
            .unwrap()
    }

    #[test]
    fn every_reference_camp_is_read_in_every_variant() {
        for name in ["small", "medium", "large"] {
            let text = camp(name);
            for variant in ["D", "P", "H", "H+"] {
                let file = parse(&text, Path::new(name), Some(variant)).unwrap();
                assert_eq!(file.site.battery.is_empty(), variant == "D" || variant == "P");
                assert_eq!(file.site.solar.is_empty(), variant == "D");
            }
        }
        let file = parse(&camp("el_espino"), Path::new("el_espino"), None).unwrap();
        assert_eq!(file.variant, None);
        assert_eq!(file.points.resolve("load_kw"), file.points.resolve("load.village.demand_kw"));
    }

    #[test]
    fn the_hybrid_is_the_default_variant() {
        let file = parse(&camp("medium"), Path::new("medium"), None).unwrap();
        assert_eq!(file.variant.as_deref(), Some("H"));
        assert!((file.site.battery["bess"].energy_kwh - 800.0).abs() < 1e-9);
    }

    #[test]
    fn a_file_with_five_mistakes_gets_five_answers() {
        let text = camp("medium")
            .replace("rated_kw = 88", "rated_kwh = 88")
            .replace("tier = \"T2\"", "tier = \"T9\"")
            .replace("latitude_deg = 6.0", "latitude_deg = 96.0")
            .replace("to_tank = \"raw\"", "to_tank = \"rwa\"");
        let error = parse(&text, Path::new("m.toml"), None).unwrap_err().to_string();
        for part in [
            "rated_kwh: is not a field here; did you mean rated_kw?",
            "genset.g5.rated_kw: is missing",
            "T9: must be one of T0, T1, T2, T3",
            "place.latitude_deg = 96: must lie in -90 to 90",
            "well.bh1.to_tank = rwa: must name a tank: raw, treated",
        ] {
            assert!(error.contains(part), "{part} in {error}");
        }
        assert!(error.contains("m.toml:13:16: place.latitude_deg"), "{error}");
    }

    #[test]
    fn an_unknown_variant_is_named_with_the_known_ones() {
        let error = parse(&camp("small"), Path::new("s"), Some("X")).unwrap_err().to_string();
        assert!(
            error.contains("variant = X: must be a variant of the file: D, H, H+, P"),
            "{error}"
        );
    }
}
