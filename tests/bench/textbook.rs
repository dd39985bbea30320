//! The frozen textbook formulations: MPS files, those of a camp's days one after another in one
//! packed file. The first lines of each tell the case, the problem that it was made of, and what is
//! known about its optimum.

use super::case::{Case, fingerprint};
use camp_solver::{Plan, Problem, SolveOptions, solve, textbook_mps};
use ruzstd::decoding::StreamingDecoder;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is kept, for the days of five seeds: the second rung's cases.
pub(crate) const KEPT: [(&str, &str, u32); 5] = [
    ("medium", "H", 24),
    ("medium", "H", 48),
    ("medium", "H", 168),
    ("small", "H", 24),
    ("large", "H", 24),
];

/// What begins each of them.
const HEAD: &str = "* case: ";
/// How the program `zstd` packs them: it looks back far enough to see that one day's model is much
/// like another's.
const PACKED: [&str; 5] = ["-19", "--long=26", "--quiet", "--force", "--rm"];

/// How a frozen case stands to what would be written today.
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
    folder().join(format!("{}-{}.{}h.mps.zst", case.camp, case.variant, case.hours))
}

/// The texts of a packed file, if it is there.
pub(crate) fn unpacked(path: &Path) -> Option<Vec<String>> {
    let decoder = StreamingDecoder::new(std::fs::File::open(path).ok()?).unwrap();
    let text = std::io::read_to_string(decoder).unwrap();
    let between = format!("\n{HEAD}");
    let cases = text.split(&between);
    let whole =
        |(at, case): (usize, &str)| if at == 0 { case.to_owned() } else { format!("{HEAD}{case}") };
    Some(cases.enumerate().map(whole).collect())
}

/// The text of a case, if it has one.
pub(crate) fn read(case: &Case) -> Option<String> {
    let name = case.to_string();
    unpacked(&path(case))?.into_iter().find(|text| told(text, "case") == Some(&name))
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

/// Writes the file of these days of a camp anew; its size, bytes.
pub(crate) fn freeze(cases: &[Case]) -> u64 {
    let texts: Vec<String> = cases.iter().map(written).collect();
    std::fs::create_dir_all(folder()).unwrap();
    let packed = path(&cases[0]);
    let plain = packed.with_extension("");
    std::fs::write(&plain, texts.concat()).unwrap();
    let ran = Command::new("zstd").args(PACKED).arg(&plain).arg("-o").arg(&packed).status();
    assert!(ran.unwrap().success(), "zstd packs {}", plain.display());
    packed.metadata().unwrap().len()
}

fn written(case: &Case) -> String {
    let problem = case.problem();
    let plan = solve(&problem, &SolveOptions::default()).unwrap().plan;
    let body = textbook_mps(&problem, &plan).unwrap();
    let bound = plan.bound.map_or_else(|| "none".to_owned(), |bound| format!("{bound:.4}"));
    let short: Vec<String> =
        plan.shortfalls.iter().map(|s| format!("{} {:.4}", s.class, s.total)).collect();
    let short = if short.is_empty() { "none".to_owned() } else { short.join(", ") };
    format!(
        "{HEAD}{case}\n* problem: {}\n* cost of a known plan: {:.4}\n* its bound: {bound}\n\
         * its shortfalls, here caps: {short}\n{body}",
        fingerprint(&problem),
        plan.cost,
    )
}
