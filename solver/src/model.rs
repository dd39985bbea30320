//! The model under construction: columns and rows with names, balances, reserve, ledgers.
//!
//! Names are kept here because `good_lp` gives them to no solver: `gen1.is_on[14]`.

mod traces;

use crate::ledger::Ledger;
use crate::time_grid::TimeGrid;
use good_lp::{Constraint, Expression, ProblemVariables, Variable, variable};
use std::collections::{BTreeMap, HashMap};

/// A column of the model.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) integer: bool,
    /// Whole in a plan, but not in the search: it is rounded afterwards.
    pub(crate) rounded: bool,
}

/// Columns, rows and what the blocks have written so far. Every column is 0 or more.
pub(crate) struct Model {
    handles: ProblemVariables,
    index: HashMap<Variable, usize>,
    /// What stands before the names of columns and rows of a further trace.
    prefix: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Constraint>,
    /// For each row: whether it is part of a detail that a relaxation holds without.
    pub(crate) row_detail: Vec<bool>,
    /// Whether what is added now is such a detail.
    pub(crate) detail: bool,
    pub(crate) dt_h: Vec<f64>,
    /// Start of each step after the grid's, h, and the horizon's length as the last value.
    pub(crate) offset_h: Vec<f64>,
    pub(crate) steps_by_day: Vec<Vec<usize>>,
    /// Power put on the bus less power taken from it, kW.
    pub(crate) bus: Vec<Expression>,
    /// Water put into a tank less water taken from it, m3/h.
    pub(crate) node: BTreeMap<String, Vec<Expression>>,
    /// Power of sets, kW.
    pub(crate) sets_kw: Vec<Expression>,
    /// Electricity served to consumers and the water plant, kW.
    pub(crate) load_served: Vec<Expression>,
    /// Solar power in use, kW.
    pub(crate) solar_used: Vec<Expression>,
    /// What running sets and batteries could add at once, kW.
    pub(crate) reserve: Vec<Expression>,
    /// Sets that run and could form the grid.
    pub(crate) formers: Vec<Expression>,
    /// Starts of sets, counted.
    pub(crate) started: Vec<Expression>,
    /// Load fraction of the sets that share load, where there are two fleets of them or more.
    pub(crate) load_frac: Option<Vec<Variable>>,
    /// In steps where the grid may have no former: 1 if the camp is dark.
    pub(crate) dark: BTreeMap<usize, Variable>,
    /// For each step: whether the loss of a source is looked at.
    pub(crate) secured: Vec<bool>,
    /// Electricity served to T0 and T1, kW.
    pub(crate) critical_served: Vec<Expression>,
    /// Whatever gives power, for the loss of each.
    pub(crate) sources: Vec<Source>,
    /// Fuel burnt in each step, L.
    pub(crate) burn_l: Vec<Expression>,
    pub(crate) ledger: Ledger,
    /// The ledgers of traces that have ended, by their weights.
    weighted: Ledger,
}

/// Something that gives power and may be lost.
#[derive(Debug)]
pub(crate) struct Source {
    /// `kind.id`; of like sets, that of the first.
    pub(crate) name: String,
    pub(crate) kind: SourceKind,
    /// For each step: what all of it can go on giving when another source is lost, kW.
    pub(crate) carries: Vec<Expression>,
}

/// What a source is.
#[derive(Debug)]
pub(crate) enum SourceKind {
    /// Like sets, of which one is lost at a time: how many there are, whether any runs (1) or not (0),
    /// and what each can give.
    Sets { most: usize, any_on: Vec<Expression>, each_kw: Vec<f64> },
    /// A battery, and the most it can give.
    Battery { forms_grid: bool, available: Vec<bool>, most_kw: f64 },
    /// A solar array, with what the sun lets it give.
    Solar { usable_kw: Vec<f64> },
}

impl Model {
    pub(crate) fn new(grid: &TimeGrid) -> Self {
        let steps = grid.len();
        let blank = || vec![Expression::default(); steps];
        Self {
            handles: ProblemVariables::new(),
            index: HashMap::new(),
            prefix: String::new(),
            columns: Vec::new(),
            rows: Vec::new(),
            row_detail: Vec::new(),
            detail: false,
            dt_h: (0..steps).map(|t| grid.dt_h(t)).collect(),
            offset_h: (0..=steps).map(|t| grid.offset_h(t)).collect(),
            steps_by_day: grid.steps_by_day(),
            bus: blank(),
            sets_kw: blank(),
            node: BTreeMap::new(),
            load_served: blank(),
            solar_used: blank(),
            reserve: blank(),
            formers: blank(),
            started: blank(),
            load_frac: None,
            dark: BTreeMap::new(),
            secured: vec![false; steps],
            critical_served: blank(),
            sources: Vec::new(),
            burn_l: blank(),
            ledger: Ledger::default(),
            weighted: Ledger::default(),
        }
    }

    pub(crate) fn steps(&self) -> usize {
        self.dt_h.len()
    }

    /// A continuous column in `min..=max`.
    pub(crate) fn column(&mut self, name: String, min: f64, max: f64) -> Variable {
        self.add(Column { name, min, max, integer: false, rounded: false })
    }

    /// A column that is 0 or 1; always 0 unless `free`.
    pub(crate) fn binary(&mut self, name: String, free: bool) -> Variable {
        self.whole(name, f64::from(u8::from(free)))
    }

    /// A column that is a whole number in `0..=max`.
    pub(crate) fn whole(&mut self, name: String, max: f64) -> Variable {
        self.add(Column { name, min: 0.0, max, integer: true, rounded: false })
    }

    /// A column that is a whole number in `0..=max` of a plan; the search leaves it broken, and it is
    /// rounded afterwards.
    pub(crate) fn rounded(&mut self, name: String, max: f64) -> Variable {
        let rounded = self.whole(name, max);
        if let Some(column) = self.columns.last_mut() {
            column.rounded = true;
        }
        rounded
    }

    fn add(&mut self, mut column: Column) -> Variable {
        column.name.insert_str(0, &self.prefix);
        let handle = self.handles.add(variable().clamp(column.min, column.max));
        self.index.insert(handle, self.columns.len());
        self.columns.push(column);
        handle
    }

    /// Adds a row with its name.
    pub(crate) fn row(&mut self, mut name: String, constraint: Constraint) {
        name.insert_str(0, &self.prefix);
        self.rows.push(constraint.set_name(name));
        self.row_detail.push(self.detail);
    }

    /// Position of a column, in the order they were added.
    pub(crate) fn position(&self, variable: Variable) -> usize {
        self.index[&variable]
    }

    /// The flows of a tank's node.
    pub(crate) fn node_mut(&mut self, tank: &str) -> &mut Vec<Expression> {
        let steps = self.steps();
        self.node.entry(tank.to_owned()).or_insert_with(|| vec![Expression::default(); steps])
    }

    /// Burns fuel in step `t`: `litres` for each unit of the variable.
    pub(crate) fn burn(&mut self, t: usize, litres: f64, variable: Variable) {
        self.burn_l[t].add_mul(litres, variable);
        self.ledger.fuel_l.add_mul(litres, variable);
    }

    /// Takes electricity for a consumer from the bus: `kw_per_unit` times the variable.
    pub(crate) fn draw(&mut self, t: usize, kw_per_unit: f64, variable: Variable) {
        self.bus[t].add_mul(-kw_per_unit, variable);
        self.load_served[t].add_mul(kw_per_unit, variable);
    }
}
