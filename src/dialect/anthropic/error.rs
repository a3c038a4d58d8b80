//! What a refusal means.
//!
//! Anthropic's words are among those of the others; what is its own is the reset of a limit as a date, a spending
//! limit that is said like a rate limit, and a body that its front door finds too large.

use crate::class::Class;
use crate::dialect::openai::refusal::{LONGEST_WAIT, full_again};
use crate::dialect::refused::Refused;
use crate::dialect::{date, openai};
use crate::failure::Failure;
use crate::host::{Headers, Millis};
use crate::search;

/// The class of a refusal (status not 2xx), and how long to wait.
#[must_use]
pub fn read(status: u16, headers: &Headers, body: &[u8], unix_now: Millis) -> Failure {
    let mut failure = openai::error::read(status, headers, body, unix_now);
    if status == 413 {
        // Said by Cloudflare, as a page.
        failure.message = "the request is larger than Anthropic takes (32 MB)".into();
    }
    if failure.class == Class::RateLimit {
        failure.retry_after = failure.retry_after.or_else(|| reset(headers, unix_now));
    }
    failure
}

/// Reads an error object that stands where an answer should.
#[must_use]
pub fn inside_success(json: &str) -> Failure {
    openai::error::inside_success(json)
}

/// What was refused that the request could do without. The thoughts of a conversation are bound to what was said before
/// them, and to the account, and what a gateway has carried on or asked elsewhere is not quite that; without them all is
/// well (Anthropic's page on preserved thinking). Betas are had by some accounts, models and clouds.
#[must_use]
pub fn refused(failure: &Failure) -> Option<Refused> {
    let said = |words: &[&str]| words.iter().any(|words| search::contains(&failure.message, words));
    if said(&["`signature` in `thinking`", "`redacted_thinking` blocks in the latest"]) {
        Some(Refused::Thoughts)
    } else if said(&["`anthropic-beta`", "long context beta", "beta flag"]) {
        Some(Refused::Betas)
    } else {
        None
    }
}

/// When whatever limit has nothing left is full again.
fn reset(headers: &Headers, unix_now: Millis) -> Option<Millis> {
    let names = ("anthropic-ratelimit-$-remaining", "anthropic-ratelimit-$-reset");
    let at = full_again(headers, &LIMITS, names, &date::rfc3339)?;
    Some(at.saturating_sub(unix_now).min(LONGEST_WAIT))
}

const LIMITS: [&str; 4] = ["requests", "tokens", "input-tokens", "output-tokens"];

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, kind: &str, message: &str) -> Failure {
        let body = format!(
            r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}},"request_id":"req_1"}}"#
        );
        read(status, &Headers::default(), body.as_bytes(), 0)
    }

    #[test]
    fn every_refusal_has_its_class() {
        for (status, kind, message, class) in [
            (400, "invalid_request_error", "temperature: range: 0..1", Class::InvalidRequest),
            (
                400,
                "invalid_request_error",
                "Your credit balance is too low to access the Anthropic API.",
                Class::Quota,
            ),
            (400, "invalid_request_error", "You have reached your specified API usage limits.", Class::Quota),
            (
                400,
                "invalid_request_error",
                "prompt is too long: 210000 tokens > 200000 maximum",
                Class::ContextLength,
            ),
            (
                400,
                "invalid_request_error",
                "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
                Class::ContextLength,
            ),
            (401, "authentication_error", "invalid x-api-key", Class::Auth),
            (402, "billing_error", "There is an issue with your billing.", Class::Quota),
            (403, "permission_error", "Your API key does not have permission.", Class::Auth),
            (404, "not_found_error", "model: claude-none", Class::NotFound),
            (409, "conflict_error", "Conflict", Class::Server),
            (429, "rate_limit_error", "Number of requests has exceeded your rate limit.", Class::RateLimit),
            (500, "api_error", "Internal server error", Class::Server),
            (504, "timeout_error", "Timed out", Class::Server),
            (529, "overloaded_error", "Overloaded", Class::Overloaded),
        ] {
            assert_eq!(refusal(status, kind, message).class, class, "{status} {message}");
        }
    }

    #[test]
    fn a_spending_limit_is_no_rate_limit() {
        let body = br#"{"type":"error","error":{"type":"rate_limit_error","message":"Limit reached.","details":{"error_code":"enforced_spend_limit_reached"}}}"#;
        let failure = read(429, &Headers::default(), body, 0);
        assert_eq!((failure.class, failure.retry_after), (Class::Quota, None));
    }

    #[test]
    fn a_request_too_large_is_said_in_words_and_not_in_html() {
        let failure = read(413, &Headers::default(), b"<html><h1>413</h1></html>", 0);
        assert_eq!(failure.class, Class::InvalidRequest);
        assert_eq!(failure.message, "the request is larger than Anthropic takes (32 MB)");
    }

    #[test]
    fn the_wait_is_stated_in_seconds_or_as_the_reset_of_what_is_used_up() {
        let now = date::rfc3339("2026-11-22T19:28:10Z").unwrap();
        let wait = |headers: &[(&'static str, &str)]| {
            let headers = headers.iter().copied().collect();
            read(429, &headers, b"{}", now).retry_after
        };
        let used_up = ("anthropic-ratelimit-input-tokens-remaining", "0");
        let reset = ("anthropic-ratelimit-input-tokens-reset", "2026-11-22T19:28:52Z");
        assert_eq!(wait(&[("retry-after", "36"), used_up, reset]), Some(36_000));
        assert_eq!(wait(&[used_up, reset]), Some(42_000));
        assert_eq!(wait(&[("anthropic-ratelimit-input-tokens-remaining", "7"), reset]), None);
        assert_eq!(wait(&[used_up, ("anthropic-ratelimit-input-tokens-reset", "soon")]), None);
        assert_eq!(
            wait(&[used_up, ("anthropic-ratelimit-input-tokens-reset", "2026-11-22T19:00:00Z")]),
            Some(0)
        );
    }

    #[test]
    fn a_late_error_is_classed_like_the_status_it_names() {
        for (kind, class) in [
            ("overloaded_error", Class::Overloaded),
            ("api_error", Class::Server),
            ("timeout_error", Class::Server),
            ("rate_limit_error", Class::RateLimit),
            ("billing_error", Class::Quota),
            ("request_too_large", Class::InvalidRequest),
        ] {
            let failure = inside_success(&format!(r#"{{"type":"{kind}","message":"x"}}"#));
            assert_eq!(failure.class, class, "{kind}");
        }
    }
}
