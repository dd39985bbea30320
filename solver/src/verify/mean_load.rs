//! The mean load over the running hours of any 24 h, as ISO 8528-1 defines it.

use super::Findings;
use super::camp::Camp;
use crate::rank::ShortfallClass;

pub(super) fn check(camp: &Camp<'_>, findings: &mut Findings) {
    for (id, plan) in &camp.plan.genset {
        let set = &camp.site.genset[id];
        let Some(allowed) = set.mean_load_24h_max_frac else {
            continue;
        };
        // Load as a share of the rating, under 30 % counted as 30 %, above the mean allowed.
        let above = |kw: f64| (kw / set.rated_kw).max(0.3) - allowed;
        // Stretches of running: from, to, load.
        let mut stretches = Vec::new();
        let told = camp.problem.start.genset.get(id).map_or(&[][..], |s| &s.last_24h_kw);
        for (i, kw) in told.iter().enumerate().filter(|(_, kw)| **kw > 0.0) {
            let from = i as f64 - told.len() as f64;
            stretches.push((from, from + 1.0, above(*kw)));
        }
        let mut worst = 0.0_f64;
        for t in 0..camp.steps {
            let end = camp.at[t] + camp.dt[t];
            if plan.running[t] {
                stretches.push((camp.at[t], end, above(plan.power_kw[t])));
            }
            let begin = end - 24.0;
            let within = stretches.iter().rev().take_while(|(_, to, _)| *to > begin);
            let shares: f64 = within.map(|(from, to, above)| (to - from.max(begin)) * above).sum();
            let excess = shares * set.rated_kw;
            let class = ShortfallClass::MeanLoad;
            findings.count(camp, class, &format!("genset.{id}"), t, excess - worst);
            worst = worst.max(excess);
        }
    }
}
