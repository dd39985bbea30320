//! What is inside a value: items of a list, entries of a table, the contents of a variant.

use super::{Cursor, Stop};
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};

/// A variant of an enum that has contents.
pub(super) struct Variant<'a> {
    pub(super) name: &'a str,
    pub(super) content: Cursor<'a>,
}

impl<'de, 'a: 'de> de::EnumAccess<'de> for Variant<'a> {
    type Error = Stop;
    type Variant = Cursor<'a>;
    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Cursor<'a>), Stop> {
        let name = seed.deserialize(IntoDeserializer::<Stop>::into_deserializer(self.name))?;
        Ok((name, self.content))
    }
}

impl<'de, 'a: 'de> de::VariantAccess<'de> for Cursor<'a> {
    type Error = Stop;
    fn unit_variant(self) -> Result<(), Stop> {
        self.wrong("takes no contents");
        Ok(())
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self)
    }
    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Stop> {
        de::Deserializer::deserialize_seq(self, visitor)
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        de::Deserializer::deserialize_struct(self, "", fields, visitor)
    }
}

pub(super) struct Items<'a> {
    pub(super) cursors: std::vec::IntoIter<Cursor<'a>>,
}

impl<'de, 'a: 'de> de::SeqAccess<'de> for Items<'a> {
    type Error = Stop;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Stop> {
        self.cursors.next().map(|cursor| seed.deserialize(cursor)).transpose()
    }
}

pub(super) struct Entries<'a> {
    pub(super) entries: std::vec::IntoIter<(&'a str, Cursor<'a>)>,
    pub(super) value: Option<Cursor<'a>>,
}

impl<'de, 'a: 'de> de::MapAccess<'de> for Entries<'a> {
    type Error = Stop;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(key.into_deserializer()).map(Some)
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        match self.value.take() {
            Some(value) => seed.deserialize(value),
            None => Err(Stop::Wrong("a value without a key".to_owned())),
        }
    }
}
