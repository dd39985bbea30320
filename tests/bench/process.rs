//! The program as a process: started, asked, measured from outside.

use super::eventually;
use super::mosquitto::{Mosquitto, free_port};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use ureq::Agent;

pub(crate) const TOKEN: &str = "a-token-of-the-bench";

pub(crate) struct Service {
    child: Child,
    pub(crate) base: String,
    pub(crate) token: String,
    /// Seconds until it said where it listens.
    pub(crate) ready_s: f64,
}

impl Service {
    /// Starts the program and reads its first line, which tells the address.
    fn start(arguments: &[&str], token: Option<&str>) -> Self {
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_smart-camp"))
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("SMARTCAMP_LOG", "error,rumqttd=off")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().expect("a line with the address").unwrap();
        let ready_s = began.elapsed().as_secs_f64();
        let address = line.split("http://").nth(1).unwrap_or_else(|| panic!("{line}"));
        let (base, told) = address.split_once('/').unwrap();
        let token = token.or_else(|| told.split_once("token=").map(|t| t.1)).unwrap().to_owned();
        Self { child, base: format!("http://{base}"), token, ready_s }
    }

    /// `serve` for the medium camp.
    pub(crate) fn serve(folder: &Path, broker: &Mosquitto) -> Self {
        Self::serve_with(folder, broker, "")
    }

    /// The same with more lines in `[store]`.
    pub(crate) fn serve_with(folder: &Path, broker: &Mosquitto, of_store: &str) -> Self {
        Self::serve_camp("camps/medium.toml", folder, broker, of_store)
    }

    /// The same for any camp.
    pub(crate) fn serve_camp(
        site: &str,
        folder: &Path,
        broker: &Mosquitto,
        of_store: &str,
    ) -> Self {
        let (user, password_file) = broker.credentials();
        let settings = folder.join("settings.toml");
        let text = format!(
            "[rest]\nbind = \"127.0.0.1:{}\"\n[mqtt]\nport = {}\nuser = \"{user}\"\n\
             password_file = \"{}\"\n[store]\nfile = \"{}\"\n{of_store}\
             [[token]]\nname = \"bench\"\nrole = \"read\"\nsha256 = \"{}\"\n",
            free_port(),
            broker.address.port,
            password_file.display(),
            folder.join("store.db").display(),
            smart_camp::api::auth::hash(TOKEN)
        );
        std::fs::write(&settings, text).unwrap();
        let settings = settings.to_str().unwrap();
        let arguments = ["serve", "--site", site, "--settings", settings];
        Self::start(&arguments, Some(TOKEN))
    }

    /// `demo` of the medium camp.
    pub(crate) fn demo(folder: &Path) -> Self {
        let folder = folder.to_str().unwrap();
        Self::start(&["demo", "--bind", "127.0.0.1:0", "--data", folder], None)
    }

    /// Waits until the broker has let it in.
    pub(crate) fn connected(&self) {
        let agent = Self::agent();
        eventually("the service is connected", || {
            (self.metric(&agent, "smartcamp_broker_connected") > 0.5).then_some(())
        });
    }

    /// Waits until it is connected and nothing has come for a second.
    pub(crate) fn drained(&self) {
        self.connected();
        let agent = Self::agent();
        let (mut seen, mut since) = (-1.0, Instant::now());
        eventually("nothing comes any more", || {
            let now = self.metric(&agent, "smartcamp_messages_total");
            if now > seen {
                (seen, since) = (now, Instant::now());
            }
            (since.elapsed().as_secs() >= 1).then_some(())
        });
    }

    pub(crate) fn agent() -> Agent {
        Agent::config_builder().http_status_as_error(false).build().into()
    }

    /// GET under `/api/v1`; its status and text.
    pub(crate) fn get(&self, agent: &Agent, path: &str) -> (u16, String) {
        let request = agent.get(format!("{}/api/v1{path}", self.base));
        let request = request.header("Authorization", format!("Bearer {}", self.token));
        let mut answer = request.call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    /// A counter or gauge of the metrics.
    pub(crate) fn metric(&self, agent: &Agent, name: &str) -> f64 {
        let (_, text) = self.get(agent, "/metrics");
        let line = text.lines().find(|l| l.split(' ').next() == Some(name));
        line.and_then(|l| l.split(' ').nth(1)).and_then(|v| v.parse().ok()).unwrap_or(0.0)
    }

    /// A line of `/proc/PID/status`, MB: `VmRSS` now, `VmHWM` at most.
    pub(crate) fn memory_mb(&self, line: &str) -> f64 {
        memory_mb(self.child.id(), line)
    }

    /// Time on a processor since it began, s.
    pub(crate) fn cpu_s(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // Behind the name, which may hold anything: fields 14 and 15 are ticks of 10 ms.
        let fields: Vec<&str> = text.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks = |at: usize| fields[at - 3].parse::<f64>().unwrap();
        (ticks(14) + ticks(15)) / 100.0
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap();
    }
}

/// A line of `/proc/PID/status`, MB.
pub(crate) fn memory_mb(pid: u32, line: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let found = text.lines().find(|l| l.starts_with(line)).unwrap();
    found.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

impl Drop for Service {
    fn drop(&mut self) {
        let _already_gone = self.child.kill().is_err();
        let _already_waited = self.child.wait().is_err();
    }
}
