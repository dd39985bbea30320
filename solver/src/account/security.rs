//! What the loss of any one source would leave, in a plan or in a choice of the rules.

use super::{Books, load_kw, tidy};
use crate::plan::{Plan, SecurityPlan};
use crate::rank::ShortfallClass;
use crate::site::{SecurityLevel, Tier};

/// What gives power in a step: what each could go on giving when another is lost, kW.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Sets that run.
    pub(crate) sets_kw: Vec<f64>,
    /// Batteries in reach, and whether they can form the grid.
    pub(crate) batteries: Vec<(bool, f64)>,
    /// Arrays with sun.
    pub(crate) solar_kw: Vec<f64>,
}

/// A source by its place in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    Set(usize),
    Battery(usize),
    Solar(usize),
}

impl Sources {
    /// The source whose loss leaves least, and what it leaves, kW.
    pub(crate) fn worst(&self) -> Option<(Lost, f64)> {
        let sets = (0..self.sets_kw.len()).map(Lost::Set);
        let batteries = (0..self.batteries.len()).map(Lost::Battery);
        let solar = (0..self.solar_kw.len()).map(Lost::Solar);
        let losses = sets.chain(batteries).chain(solar).map(|lost| (lost, self.left(lost)));
        losses.reduce(|worst, next| if next.1 < worst.1 { next } else { worst })
    }

    /// What is left without `lost`, kW: nothing that follows the grid if nothing forms it.
    fn left(&self, lost: Lost) -> f64 {
        let sets = self.sets_kw.iter().enumerate();
        let sets = || sets.clone().filter(|(i, _)| Lost::Set(*i) != lost);
        let batteries = self.batteries.iter().enumerate();
        let batteries = || batteries.clone().filter(|(i, _)| Lost::Battery(*i) != lost);
        if sets().next().is_none() && !batteries().any(|(_, (forms_grid, _))| *forms_grid) {
            return 0.0;
        }
        let solar = self.solar_kw.iter().enumerate().filter(|(i, _)| Lost::Solar(*i) != lost);
        sets().map(|(_, kw)| kw).sum::<f64>()
            + batteries().map(|(_, (_, kw))| kw).sum::<f64>()
            + solar.map(|(_, kw)| kw).sum::<f64>()
    }
}

impl Books<'_> {
    /// What the loss of the largest source leaves in step `t`, kW, and which one that is.
    fn worst_loss(&self, plan: &Plan, t: usize) -> Option<(String, f64)> {
        let (problem, site) = (self.problem, &self.problem.site);
        let set_ids: Vec<_> = plan.genset.iter().filter(|(_, g)| g.running[t]).collect();
        let usable = |id: &str| problem.is_available("battery", id, t);
        let battery_ids: Vec<_> = site.battery.iter().filter(|(id, _)| usable(id)).collect();
        let sunny = |id: &str| problem.solar_usable_kw(id, t) > 0.0;
        let solar_ids: Vec<_> = plan.solar.iter().filter(|(id, _)| sunny(id)).collect();
        let sustained = |id: &str| self.sustained_kw(plan, id, t);
        let counts = 1.0 - site.reserve.solar_frac;
        let sources = Sources {
            sets_kw: set_ids.iter().map(|(id, _)| problem.genset_available_kw(id, t)).collect(),
            batteries: battery_ids.iter().map(|(id, b)| (b.grid_forming, sustained(id))).collect(),
            solar_kw: solar_ids.iter().map(|(_, s)| s.power_kw[t] * counts).collect(),
        };
        let (lost, kw) = sources.worst()?;
        let name = match lost {
            Lost::Set(i) => format!("genset.{}", set_ids[i].0),
            Lost::Battery(i) => format!("battery.{}", battery_ids[i].0),
            Lost::Solar(i) => format!("solar.{}", solar_ids[i].0),
        };
        Some((name, kw))
    }

    /// N-1, step by step, with what falls short of it.
    pub(super) fn security(&mut self, plan: &Plan) -> Option<SecurityPlan> {
        let problem = self.problem;
        let asked = problem.site.security.as_ref()?;
        let mut critical_loads = problem.tiers();
        critical_loads.retain(|_, tier| *tier <= Tier::T1);
        let mut security = SecurityPlan::default();
        let (mut critical_short, mut full_short) = (Vec::new(), Vec::new());
        for t in 0..problem.grid.len() {
            let level = asked.level_in(&problem.grid, t);
            let (lost, carried) = self.worst_loss(plan, t).unzip();
            let carried = carried.unwrap_or(0.0);
            let served = |path: &String| plan.consumer[path].served_kw[t];
            let critical: f64 = critical_loads.keys().map(served).sum();
            let all = load_kw(plan, t);
            let (critical_asked, full_asked) = match level {
                SecurityLevel::Full => (critical, all),
                SecurityLevel::Critical => (critical, 0.0),
                SecurityLevel::None => (0.0, 0.0),
            };
            critical_short.push(critical_asked - carried);
            full_short.push(full_asked - carried);
            security.level.push(level);
            security.lost.push(lost);
            security.carried_kw.push(tidy(carried));
            security.required_kw.push(tidy(critical_asked.max(full_asked)));
            security.critical_kw.push(tidy(critical));
        }
        for (class, short) in [
            (ShortfallClass::SecurityCritical, critical_short),
            (ShortfallClass::SecurityFull, full_short),
        ] {
            let by_step = self.over_time(short.into_iter());
            self.declare(class, "bus".to_owned(), by_step);
        }
        Some(security)
    }
}
