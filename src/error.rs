//! What a caller is told when there is no answer: what happened, where, and what to do next.

use std::ops::{Deref, DerefMut};

use crate::host::{Headers, Millis};
use crate::json::{Writer, filled};
use crate::text;

/// An error as the OpenAI API says it. A handle, as is a [`Failure`](crate::failure::Failure).
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError(Box<About>);

/// What is said of an error.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The HTTP status.
    pub status: u16,
    /// The broad kind, `type` in JSON.
    pub kind: String,
    /// The exact case.
    pub code: String,
    /// The field of the request that is meant.
    pub param: Option<String>,
    /// What happened, where, and what to do.
    pub message: String,
    /// What was attempted, in order: JSON text.
    pub attempts: Option<String>,
    /// Milliseconds after which to come again.
    pub retry_after: Option<Millis>,
    /// The methods that would be allowed.
    pub allow: Option<&'static str>,
}

impl ApiError {
    /// An error of that status and code.
    #[must_use]
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        let kind = match status {
            401 => "authentication_error",
            429 => "rate_limit_error",
            400..=499 => "invalid_request_error",
            503 => "service_unavailable_error",
            _ => "server_error",
        };
        Self(Box::new(About {
            status,
            kind: kind.into(),
            code: code.into(),
            param: None,
            message: message.into(),
            attempts: None,
            retry_after: None,
            allow: None,
        }))
    }

    /// The same, with more to say when nothing is configured.
    #[must_use]
    pub(crate) fn and(mut self, more: &str) -> Self {
        if self.code == "not_configured" {
            self.message.push_str(more);
        }
        self
    }

    /// 400: the body is not what it must be.
    #[must_use]
    pub fn invalid_request(param: Option<&str>, message: String) -> Self {
        let mut error = Self::new(400, "invalid_request", message);
        error.param = param.map(str::to_owned);
        error
    }

    /// 413: the body is larger than `limits.request_bytes`.
    #[must_use]
    pub fn request_too_large(limit: usize) -> Self {
        let message = format!(
            "The request body is larger than {limit} bytes. Send less, or raise `limits.request_bytes` in the configuration."
        );
        Self::new(413, "request_too_large", message)
    }

    /// 401: no caller key, or an unknown one.
    #[must_use]
    pub fn invalid_api_key(present: bool) -> Self {
        let what = if present {
            "The API key is not one of this gateway's"
        } else {
            "There is no API key in the request"
        };
        let message =
            format!("{what}: send one of STEADFAST_KEYS as `authorization: Bearer <key>` or as `x-api-key`.");
        Self::new(401, "invalid_api_key", message)
    }

    /// 404: no such path.
    #[must_use]
    pub fn not_found(path: &str) -> Self {
        let path = text::shortened(path, 100);
        let message = format!(
            "There is nothing at {path}: POST /v1/chat/completions, /v1/responses, /v1/messages, \
             /v1/messages/count_tokens and /v1/embeddings, GET /v1/models, /status and /healthz are here."
        );
        Self::new(404, "not_found", message)
    }

    /// 405: the path is right, the method is not.
    #[must_use]
    pub fn method_not_allowed(method: &str, path: &str, allow: &'static str) -> Self {
        let method = text::shortened(method, 20);
        let message = format!("{path} does not take {method}: use {allow}.");
        let mut error = Self::new(405, "method_not_allowed", message);
        error.allow = Some(allow);
        error
    }

    /// Whether the SDKs' own retries could help: what `x-should-retry` says.
    #[must_use]
    pub fn should_retry(&self) -> bool {
        self.status == 429 && self.retry_after.is_some_and(|wait| wait <= LONGEST_SDK_WAIT)
    }

    /// The headers that go with it.
    #[must_use]
    pub fn headers(&self) -> Headers {
        let mut headers = Headers::json();
        headers.push("x-should-retry", if self.should_retry() { "true" } else { "false" });
        if let Some(wait) = self.retry_after {
            headers.push("retry-after", &wait.div_ceil(1000).to_string());
        }
        if let Some(allow) = self.allow {
            headers.push("allow", allow);
        }
        headers
    }

    /// The body: `{"error": {"message", "type", "param", "code", "attempts"?}}`.
    #[must_use]
    pub fn body(&self) -> String {
        filled(r#"{"error":$}"#, &[&self.said(&self.kind)])
    }

    /// What stands in it, under another `type` in another language.
    pub(crate) fn said(&self, kind: &str) -> String {
        let mut said = Writer::object();
        said.string("message", &self.message).string("type", kind);
        match &self.param {
            Some(param) => said.string("param", param),
            None => said.member("param", "null"),
        };
        said.string("code", &self.code).maybe("attempts", self.attempts.as_deref());
        said.finish()
    }
}

impl Deref for ApiError {
    type Target = About;

    fn deref(&self) -> &About {
        &self.0
    }
}

impl DerefMut for ApiError {
    fn deref_mut(&mut self) -> &mut About {
        &mut self.0
    }
}

/// The SDKs wait no longer than that (openai-python and -node, `_base_client`).
const LONGEST_SDK_WAIT: Millis = 60_000;
