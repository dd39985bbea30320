//! What a camp would use instead: Telegraf with a persistent session, into InfluxDB 2, from the same
//! broker and the same messages. It acknowledges after the write, as we do after the commit.

use super::eventually;
use super::influxd::Influxd;
use super::mosquitto::Mosquitto;
use serde_json::json;
use smart_camp::app::InfluxTarget;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The program where `PATH` finds it.
pub(crate) fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join("telegraf")).find(|p| p.is_file())
}

/// Telegraf at work; it ends with this.
pub(crate) struct Telegraf {
    child: Child,
    _folder: TempDir,
}

impl Telegraf {
    /// Starts it and waits until it is subscribed. Batches and windows are wide, so that neither of them
    /// is what is measured.
    pub(crate) fn start(
        program: &PathBuf,
        broker: &Mosquitto,
        server: &Influxd,
        target: &InfluxTarget,
    ) -> Self {
        let bucket = json!({
            "orgID": server.organisation(), "name": target.bucket, "retentionRules": [],
        });
        let (status, text) = server.post("/api/v2/buckets", &bucket);
        assert_eq!(status, 201, "{text}");
        let (user, password) = broker.address.credentials.as_ref().unwrap();
        let token = server.token(&[("read", "buckets"), ("write", "buckets")]);
        let (url, org, bucket) = (&target.url, &target.org, &target.bucket);
        let port = broker.address.port;
        let settings = format!(
            r#"[agent]
metric_batch_size = 5000
metric_buffer_limit = 200000
flush_interval = "1s"
omit_hostname = true
[[outputs.influxdb_v2]]
urls = ["{url}"]
organization = "{org}"
bucket = "{bucket}"
token = "{token}"
content_encoding = "gzip"
[[inputs.mqtt_consumer]]
servers = ["tcp://127.0.0.1:{port}"]
topics = ["smartcamp/#"]
qos = 1
persistent_session = true
client_id = "telegraf"
username = "{user}"
password = "{password}"
max_undelivered_messages = 20000
data_format = "json"
name_override = "camp"
topic_tag = ""
json_time_key = "timestamp"
json_time_format = "2006-01-02T15:04:05Z07:00"
"#
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("telegraf.conf");
        std::fs::write(&file, settings).unwrap();
        let log = folder.path().join("log");
        let child = Command::new(program)
            .arg("--config")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let telegraf = Self { child, _folder: folder };
        eventually("Telegraf is subscribed", || {
            let told = std::fs::read_to_string(&log).unwrap();
            assert!(!told.contains("E! "), "{told}");
            told.contains("Connected [").then_some(())
        });
        // It subscribes right afterwards, and does not tell.
        std::thread::park_timeout(std::time::Duration::from_secs(1));
        telegraf
    }

    /// The most memory that it ever held, MB.
    pub(crate) fn memory_mb(&self) -> f64 {
        super::process::memory_mb(self.child.id(), "VmHWM")
    }
}

impl Drop for Telegraf {
    fn drop(&mut self) {
        let _already_gone = self.child.kill().is_err();
        let _already_waited = self.child.wait().is_err();
    }
}
