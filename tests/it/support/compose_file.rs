//! docker/compose.yaml as a value, as Compose understands it.

use super::root;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;
use yaml_rust2::{Yaml, YamlLoader};

/// The whole file, with what `<<` brings in.
pub(crate) fn compose_file() -> Value {
    let text = std::fs::read_to_string(root().join("docker/compose.yaml")).unwrap();
    let documents = YamlLoader::load_from_str(&text).unwrap();
    assert_eq!(documents.len(), 1);
    value(&documents[0])
}

fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => Value::String(text.clone()),
        Yaml::Integer(number) => Value::from(*number),
        Yaml::Boolean(flag) => Value::Bool(*flag),
        Yaml::Array(list) => Value::Array(list.iter().map(value).collect()),
        Yaml::Hash(pairs) => {
            let mut map = Map::new();
            // What stands in the service itself goes before what is merged in.
            for (key, inner) in pairs.iter().filter(|(key, _)| key.as_str() == Some("<<")) {
                let Value::Object(common) = value(inner) else { panic!("{key:?} merges no table") };
                map.extend(common);
            }
            for (key, inner) in pairs.iter().filter(|(key, _)| key.as_str() != Some("<<")) {
                map.insert(key.as_str().unwrap().to_owned(), value(inner));
            }
            Value::Object(map)
        }
        Yaml::Null => Value::Null,
        Yaml::Real(_) | Yaml::Alias(_) | Yaml::BadValue => panic!("{yaml:?} has no place there"),
    }
}

/// `${NAME:-default}` as it is where nothing is set; every variable has a default.
pub(crate) fn settled(text: &str) -> String {
    let mut parts = text.split("${");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |done, part| {
        let (variable, rest) = part.split_once('}').unwrap();
        let (_, default) =
            variable.split_once(":-").unwrap_or_else(|| panic!("{text}: no default"));
        done + default + rest
    })
}

/// A path that counts from the folder of the file.
pub(crate) fn path_of(text: &str) -> PathBuf {
    root().join("docker").join(settled(text))
}

/// Every text in a value, however deep.
pub(crate) fn texts(of: &Value) -> Vec<String> {
    match of {
        Value::String(text) => vec![settled(text)],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// The secrets that a service is given: name in `/run/secrets`, and its file in the folder of secrets.
pub(crate) fn secrets_of(file: &Value, service: &str) -> BTreeMap<String, String> {
    let list = file["services"][service]["secrets"].as_array().unwrap();
    let pairs = list.iter().map(|one| match one.as_str() {
        Some(name) => (name, name),
        None => (one["source"].as_str().unwrap(), one["target"].as_str().unwrap()),
    });
    let of = |source: &str| {
        let path = file["secrets"][source]["file"].as_str();
        path.unwrap_or_else(|| panic!("{service}: secret {source} is nowhere")).to_owned()
    };
    let named = |path: String| path.strip_prefix("secrets/").unwrap().to_owned();
    pairs.map(|(source, target)| (target.to_owned(), named(of(source)))).collect()
}
