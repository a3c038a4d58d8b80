//! Anthropic Messages, as a provider speaks it.
//!
//! Sources: the Anthropic API reference ("Messages", "Errors", "Rate limits"), its pages on thinking, effort and
//! structured outputs, and recorded exchanges.

pub mod answer;
mod conversation;
mod counts;
pub mod error;
pub mod fit;
mod models;
pub mod request;
mod schema;
pub mod stream;
mod tools;

use crate::json::Object;

/// The tool by which a model answers in JSON that has no other way to be held to a schema: what it is called
/// with is the answer.
const ANSWER_TOOL: &str = "steadfast_json_answer";

/// Whether a block is of a kind that no chat has: a tool that Anthropic runs itself, what that gave, a summary.
fn is_its_own(kind: &str) -> bool {
    !matches!(kind, "" | "text" | "thinking" | "redacted_thinking" | "tool_use")
}

/// Why the model declined, as far as that is said: the inside of a JSON string.
fn explanation<'a>(ended: &Object<'a>) -> Option<&'a str> {
    ended.within("stop_details").inside("explanation").filter(|why| !why.is_empty())
}

/// Why a message ended, as OpenAI says it.
fn finish_reason(stop_reason: &str) -> &'static str {
    match stop_reason {
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        // `end_turn`, `stop_sequence`, `pause_turn`, and what is yet to be thought of.
        _ => "stop",
    }
}
