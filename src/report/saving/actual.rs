//! The days as they were: litres, stocks, and how much is known.

use crate::report::fuel::expected_l;
use crate::report::learn::fuel_curve::Curve;
use crate::report::measured::{Measured, SLOT_H};
use crate::report::scorecard::amounts::{Amounts, Bus, by_day};
use crate::site_file::SiteFile;
use crate::twin::{Rates, Stocks};
use camp_solver::Site;
use chrono::{DateTime, Utc};

/// Slots of a local day.
const DAY_SLOTS: usize = 288;
/// A stock is read from the slots about a midnight.
const NEAR: usize = 3;

/// A whole local day.
#[derive(Debug, Clone)]
pub(super) struct Actual {
    pub(super) day: i64,
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    pub(super) fuel_l: Option<f64>,
    /// What the curves give at the metered power.
    pub(super) modelled_l: f64,
    /// What its end stocks are short of those at its start; nothing where they are not known.
    pub(super) owed_l: Option<f64>,
    pub(super) discharged_kwh: f64,
    pub(super) complete_frac: f64,
}

/// The slots at which local days begin, with the days.
pub(super) fn starts(measured: &Measured) -> Vec<(usize, i64)> {
    let mut starts = Vec::new();
    let mut last = None;
    for i in 0..measured.len() {
        let (day, second) = measured.local(i);
        if last != Some(day) && (last.is_some() || second == 0) {
            starts.push((i, day));
        }
        last = Some(day);
    }
    starts
}

/// The whole days of what was measured.
pub(super) fn days(file: &SiteFile, measured: &Measured, rates: &Rates) -> Vec<Actual> {
    let site = &file.site;
    let amounts = by_day(site, measured);
    let known = known(site, measured);
    let modelled: Vec<Vec<(f64, bool)>> = site
        .genset
        .iter()
        .map(|(id, set)| expected_l((id.as_str(), set), &Curve::of(set), measured))
        .collect();
    let starts = starts(measured);
    let mut days = Vec::new();
    for (n, (from, day)) in starts.iter().enumerate() {
        let to = starts.get(n + 1).map_or(measured.len(), |next| next.0);
        // A day of summer time has 23 or 25 hours.
        if to - from < DAY_SLOTS - 12 {
            continue;
        }
        let of_day = amounts.get(day).copied().unwrap_or_default();
        let complete = (*from..to).filter(|i| known[*i]).count() as f64 / (to - from) as f64;
        let stocks =
            stocks(site, measured, *from).zip(stocks(site, measured, to)).map(known_at_both);
        let modelled_l = modelled.iter().flat_map(|m| &m[*from..to]).map(|m| m.0).sum();
        days.push(Actual {
            day: *day,
            from: measured.time(*from),
            to: measured.time(to),
            fuel_l: fuel_l(&of_day),
            modelled_l,
            owed_l: stocks.map(|(from, to)| rates.owed_l(&from, &to)),
            discharged_kwh: discharged_kwh(site, measured, (*from, to)),
            complete_frac: complete,
        });
    }
    days
}

/// Litres of a day: those of the known slots, brought to the whole.
fn fuel_l(day: &Amounts) -> Option<f64> {
    day.fuel_l.frac().filter(|frac| *frac >= 0.5).map(|frac| day.fuel_l.sum / frac)
}

/// Measured over modelled litres of the complete days; 1 where there are none.
pub(super) fn correction(days: &[Actual]) -> f64 {
    let (mut measured, mut modelled) = (0.0, 0.0);
    for day in days.iter().filter(|d| d.complete_frac >= super::COMPLETE_FRAC) {
        if let Some(litres) = day.fuel_l {
            measured += litres;
            modelled += day.modelled_l;
        }
    }
    if measured > 0.0 && modelled > 0.0 { measured / modelled } else { 1.0 }
}

/// Whether load, sun, sets, batteries and fuel are known, by slot.
fn known(site: &Site, measured: &Measured) -> Vec<bool> {
    let bus = Bus::of(site, measured).is_known();
    let series = |kind: &str, id: &String, quantities: &[&str]| {
        quantities.iter().find_map(|q| measured.held(kind, id, q))
    };
    let suns: Vec<_> =
        site.solar.keys().map(|id| series("solar", id, &["available_kw", "power_kw"])).collect();
    let at = |list: &[Option<Vec<Option<f64>>>], i: usize| {
        list.iter().all(|s| s.as_ref().is_some_and(|s| s[i].is_some()))
    };
    (0..measured.len()).map(|i| bus[i] && at(&suns, i)).collect()
}

/// What was in store at the start of a slot; nothing where a battery's charge is not known.
fn stocks(site: &Site, measured: &Measured, slot: usize) -> Option<Stocks> {
    let near = |kind: &str, id: &String, quantity: &str| -> Option<f64> {
        let values = measured.raw(kind, id, quantity)?;
        let (from, to) = (slot.saturating_sub(NEAR), (slot + NEAR).min(values.len()));
        let known: Vec<f64> = values[from..to].iter().flatten().copied().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let mut stocks = Stocks::default();
    for (id, battery) in &site.battery {
        let frac = near("battery", id, "state_of_charge_frac")?;
        stocks.battery_kwh.insert(id.clone(), frac * battery.energy_kwh);
    }
    for id in site.tank.keys() {
        if let Some(level) = near("tank", id, "level_m3") {
            stocks.tank_m3.insert(id.clone(), level);
        }
    }
    for (id, store) in &site.thermal_store {
        if let Some(frac) = near("thermal_store", id, "fill_frac") {
            stocks.heat_kwh.insert(id.clone(), frac * store.store_kwh);
        }
    }
    Some(stocks)
}

/// A stock that is known at one end only tells nothing of the day.
fn known_at_both((mut from, mut to): (Stocks, Stocks)) -> (Stocks, Stocks) {
    from.tank_m3.retain(|id, _| to.tank_m3.contains_key(id));
    to.tank_m3.retain(|id, _| from.tank_m3.contains_key(id));
    from.heat_kwh.retain(|id, _| to.heat_kwh.contains_key(id));
    to.heat_kwh.retain(|id, _| from.heat_kwh.contains_key(id));
    (from, to)
}

fn discharged_kwh(site: &Site, measured: &Measured, (from, to): (usize, usize)) -> f64 {
    let each = site.battery.keys().filter_map(|id| measured.held("battery", id, "discharge_kw"));
    each.map(|kw| kw[from..to].iter().flatten().sum::<f64>() * SLOT_H).sum()
}
