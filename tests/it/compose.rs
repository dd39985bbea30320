//! What stands in docker/: every container closed, every secret a file, every file there.

use super::support::{Composed, compose_file, path_of, root, secrets_of, texts};
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn services(file: &Value) -> Vec<(String, Value)> {
    let list = file["services"].as_object().unwrap();
    let list: Vec<_> = list.iter().map(|(name, s)| (name.clone(), s.clone())).collect();
    let names: Vec<&str> = list.iter().map(|(name, _)| name.as_str()).collect();
    let mut expected = ["mosquitto", "influxdb", "grafana", "smart-camp", "simulated-camp"];
    expected.sort_unstable();
    let mut names = names;
    names.sort_unstable();
    assert_eq!(names, expected);
    list
}

#[test]
fn every_container_is_closed_bounded_and_watched() {
    for (name, service) in services(&compose_file()) {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], serde_json::json!(["ALL"]), "{name}");
        assert_eq!(service["security_opt"][0], "no-new-privileges:true", "{name}");
        assert!(service["mem_limit"].is_string() && service["pids_limit"].is_number(), "{name}");
        assert!(service["logging"]["options"]["max-size"].is_string(), "{name}");
        assert!(service.get("privileged").is_none() && service.get("cap_add").is_none(), "{name}");
        let user = service["user"].as_str().unwrap();
        let uid: u32 = user.split(':').next().unwrap().parse().unwrap();
        assert!(uid > 0, "{name} is root");
        assert_eq!(service["healthcheck"]["test"][0], "CMD", "{name}: a health check, no shell");
        let (_, tag) = service["image"].as_str().unwrap().rsplit_once(':').unwrap();
        let pinned = tag.split('.').count() == 3 && tag.starts_with(|c: char| c.is_ascii_digit());
        assert!(pinned, "{name}: image {tag}");
        for port in texts(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:"), "{name} listens at {port}");
        }
    }
}

#[test]
fn every_file_that_is_mounted_is_there_and_cannot_be_written() {
    let file = compose_file();
    let volumes = file["volumes"].as_object().unwrap();
    for (name, service) in services(&file) {
        for mount in service["volumes"].as_array().unwrap() {
            let text = super::support::settled(mount.as_str().unwrap());
            let parts: Vec<&str> = text.split(':').collect();
            if !parts[0].starts_with('.') {
                assert!(volumes.contains_key(parts[0]), "{name}: volume {}", parts[0]);
                continue;
            }
            assert!(path_of(parts[0]).exists(), "{name}: {} is not there", parts[0]);
            assert_eq!(parts[2..], ["ro"], "{name} could write {}", parts[0]);
        }
    }
    assert!(path_of(file["services"]["smart-camp"]["build"]["context"].as_str().unwrap()).is_dir());
}

/// Names behind `/run/secrets/` in a text.
fn secrets_in(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names = text.split("/run/secrets/").skip(1);
    names.map(|rest| rest.chars().take_while(|c| is_name(*c)).collect()).collect()
}

#[test]
fn every_secret_is_a_file_that_its_reader_is_given() {
    let composed = Composed::make();
    let file = &composed.file;
    let reads = |service: &str| -> Vec<String> {
        let files: &[&str] = match service {
            "mosquitto" => &["docker/mosquitto.compose.conf"],
            "smart-camp" => &["docker/smart-camp.toml"],
            "simulated-camp" => &["docker/simulated-camp.toml"],
            "grafana" => &["grafana/provisioning/datasources/smartcamp.yaml"],
            _ => &[],
        };
        files.iter().map(|path| read(path)).collect()
    };
    for (name, service) in services(file) {
        let given: BTreeSet<String> = secrets_of(file, &name).into_keys().collect();
        let mut named = BTreeSet::new();
        for text in texts(&service).into_iter().chain(reads(&name)) {
            named.extend(secrets_in(&text));
        }
        if name == "mosquitto" {
            // Read by its name in the folder of settings, and itself naming the authority.
            named.extend(["mosquitto_sub".to_owned(), "ca".to_owned()]);
        }
        assert_eq!(given, named, "{name} is given what it reads, and nothing else");
        for (variable, value) in service["environment"].as_object().into_iter().flatten() {
            let is_secret = ["PASSWORD", "TOKEN"].iter().any(|word| variable.contains(word));
            let in_file = variable.ends_with("_FILE")
                && value.as_str().is_some_and(|path| path.starts_with("/run/secrets/"));
            assert!(!is_secret || in_file, "{name}: {variable}");
        }
    }
    // The script makes each of them, strong ones where they are random, and git takes none.
    for (name, secret) in file["secrets"].as_object().unwrap() {
        let path = secret["file"].as_str().unwrap().strip_prefix("secrets/").unwrap().to_owned();
        assert!(composed.secrets().join(&path).is_file(), "{name}: {path} is not made");
    }
    let mut values = BTreeSet::new();
    for name in ["mqtt_password_smartcamp", "mqtt_password_display", "influxdb_admin_token"] {
        let value = composed.secret(name);
        assert_eq!(value.len(), 64, "{name}");
        assert!(value.chars().all(|c| c.is_ascii_hexdigit()) && values.insert(value), "{name}");
    }
    assert!(read("docker/.gitignore").lines().any(|line| line == "secrets/"));
    let context = read("docker/Dockerfile.dockerignore");
    let open = context.lines().filter(|line| line.starts_with('!')).count();
    assert!(context.lines().any(|line| line == "*") && open > 5 && !context.contains("secrets/"));
}

#[test]
fn a_second_run_keeps_what_the_first_made() {
    let composed = Composed::make();
    let before = composed.secret("mqtt_password_power-house") + &composed.secret("ca.pem");
    let again = composed.script("make_secrets.sh", &[]);
    assert!(again.status.success(), "{again:?}");
    assert_eq!(composed.secret("mqtt_password_power-house") + &composed.secret("ca.pem"), before);
    let rights = std::fs::metadata(composed.secrets()).unwrap().permissions().mode();
    assert_eq!(rights & 0o077, 0, "nobody else enters");
}

#[test]
fn the_settings_are_accepted() {
    let composed = Composed::make();
    let settings = smart_camp::settings::read(&composed.secrets().join("smart-camp.toml"));
    let settings = settings.unwrap_or_else(|faults| panic!("{faults:?}"));
    assert!(settings.mqtt.tls_ca_file.is_some() && settings.rest.tls_key_file.is_some());
    let hash = smart_camp::api::auth::hash(&composed.secret("rest_token"));
    assert_eq!(settings.token[0].sha256, hash, "the token that people are given is let in");
    let camp = smart_camp::settings::read(&root().join("docker/simulated-camp.toml")).unwrap();
    assert_eq!((camp.mqtt.host, camp.mqtt.port), (settings.mqtt.host, settings.mqtt.port));
    // What names the bucket and the organisation agrees.
    let influxdb = settings.store.influxdb.unwrap();
    let environment = &composed.file["services"]["influxdb"]["environment"];
    assert_eq!(environment["DOCKER_INFLUXDB_INIT_ORG"], influxdb.org);
    assert_eq!(environment["DOCKER_INFLUXDB_INIT_BUCKET"], influxdb.bucket);
    let grafana = &composed.file["services"]["grafana"]["environment"];
    assert_eq!(grafana["SMARTCAMP_INFLUXDB_ORG"], influxdb.org);
    assert_eq!(grafana["SMARTCAMP_INFLUXDB_URL"], influxdb.url);
}

/// Both configurations of Mosquitto keep the same and let the same through.
#[test]
fn both_brokers_have_the_same_limits() {
    let limits = |path: &str| -> BTreeSet<String> {
        let wanted = ["max_", "persistence ", "autosave", "persistent_client", "allow_anonymous"];
        let text = read(path);
        let lines = text.lines().filter(|line| wanted.iter().any(|w| line.starts_with(w)));
        lines.map(ToOwned::to_owned).collect()
    };
    let (alone, composed) =
        (limits("docker/mosquitto.conf"), limits("docker/mosquitto.compose.conf"));
    assert!(alone.len() >= 7 && alone.contains("allow_anonymous false"));
    assert_eq!(alone, composed);
}

/// The image is built from what is locked, by two stages, and the last one runs as nobody's user.
#[test]
fn the_image_is_built_from_what_is_locked() {
    let text = read("docker/Dockerfile").replace("\\\n", " ");
    let lines = |word: &str| -> Vec<String> {
        let begins = format!("{word} ");
        text.lines().filter_map(|l| l.strip_prefix(&begins)).map(ToOwned::to_owned).collect()
    };
    assert_eq!(lines("FROM").len(), 2);
    for image in lines("FROM") {
        let tag = image.split(' ').next().unwrap().split_once(':').unwrap().1.to_owned();
        assert!(tag.starts_with(|c: char| c.is_ascii_digit()) && tag.contains('.'), "{image}");
    }
    let built: Vec<String> =
        lines("RUN").into_iter().filter(|line| line.contains("cargo build")).collect();
    assert!(built.len() == 1 && built[0].contains("--locked --offline"), "{built:?}");
    let user = compose_file()["services"]["smart-camp"]["user"].clone();
    assert_eq!(lines("USER"), [user.as_str().unwrap()]);
    let toolchain = lines("FROM")[0].split_once(':').unwrap().1.to_owned();
    let asked = read("Cargo.toml");
    let wanted = asked.split("rust-version = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(toolchain.starts_with(wanted), "{toolchain} builds what asks for {wanted}");
    // What a RUN line fetches is fetched by cargo and apt, in the first stage.
    let last = text.rsplit("\nFROM ").next().unwrap();
    for fetcher in ["curl", "wget", "apt-get", "cargo"] {
        assert!(!last.contains(fetcher), "the last stage calls {fetcher}");
    }
}
