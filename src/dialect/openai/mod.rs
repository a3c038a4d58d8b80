//! The OpenAI API, and everybody who speaks it more or less.
//!
//! Source: the OpenAI API reference, "Chat completions"; the departures of vendors are rows of the
//! catalogue.

pub mod answer;
pub(super) mod conversation;
pub mod error;
pub(super) mod fit;
mod matter;
pub mod mend;
pub(super) mod models;
pub(in crate::dialect) mod refusal;
pub mod request;
pub(super) mod schema;
pub mod stream;
mod thoughts;
