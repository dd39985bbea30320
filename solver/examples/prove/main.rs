//! `make prove`: published cases through the solver's own blocks, beside what is known of them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a proof stops at the first thing that is not as it should be, and prints"
)]

mod kazarlis;
mod pglib;
mod problem;

use camp_solver::{Plan, Problem, SolveError, SolveOptions, solve};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

/// Cores that cases are shared between; each case has one thread.
const CORES: usize = 2;

/// What is known of a case, and what is asked.
struct Known {
    /// How the file's name begins.
    case: &'static str,
    /// The gap that the solver is asked to prove.
    gap_frac: f64,
    time_limit_s: f64,
    /// The least cost that is known, or the least that anybody has found.
    best: f64,
    /// The plan may cost this much more than that, as a share of it.
    above_frac: f64,
    /// The least bound asked for.
    bound: f64,
}

const KNOWN: &[Known] = &[
    Known {
        case: "rts_gmlc__2020-01-27",
        // As close as the time allows: the bound asked for lies nearer to the optimum than the cost.
        gap_frac: 0.001,
        time_limit_s: 780.0,
        best: 1_246_711.0,
        above_frac: 0.0,
        bound: 1_226_501.0,
    },
    Known {
        case: "kazarlis_20",
        gap_frac: 5e-5,
        time_limit_s: 600.0,
        best: 1_123_297.43,
        above_frac: 1e-4,
        bound: 1_123_297.43 * (1.0 - 1e-4),
    },
    Known {
        case: "kazarlis_10",
        gap_frac: 2e-5,
        time_limit_s: 120.0,
        best: 563_937.69,
        above_frac: 1e-4,
        bound: 563_937.69 * (1.0 - 1e-4),
    },
    Known {
        case: "egret_test_case_1",
        gap_frac: 5e-7,
        time_limit_s: 300.0,
        best: 4_201_915.017_3,
        above_frac: 1e-6,
        bound: 4_201_915.017_3 * (1.0 - 1e-6),
    },
];

enum Case {
    Kazarlis(kazarlis::Case),
    Pglib(pglib::Case),
}

/// A case of either format; `None` for a file of another kind.
fn read(path: &Path) -> Option<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).ok()?;
    if value.get("thermal_generators").is_some() {
        return Some(Case::Pglib(serde_json::from_value(value).unwrap()));
    }
    if value.get("units").is_some() && value.get("spinning_reserve_mw").is_some() {
        return Some(Case::Kazarlis(serde_json::from_value(value).unwrap()));
    }
    None
}

/// A line of the table.
struct Proven {
    text: String,
    reached: bool,
}

fn folder() -> PathBuf {
    if let Some(given) = std::env::var_os("SMARTCAMP_UC").filter(|given| !given.is_empty()) {
        return PathBuf::from(given);
    }
    let data = std::env::var_os("SMARTCAMP_DATA");
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    data.map_or_else(beside, PathBuf::from).join("uc")
}

fn main() -> ExitCode {
    if prove_all() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Proves every case of the folder. False where one fails or one that is known is missing.
fn prove_all() -> bool {
    let began = Instant::now();
    let folder = folder();
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("FAILED: there is no folder {} (make prove UC=FOLDER)", folder.display());
        return false;
    };
    let files = files.map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|f| f.extension().is_some_and(|e| e == "json")).collect();
    let known = |path: &Path| KNOWN.iter().position(|k| name(path).starts_with(k.case));
    // Longest first, so that no core waits at the end.
    files.sort_by_key(|f| (known(f).unwrap_or(usize::MAX), name(f)));
    let cases: Vec<(PathBuf, Case)> =
        files.into_iter().filter_map(|f| read(&f).map(|case| (f, case))).collect();
    let mut all = true;
    for missing in KNOWN.iter().filter(|k| !cases.iter().any(|(f, _)| name(f).starts_with(k.case)))
    {
        println!("FAILED: {} has no {}", folder.display(), missing.case);
        all = false;
    }
    println!(
        "| case | cost | known | own bound | gap | seconds | |\n|---|---|---|---|---|---|---|"
    );
    let queue = Mutex::new(cases.iter());
    std::thread::scope(|scope| {
        let work = || {
            let mut reached = true;
            loop {
                let next = queue.lock().unwrap().next();
                let Some((file, case)) = next else { break reached };
                let proven = prove(&name(file), case);
                println!("{}", proven.text);
                reached &= proven.reached;
            }
        };
        let threads: Vec<_> = (0..CORES).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            all &= thread.join().unwrap();
        }
    });
    println!("\n{} cases in {:.0} s", cases.len(), began.elapsed().as_secs_f64());
    all
}

fn name(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

fn options(known: Option<&Known>) -> SolveOptions {
    SolveOptions {
        gap_frac: known.map_or(0.01, |k| k.gap_frac),
        time_limit_s: known.map_or(300.0, |k| k.time_limit_s),
        ..SolveOptions::default()
    }
}

fn prove(name: &str, case: &Case) -> Proven {
    let known = KNOWN.iter().find(|k| name.starts_with(k.case));
    let failed = |why: &str| Proven { text: format!("| {name} | FAILED: {why} |"), reached: false };
    let problem: Problem = match case {
        Case::Kazarlis(case) => case.problem(),
        Case::Pglib(case) => {
            if let Some(why) = case.not_carried() {
                return failed(&why);
            }
            case.problem(name)
        }
    };
    let began = Instant::now();
    let plan = match solve(&problem, &options(known)) {
        Ok(solved) => match solved.failed {
            None => solved.plan,
            Some(stage) => return failed(&stage.to_string()),
        },
        Err(SolveError::Problem(faults)) => return failed(&format!("{faults:?}")),
        Err(error) => return failed(&error.to_string()),
    };
    let seconds = began.elapsed().as_secs_f64();
    judged(name, case, known, &plan, seconds)
}

fn judged(name: &str, case: &Case, known: Option<&Known>, plan: &Plan, seconds: f64) -> Proven {
    // Lines lie above the parabolas that they stand for, so the bound holds less their error.
    let (cost, error, note) = match case {
        Case::Pglib(_) => (plan.cost, 0.0, String::new()),
        Case::Kazarlis(case) => {
            let (exact, of_plan) = case.exact(plan);
            let most = case.most_error();
            let shares = (of_plan / exact, most / exact);
            let note = format!(
                "with its lines {:.2}, which lie above the parabolas by at most {:.1e} of the cost \
                 in this plan and {:.1e} in any; ",
                plan.cost, shares.0, shares.1
            );
            (exact, most, note)
        }
    };
    let bound = plan.bound.map_or(f64::NEG_INFINITY, |bound| bound - error);
    let served = plan.shortfalls.is_empty();
    let (said, reached) = match known {
        None => ("-".to_owned(), served),
        Some(k) => {
            let cheap = cost <= k.best * (1.0 + k.above_frac) + 0.005;
            let said = format!(
                "{:.2} (asked: <= {:.2}, bound >= {:.2})",
                k.best,
                k.best * (1.0 + k.above_frac),
                k.bound
            );
            (said, served && cheap && bound >= k.bound)
        }
    };
    let word = match (reached, served) {
        (true, _) => "reached",
        (false, true) => "NOT REACHED",
        (false, false) => "NOT REACHED: something falls short",
    };
    let gap = (cost - bound) / cost;
    let text = format!(
        "| {name} | {cost:.2} | {said} | {bound:.2} | {gap:.1e} | {seconds:.1} | {note}{word} |"
    );
    Proven { text, reached }
}
