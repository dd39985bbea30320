//! The measured series, each as a point of a camp, scaled to its rating.

use super::camp;
use smart_camp::domain::point::PointId;
use smart_camp::ingest::quality::Nature;
use smart_camp::site_file::SiteFile;
use std::collections::HashMap;
use std::path::Path;

/// A measured series on a point of a camp.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) file: SiteFile,
    pub(crate) point: PointId,
    pub(crate) nature: Nature,
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// Times, ms since 1970, and values.
    pub(crate) values: Vec<(i64, f64)>,
}

impl Series {
    /// Length of the point's range.
    pub(crate) fn span(&self) -> f64 {
        self.max - self.min
    }
}

/// A file's columns by name; empty cells are left out.
pub(crate) fn columns(folder: &Path, name: &str) -> Columns {
    let path = folder.join(name);
    let mut reader = csv::Reader::from_path(&path)
        .unwrap_or_else(|e| panic!("{}: {e}: nothing can be measured", path.display()));
    let heads: Vec<String> = reader.headers().unwrap().iter().map(ToOwned::to_owned).collect();
    let mut found: Columns = HashMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        let time: chrono::DateTime<chrono::Utc> = row[0].parse().unwrap();
        for (head, cell) in heads.iter().zip(&row).skip(1) {
            if let Ok(value) = cell.parse::<f64>() {
                found.entry(head.clone()).or_default().push((time.timestamp_millis(), value));
            }
        }
    }
    found
}

/// The value that 99 of 100 stay below.
pub(crate) fn peak(values: &[(i64, f64)]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().map(|v| v.1.abs()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() * 99 / 100]
}

/// To a millionth: scaling leaves no digits that no meter shows.
fn scaled(values: &[(i64, f64)], factor: f64) -> Vec<(i64, f64)> {
    values.iter().map(|(t, v)| (*t, (v * factor * 1e6).round() / 1e6)).collect()
}

/// How a column becomes values of its point.
enum Scale {
    /// As it is, times this.
    By(f64),
    /// So that its peak is this share of the point's range.
    Peak(f64),
}

/// A file's columns by name.
type Columns = HashMap<String, Vec<(i64, f64)>>;

/// Every series.
#[expect(clippy::too_many_lines, reason = "a table of series")]
pub(crate) fn load(folder: &Path) -> Vec<Series> {
    let espino = camp::read("el_espino");
    let medium = camp::read("medium");
    let water = ["d", "e", "f", "g", "h"].map(|d| format!("dma_{d}_water_demand_m3_h"));
    let mut list = vec![
        ("espino_load_5min_2016.csv", "load_kw", &espino, "load.village.demand_kw", Scale::By(1.0)),
        (
            "heed_streetlight_victron_1min.csv",
            "battery_power_w",
            &espino,
            "battery.bank.discharge_kw",
            Scale::By(-51.0 / 24.0),
        ),
        (
            "heed_streetlight_victron_1min.csv",
            "load_current_a",
            &medium,
            "batch.laundry.demand_kw",
            Scale::Peak(0.6),
        ),
        (
            "heed_streetlight_victron_1min.csv",
            "soc_pct",
            &espino,
            "battery.bank.state_of_charge_frac",
            Scale::By(0.01),
        ),
        (
            "ouessant_2016_hourly.csv",
            "load_kw",
            &medium,
            "load.accommodation.demand_kw",
            Scale::Peak(0.1),
        ),
        (
            "ouessant_2016_hourly.csv",
            "pv_per_kwp_kw",
            &espino,
            "solar.pv.available_kw",
            Scale::By(60.0),
        ),
        (
            "ouessant_2016_hourly.csv",
            "temp_air_c",
            &espino,
            "place.camp.temperature_c",
            Scale::By(1.0),
        ),
        (
            "water_demand_hourly_2021_2022.csv",
            "temp_air_c",
            &espino,
            "place.camp.temperature_c",
            Scale::By(1.0),
        ),
        (
            "solar_surfrad_slv_1min_day.csv",
            "ghi_w_m2",
            &espino,
            "solar.pv.available_kw",
            Scale::By(0.06),
        ),
        (
            "solar_surfrad_slv_1min_day.csv",
            "temp_air_c",
            &espino,
            "place.camp.temperature_c",
            Scale::By(1.0),
        ),
    ];
    list.extend(water.iter().map(|name| {
        (
            "water_demand_hourly_2021_2022.csv",
            name.as_str(),
            &medium,
            "taps.camp.demand_m3_per_h",
            Scale::Peak(0.1),
        )
    }));
    let mut files: HashMap<&str, Columns> = HashMap::new();
    let mut all = Vec::new();
    for (name, column, file, point, scale) in list {
        let columns = files.entry(name).or_insert_with(|| columns(folder, name));
        let values = &columns[column];
        let id = file.points.resolve(point).unwrap();
        let of_point = file.points.get(id).unwrap();
        let factor = match scale {
            Scale::By(factor) => factor,
            Scale::Peak(share) => share * of_point.max / peak(values),
        };
        let short = name.split('_').next().unwrap();
        all.push(Series {
            name: format!("{short} {column} as {point}"),
            point: id,
            nature: camp::nature(file, id),
            min: of_point.min,
            max: of_point.max,
            file: file.clone(),
            values: scaled(values, factor),
        });
    }
    all.push(counter(&espino, &files["espino_load_5min_2016.csv"]["load_kw"]));
    all
}

/// The counter that a meter of the measured load would have shown, to a tenth of a kWh.
fn counter(espino: &SiteFile, load: &[(i64, f64)]) -> Series {
    let id = espino.points.resolve("load.village.energy_kwh").unwrap();
    let mut kwh = 12_345.0;
    let count = |(t, kw): &(i64, f64)| {
        kwh += kw / 12.0;
        (*t, (kwh * 10.0_f64).round() / 10.0)
    };
    Series {
        name: "espino load_kw, counted, as load.village.energy_kwh".to_owned(),
        file: espino.clone(),
        point: id,
        nature: camp::nature(espino, id),
        min: 0.0,
        max: espino.points.get(id).unwrap().max,
        values: load.iter().map(count).collect(),
    }
}
