//! A large camp on an ordinary day: 2,400 sensors at 1 Hz. What that costs, and how long a reading takes
//! from its meter to the state that plans are made on.

use super::eventually;
use super::mosquitto::{Mosquitto, free_port};
use super::process::Service;
use super::report::{Asked, Report};
use super::root;
use super::wire;
use chrono::SecondsFormat;
use smart_camp::app::{App, AppSettings, Retention};
use smart_camp::domain::clock::Clock;
use smart_camp::domain::mode::Mode;
use smart_camp::domain::point::PointId;
use smart_camp::scheduler::SchedulerSettings;
use smart_camp::settings::RestSettings;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const SENSORS: usize = 2400;
/// Seconds that the load is measured for.
const FOR_S: u64 = 60;
/// Readings that are waited for.
const PROBES: usize = 1000;
/// A point that nobody else speaks for.
const PROBED: &str = "place.camp.temperature_c";

/// The medium camp with a feeder for each sensor.
fn camp(folder: &Path) -> PathBuf {
    let mut text = std::fs::read_to_string(root().join("camps/medium.toml")).unwrap();
    for n in 0..SENSORS {
        let kw = 1.0 + (n % 17) as f64;
        let typical_kw = [kw; 24];
        write!(text, "\n[load.s{n}]\ntier = \"T3\"\ntypical_kw = {typical_kw:?}\n").unwrap();
    }
    let path = folder.join("camp.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// Sends a value of every sensor each second, evenly, one a message, until told to stop. Nothing waits
/// for answers; they are read away.
fn meters(broker: &Mosquitto, stop: &Arc<AtomicBool>) -> std::thread::JoinHandle<u64> {
    let mut stream = wire::connect(&broker.address, "meters");
    let mut answers = stream.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut away = [0; 4096];
        while answers.read(&mut away).is_ok_and(|read| read > 0) {}
    });
    let stop = Arc::clone(stop);
    std::thread::spawn(move || {
        let (clock, began) = (Clock::system(), Instant::now());
        let mut random = fastrand::Rng::with_seed(5);
        let (mut sent, mut block) = (0_usize, Vec::new());
        while !stop.load(Ordering::Relaxed) {
            let due = usize::try_from(began.elapsed().as_millis()).unwrap() * SENSORS / 1000;
            while sent < due {
                let n = sent % SENSORS;
                let time = clock.now().to_rfc3339_opts(SecondsFormat::Millis, true);
                let kw = 1.0 + (n % 17) as f64 + random.f64();
                let payload = format!(
                    r#"{{"timestamp":"{time}","values":{{"load.s{n}.demand_kw":{kw:.3}}}}}"#
                );
                let id = u16::try_from(sent % 65_535).unwrap() + 1;
                let topic = "smartcamp/v1/medium/telemetry/feeders";
                wire::put(topic, id, payload.as_bytes(), &mut block);
                sent += 1;
            }
            stream.write_all(&block).unwrap();
            block.clear();
            std::thread::park_timeout(Duration::from_millis(5));
        }
        sent as u64
    })
}

/// Share of one core, %, and memory, MB.
fn cost(camp: &Path, folder: &Path) -> (f64, f64, f64) {
    let broker = Mosquitto::start();
    let service = Service::serve_camp(camp.to_str().unwrap(), folder, &broker, "");
    service.connected();
    let stop = Arc::new(AtomicBool::new(false));
    let sender = meters(&broker, &stop);
    let agent = Service::agent();
    let taken = || service.metric(&agent, "smartcamp_readings_total");
    // What is usual is learnt by then.
    eventually("it has heard for ten seconds", || (taken() >= 24_000.0).then_some(()));
    let (cpu_s, began, before) = (service.cpu_s(), Instant::now(), taken());
    std::thread::park_timeout(Duration::from_secs(FOR_S));
    let passed_s = began.elapsed().as_secs_f64();
    let used_frac = (service.cpu_s() - cpu_s) / passed_s;
    let rate = (taken() - before) / passed_s;
    stop.store(true, Ordering::Relaxed);
    let sent = sender.join().unwrap();
    eventually("everything has arrived", || (taken() >= sent as f64).then_some(()));
    (100.0 * used_frac, rate, service.memory_mb("VmHWM"))
}

/// Milliseconds from the meter's socket to the state, sorted.
fn delays(camp: &Path, folder: &Path) -> Vec<f64> {
    let broker = Mosquitto::start();
    let file = smart_camp::site_file::read(camp, None).unwrap();
    let settings = AppSettings {
        file,
        clock: Clock::system(),
        store: folder.join("delays.db"),
        retention: Retention::default(),
        influx: None,
        broker: broker.address.clone(),
        share: None,
        client: "bench".to_owned(),
        rest: RestSettings {
            bind: ([127, 0, 0, 1], free_port()).into(),
            ..RestSettings::default()
        },
        tokens: Vec::new(),
        scheduler: SchedulerSettings::default(),
        drivers: None,
        mode: Mode::default(),
        field: None,
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let guard = runtime.enter();
    let app = App::start(settings).unwrap();
    drop(guard);
    let live = Arc::clone(&app.live);
    eventually("it is connected", || (live.metrics.broker_connected.get() == 1).then_some(()));
    let point = live.file.points.resolve(PROBED).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let sender = meters(&broker, &stop);
    eventually("it has heard for ten seconds", || {
        (live.metrics.readings.get() >= 24_000).then_some(())
    });
    let mut probe = wire::connect(&broker.address, "probe");
    let clock = Clock::system();
    let mut found: Vec<f64> = (0..PROBES)
        .map(|n| {
            std::thread::park_timeout(Duration::from_millis(20));
            // A value that agrees with the one before, and is another.
            let value = 20.0 + 0.01 * (n % 50) as f64;
            let time = clock.now().to_rfc3339_opts(SecondsFormat::Millis, true);
            let payload = format!(r#"{{"timestamp":"{time}","values":{{"{PROBED}":{value:.2}}}}}"#);
            let mut out = Vec::new();
            let id = u16::try_from(n + 1).unwrap();
            wire::put("smartcamp/v1/medium/telemetry/mast", id, payload.as_bytes(), &mut out);
            let began = Instant::now();
            probe.write_all(&out).unwrap();
            while !is_there(&live, point, value) {
                assert!(began.elapsed() < Duration::from_secs(10), "probe {n} is not in the state");
                std::thread::park_timeout(Duration::from_micros(200));
            }
            let delay_ms = began.elapsed().as_secs_f64() * 1000.0;
            let mut answer = [0; 4];
            probe.read_exact(&mut answer).unwrap();
            delay_ms
        })
        .collect();
    stop.store(true, Ordering::Relaxed);
    sender.join().unwrap();
    runtime.block_on(app.stop());
    found.sort_by(f64::total_cmp);
    found
}

fn is_there(live: &smart_camp::live::Live, point: PointId, value: f64) -> bool {
    live.with_state(|state| state.latest(point)).is_some_and(|l| (l.value - value).abs() < 1e-9)
}

pub(crate) fn run(report: &mut Report) {
    println!("2,400 sensors at 1 Hz");
    let folder = tempfile::tempdir().unwrap();
    let camp = camp(folder.path());
    let (cpu_percent, rate, memory_mb) = cost(&camp, folder.path());
    let of = format!("{rate:.0} readings/s over {FOR_S} s");
    let what = "2,400 sensors at 1 Hz: of one core";
    report.add(what, cpu_percent, "%", Asked::AtMost(8.0), &of);
    report.add("2,400 sensors at 1 Hz: memory", memory_mb, "MB", Asked::AtMost(100.0), "");
    let found = delays(&camp, folder.path());
    let at = |percent: usize| found[(found.len() - 1) * percent / 100];
    let of = format!("median {:.1} ms, worst {:.1} ms, beside 2,400 a second", at(50), at(100));
    let what = "publish to visible in state, 99th percentile";
    report.add(what, at(99), "ms", Asked::AtMost(50.0), &of);
}
