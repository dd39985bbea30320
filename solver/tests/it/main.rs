//! One binary for all tests of the solver crate from outside.

mod camp;
mod exhaustive;
mod mutations;
mod properties;
mod scenarios;
mod site_fields;
mod solving;
