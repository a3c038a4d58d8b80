//! OpenAI's Responses, as a caller speaks it; without its memory: each request says all of its conversation.
//!
//! Source: the OpenAI API reference, "Responses" and "Streaming events".

pub mod answer;
mod echo;
pub mod request;
pub mod stream;
mod tools;

// What another vendor signed stands, sealed, in the place of what OpenAI encrypts.
use super::{sealed, unsealed};

/// Nobody signed it. OpenAI looks for a thought without anything hidden among what it stored, and refuses the request
/// when there is none.
fn unsigned() -> String {
    sealed("none")
}
