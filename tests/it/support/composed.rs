//! What compose.yaml puts together, as processes of this machine: its secrets, its broker, its service.

use super::{Mosquitto, compose_file, free_port, root, secrets_of};
use serde_json::Value;
use smart_camp::mqtt::{BrokerAddress, Security, Version};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// The files of a composition, made for this run.
pub(crate) struct Composed {
    pub(crate) file: Value,
    folder: TempDir,
    broker_port: u16,
    pub(crate) service_port: u16,
    pub(crate) influxdb_port: u16,
}

/// A program of the composition; it ends with this.
pub(crate) struct Program(Child);

impl Composed {
    /// Makes the secrets, with the script that makes them in a camp.
    pub(crate) fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let composed = Self {
            file: compose_file(),
            broker_port: free_port(),
            service_port: free_port(),
            influxdb_port: free_port(),
            folder,
        };
        let made = composed.script("make_secrets.sh", &[]);
        assert!(made.status.success(), "{made:?}");
        composed
    }

    /// Runs a script of `docker` on the folder of secrets.
    pub(crate) fn script(&self, name: &str, more: &[&str]) -> Output {
        Command::new(root().join("docker").join(name))
            .arg(self.secrets())
            .args(more)
            .env_remove("SMARTCAMP_SITE_FILE")
            .env_remove("SMARTCAMP_MQTT_ADDRESS")
            .output()
            .unwrap()
    }

    /// The folder of secrets.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.folder.path().join("secrets")
    }

    /// A folder of this run.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A secret's text.
    pub(crate) fn secret(&self, name: &str) -> String {
        std::fs::read_to_string(self.secrets().join(name)).unwrap()
    }

    /// A text of a service as it must read outside its container: files, names and ports are others.
    pub(crate) fn placed(&self, service: &str, text: &str) -> String {
        let mut text = text.to_owned();
        let mut given: Vec<_> = secrets_of(&self.file, service).into_iter().collect();
        // No name is then the beginning of one that comes after it.
        given.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, file) in given {
            let path = self.secrets().join(file);
            text = text.replace(&format!("/run/secrets/{name}"), path.to_str().unwrap());
        }
        assert!(!text.contains("/run/secrets/"), "{service} is not given what it names: {text}");
        let data = self.path(service);
        std::fs::create_dir_all(&data).unwrap();
        let address = |port: u16| format!("localhost:{port}");
        text.replace("0.0.0.0:8443", &format!("127.0.0.1:{}", self.service_port))
            .replace("smart-camp:8443", &address(self.service_port))
            .replace("localhost:8443", &address(self.service_port))
            .replace("influxdb:8086", &address(self.influxdb_port))
            .replace("host = \"mosquitto\"", "host = \"localhost\"")
            .replace("port = 8883", &format!("port = {}", self.broker_port))
            .replace("listener 8883", &format!("listener {} 127.0.0.1", self.broker_port))
            .replace("/mosquitto/data/", &format!("{}/", data.display()))
            .replace("/var/lib/smart-camp", data.to_str().unwrap())
    }

    /// The broker with the configuration that its container is given.
    pub(crate) fn broker(&self) -> Mosquitto {
        let shipped =
            std::fs::read_to_string(root().join("docker/mosquitto.compose.conf")).unwrap();
        // As root it would become another user, who may not write here.
        let config = format!("user root\n{}", self.placed("mosquitto", &shipped));
        let address = self.address_of("smartcamp");
        Mosquitto::of_config(tempfile::tempdir().unwrap(), &config, address)
    }

    /// The broker's address for one of its users.
    pub(crate) fn address_of(&self, user: &str) -> BrokerAddress {
        let password = self.secret(&format!("mqtt_password_{user}"));
        BrokerAddress {
            host: "localhost".to_owned(),
            port: self.broker_port,
            security: Security::Tls { ca_file: self.secrets().join("ca.pem"), client: None },
            credentials: Some((user.to_owned(), password)),
            version: Version::Five,
        }
    }

    /// What a service is started with, or its health check, as arguments for this machine.
    pub(crate) fn arguments(&self, service: &str, of: &Value) -> Vec<String> {
        let words = super::texts(of);
        let skipped = usize::from(words[0] == "CMD") * 2;
        let of = |word: &String| match word.as_str() {
            "/etc/smart-camp/camp.toml" => "camps/medium.toml".to_owned(),
            "/etc/smart-camp/simulated-camp.toml" => {
                self.rewritten(service, &root().join("docker/simulated-camp.toml"))
            }
            "/run/secrets/smart_camp_settings" => {
                self.rewritten(service, &self.secrets().join("smart-camp.toml"))
            }
            other => self.placed(service, other),
        };
        words[skipped..].iter().map(of).collect()
    }

    /// A copy of a settings file that holds outside the container.
    fn rewritten(&self, service: &str, file: &Path) -> String {
        let text = self.placed(service, &std::fs::read_to_string(file).unwrap());
        let copy = self.path(&format!("{service}.toml"));
        std::fs::write(&copy, text).unwrap();
        copy.to_str().unwrap().to_owned()
    }

    /// Starts a container's program.
    pub(crate) fn start(&self, service: &str, more: &[&str]) -> Program {
        let arguments = self.arguments(service, &self.file["services"][service]["command"]);
        let log = std::fs::File::create(self.path(&format!("{service}.log"))).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_smart-camp"));
        command.args(arguments).args(more).current_dir(root()).stdin(Stdio::null());
        Program(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// Runs a container's health check: whether it is well, and what was said.
    pub(crate) fn health(&self, service: &str) -> (bool, String) {
        let test = &self.file["services"][service]["healthcheck"]["test"];
        let arguments = self.arguments(service, test);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ran = super::run(&arguments);
        (ran.code == 0, ran.out + &ran.err)
    }

    /// The last words of a program, for a test that fails.
    pub(crate) fn log(&self, service: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{service}.log"))).unwrap()
    }
}

impl Program {
    pub(crate) fn of(child: Child) -> Self {
        Self(child)
    }

    /// Ends it as a container is ended; the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _already_gone = self.0.kill().is_err();
        let _already_waited = self.0.wait().is_err();
    }
}
