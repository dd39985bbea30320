//! `make trials`: the laws of the tests (`tests/it/properties`) on random camps by the hundred. The seed
//! is fixed, so the first hundred are always the same. What breaks a law is kept as a problem in
//! `target/trials`, to be made smaller and to become a golden case.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program that prints, for people who stand before it"
)]

#[path = "../../tests/it/camp.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod camp;
#[path = "../../tests/it/properties/draw.rs"]
mod draw;
#[path = "../../tests/it/properties/extras.rs"]
mod extras;
#[path = "../../tests/it/properties/half_step.rs"]
mod half_step;
#[path = "../../tests/it/properties/laws.rs"]
mod laws;

use camp_solver::Problem;
use draw::{Draw, problem};
use laws::{Asked, Finding};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Camps that are tried at a time.
const AT_ONCE: usize = 2;
/// Costs are compared by the bounds that plans tell, which are true whatever the gap.
const ASKED: Asked = Asked { gap_frac: 5e-3, time_limit_s: 4.0 };
/// What seems broken is looked at again: it may have been the time that ended a search.
const AGAIN: Asked = Asked { gap_frac: 5e-4, time_limit_s: 120.0 };

const LAWS: [&str; 7] = [
    "a plan that the checker passes",
    "rules that the checker passes",
    "more sun costs no more",
    "a larger battery costs no more",
    "cheaper fuel costs no more",
    "other names cost the same",
    "half the step, same books",
];

fn main() -> ExitCode {
    let asked = std::env::args().nth(1).map_or(Ok(100), |n| n.parse::<usize>());
    let Ok(count) = asked else {
        println!("FAILED: how many camps? make trials [N=100]");
        return ExitCode::from(2);
    };
    let began = Instant::now();
    let draws = draws(count);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((number, draw)) = {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    draws.get(number).map(|draw| (number, draw))
                } {
                    let tried_at = Instant::now();
                    let findings = tried(draw);
                    tell(number, draw, &findings, tried_at.elapsed().as_secs_f64());
                    found.lock().unwrap().insert(number, findings);
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    table(&found);
    println!("{count} camps in {:.0} s", began.elapsed().as_secs_f64());
    let broken = found.values().flatten().any(|f| matches!(f, Some(Finding::Broken(_))));
    ExitCode::from(u8::from(broken))
}

fn draws(count: usize) -> Vec<Draw> {
    let config = Config { failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let strategy = draw::draw();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// What each law says of a camp; nothing where it does not ask.
type Findings = [Option<Finding>; LAWS.len()];

/// Asks every law; those that seem broken once more, with more time.
fn tried(draw: &Draw) -> Findings {
    let mut findings = asked(draw, ASKED, |_| true);
    let broken = findings.clone().map(|f| matches!(f, Some(Finding::Broken(_))));
    if broken.contains(&true) {
        for (finding, again) in findings.iter_mut().zip(asked(draw, AGAIN, |law| broken[law])) {
            *finding = again.or(finding.take());
        }
    }
    findings
}

fn asked(draw: &Draw, asked: Asked, of: impl Fn(usize) -> bool) -> Findings {
    let problem = problem(draw);
    let base = match asked.plan(&problem) {
        Ok(base) => base,
        // It may have been the time; then every law is asked again.
        Err(error) => {
            return std::array::from_fn(|law| of(law).then(|| Finding::Broken(error.clone())));
        }
    };
    let open = || laws::placed_before(draw);
    let more = |better: &Problem| {
        open().unwrap_or_else(|| laws::more_is_no_dearer(&problem, &base, better, asked))
    };
    let cheaper = || laws::cheaper_is_no_dearer(&problem, &base, asked);
    let names = || laws::names_do_not_matter(draw, &base, asked);
    [
        of(0).then(|| laws::passes(&problem, &base)),
        of(1).then(|| laws::rules_pass(draw)),
        of(2).then(|| more(&laws::sunnier(&problem))),
        laws::larger(draw, &problem).filter(|_| of(3)).map(|larger| more(&larger)),
        of(4).then(|| open().unwrap_or_else(cheaper)),
        of(5).then(|| open().unwrap_or_else(names)),
        of(6).then(|| half_step::keeps_the_books(draw, |p| asked.plan(p))),
    ]
}

/// Says at once what breaks a law, and keeps the problem.
fn tell(number: usize, draw: &Draw, findings: &Findings, seconds: f64) {
    println!("camp {number}: {seconds:.1} s");
    for (law, finding) in LAWS.iter().zip(findings) {
        let Some(Finding::Broken(told)) = finding else { continue };
        println!("BROKEN: {law}: camp {number}: {told}");
        let path = format!("target/trials/camp-{number}.json");
        let written = std::fs::create_dir_all("target/trials").and_then(|()| {
            std::fs::write(&path, serde_json::to_string_pretty(&problem(draw)).unwrap())
        });
        match written {
            Ok(()) => println!("        {path}"),
            Err(error) => println!("        {path} was not written: {error}"),
        }
    }
}

fn table(found: &BTreeMap<usize, Findings>) {
    println!("{:<34}{:>7}{:>7}{:>7}  open", "law", "camps", "held", "broken");
    for (i, law) in LAWS.iter().enumerate() {
        let of_law = || found.values().filter_map(move |findings| findings[i].as_ref());
        let held = of_law().filter(|f| **f == Finding::Holds).count();
        let broken = of_law().filter(|f| matches!(f, Finding::Broken(_))).count();
        let mut open: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in of_law() {
            if let Finding::Open(why) = finding {
                *open.entry(why).or_default() += 1;
            }
        }
        let open: Vec<_> = open.iter().map(|(why, count)| format!("{count} {why}")).collect();
        let camps = of_law().count();
        println!("{law:<34}{camps:>7}{held:>7}{broken:>7}  {}", open.join(", "));
    }
}
