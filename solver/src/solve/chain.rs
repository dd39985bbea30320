//! A long time as a chain of windows: prices of what one hands to the next, moved until the sum of what
//! the windows need at least is as high as it gets.
//!
//! The sum is concave in the prices, and each plan that a window found says how its part goes on:
//!
//! ```text
//! least(p) <= fuel + p_before start + p_after missing          for any plan of the window
//! next prices: max sum of the smallest of these lines, near the best prices so far
//! ```
//!
//! (cutting planes in a box; Kelley 1960, boxed as by Marsten, Hogan and Blankenship 1975). Whatever the
//! prices are, the sum is a bound.

use super::window::{Ends, StockPrices, Stocks, WindowBound};
use crate::backend::Linear;
use crate::error::SolveError;
use crate::problem::Problem;
use crate::program::{Program, ProgramColumn, ProgramRow};
use crate::site::{ById, Site, StartState};
use std::time::{Duration, Instant};

/// How far prices move at first, share of them; more after a gain, less after none.
const FIRST_MOVE: f64 = 0.03;
const AFTER_GAIN: f64 = 1.5;
const AFTER_NONE: f64 = 0.5;
/// Stands for no limit on what a window needs, L.
const FAR_L: f64 = 1e7;
/// Time for the next prices.
const PRICING: Duration = Duration::from_secs(20);

/// One kind of stock that is handed on.
#[derive(Debug, Clone)]
struct Handed {
    kind: Kind,
    id: String,
    most: f64,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Battery,
    Tank,
    Heat,
    WastewaterRoom,
}

impl Kind {
    fn prices(self, prices: &StockPrices) -> &ById<f64> {
        match self {
            Self::Battery => &prices.battery_l_per_kwh,
            Self::Tank => &prices.tank_l_per_m3,
            Self::Heat => &prices.heat_l_per_kwh,
            Self::WastewaterRoom => &prices.wastewater_room_l_per_m3,
        }
    }

    fn stocks(self, stocks: &Stocks) -> &ById<f64> {
        match self {
            Self::Battery => &stocks.battery_kwh,
            Self::Tank => &stocks.tank_m3,
            Self::Heat => &stocks.heat_kwh,
            Self::WastewaterRoom => &stocks.wastewater_room_m3,
        }
    }
}

/// A line that a window's least lies below.
#[derive(Debug, Clone)]
struct Line {
    window: usize,
    fuel_l: f64,
    start: Vec<f64>,
    missing: Vec<f64>,
}

/// Windows one after the other, and the prices between them.
#[derive(Debug, Clone)]
pub struct Chain {
    windows: usize,
    handed: Vec<Handed>,
    /// By boundary and stock.
    trial: Vec<Vec<f64>>,
    best: Vec<Vec<f64>>,
    bound_l: f64,
    lines: Vec<Line>,
    moves: f64,
}

impl Chain {
    /// A chain of so many windows of a site. `first` are the prices to begin with, at all boundaries.
    pub fn new(site: &Site, windows: usize, first: &StockPrices) -> Self {
        let handed = |kind, id: &String, most| Handed { kind, id: id.clone(), most };
        let batteries = site.battery.iter().map(|(id, b)| handed(Kind::Battery, id, b.max_kwh()));
        let tanks = site.tank.iter().map(|(id, t)| handed(Kind::Tank, id, t.capacity_m3));
        let heat = site.thermal_store.iter().map(|(id, s)| handed(Kind::Heat, id, s.store_kwh));
        let sewage = site.wastewater.iter();
        let sewage = sewage.map(|(id, w)| handed(Kind::WastewaterRoom, id, w.equalisation_m3));
        let handed: Vec<Handed> = batteries.chain(tanks).chain(heat).chain(sewage).collect();
        let price = |h: &Handed| h.kind.prices(first).get(&h.id).copied().unwrap_or(0.0);
        let prices = vec![handed.iter().map(price).collect(); windows.saturating_sub(1)];
        Self {
            windows,
            handed,
            trial: prices.clone(),
            best: prices,
            bound_l: f64::NEG_INFINITY,
            lines: Vec::new(),
            moves: FIRST_MOVE,
        }
    }

    /// The prices that are to be tried next, one for each boundary.
    pub fn prices(&self) -> Vec<StockPrices> {
        let at = |prices: &Vec<f64>| {
            let mut all = StockPrices::default();
            for (handed, price) in std::iter::zip(&self.handed, prices) {
                let of_kind = match handed.kind {
                    Kind::Battery => &mut all.battery_l_per_kwh,
                    Kind::Tank => &mut all.tank_l_per_m3,
                    Kind::Heat => &mut all.heat_l_per_kwh,
                    Kind::WastewaterRoom => &mut all.wastewater_room_l_per_m3,
                };
                of_kind.insert(handed.id.clone(), *price);
            }
            all
        };
        self.trial.iter().map(at).collect()
    }

    /// The ends of window `i` at these prices: the first begins as the camp does, the last ends so.
    pub fn ends<'a>(&self, prices: &'a [StockPrices], i: usize) -> Ends<'a> {
        Ends { start: i.checked_sub(1).and_then(|b| prices.get(b)), end: prices.get(i) }
    }

    /// What the whole needs at least, as far as it is known, L.
    pub fn bound_l(&self) -> f64 {
        self.bound_l
    }

    /// Takes what the windows need at the prices that were tried, and moves the prices. Gives the bound
    /// of this round, L.
    pub fn learn(&mut self, found: &[WindowBound]) -> Result<f64, SolveError> {
        let most = |prices: &Vec<f64>| -> f64 {
            std::iter::zip(&self.handed, prices).map(|(h, p)| h.most * p).sum()
        };
        let handed_l: f64 = self.trial.iter().map(most).sum();
        let bound_l = found.iter().map(|w| w.bound_l).sum::<f64>() - handed_l;
        for (window, found) in found.iter().enumerate() {
            self.lines.extend(self.line(window, found));
        }
        if bound_l > self.bound_l {
            self.bound_l = bound_l;
            self.best.clone_from(&self.trial);
            self.moves = (self.moves * AFTER_GAIN).min(0.5);
        } else {
            self.moves *= AFTER_NONE;
        }
        self.trial = self.next()?;
        Ok(bound_l)
    }

    fn line(&self, window: usize, found: &WindowBound) -> Option<Line> {
        let stocks = |stocks: &Stocks| -> Vec<f64> {
            let of = |h: &Handed| h.kind.stocks(stocks).get(&h.id).copied().unwrap_or(0.0);
            self.handed.iter().map(of).collect()
        };
        let (start, missing) = (stocks(&found.start), stocks(&found.missing));
        let at = |boundary: Option<usize>, stocks: &[f64]| {
            let prices = boundary.and_then(|b| self.trial.get(b));
            prices.map_or(0.0, |p| std::iter::zip(p, stocks).map(|(p, s)| p * s).sum())
        };
        let ends_l = at(window.checked_sub(1), &start) + at(Some(window), &missing);
        Some(Line { window, fuel_l: found.found_l? - ends_l, start, missing })
    }

    /// The prices at which the lines promise most, near the best.
    fn next(&self) -> Result<Vec<Vec<f64>>, SolveError> {
        let stocks = self.handed.len();
        let column = |min, max, cost| ProgramColumn { min, max, cost, integer: false, step: None };
        let mut columns = vec![column(-FAR_L, FAR_L, -1.0); self.windows];
        for prices in &self.best {
            for (price, handed) in std::iter::zip(prices, &self.handed) {
                let by = self.moves * price;
                columns.push(column(price - by, price + by, handed.most));
            }
        }
        let place = |boundary: usize, stock: usize| self.windows + boundary * stocks + stock;
        let row = |line: &Line| {
            let mut entries = vec![(line.window, 1.0)];
            for stock in 0..stocks {
                if line.window > 0 {
                    entries.push((place(line.window - 1, stock), -line.start[stock]));
                }
                if line.window + 1 < self.windows {
                    entries.push((place(line.window, stock), -line.missing[stock]));
                }
            }
            let (constant, name) = (-line.fuel_l, String::new());
            ProgramRow { entries, constant, equation: false, detail: false, name }
        };
        let rows = self.lines.iter().map(row).collect();
        let program = Program { columns, rows, steps: 0 };
        let bounds: Vec<_> = program.columns.iter().map(|c| (c.min, c.max)).collect();
        let stage = |failure| SolveError::Stage { stage: "prices of a chain".to_owned(), failure };
        let mut linear = Linear::new(&program, true, 0).map_err(stage)?;
        let point = linear.solve(&bounds, Instant::now() + PRICING).map_err(stage)?;
        let prices = point.values.get(self.windows..).unwrap_or_default();
        Ok(match stocks {
            0 => self.best.clone(),
            _ => prices.chunks(stocks).map(<[f64]>::to_vec).collect(),
        })
    }
}

/// A problem cut into windows of about so many hours, each of whole local days. What binds across
/// boundaries is left out: stocks of fuel, services, burn-offs, the limit of the mean load over 24 h, run
/// hours, least runs of treatment lines, rests of wells, starts a day. The last keeps the end stocks.
pub fn windows(whole: &Problem, hours: f64) -> Vec<Problem> {
    let whole = without_memory(whole);
    let mut list = Vec::new();
    let mut from = 0;
    for day in whole.grid.steps_by_day() {
        let Some(to) = day.last().map(|last| last + 1) else { continue };
        let length_h = whole.grid.offset_h(to) - whole.grid.offset_h(from);
        if length_h + 1.0 > hours || to == whole.grid.len() {
            list.push(whole.between(from, to));
            from = to;
        }
    }
    list
}

fn without_memory(whole: &Problem) -> Problem {
    let mut free = whole.clone();
    let site = &mut free.site;
    for set in site.genset.values_mut() {
        set.max_starts_per_day = None;
        set.service_due_h = None;
        set.service_interval_h = None;
        set.burn_off = None;
        set.mean_load_24h_max_frac = None;
        set.start_tiers.clear();
        (set.ramp_up_kw_per_h, set.ramp_down_kw_per_h) = (None, None);
    }
    for line in site.treatment.values_mut() {
        line.min_run_h = None;
        line.max_starts_per_day = None;
        line.flush_m3_per_stop = None;
    }
    for well in site.well.values_mut() {
        well.min_rest_h = None;
    }
    site.plant.max_starts_per_day = None;
    site.plant.run_hours_spread_max_h = None;
    site.fuel_store.clear();
    site.start = StartState::default();
    free.start.fuel_store.clear();
    for set in free.start.genset.values_mut() {
        (set.service_due_h, set.service_at) = (None, None);
        (set.low_load_h, set.high_load_h, set.burn_off_owed_h) = (0.0, 0.0, 0.0);
        set.burn_offs_at.clear();
    }
    free
}
