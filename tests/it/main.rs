//! One binary for all tests of the service from outside: real HTTP, real brokers, real processes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod bad_input;
mod command_line;
mod control;
mod el_espino;
mod explained;
mod guards;
mod ingestion;
mod interface;
mod ladder;
mod messages;
mod recovery;
mod support;
mod tls;
