//! How fast plans are, on one thread and with all rules, beside HiGHS alone on a frozen textbook
//! formulation of the same case.

use super::arguments::Arguments;
use super::case::{Case, TEN_SETS};
use super::measured::{self, OfPlan, OfTextbook};
use super::report::{Asked, Report};
use super::resolve;
use super::textbook::{Frozen, KEPT, freeze as frozen_anew};
use smart_camp::planning::day::Event;

/// The gap that is asked for.
const GAP_FRAC: f64 = 0.005;
/// That of the first plan.
const FIRST_GAP_FRAC: f64 = 0.01;
/// The part of the first rung that a first plan may take.
const FIRST_PART: f64 = 0.25;
const MOST_MB: f64 = 200.0;
/// The ratio to HiGHS alone that is asked for.
const RATIO: f64 = 0.1;
/// When a solve is stopped by the clock, ours and that of HiGHS alike, unless the flag says otherwise.
const STOPPED_S: f64 = 120.0;
const SEEDS: u32 = 5;

const CAMPS: [(&str, &str); 6] = [
    ("small", "H"),
    ("medium", "H"),
    ("medium", "H+"),
    ("large", "H"),
    ("large", "H+"),
    (TEN_SETS, "H"),
];

/// A length of plans: the first rung is for the worst of the days, the second for their median.
struct Horizon {
    hours: u32,
    first_rung_s: f64,
    second_rung_s: f64,
}

const HORIZONS: [Horizon; 3] = [
    Horizon { hours: 24, first_rung_s: 2.0, second_rung_s: 0.3 },
    Horizon { hours: 48, first_rung_s: 4.0, second_rung_s: 1.0 },
    Horizon { hours: 168, first_rung_s: 5.0, second_rung_s: 1.5 },
];

/// Events that change nothing of what a plan from files knows.
const NO_INPUT: [Event; 2] = [Event::MeterDropout, Event::LinkLost];

pub(crate) fn run(report: &mut Report, arguments: &Arguments) {
    println!("fast: seconds of processor time, model building included");
    for horizon in HORIZONS.iter().filter(|h| arguments.wants_horizon(h.hours)) {
        for (camp, variant) in CAMPS.iter().filter(|(c, v)| arguments.wants_camp(c, v)) {
            // Ten different sets are asked of one length.
            if *camp == TEN_SETS && horizon.hours > 24 {
                continue;
            }
            let seeds = (0..SEEDS).map(|seed| format!("seed-{seed}"));
            let group = Group { camp, variant, horizon, arguments };
            let cases = group.cases(seeds);
            group.seeds(report, &cases);
            if horizon.hours <= 48 {
                let what = group.row("re-solve from the running plan, of a fresh one");
                resolve::run(report, &what, &cases, GAP_FRAC, group.limit_s());
            }
            if horizon.hours == 24 && *camp != TEN_SETS {
                let events = Event::ALL.iter().filter(|event| !NO_INPUT.contains(event));
                group.events(report, &group.cases(events.map(|event| event.name().to_owned())));
            }
        }
    }
}

/// Writes the frozen cases anew.
pub(crate) fn freeze(arguments: &Arguments) {
    let kept = KEPT.iter().filter(|(camp, variant, hours)| {
        arguments.wants_camp(camp, variant) && arguments.wants_horizon(*hours)
    });
    for (camp, variant, hours) in kept {
        let days = (0..SEEDS).map(|seed| format!("seed-{seed}"));
        let (camp, variant, hours) = (*camp, *variant, *hours);
        let case = |day| Case { camp: camp.to_owned(), variant: variant.to_owned(), hours, day };
        let bytes = frozen_anew(&days.map(case).collect::<Vec<_>>());
        println!("{camp}-{variant}, {hours} h: {bytes} bytes");
    }
}

/// Days of one camp and length.
struct Group<'a> {
    camp: &'a str,
    variant: &'a str,
    horizon: &'a Horizon,
    arguments: &'a Arguments,
}

impl Group<'_> {
    fn cases(&self, days: impl Iterator<Item = String>) -> Vec<Case> {
        days.filter(|day| self.arguments.wants_day(day))
            .map(|day| Case {
                camp: self.camp.to_owned(),
                variant: self.variant.to_owned(),
                hours: self.horizon.hours,
                day,
            })
            .collect()
    }

    /// When a solve is stopped.
    fn limit_s(&self) -> f64 {
        self.arguments.limit_s.unwrap_or(STOPPED_S)
    }

    fn plans(&self, cases: &[Case], gap_frac: f64, compare: bool) -> Vec<Option<OfPlan>> {
        let one = |case: &Case| {
            let plan = measured::plan(case, gap_frac, self.limit_s(), compare)?;
            let gap =
                plan.gap_frac.map_or("no bound".to_owned(), |gap| format!("gap {}", percent(gap)));
            println!(
                "  {case} to {}: {:.2} s (clock {:.2} s), {gap}, cost {:.2}, {:.0} MB [{}]",
                percent(gap_frac),
                plan.cpu_s,
                plan.wall_s,
                plan.cost,
                plan.peak_mb,
                plan.stages
            );
            Some(plan)
        };
        cases.iter().map(one).collect()
    }

    fn row(&self, what: &str) -> String {
        format!("{}-{}, {} h: {what}", self.camp, self.variant, self.horizon.hours)
    }

    fn seeds(&self, report: &mut Report, cases: &[Case]) {
        if cases.is_empty() {
            return;
        }
        let days = format!("{} seeded days", cases.len());
        let plans = self.plans(cases, GAP_FRAC, true);
        let seconds = seconds(&plans);
        let most = Asked::AtMost(self.horizon.first_rung_s);
        report.add(&self.row("worst"), worst(&seconds), "s", most, &days);
        let most = Asked::AtMost(self.horizon.second_rung_s);
        report.add(&self.row("median"), median(&seconds), "s", most, &days);
        report.add(&self.row("gap, worst"), worst_gap(&plans), "%", Asked::AtMost(0.5), &days);
        let peak_mb = plans.iter().flatten().map(|plan| plan.peak_mb).fold(0.0, f64::max);
        let most = Asked::AtMost(MOST_MB);
        report.add(&self.row("memory, worst"), peak_mb, "MB", most, "a process a plan");
        let first = self::seconds(&self.plans(cases, FIRST_GAP_FRAC, false));
        let most = Asked::AtMost(FIRST_PART * self.horizon.first_rung_s);
        let reference = format!("median {:.2} s", median(&first));
        report.add(&self.row("a plan at 1 %, worst"), worst(&first), "s", most, &reference);
        if !self.arguments.no_reference {
            self.ratio(report, cases, &plans);
        }
    }

    fn events(&self, report: &mut Report, cases: &[Case]) {
        if cases.is_empty() {
            return;
        }
        let plans = self.plans(cases, GAP_FRAC, false);
        let seconds = seconds(&plans);
        let days = format!("{} events, median {:.2} s", cases.len(), median(&seconds));
        let most = Asked::AtMost(self.horizon.first_rung_s);
        report.add(&self.row("events, worst"), worst(&seconds), "s", most, &days);
        let gap = worst_gap(&plans);
        report.add(&self.row("events, gap, worst"), gap, "%", Asked::AtMost(0.5), &days);
    }

    /// The median over HiGHS's median, on the days that have a frozen case.
    fn ratio(&self, report: &mut Report, cases: &[Case], plans: &[Option<OfPlan>]) {
        let what = self.row("ratio to HiGHS alone");
        let mut found: Vec<(&OfPlan, OfTextbook)> = Vec::new();
        for (case, plan) in std::iter::zip(cases, plans) {
            let Some(plan) = plan.as_ref().filter(|p| p.frozen != Frozen::None) else { continue };
            let seed = case.day.trim_start_matches("seed-").parse().unwrap();
            let Some(alone) = measured::by_highs(case, GAP_FRAC, self.limit_s(), seed) else {
                continue;
            };
            let gap =
                alone.gap_frac().map_or("no plan".to_owned(), |g| format!("gap {}", percent(g)));
            println!("  {case}: HiGHS alone {:.2} s, {gap}, {}", alone.cpu_s, alone.status);
            found.push((plan, alone));
        }
        if found.is_empty() {
            report.skip(&what, "there is no frozen case");
            return;
        }
        let ours: Vec<f64> = found.iter().map(|(plan, _)| plan.cpu_s).collect();
        let theirs: Vec<f64> = found.iter().map(|(_, alone)| alone.cpu_s).collect();
        let ratio = median(&ours) / median(&theirs);
        report.add(
            &what,
            ratio,
            "",
            Asked::AtMost(RATIO),
            &told(&found, median(&theirs), self.limit_s()),
        );
    }
}

/// What is to be known of a ratio.
fn told(found: &[(&OfPlan, OfTextbook)], median_s: f64, limit_s: f64) -> String {
    let count = |is: fn(&(&OfPlan, OfTextbook)) -> bool| found.iter().filter(|f| is(f)).count();
    let mut words = format!("HiGHS alone: median {median_s:.1} s of {} days", found.len());
    let stopped = count(|(_, alone)| alone.stopped);
    if stopped > 0 {
        let gaps = found.iter().filter_map(|(_, alone)| alone.gap_frac());
        let none = count(|(_, alone)| alone.cost.is_none());
        let worst = percent(gaps.fold(0.0, f64::max));
        words += &format!(
            ", {stopped} stopped after {limit_s:.0} s by the clock (worst gap {worst}, {none} without \
             a plan): an upper bound"
        );
    }
    let words_of = [
        (count(|(p, _)| p.frozen == Frozen::OtherProblem), "of another problem than today's"),
        (count(|(p, _)| p.frozen == Frozen::OtherModel), "of another model than today's"),
        (count(|(_, alone)| !alone.stopped && alone.cost.is_none()), "without any plan"),
        (
            count(|(p, alone)| p.frozen == Frozen::Same && alone.bound > p.cost * (1.0 + 1e-5)),
            "with a bound above our plan's cost, which must not be",
        ),
    ];
    for (count, what) in words_of.into_iter().filter(|(count, _)| *count > 0) {
        words += &format!("; FROZEN CASES {what}: {count}");
    }
    words
}

/// A plan that failed took for ever.
fn seconds(plans: &[Option<OfPlan>]) -> Vec<f64> {
    plans.iter().map(|plan| plan.as_ref().map_or(f64::INFINITY, |plan| plan.cpu_s)).collect()
}

/// The widest gap, %; a plan without a bound has no end of it.
fn worst_gap(plans: &[Option<OfPlan>]) -> f64 {
    let gap = |plan: &Option<OfPlan>| plan.as_ref().and_then(|plan| plan.gap_frac);
    100.0 * worst(&plans.iter().map(|plan| gap(plan).unwrap_or(f64::INFINITY)).collect::<Vec<_>>())
}

fn worst(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { 0.5 * (sorted[half - 1] + sorted[half]) }
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}
