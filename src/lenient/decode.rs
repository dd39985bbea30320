//! The deserialiser that goes on after a fault.

mod access;
mod context;

use super::node::{Node, Value};
use context::STAND_INS;
pub(super) use context::{Context, Stop};

use access::{Entries, Items, Variant};
use serde::de::{self, IntoDeserializer, Visitor};

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// One value of the tree, or the place of a missing one.
pub(super) struct Cursor<'a> {
    node: &'a Node,
    path: String,
    context: &'a Context,
    /// True for the stand-in of a missing value: what is missing in it is not worth a word.
    stand_in: bool,
}

static NOTHING: Node = Node { value: Value::Nothing, position: None, key_position: None };

impl<'a> Cursor<'a> {
    pub(super) fn new(node: &'a Node, context: &'a Context) -> Self {
        Self { node, path: String::new(), context, stand_in: false }
    }

    fn child(&self, node: &'a Node, key: &str) -> Self {
        let path = join(&self.path, key);
        Self { node, path, context: self.context, stand_in: self.stand_in }
    }

    fn wrong(&self, rule: impl Into<String>) {
        if !self.stand_in {
            let (path, value) = (self.path.clone(), self.node.shown());
            self.context.note(path, value, rule.into(), self.node.position);
        }
    }

    fn whole<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let whole = if let Value::Whole(v) = self.node.value { v } else { -1 };
        if let Ok(v) = u64::try_from(whole) {
            return visitor.visit_u64(v);
        }
        self.wrong("must be a whole number of 0 or more");
        visitor.visit_u64(1)
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let tried = self.context.refused.borrow().get(&self.path).copied();
        let text = match (&self.node.value, tried) {
            (_, Some(tried)) => STAND_INS.get(tried - 1).copied().unwrap_or(""),
            (Value::Text(text), None) => text,
            (_, None) => {
                self.wrong("must be text");
                "x"
            }
        };
        match visitor.visit_str(text) {
            Err(Stop::Wrong(rule)) if tried.unwrap_or(0) < STAND_INS.len() => {
                self.wrong(rule);
                let next = tried.unwrap_or(0) + 1;
                self.context.refused.borrow_mut().insert(self.path, next);
                Err(Stop::Again)
            }
            other => other,
        }
    }
}

impl<'de, 'a: 'de> de::Deserializer<'de> for Cursor<'a> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match &self.node.value {
            Value::Flag(v) => visitor.visit_bool(*v),
            Value::Whole(v) => visitor.visit_i64(*v),
            Value::Number(v) => visitor.visit_f64(*v),
            Value::Text(_) => self.text(visitor),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Table(_) => self.deserialize_map(visitor),
            Value::Nothing => visitor.visit_unit(),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if let Value::Flag(v) = self.node.value {
            return visitor.visit_bool(v);
        }
        self.wrong("must be true or false");
        visitor.visit_bool(false)
    }

    #[expect(clippy::cast_precision_loss, reason = "TOML's whole numbers may stand for numbers")]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.node.value {
            Value::Whole(v) => visitor.visit_f64(v as f64),
            Value::Number(v) => visitor.visit_f64(v),
            Value::Flag(_) | Value::Text(_) | Value::List(_) | Value::Table(_) | Value::Nothing => {
                self.wrong("must be a number");
                visitor.visit_f64(1.0)
            }
        }
    }
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.whole(visitor)
    }
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.whole(visitor)
    }
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.whole(visitor)
    }
    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.whole(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.text(visitor)
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if matches!(self.node.value, Value::Nothing) {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        if let Value::Text(text) = &self.node.value
            && variants.contains(&text.as_str())
        {
            return visitor.visit_enum(text.as_str().into_deserializer());
        }
        // A variant with contents is a table of one entry: `[mode.act]`.
        if let Value::Table(table) = &self.node.value
            && let Some((key, node)) = table.first_key_value()
            && table.len() == 1
            && variants.contains(&key.as_str())
        {
            return visitor.visit_enum(Variant { name: key, content: self.child(node, key) });
        }
        self.wrong(format!("must be one of {}", variants.join(", ")));
        let first = variants.first().copied().unwrap_or_default();
        visitor.visit_enum(IntoDeserializer::<Stop>::into_deserializer(first))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if let Value::List(list) = &self.node.value {
            let items = list.iter().enumerate();
            let cursors: Vec<_> = items
                .map(|(i, node)| Cursor {
                    node,
                    path: format!("{}[{i}]", self.path),
                    context: self.context,
                    stand_in: self.stand_in,
                })
                .collect();
            return visitor.visit_seq(Items { cursors: cursors.into_iter() });
        }
        self.wrong("must be a list");
        visitor.visit_seq(Items { cursors: Vec::new().into_iter() })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let Value::Table(table) = &self.node.value else {
            self.wrong("must be a table");
            return visitor.visit_map(Entries { entries: Vec::new().into_iter(), value: None });
        };
        let entries = table.iter().map(|(key, node)| (key.as_str(), self.child(node, key)));
        let entries: Vec<_> = entries.collect();
        visitor.visit_map(Entries { entries: entries.into_iter(), value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let mut entries = Vec::new();
        match &self.node.value {
            Value::Table(table) => {
                for (key, node) in table {
                    if fields.contains(&key.as_str()) {
                        entries.push((key.as_str(), self.child(node, key)));
                    } else {
                        unknown_field(&self, key, node, fields);
                    }
                }
            }
            Value::Nothing => {}
            Value::Flag(_)
            | Value::Whole(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::List(_) => self.wrong("must be a table"),
        }
        for field in fields {
            let path = join(&self.path, field);
            if self.context.missing.borrow().contains(&path) {
                let stand_in = Cursor { stand_in: true, ..self.child(&NOTHING, field) };
                entries.push((field, stand_in));
            }
        }
        let replaced = self.context.faults.borrow().contains_key(&self.path);
        match visitor.visit_map(Entries { entries: entries.into_iter(), value: None }) {
            Err(Stop::Missing(field)) => {
                if self.stand_in || replaced {
                    // The whole table is missing or wrong and noted as such.
                    self.context.missing.borrow_mut().push(join(&self.path, &field));
                } else {
                    let at = self.node.key_position.or(self.node.position);
                    self.context.note_missing(&self.path, &field, at);
                }
                Err(Stop::Again)
            }
            other => other,
        }
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct
        identifier ignored_any
    }
}

fn unknown_field(cursor: &Cursor<'_>, key: &str, node: &Node, fields: &[&str]) {
    let shared = |field: &str| {
        let mut left: Vec<char> = field.chars().collect();
        key.chars()
            .filter(|c| left.iter().position(|l| l == c).map(|i| left.remove(i)).is_some())
            .count()
    };
    let close = fields
        .iter()
        .filter(|f| 2 * shared(f) + 3 >= f.len() + key.len())
        .min_by_key(|f| f.len() + key.len() - 2 * shared(f));
    let hint = close.map(|f| format!("; did you mean {f}?")).unwrap_or_default();
    let path = join(&cursor.path, key);
    let at = node.key_position.or(node.position);
    cursor.context.note(path, String::new(), format!("is not a field here{hint}"), at);
}
