//! The true saving of a simulated camp, and the one that the service claims.

use super::instrumented::{Instrumented, Wrong};
use chrono::TimeDelta;
use smart_camp::report::saving::{self, Baseline, SavingReport};
use smart_camp::twin::{Rates, Stocks, TruthSource, Twin};

/// A day as it truly was: litres, stocks at its end.
type Day = (f64, Stocks);

/// Litres of each day, its stocks brought to those it began with.
fn equalised(rates: &Rates, start: &Stocks, days: &[Day]) -> Vec<f64> {
    let before = std::iter::once(start).chain(days.iter().map(|d| &d.1));
    before.zip(days).map(|(from, (litres, to))| litres + rates.owed_l(from, to)).collect()
}

/// What is claimed beside what is true.
pub(crate) struct Proof {
    /// What the service says.
    pub(crate) report: SavingReport,
    /// The true saving of each day of the report.
    pub(crate) truth_l: Vec<f64>,
}

/// A camp for some days, the first of which the baseline warms up on.
pub(crate) fn prove(camp: &str, seed: u64, baseline: &str, days: i64) -> Proof {
    let baseline: Baseline = baseline.parse().unwrap();
    let mut camp = Instrumented::new(camp, Some("H"), seed, Wrong::default());
    let (start, first) = (camp.start, camp.stocks());
    let mut actual = Vec::new();
    for _ in 0..days {
        let before = camp.burnt_l();
        camp.live(1);
        actual.push((camp.burnt_l() - before, camp.stocks()));
    }
    let policy = baseline.policy(&camp.hidden.site);
    let truth = TruthSource::new(seed, None);
    let mut twin = Twin::new(camp.hidden.clone(), truth, start).with_policy(policy);
    let mut other = Vec::new();
    for day in 1..=days {
        let before = twin.tally().fuel_l;
        twin.advance(start + TimeDelta::days(day));
        other.push((twin.tally().fuel_l - before, twin.stocks()));
    }
    let rates = Rates::of(&camp.hidden.site);
    let (other, own) = (equalised(&rates, &first, &other), equalised(&rates, &first, &actual));
    // The first day is the baseline's warm-up.
    let report = saving::of(&camp.stated, &camp.measured(), start + TimeDelta::days(1), baseline);
    let truth_l = other.iter().zip(own).skip(1).map(|(o, a)| o - a).collect();
    Proof { report, truth_l }
}
