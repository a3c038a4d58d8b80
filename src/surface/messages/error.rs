//! An error: `{"type": "error", "error": {"type", "message"}, "request_id"}`.

use crate::error::ApiError;
use crate::json::Writer;

/// The body. What OpenAI's form says beyond it (`code`, `param`, `attempts`) stands in it as well.
#[must_use]
pub fn write(error: &ApiError, id: &str) -> String {
    let mut body = Writer::object();
    body.string("type", "error").member("error", &error.said(kind(error.status))).string("request_id", id);
    body.finish()
}

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
