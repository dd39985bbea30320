//! One binary for all tests of the solver crate from outside.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::float_cmp,
    clippy::panic,
    clippy::assigning_clones,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod back_ends;
mod battery;
mod burn_off;
mod camp;
mod cold;
mod corners;
mod exhaustive;
mod explain;
mod fuel;
mod limits;
mod mps_file;
mod mutations;
mod placed;
mod properties;
mod published;
mod running;
mod scenarios;
mod security;
mod service;
mod site_fields;
mod solving;
mod traces;
mod turns;
mod upkeep;
mod wastewater;
mod water;
mod windows;
