//! The words of the service: points, readings, time.

pub mod point;
pub mod profile;
