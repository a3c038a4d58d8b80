//! A whole answer, said as a `chat.completion`.

use crate::chat::says_something;
use crate::class::Class;
use crate::dialect::openai;
use crate::failure::Failure;
use crate::host::Millis;
use crate::json::{self, Object, Writer};

/// The body of a success as a `chat.completion`; `created` is taken from `unix_now` where there is no date.
///
/// # Errors
/// The failure that it really is.
pub fn translate(body: &[u8], unix_now: Millis) -> Result<Vec<u8>, Failure> {
    let flaw = |what: String| Failure::new(Class::BadOutput, what);
    let response =
        Object::read(body).map_err(|error| flaw(format!("the answer is not a JSON object: {error}")))?;
    if let Some(error) = response.value("error").filter(|error| says_something(error)) {
        return Err(openai::error::inside_success(error));
    }
    if response.value("status") == Some(r#""failed""#) {
        return Err(Failure::new(Class::Server, "the response failed"));
    }
    let output = response.value("output").and_then(json::elements);
    let output = output.ok_or_else(|| flaw("the answer has no `output`".into()))?;
    let mut said = message(&output);
    let called = said.calls;
    let mut out = Writer::object();
    out.maybe("id", response.value("id")).member("object", "\"chat.completion\"");
    let now = (unix_now / 1_000).to_string();
    out.member("created", whole(response.value("created_at")).unwrap_or(&now));
    out.maybe("model", response.value("model"));
    let why = super::finish(&response, called);
    out.member(
        "choices",
        &format!(
            r#"[{{"index":0,"message":{},"logprobs":null,"finish_reason":"{why}"}}]"#,
            said.message.finish()
        ),
    );
    out.maybe("usage", super::usage(&response).as_deref());
    // Others have words of their own for it, which strict clients refuse.
    out.maybe("service_tier", response.value("service_tier").filter(|tier| TIERS.contains(tier)));
    Ok(out.finish().into_bytes())
}

const TIERS: [&str; 5] = [r#""auto""#, r#""default""#, r#""flex""#, r#""priority""#, r#""scale""#];

/// A whole number of seconds; some servers write a fraction.
pub(super) fn whole(seconds: Option<&str>) -> Option<&str> {
    seconds?.split('.').next().filter(|whole| !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit()))
}

struct Said {
    message: Writer,
    calls: bool,
}

fn message(output: &[&str]) -> Said {
    let (mut text, mut refusal, mut thoughts) = (None::<String>, None::<String>, String::new());
    let (mut calls, mut hidden, mut notes) = (Writer::list(), None, Writer::list());
    for item in output {
        let Some(item) = json::object(item) else { continue };
        match item.value("type").and_then(json::inside).unwrap_or_default() {
            "message" => {
                for part in item.value("content").and_then(json::elements).unwrap_or_default() {
                    let Some(part) = json::object(part) else { continue };
                    if let Some(more) = part.value("text").and_then(json::inside) {
                        text.get_or_insert_default().push_str(more);
                    }
                    if let Some(more) = part.value("refusal").and_then(json::inside) {
                        refusal.get_or_insert_default().push_str(more);
                    }
                    for note in part.value("annotations").and_then(json::elements).unwrap_or_default() {
                        notes.element(note);
                    }
                }
            }
            "reasoning" => {
                for part in ["summary", "content"].iter().filter_map(|name| item.value(name)) {
                    for part in json::elements(part).unwrap_or_default() {
                        let more =
                            json::object(part).and_then(|part| part.value("text").and_then(json::inside));
                        if !thoughts.is_empty() {
                            thoughts.push_str("\\n\\n");
                        }
                        thoughts.push_str(more.unwrap_or_default());
                    }
                }
                hidden = super::hidden(&item).or(hidden);
            }
            "function_call" => {
                let mut call = Writer::object();
                call.maybe("id", item.value("call_id").or_else(|| item.value("id")));
                call.member("type", "\"function\"");
                let mut function = Writer::object();
                function.maybe("name", item.value("name"));
                function.member("arguments", item.value("arguments").unwrap_or("\"\""));
                call.member("function", &function.finish());
                calls.element(&call.finish());
            }
            // A provider's own: searches, code, pictures in the making.
            _ => {}
        }
    }
    let quoted = |text: Option<String>| text.map_or_else(|| "null".to_owned(), |text| format!("\"{text}\""));
    let mut message = Writer::object();
    message.member("role", "\"assistant\"").member("content", &quoted(text));
    message.member("refusal", &quoted(refusal));
    if !thoughts.is_empty() {
        message.member("reasoning_content", &format!("\"{thoughts}\""));
    }
    message.maybe("reasoning_details", hidden.as_deref());
    let called = !calls.is_empty();
    if called {
        message.member("tool_calls", &calls.finish());
    }
    Said { message, calls: called }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn said(response: Value) -> Result<Value, Failure> {
        translate(response.to_string().as_bytes(), 5_000).map(|body| serde_json::from_slice(&body).unwrap())
    }

    #[test]
    fn items_become_one_message() {
        let answer = said(json!({
            "id": "resp_1", "created_at": 7.5, "model": "m", "status": "completed", "error": null, "incomplete_details": null,
            "output": [
                { "type": "reasoning", "id": "rs_1", "summary": [{ "type": "summary_text", "text": "Hm" }], "encrypted_content": "E" },
                { "type": "web_search_call", "id": "ws_1" },
                { "type": "message", "content": [{ "type": "output_text", "text": "Hi", "annotations": [] }] },
                { "type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{\"a\":1}" },
            ],
            "usage": { "input_tokens": 3, "output_tokens": 4, "input_tokens_details": { "cached_tokens": 1 }, "output_tokens_details": { "reasoning_tokens": 2 } },
        }))
        .unwrap();
        let choice = &answer["choices"][0];
        assert_eq!((&answer["created"], &choice["finish_reason"]), (&json!(7), &json!("tool_calls")));
        assert_eq!(choice["message"]["content"], "Hi");
        assert_eq!(choice["message"]["reasoning_content"], "Hm");
        assert_eq!(choice["message"]["reasoning_details"][0]["data"], "E");
        assert_eq!(
            choice["message"]["tool_calls"],
            json!([{ "id": "c1", "type": "function", "function": { "name": "f", "arguments": "{\"a\":1}" } }])
        );
        assert_eq!(answer["usage"]["completion_tokens_details"]["reasoning_tokens"], 2);
    }

    #[test]
    fn an_answer_that_was_cut_off_says_why() {
        let cut = |reason: &str| {
            let answer = said(json!({
                "status": "incomplete", "incomplete_details": { "reason": reason },
                "output": [{ "type": "message", "content": [{ "type": "output_text", "text": "H" }] }],
            }));
            answer.unwrap()["choices"][0]["finish_reason"].clone()
        };
        assert_eq!(
            (cut("max_output_tokens"), cut("content_filter")),
            (json!("length"), json!("content_filter"))
        );
    }

    #[test]
    fn a_failed_response_is_a_failure() {
        let failed = said(
            json!({ "status": "failed", "error": { "code": "rate_limit_exceeded", "message": "Slow down." }, "output": [] }),
        );
        assert_eq!(failed.unwrap_err().class, Class::RateLimit);
        assert_eq!(said(json!({ "choices": [] })).unwrap_err().class, Class::BadOutput);
    }
}
