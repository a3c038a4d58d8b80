//! What a refusal means.
//!
//! Google says it like this: `{"error": {"code": 429, "message": …, "status": "RESOURCE_EXHAUSTED", "details": […]}}`,
//! in a list where a stream was asked for. How long to wait stands in the details (`RetryInfo`), and so does which
//! quota it was (`QuotaFailure`). Source: "Troubleshooting" and "Rate limits" at ai.google.dev; recorded refusals.

use crate::class::Class;
use crate::dialect::openai;
use crate::failure::Failure;
use crate::host::{Headers, Millis};
use crate::json::{self, Object, text};
use crate::search;
use crate::text::legible;

use super::items;

/// The class of a refusal (status not 2xx), and how long to wait.
#[must_use]
pub fn read(status: u16, headers: &Headers, body: &[u8], unix_now: Millis) -> Failure {
    refined(openai::error::read(status, headers, body, unix_now), body)
}

/// An error object that stands where an answer should.
#[must_use]
pub fn inside_success(json: &str) -> Failure {
    refined(openai::error::inside_success(json), json.as_bytes())
}

/// An error that is no event, if that is what is left of a stream: `{"error": …}`, or a list of it.
#[must_use]
pub fn bare(rest: &[u8]) -> Option<Failure> {
    said(rest)?.value("error").filter(|error| error.starts_with('{')).map(inside_success)
}

/// The class by what Google alone says in that way.
fn refined(mut failure: Failure, body: &[u8]) -> Failure {
    let said = legible(body).to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| search::contains(&said, words));
    let is_out = says(&["depleted", "spend", "insufficient_quota"]);
    let is_daily = says(&["perday"]);
    let is_spent = is_out || is_daily;
    let mut days = said.split('"').filter(|word| search::contains(word, "perday"));
    let is_of_model = is_daily && days.all(|day| search::contains(day, "permodel")) && !is_out;
    let class = match failure.class {
        // What is left of the day for its other models is another matter. The wait that is stated is of the minute.
        Class::Quota if is_of_model => {
            failure.retry_after = failure.retry_after.max(Some(A_WHILE));
            Class::RateLimit
        }
        // That is said of a quota by the minute too.
        Class::Quota if says(&["exceeded your current quota"]) && !is_spent => Class::RateLimit,
        Class::RateLimit if says(&["credits are depleted", "spending cap"]) => Class::Quota,
        Class::InvalidRequest if says(&["please enable billing"]) => Class::Quota,
        class => class,
    };
    failure.code = word(body).or(failure.code.take());
    failure.of_class(class)
}

/// Sooner nobody looks whether a model may be asked again today.
const A_WHILE: Millis = 5 * 60 * 1_000;

/// Google's own word for it: `RESOURCE_EXHAUSTED`.
fn word(body: &[u8]) -> Option<String> {
    let said = said(body)?;
    text(said.object("error").unwrap_or(said).value("status")?)
}

/// The object that a refusal is, or the first of a list.
fn said(body: &[u8]) -> Option<Object<'_>> {
    let body = std::str::from_utf8(body).ok()?.trim();
    json::object(if body.starts_with('[') { items(body).first()? } else { body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: u16, error: &str) -> Class {
        let failure = read(status, &Headers::default(), format!(r#"{{"error":{error}}}"#).as_bytes(), 0);
        // A stream's refusal is the same in a list.
        let listed = read(status, &Headers::default(), format!(r#"[{{"error":{error}}}]"#).as_bytes(), 0);
        assert_eq!((failure.class, &failure.code), (listed.class, &listed.code));
        failure.class
    }

    #[test]
    fn a_refusal_has_the_class_that_the_vendors_page_gives_it() {
        for (status, word, message, meant) in [
            (400, "INVALID_ARGUMENT", "Please use a valid role: user, model.", Class::InvalidRequest),
            (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", Class::Auth),
            (400, "FAILED_PRECONDITION", "User location is not supported for the API use.", Class::NotFound),
            (
                400,
                "FAILED_PRECONDITION",
                "Gemini API free tier is not available in your country. Please enable billing on your project.",
                Class::Quota,
            ),
            (
                400,
                "INVALID_ARGUMENT",
                "The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).",
                Class::ContextLength,
            ),
            (
                400,
                "INVALID_ARGUMENT",
                "Unable to submit request because the input token count is 1250074 but model only supports up to 1048576.",
                Class::ContextLength,
            ),
            (402, "FAILED_PRECONDITION", "Your prepayment is used up.", Class::Quota),
            (403, "PERMISSION_DENIED", "Your API key was reported as leaked.", Class::Auth),
            (404, "NOT_FOUND", "models/x is not found for API version v1beta.", Class::NotFound),
            (429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later.", Class::RateLimit),
            (
                429,
                "RESOURCE_EXHAUSTED",
                "You exceeded your current quota, please check your plan and billing details.",
                Class::RateLimit,
            ),
            (429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.", Class::Quota),
            (499, "CANCELLED", "The operation was cancelled.", Class::Server),
            (500, "INTERNAL", "An internal error has occurred.", Class::Server),
            (503, "UNAVAILABLE", "The model is overloaded. Please try again later.", Class::Overloaded),
            (504, "DEADLINE_EXCEEDED", "Deadline expired.", Class::Server),
        ] {
            let error = format!(r#"{{"code":{status},"message":"{message}","status":"{word}"}}"#);
            assert_eq!(class(status, &error), meant, "{error}");
        }
    }

    #[test]
    fn a_quota_of_the_day_is_spent_and_one_of_the_minute_comes_back() {
        let exhausted = |quota: &str| {
            format!(
                r#"{{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":[
                {{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{{"quotaId":"{quota}"}}]}},
                {{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}}]}}"#
            )
        };
        let minute = exhausted("GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
        assert_eq!(class(429, &minute), Class::RateLimit);
        assert_eq!(class(429, &exhausted("GenerateRequestsPerDayPerProject-FreeTier")), Class::Quota);
        let body = format!(r#"{{"error":{minute}}}"#);
        let failure = read(429, &Headers::default(), body.as_bytes(), 0);
        assert_eq!(failure.retry_after, Some(34_400));
        assert_eq!(failure.code.as_deref(), Some("RESOURCE_EXHAUSTED"));
    }

    #[test]
    fn a_models_quota_of_the_day_is_that_models_alone() {
        let days = r#""GenerateRequestsPerMinutePerProjectPerModel-FreeTier"},{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier""#;
        let body = format!(
            r#"{{"error":{{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. Please retry in 25.4s.","status":"RESOURCE_EXHAUSTED","details":[
            {{"violations":[{{"quotaId":{days}}}]}},{{"retryDelay":"25s"}}]}}}}"#
        );
        let failure = read(429, &Headers::default(), body.as_bytes(), 0);
        assert_eq!((failure.class, failure.retry_after), (Class::RateLimit, Some(A_WHILE)));
        let both = body.replace("PerMinutePerProjectPerModel", "PerDayPerProject");
        assert_eq!(read(429, &Headers::default(), both.as_bytes(), 0).class, Class::Quota);
    }

    #[test]
    fn what_is_left_of_a_stream_may_be_an_error() {
        let error = "{\n  \"error\": {\n    \"code\": 499,\n    \"message\": \"cancelled\",\n    \"status\": \"CANCELLED\"\n  }\n}";
        for rest in [error.to_owned(), format!("[{error}\n]"), format!("\n{error}\n")] {
            assert_eq!(bare(rest.as_bytes()).map(|failure| failure.class), Some(Class::Server), "{rest}");
        }
        for rest in ["", "{}", "[]", "data", r#"{"error":null}"#, "{\"error\":"] {
            assert!(bare(rest.as_bytes()).is_none(), "{rest}");
        }
        assert_eq!(inside_success(r#"{"message":"strange"}"#).class, Class::BadOutput);
    }
}
