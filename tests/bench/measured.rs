//! One case in a process of its own: what it took there is what the case takes, memory too.

use super::case::Case;
use super::moved_on::moved_on;
use super::mps_file::MpsFile;
use super::textbook;
use camp_solver::{Plan, Problem, SolveOptions, solve, solve_from};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::process::Command;
use std::time::Instant;

/// The word after which a process measures one case and says what it took.
const WORD: &str = "measure";

/// What a plan took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OfPlan {
    /// Processor time of all threads; there is but one.
    pub(crate) cpu_s: f64,
    /// By the clock on the wall.
    pub(crate) wall_s: f64,
    pub(crate) cost: f64,
    /// Of the plan, if there is a bound.
    pub(crate) gap_frac: Option<f64>,
    pub(crate) peak_mb: f64,
    /// The stages, with their seconds.
    pub(crate) stages: String,
    /// How the frozen textbook case stands to that of today.
    pub(crate) frozen: textbook::Frozen,
}

/// What HiGHS alone took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OfTextbook {
    pub(crate) cpu_s: f64,
    pub(crate) cost: Option<f64>,
    pub(crate) bound: f64,
    pub(crate) stopped: bool,
    pub(crate) status: String,
}

impl OfTextbook {
    /// What is open between point and bound, as a share of the cost.
    pub(crate) fn gap_frac(&self) -> Option<f64> {
        self.cost.map(|cost| (cost - self.bound) / cost.abs())
    }
}

/// What a plan took a step later, fresh and from the plan in force.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OfResolve {
    pub(crate) fresh: Again,
    pub(crate) again: Again,
    /// Steps in which the same sets run as in the plan in force, %: fresh, and from it.
    pub(crate) alike: (usize, usize),
}

/// What one of them took and gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Again {
    pub(crate) cpu_s: f64,
    /// A plan without a bound has no end of it.
    pub(crate) gap_frac: f64,
    pub(crate) cost: f64,
    pub(crate) stages: String,
}

/// Measures the plan of a case. `None` where the process failed; it has said why.
pub(crate) fn plan(case: &Case, gap_frac: f64, limit_s: f64, compare: bool) -> Option<OfPlan> {
    let (gap_frac, limit_s) = (gap_frac.to_string(), limit_s.to_string());
    elsewhere(&["plan", &case.to_string(), &gap_frac, &limit_s, &compare.to_string()])
}

/// Measures plans of a case a step later.
pub(crate) fn resolve(case: &Case, gap_frac: f64, limit_s: f64) -> Option<OfResolve> {
    elsewhere(&["resolve", &case.to_string(), &gap_frac.to_string(), &limit_s.to_string()])
}

/// Measures HiGHS alone on the frozen case.
pub(crate) fn by_highs(case: &Case, gap_frac: f64, limit_s: f64, seed: u32) -> Option<OfTextbook> {
    let (gap_frac, limit_s) = (gap_frac.to_string(), limit_s.to_string());
    elsewhere(&["highs", &case.to_string(), &gap_frac, &limit_s, &seed.to_string()])
}

fn elsewhere<T: DeserializeOwned>(words: &[&str]) -> Option<T> {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.arg(WORD).args(words).env("RUST_BACKTRACE", "0");
    let ran = command.output().unwrap();
    if !ran.status.success() {
        println!("  FAILED {}: {}", words.join(" "), String::from_utf8_lossy(&ran.stderr).trim());
        return None;
    }
    let text = String::from_utf8(ran.stdout).unwrap();
    Some(serde_json::from_str(text.lines().last().unwrap()).unwrap())
}

/// In the process of one case: measures it and says so. False in any other process.
pub(crate) fn is_one_case() -> bool {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said = match words[..] {
        [WORD, "plan", case, gap, limit_s, compare] => serde_json::to_string(&plan_here(
            &Case::named(case).unwrap(),
            gap.parse().unwrap(),
            limit_s.parse().unwrap(),
            compare.parse().unwrap(),
        )),
        [WORD, "resolve", case, gap, limit_s] => serde_json::to_string(&resolve_here(
            &Case::named(case).unwrap(),
            gap.parse().unwrap(),
            limit_s.parse().unwrap(),
        )),
        [WORD, "highs", case, gap, limit_s, seed] => serde_json::to_string(&highs_here(
            &Case::named(case).unwrap(),
            gap.parse().unwrap(),
            limit_s.parse().unwrap(),
            seed.parse().unwrap(),
        )),
        _ => return false,
    };
    println!("{}", said.unwrap());
    true
}

fn plan_here(case: &Case, gap_frac: f64, time_limit_s: f64, compare: bool) -> OfPlan {
    let problem = case.problem();
    let options = SolveOptions { gap_frac, time_limit_s, ..SolveOptions::default() };
    let (began, cpu_s) = (Instant::now(), processor_s());
    let solved = solve(&problem, &options).unwrap();
    let (cpu_s, wall_s) = (processor_s() - cpu_s, began.elapsed().as_secs_f64());
    let peak_mb = peak_mb();
    assert_eq!(solved.failed, None, "the rules' plan is no answer of the search");
    let stages = stages(&solved.plan);
    let frozen = if compare {
        textbook::compare(case, &problem, &solved.plan)
    } else {
        textbook::Frozen::None
    };
    let (cost, gap_frac) = (solved.plan.cost, solved.plan.gap_frac);
    OfPlan { cpu_s, wall_s, cost, gap_frac, peak_mb, stages, frozen }
}

fn resolve_here(case: &Case, gap_frac: f64, time_limit_s: f64) -> OfResolve {
    let problem = case.problem();
    let options = SolveOptions { gap_frac, time_limit_s, ..SolveOptions::default() };
    let first = solve(&problem, &options).unwrap().plan;
    let moved = moved_on(&problem, &first);
    let (fresh, of_fresh) = again(&moved, &options, None);
    let (again, of_again) = again(&moved, &options, Some(&first));
    let alike = |plan: &Plan| {
        let steps = moved.grid.len() - 1;
        let like = |t: &usize| {
            let pairs = plan.genset.iter().map(|(id, g)| (g, &first.genset[id]));
            pairs.into_iter().all(|(now, then)| now.running[*t] == then.running[t + 1])
        };
        100 * (0..steps).filter(like).count() / steps
    };
    OfResolve { alike: (alike(&of_fresh), alike(&of_again)), fresh, again }
}

fn again(problem: &Problem, options: &SolveOptions, running: Option<&Plan>) -> (Again, Plan) {
    let cpu_s = processor_s();
    let solved = solve_from(problem, options, running).unwrap();
    let cpu_s = processor_s() - cpu_s;
    assert_eq!(solved.failed, None, "the rules' plan is no answer of the search");
    let plan = solved.plan;
    let gap_frac = plan.gap_frac.unwrap_or(f64::MAX);
    (Again { cpu_s, gap_frac, cost: plan.cost, stages: stages(&plan) }, plan)
}

/// The stages of a plan, with their seconds.
fn stages(plan: &Plan) -> String {
    let stages = plan.stages.iter().map(|s| format!("{} {:.2} s", s.name, s.seconds));
    stages.collect::<Vec<_>>().join(", ")
}

fn highs_here(case: &Case, gap_frac: f64, limit_s: f64, seed: u32) -> OfTextbook {
    let file = MpsFile::read(&textbook::read(case).unwrap()).unwrap();
    let cpu_s = processor_s();
    let found = file.by_highs(gap_frac, limit_s, seed);
    OfTextbook {
        cpu_s: processor_s() - cpu_s,
        cost: found.objective,
        bound: found.bound.max(f64::MIN),
        stopped: found.stopped,
        status: format!("{:?}", found.status),
    }
}

/// Processor time of this process's threads so far.
fn processor_s() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let ns: f64 = threads
        .map(|thread| {
            let text = std::fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
            text.split(' ').next().unwrap().parse::<f64>().unwrap()
        })
        .sum();
    ns / 1e9
}

/// The most memory of this process so far.
pub(crate) fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let most = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    most.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
