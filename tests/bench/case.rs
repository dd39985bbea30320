//! One case to plan: a reference camp in a variant, a length, and a day.

use camp_solver::Problem;
use camp_solver::site::{Genset, Site};
use ring::digest::{SHA256, digest};
use smart_camp::planning::day::Day;
use smart_camp::planning::request::{FileRequest, prepare};
use smart_camp::site_file;
use std::fmt;
use std::path::Path;

/// The medium camp with ten sets that are all different.
pub(crate) const TEN_SETS: &str = "ten-sets";

/// Ratings, kW, and burn at 25, 50, 75 and 100 % of them, L/h: the chart that the camps are made by.
const CHART: [(f64, [f64; 4]); 10] = [
    (40.0, [6.1, 8.7, 12.1, 15.1]),
    (60.0, [6.8, 11.0, 14.4, 18.2]),
    (75.0, [9.1, 12.9, 17.4, 23.1]),
    (100.0, [9.8, 15.5, 22.0, 28.0]),
    (125.0, [11.7, 18.9, 26.9, 34.4]),
    (150.0, [13.6, 22.3, 31.8, 41.3]),
    (200.0, [17.8, 29.1, 41.6, 54.5]),
    (250.0, [21.6, 36.0, 51.5, 68.1]),
    (300.0, [25.7, 42.8, 60.9, 81.4]),
    (400.0, [33.7, 56.4, 80.6, 108.3]),
];

/// A case; its name is that of its frozen file: `medium-H.24h.seed-0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) camp: String,
    pub(crate) variant: String,
    pub(crate) hours: u32,
    pub(crate) day: String,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.{}h.{}", self.camp, self.variant, self.hours, self.day)
    }
}

impl Case {
    /// The case of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut parts = name.split('.');
        let (camp, variant) = parts.next()?.rsplit_once('-')?;
        let hours = parts.next()?.strip_suffix('h')?.parse().ok()?;
        let day = parts.next()?.to_owned();
        let whole = parts.next().is_none();
        whole.then(|| Self { camp: camp.to_owned(), variant: variant.to_owned(), hours, day })
    }

    /// Its problem.
    pub(crate) fn problem(&self) -> Problem {
        let ten = self.camp == TEN_SETS;
        let camp = if ten { "medium" } else { &self.camp };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("camps/{camp}.toml"));
        let mut file = site_file::read(&path, Some(&self.variant)).unwrap();
        if ten {
            give_ten_sets(&mut file.site);
        }
        let day: Day = self.day.parse().unwrap();
        let request = FileRequest { day, hours: self.hours, ..FileRequest::default() };
        prepare(&file, &request).unwrap().problem
    }
}

/// What tells a problem from another one.
pub(crate) fn fingerprint(problem: &Problem) -> String {
    let text = serde_json::to_string(problem).unwrap();
    let bytes = digest(&SHA256, text.as_bytes());
    let hexadecimal = |mut text: String, byte: &u8| {
        text += &format!("{byte:02x}");
        text
    };
    bytes.as_ref().iter().take(12).fold(String::new(), hexadecimal)
}

/// Ten different sets in place of a camp's own; wear and starts go with the rating. The two that
/// make up two of its sets run at the start.
fn give_ten_sets(site: &mut Site) {
    let (like, start) = (site.genset["g1"].clone(), site.start.genset["g1"].clone());
    site.genset.clear();
    site.start.genset.clear();
    for (rated_kw, burn) in CHART {
        let scale = rated_kw / like.rated_kw;
        let set = Genset {
            rated_kw,
            fuel_curve_kw: [0.25, 0.5, 0.75, 1.0].map(|share| share * rated_kw).to_vec(),
            fuel_curve_l_per_h: burn.to_vec(),
            start_fuel_l: scale * like.start_fuel_l,
            start_cost: scale * like.start_cost,
            running_cost_per_h: scale * like.running_cost_per_h,
            ..like.clone()
        };
        let id = format!("set_{rated_kw:03}kw");
        if [150.0, 250.0].contains(&rated_kw) {
            site.start.genset.insert(id.clone(), start.clone());
        }
        site.genset.insert(id, set);
    }
}
