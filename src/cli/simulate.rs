//! `smart-camp simulate`: the simulated camp alone, with any broker.

use super::serve::{broker_address, read_settings};
use super::{Failure, SiteArgs, run_service, say};
use crate::app::{self, CampSettings, FieldSettings};
use crate::domain::clock::Clock;
use crate::settings::MqttSettings;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `simulate`.
#[derive(Debug, Args)]
pub(super) struct SimulateArgs {
    #[command(flatten)]
    site: SiteArgs,
    /// Settings file whose table `mqtt` is used, and nothing else of it.
    #[arg(long, value_name = "FILE")]
    settings: PathBuf,
    /// Seconds between readings.
    #[arg(long, value_name = "S", default_value_t = 15,
        value_parser = clap::value_parser!(u32).range(1..=900))]
    every_s: u32,
    /// Days of demand, sun and water before now that are sent at the start, and a day under its own
    /// controllers.
    #[arg(long, value_name = "D", default_value_t = 0,
        value_parser = clap::value_parser!(u32).range(0..=60))]
    history_days: u32,
    /// Seed of its noise: the same seed gives the same demand, sun and water.
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
}

pub(super) fn run(args: &SimulateArgs) -> Result<(), Failure> {
    let file = args.site.read()?;
    let mqtt = read_settings(&args.settings)?.mqtt;
    check(&mqtt, args)?;
    let camp = CampSettings {
        client: mqtt.client.clone().unwrap_or_else(|| format!("field-{}", file.site.name)),
        file,
        clock: Clock::system(),
        broker: broker_address(&mqtt)?,
        field: FieldSettings {
            seed: args.seed,
            series: None,
            history_days: args.history_days,
            every_s: args.every_s,
            until: None,
        },
    };
    let words =
        format!("smart-camp simulates {} at {}:{}", camp.file.site.name, mqtt.host, mqtt.port);
    run_service(async {
        say(&words);
        let ended = app::simulate(camp, super::asked_to_stop()).await;
        ended.map_err(|e| Failure::machine(format!("{e:#}")))
    })
}

/// What is right for the service and makes no sense for a camp.
fn check(mqtt: &MqttSettings, args: &SimulateArgs) -> Result<(), Failure> {
    let path = args.settings.display();
    let mut faults = Vec::new();
    if mqtt.embedded {
        faults.push(format!("{path}: mqtt.embedded: true: the camp needs a broker outside itself"));
    }
    if let Some(group) = &mqtt.share {
        faults.push(format!("{path}: mqtt.share: {group}: devices of a camp share nothing"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::input(faults.join("\n  "))) }
}
