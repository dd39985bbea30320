//! The scorecard as text. CSV: the month first, then each day; a figure that is missing is an empty cell.

use super::{Figures, Scorecard};
use std::fmt::Write;

/// The names of the columns and what stands in them, in their order.
pub(super) fn columns(figures: &Figures) -> Vec<(&'static str, Option<f64>)> {
    vec![
        ("fuel_l", figures.fuel_l),
        ("fuel_l_per_person_day", figures.fuel_l_per_person_day),
        ("co2e_kg", figures.co2e_kg),
        ("sets_kwh", figures.sets_kwh),
        ("solar_kwh", figures.solar_kwh),
        ("served_kwh", figures.served_kwh),
        ("served_kwh_per_person_day", figures.served_kwh_per_person_day),
        ("renewable_frac", figures.renewable_frac),
        ("fuel_l_per_kwh", figures.fuel_l_per_kwh),
        ("run_hours_h", figures.run_hours_h),
        ("load_factor_frac", figures.load_factor_frac),
        ("water_m3", figures.water_m3),
        ("water_l_per_person_day", figures.water_l_per_person_day),
        ("wastewater_treated_frac", figures.wastewater_treated_frac),
        ("complete_frac", Some(figures.complete_frac)),
    ]
}

/// The scorecard as CSV with a header line.
pub fn csv(card: &Scorecard) -> String {
    let mut text = "period".to_owned();
    for (name, _) in columns(&card.figures) {
        text += &format!(",{name}");
    }
    text.push('\n');
    let days = card.days.iter().map(|d| (d.day.to_string(), &d.figures));
    for (period, figures) in std::iter::once((card.month.clone(), &card.figures)).chain(days) {
        text += &period;
        for (_, value) in columns(figures) {
            text.push(',');
            if let Some(value) = value {
                // Writing to a string cannot fail.
                let _written = write!(text, "{value:.4}").is_ok();
            }
        }
        text.push('\n');
    }
    text
}

/// The figures of the month in lines of words.
pub fn text(card: &Scorecard) -> String {
    let mut lines = vec![format!("{}, {}", card.title, card.month)];
    for (name, value) in columns(&card.figures) {
        let value = value.map_or_else(|| "not known".to_owned(), |v| format!("{v:.3}"));
        lines.push(format!("{name:<28}{value:>14}"));
    }
    lines.extend(card.saving.iter().map(|saving| saving.about.clone()));
    lines.extend(card.notes.iter().cloned());
    lines.join("\n")
}
