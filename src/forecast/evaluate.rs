//! What forecasts of a file's columns would have been worth, told as a table or as JSON.

use super::learn::{Hourly, LEVELS};
use super::measure::{self, BLOCK, BLOCKS, DAILY, Measured, PERSISTENCE, WEEKLY};
use super::solar::clear_hours;
use crate::domain::profile;
use crate::planning::columns::Columns;
use crate::site_file::SiteFile;
use serde::Serialize;

/// Days of measured sun before its first forecast.
const LEARN_DAYS: usize = 30;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The columns; all of them where none is named.
    pub columns: Vec<String>,
    /// Columns that are known ahead, like temperature.
    pub drivers: Vec<String>,
    /// Last days of which each midnight (UTC) is an origin.
    pub days: usize,
}

/// A rival and how far forecasts were better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rival {
    /// Its name.
    pub name: &'static str,
    /// Its root mean square error, in the unit of the column.
    pub rmse: f64,
    /// 1 - RMSE of the forecast over that of the rival.
    pub skill_frac: Option<f64>,
}

/// The worth of forecasts of one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluated {
    /// The column.
    pub column: String,
    /// `demand`, or `sun` where the site file has the array.
    pub kind: &'static str,
    /// Origins of which anything came.
    pub origins: usize,
    /// Hours compared.
    pub hours: usize,
    /// Root mean square error over all leads to 48 h, in the unit of the column.
    pub rmse: f64,
    /// Rivals.
    pub rivals: Vec<Rival>,
    /// Skill over the better of daily and weekly naive; for the sun over clear-sky persistence.
    pub skill_frac: Option<f64>,
    /// The levels of the quantiles.
    pub levels: [f64; LEVELS.len()],
    /// Share at or below each level minus the level, over all leads.
    pub off_frac: Option<[f64; LEVELS.len()]>,
    /// The same in each 6 h of leads.
    pub off_by_block_frac: Vec<Option<[f64; LEVELS.len()]>>,
}

/// Evaluates columns; `told` hears of each before it is worked on.
///
/// # Errors
/// Where a named column is not in the file.
pub fn evaluate(
    file: &Columns,
    site: Option<&SiteFile>,
    wanted: &Wanted,
    told: impl Fn(&str),
) -> Result<Vec<Evaluated>, Vec<String>> {
    let known: Vec<&str> = file.columns.iter().map(|(name, _)| name.as_str()).collect();
    let missing = wanted.columns.iter().chain(&wanted.drivers);
    let missing = missing.filter(|name| !known.contains(&name.as_str()));
    let known_list = known.join(", ");
    let faults: Vec<String> =
        missing.map(|name| format!("there is no column {name}; columns: {known_list}")).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let hourly =
        |values: &[Option<f64>]| Hourly::from_intervals(file.start_s, file.interval_s, values);
    let drivers: Vec<Hourly> =
        wanted.drivers.iter().filter_map(|name| file.get(name)).map(hourly).collect();
    let offset_min = site.map_or(0, |s| profile::utc_offset_minutes(s.zone, file.end()));
    let is_wanted = |name: &String| match wanted.columns.as_slice() {
        [] => !wanted.drivers.contains(name),
        columns => columns.contains(name),
    };
    let mut all = Vec::new();
    for (name, values) in file.columns.iter().filter(|(name, _)| is_wanted(name)) {
        told(name);
        let series = hourly(values);
        let array = site.and_then(|site| array_of(site, name));
        all.push(match array {
            Some((place, array)) => {
                let clear = clear_hours(place, array, &series, measure::LEADS);
                let measured = measure::sun(&series, &clear, LEARN_DAYS, wanted.days);
                summed_up(name, "sun", &measured)
            }
            None => {
                let offset_h = i64::from(offset_min).div_euclid(60);
                let measured = measure::demand(&series, &drivers, offset_h, wanted.days);
                summed_up(name, "demand", &measured)
            }
        });
    }
    Ok(all)
}

fn array_of<'a>(
    file: &'a SiteFile,
    column: &str,
) -> Option<(&'a camp_solver::site::Place, &'a camp_solver::site::Solar)> {
    let point = file.points.get(file.points.resolve(column)?)?;
    let is_sun = point.kind == "solar" && point.quantity.ends_with("_kw");
    let array = file.site.solar.get(&point.id).filter(|_| is_sun)?;
    Some((&file.site.place, array))
}

fn summed_up(column: &str, kind: &'static str, measured: &Measured) -> Evaluated {
    let rival = |(name, rmse)| {
        let skill_frac = measured.skill_over_frac(name);
        Rival { name, rmse, skill_frac }
    };
    Evaluated {
        column: column.to_owned(),
        kind,
        origins: measured.origins,
        hours: measured.compared,
        rmse: measured.rmse(),
        rivals: measured.rivals().map(rival).collect(),
        skill_frac: measured.skill_frac(),
        levels: LEVELS,
        off_frac: measured.pooled_off_frac(),
        off_by_block_frac: (0..BLOCKS).map(|block| measured.block_off_frac(block)).collect(),
    }
}

impl Evaluated {
    /// The column's lines of the table, in words and points of a hundred.
    pub fn page(&self) -> String {
        let mut page = format!("{} ({})\n", self.column, self.kind);
        if self.hours == 0 {
            return page + "  too little is known to forecast it, or to compare\n";
        }
        let skill = |frac: Option<f64>| frac.map_or("-".to_owned(), |s| format!("{s:.3}"));
        let (origins, hours, rmse) = (self.origins, self.hours, self.rmse);
        page += &format!(
            "  {origins} origins, {hours} hours compared: RMSE {rmse:.3}, skill {} over the better \
             seasonal one\n",
            skill(self.skill_frac)
        );
        for rival in &self.rivals {
            let name = match rival.name {
                DAILY => "daily naive (the last known day again)",
                WEEKLY => "weekly naive (the week before again)",
                PERSISTENCE => "persistence (the last known hour holds)",
                other => other,
            };
            let (rmse, skill) = (rival.rmse, skill(rival.skill_frac));
            page += &format!("    over {name}: RMSE {rmse:.3}, skill {skill}\n");
        }
        page += "  share at or below each level, minus the level, in points of a hundred:\n";
        let heads: Vec<String> = self.levels.iter().map(|l| format!("{l:>6.2}")).collect();
        page += &format!("    leads     {}\n", heads.join(" "));
        let line = |off: &[f64; LEVELS.len()]| {
            off.iter().map(|o| format!("{:>+6.1}", 100.0 * o)).collect::<Vec<_>>().join(" ")
        };
        for (block, off) in self.off_by_block_frac.iter().enumerate() {
            let (from, to) = (block * BLOCK, (block + 1) * BLOCK);
            let off = off.as_ref().map_or("nothing came".to_owned(), line);
            page += &format!("    {from:>2} to {to:>2} h {off}\n");
        }
        if let Some(off) = &self.off_frac {
            page += &format!("    all leads {}\n", line(off));
        }
        page
    }
}
