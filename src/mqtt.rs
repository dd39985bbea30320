//! The way to the broker and back: topics, the link that receives, the outbox that sends, and the
//! embedded broker of the one-box default.

pub mod broker;
mod connect;
pub mod field;
pub mod link;
pub mod outbox;
pub mod topic;
mod wire;

pub use connect::{BrokerAddress, ConnectFault, Security, Version};
