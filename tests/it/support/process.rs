//! The program itself, as a user runs it.

use super::{Http, Mosquitto, eventually, free_port, root};
use smart_camp::api::auth::hash;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const TOKEN: &str = "a-token-of-the-process";

/// What a command left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program to its end, in the project's folder.
pub(crate) fn run(arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_smart-camp"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `smart-camp serve` for the small camp as a process of its own.
pub(crate) struct Service {
    child: Child,
    pub(crate) http: Http,
}

impl Service {
    /// Starts it on a store in `folder`, with settings that say no more than they must.
    pub(crate) fn start(broker: &Mosquitto, folder: &Path) -> Self {
        Self::start_with(broker, folder, "")
    }

    /// The same with more tables in its settings.
    pub(crate) fn start_with(broker: &Mosquitto, folder: &Path, more: &str) -> Self {
        let (user, password_file) = broker.credentials();
        let port = free_port();
        let settings = format!(
            "[rest]\nbind = \"127.0.0.1:{port}\"\n[[token]]\nname = \"tester\"\nrole = \"operate\"\n\
             sha256 = \"{}\"\n[mqtt]\nport = {}\nuser = \"{user}\"\npassword_file = \"{}\"\n\
             [store]\nfile = \"{}\"\n[scheduler]\nhorizon_h = 6\ntime_limit_s = 5.0\n{more}",
            hash(TOKEN),
            broker.address.port,
            password_file.display(),
            folder.join("store.db").display(),
        );
        let path = folder.join("settings.toml");
        std::fs::write(&path, settings).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_smart-camp"))
            .args(["serve", "--site", "camps/small.toml", "--settings"])
            .arg(&path)
            .current_dir(root())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let http = Http::new(format!("http://127.0.0.1:{port}"), TOKEN);
        let service = Self { child, http };
        eventually("the service listens", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        service
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Killed before is well; a child that was waited for stays dead.
        let _already_gone = self.child.kill().is_err();
        let _already_waited = self.child.wait().is_err();
    }
}
