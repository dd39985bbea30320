//! What is printed: asked beside measured.

use std::collections::BTreeMap;

/// Share of faults of a kind that is to be flagged within ten samples.
const FOUND_FRAC: f64 = 0.95;
/// Share of clean values that may be flagged.
const WRONG_FRAC: f64 = 0.001;

/// What was measured of a kind of fault in a series.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cell {
    pub(crate) faults: usize,
    pub(crate) found: usize,
    /// From the begin to the first flag, over all that were found.
    pub(crate) samples: usize,
    pub(crate) clean: usize,
    pub(crate) wrongly: usize,
}

impl Cell {
    fn found_frac(&self) -> f64 {
        self.found as f64 / self.faults as f64
    }

    fn wrong_frac(&self) -> f64 {
        self.wrongly as f64 / self.clean.max(1) as f64
    }
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    clean: Vec<String>,
    cells: Vec<(String, String, Cell)>,
    notes: Vec<String>,
}

impl Table {
    /// The series as it was measured: values, and how many of them were flagged in the end and ever.
    pub(crate) fn clean(
        &mut self,
        name: &str,
        values: usize,
        flagged: usize,
        ever: usize,
        reasons: &BTreeMap<&str, usize>,
    ) {
        let share = |n: usize| 100.0 * n as f64 / values as f64;
        let word =
            if flagged as f64 <= WRONG_FRAC * values as f64 { "reached" } else { "NOT REACHED" };
        let reasons: Vec<String> = reasons.iter().map(|(r, n)| format!("{r} {n}")).collect();
        let line = format!(
            "| {name} | {values} | {:.3} % | {:.3} % | < 0.1 % | {word} | {} |",
            share(flagged),
            share(ever),
            reasons.join(", ")
        );
        println!("{line}");
        self.clean.push(line);
    }

    /// A kind of fault in a series.
    pub(crate) fn cell(&mut self, series: &str, kind: &str, cell: Option<Cell>) {
        if let Some(cell) = cell {
            self.cells.push((series.to_owned(), kind.to_owned(), cell));
        }
    }

    /// A sentence below the tables.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Prints all; gives the number of pairs that were not reached.
    pub(crate) fn print(&self) -> usize {
        println!("\nThe series as they were measured\n");
        println!(
            "| series as point | values | flagged | flagged at first | asked | | by reason |\n|---|---|---|---|---|---|---|"
        );
        self.clean.iter().for_each(|line| println!("{line}"));
        println!(
            "\nFaults put into them: flagged within ten samples, asked at least 95 %; clean values flagged besides, asked under 0.1 %\n"
        );
        println!(
            "| series | kind | faults | flagged | after samples | clean flagged | |\n|---|---|---|---|---|---|---|"
        );
        let mut reached = 0;
        for (series, kind, cell) in &self.cells {
            let is_reached = cell.found_frac() >= FOUND_FRAC && cell.wrong_frac() < WRONG_FRAC;
            reached += usize::from(is_reached);
            let word = if is_reached { "reached" } else { "NOT REACHED" };
            let after = cell.samples as f64 / cell.found.max(1) as f64;
            println!(
                "| {series} | {kind} | {} | {:.1} % | {after:.1} | {:.3} % | {word} |",
                cell.faults,
                100.0 * cell.found_frac(),
                100.0 * cell.wrong_frac()
            );
        }
        println!("\n{reached} of {} reached; not reached:", self.cells.len());
        for (series, kind, cell) in &self.cells {
            if cell.found_frac() < FOUND_FRAC || cell.wrong_frac() >= WRONG_FRAC {
                println!(
                    "  {series}: {kind}: {:.1} % flagged, {:.3} % of clean ones",
                    100.0 * cell.found_frac(),
                    100.0 * cell.wrong_frac()
                );
            }
        }
        self.notes.iter().for_each(|note| println!("{note}"));
        self.cells.len() - reached
    }
}
