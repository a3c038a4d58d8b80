//! How OpenAI writes a chat completion, an event of one, and an error.

use std::fmt::Write;

use bytes::Bytes;

use super::{Answer, Folded, quoted, quoted_or_null};
use crate::sim::script::{ErrorObject, Part};

/// The part as an event of a stream. `None` when it is not sent.
pub(super) fn event(answer: &Answer<'_>, part: &Part) -> Option<Bytes> {
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
        Part::Finish(reason) => return Some(chunk(answer, "", Some(reason))),
        Part::Usage { stated } => {
            return answer.asked.usage.then(|| {
                let head = head(answer, "chat.completion.chunk");
                let usage = usage(answer.counts(*stated));
                format!("data: {{{head},\"choices\":[],\"usage\":{usage}}}\n\n").into()
            });
        }
        Part::Done => return Some(Bytes::from_static(b"data: [DONE]\n\n")),
        Part::Comment(text) => return Some(format!(": {text}\n\n").into()),
        Part::Error(error) => return Some(format!("data: {}\n\n", error_body(error)).into()),
        Part::Raw(_) | Part::Pause(_) => return None,
    };
    Some(chunk(answer, &delta, None))
}

/// The parts folded into one body.
pub(super) fn whole(answer: &Answer<'_>, folded: &Folded<'_>) -> String {
    let mut body = format!(
        r#"{{{},"choices":[{{"index":0,"message":{{"role":"assistant","content":{},"refusal":{}"#,
        head(answer, "chat.completion"),
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
    if let Some(counts) = folded.usage {
        let _ = write!(body, r#","usage":{}"#, usage(counts));
    }
    body.push('}');
    body
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

fn chunk(answer: &Answer<'_>, delta: &str, finish: Option<&str>) -> Bytes {
    let head = head(answer, "chat.completion.chunk");
    let finish = quoted_or_null(finish);
    let usage = if answer.asked.usage { r#","usage":null"# } else { "" };
    format!(
        "data: {{{head},\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":{finish}}}]{usage}}}\n\n"
    )
    .into()
}

fn head(answer: &Answer<'_>, object: &str) -> String {
    format!(
        r#""id":"chatcmpl-{:016x}","object":"{object}","created":{},"model":{}"#,
        answer.id,
        answer.created / 1_000,
        quoted(&answer.asked.model)
    )
}

fn usage((prompt, completion): (u64, u64)) -> String {
    let total = prompt.saturating_add(completion);
    format!(r#"{{"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{total}}}"#)
}
