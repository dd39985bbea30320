//! `smart-camp serve`: the service for a real camp.

use super::{Failure, SiteArgs, run_service, say};
use crate::app::{App, AppSettings, InfluxTarget, Retention};
use crate::domain::clock::Clock;
use crate::domain::mode::Mode;
use crate::mqtt::{BrokerAddress, Security, Version, broker};
use crate::scheduler::SchedulerSettings;
use crate::scheduler::accept::WhenToChange;
use crate::settings::{self, InfluxSettings, MqttSettings, MqttVersion, Settings};
use crate::site_file::SiteFile;
use clap::Args;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    site: SiteArgs,
    /// Settings of the service, TOML; without it: loopback, advice, no tokens.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

pub(super) fn run(args: &ServeArgs) -> Result<(), Failure> {
    let file = args.site.read()?;
    let settings = match &args.settings {
        None => Settings::default(),
        Some(path) => read_settings(path)?,
    };
    check_envelope(&settings.mode, &file)?;
    let broker = broker_address(&settings.mqtt)?;
    if settings.token.is_empty() {
        say("no token is in the settings: the interface lets nobody in; see smart-camp token");
    }
    let client = settings.mqtt.client.clone();
    let plan = &settings.scheduler;
    let app = AppSettings {
        client: client.unwrap_or_else(|| format!("smartcamp-{}", file.site.name)),
        file,
        clock: Clock::system(),
        store: settings.store.file.clone(),
        retention: Retention {
            values_days: settings.store.values_days,
            rollups_months: settings.store.rollups_months,
        },
        influx: influx_target(settings.store.influxdb.as_ref())?,
        broker,
        share: settings.mqtt.share.clone(),
        rest: settings.rest.clone(),
        tokens: settings.token.clone(),
        scheduler: SchedulerSettings {
            every_min: plan.every_min,
            horizon_h: plan.horizon_h,
            gap_frac: plan.gap_frac,
            time_limit_s: plan.time_limit_s,
            patience_s: 2.0 * plan.time_limit_s + 10.0,
            cases: settings.store.cases_folder.clone(),
            change: WhenToChange {
                least_gain_frac: plan.least_gain_frac,
                renew_after_min: plan.renew_after_min,
            },
            traces: plan.traces,
            traces_part_after_min: plan.traces_part_after_min,
            ..SchedulerSettings::default()
        },
        drivers: settings.forecast.drivers_file.clone(),
        mode: settings.mode.clone(),
        field: None,
    };
    let scheme = if settings.rest.tls_key_file.is_some() { "https" } else { "http" };
    run_service(async {
        let app = App::start(app).map_err(|e| Failure::machine(format!("{e:#}")))?;
        say(&format!("smart-camp serves {scheme}://{}/", app.address));
        app.run_until(super::asked_to_stop()).await.map_err(|e| Failure::machine(format!("{e:#}")))
    })
}

/// Settings, or all their faults.
pub(super) fn read_settings(path: &Path) -> Result<Settings, Failure> {
    settings::read(path).map_err(|faults| {
        let lines = faults.iter().map(|l| format!("\n  {}:{l}", path.display()));
        let head = format!("{}: {} fault(s)", path.display(), faults.len());
        Failure::input(head + &lines.collect::<String>())
    })
}

/// An envelope speaks of assets that the camp has.
fn check_envelope(mode: &Mode, file: &SiteFile) -> Result<(), Failure> {
    let Mode::Act(envelope) = mode else { return Ok(()) };
    // Of a tank, of taps or of a fuel store nothing can be asked.
    let asked =
        file.points.iter().filter(|(_, p)| !["tank", "taps", "fuel_store"].contains(&p.kind));
    let known: BTreeSet<String> = asked.map(|(_, p)| p.asset()).collect();
    let unknown = envelope.assets.keys().filter(|asset| !known.contains(*asset));
    let faults: Vec<String> = unknown
        .map(|a| {
            format!("mode.act.assets.{a}: is nothing of {} that can be instructed", file.site.name)
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Failure::input(faults.join("\n  "))) }
}

fn secret(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::input(format!("{}: {e}", path.display())))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The InfluxDB 2 of the settings, with its token and certificates.
pub(super) fn influx_target(
    settings: Option<&InfluxSettings>,
) -> Result<Option<InfluxTarget>, Failure> {
    let Some(influxdb) = settings else { return Ok(None) };
    let token = secret(&influxdb.token_file)?;
    let lawful = !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic());
    if !lawful {
        let path = influxdb.token_file.display();
        return Err(Failure::input(format!("{path}: holds no token, or more than one")));
    }
    let ca_pem = influxdb.ca_file.as_deref().map(secret).transpose()?;
    let target = InfluxTarget::new(&influxdb.url, &influxdb.org, &influxdb.bucket, &token);
    Ok(Some(target.trusting(ca_pem)))
}

/// The broker of the settings, with its password; an embedded one is started.
pub(super) fn broker_address(mqtt: &MqttSettings) -> Result<BrokerAddress, Failure> {
    let credentials = match (&mqtt.user, &mqtt.password_file) {
        (Some(user), Some(path)) => Some((user.clone(), secret(path)?)),
        _ => None,
    };
    if mqtt.embedded {
        let (user, password) = credentials.unwrap_or_default();
        return broker::start(mqtt.port, &user, &password).map_err(|e| {
            Failure::machine(format!(
                "the embedded broker cannot listen on port {}: {e}",
                mqtt.port
            ))
        });
    }
    let client = mqtt.tls_certificate_file.clone().zip(mqtt.tls_key_file.clone());
    let security = match &mqtt.tls_ca_file {
        Some(ca_file) => Security::Tls { ca_file: ca_file.clone(), client },
        None => Security::Plain,
    };
    let version = match mqtt.version {
        MqttVersion::Five => Version::Five,
        MqttVersion::Three => Version::Three,
    };
    Ok(BrokerAddress { host: mqtt.host.clone(), port: mqtt.port, security, credentials, version })
}
