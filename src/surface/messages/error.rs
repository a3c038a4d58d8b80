//! An error: `{"type": "error", "error": {"type", "message"}, "request_id"}`.

use super::request::THREAD;
use crate::error::ApiError;
use crate::json::{self, Writer};
use crate::search;

/// The body. What OpenAI's form says beyond it (`code`, `param`, `attempts`) stands in it as well.
#[must_use]
pub fn write(error: &ApiError, id: &str) -> String {
    let mut error = error.clone();
    // By these words Anthropic's clients know when to shorten the conversation.
    let is_said = TOO_LONG.iter().any(|words| search::contains(&error.message, words));
    if error.code == "context_length_exceeded" && !is_said {
        error.message.insert_str(0, "prompt is too long: ");
    }
    let mut said = error.said(kind(error.status));
    // After this code the SDKs send the whole conversation, now and from then on.
    if error.param.as_deref() == Some(THREAD)
        && let Some(told) = json::with(&said, &mut |_, edit| edit.set("details", UNTHREADED))
    {
        said = told;
    }
    let mut body = Writer::object();
    body.string("type", "error").member("error", &said).string("request_id", id);
    body.finish()
}

const UNTHREADED: &str = r#"{"error_code":"thread_unsupported_request"}"#;

/// How Anthropic says that a prompt, or a prompt and its answer, are too long together.
const TOO_LONG: [&str; 2] = ["rompt is too long", "exceed context limit"];

/// The kinds of errors, by their status.
pub(super) fn kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 | 529 => "overloaded_error",
        504 => "timeout_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_said_in_the_words_that_clients_know() {
        let of = |message: &str| {
            let body = write(&ApiError::new(400, "context_length_exceeded", message), "sf-1");
            serde_json::from_str::<serde_json::Value>(&body).unwrap()["error"]["message"].clone()
        };
        assert_eq!(
            of("This model's maximum context length is 128000 tokens."),
            "prompt is too long: This model's maximum context length is 128000 tokens."
        );
        for known in [
            "prompt is too long: 210000 tokens > 200000 maximum",
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
        ] {
            assert_eq!(of(known), known);
        }
    }

    #[test]
    fn an_error_is_said_as_anthropic_says_it() {
        let error = ApiError::new(404, "model_not_found", "There is none.");
        let body: serde_json::Value = serde_json::from_str(&write(&error, "sf-1")).unwrap();
        assert_eq!(body["type"], "error");
        assert_eq!(body["error"]["type"], "not_found_error");
        assert_eq!(body["error"]["message"], "There is none.");
        assert_eq!(body["error"]["code"], "model_not_found");
        assert_eq!(body["request_id"], "sf-1");
    }
}
