//! Guards against drift: walls, words, units, and documents that tell the truth.

use super::support::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Files under a folder with one of the endings, relative to the project.
fn files(folder: &str, endings: &[&str]) -> Vec<String> {
    fn walk(folder: &Path, list: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    walk(&path, list);
                }
            } else {
                list.push(path);
            }
        }
    }
    let mut list = Vec::new();
    walk(&root().join(folder), &mut list);
    let relative = |p: PathBuf| p.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    let mut list: Vec<String> = list.into_iter().map(relative).collect();
    list.retain(|p| endings.iter().any(|e| p.ends_with(e)));
    list.sort();
    list
}

/// Rows of the first table after a heading, each as its cells.
fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let after = text.split(heading).nth(1).unwrap_or_else(|| panic!("no heading {heading}"));
    let rows = after.lines().skip_while(|l| !l.starts_with('|')).take_while(|l| l.starts_with('|'));
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect()
    };
    let rows: Vec<Vec<String>> = rows.skip(2).map(cells).collect();
    assert!(!rows.is_empty(), "the table of {heading} is empty");
    rows
}

fn words(cell: &str) -> BTreeSet<String> {
    let between = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    cell.split(between).filter(|w| !w.is_empty()).map(ToOwned::to_owned).collect()
}

/// Names that follow `prefix` in code, comments left out.
fn names_after(text: &str, prefix: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
    let mut found = BTreeSet::new();
    for line in code {
        for (at, _) in line.match_indices(prefix) {
            let (before, rest) = line.split_at(at);
            let rest = rest.strip_prefix(prefix).unwrap();
            if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                continue;
            }
            let name: String =
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            found.insert(name);
        }
    }
    found
}

/// The table of walls in ARCHITECTURE.md is the truth: a module imports what its row names.
fn assert_walls(folder: &str, heading: &str) {
    let outside: BTreeSet<&str> = [
        "actix_web",
        "good_lp",
        "highs",
        "rumqttc",
        "rumqttd",
        "rusqlite",
        "influxdb2",
        "influxdb2_structmap",
        "reqwest",
        "pco",
        "clap",
        "csv",
        "spa",
        "rustls",
        "ring",
        "toml",
        "prometheus_client",
        "indicatif",
    ]
    .into();
    let rows = table(&read("ARCHITECTURE.md"), heading);
    let allowed: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = rows
        .iter()
        .map(|r| (r[0].trim_matches('`').to_owned(), (words(&r[1]), words(&r[2]))))
        .collect();
    let mut seen = BTreeSet::new();
    for path in files(folder, &[".rs"]) {
        let inner = path.strip_prefix(folder).unwrap().trim_start_matches('/');
        let module = inner.split(['/', '.']).next().unwrap().to_owned();
        if module == "lib" || module == "main" || inner.ends_with("tests.rs") {
            continue;
        }
        seen.insert(module.clone());
        let (modules, crates) =
            allowed.get(&module).unwrap_or_else(|| panic!("{module} has no row under {heading}"));
        let text = read(&path);
        for name in names_after(&text, "crate::") {
            let is_ours = name == module || modules.contains(&name);
            let is_name = name.is_empty() || name.chars().next().is_some_and(char::is_uppercase);
            assert!(
                is_ours || is_name,
                "{path} imports {name}: no wall of ARCHITECTURE.md has that door"
            );
        }
        for name in &outside {
            let used = !names_after(&text, &format!("{name}::")).is_empty();
            assert!(
                !used || crates.contains(*name),
                "{path} uses {name}, which its row does not name"
            );
        }
    }
    let rows: BTreeSet<String> = allowed.into_keys().collect();
    assert_eq!(seen, rows, "every row is a module and every module a row");
}

#[test]
fn the_walls_of_the_service_stand() {
    assert_walls("src", "### Walls of the service");
}

#[test]
fn the_walls_of_the_solver_stand() {
    assert_walls("solver/src", "### Walls of the solver");
}

/// The crate's defects end in one file.
#[test]
fn one_file_speaks_with_influxdb2() {
    let names = |path: &String| read(path).contains("influxdb2::");
    let found: Vec<String> = files("src", &[".rs"]).into_iter().filter(names).collect();
    assert_eq!(found, ["src/store/influx/client.rs"]);
}

/// A number at a border names its unit.
#[test]
fn every_number_names_its_unit() {
    let suffixes: Vec<String> = table(&read("docs/units.md"), "## Suffixes")
        .iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect();
    // Without a unit: counts and factors of one, and money in the site's own currency.
    let pure = ["bound", "cost", "value", "mean", "min", "max", "weight", "speed"];
    let mut faults = Vec::new();
    let borders = ["solver/src/site", "solver/src", "src/domain", "src"];
    let all: BTreeSet<String> = borders.iter().flat_map(|f| files(f, &[".rs"])).collect();
    for path in all {
        for line in read(&path).lines() {
            let Some(field) = line.trim_start().strip_prefix("pub ") else { continue };
            let Some((name, kind)) = field.split_once(": ") else { continue };
            let kind = kind.trim_end_matches(',');
            let is_number =
                ["f64", "Option<f64>", "Vec<f64>", "[f64; 24]", "BTreeMap<String, f64>"]
                    .contains(&kind);
            let is_fine =
                suffixes.iter().any(|s| name.ends_with(s.as_str())) || pure.contains(&name);
            if is_number && !name.contains('(') && !is_fine {
                faults.push(format!("{path}: {name}: {kind}"));
            }
        }
    }
    assert!(faults.is_empty(), "numbers without a unit:\n{}", faults.join("\n"));
}

#[test]
fn files_stay_small_and_nothing_is_left_undone() {
    let own = ["src", "solver", "tests"].iter().flat_map(|f| files(f, &[".rs", ".js", ".css"]));
    let all: Vec<String> = own.collect();
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("thread::", "sleep"),
        concat!("#[ig", "nore"),
    ];
    let mut small = 0;
    for path in &all {
        let text = read(path);
        let lines = text.lines().count();
        assert!(lines <= 300, "{path} has {lines} lines");
        small += usize::from(lines <= 150);
        for mark in marks {
            assert!(!text.contains(mark), "{path} contains {mark}");
        }
    }
    assert!(2 * small > all.len(), "most files are under 150 lines: {small} of {}", all.len());
    assert!(!all.iter().any(|p| p.contains("utils")), "there is no room for everything");
}

fn documents() -> Vec<String> {
    files("", &[".md"])
}

#[test]
fn links_in_documents_lead_somewhere() {
    for document in documents() {
        let text = read(&document);
        let folder = Path::new(&document).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            assert!(root().join(&folder).join(target).exists(), "{document} links to {target}");
        }
    }
}

#[test]
fn commands_in_documents_exist() {
    let makefile = read("Makefile");
    for document in documents() {
        for target in names_after(&read(&document), "`make ") {
            assert!(makefile.contains(&format!("\n{target}:")), "{document}: make {target}");
        }
    }
}

/// Words that a program can send are words that a document explains.
#[test]
fn alarms_metrics_rejects_and_errors_are_explained() {
    let operations = read("docs/operations.md");
    let source: String = files("src", &[".rs"]).iter().map(|p| read(p)).collect();
    let alarms = [
        "store",
        "store_full",
        "broker_away",
        "influxdb_away",
        "influxdb_setup",
        "asset_out",
        "no_plan",
        "fallback",
        "shortfall",
        "silent",
        "balance",
        "fuel_missing",
    ];
    for code in alarms {
        assert!(source.contains(&format!("\"{code}\"")), "{code} is no alarm any more");
        assert!(operations.contains(&format!("`{code}`")), "alarm {code} is not explained");
    }
    let raised = names_after(&source.replace("\n            ", " "), ".raise(\"");
    assert!(raised.iter().all(|code| alarms.contains(&code.as_str())), "{raised:?}");
    let payloads = read("docs/payloads.md");
    for reason in ["malformed", "oversized", "unmapped", "not_a_number", "future", "too_old"] {
        assert!(payloads.contains(&format!("`{reason}`")), "reject {reason} is not explained");
    }
    for code in smart_camp::api::error::Code::ALL {
        assert!(operations.contains(&format!("`{}`", code.word())), "error {}", code.word());
    }
    let metrics = smart_camp::metrics::Metrics::default();
    for line in metrics.text().unwrap().lines().filter(|l| l.starts_with("# HELP ")) {
        let name = line.split(' ').nth(2).unwrap();
        assert!(operations.contains(name), "metric {name} is not explained");
    }
}

#[test]
fn the_example_settings_are_read() {
    let path = root().join("docs/settings.example.toml");
    smart_camp::settings::read(&path).unwrap_or_else(|faults| panic!("{faults:?}"));
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let all = files("", &[".rs", ".md", ".toml", ".json", ".js", ".html", ".conf", "Makefile"]);
    for path in all.iter().filter(|p| !p.ends_with("Cargo.lock")) {
        let text = read(path);
        for word in [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")] {
            assert!(!text.contains(word), "{path} names {word}");
        }
    }
}
