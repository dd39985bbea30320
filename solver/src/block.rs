//! The blocks of the model: each owns its columns, adds rows, and reads itself back.

mod batch;
mod committed;
mod curtailable;
mod demand;
mod draw;
mod fuel;
mod heat_store;
mod plant;
mod rounding;
mod security;
mod starts;
mod stock;
mod storage;
mod tank;
mod treatment;
mod wastewater;
mod well;

pub(crate) use committed::FleetColumns;

use crate::account::Decisions;
use crate::lowered::Lowered;
use crate::model::Model;
use crate::plan::Plan;
use good_lp::{Expression, Variable};
use std::fmt::Debug;

/// Values of a solution.
pub(crate) trait Values {
    fn value(&self, variable: Variable) -> f64;
}

/// One block.
pub(crate) trait Block: Debug {
    /// Adds columns and rows and writes to balances, reserve and ledgers.
    fn build(&mut self, model: &mut Model);
    /// Reads its part of a solution into the decisions.
    fn read(&self, values: &dyn Values, decisions: &mut Decisions);
    /// Changes decisions, at no cost and with the same flows, to such as the books like better: which of
    /// like sets run. None by default.
    fn refine(&self, _decisions: &mut Decisions) {}
    /// The values that its whole-number columns have in a plan. None by default: no such columns.
    fn commitment(&self, _plan: &Plan, _fix: &mut dyn FnMut(Variable, f64)) {}
    /// Whole values that may be changed at no cost once the cheapest plan is found, so that the
    /// preference has more to choose from. None by default.
    fn free(&self, _cheapest: &dyn Values, _fix: &mut dyn FnMut(Variable, f64)) {}
    /// Whole values for its whole-number columns, near those of a relaxed point and lawful by the
    /// block's own rules. What couples blocks, levels of tanks above all, is not looked at. None by
    /// default.
    fn round(&self, _relaxed: &dyn Values, _fix: &mut dyn FnMut(Variable, f64)) {}
    /// Whole-number columns that may change while sets stay as they are. None by default.
    fn loose(&self, _free: &mut dyn FnMut(Variable)) {}
    /// Narrower bounds for its stocks, that leave room for what rounding moves. None by default.
    fn narrow(&self, _frac: f64, _bound: &mut dyn FnMut(Variable, f64, f64)) {}
    /// Whole numbers that one after the other are held where the nearest ones all at once do not fit.
    fn counted(&self) -> Vec<Variable> {
        Vec::new()
    }
    /// What is decided before traces part: name, most and value of each count. None by default.
    fn decided(&self, _tell: &mut dyn FnMut(String, f64, Expression)) {}
    /// The columns of a fleet of sets, if this block is one.
    fn fleet(&self) -> Option<&FleetColumns> {
        None
    }
}

/// The blocks of a lowered camp.
pub(crate) fn blocks(camp: Lowered) -> Vec<Box<dyn Block>> {
    let mut list: Vec<Box<dyn Block>> = Vec::new();
    for fleet in camp.fleets {
        list.push(Box::new(committed::Committed::new(fleet)));
    }
    list.push(Box::new(plant::PlantBlock::new(camp.plant)));
    for source in camp.curtailables {
        list.push(Box::new(curtailable::CurtailableBlock::new(source)));
    }
    for storage in camp.storages {
        list.push(Box::new(storage::StorageBlock::new(storage)));
    }
    for demand in camp.demands {
        list.push(Box::new(demand::DemandBlock::new(demand)));
    }
    for sewage in camp.sewage {
        list.push(Box::new(wastewater::WastewaterBlock::new(sewage)));
    }
    for well in camp.wells {
        list.push(Box::new(well::WellBlock::new(well)));
    }
    // Rounding goes from the end: lines with long runs first, wells last.
    let mut lines = camp.lines;
    lines.sort_by(|a, b| a.min_run_h.total_cmp(&b.min_run_h));
    for line in lines {
        list.push(Box::new(treatment::TreatmentBlock::new(line)));
    }
    for store in camp.heat_stores {
        list.push(Box::new(heat_store::HeatStoreBlock::new(store)));
    }
    for work in camp.batch_work {
        list.push(Box::new(batch::BatchBlock::new(work)));
    }
    for draw in camp.draws {
        list.push(Box::new(draw::DrawBlock::new(draw)));
    }
    if let Some(fuel) = camp.fuel {
        list.push(Box::new(fuel::FuelBlock::new(fuel)));
    }
    // Tanks close their nodes, so they come after everything that flows.
    for tank in camp.tanks {
        list.push(Box::new(tank::TankBlock::new(tank)));
    }
    // What the loss of a source leaves is known once every source and every load is.
    if let Some(asked) = camp.security {
        list.push(Box::new(security::SecurityBlock::new(asked)));
    }
    list
}
