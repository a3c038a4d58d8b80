//! A whole answer, said as a `chat.completion`.

use super::stream::Translator;
use crate::chat::answer::is_tier;
use crate::chat::said::completion;
use crate::class::Class;
use crate::dialect::openai;
use crate::dialect::translated::Chunks;
use crate::dialect::{flaw, opened};
use crate::failure::Failure;
use crate::host::Millis;

/// The body of a success as a `chat.completion`; `created` is taken from `unix_now` where there is no date.
///
/// # Errors
/// The failure that it really is.
pub fn translate(body: &[u8], unix_now: Millis) -> Result<String, Failure> {
    let response = opened(body)?;
    if let Some(error) = response.said("error") {
        return Err(openai::error::inside_success(error));
    }
    if matches!(response.word("status"), "failed" | "cancelled") {
        return Err(Failure::new(Class::Server, "the response failed"));
    }
    if !response.value("output").is_some_and(|output| output.starts_with('[')) {
        return Err(flaw("the answer has no `output`"));
    }
    let (mut translator, mut heard) = (Translator::new(unix_now, ""), Chunks::default());
    for (place, item) in response.list("output").objects().enumerate() {
        translator.whole(place as u64, &item, &mut heard);
    }
    let said = heard.said;
    let why = super::finish(&response, said.has("tool_calls"));
    let now = (unix_now / 1_000).to_string();
    let created = whole(response.value("created_at")).unwrap_or(&now);
    let (choice, usage) = (said.choice(0, why, "null"), super::usage(&response));
    let (id, model) = (response.value("id"), response.value("model"));
    let mut out = completion(id, created, model, &choice, usage.as_deref());
    // Others have words of their own for it, which strict clients refuse.
    out.maybe("service_tier", response.given("service_tier").filter(|tier| is_tier(tier)));
    Ok(out.finish())
}

/// A whole number of seconds; some servers write a fraction.
pub(super) fn whole(seconds: Option<&str>) -> Option<&str> {
    seconds?.split('.').next().filter(|whole| !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn said(response: Value) -> Result<Value, Failure> {
        translate(response.to_string().as_bytes(), 5_000).map(|body| serde_json::from_str(&body).unwrap())
    }

    #[test]
    fn items_become_one_message() {
        let answer = said(json!({
            "id": "resp_1", "created_at": 7.5, "model": "m", "status": "completed", "error": null, "incomplete_details": null,
            "output": [
                { "type": "reasoning", "id": "rs_1", "summary": [{ "type": "summary_text", "text": "Hm" }], "encrypted_content": "E" },
                { "type": "web_search_call", "id": "ws_1" },
                { "type": "message", "content": [{ "type": "output_text", "text": "Hi", "annotations": [
                    { "type": "url_citation", "start_index": 0, "end_index": 2, "title": "T", "url": "https://a" },
                    { "type": "file_citation", "file_id": "f", "filename": "x", "index": 0 },
                ] }] },
                { "type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{\"a\":1}" },
            ],
            "usage": { "input_tokens": 3, "output_tokens": 4, "input_tokens_details": { "cached_tokens": 1 }, "output_tokens_details": { "reasoning_tokens": 2 } },
        }))
        .unwrap();
        let choice = &answer["choices"][0];
        assert_eq!((&answer["created"], &choice["finish_reason"]), (&json!(7), &json!("tool_calls")));
        assert_eq!(choice["message"]["content"], "Hi");
        let cited = json!({ "start_index": 0, "end_index": 2, "title": "T", "url": "https://a" });
        assert_eq!(
            choice["message"]["annotations"],
            json!([{ "type": "url_citation", "url_citation": cited }])
        );
        assert_eq!(choice["message"]["reasoning_content"], "Hm");
        assert_eq!(choice["message"]["reasoning_details"][0]["data"], "E");
        assert_eq!(
            choice["message"]["tool_calls"],
            json!([{ "id": "c1", "type": "function", "function": { "name": "f", "arguments": "{\"a\":1}" } }])
        );
        assert_eq!(answer["usage"]["completion_tokens_details"]["reasoning_tokens"], 2);
    }

    #[test]
    fn the_last_hidden_thought_counts_whatever_else_is_hidden_behind_it() {
        let hides = |kind: &str, data: &str| json!({ "type": kind, "encrypted_content": data });
        let output = json!([hides("reasoning", "A"), hides("reasoning", "B"), hides("compaction", "C")]);
        let answer = said(json!({ "output": output })).unwrap();
        let details = &answer["choices"][0]["message"]["reasoning_details"];
        assert_eq!((details.as_array().unwrap().len(), &details[0]["data"]), (1, &json!("B")));
    }

    #[test]
    fn a_call_with_nothing_is_one_call() {
        for call in [
            json!({ "type": "function_call", "call_id": "c1", "name": "f", "arguments": "" }),
            json!({ "type": "custom_tool_call", "call_id": "c1", "name": "f", "input": "" }),
            json!({ "type": "shell_call", "call_id": "c1", "name": "f" }),
        ] {
            let answer = said(json!({ "output": [call] })).unwrap();
            assert_eq!(
                answer["choices"][0]["message"]["tool_calls"],
                json!([{ "id": "c1", "type": "function", "function": { "name": "f", "arguments": "" } }])
            );
        }
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
        let half = json!([{ "type": "message", "content": [{ "type": "output_text", "text": "Half of" }] }]);
        for status in ["failed", "cancelled"] {
            let failed = said(json!({ "status": status, "error": null, "output": half }));
            assert_eq!(failed.unwrap_err().class, Class::Server, "{status}");
        }
    }
}
