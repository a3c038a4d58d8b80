//! What a refusal means: one class for every way in which OpenAI-shaped vendors say no.
//!
//! The status decides first; the body may refine it, because a lack of credit comes as 429, 402, 403
//! or 400, and a prompt that is too long as 400 or 403.

use crate::catalog::Quirks;
use crate::class::Class;
use crate::failure::Failure;
use crate::host::{Headers, Millis};
use crate::search;

use super::matter::{
    CLOSED, CONTEXT, FILTERED, NOTHING_SAID, OUT_OF_CREDIT, OVERLOADED, RATE_LIMITED, REFUSED_KEY, UNABLE,
    UNKNOWN_MODEL, WRONG_PLACE,
};
use super::refusal::{Said, stated_wait};

/// Reads a refusal.
#[must_use]
pub fn read(status: u16, headers: &Headers, body: &[u8], unix_now: Millis) -> Failure {
    let said = Said::read(body);
    let stated = stated_wait(headers, unix_now).or_else(|| said.wait());
    let retry_after = stated.or_else(|| said.until_full(unix_now));
    let class = match classify(status, &said, retry_after) {
        // A page is no word of the API's: of a proxy, or of whoever has the address now. One that is too large for
        // either is too large.
        Class::InvalidRequest | Class::Auth
            if !matches!(status, 401 | 413) && is_page(status, headers, body) =>
        {
            Class::BadOutput
        }
        class => class,
    };
    // That is no fault of the caller's, nor one for which the model has to rest.
    let is_unable = matches!(class, Class::InvalidRequest | Class::NotFound) && said.is_about(&UNABLE);
    let failure = said.into_failure(class, status, retry_after);
    if is_unable { failure.of_class(Class::InvalidRequest).falling_back(true) } else { failure }
}

fn is_page(status: u16, headers: &Headers, body: &[u8]) -> bool {
    let kind = headers.find("content-type").unwrap_or_default();
    search::contains(kind, "html")
        || match body.trim_ascii_start().first() {
            // Traefik says "404 page not found" of a service that is down.
            Some(first) => *first == b'<' || status == 404 && !matches!(first, b'{' | b'['),
            None => false,
        }
}

/// Reads a refusal of a vendor whose words are known to mean something else.
#[must_use]
pub fn read_from(quirks: &Quirks, status: u16, headers: &Headers, body: &[u8], unix_now: Millis) -> Failure {
    let failure = read(status, headers, body, unix_now);
    match failure.class {
        Class::Quota if status == 429 && quirks.quota_comes_back => failure.of_class(Class::RateLimit),
        _ => failure,
    }
}

/// Reads an error object that stands where an answer should: classified like the status it names.
#[must_use]
pub fn inside_success(json: &str) -> Failure {
    let said = Said::read(json.as_bytes());
    let named = said.named_status();
    let retry_after = said.wait();
    let class = named.map_or(Class::BadOutput, |status| classify(status, &said, retry_after));
    let mut failure = said.into_failure(class, named.unwrap_or(200), retry_after);
    failure.message = format!("an error inside a success: {}", failure.message);
    failure
}

fn classify(status: u16, said: &Said, retry_after: Option<Millis>) -> Class {
    // Some say "quota" of a limit by the minute too; then they say how soon to come again.
    let comes_back = status == 429 && retry_after.is_some_and(|wait| wait <= SOON) && !said.is_daily();
    let refined = match status {
        400..=499 if said.is_about(&OUT_OF_CREDIT) && !comes_back || said.is_daily() => Some(Class::Quota),
        400..=499 if said.is_about(&CONTEXT) => Some(Class::ContextLength),
        400..=499 if said.is_about(&FILTERED) => Some(Class::ContentFilter),
        _ => None,
    };
    match status {
        300..=399 => Class::BadOutput,
        402 | 412 => Class::Quota,
        429 => match refined {
            Some(Class::Quota) => Class::Quota,
            _ if said.is_about(&OVERLOADED) => Class::Overloaded,
            _ if said.is_about(&REFUSED_KEY) => Class::Auth,
            _ if said.is_about(&WRONG_PLACE) => Class::NotFound,
            _ => Class::RateLimit,
        },
        408 | 409 | 425 | 499 => Class::Server,
        498 | 503 | 529 => Class::Overloaded,
        500..=599 if said.is_about(&OVERLOADED) => Class::Overloaded,
        500..=599 => Class::Server,
        401 | 434 => refined.filter(|class| *class == Class::Quota).unwrap_or(Class::Auth),
        403 => match refined {
            Some(class) => class,
            None if said.is_about(&WRONG_PLACE) => Class::NotFound,
            None => Class::Auth,
        },
        413 if said.is_about(&RATE_LIMITED) => Class::RateLimit,
        404 => match refined {
            Some(class) => class,
            None if said.is_about(&UNKNOWN_MODEL) => Class::NotFound,
            None => Class::InvalidRequest,
        },
        400..=499 => match refined {
            Some(class) => class,
            None if said.is_about(&REFUSED_KEY) => Class::Auth,
            None if said.is_about(&WRONG_PLACE) => Class::NotFound,
            None if said.is_about(&CLOSED) => Class::NotFound,
            None if said.blames_the_model() => Class::BadOutput,
            None if said.is_about(&NOTHING_SAID) => Class::Empty,
            None if matches!(status, 400 | 405 | 413 | 415 | 422) => Class::InvalidRequest,
            None if matches!(status, 410 | 451) => Class::NotFound,
            // Not of our request but of its way there: a proxy's, a load balancer's.
            None => Class::Server,
        },
        _ => Class::BadOutput,
    }
}

/// Credit does not come back within that time by itself.
const SOON: Millis = 60 * 60 * 1_000;

#[cfg(test)]
mod tests {
    use super::super::refusal::LONGEST_WAIT;
    use super::*;

    fn class(status: u16, body: &str) -> Class {
        read(status, &Headers::default(), body.as_bytes(), 0).class
    }

    #[test]
    fn a_status_decides_where_the_body_says_nothing() {
        for (status, meant) in [
            (301, Class::BadOutput),
            (400, Class::InvalidRequest),
            (401, Class::Auth),
            (402, Class::Quota),
            (403, Class::Auth),
            (404, Class::InvalidRequest),
            (405, Class::InvalidRequest),
            (407, Class::Server),
            (408, Class::Server),
            (410, Class::NotFound),
            (413, Class::InvalidRequest),
            (415, Class::InvalidRequest),
            (421, Class::Server),
            (422, Class::InvalidRequest),
            (431, Class::Server),
            (451, Class::NotFound),
            (495, Class::Server),
            (429, Class::RateLimit),
            (498, Class::Overloaded),
            (500, Class::Server),
            (503, Class::Overloaded),
            (504, Class::Server),
            (520, Class::Server),
            (529, Class::Overloaded),
        ] {
            assert_eq!(class(status, ""), meant, "{status}");
        }
    }

    #[test]
    fn what_a_model_cannot_do_may_be_asked_of_another_and_has_nobody_rest() {
        for (status, message) in [
            (404, "No endpoints found that support tool use. Try disabling x."),
            (404, "No endpoints found that support image input"),
            (400, "registry.ollama.ai/library/gemma3:4b does not support tools"),
            (
                400,
                r#"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set"#,
            ),
            (400, "x is not a multimodal model"),
            (400, "Model does not support images. Please use a model that does."),
            (400, "Hosted tool 'computer_use_preview' is not supported with -."),
        ] {
            let body = format!(r#"{{"error":{{"message":"{message}"}}}}"#);
            let failure = read(status, &Headers::default(), body.as_bytes(), 0);
            assert_eq!((failure.class, failure.falls_back), (Class::InvalidRequest, true), "{message}");
        }
        let quoted = r#"{"detail":"Invalid: 'x does not support tools'"}"#;
        assert!(!read(400, &Headers::default(), quoted.as_bytes(), 0).falls_back, "the caller's words");
    }

    #[test]
    fn a_page_is_not_the_callers_fault() {
        let page = "\n<!DOCTYPE html><title>400 Bad Request</title>";
        for (status, meant) in [
            (400, Class::BadOutput),
            (404, Class::BadOutput),
            (413, Class::InvalidRequest),
            (401, Class::Auth),
        ] {
            assert_eq!(class(status, page), meant, "{status}");
            let headers = Headers::from_iter([("content-type", "text/html; charset=utf-8")]);
            assert_eq!(read(status, &headers, b"Bad Request", 0).class, meant, "{status}");
        }
        assert_eq!(
            class(404, "404 page not found\n"),
            Class::BadOutput,
            "Traefik's, of a service that is down"
        );
        assert_eq!(class(404, "model 'x' not found"), Class::NotFound);
        assert_eq!(class(422, "Failed to deserialize the JSON body"), Class::InvalidRequest, "axum's");
    }

    #[test]
    fn a_body_refines_the_status() {
        for (status, body, meant) in [
            (
                429,
                r#"{"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                Class::Quota,
            ),
            (429, r#"{"error":{"code":"1113","message":"in arrears"}}"#, Class::Quota),
            (429, r#"{"error":{"code":"1302","message":"concurrency"}}"#, Class::RateLimit),
            (429, r#"{"error":{"code":"1112","message":"locked"}}"#, Class::Auth),
            (434, r#"{"error":{"code":"1220","message":"no leave"}}"#, Class::Auth),
            (400, r#"{"error":{"code":"1301","message":"sensitive"}}"#, Class::ContentFilter),
            (
                429,
                r#"{"error":{"code":"SetLimitExceeded","message":"x","type":"TooManyRequests"}}"#,
                Class::Quota,
            ),
            (
                429,
                r#"{"error":{"code":"RateLimitExceeded.EndpointTPMExceeded","message":"x","type":"TooManyRequests"}}"#,
                Class::RateLimit,
            ),
            (
                400,
                r#"{"error":{"code":"InvalidEndpoint.ClosedEndpoint","message":"x","type":"BadRequest"}}"#,
                Class::NotFound,
            ),
            (404, r#"{"error":{"code":"ModelNotOpen","message":"x","type":"NotFound"}}"#, Class::NotFound),
            (429, r#"{"error":{"code":"ServerOverloaded","message":"x"}}"#, Class::Overloaded),
            (
                503,
                r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
                Class::Overloaded,
            ),
            (400, r#"{"errors":[{"code":5007,"message":"x"}],"success":false}"#, Class::NotFound),
            (
                403,
                r#"{"error":{"code":403,"message":"Input was flagged for violence","metadata":{"reasons":["violence"]}}}"#,
                Class::ContentFilter,
            ),
            (
                422,
                r#"{"object":"error","message":{"detail":[{"loc":["body"]}]},"type":"invalid_request_error"}"#,
                Class::InvalidRequest,
            ),
            (412, r#"{"error":"account suspended"}"#, Class::Quota),
            (403, r#"{"error":{"code":"AccountOverdueError","message":"overdue"}}"#, Class::Quota),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}"#,
                Class::Quota,
            ),
            (402, r#"{"error":{"code":402,"message":"more credits"}}"#, Class::Quota),
            (429, r#"{"errors":[{"code":3036,"message":"daily allocation"}],"success":false}"#, Class::Quota),
            (400, r#"{"error":{"code":"context_length_exceeded","message":"x"}}"#, Class::ContextLength),
            (
                400,
                r#"{"error":{"message":"This model's maximum context length is 1 token. However, you requested 2"}}"#,
                Class::ContextLength,
            ),
            (
                400,
                r#"{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
                Class::ContentFilter,
            ),
            (400, r#"{"error":{"code":"data_inspection_failed","message":"x"}}"#, Class::ContentFilter),
            (
                400,
                r#"{"error":{"code":"InputTextSensitiveContentDetected","message":"x"}}"#,
                Class::ContentFilter,
            ),
            (
                404,
                r#"{"error":{"code":"model_not_found","message":"The model `x` does not exist"}}"#,
                Class::NotFound,
            ),
            (
                400,
                r#"{"error":{"message":"Model Not Exist","type":"invalid_request_error"}}"#,
                Class::NotFound,
            ),
            (
                400,
                r#"{"object":"error","type":"invalid_model","code":"1500","message":"Invalid model: x"}"#,
                Class::NotFound,
            ),
            (400, r#"{"code":"invalid-argument","error":"Incorrect API key provided"}"#, Class::Auth),
            (
                400,
                r#"[{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]"#,
                Class::Auth,
            ),
            (401, r#"{"detail":"Invalid API Key"}"#, Class::Auth),
            (
                400,
                r#"{"error":{"message":"Invalid value: 'insufficient balance'. Supported values are: 'auto'."}}"#,
                Class::InvalidRequest,
            ),
            (
                403,
                r#"{"error":{"code":"model_not_found","message":"Project does not have access"}}"#,
                Class::NotFound,
            ),
            (422, r#"{"detail":[{"loc":["body"],"msg":"x"}]}"#, Class::InvalidRequest),
            (
                413,
                r#"{"error":{"code":"rate_limit_exceeded","message":"tokens per minute"}}"#,
                Class::RateLimit,
            ),
            (429, r#"{"errors":[{"code":3040,"message":"out of capacity"}]}"#, Class::Overloaded),
        ] {
            assert_eq!(class(status, body), meant, "{status} {body}");
        }
    }

    /// Each as it is on record or on the vendor's page.
    #[test]
    fn what_groq_moonshot_qwen_doubao_xai_and_zhipu_say_is_read_for_what_it_is() {
        let zhipu = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"x"}}}}"#);
        for (status, code, meant) in [
            (429, "1305", Class::Overloaded),
            (429, "1308", Class::Quota),
            (429, "1309", Class::Quota),
            (429, "1310", Class::Quota),
            (429, "1311", Class::NotFound),
            (429, "1315", Class::Auth),
            (429, "1316", Class::Quota),
            (400, "1221", Class::NotFound),
            (400, "1210", Class::InvalidRequest),
        ] {
            assert_eq!(class(status, &zhipu(code)), meant, "{code}");
        }
        let qwen = "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 983616]";
        for (status, code, message, meant) in [
            (400, "invalid_parameter_error", qwen, Class::ContextLength),
            (
                400,
                "",
                "Invalid request: Your request exceeded model token limit: 262144 (requested: 269030)",
                Class::ContextLength,
            ),
            (
                400,
                "InvalidParameter",
                "Total tokens of image and text exceed max message tokens.",
                Class::ContextLength,
            ),
            (
                400,
                "DataInspectionFailed",
                "Input data may contain inappropriate content.",
                Class::ContentFilter,
            ),
            (
                400,
                "",
                "<400> InternalError.Algo.DataInspectionFailed: Input text data may contain inappropriate content.",
                Class::ContentFilter,
            ),
            (403, "AllocationQuota.FreeTierOnly", "The free quota has been exhausted.", Class::NotFound),
            (
                403,
                "access_denied",
                "Access to model denied. Please make sure you are eligible for using the model.",
                Class::NotFound,
            ),
            (400, "model_decommissioned", "The model `x` has been decommissioned.", Class::NotFound),
            (400, "organization_restricted", "Organization has been restricted.", Class::Auth),
            (400, "", "This organization has been disabled.", Class::Auth),
            (429, "", "Your team has either used all available credits or reached its limit.", Class::Quota),
            (
                400,
                "invalid_parameter_error",
                "Range of max_tokens should be [1, 8192]",
                Class::InvalidRequest,
            ),
        ] {
            let body = format!(r#"{{"error":{{"code":"{code}","message":"{message}","param":null}}}}"#);
            assert_eq!(class(status, &body), meant, "{message}");
        }
        let xai = r#"{"code":"invalid-argument","error":"This model's maximum prompt length is 131072 but the request contains 136973 tokens."}"#;
        assert_eq!(class(400, xai), Class::ContextLength);
    }

    /// As FastAPI refuses: with all that it was sent in `input`, a conversation about such an error too.
    #[test]
    fn what_the_caller_quotes_in_what_a_vendor_quotes_is_not_the_vendors_word() {
        let said = r#"{"detail":[{"type":"extra_forbidden","loc":["body","x"],"msg":"Extra inputs are not permitted","input":"The log: \"a/b is not a valid model ID\", \"incorrect api key\"."}]}"#;
        assert_eq!(class(422, said), Class::InvalidRequest);
        for code in
            ["invalid_api_key", "model_not_found", "insufficient_quota", "failed_generation", "perday"]
        {
            let said = format!(
                r#"{{"object":"error","message":{{"detail":[{{"type":"missing","loc":["body",0],"msg":"Field required","input":{{"role":"user","content":"{code}"}}}}]}}}}"#
            );
            assert_eq!(class(422, &said), Class::InvalidRequest, "{code}");
        }
        let said = r#"{"error":"Invalid value: 'it\\'s \\'no such model\\' here'"}"#;
        assert_eq!(class(400, said), Class::InvalidRequest);
    }

    #[test]
    fn what_vendors_say_without_a_code_of_its_own_is_read_for_what_it_is() {
        for (status, message, meant) in [
            // DeepSeek, OpenRouter, Hugging Face
            (400, "The supported API model names are a-pro or a-flash, but you passed b.", Class::NotFound),
            (400, "a/b is not a valid model ID", Class::NotFound),
            (
                400,
                "The requested model 'a/b' is not supported by any provider you have enabled.",
                Class::NotFound,
            ),
            // xAI, OpenRouter
            (403, "Your newly created team doesn't have any credits or licenses yet.", Class::Quota),
            (403, "Key limit exceeded (total limit). Manage it using https://a.example/keys", Class::Quota),
            // DeepSeek, OpenAI
            (400, "Content Exists Risk", Class::ContentFilter),
            (
                400,
                "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
                Class::ContentFilter,
            ),
        ] {
            let said = format!(
                r#"{{"error":{{"message":"{message}","type":"invalid_request_error","code":null}}}}"#
            );
            assert_eq!(class(status, &said), meant, "{status} {message}");
        }
    }

    #[test]
    fn an_error_inside_a_success_is_classed_like_the_status_it_names() {
        for (json, meant) in [
            (r#"{"code":503,"message":"x"}"#, Class::Overloaded),
            (r#"{"code":"502","message":"x"}"#, Class::Server),
            (r#"{"type":"overloaded_error","message":"Overloaded"}"#, Class::Overloaded),
            (r#"{"message":"x","code":"rate_limit_exceeded"}"#, Class::RateLimit),
            (r#"{"message":"x","status_code":400,"code":"bad"}"#, Class::InvalidRequest),
            (
                r#"{"message":"x","status_code":400,"code":"tool_use_failed","failed_generation":""}"#,
                Class::BadOutput,
            ),
            (r#""text alone""#, Class::BadOutput),
            (r#"{"message":"strange"}"#, Class::BadOutput),
        ] {
            assert_eq!(inside_success(json).class, meant, "{json}");
        }
    }

    #[test]
    fn only_what_is_said_of_the_error_counts_however_deep_it_stands() {
        let echoed = r#"{"error":{"message":"bad temperature"},"request":{"messages":[{"content":"costPerDay \"insufficient_quota\""}]}}"#;
        assert_eq!(class(400, echoed), Class::InvalidRequest, "a prompt beside the error is nobody's word");
        let folded = r#"{"error":"{\"type\":\"insufficient_quota\",\"message\":\"x\"}"}"#;
        assert_eq!(class(429, folded), Class::Quota, "an error that is written as a text");
    }

    #[test]
    fn a_quota_by_the_minute_is_a_rate_limit_and_one_by_the_day_is_not() {
        let google = |quota: &str| {
            format!(
                r#"{{"error":{{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.",
                "status":"RESOURCE_EXHAUSTED","details":[{{"violations":[{{"quotaId":"{quota}"}}]}},{{"retryDelay":"2s"}}]}}}}"#
            )
        };
        assert_eq!(class(429, &google("GenerateRequestsPerMinutePerProject")), Class::RateLimit);
        assert_eq!(class(429, &google("GenerateRequestsPerDayPerProject")), Class::Quota);
    }

    #[test]
    fn a_quota_that_comes_back_within_a_minute_is_a_rate_limit() {
        let body = br#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#;
        let said_by = |quirks: &Quirks, status| read_from(quirks, status, &Headers::default(), body, 0).class;
        let qwen = Quirks { quota_comes_back: true, ..Quirks::STANDARD };
        assert_eq!(said_by(&Quirks::STANDARD, 429), Class::Quota);
        assert_eq!(said_by(&qwen, 429), Class::RateLimit);
        assert_eq!(said_by(&qwen, 403), Class::Quota);
    }

    #[test]
    fn the_stated_wait_is_found_wherever_it_stands() {
        let wait = |headers: &[(&'static str, &str)], body: &str| {
            let headers = headers.iter().copied().collect();
            read(429, &headers, body.as_bytes(), 784_111_777_000).retry_after
        };
        assert_eq!(wait(&[("retry-after", "2")], ""), Some(2_000));
        assert_eq!(wait(&[("retry-after", "0.25")], ""), Some(250));
        assert_eq!(wait(&[("retry-after-ms", "70"), ("retry-after", "9")], ""), Some(70));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")], ""), Some(3_000));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")], ""), Some(0));
        assert_eq!(
            wait(&[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "6m0s")], ""),
            Some(360_000)
        );
        assert_eq!(
            wait(&[("x-ratelimit-remaining-tokens", "5"), ("x-ratelimit-reset-tokens", "6m0s")], ""),
            None
        );
        assert_eq!(wait(&[], r#"{"error":{"message":"Please try again in 1.5s. Thanks"}}"#), Some(1_500));
        assert_eq!(wait(&[], r#"{"error":{"details":[{"retryDelay":"34.4s"}]}}"#), Some(34_400));
        // On record of OpenRouter, of a limit by the minute; by the wall clock.
        let full = |at: &str| {
            format!(
                r#"{{"error":{{"message":"Rate limit exceeded: limit_rpm/qwen/qwen3-coder. High demand for qwen/qwen3-coder:free on OpenRouter - limited to 8 requests per minute. Please retry shortly.","code":429,"metadata":{{"headers":{{"X-RateLimit-Limit":"8","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"{at}"}},"provider_name":null}}}}}}"#
            )
        };
        assert_eq!(wait(&[], &full("784111800000")), Some(23_000));
        assert_eq!(wait(&[("retry-after", "9")], &full("784111800000")), Some(9_000));
        for seconds_or_past in ["784111800", "784111776000", "soon"] {
            assert_eq!(wait(&[], &full(seconds_or_past)), None, "{seconds_or_past}");
        }
        for nonsense in ["soon", "-1", "NaN", "inf", ""] {
            assert_eq!(wait(&[("retry-after", nonsense)], ""), None, "{nonsense}");
        }
        assert_eq!(wait(&[("retry-after", "1e300")], ""), Some(LONGEST_WAIT));
    }
}
