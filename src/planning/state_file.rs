//! A start state from a file, TOML or JSON, checked against its site.

use crate::lenient::{self, Located, Node};
use camp_solver::site::{Site, StartState};
use camp_solver::{Fault, Faults};
use std::path::Path;

/// Reads a start state; its form is that of a site file's `start` table.
pub fn read(path: &Path, site: &Site) -> Result<StartState, Vec<Located>> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        let fault = Fault {
            path: path.display().to_string(),
            value: String::new(),
            rule: format!("cannot be read: {e}"),
        };
        vec![Located { fault, position: None }]
    })?;
    let root = if path.extension().is_some_and(|e| e == "json") {
        Node::from_json(&text)?
    } else {
        Node::from_toml(&text)?
    };
    let check = |state: &StartState| {
        let mut faults = Faults::new();
        state.check(site, &mut faults);
        let unprefixed = |mut f: Fault| {
            f.path = f.path.trim_start_matches("start.").to_owned();
            f
        };
        faults.into_vec().into_iter().map(unprefixed).collect()
    };
    lenient::read::<StartState>(&root).check(&root, check).into_result()
}
