//! `smart-camp demo`: the service with a simulated camp, everything in one process.

use super::serve::{influx_target, read_settings};
use super::{Failure, run_service, say};
use crate::api::auth::{hash, new_token};
use crate::app::{App, AppSettings, FieldSettings, Retention, newest_reading};
use crate::domain::clock::Clock;
use crate::domain::mode::{AssetLimits, Envelope, Mode};
use crate::mqtt::broker;
use crate::planning::series::{self, SeriesFile};
use crate::scheduler::SchedulerSettings;
use crate::settings::{RestSettings, Role, TokenSettings};
use crate::site_file::{self, SiteFile};
use camp_solver::Site;
use camp_solver::site::{BatchStart, ThermalStart};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The camp of the demo, where no other is named.
const MEDIUM: &str = include_str!("../../camps/medium.toml");

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// The camp's site file; the medium reference camp unless told.
    #[arg(long, value_name = "FILE")]
    site: Option<PathBuf>,
    /// Variant of the site file; H where the file has it.
    #[arg(long, value_name = "V")]
    variant: Option<String>,
    /// Measured series that the meters show, CSV as for `plan`; time starts with it.
    #[arg(long, value_name = "FILE.csv")]
    series: Option<PathBuf>,
    /// How many times as fast as life.
    #[arg(long, value_name = "N", default_value_t = 60.0)]
    speed: f64,
    /// Address of the interface; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// Folder that keeps the store between runs; a temporary one unless told.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Settings file whose `store.influxdb` is used, and nothing else of it.
    #[arg(long, value_name = "FILE")]
    influxdb: Option<PathBuf>,
    /// Advise only: the simulated controllers go their own way.
    #[arg(long)]
    advise: bool,
}

pub(super) fn run(args: &DemoArgs) -> Result<(), Failure> {
    if !(args.speed.is_finite() && (0.1..=3600.0).contains(&args.speed)) {
        return Err(Failure::input(format!("--speed {}: must lie in 0.1 to 3600", args.speed)));
    }
    if !args.bind.ip().is_loopback() {
        return Err(Failure::input(format!("--bind {}: the demo stays on loopback", args.bind)));
    }
    let mut file = read_site(args)?;
    has_lived(&mut file.site);
    let series = match &args.series {
        None => None,
        Some(path) => Some(series::read(path, &file.points).map_err(|faults| {
            Failure::input(format!("{} fault(s)\n  {}", faults.len(), faults.join("\n  ")))
        })?),
    };
    let temporary = tempfile::tempdir().map_err(|e| Failure::machine(e.to_string()))?;
    let folder = args.data.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder)
        .map_err(|e| Failure::machine(format!("{}: {e}", folder.display())))?;
    let random = || new_token().ok_or_else(|| Failure::machine("no random numbers"));
    let (token, password) = (random()?, random()?);
    let broker = broker::start(0, "demo", &password)
        .map_err(|e| Failure::machine(format!("the embedded broker cannot listen: {e}")))?;
    let start = series.as_ref().map_or_else(|| Clock::system().now(), |s| s.start);
    // Time at many times its speed has run ahead of life: a kept store goes on where it ended.
    let start = newest_reading(&folder.join("demo.db"), &file)
        .map_err(|e| Failure::machine(e.to_string()))?
        .map_or(start, |last| last.max(start));
    let influx = match &args.influxdb {
        None => None,
        Some(path) => influx_target(read_settings(path)?.store.influxdb.as_ref())?,
    };
    let settings = AppSettings {
        client: format!("smartcamp-{}", file.site.name),
        clock: Clock::running(start, args.speed),
        store: folder.join("demo.db"),
        retention: Retention::default(),
        influx,
        broker,
        share: None,
        rest: RestSettings { bind: args.bind, ..RestSettings::default() },
        tokens: vec![TokenSettings {
            name: "demo".to_owned(),
            role: Role::Operate,
            sha256: hash(&token),
        }],
        scheduler: scheduler(args.speed),
        drivers: None,
        mode: mode(&file.site, args.advise, start),
        field: Some(field(series, args.data.as_deref(), &folder)),
        file,
    };
    run_service(async {
        let app = App::start(settings).map_err(|e| Failure::machine(format!("{e:#}")))?;
        say(&format!("smart-camp demo: http://{}/#token={token}", app.address));
        app.run_until(super::asked_to_stop()).await.map_err(|e| Failure::machine(format!("{e:#}")))
    })
}

/// Time runs for the solver too: it may take so much of what lies between two plans.
const SOLVING_FRAC: f64 = 0.5;

/// The scheduler of a camp that lives `speed` times as fast as life: a plan that comes after the next one
/// is due helps nobody.
fn scheduler(speed: f64) -> SchedulerSettings {
    let usual = SchedulerSettings::default();
    let between_s = 60.0 * f64::from(usual.every_min) / speed;
    let time_limit_s = usual.time_limit_s.min(SOLVING_FRAC * between_s).max(0.5);
    SchedulerSettings { time_limit_s, ..usual }
}

/// What its past begins with has been like any other day: its heat is there, and its batches are done.
fn has_lived(site: &mut Site) {
    for (id, store) in &site.thermal_store {
        let fill_frac = store.ready_frac.max(store.start_frac);
        site.start.thermal_store.entry(id.clone()).or_insert(ThermalStart { fill_frac });
    }
    for (id, batch) in &site.batch {
        let done = BatchStart { done_today: batch.per_day, running_left_h: Vec::new() };
        site.start.batch.entry(id.clone()).or_insert(done);
    }
}

fn read_site(args: &DemoArgs) -> Result<SiteFile, Failure> {
    let file = match &args.site {
        Some(path) => site_file::read(path, args.variant.as_deref()),
        None => site_file::parse(MEDIUM, Path::new("camps/medium.toml"), args.variant.as_deref()),
    };
    file.map_err(|e| Failure::input(e.to_string()))
}

/// The past is sent once: a kept store has it already.
fn field(series: Option<SeriesFile>, kept: Option<&Path>, folder: &Path) -> FieldSettings {
    let fresh = kept.is_none() || !folder.join("demo.db").exists();
    let until = series.as_ref().map(SeriesFile::end);
    let history_days = if fresh && series.is_none() { 7 } else { 0 };
    FieldSettings { seed: 7, series, history_days, every_s: 15, until }
}

/// The demo's operator allows everything at its own plant, for as long as anybody watches.
fn mode(site: &Site, advise: bool, start: DateTime<Utc>) -> Mode {
    if advise {
        return Mode::Advise;
    }
    let kinds = [
        ("genset", site.genset.keys().collect::<Vec<_>>()),
        ("solar", site.solar.keys().collect()),
        ("battery", site.battery.keys().collect()),
        ("well", site.well.keys().collect()),
        ("treatment", site.treatment.keys().collect()),
    ];
    let mut assets = BTreeMap::new();
    for (kind, ids) in kinds {
        for id in ids {
            let limits = AssetLimits { may_start: true, may_stop: true, ..AssetLimits::default() };
            assets.insert(format!("{kind}.{id}"), limits);
        }
    }
    Mode::Act(Envelope {
        signed_by: "demo operator".to_owned(),
        why: "the plant is simulated".to_owned(),
        expires_at: start + TimeDelta::days(3650),
        assets,
    })
}
