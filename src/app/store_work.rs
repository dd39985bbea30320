//! What can be done with a store's file from outside of the service, for the command line.

pub use crate::store::{Exported, backup, check, export, import, restore};
