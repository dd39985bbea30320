//! A part of a problem's time.

use super::{EndStock, Problem};
use crate::site::StartState;
use crate::time_grid::TimeGrid;
use std::collections::BTreeMap;

impl Problem {
    /// The steps `from..to` as a problem of their own, without traces. A part that begins later begins
    /// in the state of a site that says nothing of it; one that ends earlier asks for no end stocks.
    pub(crate) fn between(&self, from: usize, to: usize) -> Self {
        fn cut<K: Clone + Ord, T: Clone>(
            series: &BTreeMap<K, Vec<T>>,
            from: usize,
            to: usize,
        ) -> BTreeMap<K, Vec<T>> {
            let part = |values: &Vec<T>| values.get(from..to).unwrap_or_default().to_vec();
            series.iter().map(|(name, values)| (name.clone(), part(values))).collect()
        }
        let part = |values: &Vec<f64>| values.get(from..to).unwrap_or_default().to_vec();
        let (grid, s) = (&self.grid, &self.series);
        let series = super::Series {
            demand_kw: cut(&s.demand_kw, from, to),
            solar_available_kw: cut(&s.solar_available_kw, from, to),
            taps_m3_per_h: cut(&s.taps_m3_per_h, from, to),
            wastewater_m3_per_h: cut(&s.wastewater_m3_per_h, from, to),
            temperature_c: part(&s.temperature_c),
            reserve_kw: part(&s.reserve_kw),
            solar_least_kw: cut(&s.solar_least_kw, from, to),
            must_run: cut(&s.must_run, from, to),
            heat_kw: cut(&s.heat_kw, from, to),
        };
        Self {
            site: self.site.clone(),
            grid: TimeGrid {
                start: grid.start_of(from),
                step_minutes: grid.step_minutes.get(from..to).unwrap_or_default().to_vec(),
                utc_offset_minutes: grid
                    .utc_offset_minutes
                    .get(from..to)
                    .unwrap_or_default()
                    .to_vec(),
            },
            start: if from == 0 { self.start.clone() } else { StartState::default() },
            series,
            unavailable: cut(&self.unavailable, from, to),
            end: if to == grid.len() { self.end.clone() } else { EndStock::default() },
            traces: Vec::new(),
            traces_part_after_h: None,
        }
    }
}
