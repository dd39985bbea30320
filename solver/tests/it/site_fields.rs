//! The guard over the site file: every field stands against the check and the mutation that prove it
//! honoured, or against "not honoured yet", or against what else it is for.

use crate::camp::full_site;
use crate::mutations::mutations;
use camp_solver::ShortfallClass as Class;
use camp_solver::verify::Rule;
use std::collections::{BTreeMap, BTreeSet};

/// What a field is.
enum Use {
    /// Honoured: the rule that checks it; a mutation of that rule must exist.
    Checked(Rule),
    /// Honoured as a service level: the class that is counted where it is not met; a mutation in which
    /// nobody declares that class must exist.
    Counted(Class),
    /// Stated and not honoured yet: `check-site` and every plan list it.
    #[expect(dead_code, reason = "every field is honoured at present")]
    NotYet,
    /// Not a rule: a name, an input of forecasts, a profile, or the target of the running loop.
    Input,
}
use Use::{Checked, Counted, Input};

const FIELDS: &[(&str, Use)] = &[
    ("version", Input),
    ("name", Checked(Rule::SameQuestion)),
    ("title", Input),
    ("persons", Input),
    ("place.latitude_deg", Input),
    ("place.longitude_deg", Input),
    ("place.altitude_m", Checked(Rule::SetDerating)),
    ("place.time_zone", Input),
    ("place.design_temperature_c", Checked(Rule::SetDerating)),
    ("money.currency", Checked(Rule::CostTotal)),
    ("money.fuel_price_per_l", Checked(Rule::LedgerTotal)),
    ("reserve.load_frac", Checked(Rule::ReserveRequired)),
    ("reserve.solar_frac", Checked(Rule::ReserveRequired)),
    ("reserve.battery_sustain_h", Checked(Rule::ReserveCarried)),
    ("security.level", Checked(Rule::SecurityLevel)),
    ("security.full", Checked(Rule::SecurityLevel)),
    ("security.surge", Checked(Rule::SecurityLevel)),
    ("security.none", Checked(Rule::SecurityLevel)),
    ("security.none_signed_by", Input),
    ("quiet_hours.from", Counted(Class::QuietHours)),
    ("quiet_hours.to", Counted(Class::QuietHours)),
    ("quiet_hours.max_running_sets", Counted(Class::QuietHours)),
    ("plant.max_starts_per_day", Counted(Class::Starts)),
    // A preference: no plan is refused for it. What a plan tells of it is held to its running (`SetRunHours`).
    ("plant.rotation", Input),
    ("plant.run_hours_spread_max_h", Checked(Rule::SetRunHours)),
    ("plant.service_hours", Checked(Rule::SetService)),
    ("ranking.order", Checked(Rule::LedgerTotal)),
    ("load.*.tier", Checked(Rule::ShedForbidden)),
    ("load.*.typical_kw", Input),
    ("genset.*.rated_kw", Checked(Rule::SetRating)),
    ("genset.*.fuel_curve_kw", Checked(Rule::SetFuelCurve)),
    ("genset.*.fuel_curve_l_per_h", Checked(Rule::SetFuelCurve)),
    ("genset.*.min_load_frac", Counted(Class::MinimumLoad)),
    ("genset.*.min_load", Checked(Rule::SetMinimumLoadHard)),
    ("genset.*.min_up_h", Checked(Rule::SetMinimumUpTime)),
    ("genset.*.min_down_h", Checked(Rule::SetMinimumDownTime)),
    ("genset.*.start_fuel_l", Checked(Rule::FuelTotal)),
    ("genset.*.start_cost", Checked(Rule::LedgerTotal)),
    ("genset.*.running_cost_per_h", Checked(Rule::LedgerTotal)),
    ("genset.*.start_tiers", Checked(Rule::FuelTotal)),
    ("genset.*.ramp_up_kw_per_h", Checked(Rule::SetRamp)),
    ("genset.*.ramp_down_kw_per_h", Checked(Rule::SetRamp)),
    ("genset.*.start_up_max_kw", Checked(Rule::SetStartLimit)),
    ("genset.*.shut_down_max_kw", Checked(Rule::SetStopLimit)),
    ("genset.*.load_sharing", Checked(Rule::LoadSharing)),
    ("genset.*.preferred_min_frac", Checked(Rule::LedgerTotal)),
    ("genset.*.preferred_max_frac", Checked(Rule::LedgerTotal)),
    ("genset.*.outside_band_cost_per_kwh", Checked(Rule::LedgerTotal)),
    ("genset.*.mean_load_24h_max_frac", Counted(Class::MeanLoad)),
    ("genset.*.max_starts_per_day", Counted(Class::Starts)),
    ("genset.*.derating", Checked(Rule::SetDerating)),
    ("genset.*.run_hours_h", Checked(Rule::SetRunHours)),
    ("genset.*.service_due_h", Checked(Rule::SetService)),
    ("genset.*.service_interval_h", Checked(Rule::SetService)),
    ("genset.*.service_duration_h", Checked(Rule::SetService)),
    ("genset.*.service_tolerance_frac", Checked(Rule::SetService)),
    ("genset.*.burn_off", Checked(Rule::SetLowLoad)),
    ("solar.*.peak_kwp", Input),
    ("solar.*.inverter_kw", Checked(Rule::SolarAvailable)),
    ("solar.*.tilt_deg", Input),
    ("solar.*.azimuth_deg", Input),
    ("solar.*.albedo_frac", Input),
    ("solar.*.losses_frac", Input),
    ("solar.*.temperature_coefficient_per_c", Input),
    ("solar.*.typical_kw_per_kwp", Input),
    ("battery.*.energy_kwh", Checked(Rule::BatteryCharge)),
    ("battery.*.charge_max_kw", Checked(Rule::BatteryPower)),
    ("battery.*.discharge_max_kw", Checked(Rule::BatteryPower)),
    ("battery.*.charge_efficiency_frac", Checked(Rule::BatteryStock)),
    ("battery.*.discharge_efficiency_frac", Checked(Rule::BatteryStock)),
    ("battery.*.state_of_charge_min_frac", Checked(Rule::BatteryWindow)),
    ("battery.*.state_of_charge_max_frac", Checked(Rule::BatteryWindow)),
    ("battery.*.wear_cost_per_kwh", Checked(Rule::LedgerTotal)),
    ("battery.*.grid_forming", Checked(Rule::GridFormer)),
    ("battery.*.end_state_of_charge_min_frac", Input),
    ("battery.*.end_l_per_kwh", Input),
    ("battery.*.critical_floor_h", Checked(Rule::SecurityCarried)),
    ("battery.*.charge_temperature", Checked(Rule::BatteryTemperature)),
    ("well.*.to_tank", Checked(Rule::TankStock)),
    ("well.*.flow_m3_per_h", Checked(Rule::WellFlow)),
    ("well.*.head_m", Checked(Rule::WellEnergy)),
    ("well.*.pump_efficiency_frac", Checked(Rule::WellEnergy)),
    ("well.*.standby", Checked(Rule::WellFlow)),
    ("well.*.control", Checked(Rule::WellOnOff)),
    ("well.*.daily_cap_m3", Checked(Rule::WellDailyCap)),
    ("well.*.max_hours_per_day", Checked(Rule::WellHours)),
    ("well.*.min_rest_h", Checked(Rule::WellRest)),
    ("treatment.*.from_tank", Checked(Rule::TankStock)),
    ("treatment.*.to_tank", Checked(Rule::TankStock)),
    ("treatment.*.trains", Checked(Rule::TreatmentFlow)),
    ("treatment.*.train_m3_per_h", Checked(Rule::TreatmentFlow)),
    ("treatment.*.recovery_frac", Checked(Rule::TankStock)),
    ("treatment.*.energy_kwh_per_m3", Checked(Rule::TreatmentEnergy)),
    ("treatment.*.daily_product_m3", Counted(Class::Water)),
    ("treatment.*.min_product_frac", Checked(Rule::TreatmentProduct)),
    ("treatment.*.min_run_h", Counted(Class::Starts)),
    ("treatment.*.max_starts_per_day", Counted(Class::Starts)),
    ("treatment.*.flush_m3_per_stop", Checked(Rule::TankStock)),
    ("tank.*.capacity_m3", Checked(Rule::TankCapacity)),
    ("tank.*.suction_floor_m3", Checked(Rule::TankFloor)),
    ("tank.*.fire_floor_m3", Checked(Rule::TankFloor)),
    ("tank.*.operating_floor_m3", Checked(Rule::TankFloor)),
    ("tank.*.end_level_min_m3", Input),
    ("tank.*.contact_time_h", Checked(Rule::TankFloor)),
    ("taps.*.from_tank", Checked(Rule::TankStock)),
    ("taps.*.daily_m3", Input),
    ("taps.*.typical_share", Input),
    ("taps.*.booster_kwh_per_m3", Checked(Rule::TapsBooster)),
    ("taps.*.booster_max_kw", Checked(Rule::TapsBooster)),
    ("wastewater.*.daily_m3", Input),
    ("wastewater.*.plant_m3_per_day", Checked(Rule::WastewaterFlow)),
    ("wastewater.*.energy_kwh_per_m3", Checked(Rule::WastewaterEnergy)),
    ("wastewater.*.min_kw", Checked(Rule::WastewaterEnergy)),
    ("wastewater.*.end_equalisation_max_m3", Input),
    ("wastewater.*.max_kw", Checked(Rule::WastewaterEnergy)),
    ("wastewater.*.equalisation_m3", Checked(Rule::WastewaterStock)),
    ("wastewater.*.start_equalisation_m3", Checked(Rule::WastewaterStock)),
    ("wastewater.*.aeration_min_frac", Counted(Class::Wastewater)),
    ("wastewater.*.max_pause_h", Counted(Class::Wastewater)),
    ("thermal_store.*.holds", Checked(Rule::HeatDrawn)),
    ("thermal_store.*.heater_kw", Checked(Rule::HeaterPower)),
    ("thermal_store.*.store_kwh", Checked(Rule::HeatStock)),
    ("thermal_store.*.daily_kwh", Input),
    ("thermal_store.*.typical_share", Input),
    ("thermal_store.*.min_frac", Counted(Class::Heat)),
    ("thermal_store.*.ready_frac", Counted(Class::Heat)),
    ("thermal_store.*.ready_at_h", Counted(Class::Heat)),
    ("thermal_store.*.loss_frac_per_h", Checked(Rule::HeatStock)),
    ("thermal_store.*.start_frac", Checked(Rule::HeatStock)),
    ("batch.*.per_day", Checked(Rule::BatchPerDay)),
    ("batch.*.batch_kw", Checked(Rule::BatchServed)),
    ("batch.*.batch_h", Checked(Rule::BatchServed)),
    ("batch.*.max_at_once", Checked(Rule::BatchAtOnce)),
    ("batch.*.from_h", Checked(Rule::BatchStart)),
    ("batch.*.to_h", Checked(Rule::BatchStart)),
    ("fuel_store.*.capacity_l", Checked(Rule::FuelDelivery)),
    ("fuel_store.*.start_l", Checked(Rule::FuelStock)),
    ("fuel_store.*.delivery_l", Checked(Rule::FuelDelivery)),
    ("fuel_store.*.delivery_every_d", Checked(Rule::FuelDelivery)),
    ("fuel_store.*.delivery_slip_d", Checked(Rule::FuelDelivery)),
    ("fuel_store.*.reserve_d", Checked(Rule::FuelOutlook)),
    ("fuel_store.*.reserve_l", Checked(Rule::FuelOutlook)),
    ("fuel_store.*.delivery_lead_d", Checked(Rule::FuelOutlook)),
    ("fuel_store.*.burn_p90_extra_frac", Checked(Rule::FuelOutlook)),
    ("start.time", Input),
    ("start.genset.*.running", Checked(Rule::SetMinimumUpTime)),
    ("start.genset.*.power_kw", Checked(Rule::SetRamp)),
    ("start.genset.*.for_h", Checked(Rule::SetMinimumDownTime)),
    ("start.genset.*.starts_today", Counted(Class::Starts)),
    ("start.genset.*.last_24h_kw", Counted(Class::MeanLoad)),
    ("start.genset.*.run_hours_h", Checked(Rule::SetRunHours)),
    ("start.genset.*.service_due_h", Checked(Rule::SetService)),
    ("start.genset.*.service_at", Checked(Rule::SetService)),
    ("start.genset.*.low_load_h", Checked(Rule::SetLowLoad)),
    ("start.genset.*.high_load_h", Checked(Rule::SetLowLoad)),
    ("start.genset.*.burn_off_owed_h", Counted(Class::BurnOff)),
    ("start.genset.*.burn_offs_at", Counted(Class::BurnOff)),
    ("start.battery.*.state_of_charge_frac", Checked(Rule::BatteryStock)),
    ("start.tank.*.level_m3", Checked(Rule::TankStock)),
    ("start.thermal_store.*.fill_frac", Checked(Rule::HeatStock)),
    ("start.fuel_store.*.level_l", Checked(Rule::FuelStock)),
    ("start.fuel_store.*.deliveries", Checked(Rule::FuelDelivery)),
    ("start.batch.*.done_today", Checked(Rule::BatchPerDay)),
    ("start.batch.*.running_left_h", Checked(Rule::BatchServed)),
    ("start.well.*.running", Checked(Rule::WellRest)),
    ("start.well.*.for_h", Checked(Rule::WellRest)),
    ("start.well.*.today_m3", Checked(Rule::WellDailyCap)),
    ("start.well.*.today_h", Checked(Rule::WellHours)),
    ("start.well.*.today_rest_h", Checked(Rule::WellRest)),
    ("start.treatment.*.trains_running", Checked(Rule::TankStock)),
    ("start.treatment.*.for_h", Counted(Class::Starts)),
    ("start.treatment.*.today_starts", Counted(Class::Starts)),
    ("start.wastewater.*.level_m3", Checked(Rule::WastewaterStock)),
    ("start.wastewater.*.paused_h", Counted(Class::Wastewater)),
];

/// Kinds whose next level is a name given by the file.
const BY_ID: [&str; 11] = [
    "load",
    "genset",
    "solar",
    "battery",
    "well",
    "treatment",
    "tank",
    "taps",
    "wastewater",
    "thermal_store",
    "batch",
];

/// Every field of the full site, ids as `*`. Only site, place, money, ... and kinds are opened up.
fn fields() -> BTreeSet<String> {
    let site = serde_json::to_value(full_site()).unwrap();
    let mut found = BTreeSet::new();
    for (key, value) in site.as_object().unwrap() {
        if BY_ID.contains(&key.as_str()) || key == "fuel_store" {
            for item in value.as_object().unwrap().values() {
                found.extend(item.as_object().unwrap().keys().map(|f| format!("{key}.*.{f}")));
            }
        } else if key == "start" {
            for (kind, items) in value.as_object().unwrap() {
                match items.as_object() {
                    None => {
                        found.insert(format!("start.{kind}"));
                    }
                    Some(items) => found.extend(
                        items
                            .values()
                            .flat_map(|i| i.as_object().unwrap().keys())
                            .map(|f| format!("start.{kind}.*.{f}")),
                    ),
                }
            }
        } else if let Some(table) = value.as_object() {
            found.extend(table.keys().map(|f| format!("{key}.{f}")));
        } else {
            found.insert(key.clone());
        }
    }
    found
}

#[test]
fn every_field_of_the_site_file_is_accounted_for() {
    let listed: BTreeSet<String> = FIELDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed.len(), FIELDS.len(), "a field is listed twice");
    let found = fields();
    let missing: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not listed: {missing:?}; gone: {gone:?}");
}

#[test]
fn every_honoured_field_has_a_check_with_a_mutation() {
    for (field, use_of) in FIELDS {
        if let Checked(rule) = use_of {
            assert!(mutations().any(|m| m.rule == *rule), "{field}: {rule:?} has no mutation");
        }
        if let Counted(class) = use_of {
            assert!(mutations().any(|m| m.class == Some(*class)), "{field}: {class} has none");
        }
    }
}

#[test]
fn what_is_not_honoured_is_what_the_site_says_is_not() {
    let mut said: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in full_site().not_honoured() {
        let (kind, rest) = rule.field.split_once('.').unwrap_or((rule.field.as_str(), ""));
        let names = rest.rsplit_once('.').map_or(rest, |(_, names)| names);
        said.entry(kind.to_owned()).or_default().extend(names.split('/').map(str::to_owned));
    }
    // A sentence about a table or a field speaks for its parts as well.
    let covered = |field: &str| {
        let (kind, name) = (field.split('.').next().unwrap(), field.rsplit('.').next().unwrap());
        said.get(kind).is_some_and(|names| {
            names.contains(name) || names.contains("") || name.starts_with("start_")
        })
    };
    for (field, use_of) in FIELDS {
        match use_of {
            Use::NotYet => {
                assert!(covered(field), "{field} is not honoured and nobody says so");
            }
            Checked(_) | Counted(_) | Input => {
                let name = field.rsplit('.').next().unwrap();
                let kind = field.split('.').next().unwrap();
                let stated = said.get(kind).is_some_and(|names| names.contains(name));
                assert!(!stated, "{field} is said to be not honoured");
            }
        }
    }
}
