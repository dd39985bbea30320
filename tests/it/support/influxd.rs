//! A real InfluxDB 2: a program of its own found on `PATH`, or a server given by its URL.

use super::{eventually, free_port};
use serde_json::{Value, json};
use smart_camp::app::InfluxTarget;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use ureq::Agent;

const ORG: &str = "smart camp tests";
const TOKEN: &str = "the-operator-of-this-run";

/// The server; an own one ends with this.
pub(crate) struct Influxd {
    pub(crate) url: String,
    token: String,
    own: Option<Own>,
}

struct Own {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

fn skipped(what: &str, why: &str) {
    // Not by `eprintln`, which the test harness keeps to itself.
    let words = format!("SKIPPED: {what}: {why}\n");
    std::io::stderr().write_all(words.as_bytes()).unwrap();
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join("influxd")).find(|p| p.is_file())
}

impl Influxd {
    /// A server; none where there is none, which it says.
    pub(crate) fn start(what: &str) -> Option<Self> {
        let Some(url) = std::env::var_os("SMARTCAMP_INFLUXDB_URL") else {
            return Self::start_own(what);
        };
        let file = std::env::var_os("SMARTCAMP_INFLUXDB_TOKEN_FILE")
            .expect("SMARTCAMP_INFLUXDB_URL needs SMARTCAMP_INFLUXDB_TOKEN_FILE");
        let token = std::fs::read_to_string(file).unwrap().trim().to_owned();
        let server = Self { url: url.into_string().unwrap(), token, own: None };
        server.make_organisation();
        Some(server)
    }

    /// A server that can be killed; none where the program is missing, which it says.
    pub(crate) fn start_own(what: &str) -> Option<Self> {
        let Some(program) = program() else {
            skipped(what, "there is no influxd on PATH and no SMARTCAMP_INFLUXDB_URL");
            return None;
        };
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        let own = Own { program, folder, port, child: None };
        let url = format!("http://127.0.0.1:{port}");
        let mut server = Self { url, token: TOKEN.to_owned(), own: Some(own) };
        server.run();
        let first = json!({
            "username": "operator", "password": "only for this run",
            "org": ORG, "bucket": "unused", "token": TOKEN,
        });
        let (status, text) = server.post("/api/v2/setup", &first);
        assert_eq!(status, 201, "{text}");
        Some(server)
    }

    /// Starts an own server (again), with what it kept.
    pub(crate) fn run(&mut self) {
        let own = self.own.as_mut().expect("a server of our own");
        let at = |name: &str| own.folder.path().join(name);
        let log = std::fs::File::create(at("log")).unwrap();
        let mut command = Command::new(&own.program);
        command
            .arg(format!("--http-bind-address=127.0.0.1:{}", own.port))
            .arg("--bolt-path")
            .arg(at("bolt"))
            .arg("--sqlite-path")
            .arg(at("sqlite"))
            .arg("--engine-path")
            .arg(at("engine"))
            .args(["--reporting-disabled", "--log-level=warn"]);
        let child = command.stdout(Stdio::null()).stderr(log).stdin(Stdio::null()).spawn();
        own.child = Some(child.unwrap());
        let health = format!("{}/health", self.url);
        eventually("influxd is well", || agent().get(&health).call().ok());
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.own.as_mut().and_then(|own| own.child.take()) {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// A bucket of this run that nobody else uses, and who may do everything.
    pub(crate) fn target(&self) -> InfluxTarget {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let bucket = format!("camp {} {number}", std::process::id());
        InfluxTarget::new(&self.url, ORG, &bucket, &self.token)
    }

    /// The same as a table of the settings, with the token in a file.
    pub(crate) fn settings(&self, bucket: &str, folder: &std::path::Path) -> String {
        let token = folder.join("influxdb-token");
        std::fs::write(&token, &self.token).unwrap();
        let (url, token) = (&self.url, token.display());
        format!(
            "[store.influxdb]\nurl = \"{url}\"\norg = \"{ORG}\"\nbucket = \"{bucket}\"\n\
             token_file = \"{token}\"\n"
        )
    }

    /// The same for somebody with another token.
    pub(crate) fn target_with(&self, target: &InfluxTarget, token: &str) -> InfluxTarget {
        InfluxTarget::new(&self.url, ORG, &target.bucket, token)
    }

    fn make_organisation(&self) {
        let (status, text) = self.post("/api/v2/orgs", &json!({ "name": ORG }));
        assert!(status == 201 || text.contains("already exists"), "{status}: {text}");
    }

    /// POST; status and text.
    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, String) {
        let request = agent().post(format!("{}{path}", self.url));
        let request = request.header("Authorization", format!("Token {}", self.token));
        let request = request.header("Content-Type", "application/json");
        let mut answer = request.send(body.to_string()).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    /// Writes a line.
    pub(crate) fn write(&self, bucket: &str, line: &str) {
        let request = agent().post(format!("{}/api/v2/write", self.url));
        let request = request.header("Authorization", format!("Token {}", self.token));
        let request = request.query("org", ORG).query("bucket", bucket);
        let status = request.send(line).unwrap().status().as_u16();
        assert_eq!(status, 204);
    }

    /// GET that must succeed.
    pub(crate) fn get(&self, path: &str) -> Value {
        let request = agent().get(format!("{}{path}", self.url));
        let request = request.header("Authorization", format!("Token {}", self.token));
        let text = request.call().unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e} in {text}"))
    }

    /// The organisation's number.
    pub(crate) fn organisation(&self) -> String {
        let list = self.get("/api/v2/orgs");
        let found = list["orgs"].as_array().unwrap().iter().find(|o| o["name"] == ORG);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// A token with some rights, each as action and kind of resource.
    pub(crate) fn token(&self, rights: &[(&str, &str)]) -> String {
        let org = self.organisation();
        let permissions: Vec<Value> = rights
            .iter()
            .map(|(action, kind)| {
                json!({ "action": action, "resource": { "type": kind, "orgID": org } })
            })
            .collect();
        let wanted = json!({ "orgID": org, "permissions": permissions });
        let (status, text) = self.post("/api/v2/authorizations", &wanted);
        assert_eq!(status, 201, "{text}");
        let made: Value = serde_json::from_str(&text).unwrap();
        made["token"].as_str().unwrap().to_owned()
    }

    /// The rows of a Flux query, each as its cells by column.
    pub(crate) fn ask(&self, flux: &str) -> Vec<std::collections::BTreeMap<String, String>> {
        let org = self.organisation();
        let question = json!({ "query": flux, "type": "flux", "dialect": { "annotations": [] } });
        let (status, text) = self.post(&format!("/api/v2/query?orgID={org}"), &question);
        assert_eq!(status, 200, "{text} to {flux}");
        let mut rows = Vec::new();
        for table in text.replace("\r\n", "\n").split("\n\n").filter(|t| !t.trim().is_empty()) {
            let mut reader = csv::Reader::from_reader(table.trim().as_bytes());
            let names = reader.headers().unwrap().clone();
            for record in reader.records() {
                let record = record.unwrap();
                let cells = names.iter().zip(record.iter());
                rows.push(cells.map(|(n, c)| (n.to_owned(), c.to_owned())).collect());
            }
        }
        rows
    }

    /// Everything of a bucket that fits a condition on `r`.
    pub(crate) fn rows(
        &self,
        bucket: &str,
        condition: &str,
    ) -> Vec<std::collections::BTreeMap<String, String>> {
        self.ask(&format!(
            "from(bucket: \"{bucket}\") |> range(start: 0, stop: 2100-01-01T00:00:00Z)\n\
             |> filter(fn: (r) => {condition}) |> group() |> sort(columns: [\"_time\"])"
        ))
    }
}

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

impl Drop for Influxd {
    fn drop(&mut self) {
        self.kill();
    }
}
