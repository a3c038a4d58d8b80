//! OpenAI Responses, as a provider speaks it.
//!
//! Source: the OpenAI API reference, "Responses".

pub mod answer;
pub mod error;
pub mod request;
pub mod stream;
