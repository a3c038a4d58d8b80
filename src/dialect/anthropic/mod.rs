//! Anthropic Messages, as a provider speaks it.
//!
//! Source: the Anthropic API reference, "Messages".

pub mod answer;
pub mod error;
pub mod request;
pub mod stream;
