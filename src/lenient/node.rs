//! A tree of values with the places where they stand in the file.

use super::Located;
use camp_solver::Fault;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A place in a file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// A value with its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it starts.
    pub position: Option<Position>,
    /// Where its key starts.
    pub key_position: Option<Position>,
}

/// A value.
#[derive(Debug, Clone)]
pub enum Value {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// Text, also a date or a time.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(BTreeMap<String, Node>),
    /// Nothing: the place of a value that is missing.
    Nothing,
}

impl Node {
    /// A table without a place.
    pub fn empty_table() -> Self {
        Self { value: Value::Table(BTreeMap::new()), position: None, key_position: None }
    }

    /// Reads TOML; every fault of its grammar is listed.
    pub fn from_toml(text: &str) -> Result<Self, Vec<Located>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            let span = table.span();
            let root = Value::Table(table_of(text, table.get_ref()));
            let position = Some(position(text, span.start));
            return Ok(Self { value: root, position, key_position: position });
        }
        let located = |e: &toml::de::Error| Located {
            fault: Fault {
                path: "file".to_owned(),
                value: String::new(),
                rule: e.message().replace('\n', "; "),
            },
            position: e.span().map(|s| position(text, s.start)),
        };
        Err(errors.iter().map(located).collect())
    }

    /// Reads JSON.
    pub fn from_json(text: &str) -> Result<Self, Vec<Located>> {
        serde_json::from_str::<serde_json::Value>(text).map(of_json).map_err(|e| {
            let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let position = Position { line: place(e.line()), column: place(e.column()) };
            let fault = Fault {
                path: "file".to_owned(),
                value: String::new(),
                rule: format!("is not JSON: {e}"),
            };
            vec![Located { fault, position: Some(position) }]
        })
    }

    /// The table's entries, if it is one.
    pub fn table_mut(&mut self) -> Option<&mut BTreeMap<String, Node>> {
        if let Value::Table(table) = &mut self.value { Some(table) } else { None }
    }

    /// Lays `over` on this tree: its values replace, its tables merge.
    pub fn overlay(&mut self, over: Node) {
        match (&mut self.value, over.value) {
            (Value::Table(mine), Value::Table(theirs)) => {
                for (key, node) in theirs {
                    match mine.get_mut(&key) {
                        Some(old) => old.overlay(node),
                        None => {
                            mine.insert(key, node);
                        }
                    }
                }
            }
            (_, value) => {
                self.value = value;
                self.position = over.position;
                self.key_position = over.key_position;
            }
        }
    }

    /// Where the deepest part of a path stands that the tree has: `genset.g1.curve[2]`.
    pub fn position_of(&self, path: &str) -> Option<Position> {
        let mut node = self;
        let mut found = self.position;
        for part in path.split(['.', '[']) {
            let next = match &node.value {
                Value::Table(table) => table.get(part),
                Value::List(list) => {
                    part.trim_end_matches(']').parse::<usize>().ok().and_then(|i| list.get(i))
                }
                Value::Flag(_)
                | Value::Whole(_)
                | Value::Number(_)
                | Value::Text(_)
                | Value::Nothing => None,
            };
            let Some(next) = next else { break };
            node = next;
            let is_table = matches!(node.value, Value::Table(_));
            found = if is_table { node.key_position } else { node.position }.or(found);
        }
        found
    }

    /// The value as a short text.
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Flag(v) => v.to_string(),
            Value::Whole(v) => v.to_string(),
            Value::Number(v) => v.to_string(),
            Value::Text(v) => v.chars().take(60).collect(),
            Value::List(v) => format!("a list of {}", v.len()),
            Value::Table(_) => "a table".to_owned(),
            Value::Nothing => "nothing".to_owned(),
        }
    }
}

fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: place(line), column: place(column) }
}

fn table_of(text: &str, table: &DeTable<'_>) -> BTreeMap<String, Node> {
    table
        .iter()
        .map(|(key, value)| {
            let mut node = node_of(text, value);
            node.key_position = Some(position(text, key.span().start));
            (key.get_ref().to_string(), node)
        })
        .collect()
}

fn node_of(text: &str, spanned: &Spanned<DeValue<'_>>) -> Node {
    let value = match spanned.get_ref() {
        DeValue::String(s) => Value::Text(s.to_string()),
        DeValue::Integer(i) => {
            let parsed = i64::from_str_radix(i.as_str(), i.radix());
            parsed.map_or_else(|_| Value::Text(i.as_str().to_owned()), Value::Whole)
        }
        DeValue::Float(f) => {
            let parsed = f.as_str().parse::<f64>();
            parsed.map_or_else(|_| Value::Text(f.as_str().to_owned()), Value::Number)
        }
        DeValue::Boolean(b) => Value::Flag(*b),
        DeValue::Datetime(d) => Value::Text(d.to_string()),
        DeValue::Array(list) => Value::List(list.iter().map(|n| node_of(text, n)).collect()),
        DeValue::Table(table) => Value::Table(table_of(text, table)),
    };
    Node { value, position: Some(position(text, spanned.span().start)), key_position: None }
}

fn of_json(json: serde_json::Value) -> Node {
    use serde_json::Value as Json;
    let value = match json {
        Json::Null => Value::Nothing,
        Json::Bool(b) => Value::Flag(b),
        Json::Number(n) => match n.as_i64() {
            Some(i) => Value::Whole(i),
            None => Value::Number(n.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(s) => Value::Text(s),
        Json::Array(list) => Value::List(list.into_iter().map(of_json).collect()),
        Json::Object(map) => Value::Table(map.into_iter().map(|(k, v)| (k, of_json(v))).collect()),
    };
    Node { value, position: None, key_position: None }
}
