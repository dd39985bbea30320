//! Reads everything that can be read and lists what cannot: all faults of a file at once.
//!
//! serde stops at the first fault. Here a wrong or missing value is noted with its path and its
//! position, replaced by a stand-in of the wanted type, and reading goes on. A result is given out
//! only when no fault was noted, so no stand-in ever leaves this module.

mod decode;
mod node;

pub use node::{Node, Position, Value};

use camp_solver::Fault;
use decode::{Context, Cursor, Stop};
use serde::de::DeserializeOwned;
use std::fmt;

/// A fault and where it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The fault.
    pub fault: Fault,
    /// Where, if the file says.
    pub position: Option<Position>,
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(p) => write!(f, "{}:{}: {}", p.line, p.column, self.fault),
            None => write!(f, "{}", self.fault),
        }
    }
}

/// Something read, with every fault found on the way.
#[derive(Debug)]
pub struct Reading<T> {
    /// The value; with faults it holds stand-ins and serves only to look for further faults.
    value: Option<T>,
    faults: Vec<Located>,
    /// Paths that hold stand-ins.
    replaced: Vec<String>,
}

/// Most faults that are looked for.
const MOST_FAULTS: usize = 200;

/// Reads a `T` from a tree.
pub fn read<T: DeserializeOwned>(root: &Node) -> Reading<T> {
    let context = Context::default();
    for _ in 0..MOST_FAULTS {
        match T::deserialize(Cursor::new(root, &context)) {
            Ok(value) => return context.finish(Some(value)),
            Err(Stop::Again) => {}
            Err(Stop::Missing(field)) => context.note_missing("", &field, root.position),
            Err(Stop::Wrong(rule)) => {
                context.note(String::new(), String::new(), rule, root.position);
                return context.finish(None);
            }
        }
    }
    context.finish(None)
}

impl<T> Reading<T> {
    /// Looks for further faults in the value itself; those at stand-ins are left out.
    #[must_use]
    pub fn check(mut self, root: &Node, check: impl FnOnce(&T) -> Vec<Fault>) -> Self {
        let Some(value) = &self.value else {
            return self;
        };
        for fault in check(value) {
            let at_stand_in = self.replaced.iter().any(|path| {
                fault.path == *path
                    || fault.path.strip_prefix(path.as_str()).is_some_and(|rest| {
                        rest.starts_with('.') || rest.starts_with('[') || path.is_empty()
                    })
            });
            if !at_stand_in {
                let position = root.position_of(&fault.path);
                self.faults.push(Located { fault, position });
            }
        }
        self
    }

    /// The value, or every fault in the order of the file.
    pub fn into_result(mut self) -> Result<T, Vec<Located>> {
        self.faults.sort_by_key(|l| l.position.map_or((u32::MAX, 0), |p| (p.line, p.column)));
        match self.value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(self.faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Pump {
        flow: f64,
        #[serde(default)]
        standby: bool,
        kind: Kind,
        note: Option<String>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Well,
        Booster,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Plant {
        name: String,
        pump: BTreeMap<String, Pump>,
    }

    fn faults(text: &str) -> Vec<String> {
        let root = Node::from_toml(text).unwrap();
        let error = read::<Plant>(&root).into_result().unwrap_err();
        error.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_right_file_is_read() {
        let root = Node::from_toml("name = 'a'\n[pump.p]\nflow = 3\nkind = 'well'\n").unwrap();
        let plant: Plant = read(&root).into_result().unwrap();
        assert!((plant.pump["p"].flow - 3.0).abs() < 1e-12);
        assert_eq!(plant.pump["p"].kind, Kind::Well);
    }

    #[test]
    fn five_mistakes_are_five_faults_with_their_places() {
        let text = "nmae = 'a'\n[pump.p]\nflow = 'fast'\nkind = 'wel'\n[pump.q]\nstandby = 1\n";
        assert_eq!(
            faults(text),
            [
                "1:1: name: is missing",
                "1:1: nmae: is not a field here; did you mean name?",
                "3:8: pump.p.flow = fast: must be a number",
                "4:8: pump.p.kind = wel: must be one of well, booster",
                "5:7: pump.q.flow: is missing",
                "5:7: pump.q.kind: is missing",
                "6:11: pump.q.standby = 1: must be true or false",
            ]
        );
    }

    #[test]
    fn a_table_in_place_of_a_value_is_one_fault() {
        let found = faults("name = { a = 1 }\n[pump]\n");
        assert_eq!(found, ["1:8: name = a table: must be text"]);
    }
}
