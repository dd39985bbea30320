//! What the days of a month amounted to.

use crate::report::learn::fuel_curve::Curve;
use crate::report::learn::gather::running;
use crate::report::measured::{Measured, SLOT_H};
use camp_solver::Site;
use std::collections::BTreeMap;

/// A sum over the slots that are known, of all.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known {
    pub(crate) sum: f64,
    pub(crate) known: u64,
    pub(crate) all: u64,
}

impl Known {
    fn count(&mut self, value: Option<f64>) {
        self.all += 1;
        if let Some(value) = value {
            self.known += 1;
            self.sum += value * SLOT_H;
        }
    }

    fn add(&mut self, other: &Self) {
        self.sum += other.sum;
        self.known += other.known;
        self.all += other.all;
    }

    /// Share of the slots that are known; nothing of none.
    pub(crate) fn frac(&self) -> Option<f64> {
        (self.known > 0).then(|| self.known as f64 / self.all as f64)
    }
}

macro_rules! amounts {
    ($($(#[$doc:meta])* $name:ident)*) => {
        /// The amounts of a stretch.
        #[derive(Debug, Clone, Copy, Default)]
        pub(crate) struct Amounts { $($(#[$doc])* pub(crate) $name: Known,)* }

        impl Amounts {
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$name.add(&other.$name);)*
            }
        }
    };
}

amounts! {
    fuel_l
    sets_kwh
    solar_kwh
    served_kwh
    /// What running sets could have made.
    rated_kwh
    run_hours_h
    water_m3
    treated_m3
    /// Wastewater that came.
    sewage_m3
    /// Slots in which sets, sun and batteries were all known.
    complete
}

impl Amounts {
    /// Whether nothing at all is known.
    pub(crate) fn is_empty(&self) -> bool {
        [self.fuel_l, self.sets_kwh, self.water_m3].iter().all(|a| a.known == 0)
    }
}

/// A series as the mean of each slot.
pub(crate) type Rates = Vec<Option<f64>>;

/// The sum of series, known where all are.
fn sum(len: usize, list: impl Iterator<Item = Option<Rates>>) -> Rates {
    let mut total = vec![Some(0.0); len];
    for series in list {
        for (i, slot) in total.iter_mut().enumerate() {
            let more = series.as_ref().and_then(|s| s[i]);
            *slot = slot.zip(more).map(|(a, b)| a + b);
        }
    }
    total
}

/// What sources gave and sets burnt, by slot.
pub(crate) struct Bus {
    sets_kw: Rates,
    solar_kw: Rates,
    charge_kw: Rates,
    discharge_kw: Rates,
    fuel_l_per_h: Rates,
    running: BTreeMap<String, Rates>,
}

impl Bus {
    /// The bus of a site.
    pub(crate) fn of(site: &Site, measured: &Measured) -> Self {
        let len = measured.len();
        let running: BTreeMap<String, Rates> =
            site.genset.iter().map(|(id, set)| (id.clone(), running(set, id, measured))).collect();
        // A set that stands gives nothing, whatever its meters say or do not say.
        let of_set = |id: &String, quantity: &str| -> Rates {
            let values = measured.held("genset", id, quantity);
            let runs = &running[id];
            let at = |i: usize| match runs[i] {
                Some(share) if share <= 0.0 => Some(0.0),
                _ => values.as_ref().and_then(|v| v[i]),
            };
            (0..len).map(at).collect()
        };
        let sets_kw = sum(len, site.genset.keys().map(|id| Some(of_set(id, "power_kw"))));
        let fuel = site.genset.iter().map(|(id, set)| {
            if measured.has("genset", id, "fuel_l_per_h") {
                return Some(of_set(id, "fuel_l_per_h"));
            }
            let (power, curve) = (of_set(id, "power_kw"), Curve::of(set));
            let at = |i: usize| {
                let share = running[id][i]?;
                let kw = power[i]?;
                Some(if share > 0.0 { share * curve.at_l_per_h(kw / share) } else { 0.0 })
            };
            Some((0..len).map(at).collect())
        });
        let fuel_l_per_h = sum(len, fuel);
        let (sun, battery) = (site.solar.keys(), site.battery.keys());
        let charge_kw = each(measured, "battery", battery.clone(), "charge_kw");
        let discharge_kw = each(measured, "battery", battery, "discharge_kw");
        let solar_kw = each(measured, "solar", sun, "power_kw");
        Self { sets_kw, solar_kw, charge_kw, discharge_kw, fuel_l_per_h, running }
    }

    /// What the bus carried, by slot.
    pub(crate) fn served_kw(&self) -> Rates {
        let at = |i: usize| {
            let made = self.sets_kw[i]? + self.solar_kw[i]?;
            Some(made + self.discharge_kw[i]? - self.charge_kw[i]?)
        };
        (0..self.sets_kw.len()).map(at).collect()
    }

    /// Whether all of it is known, by slot.
    pub(crate) fn is_known(&self) -> Vec<bool> {
        let served = self.served_kw();
        served.iter().zip(&self.fuel_l_per_h).map(|(s, f)| s.is_some() && f.is_some()).collect()
    }
}

/// The sum of a quantity of several assets.
fn each<'a>(
    measured: &Measured,
    kind: &str,
    ids: impl Iterator<Item = &'a String>,
    quantity: &str,
) -> Rates {
    sum(measured.len(), ids.map(|id| measured.held(kind, id, quantity)))
}

/// The amounts of each local day, by its number.
pub(crate) fn by_day(site: &Site, measured: &Measured) -> BTreeMap<i64, Amounts> {
    let len = measured.len();
    let bus = Bus::of(site, measured);
    let (served, known) = (bus.served_kw(), bus.is_known());
    let water = each(measured, "taps", site.taps.keys(), "demand_m3_per_h");
    let treated = sum(
        len,
        site.wastewater.iter().map(|(id, plant)| {
            let power = measured.held("wastewater", id, "demand_kw")?;
            Some(power.iter().map(|kw| kw.map(|kw| kw / plant.energy_kwh_per_m3)).collect())
        }),
    );
    let (daily_sewage_m3, daily_water_m3) = (
        site.wastewater.values().map(|w| w.daily_m3).sum::<f64>(),
        site.taps.values().map(|t| t.daily_m3).sum::<f64>(),
    );
    let sewage_of_water = if daily_water_m3 > 0.0 { daily_sewage_m3 / daily_water_m3 } else { 0.0 };
    let sum_of = |of: &dyn Fn(&String) -> f64, i: usize| {
        let runs = bus.running.iter().map(|(id, runs)| runs[i].map(|share| share * of(id)));
        runs.sum::<Option<f64>>()
    };
    let mut days: BTreeMap<i64, Amounts> = BTreeMap::new();
    for i in 0..len {
        let day = days.entry(measured.local(i).0).or_default();
        day.fuel_l.count(bus.fuel_l_per_h[i]);
        day.sets_kwh.count(bus.sets_kw[i]);
        day.solar_kwh.count(bus.solar_kw[i]);
        day.served_kwh.count(served[i]);
        day.rated_kwh.count(sum_of(&|id| site.genset[id].rated_kw, i));
        day.run_hours_h.count(sum_of(&|_| 1.0, i));
        let (tapped, cleaned) = (water[i], treated[i]);
        day.water_m3.count(tapped.filter(|_| !site.taps.is_empty()));
        day.treated_m3.count(cleaned.filter(|_| !site.wastewater.is_empty()));
        day.sewage_m3.count(tapped.map(|w| w * sewage_of_water));
        day.complete.count(known[i].then_some(1.0));
    }
    days
}

/// How the amounts were found, where that is not plain.
pub(super) fn notes(site: &Site, measured: &Measured) -> Vec<String> {
    let by_curve: Vec<String> = site
        .genset
        .keys()
        .filter(|id| !measured.has("genset", id, "fuel_l_per_h"))
        .map(|id| format!("genset.{id}"))
        .collect();
    let mut notes = Vec::new();
    if !by_curve.is_empty() {
        let sets = by_curve.join(", ");
        notes.push(format!("fuel of {sets}: by metered power and the stated curve"));
    }
    notes
}
