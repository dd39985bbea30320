//! One binary for all tests of the service from outside: real HTTP, real brokers, real processes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod air;
mod backtest;
mod bad_input;
#[path = "../bench/case.rs"]
mod case;
mod command_line;
mod compose;
mod composition;
mod control;
mod doubt;
mod el_espino;
mod explained;
mod forecasts;
mod formats;
mod frozen_cases;
mod grafana;
mod grafana_queries;
mod guards;
mod imports;
mod influx;
mod influx_away;
mod ingestion;
mod interface;
mod ladder;
mod messages;
#[path = "../../solver/tests/it/mps_file.rs"]
#[expect(dead_code, reason = "benches need more of it")]
mod mps_file;
mod outages;
mod quality;
mod recovery;
mod reports;
mod savings;
mod sets_past;
mod support;
#[path = "../bench/textbook.rs"]
#[expect(dead_code, reason = "benches need more of it")]
mod textbook;
mod tls;
