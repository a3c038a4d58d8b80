//! OpenAI's Responses, as a provider speaks it; without its memory: nothing is stored there.
//!
//! Source: the OpenAI API reference, "Responses" and "Streaming events".

pub mod answer;
pub mod conversation;
pub mod error;
pub mod fit;
pub mod request;
pub mod seal;
pub mod stream;

use crate::chat::usage::Usage;
use crate::json::{Object, Writer, filled};
use crate::words::{Words, words};

/// So long may an id be.
const LONGEST_ID: usize = 64;

/// `usage`, as Chat Completions has it.
fn usage(response: &Object<'_>) -> Option<String> {
    let usage = response.object("usage")?;
    let detail = |of: &str, name: &str| usage.within(of).count(name).unwrap_or(0);
    let usage = Usage {
        prompt_tokens: usage.count("input_tokens")?,
        completion_tokens: usage.count("output_tokens")?,
        cached_tokens: detail("input_tokens_details", "cached_tokens"),
        written_tokens: detail("input_tokens_details", "cache_write_tokens"),
        reasoning_tokens: detail("output_tokens_details", "reasoning_tokens"),
    };
    Some(usage.told())
}

/// Where a text has something from, as Chat Completions has it: files that lie at the vendor have no word there.
fn citation(annotation: &Object<'_>) -> Option<String> {
    if annotation.word("type") != "url_citation" {
        return None;
    }
    let mut cited = Writer::object();
    cited.copy(annotation, &["start_index", "end_index", "title", "url"]);
    Some(filled(r#"{"type":"url_citation","url_citation":$}"#, &[&cited.finish()]))
}

/// Why it ended: in the words of Chat Completions.
fn finish(response: &Object<'_>, called: bool) -> &'static str {
    match response.within("incomplete_details").inside("reason") {
        Some("content_filter") => "content_filter",
        Some(_) => "length",
        None if called => "tool_calls",
        None => "stop",
    }
}

/// Whether an item asks something of the caller (a function, a tool of his own, a shell, an approval, a search that he makes)
/// or is an answer that is no text: what a provider does by itself is neither.
fn calls(item: &Object<'_>) -> bool {
    let kind = item.word("type");
    CALLS.has(kind) || (kind == "tool_search_call" && item.is("execution", "\"client\""))
}

const CALLS: Words = words![
    "apply_patch_call",
    "compaction",
    "computer_call",
    "custom_tool_call",
    "function_call",
    "image_generation_call",
    "local_shell_call",
    "mcp_approval_request",
    "shell_call",
];

/// What is called: a function or a tool by its name, anything else by its kind. JSON text.
fn called<'i>(item: &Object<'i>) -> &'i str {
    item.value("name").or_else(|| item.value("type")).unwrap_or("\"\"")
}
