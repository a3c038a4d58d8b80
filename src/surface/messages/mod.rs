//! Anthropic's Messages, as a caller speaks it.
//!
//! Source: the Anthropic API reference, "Messages" and "Streaming messages".

pub mod answer;
pub mod error;
pub mod request;
pub mod stream;

// Thoughts that Anthropic did not sign bear a mark of ours in the place of a signature, so that they are known
// when they come back. What another vendor signed lies, sealed, in redacted thoughts: SDKs hand those back as they are,
// which not all do with an empty thought.
use super::{MARK, sealed};

/// Why an answer ended, in the words of this language. Some say `stop` when tools are to be called, OpenAI itself
/// where a call was demanded: callers of this language look for the word.
fn stop_reason(finish: &str, calls: bool) -> &'static str {
    match finish {
        "length" => "max_tokens",
        "tool_calls" | "function_call" => "tool_use",
        "content_filter" => "refusal",
        _ if calls => "tool_use",
        _ => "end_turn",
    }
}
