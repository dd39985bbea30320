//! The words of the service: points, readings, state, plans kept, instructions, time, and the ports
//! behind which stores and sinks stand.

pub mod alarm;
pub mod clock;
pub mod completeness;
pub mod forecast;
pub mod instruction;
pub mod mode;
pub mod note;
pub mod plan_record;
pub mod point;
pub mod ports;
pub mod profile;
pub mod quality;
pub mod reading;
pub mod source;
pub mod state;
pub mod stop;
pub mod tally;
pub mod worth;
