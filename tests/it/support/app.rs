//! A whole service in this process: a clock moved by hand, a store of its own, a real broker.

use super::{Http, Peer, eventually, root};
use chrono::{DateTime, TimeDelta, Utc};
use smart_camp::api::auth::hash;
use smart_camp::app::{App, AppSettings, FieldSettings, InfluxTarget, Retention};
use smart_camp::domain::clock::Clock;
use smart_camp::domain::mode::{AssetLimits, Envelope, Mode};
use smart_camp::live::Live;
use smart_camp::mqtt::{BrokerAddress, broker};
use smart_camp::scheduler::SchedulerSettings;
use smart_camp::settings::{RestSettings, Role, TokenSettings};
use smart_camp::site_file::{self, SiteFile};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const OPERATE: &str = "a-token-that-operates";
const READ: &str = "a-token-that-reads";

/// A reference camp by its file's name, in its first variant that tests use.
pub(crate) fn site(name: &str) -> SiteFile {
    site_file::read(&root().join(format!("camps/{name}.toml")), None).unwrap()
}

/// An envelope for every set of a camp.
pub(crate) fn envelope(file: &SiteFile, expires_at: DateTime<Utc>) -> Mode {
    let sets = file.site.genset.keys().map(|id| format!("genset.{id}"));
    let limits = AssetLimits { may_start: true, may_stop: true, ..AssetLimits::default() };
    Mode::Act(Envelope {
        signed_by: "tester".to_owned(),
        why: "the sets are simulated".to_owned(),
        expires_at,
        assets: sets.map(|asset| (asset, limits.clone())).collect(),
    })
}

/// What a test wants of its service.
pub(crate) struct Setup {
    pub(crate) file: SiteFile,
    pub(crate) broker: Option<BrokerAddress>,
    pub(crate) share: Option<String>,
    pub(crate) client: Option<String>,
    pub(crate) influx: Option<InfluxTarget>,
    pub(crate) mode: Mode,
    pub(crate) field: Option<FieldSettings>,
    pub(crate) scheduler: SchedulerSettings,
    pub(crate) rest: RestSettings,
    pub(crate) start: DateTime<Utc>,
    pub(crate) folder: TempDir,
}

impl Setup {
    /// The small camp on its own broker, advising, planning six hours ahead.
    pub(crate) fn small() -> Self {
        Self {
            file: site("small"),
            broker: None,
            share: None,
            client: None,
            influx: None,
            mode: Mode::default(),
            field: None,
            scheduler: SchedulerSettings {
                horizon_h: 6,
                // Tests wait for a minute of real time, in which several plans are made.
                time_limit_s: 5.0,
                ..SchedulerSettings::default()
            },
            rest: RestSettings { bind: ([127, 0, 0, 1], 0).into(), ..RestSettings::default() },
            start: "2026-03-10T06:00:00Z".parse().unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The same with a simulated plant behind the broker.
    pub(crate) fn with_field(mut self) -> Self {
        let (seed, every_s) = (7, 60);
        self.field =
            Some(FieldSettings { seed, series: None, history_days: 0, every_s, until: None });
        self
    }

    /// Starts the service and waits until it is connected.
    pub(crate) fn start(self) -> TestCamp {
        let camp = self.start_alone();
        eventually("the service is connected", || {
            (camp.live.metrics.broker_connected.get() == 1).then_some(())
        });
        camp
    }

    /// Starts the service, whether there is a broker or not.
    pub(crate) fn start_alone(self) -> TestCamp {
        let broker = self.broker.unwrap_or_else(|| broker::start(0, "test", "secret").unwrap());
        let token = |name: &str, role, token| TokenSettings {
            name: name.to_owned(),
            role,
            sha256: hash(token),
        };
        let clock = Clock::manual(self.start);
        let settings = AppSettings {
            client: self.client.unwrap_or_else(|| format!("smartcamp-{}", self.file.site.name)),
            file: self.file,
            clock: clock.clone(),
            store: self.folder.path().join("store.db"),
            retention: Retention::default(),
            influx: self.influx,
            broker: broker.clone(),
            share: self.share,
            rest: self.rest,
            tokens: vec![
                token("engineer", Role::Operate, OPERATE),
                token("screen", Role::Read, READ),
            ],
            scheduler: self.scheduler,
            drivers: None,
            mode: self.mode,
            field: self.field,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let guard = runtime.enter();
        let app = App::start(settings).unwrap();
        drop(guard);
        let live = Arc::clone(&app.live);
        let http = Http::new(format!("http://{}", app.address), OPERATE);
        TestCamp { app: Some(app), runtime, clock, broker, live, http, folder: self.folder }
    }
}

/// A running service.
pub(crate) struct TestCamp {
    app: Option<App>,
    runtime: Runtime,
    pub(crate) clock: Clock,
    pub(crate) broker: BrokerAddress,
    pub(crate) live: Arc<Live>,
    /// Speaks with the token that operates.
    pub(crate) http: Http,
    pub(crate) folder: TempDir,
}

impl TestCamp {
    /// A device or controller at the same broker.
    pub(crate) fn peer(&self, name: &str, filters: &[&str]) -> Peer {
        Peer::new(&self.broker, name, filters)
    }

    /// Where the interface listens.
    pub(crate) fn port(&self) -> u16 {
        self.app.as_ref().unwrap().address.port()
    }

    /// Somebody who may only read.
    pub(crate) fn reader(&self) -> Http {
        self.http.with_token(READ)
    }

    /// Moves the clock on in small steps until there is something to see. It stands while a plan is
    /// being made: a second of the solver would be many minutes of the camp.
    pub(crate) fn live_until<T>(
        &self,
        what: &str,
        step_s: i64,
        mut look: impl FnMut() -> Option<T>,
    ) -> T {
        eventually(what, || {
            if self.live.metrics.planning.get() == 0 {
                self.clock.advance(TimeDelta::seconds(step_s));
            }
            look()
        })
    }

    /// Ends the service and leaves its folder.
    pub(crate) fn end(mut self) -> TempDir {
        self.shut();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    fn shut(&mut self) {
        if let Some(app) = self.app.take() {
            self.runtime.block_on(app.stop());
        }
    }
}

impl Drop for TestCamp {
    fn drop(&mut self) {
        self.shut();
    }
}
