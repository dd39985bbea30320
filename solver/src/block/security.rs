//! N-1: what is left after the loss of any one source carries the load of the hour's level.
//!
//! Columns, in steps whose level is not `none`: `followers[t]`, kW that sources which cannot form the
//! grid go on giving after a loss that may leave no former; `bus.left[t]`, kW left after the worst
//! loss; `bus.critical_short[t]`, `bus.full_short[t]`, kW. `any_on` is the fleet's (`committed.rs`).
//!
//! ```text
//! left <= sets + headroom + (1 - solar_frac) solar - what is lost          for each source
//!   lost: one set of a fleet (each any_on), a battery (its headroom), an array (its part)
//! where no grid-forming battery but the lost one is available:
//!   followers <= (1 - solar_frac) solar + headroom of batteries that follow
//!   followers <= most (sets on - any_on of the fleet that lost one)
//! left + critical_short >= T0 and T1 served       level critical or full
//! left + full_short     >= load served            level full
//! ```
//!
//! All rows lie within one step. A standing set is nothing; a set that cannot form the grid is none.

use super::{Block, Values};
use crate::account::Decisions;
use crate::lowered::Security;
use crate::model::{Model, Source, SourceKind};
use crate::rank::ShortfallClass;
use crate::site::SecurityLevel;
use good_lp::Expression;

#[derive(Debug)]
pub(super) struct SecurityBlock {
    asked: Security,
}

impl SecurityBlock {
    pub(super) fn new(asked: Security) -> Self {
        Self { asked }
    }

    /// What a source may count for when another is lost, kW.
    fn counts_for(&self, source: &Source, t: usize) -> Expression {
        let carried = source.carries[t].clone();
        match source.kind {
            SourceKind::Solar { .. } => carried * (1.0 - self.asked.solar_frac),
            SourceKind::Sets { .. } | SourceKind::Battery { .. } => carried,
        }
    }

    /// What is left after the loss of source `lost`, kW.
    fn left(&self, model: &mut Model, t: usize, sources: &[Source], lost: usize) -> Expression {
        let (name, kind) = (&sources[lost].name, &sources[lost].kind);
        let (mut left, mut formers) = (Expression::default(), model.formers[t].clone());
        if let SourceKind::Sets { each_kw, any_on, .. } = kind {
            left += sources[lost].carries[t].clone() - each_kw[t] * any_on[t].clone();
            formers -= any_on[t].clone();
        }
        let others = || sources.iter().enumerate().filter(|(s, _)| *s != lost).map(|(_, s)| s);
        // Where an array is lost, whatever formed the grid before goes on.
        let formed = matches!(kind, SourceKind::Solar { .. })
            || others().any(|s| {
                matches!(&s.kind, SourceKind::Battery { forms_grid: true, available, .. }
                    if available[t])
            });
        let (mut following, mut most_kw) = (Expression::default(), 0.0);
        for source in others() {
            let most = source.follows(t);
            if formed || most.is_none() {
                left += self.counts_for(source, t);
            } else if let Some(kw) = most {
                following += self.counts_for(source, t);
                most_kw += kw;
            }
        }
        if most_kw > 0.0 {
            let followers = model.column(format!("{name}.followers[{t}]"), 0.0, most_kw);
            model.row(
                format!("{name}.followers_give[{t}]"),
                (Expression::from(followers) - following).leq(0.0),
            );
            model.row(
                format!("{name}.followers_formed[{t}]"),
                (Expression::from(followers) - most_kw * formers).leq(0.0),
            );
            left += followers;
        }
        left
    }

    fn step(&self, model: &mut Model, t: usize, sources: &[Source]) {
        let level = self.asked.level[t];
        if level == SecurityLevel::None {
            return;
        }
        let most_kw: f64 = sources.iter().map(|s| s.most_kw(t)).sum();
        let left = model.column(format!("bus.left[{t}]"), 0.0, most_kw);
        for (lost, source) in sources.iter().enumerate() {
            if source.may_be_lost(t) {
                let after = self.left(model, t, sources, lost);
                let row = Expression::from(left) - after;
                model.row(format!("{}.lost[{t}]", source.name), row.leq(0.0));
            }
        }
        let critical = (ShortfallClass::SecurityCritical, "critical", &model.critical_served);
        let full = (ShortfallClass::SecurityFull, "full", &model.load_served);
        let mut asked = vec![(critical.0, critical.1, critical.2[t].clone())];
        if level == SecurityLevel::Full {
            asked.push((full.0, full.1, full.2[t].clone()));
        }
        for (class, what, load) in asked {
            let short = model.column(format!("bus.{what}_short[{t}]"), 0.0, most_kw);
            let row = Expression::from(left) + short - load;
            model.row(format!("bus.secure_{what}[{t}]"), row.geq(0.0));
            model.ledger.fall_short(class, model.dt_h[t], short);
        }
    }
}

impl Source {
    /// The most it can give, kW.
    fn most_kw(&self, t: usize) -> f64 {
        match &self.kind {
            SourceKind::Sets { most, each_kw, .. } => *most as f64 * each_kw[t],
            SourceKind::Battery { most_kw, .. } => *most_kw,
            SourceKind::Solar { usable_kw } => usable_kw[t],
        }
    }

    /// The most that it can give, kW, if it gives only while another forms the grid.
    fn follows(&self, t: usize) -> Option<f64> {
        match &self.kind {
            SourceKind::Sets { .. } | SourceKind::Battery { forms_grid: true, .. } => None,
            SourceKind::Battery { .. } | SourceKind::Solar { .. } => Some(self.most_kw(t)),
        }
    }

    /// Whether there is anything to lose: a set that may run, a battery in reach, sun.
    fn may_be_lost(&self, t: usize) -> bool {
        match &self.kind {
            SourceKind::Sets { .. } => true,
            SourceKind::Battery { available, .. } => available[t],
            SourceKind::Solar { usable_kw } => usable_kw[t] > 0.0,
        }
    }
}

impl Block for SecurityBlock {
    fn build(&mut self, model: &mut Model) {
        let sources = std::mem::take(&mut model.sources);
        for t in 0..model.steps() {
            self.step(model, t, &sources);
        }
        model.sources = sources;
    }

    fn read(&self, _values: &dyn Values, _decisions: &mut Decisions) {}
}
