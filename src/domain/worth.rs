//! What a plan is worth: litres against the rule-based plan on the same forecast.

use camp_solver::{Plan, Problem, ShortfallClass, verify};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Litres against the rules, at equal end stocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Worth {
    /// What the plan is compared with.
    #[schema(example = "rule-based plan on the same forecast")]
    pub baseline: String,
    /// Fuel of the baseline, L.
    pub baseline_fuel_l: f64,
    /// Fuel that the baseline's end stocks are worth more (or less, negative) than the plan's, L.
    pub end_stock_l: f64,
    /// Litres saved: baseline less plan less end stock.
    pub saved_l: f64,
    /// The same as a share of the baseline.
    pub saved_frac: f64,
    /// Operating cost saved, in the site's money: fuel, starts, running hours and wear.
    pub saved_cost: f64,
    /// The site's money.
    #[schema(example = "USD")]
    pub currency: String,
    /// False if either plan falls short where the other does not: then the litres do not compare.
    pub same_service: bool,
}

impl Worth {
    /// One sentence for people.
    pub fn sentence(&self) -> String {
        let service = if self.same_service { "" } else { " (the two differ in shortfalls)" };
        format!(
            "saves {:.1} L ({:.1} %) and {:.2} {} against the {}, at equal end stocks{service}",
            self.saved_l,
            100.0 * self.saved_frac,
            self.saved_cost,
            self.currency,
            self.baseline
        )
    }
}

/// Compares a plan with the rule-based one. Differences of end stock are told
/// against the plan: what it lacks in its batteries costs what refilling costs, at the best point of a
/// data sheet and before charging; what it has more saves what the flattest slope of a data sheet
/// gives, after discharging. Tanks have their end levels in the plan itself. Nothing where
/// the checker refuses the rule-based plan: against the unlawful nothing is saved.
pub fn worth(problem: &Problem, plan: &Plan, rules: &Plan) -> Option<Worth> {
    if !verify(problem, rules).is_empty() {
        return None;
    }
    let site = &problem.site;
    let (mut best, mut flattest) = (f64::INFINITY, f64::INFINITY);
    for set in site.genset.values() {
        let points: Vec<_> =
            set.fuel_curve_kw.iter().copied().zip(set.fuel_curve_l_per_h.iter().copied()).collect();
        for (kw, l) in points.iter().filter(|(kw, _)| *kw > 0.0) {
            best = best.min(l / kw);
        }
        for pair in points.windows(2) {
            flattest = flattest.min((pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0));
        }
    }
    let last = plan.grid.len().saturating_sub(1);
    let mut end_stock_l = 0.0;
    for (id, battery) in site.battery.iter().filter(|_| best.is_finite()) {
        let more = rules.battery[id].stored_kwh[last] - plan.battery[id].stored_kwh[last];
        end_stock_l += if more > 0.0 {
            more * best / battery.charge_efficiency_frac
        } else {
            more * flattest * battery.discharge_efficiency_frac
        };
    }
    for id in site.thermal_store.keys().filter(|_| best.is_finite()) {
        let (rules, plan) = (&rules.thermal_store[id], &plan.thermal_store[id]);
        let more = rules.stored_kwh[last] - plan.stored_kwh[last];
        end_stock_l += more * if more > 0.0 { best } else { flattest };
    }
    let saved_l = rules.fuel_l - end_stock_l - plan.fuel_l;
    let end_cost = end_stock_l * site.money.fuel_price_per_l;
    let saved_cost = rules.ledger.operating_cost() - end_cost - plan.ledger.operating_cost();
    let services = ShortfallClass::ALL.into_iter().filter(|c| !c.name().starts_with("end_stock"));
    let alike = |class: ShortfallClass| {
        let (a, b) = (plan.shortfall_total(class), rules.shortfall_total(class));
        (a - b).abs() <= 0.01 * (1.0 + a.min(b))
    };
    Some(Worth {
        baseline: "rule-based plan on the same forecast".to_owned(),
        baseline_fuel_l: rules.fuel_l,
        end_stock_l,
        saved_l,
        saved_frac: if rules.fuel_l > 0.0 { saved_l / rules.fuel_l } else { 0.0 },
        saved_cost,
        currency: site.money.currency.clone(),
        same_service: services.into_iter().all(alike),
    })
}
