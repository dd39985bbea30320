//! A block of values that wait: sorted by point and time, each column compressed.
//!
//! A byte of version, then four columns, each with its length in bytes (u32, little endian) before
//! it: numbers of points, times in ms, values, and codes of reasons, which are left out where all are
//! 0.

use crate::domain::ports::StoreError;
use crate::store::journal::Numbered;
use crate::store::tail::Value;
use pco::ChunkConfig;
use pco::standalone::{simple_compress, simple_decompress};

const VERSION: u8 = 1;

pub(super) fn pack(values: &[(i64, Value)]) -> Result<Vec<u8>, StoreError> {
    let mut sorted = values.to_vec();
    // Stable: of one point and time the value written last stays last.
    sorted.sort_by_key(|(point, value)| (*point, value.time_ms));
    let packed = |e: pco::errors::PcoError| StoreError::Other(format!("compression: {e}"));
    let config = ChunkConfig::default();
    let points: Vec<i64> = sorted.iter().map(|(point, _)| *point).collect();
    let times: Vec<i64> = sorted.iter().map(|(_, v)| v.time_ms).collect();
    let numbers: Vec<f64> = sorted.iter().map(|(_, v)| v.value).collect();
    let doubtful = sorted.iter().any(|(_, v)| v.reason != 0);
    let reasons: Vec<u8> = sorted.iter().filter(|_| doubtful).map(|(_, v)| v.reason).collect();
    let columns = [
        simple_compress(&points, &config).map_err(packed)?,
        simple_compress(&times, &config).map_err(packed)?,
        simple_compress(&numbers, &config).map_err(packed)?,
        reasons,
    ];
    let mut block = vec![VERSION];
    for column in columns {
        let length = u32::try_from(column.len())
            .map_err(|_| StoreError::Other("a block is too large".to_owned()))?;
        block.extend_from_slice(&length.to_le_bytes());
        block.extend_from_slice(&column);
    }
    Ok(block)
}

/// The values in the order of their time.
pub(super) fn unpack(block: &[u8]) -> Result<Numbered, StoreError> {
    let broken = || StoreError::Other("a block of waiting values is broken".to_owned());
    let told = |e: pco::errors::PcoError| {
        StoreError::Other(format!("a block of waiting values is broken: {e}"))
    };
    let (version, mut rest) = block.split_first().ok_or_else(broken)?;
    if *version != VERSION {
        return Err(broken());
    }
    let mut column = || -> Result<&[u8], StoreError> {
        let (length, after) = rest.split_first_chunk::<4>().ok_or_else(broken)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| broken())?;
        let (column, after) = after.split_at_checked(length).ok_or_else(broken)?;
        rest = after;
        Ok(column)
    };
    let points: Vec<i64> = simple_decompress(column()?).map_err(told)?;
    let times: Vec<i64> = simple_decompress(column()?).map_err(told)?;
    let numbers: Vec<f64> = simple_decompress(column()?).map_err(told)?;
    let reasons = column()?;
    if times.len() != points.len() || numbers.len() != points.len() {
        return Err(broken());
    }
    let rows = points.into_iter().zip(times).zip(numbers).enumerate();
    let mut values: Numbered = rows
        .map(|(i, ((point, time_ms), value))| {
            (point, Value { time_ms, value, reason: reasons.get(i).copied().unwrap_or(0) })
        })
        .collect();
    values.sort_by_key(|(_, value)| value.time_ms);
    Ok(values)
}
