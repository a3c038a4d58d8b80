//! OpenAI's Responses, as a provider speaks it; without its memory: nothing is stored there.
//!
//! Source: the OpenAI API reference, "Responses" and "Streaming events".

pub mod answer;
pub mod error;
pub mod request;
pub mod seal;
pub mod stream;

use crate::chat::says_something;
use crate::json::{self, Object};

/// The mark of thoughts that OpenAI hid, as JSON text.
const FORMAT: &str = r#""openai-responses-v1""#;

/// `usage`, as Chat Completions has it.
fn usage(response: &Object<'_>) -> Option<String> {
    let usage = json::object(response.value("usage").filter(|usage| says_something(usage))?)?;
    let count = |name: &str| usage.value(name).and_then(|count| count.parse::<u64>().ok());
    let detail = |of: &str, name: &str| {
        let details = usage.value(of).and_then(json::object);
        details.and_then(|details| details.value(name)?.parse::<u64>().ok()).unwrap_or(0)
    };
    let (input, output) = (count("input_tokens")?, count("output_tokens")?);
    let total = input.saturating_add(output);
    let cached = detail("input_tokens_details", "cached_tokens");
    let reasoning = detail("output_tokens_details", "reasoning_tokens");
    Some(format!(
        r#"{{"prompt_tokens":{input},"completion_tokens":{output},"total_tokens":{total},"prompt_tokens_details":{{"cached_tokens":{cached}}},"completion_tokens_details":{{"reasoning_tokens":{reasoning}}}}}"#
    ))
}

/// Why it ended: in the words of Chat Completions.
fn finish(response: &Object<'_>, called: bool) -> &'static str {
    let why = response.value("incomplete_details").and_then(json::object);
    match why.as_ref().and_then(|why| why.value("reason")).and_then(json::inside) {
        Some("content_filter") => "content_filter",
        Some(_) => "length",
        None if called => "tool_calls",
        None => "stop",
    }
}

/// Thoughts that OpenAI hid, so that they can come back: a list of one, as JSON text.
fn hidden(item: &Object<'_>) -> Option<String> {
    let data = item.value("encrypted_content").filter(|data| says_something(data))?;
    let id = item.value("id").unwrap_or("null");
    Some(format!(r#"[{{"type":"reasoning.encrypted","data":{data},"id":{id},"format":{FORMAT},"index":0}}]"#))
}
