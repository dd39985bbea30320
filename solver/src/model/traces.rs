//! A copy of the balances for each trace, and the ledger of all of them by their weights.

use super::Model;
use good_lp::Expression;
use std::collections::BTreeMap;

impl Model {
    /// Begins a further trace: what the blocks write from now on is its own.
    pub(crate) fn begin_trace(&mut self, number: usize) {
        let blank = || vec![Expression::default(); self.steps()];
        let (bus, sets_kw, formers, started) = (blank(), blank(), blank(), blank());
        let (load_served, critical_served, solar_used) = (blank(), blank(), blank());
        let (reserve, burn_l) = (blank(), blank());
        (self.bus, self.sets_kw, self.formers, self.started) = (bus, sets_kw, formers, started);
        self.load_served = load_served;
        self.critical_served = critical_served;
        self.solar_used = solar_used;
        (self.reserve, self.burn_l) = (reserve, burn_l);
        self.node = BTreeMap::new();
        self.load_frac = None;
        self.dark = BTreeMap::new();
        self.secured.fill(false);
        self.sources = Vec::new();
        self.prefix = format!("trace.{number}.");
    }

    /// Ends a trace: what it costs and falls short of counts by its weight.
    pub(crate) fn end_trace(&mut self, weight_frac: f64) {
        let ledger = std::mem::take(&mut self.ledger);
        self.weighted.add_weighted(weight_frac, &ledger);
        self.prefix.clear();
    }

    /// After the last trace: the ledger is that of all of them. Pumps and trains are no longer rounded
    /// after a search, for rounding looks at one trace only.
    pub(crate) fn join_traces(&mut self) {
        self.ledger = std::mem::take(&mut self.weighted);
        self.columns.iter_mut().for_each(|column| column.rounded = false);
    }
}
