//! Mutations of what the plant does.

use super::{Mutation, mutation};
use camp_solver::site::MinimumLoad;
use camp_solver::verify::Rule;
use camp_solver::{Plan, Problem};

/// The first step in which a set of this id runs.
fn on(plan: &Plan, id: &str) -> usize {
    plan.genset[id].running.iter().position(|on| *on).expect("the set runs")
}

fn first_running(plan: &Plan) -> (String, usize) {
    let id = plan.genset.iter().find(|(_, g)| g.running.iter().any(|on| *on)).unwrap().0.clone();
    let t = on(plan, &id);
    (id, t)
}

pub(super) const MUTATIONS: &[Mutation] = &[
    mutation(Rule::SeriesShape, "a series is too short", |_, p| {
        p.genset.get_mut("g1").unwrap().power_kw.pop();
    }),
    mutation(Rule::SeriesShape, "a value is not a number", |_, p| {
        p.tank.get_mut("raw").unwrap().level_m3[3] = f64::NAN;
    }),
    mutation(Rule::SeriesShape, "an asset is missing", |_, p| {
        p.solar.clear();
    }),
    mutation(Rule::SameQuestion, "the plan is for another site", |_, p| {
        p.site = "other".to_owned();
    }),
    mutation(Rule::SameQuestion, "the plan is for another time", |_, p| {
        p.grid.start += chrono::TimeDelta::hours(1);
    }),
    mutation(Rule::SetAvailable, "a running set is tagged out", |q, p| {
        let (id, _) = first_running(p);
        q.unavailable.insert(format!("genset.{id}"), vec![true; p.grid.len()]);
    }),
    mutation(Rule::SetRating, "the rating is smaller than the load", |q, p| {
        let (id, t) = first_running(p);
        q.site.genset.get_mut(&id).unwrap().rated_kw = p.genset[&id].power_kw[t] - 1.0;
    }),
    mutation(Rule::SetPowerWhileOff, "a set gives power while off", |_, p| {
        let (id, t) = first_running(p);
        p.genset.get_mut(&id).unwrap().running[t] = false;
    }),
    mutation(Rule::SetMinimumLoadHard, "the minimum load is hard and broken", |q, p| {
        let (id, _) = first_running(p);
        let set = q.site.genset.get_mut(&id).unwrap();
        set.min_load = MinimumLoad::Hard;
        set.min_load_frac = 1.0;
    }),
    mutation(Rule::SetMinimumUpTime, "the least time on is longer than a run", |q, p| {
        for id in ["g1", "g2", "g3", "g4"] {
            q.site.genset.get_mut(id).unwrap().min_up_h = 48.0;
        }
        let (id, t) = first_running(p);
        p.genset.get_mut(&id).unwrap().running[t + 4] = false;
    }),
    mutation(Rule::SetMinimumDownTime, "the least time off is longer than a rest", |q, p| {
        for id in ["g1", "g2", "g3", "g4"] {
            q.site.genset.get_mut(id).unwrap().min_down_h = 48.0;
        }
        let (id, t) = first_running(p);
        p.genset.get_mut(&id).unwrap().running[t + 4] = false;
    }),
    mutation(Rule::SetMinimumDownTime, "a set that has just stopped starts again", |q, p| {
        let (id, _) = first_running(p);
        let state = camp_solver::site::GensetStart::new(false, 0.0);
        q.start.genset.insert(id.clone(), state);
        q.site.genset.get_mut(&id).unwrap().min_down_h = 48.0;
    }),
    mutation(Rule::SetFuelCurve, "the fuel is made smaller", |_, p| {
        let (id, t) = first_running(p);
        p.genset.get_mut(&id).unwrap().fuel_l_per_h[t] *= 0.99;
    }),
    mutation(Rule::SetFuelCurve, "the data sheet has another point", |q, p| {
        let (id, t) = first_running(p);
        let set = q.site.genset.get_mut(&id).unwrap();
        let kw = p.genset[&id].power_kw[t];
        set.fuel_curve_kw = vec![kw / 2.0, kw, set.rated_kw + 1.0];
        set.fuel_curve_l_per_h = vec![1.0, 2.0, 100.0];
    }),
    mutation(Rule::SetStarts, "a start is not counted", |_, p| {
        p.genset.values_mut().for_each(|g| g.starts += 1);
    }),
    mutation(Rule::LoadSharing, "one set takes load from its twin", |_, p| {
        let t = on(p, "g1");
        let loaded_kw = p.genset["g1"].power_kw[t];
        let twin = p.genset.get_mut("g2").unwrap();
        twin.running[t] = true;
        twin.power_kw[t] = loaded_kw - 5.0;
    }),
    mutation(Rule::LoadSharing, "a set at its own set-point is declared to share", |q, p| {
        let set = q.site.genset.get_mut("g4").unwrap();
        set.load_sharing = camp_solver::site::LoadSharing::Proportional;
        let t = on(p, "g1");
        let g4 = p.genset.get_mut("g4").unwrap();
        g4.running[t] = true;
        g4.power_kw[t] = 0.0;
    }),
    mutation(Rule::SolarAvailable, "more sun is used than there is", |_, p| {
        p.solar.get_mut("pv").unwrap().power_kw[2] += 50.0;
    }),
    mutation(Rule::SolarAvailable, "the inverter is smaller", |q, _| {
        q.site.solar.get_mut("pv").unwrap().inverter_kw = 1.0;
    }),
    mutation(Rule::SolarCurtailment, "curtailment is hidden", |_, p| {
        let pv = p.solar.get_mut("pv").unwrap();
        pv.curtailed_kw[2] += 3.0;
    }),
    mutation(Rule::BatteryPower, "the battery charges beyond its limit", |q, p| {
        q.site.battery.get_mut("bess").unwrap().charge_max_kw = 1.0;
        p.battery.get_mut("bess").unwrap().charge_kw[1] = 20.0;
    }),
    mutation(Rule::BatteryPower, "the battery discharges beyond its limit", |q, p| {
        q.site.battery.get_mut("bess").unwrap().discharge_max_kw = 1.0;
        p.battery.get_mut("bess").unwrap().discharge_kw[1] = 20.0;
    }),
    mutation(Rule::BatteryPower, "an unavailable battery works", |q, p| {
        q.unavailable.insert("battery.bess".to_owned(), vec![true; p.grid.len()]);
        p.battery.get_mut("bess").unwrap().discharge_kw[1] = 5.0;
    }),
    mutation(Rule::BatteryOneDirection, "the battery works both ways at once", |_, p| {
        let battery = p.battery.get_mut("bess").unwrap();
        battery.charge_kw[5] += 4.0;
        battery.discharge_kw[5] += 4.0;
    }),
    mutation(Rule::BatteryStock, "energy appears in store", |_, p| {
        p.battery.get_mut("bess").unwrap().stored_kwh[7] += 0.5;
    }),
    mutation(Rule::BatteryStock, "losses on the way in are larger", |q, p| {
        p.battery.get_mut("bess").unwrap().charge_kw[0] = 40.0;
        q.site.battery.get_mut("bess").unwrap().charge_efficiency_frac = 0.5;
    }),
    mutation(Rule::BatteryStock, "losses on the way out are larger", |q, p| {
        p.battery.get_mut("bess").unwrap().discharge_kw[0] = 40.0;
        q.site.battery.get_mut("bess").unwrap().discharge_efficiency_frac = 0.5;
    }),
    mutation(Rule::BatteryCharge, "the state of charge is of another nameplate", |q, _| {
        q.site.battery.get_mut("bess").unwrap().energy_kwh = 300.0;
    }),
    mutation(Rule::BatteryWindow, "the lower end of the window is raised", |q, _| {
        let battery = q.site.battery.get_mut("bess").unwrap();
        battery.state_of_charge_min_frac = 0.94;
        q.start.battery.get_mut("bess").unwrap().state_of_charge_frac = 0.94;
    }),
    mutation(Rule::BatteryWindow, "the upper end of the window is lowered", |q, p| {
        let battery = q.site.battery.get_mut("bess").unwrap();
        battery.state_of_charge_max_frac = 0.21;
        q.start.battery.get_mut("bess").unwrap().state_of_charge_frac = 0.2;
        let _ = p;
    }),
    mutation(Rule::WellFlow, "a well gives more than its pump", |_, p| {
        p.well.get_mut("w1").unwrap().flow_m3_per_h[0] = 9.0;
    }),
    mutation(Rule::WellFlow, "a standby well runs beside one on duty", |_, p| {
        p.well.get_mut("w2").unwrap().flow_m3_per_h[0] = 1.0;
    }),
    mutation(Rule::WellFlow, "a dry well runs", |q, p| {
        q.unavailable.insert("well.w1".to_owned(), vec![true; p.grid.len()]);
        p.well.get_mut("w1").unwrap().flow_m3_per_h[0] = 1.0;
    }),
    mutation(Rule::WellEnergy, "the well lies deeper", |q, p| {
        q.site.well.get_mut("w1").unwrap().head_m = 300.0;
        p.well.get_mut("w1").unwrap().flow_m3_per_h[0] = 2.0;
    }),
    mutation(Rule::WellEnergy, "the pump is worse", |q, p| {
        q.site.well.get_mut("w1").unwrap().pump_efficiency_frac = 0.1;
        p.well.get_mut("w1").unwrap().flow_m3_per_h[0] = 2.0;
    }),
    mutation(Rule::TreatmentFlow, "a line makes more than its trains", |q, p| {
        q.site.treatment.get_mut("uf").unwrap().trains = 1;
        p.treatment.get_mut("uf").unwrap().flow_m3_per_h[0] = 5.0;
    }),
    mutation(Rule::TreatmentTrains, "a line out of reach runs", |q, p| {
        q.unavailable.insert("treatment.uf".to_owned(), vec![true; p.grid.len()]);
        p.treatment.get_mut("uf").unwrap().trains_running[0] = 1;
    }),
    mutation(Rule::TreatmentFlow, "a line without a running train makes water", |_, p| {
        let line = p.treatment.get_mut("uf").unwrap();
        line.flow_m3_per_h[0] = 1.0;
        line.trains_running[0] = 0;
    }),
    mutation(Rule::TreatmentFlow, "a train is smaller", |q, p| {
        q.site.treatment.get_mut("uf").unwrap().train_m3_per_h = 0.1;
        p.treatment.get_mut("uf").unwrap().flow_m3_per_h[0] = 1.0;
    }),
    mutation(Rule::TreatmentEnergy, "a line draws more for each cubic metre", |q, p| {
        q.site.treatment.get_mut("uf").unwrap().energy_kwh_per_m3 = 3.0;
        p.treatment.get_mut("uf").unwrap().flow_m3_per_h[0] = 2.0;
    }),
    mutation(Rule::TankStock, "water appears in a tank", |_, p| {
        p.tank.get_mut("treated").unwrap().level_m3[4] += 0.5;
    }),
    mutation(Rule::TankStock, "a line recovers less", |q, p| {
        q.site.treatment.get_mut("uf").unwrap().recovery_frac = 0.2;
        p.treatment.get_mut("uf").unwrap().flow_m3_per_h[0] = 2.0;
    }),
    mutation(Rule::TankStock, "a well fills another tank", |q, p| {
        q.site.well.get_mut("w1").unwrap().to_tank = "treated".to_owned();
        p.well.get_mut("w1").unwrap().flow_m3_per_h[0] = 4.0;
    }),
    mutation(Rule::TankStock, "a line draws from another tank", |q, p| {
        q.site.treatment.get_mut("uf").unwrap().from_tank = "treated".to_owned();
        p.treatment.get_mut("uf").unwrap().flow_m3_per_h[0] = 2.0;
    }),
    mutation(Rule::TankStock, "a line fills another tank", |q, p| {
        q.site.treatment.get_mut("uf").unwrap().to_tank = "raw".to_owned();
        p.treatment.get_mut("uf").unwrap().flow_m3_per_h[0] = 2.0;
    }),
    mutation(Rule::TankStock, "the taps draw from another tank", |q, _| {
        q.site.taps.get_mut("camp").unwrap().from_tank = "raw".to_owned();
    }),
    mutation(Rule::TankCapacity, "the tank is smaller", |q, _| {
        q.site.tank.get_mut("treated").unwrap().capacity_m3 = 50.0;
    }),
    mutation(Rule::TankFloor, "the fire floor is raised", |q, p| {
        floor(q, p, |tank, extra| tank.fire_floor_m3 += extra);
    }),
    mutation(Rule::TankFloor, "the operating floor is raised", |q, p| {
        floor(q, p, |tank, extra| tank.operating_floor_m3 += extra);
    }),
    mutation(Rule::TankFloor, "the suction floor is raised", |q, p| {
        floor(q, p, |tank, extra| tank.suction_floor_m3 += extra);
    }),
    mutation(Rule::TapsDelivery, "less is delivered than is said", |_, p| {
        p.taps.get_mut("camp").unwrap().delivered_m3_per_h[6] -= 0.5;
    }),
    mutation(Rule::TapsBooster, "the booster is smaller", |q, _| {
        q.site.taps.get_mut("camp").unwrap().booster_max_kw = Some(0.01);
    }),
    mutation(Rule::TapsBooster, "the booster draws more", |q, _| {
        q.site.taps.get_mut("camp").unwrap().booster_kwh_per_m3 = 0.5;
    }),
    mutation(Rule::ConsumerServed, "demand is neither served nor declared", |_, p| {
        p.consumer.get_mut("load.tents").unwrap().served_kw[6] -= 5.0;
    }),
    mutation(Rule::ShedForbidden, "T1 is shed", |_, p| {
        let clinic = p.consumer.get_mut("load.clinic").unwrap();
        clinic.served_kw[6] -= 5.0;
        clinic.unserved_kw[6] += 5.0;
        clinic.shed_kw[6] += 5.0;
    }),
    mutation(Rule::ShedForbidden, "a shed load is declared T0", |q, p| {
        q.site.load.get_mut("tents").unwrap().tier = camp_solver::site::Tier::T0;
        let tents = p.consumer.get_mut("load.tents").unwrap();
        tents.unserved_kw[6] = 1.0;
        tents.shed_kw[6] = 1.0;
    }),
    mutation(Rule::ShedUnserved, "more is shed than goes unserved", |_, p| {
        p.consumer.get_mut("load.tents").unwrap().shed_kw[6] += 5.0;
    }),
    mutation(Rule::ShedUnserved, "a long time without power is not told", |_, p| {
        p.consumer.get_mut("load.kitchen").unwrap().unserved_kw[2..5].fill(1.0);
    }),
    mutation(Rule::PowerBalance, "power is made and not used", |_, p| {
        let (id, t) = first_running(p);
        p.genset.get_mut(&id).unwrap().power_kw[t] += 2.0;
    }),
    mutation(Rule::GridFormer, "nothing forms the grid", |q, p| {
        q.site.battery.get_mut("bess").unwrap().grid_forming = false;
        p.genset.values_mut().for_each(|g| g.running[9] = false);
    }),
    mutation(Rule::GridFormer, "the battery that forms the grid is out", |q, p| {
        q.unavailable.insert("battery.bess".to_owned(), vec![true; p.grid.len()]);
        p.genset.values_mut().for_each(|g| g.running[9] = false);
    }),
    mutation(Rule::ReserveRequired, "the site asks for more of the load", |q, _| {
        q.site.reserve.load_frac = 0.5;
    }),
    mutation(Rule::ReserveRequired, "the site asks for more of the sun", |q, p| {
        q.site.reserve.solar_frac = 0.9;
        p.solar.get_mut("pv").unwrap().power_kw[3] = 20.0;
    }),
    mutation(Rule::ReserveCarried, "the plan says it carries more", |_, p| {
        p.reserve.carried_kw[3] += 10.0;
    }),
    mutation(Rule::ReserveCarried, "a battery must sustain longer", |q, _| {
        q.site.reserve.battery_sustain_h = 20.0;
    }),
];

/// Raises a floor above where the plan draws the tank to.
fn floor(q: &mut Problem, p: &mut Plan, raise: fn(&mut camp_solver::site::Tank, f64)) {
    let tank = q.site.tank.get_mut("treated").unwrap();
    let levels = &mut p.tank.get_mut("treated").unwrap().level_m3;
    raise(tank, levels[7] - tank.floor_m3());
    levels[8] = levels[7] - 3.0;
}
