//! Problems from files: a typical, generated or measured day in place of forecasts.

pub mod columns;
pub mod day;
pub mod request;
pub mod series;
pub mod state_file;
