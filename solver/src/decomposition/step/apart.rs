//! What of a step a mixture of commitments need not copy: what no set touches stands once, and what
//! draws alike (pumps, trains, heaters) is copied as one sum.
//!
//! A sum may be split over the copies in ways in which its parts may not. The mixture says no bound, and
//! its prices hardly differ; it has half the rows.

use super::Step;

/// Vectors that differ by no more are alike.
const ALIKE: f64 = 1e-9;

/// Where a column of a step's rows stands in a mixture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::decomposition) enum Place {
    /// In each copy.
    Copied,
    /// Once; if the sets' rows know it, as this much of a sum.
    Once(Option<(usize, f64)>),
}

/// What is copied as one: its entries in the rows of the step, and between what it lies.
#[derive(Debug)]
pub(in crate::decomposition) struct Sum {
    pub(in crate::decomposition) entries: Vec<(usize, f64)>,
    pub(in crate::decomposition) least: f64,
    pub(in crate::decomposition) most: f64,
}

/// A row that stands once, over columns in the order of `places`.
#[derive(Debug)]
pub(in crate::decomposition) struct OnceRow {
    pub(in crate::decomposition) entries: Vec<(usize, f64)>,
    pub(in crate::decomposition) constant: f64,
    pub(in crate::decomposition) equation: bool,
}

/// The parts of a step.
#[derive(Debug)]
pub(in crate::decomposition) struct Apart {
    /// For each column that stands in a row: the column, its bounds and its place.
    pub(in crate::decomposition) columns: Vec<(usize, f64, f64)>,
    pub(in crate::decomposition) places: Vec<Place>,
    pub(in crate::decomposition) sums: Vec<Sum>,
    pub(in crate::decomposition) rows: Vec<OnceRow>,
    /// Whether a row of the step is in each copy.
    pub(in crate::decomposition) is_copied: Vec<bool>,
}

/// Columns that rows without sets tie together, and their common direction in the rows with sets.
struct Part {
    columns: Vec<usize>,
    direction: Option<Vec<f64>>,
}

impl Step {
    /// Sorts the columns and rows of the step.
    pub(in crate::decomposition) fn apart(&self) -> Apart {
        let used = self.free.iter().zip(&self.in_rows).filter(|(_, used)| **used);
        let columns: Vec<(usize, f64, f64)> = used.map(|(column, _)| *column).collect();
        let place = self.places();
        let rows: Vec<Vec<(usize, f64)>> = self
            .rows
            .iter()
            .map(|row| row.free.iter().map(|(i, a)| (place[*i], *a)).collect())
            .collect();
        let touched: Vec<usize> = (0..rows.len()).filter(|r| self.is_touched(*r)).collect();
        let mut vectors = vec![vec![0.0; touched.len()]; columns.len()];
        for (z, r) in touched.iter().enumerate() {
            rows[*r].iter().for_each(|(i, a)| vectors[*i][z] += a);
        }
        let free_rows = || (0..rows.len()).filter(|r| touched.binary_search(r).is_err());
        let mut places = vec![Place::Copied; columns.len()];
        let mut sums: Vec<(Vec<f64>, Sum)> = Vec::new();
        let parts = parts(columns.len(), free_rows().map(|r| &rows[r]), &vectors);
        for part in &parts {
            let Some(direction) = &part.direction else { continue };
            let like =
                parts.iter().filter(|p| p.direction.as_ref().is_some_and(|d| alike(d, direction)));
            let size = |i: usize| greatest(&vectors[i]);
            let members = like.flat_map(|p| &p.columns).filter(|i| size(**i) > 0.0).count();
            let is_idle = direction.iter().all(|a| *a == 0.0);
            if !is_idle && members < 2 {
                continue;
            }
            for i in &part.columns {
                if size(*i) == 0.0 {
                    places[*i] = Place::Once(None);
                    continue;
                }
                let known = sums.iter().position(|(of, _)| alike(of, direction));
                let sum = known.unwrap_or_else(|| {
                    let entries = touched.iter().copied().zip(direction.iter().copied());
                    let entries = entries.filter(|(_, a)| *a != 0.0).collect();
                    sums.push((direction.clone(), Sum { entries, least: 0.0, most: 0.0 }));
                    sums.len() - 1
                });
                let (_, lo, hi) = columns[*i];
                sums[sum].1.least += size(*i) * lo;
                sums[sum].1.most += size(*i) * hi;
                places[*i] = Place::Once(Some((sum, size(*i))));
            }
        }
        let mut is_copied = vec![true; rows.len()];
        let mut once = Vec::new();
        for r in free_rows() {
            if rows[r].iter().all(|(i, _)| places[*i] != Place::Copied) {
                is_copied[r] = false;
                let (constant, equation) = (self.rows[r].constant, self.rows[r].equation);
                once.push(OnceRow { entries: rows[r].clone(), constant, equation });
            }
        }
        let sums = sums.into_iter().map(|(_, sum)| sum).collect();
        Apart { columns, places, sums, rows: once, is_copied }
    }

    /// For each free column: its place among those that stand in rows.
    pub(super) fn places(&self) -> Vec<usize> {
        let count = |next: &mut usize, used: &bool| {
            let here = *next;
            *next += usize::from(*used);
            Some(here)
        };
        self.in_rows.iter().scan(0, count).collect()
    }

    /// Whether a fleet or its load stands in a row.
    fn is_touched(&self, r: usize) -> bool {
        let of_fleets = self.fleets.iter().flat_map(|(_, counts)| counts);
        let mut of_points = of_fleets.flat_map(|c| &c.rows).chain(&self.load);
        of_points.any(|rows| rows[r] != 0.0)
    }
}

/// Columns that rows tie together, each part with the direction of its columns in the rows with sets:
/// of length 1 by the greatest entry, 0 where no such row knows it, none where they differ.
fn parts<'a>(
    columns: usize,
    rows: impl Iterator<Item = &'a Vec<(usize, f64)>>,
    vectors: &[Vec<f64>],
) -> Vec<Part> {
    let mut part_of: Vec<usize> = (0..columns).collect();
    for row in rows {
        let Some((first, _)) = row.first() else { continue };
        let into = part_of[*first];
        for (i, _) in row {
            let from = part_of[*i];
            part_of.iter_mut().filter(|p| **p == from).for_each(|p| *p = into);
        }
    }
    let mut parts = Vec::new();
    for part in 0..columns {
        let columns: Vec<usize> = (0..columns).filter(|i| part_of[*i] == part).collect();
        if columns.is_empty() {
            continue;
        }
        let mut direction: Option<Vec<f64>> = Some(vec![0.0; vectors[columns[0]].len()]);
        for i in &columns {
            let size = greatest(&vectors[*i]);
            if size == 0.0 {
                continue;
            }
            let unit: Vec<f64> = vectors[*i].iter().map(|a| a / size).collect();
            direction =
                direction.filter(|d| d.iter().all(|a| *a == 0.0) || alike(d, &unit)).map(|_| unit);
        }
        parts.push(Part { columns, direction });
    }
    parts
}

/// The greatest entry, whatever its sign.
fn greatest(vector: &[f64]) -> f64 {
    vector.iter().fold(0.0, |most, a| most.max(a.abs()))
}

fn alike(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= ALIKE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns: a pump's flow and its switch, another pump, a battery's charge and discharge, and one
    /// that no set's row knows. Rows with sets: the bus, the reserve.
    fn found() -> Vec<Part> {
        let vectors = [[-2.0, -4.0], [0.0, 0.0], [-1.0, -2.0], [-1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
        let rows = [vec![(0, 1.0), (1, -3.0)], vec![(3, 1.0), (4, 1.0)]];
        parts(6, rows.iter(), &vectors.map(|v| v.to_vec()))
    }

    #[test]
    fn what_draws_alike_has_one_direction() {
        let parts = found();
        let of = |i: usize| parts.iter().find(|p| p.columns.contains(&i)).unwrap();
        assert_eq!(of(0).columns, [0, 1]);
        let (pump, other) = (of(0).direction.as_ref().unwrap(), of(2).direction.as_ref().unwrap());
        assert!(alike(pump, other) && alike(pump, &[-0.5, -1.0]));
        assert!(of(5).direction.as_ref().unwrap().iter().all(|a| *a == 0.0));
    }

    #[test]
    fn what_is_tied_and_draws_otherwise_has_none() {
        let parts = found();
        let battery = parts.iter().find(|p| p.columns == [3, 4]).unwrap();
        assert!(battery.direction.is_none());
    }
}
