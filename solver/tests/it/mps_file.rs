//! Reads the free MPS that the solver writes, as another program would: what it does not know it
//! refuses. HiGHS alone solves what was read; tests and benches share both.

use highs::{HighsModelStatus, HighsSolutionStatus, RowProblem, Sense};
use std::collections::HashMap;

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) cost: f64,
    pub(crate) integer: bool,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// A row: `entries <= rhs`, or `= rhs`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) equation: bool,
    pub(crate) entries: Vec<(usize, f64)>,
    pub(crate) rhs: f64,
}

/// A model to be minimised.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct MpsFile {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
}

#[derive(Default)]
struct Reader {
    file: MpsFile,
    objective: Option<String>,
    row_at: HashMap<String, usize>,
    column_at: HashMap<String, usize>,
    in_integers: bool,
}

impl MpsFile {
    /// Reads a text; lines that begin with `*` are comments.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader::default();
        let mut section = "";
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('*')) {
            if !line.starts_with(' ') {
                section = line.split(' ').next().unwrap_or_default();
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            reader.take(section, &words).map_err(|why| format!("line {}: {why}", at + 1))?;
        }
        if section == "ENDATA" { Ok(reader.file) } else { Err("there is no end".to_owned()) }
    }

    /// Minimises it with HiGHS, as it is: one thread, all else as HiGHS has it.
    pub(crate) fn by_highs(&self, gap_frac: f64, time_limit_s: f64, seed: u32) -> ByHighs {
        let mut problem = RowProblem::new();
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|c| problem.add_column_with_integrality(c.cost, c.min..=c.max, c.integer))
            .collect();
        for row in &self.rows {
            let entries: Vec<_> = row.entries.iter().map(|(at, c)| (columns[*at], *c)).collect();
            if row.equation {
                problem.add_row(row.rhs..=row.rhs, entries);
            } else {
                problem.add_row(..=row.rhs, entries);
            }
        }
        let mut highs = problem.optimise(Sense::Minimise);
        highs.set_option("output_flag", false);
        highs.set_option("threads", 1);
        highs.set_option("parallel", "off");
        highs.set_option("mip_rel_gap", gap_frac);
        highs.set_option("time_limit", time_limit_s);
        highs.set_option("random_seed", i32::try_from(seed).unwrap());
        let solved = highs.solve();
        let has_point = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
        ByHighs {
            status: solved.status(),
            objective: has_point.then(|| solved.objective_value()),
            bound: solved.double_info_value(c"mip_dual_bound").unwrap(),
            stopped: solved.status() == HighsModelStatus::ReachedTimeLimit,
        }
    }
}

/// What HiGHS found.
#[derive(Debug)]
pub(crate) struct ByHighs {
    pub(crate) status: HighsModelStatus,
    /// Of the best point, if there is one.
    pub(crate) objective: Option<f64>,
    pub(crate) bound: f64,
    /// Whether its time ran out.
    pub(crate) stopped: bool,
}

impl Reader {
    fn take(&mut self, section: &str, words: &[&str]) -> Result<(), String> {
        match (section, words) {
            ("ROWS", ["N", name]) if self.objective.is_none() => {
                self.objective = Some((*name).to_owned());
            }
            ("ROWS", [kind @ ("E" | "L"), name]) => {
                let (equation, entries) = (*kind == "E", Vec::new());
                let row = Row { name: (*name).to_owned(), equation, entries, rhs: 0.0 };
                self.file.rows.push(row);
                let twice = self.row_at.insert((*name).to_owned(), self.file.rows.len() - 1);
                if twice.is_some() {
                    return Err(format!("row {name} twice"));
                }
            }
            ("COLUMNS", [_, "'MARKER'", marker @ ("'INTORG'" | "'INTEND'")]) => {
                self.in_integers = *marker == "'INTORG'";
            }
            ("COLUMNS", [column, row, value]) => {
                let (at, value) = (self.column(column), number(value)?);
                if self.objective.as_deref() == Some(*row) {
                    self.file.columns[at].cost += value;
                } else {
                    let row = self.row(row)?;
                    if row.entries.last().is_some_and(|(before, _)| *before == at) {
                        return Err(format!("column {column} twice in row {}", row.name));
                    }
                    row.entries.push((at, value));
                }
            }
            ("RHS", [_, row, value]) => self.row(row)?.rhs = number(value)?,
            ("BOUNDS", [kind @ ("LO" | "UP"), _, column, value]) => {
                let Some(at) = self.column_at.get(*column) else {
                    return Err(format!("there is no column {column}"));
                };
                let of = &mut self.file.columns[*at];
                *(if *kind == "LO" { &mut of.min } else { &mut of.max }) = number(value)?;
            }
            _ => return Err(format!("{section} {words:?} is not known")),
        }
        Ok(())
    }

    fn row(&mut self, name: &str) -> Result<&mut Row, String> {
        let at = self.row_at.get(name).ok_or_else(|| format!("there is no row {name}"))?;
        Ok(&mut self.file.rows[*at])
    }

    fn column(&mut self, name: &str) -> usize {
        let columns = &mut self.file.columns;
        let integer = self.in_integers;
        *self.column_at.entry(name.to_owned()).or_insert_with(|| {
            let (min, max) = (0.0, f64::INFINITY);
            columns.push(Column { name: name.to_owned(), cost: 0.0, integer, min, max });
            columns.len() - 1
        })
    }
}

fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}
