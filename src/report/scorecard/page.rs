//! The scorecard as one page to print: tables, and plots drawn as SVG. Nothing is fetched from anywhere.

use super::{COMPLETE_FRAC, Figures, Scorecard};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 170.0;
const LEFT: f64 = 62.0;
const BOTTOM: f64 = 24.0;
const STYLE: &str = "body{font:14px/1.45 system-ui,sans-serif;color:#1b1f24;max-width:800px;margin:24px auto;\
padding:0 16px}h1{font-size:22px;margin:0}h2{font-size:16px;margin:28px 0 6px}table{border-collapse:collapse;\
width:100%}td,th{padding:3px 8px;border-bottom:1px solid #d5dae0;text-align:right}td:first-child,th:first-child\
{text-align:left}.quiet{color:#59636e}.doubt{color:#8a4b00}svg{width:100%;height:auto}svg text{font-size:11px;\
fill:#59636e}@media print{body{margin:0}h2,figure,svg{break-inside:avoid}}";

/// A row of bars by day: a name, a colour, and the values.
struct Part<'a> {
    name: &'a str,
    colour: &'a str,
    values: Vec<Option<f64>>,
}

/// The page.
pub fn page(card: &Scorecard) -> String {
    let of = |pick: fn(&Figures) -> Option<f64>| -> Vec<Option<f64>> {
        card.days.iter().map(|d| pick(&d.figures)).collect()
    };
    // Blue, orange and grey are told apart by eyes that do not tell red from green.
    let sets = Part { name: "sets", colour: "#4b5563", values: of(|f| f.sets_kwh) };
    let sun = Part { name: "sun", colour: "#e69f00", values: of(|f| f.solar_kwh) };
    let fuel = Part { name: "diesel", colour: "#4b5563", values: of(|f| f.fuel_l) };
    let water = Part { name: "water", colour: "#0072b2", values: of(|f| f.water_m3) };
    let known = of(|f| Some(100.0 * f.complete_frac));
    let known = Part { name: "known", colour: "#0072b2", values: known };
    let title = escape(&card.title);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}, {month}</title>\
         <style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n<p class=\"quiet\">{month}, {from} to {to}; {people}\
         </p>\n",
        month = escape(&card.month),
        from = card.from.format("%Y-%m-%d %H:%M UTC"),
        to = card.to.format("%Y-%m-%d %H:%M UTC"),
        people = card.persons.map_or("persons not stated".to_owned(), |p| format!("{p} persons")),
    );
    text += &summary(&card.figures);
    if let Some(saving) = &card.saving {
        text += &format!("<p>{}</p>\n", escape(&saving.about));
    }
    for note in &card.notes {
        text += &format!("<p class=\"doubt\">{}</p>\n", escape(note));
    }
    text += &plot("Energy made, kWh a day", card, &[sets, sun]);
    text += &plot("Diesel, L a day", card, &[fuel]);
    text += &plot("Water at the taps, m3 a day", card, &[water]);
    text += &plot("Readings that are known, % of the day", card, &[known]);
    text += "<h2>Day by day</h2>\n<table><tr><th>day</th><th>diesel L</th><th>sets kWh</th><th>sun kWh</th>\
             <th>used kWh</th><th>L/kWh</th><th>water m3</th><th>known %</th></tr>\n";
    for day in &card.days {
        let f = &day.figures;
        let cells = [
            cell(f.fuel_l, 0),
            cell(f.sets_kwh, 0),
            cell(f.solar_kwh, 0),
            cell(f.served_kwh, 0),
            cell(f.fuel_l_per_kwh, 3),
            cell(f.water_m3, 1),
            cell(Some(100.0 * f.complete_frac), 0),
        ];
        let doubt = if f.complete_frac < COMPLETE_FRAC { " class=\"doubt\"" } else { "" };
        let cells = cells.map(|c| format!("<td>{c}</td>")).concat();
        text += &format!("<tr{doubt}><td>{}</td>{cells}</tr>\n", day.day);
    }
    text + "</table>\n</body></html>\n"
}

fn summary(f: &Figures) -> String {
    let per_cent = |frac: Option<f64>| frac.map(|frac| 100.0 * frac);
    let rows = [
        ("Diesel, L", f.fuel_l, 0),
        ("Diesel for each person and day, L", f.fuel_l_per_person_day, 2),
        ("CO2, t", f.co2e_kg.map(|kg| kg / 1000.0), 1),
        ("Energy used, kWh", f.served_kwh, 0),
        ("Energy for each person and day, kWh", f.served_kwh_per_person_day, 1),
        ("Share of the sun in the energy made, %", per_cent(f.renewable_frac), 1),
        ("Diesel for each kWh of the sets, L", f.fuel_l_per_kwh, 3),
        ("Run hours of all sets", f.run_hours_h, 0),
        ("Mean load of running sets, % of rating", per_cent(f.load_factor_frac), 0),
        ("Water, m3", f.water_m3, 0),
        ("Water for each person and day, L", f.water_l_per_person_day, 0),
        ("Wastewater treated, %", per_cent(f.wastewater_treated_frac), 0),
        ("Readings that are known, %", Some(100.0 * f.complete_frac), 1),
    ];
    let rows = rows.map(|(name, value, digits)| {
        format!("<tr><td>{name}</td><td>{}</td></tr>\n", cell(value, digits))
    });
    format!("<table>{}</table>\n", rows.concat())
}

fn cell(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "not known".to_owned(), |v| format!("{v:.digits$}"))
}

/// Bars by day, one part on the other.
fn plot(title: &str, card: &Scorecard, parts: &[Part<'_>]) -> String {
    let heights = (0..card.days.len())
        .map(|i| parts.iter().filter_map(|p| p.values[i]).sum::<f64>())
        .fold(0.0, f64::max);
    if heights <= 0.0 {
        return String::new();
    }
    let top = nice(heights);
    let wide = (WIDTH - LEFT) / card.days.len() as f64;
    let y = |value: f64| (HEIGHT - BOTTOM) * (1.0 - value / top) + 6.0;
    let mut svg = String::new();
    for line in 0..=4 {
        let value = top * f64::from(line) / 4.0;
        svg += &format!(
            "<line x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#e3e7eb\"/>\
             <text x=\"{x}\" y=\"{text_y:.1}\" text-anchor=\"end\">{value:.0}</text>",
            at = y(value),
            x = LEFT - 6.0,
            text_y = y(value) + 4.0
        );
    }
    for (i, day) in card.days.iter().enumerate() {
        let x = LEFT + wide * i as f64;
        let mut below = 0.0;
        for part in parts {
            let Some(value) = part.values[i] else { continue };
            svg += &format!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"><title>{}: {} {value:.1}\
                 </title></rect>",
                x + 0.1 * wide,
                y(below + value),
                0.8 * wide,
                y(below) - y(below + value),
                part.colour,
                day.day,
                part.name
            );
            below += value;
        }
        if i % 5 == 0 {
            let label = day.day.format("%d");
            svg += &format!("<text x=\"{x:.1}\" y=\"{:.1}\">{label}</text>", HEIGHT - 2.0);
        }
    }
    let legend = parts
        .iter()
        .filter(|_| parts.len() > 1)
        .map(|p| format!(" <span style=\"color:{}\">&#9632;</span> {}", p.colour, p.name));
    let legend: String = legend.collect();
    format!(
        "<h2>{title}<span class=\"quiet\">{legend}</span></h2>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"{title}\">{svg}</svg>\n"
    )
}

/// The next of 1, 2, 4, 5, 8 times a power of ten.
fn nice(most: f64) -> f64 {
    let power = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0];
    steps.iter().map(|s| s * power).find(|top| *top >= most).unwrap_or(10.0 * power)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
