//! Bytes to raw values, with limits: our own JSON, Venus OS, and the JSON of other devices. A new
//! format is a file in `decode/`.

mod json;
mod mapping;
mod victron;

pub use mapping::{Mapped, Told, decode_mapping};
pub use victron::{Venus, decode_victron};

use std::fmt;

/// Largest payload, bytes.
pub const MOST_PAYLOAD: usize = 256 << 10;
/// Most values of a message.
pub const MOST_VALUES: usize = 5000;

/// A value as a device names it.
#[derive(Debug, Clone, PartialEq)]
pub struct RawValue {
    /// The device's name for the point.
    pub name: String,
    /// When it was measured, ms since 1970.
    pub time_ms: i64,
    /// The value; nothing where the device sent `null`.
    pub value: Option<f64>,
}

/// Why a payload cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeFault {
    /// Too many bytes or values.
    Oversized(String),
    /// Not in the format.
    Malformed(String),
}

impl DecodeFault {
    /// The reason in one word.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Oversized(_) => "oversized",
            Self::Malformed(_) => "malformed",
        }
    }
}

impl fmt::Display for DecodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oversized(detail) | Self::Malformed(detail) => f.write_str(detail),
        }
    }
}

/// Reads a payload of our own JSON.
pub fn decode(payload: &[u8]) -> Result<Vec<RawValue>, DecodeFault> {
    if payload.len() > MOST_PAYLOAD {
        let bytes = payload.len();
        return Err(DecodeFault::Oversized(format!("{bytes} bytes, at most {MOST_PAYLOAD}")));
    }
    json::decode(payload)
}

#[cfg(test)]
pub(crate) mod tests;
