//! Mutations of what wells, lines and tanks may do in a local day.

use super::{Mutation, mutation, undeclared};
use camp_solver::plan::WastewaterPlan;
use camp_solver::site::{TreatmentStart, Wastewater, WastewaterStart, WellStart};
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem, ShortfallClass as Class};

/// A well's state at the start, standing for `for_h`.
fn well(q: &mut Problem, today_m3: f64, today_h: f64) {
    let state = WellStart { running: false, for_h: 0.0, today_m3, today_h, today_rest_h: 0.0 };
    q.start.well.insert("w1".to_owned(), state);
}

/// Lets the reverse osmosis run in the steps of `on`, and nowhere else.
fn run_ro(q: &mut Problem, p: &mut Plan, on: std::ops::Range<usize>) {
    let standing = TreatmentStart { trains_running: 0, for_h: 5.0, today_starts: 0 };
    q.start.treatment.insert("ro".to_owned(), standing);
    let ro = p.treatment.get_mut("ro").unwrap();
    for t in 0..ro.flow_m3_per_h.len() {
        ro.trains_running[t] = u32::from(on.contains(&t));
        ro.flow_m3_per_h[t] = f64::from(ro.trains_running[t]);
    }
    p.shortfalls.retain(|s| s.asset != "treatment.ro");
}

fn plant(q: &mut Problem) -> &mut Wastewater {
    q.site.wastewater.get_mut("plant").unwrap()
}

fn treated(p: &mut Plan) -> &mut WastewaterPlan {
    p.wastewater.get_mut("plant").unwrap()
}

/// Forgets what was declared of the wastewater plant.
fn untold(p: &mut Plan) {
    p.shortfalls.retain(|s| s.asset != "wastewater.plant");
}

pub(super) const MUTATIONS: &[Mutation] = &[
    mutation(Rule::WellOnOff, "a pump that is on or off gives half", |_, p| {
        p.well.get_mut("w1").unwrap().flow_m3_per_h[0] = 2.5;
    }),
    mutation(Rule::WellDailyCap, "the cap of the day is smaller", |q, p| {
        q.site.well.get_mut("w1").unwrap().daily_cap_m3 = Some(1.0);
        p.well.get_mut("w1").unwrap().flow_m3_per_h[0] = 5.0;
    }),
    mutation(Rule::WellDailyCap, "the day's water was pumped before the plan", |q, p| {
        well(q, 60.0, 0.0);
        p.well.get_mut("w1").unwrap().flow_m3_per_h[0] = 5.0;
    }),
    mutation(Rule::WellHours, "the hours of the day are fewer", |q, p| {
        q.site.well.get_mut("w1").unwrap().max_hours_per_day = Some(0.1);
        p.well.get_mut("w1").unwrap().flow_m3_per_h[0] = 5.0;
    }),
    mutation(Rule::WellHours, "the day's hours were pumped before the plan", |q, p| {
        well(q, 0.0, 16.0);
        p.well.get_mut("w1").unwrap().flow_m3_per_h[0] = 5.0;
    }),
    mutation(Rule::WellRest, "a well runs now and then all day", |q, p| {
        // The plan ends at noon: a rest of 13 h must lie before.
        q.site.well.get_mut("w1").unwrap().min_rest_h = Some(13.0);
        for t in (0..48).step_by(4) {
            p.well.get_mut("w1").unwrap().flow_m3_per_h[t] = 5.0;
        }
    }),
    mutation(Rule::WellRest, "the rest of before the plan is not there", |q, p| {
        q.site.well.get_mut("w1").unwrap().min_rest_h = Some(18.0);
        q.start.well.get_mut("w1").unwrap().today_rest_h = 0.0;
        let well = p.well.get_mut("w1").unwrap();
        well.flow_m3_per_h.fill(0.0);
        well.flow_m3_per_h[24] = 5.0;
    }),
    mutation(Rule::TreatmentTrains, "more trains run than there are", |_, p| {
        p.treatment.get_mut("uf").unwrap().trains_running[0] = 3;
    }),
    mutation(Rule::TreatmentProduct, "a train makes a part of its product", |_, p| {
        let ro = p.treatment.get_mut("ro").unwrap();
        ro.trains_running[5] = 1;
        ro.flow_m3_per_h[5] = 0.5;
    }),
    mutation(Rule::TreatmentFlow, "a train that stands makes product", |_, p| {
        let uf = p.treatment.get_mut("uf").unwrap();
        uf.trains_running[5] = 0;
        uf.flow_m3_per_h[5] = 0.5;
    }),
    undeclared(Class::Starts, "a run is too short and nobody says so", |q, p| {
        run_ro(q, p, 4..8);
    }),
    undeclared(Class::Starts, "a run of before the plan ends too early", |q, p| {
        run_ro(q, p, 0..0);
        let begun = TreatmentStart { trains_running: 1, for_h: 1.0, today_starts: 1 };
        q.start.treatment.insert("ro".to_owned(), begun);
    }),
    undeclared(Class::Starts, "a day has starts too many", |q, p| {
        q.site.treatment.get_mut("ro").unwrap().max_starts_per_day = Some(0);
        run_ro(q, p, 4..16);
    }),
    undeclared(Class::Starts, "starts of before the plan are forgotten", |q, p| {
        run_ro(q, p, 4..16);
        q.start.treatment.get_mut("ro").unwrap().today_starts = 2;
    }),
    mutation(Rule::TankStock, "a start without its flush", |q, p| {
        // Far more than any tolerance: the levels are those of the old flush.
        q.site.treatment.get_mut("ro").unwrap().flush_m3_per_stop = Some(5.0);
        run_ro(q, p, 4..16);
    }),
    mutation(Rule::TankStock, "a train ran before the plan", |q, p| {
        run_ro(q, p, 0..16);
        q.site.treatment.get_mut("ro").unwrap().flush_m3_per_stop = Some(5.0);
    }),
    mutation(Rule::TankFloor, "the time of contact is longer", |q, p| {
        // 2 m3/h at the taps for 34 h are 68 m3.
        q.site.tank.get_mut("treated").unwrap().contact_time_h = Some(34.0);
        p.tank.get_mut("treated").unwrap().level_m3[8] = 60.0;
    }),
    mutation(Rule::WastewaterFlow, "the plant is smaller", |q, p| {
        plant(q).plant_m3_per_day = 1.0;
        treated(p).flow_m3_per_h[3] = 1.0;
    }),
    mutation(Rule::WastewaterFlow, "a plant out of reach treats", |q, p| {
        q.unavailable.insert("wastewater.plant".to_owned(), vec![true; p.grid.len()]);
        treated(p).flow_m3_per_h[3] = 1.0;
    }),
    mutation(Rule::WastewaterEnergy, "a cubic metre takes more", |q, p| {
        plant(q).energy_kwh_per_m3 = 20.0;
        treated(p).flow_m3_per_h[3] = 1.0;
    }),
    mutation(Rule::WastewaterEnergy, "the most power is less", |q, p| {
        plant(q).max_kw = 1.5;
        treated(p).demand_kw[3] = 3.0;
    }),
    mutation(Rule::WastewaterEnergy, "aeration runs below its least power", |_, p| {
        treated(p).demand_kw[3] = 0.5;
        treated(p).flow_m3_per_h[3] = 0.0;
    }),
    mutation(Rule::WastewaterStock, "wastewater disappears", |_, p| {
        treated(p).level_m3[3] -= 0.5;
    }),
    mutation(Rule::WastewaterStock, "the tank held more at the start", |q, _| {
        let start = WastewaterStart { level_m3: 9.0, paused_h: 0.0 };
        q.start.wastewater.insert("plant".to_owned(), start);
    }),
    mutation(Rule::WastewaterStock, "the site's level at the start is another", |q, _| {
        q.start.wastewater.clear();
        plant(q).start_equalisation_m3 = 9.0;
    }),
    mutation(Rule::WastewaterStock, "the equalisation tank is smaller", |q, p| {
        plant(q).equalisation_m3 = 1.0;
        treated(p).level_m3[3] = 5.0;
    }),
    undeclared(Class::Wastewater, "untreated discharge is not told", |_, p| {
        untold(p);
        treated(p).overflow_m3_per_h[3] = 1.0;
    }),
    undeclared(Class::Wastewater, "a day is aerated too little", |_, p| {
        untold(p);
        // One step an hour: the pauses are short enough.
        let kw = &mut treated(p).demand_kw;
        (0..kw.len()).for_each(|t| kw[t] = if t % 4 == 0 { 1.0 } else { 0.0 });
    }),
    undeclared(Class::Wastewater, "the least share of aeration is larger", |q, p| {
        untold(p);
        plant(q).aeration_min_frac = 1.0;
        treated(p).demand_kw.fill(2.0);
    }),
    undeclared(Class::Wastewater, "aeration pauses too long", |_, p| {
        untold(p);
        let kw = &mut treated(p).demand_kw;
        kw.fill(8.0);
        kw[10..16].fill(0.0);
    }),
    undeclared(Class::Wastewater, "the longest pause is shorter", |q, p| {
        untold(p);
        plant(q).max_pause_h = 0.25;
        let kw = &mut treated(p).demand_kw;
        kw.fill(8.0);
        kw[10..12].fill(0.0);
    }),
    undeclared(Class::Wastewater, "aeration had been pausing before the plan", |q, p| {
        untold(p);
        let start = WastewaterStart { level_m3: 6.0, paused_h: 3.0 };
        q.start.wastewater.insert("plant".to_owned(), start);
        let kw = &mut treated(p).demand_kw;
        kw.fill(8.0);
        kw[0] = 0.0;
    }),
    undeclared(Class::EndStockTank, "more is left at the end than was asked", |q, p| {
        untold(p);
        q.end.wastewater_m3.insert("plant".to_owned(), 0.0);
        *treated(p).level_m3.last_mut().unwrap() = 5.0;
    }),
];
