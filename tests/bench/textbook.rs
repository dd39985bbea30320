//! The frozen textbook formulations: MPS files, packed, one a case. The first lines of each tell the
//! case, the problem that it was made of, and what is known about its optimum.

use super::case::{Case, fingerprint};
use camp_solver::{Plan, Problem, SolveOptions, solve, textbook_mps};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// What has a frozen file: the second rung's cases, days in the order of their seeds.
pub(crate) const KEPT: [(&str, &str, u32); 5] = [
    ("medium", "H", 24),
    ("medium", "H", 48),
    ("medium", "H", 168),
    ("small", "H", 24),
    ("large", "H", 24),
];

/// Most memory on the disk that all of them may take, bytes.
pub(crate) const MOST_BYTES: u64 = 3_500_000;

/// How a frozen file stands to what would be written today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Frozen {
    /// There is none.
    None,
    /// The same rows and columns.
    Same,
    /// The same problem, but the model or the shortfalls of its plan have changed since.
    OtherModel,
    /// Another problem: the camp's file or the day has changed since.
    OtherProblem,
}

/// Where they are kept.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/textbook")
}

fn path(case: &Case) -> PathBuf {
    folder().join(format!("{case}.mps.gz"))
}

/// The text of a case's file, if it has one.
pub(crate) fn read(case: &Case) -> Option<String> {
    unpacked(&path(case))
}

/// The text of a file, if it is there.
pub(crate) fn unpacked(path: &Path) -> Option<String> {
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(path).ok()?).read_to_string(&mut text).unwrap();
    Some(text)
}

/// What a line of the head says.
pub(crate) fn told<'a>(text: &'a str, what: &str) -> Option<&'a str> {
    let mut head = text.lines().take_while(|l| l.starts_with('*'));
    head.find_map(|l| l.strip_prefix("* ")?.strip_prefix(what)?.strip_prefix(": "))
}

/// How the frozen file of a case stands to what its plan would write today. How far a shortfall that
/// is there anyway may go is left out: it is another one with every plan.
pub(crate) fn compare(case: &Case, problem: &Problem, plan: &Plan) -> Frozen {
    let Some(text) = read(case) else { return Frozen::None };
    if told(&text, "problem") != Some(fingerprint(problem).as_str()) {
        return Frozen::OtherProblem;
    }
    let counts = |line: &&str| !line.starts_with('*') && !line.starts_with(" rhs cap.");
    let today = textbook_mps(problem, plan).unwrap();
    let same = text.lines().filter(counts).eq(today.lines().filter(counts));
    if same { Frozen::Same } else { Frozen::OtherModel }
}

/// Writes the file of a case anew; its size.
pub(crate) fn freeze(case: &Case) -> u64 {
    let problem = case.problem();
    let plan = solve(&problem, &SolveOptions::default()).unwrap().plan;
    let body = textbook_mps(&problem, &plan).unwrap();
    let bound = plan.bound.map_or_else(|| "none".to_owned(), |bound| format!("{bound:.4}"));
    let short: Vec<String> =
        plan.shortfalls.iter().map(|s| format!("{} {:.4}", s.class, s.total)).collect();
    let text = format!(
        "* case: {case}\n* problem: {}\n* cost of a known plan: {:.4}\n* its bound: {bound}\n\
         * its shortfalls, here caps: {}\n{body}",
        fingerprint(&problem),
        plan.cost,
        if short.is_empty() { "none".to_owned() } else { short.join(", ") },
    );
    std::fs::create_dir_all(folder()).unwrap();
    let file = std::fs::File::create(path(case)).unwrap();
    let mut packed = GzEncoder::new(file, Compression::best());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap().metadata().unwrap().len()
}
