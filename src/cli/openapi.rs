//! `smart-camp openapi`: the description of the interface.

use super::{Failure, say};
use crate::api::openapi::text;

pub(super) fn run() -> Result<(), Failure> {
    let text = text().map_err(|e| Failure::machine(format!("the description failed: {e}")))?;
    say(text.trim_end());
    Ok(())
}
