//! How OpenAI writes a chat completion, an event of one, and an error.

use std::fmt::Write;

use bytes::Bytes;
use serde_json::Value;

use super::script::{ErrorObject, Part};
use crate::host::Millis;

/// What a provider reads in a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The model, as the provider knows it.
    pub model: String,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// Whether the stream is to say what it cost.
    pub usage: bool,
    /// How long the prompt is, by the rule of thumb of four bytes a token.
    pub prompt_tokens: u64,
    /// The text of the last message of the user, before an answer that is to be carried on.
    pub last_said: String,
    /// The beginning of an answer that is to be carried on; empty when there is none.
    pub begun: String,
}

impl Asked {
    /// Reads a request. What is not there is left empty: a simulated provider is not the judge.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let is_set = |value: Option<&Value>| value.and_then(Value::as_bool).unwrap_or_default();
        let stream_options = request.get("stream_options");
        let messages = request.get("messages").and_then(Value::as_array);
        let messages = messages.map(Vec::as_slice).unwrap_or_default();
        // An answer to be carried on is the last message, or the last but one where that is asked in words.
        let begun = messages.iter().rposition(|message| is_by(message, "assistant"));
        let begun = begun.filter(|place| place + 2 >= messages.len());
        let before = begun.and_then(|place| messages.get(..place)).unwrap_or(messages);
        let content = |message: Option<&Value>| text_of(message.and_then(|message| message.get("content")));
        Self {
            model: text_of(request.get("model")),
            stream: is_set(request.get("stream")),
            usage: is_set(stream_options.and_then(|options| options.get("include_usage"))),
            prompt_tokens: (body.len() as u64).div_ceil(4),
            last_said: content(before.iter().rfind(|message| is_by(message, "user"))),
            begun: content(begun.and_then(|place| messages.get(place))),
        }
    }
}

fn is_by(message: &Value, role: &str) -> bool {
    message.get("role").and_then(Value::as_str) == Some(role)
}

/// A text, or the first text in a list of parts.
fn text_of(content: Option<&Value>) -> String {
    let text = match content {
        Some(Value::Array(parts)) => parts.iter().find_map(|part| part.get("text")),
        content => content,
    };
    text.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// One answer, as it is written down.
pub(super) struct Answer<'a> {
    pub(super) asked: &'a Asked,
    /// Distinguishes this answer from others.
    pub(super) id: u64,
    /// Milliseconds since 1970.
    pub(super) created: Millis,
    /// How many tokens it has.
    pub(super) tokens: u64,
}

impl Answer<'_> {
    /// The part as an event of a stream. `None` when it is not sent.
    pub(super) fn event(&self, part: &Part) -> Option<Bytes> {
        let delta = match part {
            Part::Role => r#""role":"assistant","content":"","refusal":null"#.to_owned(),
            Part::Text(text) => format!(r#""content":{}"#, quoted(text)),
            Part::Reasoning(text) => format!(r#""reasoning_content":{}"#, quoted(text)),
            Part::Refusal(text) => format!(r#""refusal":{}"#, quoted(text)),
            Part::ToolCall(name) => format!(
                r#""tool_calls":[{{"index":0,"id":"call_1","type":"function","function":{{"name":{},"arguments":""}}}}]"#,
                quoted(name)
            ),
            Part::Arguments(text) => {
                format!(r#""tool_calls":[{{"index":0,"function":{{"arguments":{}}}}}]"#, quoted(text))
            }
            Part::Finish(reason) => return Some(self.chunk("", Some(reason))),
            Part::Usage { stated } => {
                return self.asked.usage.then(|| {
                    let head = self.head("chat.completion.chunk");
                    let usage = self.usage(*stated);
                    format!("data: {{{head},\"choices\":[],\"usage\":{usage}}}\n\n").into()
                });
            }
            Part::Done => return Some(Bytes::from_static(b"data: [DONE]\n\n")),
            Part::Comment(text) => return Some(format!(": {text}\n\n").into()),
            Part::Error(error) => return Some(format!("data: {}\n\n", error_body(error)).into()),
            Part::Raw(bytes) => return Some(bytes.clone()),
            Part::Pause(_) => return None,
        };
        Some(self.chunk(&delta, None))
    }

    /// The parts folded into one body.
    pub(super) fn whole(&self, parts: &[Part]) -> Bytes {
        let mut folded = Folded::default();
        for part in parts {
            match part {
                Part::Text(text) => folded.content.get_or_insert_default().push_str(text),
                Part::Reasoning(text) => folded.reasoning.push_str(text),
                Part::Refusal(text) => folded.refusal.get_or_insert_default().push_str(text),
                Part::ToolCall(name) => folded.tool = Some(name),
                Part::Arguments(text) => folded.arguments.push_str(text),
                Part::Finish(reason) => folded.finish = Some(reason),
                Part::Usage { stated } => folded.usage = Some(self.usage(*stated)),
                Part::Error(error) => return error_body(error).into(),
                Part::Role | Part::Done | Part::Comment(_) | Part::Raw(_) | Part::Pause(_) => {}
            }
        }
        let mut body = format!(
            r#"{{{},"choices":[{{"index":0,"message":{{"role":"assistant","content":{},"refusal":{}"#,
            self.head("chat.completion"),
            quoted_or_null(folded.content.as_deref()),
            quoted_or_null(folded.refusal.as_deref()),
        );
        // Writing into a `String` cannot fail.
        if !folded.reasoning.is_empty() {
            let _ = write!(body, r#","reasoning_content":{}"#, quoted(&folded.reasoning));
        }
        if let Some(name) = folded.tool {
            let _ = write!(
                body,
                r#","tool_calls":[{{"id":"call_1","type":"function","function":{{"name":{},"arguments":{}}}}}]"#,
                quoted(name),
                quoted(&folded.arguments)
            );
        }
        let finish = quoted_or_null(folded.finish);
        let _ = write!(body, r#"}},"logprobs":null,"finish_reason":{finish}}}]"#);
        if let Some(usage) = folded.usage {
            let _ = write!(body, r#","usage":{usage}"#);
        }
        body.push('}');
        body.into()
    }

    fn chunk(&self, delta: &str, finish: Option<&str>) -> Bytes {
        let head = self.head("chat.completion.chunk");
        let finish = quoted_or_null(finish);
        let usage = if self.asked.usage { r#","usage":null"# } else { "" };
        format!(
            "data: {{{head},\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":{finish}}}]{usage}}}\n\n"
        )
        .into()
    }

    fn head(&self, object: &str) -> String {
        format!(
            r#""id":"chatcmpl-{:016x}","object":"{object}","created":{},"model":{}"#,
            self.id,
            self.created / 1_000,
            quoted(&self.asked.model)
        )
    }

    fn usage(&self, stated: Option<(u64, u64)>) -> String {
        let (prompt, completion) = stated.unwrap_or((self.asked.prompt_tokens, self.tokens));
        let total = prompt.saturating_add(completion);
        format!(r#"{{"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{total}}}"#)
    }
}

/// The message that parts become when nobody asked for a stream.
#[derive(Default)]
struct Folded<'a> {
    content: Option<String>,
    reasoning: String,
    refusal: Option<String>,
    tool: Option<&'a str>,
    arguments: String,
    finish: Option<&'a str>,
    usage: Option<String>,
}

/// The body of an error.
pub(super) fn error_body(error: &ErrorObject) -> String {
    format!(
        r#"{{"error":{{"message":{},"type":{},"param":null,"code":{}}}}}"#,
        quoted(&error.message),
        quoted(&error.kind),
        quoted_or_null(error.code.as_deref())
    )
}

fn quoted_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quoted)
}

fn quoted(text: &str) -> String {
    // A string is always JSON.
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_far_as_it_goes() {
        let asked = Asked::read(
            br#"{"model":"x","stream":true,"stream_options":{"include_usage":true},"messages":[
                {"role":"user","content":"first"},{"role":"assistant","content":"hm"},
                {"role":"user","content":[{"type":"image_url","image_url":{}},{"type":"text","text":"second"}]},
                {"role":"assistant","content":"so"}]}"#,
        );
        assert_eq!(asked.model, "x");
        assert!(asked.stream && asked.usage);
        assert_eq!(asked.last_said, "second");
        assert_eq!(Asked::read(b"no json"), Asked { prompt_tokens: 2, ..Asked::default() });
    }
}
