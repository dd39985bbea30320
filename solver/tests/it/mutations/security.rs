//! Mutations of N-1, and of what a battery keeps and takes.

use super::{Mutation, mutation, undeclared};
use camp_solver::ShortfallClass as Class;
use camp_solver::site::SecurityLevel;
use camp_solver::verify::Rule;

pub(super) const MUTATIONS: &[Mutation] = &[
    mutation(Rule::SecurityLevel, "an hour is said to ask for less", |_, p| {
        p.security.as_mut().unwrap().level[9] = SecurityLevel::None;
    }),
    mutation(Rule::SecurityLevel, "the site asks for more all day", |q, _| {
        q.site.security.as_mut().unwrap().level = SecurityLevel::Full;
    }),
    mutation(Rule::SecurityLevel, "the hours of all load come earlier", |q, _| {
        let security = q.site.security.as_mut().unwrap();
        security.full[0].from = "04:10:00".parse().unwrap();
    }),
    mutation(Rule::SecurityLevel, "nobody has signed for the night", |q, _| {
        q.site.security.as_mut().unwrap().none.clear();
        q.site.security.as_mut().unwrap().level = SecurityLevel::None;
    }),
    mutation(Rule::SecurityRequired, "the clinic is left out of what must survive", |_, p| {
        p.security.as_mut().unwrap().critical_kw[5] -= 10.0;
    }),
    mutation(Rule::SecurityRequired, "less is asked for than the level asks", |_, p| {
        p.security.as_mut().unwrap().required_kw[5] *= 0.5;
    }),
    mutation(Rule::SecurityCarried, "more is said to be left than is", |_, p| {
        p.security.as_mut().unwrap().carried_kw[5] += 5.0;
    }),
    mutation(Rule::SecurityCarried, "the worst loss is said to be another", |_, p| {
        let lost = &mut p.security.as_mut().unwrap().lost;
        for lost in lost {
            *lost = Some("solar.pv".to_owned());
        }
    }),
    mutation(Rule::SecurityCarried, "the battery keeps more for T0 and T1", |q, _| {
        q.site.battery.get_mut("bess").unwrap().critical_floor_h = Some(4.0);
    }),
    mutation(Rule::SecurityCarried, "the battery must last longer", |q, _| {
        q.site.reserve.battery_sustain_h = 20.0;
    }),
    undeclared(
        Class::SecurityCritical,
        "the clinic would be dropped and nobody says so",
        |q, p| {
            q.series.demand_kw.get_mut("load.clinic").unwrap()[5] += 1000.0;
            p.consumer.get_mut("load.clinic").unwrap().served_kw[5] += 1000.0;
        },
    ),
    undeclared(Class::SecurityFull, "load would be dropped in hours of full N-1 unsaid", |q, p| {
        // Nothing else changes: T0 and T1 are carried as before.
        q.site.security.as_mut().unwrap().level = SecurityLevel::Full;
        p.security.as_mut().unwrap().level.fill(SecurityLevel::Full);
    }),
    undeclared(Class::BatteryFloor, "T0 and T1 are not kept in the battery", |q, _| {
        q.site.battery.get_mut("bess").unwrap().critical_floor_h = Some(20.0);
    }),
    mutation(Rule::BatteryTemperature, "it takes charge in frost", |q, p| {
        q.series.temperature_c = vec![-1.0; q.grid.len()];
        p.battery.get_mut("bess").unwrap().charge_kw[3] += 2.0;
    }),
    mutation(Rule::BatteryTemperature, "it takes full charge in heat", |q, p| {
        q.series.temperature_c = vec![64.0; q.grid.len()];
        p.battery.get_mut("bess").unwrap().charge_kw[3] += 20.0;
    }),
    mutation(Rule::SeriesShape, "the proof of N-1 is left out", |_, p| p.security = None),
];
