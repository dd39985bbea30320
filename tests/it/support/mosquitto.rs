//! A real Mosquitto with the limits of the configuration that is shipped, on a port of its own.

use super::{eventually, root};
use smart_camp::mqtt::{BrokerAddress, Security, Version};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const USER: &str = "smartcamp";
const PASSWORD: &str = "only for this run";

/// The broker; it ends with this.
pub(crate) struct Mosquitto {
    pub(crate) address: BrokerAddress,
    folder: TempDir,
    child: Option<Child>,
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Lines of the shipped configuration that say how much is kept and how much is under way.
fn shipped_limits() -> String {
    let text = std::fs::read_to_string(root().join("docker/mosquitto.conf")).unwrap();
    let wanted = ["max_", "persistence ", "autosave", "persistent_client", "set_tcp_nodelay"];
    let lines = text.lines().filter(|line| wanted.iter().any(|w| line.starts_with(w)));
    let limits = lines.fold(String::new(), |text, line| text + line + "\n");
    assert!(limits.contains("max_inflight_messages 0") && limits.contains("persistence true"));
    limits
}

/// Where Debian puts it is not on everybody's path.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    let mut found = folders.map(|folder| folder.join(name)).filter(|p| p.is_file());
    found.next().unwrap_or_else(|| panic!("{name} is not installed; `make test` installs it"))
}

impl Mosquitto {
    pub(crate) fn start() -> Self {
        Self::configured(|_| String::new(), Security::Plain)
    }

    /// With a certificate made out to `localhost`.
    pub(crate) fn start_tls(certificate: &str, key: &str, ca_file: PathBuf) -> Self {
        Self::with_tls(certificate, key, ca_file, "")
    }

    /// The same, and clients need a certificate of the same authority.
    pub(crate) fn start_tls_both(certificate: &str, key: &str, ca_file: PathBuf) -> Self {
        let more = format!("cafile {}\nrequire_certificate true\n", ca_file.display());
        Self::with_tls(certificate, key, ca_file, &more)
    }

    fn with_tls(certificate: &str, key: &str, ca_file: PathBuf, more: &str) -> Self {
        let listener = |folder: &Path| {
            std::fs::write(folder.join("server.pem"), certificate).unwrap();
            std::fs::write(folder.join("server.key"), key).unwrap();
            let folder = folder.display();
            format!("certfile {folder}/server.pem\nkeyfile {folder}/server.key\n{more}")
        };
        let mut broker = Self::configured(listener, Security::Tls { ca_file, client: None });
        "localhost".clone_into(&mut broker.address.host);
        broker
    }

    fn configured(listener: impl Fn(&Path) -> String, security: Security) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let passwords = folder.path().join("passwords");
        let made = Command::new(program("mosquitto_passwd"))
            .args(["-b", "-c"])
            .arg(&passwords)
            .args([USER, PASSWORD])
            .status();
        assert!(made.unwrap().success());
        let port = free_port();
        // As root it would become another user, who may not write here.
        let config = format!(
            "user root\nlistener {port} 127.0.0.1\n{}allow_anonymous false\npassword_file {}\n\
             persistence_location {}/\nlog_dest stderr\n{}",
            listener(folder.path()),
            passwords.display(),
            folder.path().display(),
            shipped_limits()
        );
        let address = BrokerAddress {
            host: "127.0.0.1".to_owned(),
            port,
            security,
            credentials: Some((USER.to_owned(), PASSWORD.to_owned())),
            version: Version::default(),
        };
        Self::of_config(folder, &config, address)
    }

    /// With a configuration of somebody's own, which listens at this address.
    pub(crate) fn of_config(folder: TempDir, config: &str, address: BrokerAddress) -> Self {
        std::fs::write(folder.path().join("mosquitto.conf"), config).unwrap();
        let mut broker = Self { address, folder, child: None };
        broker.run();
        broker
    }

    /// Starts the broker (again), with what it kept.
    pub(crate) fn run(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(program("mosquitto"));
        command.arg("-c").arg(self.folder.path().join("mosquitto.conf"));
        self.child = Some(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let port = self.address.port;
        eventually("Mosquitto listens", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
    }

    /// Ends the broker in order: it writes down what it has.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let pid = child.id().to_string();
            assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
            child.wait().unwrap();
        }
    }

    /// User name and a file with the password, as the settings want them.
    pub(crate) fn credentials(&self) -> (String, PathBuf) {
        let file = self.folder.path().join("password");
        std::fs::write(&file, PASSWORD).unwrap();
        (USER.to_owned(), file)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.stop();
    }
}
