//! A backtest as one page with drawings: no script, nothing from outside.

use super::Report;
use crate::backtest::Outcome;
use std::fmt::Write;

/// Colours of lines, told apart also by those who see red and green alike (Okabe and Ito).
const COLOURS: [&str; 7] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000"];
const WIDTH: f64 = 760.0;
const LINE: f64 = 22.0;
/// Room for names, left of the bars.
const NAMES: f64 = 230.0;

/// The page.
pub(super) fn page(report: &Report) -> String {
    let variant = report.variant.as_deref().map(|v| format!("-{v}")).unwrap_or_default();
    let title = format!("Backtest of {}{variant}", plain(&report.site));
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><style>\
         body{{font:15px/1.4 sans-serif;max-width:52rem;margin:1.5rem auto;padding:0 1rem}}\
         table{{border-collapse:collapse;font-size:13px}}td,th{{padding:2px 8px;text-align:right;\
         border-bottom:1px solid #ccc}}td:first-child,th:first-child{{text-align:left}}\
         svg{{max-width:100%;height:auto}}text{{font:12px sans-serif}}</style><h1>{title}</h1>"
    );
    let source = report.series.as_deref().map_or_else(
        || format!("days generated from seed {}", report.seed),
        |name| format!("the series {}", plain(name)),
    );
    page += &format!(
        "<p>{} day(s) from {}, {source}; a plan every {} min over {} h by {} min, to a gap of {}, {} s at most.</p>",
        report.days,
        report.start.format("%Y-%m-%d %H:%M UTC"),
        report.every_min,
        report.horizon_h,
        report.step_min,
        report.gap_frac,
        report.time_limit_s
    );
    for what in &report.rough {
        page += &format!("<p>Not as the file says: {}.</p>", plain(what));
    }
    page += "<h2>Fuel at equal end stocks, L</h2>";
    page += &bars(report);
    page += "<h2>Fuel burnt by day, L</h2>";
    page += &days(&report.policies);
    page += "<h2>Figures</h2>";
    page += &table(&report.policies);
    for (cause, litres) in &report.saving_by_cause_l {
        page += &format!("<p>Kept from deciding {cause} the service burns {litres:.1} L more.</p>");
    }
    page +=
        "<p>How each figure is counted, and what each policy does: docs/backtest.md.</p></html>\n";
    page
}

fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A bar a policy; the bound as a line through them.
fn bars(report: &Report) -> String {
    let all = &report.policies;
    let most = all.iter().map(|p| p.fuel_l).fold(1e-9, f64::max);
    let scale = |litres: f64| (WIDTH - NAMES - 90.0) * (litres / most).clamp(0.0, 1.0);
    let height = LINE * all.len() as f64 + 6.0;
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">");
    for (i, p) in all.iter().enumerate() {
        let y = LINE * i as f64;
        let colour = if p.policy.starts_with("optimizer") { COLOURS[0] } else { "#999" };
        let wide = scale(p.fuel_l);
        let _infallible = write!(
            svg,
            "<text x=\"0\" y=\"{:.0}\">{}</text><rect x=\"{NAMES}\" y=\"{:.0}\" width=\"{wide:.1}\" \
             height=\"16\" fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{:.0}\">{:.1}</text>",
            y + 14.0,
            plain(&p.policy),
            y + 2.0,
            NAMES + wide + 6.0,
            y + 14.0,
            p.fuel_l
        );
    }
    if let Some(bound) = report.bound_l {
        let x = NAMES + scale(bound);
        svg += &format!(
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{height}\" stroke=\"#d55e00\" \
             stroke-dasharray=\"4 3\"><title>bound {bound:.1} L</title></line>"
        );
    }
    svg + "</svg>"
}

/// A line a policy, over days.
fn days(all: &[Outcome]) -> String {
    const HEIGHT: f64 = 260.0;
    let litres = all.iter().flat_map(|p| p.days.iter().map(|d| d.burnt_l));
    let most = litres.fold(1e-9, f64::max);
    let count = all.iter().map(|p| p.days.len()).max().unwrap_or(0);
    let x = |day: usize| 40.0 + (WIDTH - 50.0) * day as f64 / count.saturating_sub(1).max(1) as f64;
    let y = |l: f64| 10.0 + (HEIGHT - 30.0) * (1.0 - l / most);
    let bottom = HEIGHT + LINE * all.len() as f64;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {bottom}\" role=\"img\"><text x=\"0\" y=\"14\">{most:.0}</text>\
         <text x=\"0\" y=\"{:.0}\">0</text><text x=\"{:.0}\" y=\"{HEIGHT}\">day {count}</text>",
        y(0.0),
        WIDTH - 60.0
    );
    for (i, p) in all.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        let dashes = ["", "6 3", "2 3"][i / COLOURS.len() % 3];
        let points: Vec<String> = p
            .days
            .iter()
            .enumerate()
            .map(|(day, d)| format!("{:.1},{:.1}", x(day), y(d.burnt_l)))
            .collect();
        let under = HEIGHT + LINE * (i as f64 + 0.7);
        let stroke =
            format!("stroke=\"{colour}\" stroke-dasharray=\"{dashes}\" stroke-width=\"1.6\"");
        svg += &format!(
            "<polyline fill=\"none\" {stroke} points=\"{}\"/><line x1=\"40\" x2=\"70\" y1=\"{:.1}\" \
             y2=\"{:.1}\" {stroke}/><text x=\"78\" y=\"{under:.1}\">{}</text>",
            points.join(" "),
            under - 4.0,
            under - 4.0,
            plain(&p.policy)
        );
    }
    svg + "</svg>"
}

fn table(all: &[Outcome]) -> String {
    let heads = [
        "policy",
        "L equal",
        "regret",
        "L/kWh",
        "dark kWh",
        "dry m3",
        "blackout min",
        "reserve short h",
        "N-1 short h",
        "starts",
        "&lt;30 % h",
        "curtailed kWh",
        "cycles",
        "CO2 kg",
    ];
    let mut text = "<table><tr>".to_owned();
    text.extend(heads.iter().map(|head| format!("<th>{head}</th>")));
    for p in all {
        let regret = p.regret_frac.map_or("-".to_owned(), |r| format!("{:.1} %", 100.0 * r));
        text += &format!(
            "<tr><td>{}<td>{:.1}<td>{regret}<td>{:.4}<td>{:.2}<td>{:.2}<td>{:.0}<td>{:.1}<td>{:.1}\
             <td>{}<td>{:.1}<td>{:.0}<td>{:.1}<td>{:.0}",
            plain(&p.policy),
            p.fuel_l,
            p.fuel_l_per_kwh,
            p.unserved_kwh,
            p.unserved_m3,
            p.blackout_min,
            p.reserve_short_h,
            p.n_minus_1_short_h,
            p.starts,
            p.under_30_h,
            p.curtailed_kwh,
            p.cycles,
            p.co2_kg
        );
    }
    text + "</table>"
}
