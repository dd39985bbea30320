//! What is in store, and what it is worth in litres, so that runs that end with different stocks can be
//! compared.

use super::fleet::best_load;
use super::plant::Plant;
use camp_solver::Site;
use camp_solver::site::ById;

/// What is in store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stocks {
    /// Energy in batteries, kWh.
    pub battery_kwh: ById<f64>,
    /// Levels of tanks, m3.
    pub tank_m3: ById<f64>,
    /// Heat in thermal stores, kWh.
    pub heat_kwh: ById<f64>,
}

/// What stocks are worth: what refilling them from the site's best set at its best load burns, and what
/// they save there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rates {
    /// The least that a set of the site burns for a kWh, L/kWh.
    pub best_l_per_kwh: f64,
    /// To put a kWh into each battery: the best set's, over the efficiency of charging, L/kWh.
    pub refill_l_per_kwh: ById<f64>,
    /// What a kWh in each battery saves: the best set's, times the efficiency of discharging, L/kWh.
    pub saves_l_per_kwh: ById<f64>,
    /// Water in each tank, by the pumps and treatment that it took, L/m3.
    pub water_l_per_m3: ById<f64>,
}

impl Plant {
    pub(super) fn stocks(&self) -> Stocks {
        Stocks {
            battery_kwh: self.stored_kwh.clone(),
            tank_m3: self.level_m3.clone(),
            heat_kwh: self.placed.heat_kwh.clone(),
        }
    }
}

impl Rates {
    /// The rates of a site. A site without sets has none: nothing burns.
    pub fn of(site: &Site) -> Self {
        let best = site.genset.values().map(|g| best_load(g).1).fold(f64::INFINITY, f64::min);
        let best = if best.is_finite() { best } else { 0.0 };
        let battery = site.battery.iter();
        let refill = battery.clone().map(|(id, b)| (id.clone(), best / b.charge_efficiency_frac));
        let saves = battery.map(|(id, b)| (id.clone(), best * b.discharge_efficiency_frac));
        let water = site.tank.keys().map(|id| (id.clone(), best * water_kwh_per_m3(site, id, 0)));
        Self {
            best_l_per_kwh: best,
            refill_l_per_kwh: refill.collect(),
            saves_l_per_kwh: saves.collect(),
            water_l_per_m3: water.collect(),
        }
    }

    /// What a run that began with `from` and ended with `to` still owes, L; less than 0 where it left more
    /// than there was.
    pub fn owed_l(&self, from: &Stocks, to: &Stocks) -> f64 {
        let of = |map: &ById<f64>, id: &String| map.get(id).copied().unwrap_or(0.0);
        let battery = from.battery_kwh.iter().map(|(id, kwh)| {
            let missing = kwh - of(&to.battery_kwh, id);
            let rates = if missing > 0.0 { &self.refill_l_per_kwh } else { &self.saves_l_per_kwh };
            missing * of(rates, id)
        });
        let water = from.tank_m3.iter();
        let water = water.map(|(id, m3)| (m3 - of(&to.tank_m3, id)) * of(&self.water_l_per_m3, id));
        let heat = from.heat_kwh.iter();
        let heat = heat.map(|(id, kwh)| (kwh - of(&to.heat_kwh, id)) * self.best_l_per_kwh);
        battery.chain(water).chain(heat).sum()
    }
}

/// Energy that has gone into a cubic metre in a tank, kWh/m3: the cheapest way that fills it. A line that
/// fills the tank it draws from adds nothing.
fn water_kwh_per_m3(site: &Site, tank: &str, depth: usize) -> f64 {
    if depth > site.tank.len() {
        return 0.0;
    }
    let wells = site.well.values().filter(|w| w.to_tank == tank && !w.standby);
    let wells = wells.map(camp_solver::site::Well::energy_kwh_per_m3);
    let lines = site.treatment.values().filter(|l| l.to_tank == tank && l.from_tank != tank);
    let lines = lines.map(|l| {
        l.energy_kwh_per_m3 + water_kwh_per_m3(site, &l.from_tank, depth + 1) / l.recovery_frac
    });
    let least = wells.chain(lines).fold(f64::INFINITY, f64::min);
    if least.is_finite() { least } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn rates(camp: &str) -> Rates {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("camps").join(camp);
        Rates::of(&crate::site_file::read(&path, None).unwrap().site)
    }

    /// 8 L/h at 29 kW, 0.86 both ways.
    #[test]
    fn a_kwh_of_el_espino_is_worth_what_its_set_burns_at_half_load() {
        let rates = rates("el_espino.toml");
        assert!((rates.refill_l_per_kwh["bank"] - 8.0 / 29.0 / 0.86).abs() < 1e-9);
        assert!((rates.saves_l_per_kwh["bank"] - 8.0 / 29.0 * 0.86).abs() < 1e-9);
        let stocks = |kwh: f64| Stocks {
            battery_kwh: [("bank".to_owned(), kwh)].into(),
            ..Stocks::default()
        };
        assert!((rates.owed_l(&stocks(320.0), &stocks(310.0)) - 3.2077).abs() < 1e-3);
        assert!((rates.owed_l(&stocks(320.0), &stocks(330.0)) + 2.3724).abs() < 1e-3);
    }

    #[test]
    fn treated_water_has_been_pumped_and_treated() {
        let rates = rates("medium.toml");
        let (raw, treated) = (rates.water_l_per_m3["raw"], rates.water_l_per_m3["treated"]);
        let kwh = (raw / 0.95) / rates.best_l_per_kwh + 0.25;
        assert!((treated - kwh * rates.best_l_per_kwh).abs() < 1e-9 && raw > 0.0);
    }
}
