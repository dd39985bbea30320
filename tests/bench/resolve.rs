//! How fast a plan is made from the one in force, a quarter of an hour later, beside a fresh one.

use super::case::Case;
use super::measured::{self, OfResolve};
use super::report::{Asked, Report};

/// What a plan from the one in force may take of what a fresh one takes.
const MOST: f64 = 0.5;

/// Adds the median of the ratios, of the days of one camp and length, and tells each.
pub(crate) fn run(report: &mut Report, what: &str, cases: &[Case], gap_frac: f64, limit_s: f64) {
    if cases.is_empty() {
        return;
    }
    let one = |case: &Case| {
        let found = measured::resolve(case, gap_frac, limit_s)?;
        let OfResolve { fresh, again, alike } = &found;
        println!(
            "  {case} a step on: fresh {:.2} s (gap {:.2} %, cost {:.2}), from the plan {:.2} s (gap {:.2} \
             %, cost {:.2}); sets as in the plan in {} %, fresh in {} % of the steps [{}]",
            fresh.cpu_s,
            100.0 * fresh.gap_frac,
            fresh.cost,
            again.cpu_s,
            100.0 * again.gap_frac,
            again.cost,
            alike.1,
            alike.0,
            again.stages
        );
        Some(found)
    };
    let found: Vec<OfResolve> = cases.iter().filter_map(one).collect();
    if found.len() < cases.len() {
        report.add(what, f64::INFINITY, "", Asked::AtMost(MOST), "a plan failed");
        return;
    }
    let mut ratios: Vec<f64> = found.iter().map(|f| f.again.cpu_s / f.fresh.cpu_s).collect();
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
    let words = format!("{} days, median of their ratios; {least:.2} to {most:.2}", found.len());
    report.add(what, super::fast::median(&ratios), "", Asked::AtMost(MOST), &words);
}
