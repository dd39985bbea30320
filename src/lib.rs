//! Smart Camp: schedules the generators, solar, batteries and water plant of a camp far from any
//! grid.
//!
//! Meter readings arrive over MQTT and land in a store; they become a state and forecasts; the
//! solver makes a plan, an independent checker passes it, and it leaves as advice or, inside an
//! explicit envelope, as instructions. ARCHITECTURE.md shows the house and its walls.

pub mod api;
pub mod app;
pub mod backtest;
pub mod cli;
pub mod console;
pub mod control;
pub mod domain;
pub mod forecast;
pub mod ingest;
pub mod lenient;
pub mod live;
pub mod metrics;
pub mod mqtt;
pub mod planning;
pub mod probe;
pub mod report;
pub mod scheduler;
pub mod settings;
pub mod site_file;
pub mod store;
pub mod twin;
