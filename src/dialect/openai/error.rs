//! What a refusal means: one class for every way in which OpenAI-shaped vendors say no.
//!
//! The status decides first; the body may refine it, because a lack of credit comes as 429, 402, 403
//! or 400, and a prompt that is too long as 400 or 403. Sources: the vendors' pages on error codes, as
//! listed in `docs/providers.md`; LiteLLM's exception mapping for the texts about context windows.

use crate::catalog::Quirks;
use crate::class::Class;
use crate::dialect::date;
use crate::failure::Failure;
use crate::host::{Headers, Millis};
use crate::json::{self, Value};
use crate::search;

/// Reads a refusal.
#[must_use]
pub fn read(status: u16, headers: &Headers, body: &[u8], unix_now: Millis) -> Failure {
    let said = Said::read(body);
    let retry_after = stated_wait(headers, unix_now).or_else(|| said.wait());
    let class = classify(status, &said, retry_after);
    said.into_failure(class, status, retry_after)
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
    let refined = if said.is_about(&OUT_OF_CREDIT) && !comes_back || said.is_daily() {
        Some(Class::Quota)
    } else if said.is_about(&CONTEXT) {
        Some(Class::ContextLength)
    } else if said.is_about(&FILTERED) {
        Some(Class::ContentFilter)
    } else {
        None
    };
    match status {
        300..=399 => Class::BadOutput,
        402 | 412 => Class::Quota,
        429 => match refined {
            Some(Class::Quota) => Class::Quota,
            _ if said.is_about(&OVERLOADED) => Class::Overloaded,
            _ if said.is_about(&REFUSED_KEY) => Class::Auth,
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
            None => Class::InvalidRequest,
        },
        _ => Class::BadOutput,
    }
}

/// Credit does not come back within that time by itself.
const SOON: Millis = 60 * 60 * 1_000;

/// Exact codes, and parts of texts, by which a matter is known.
struct Matter {
    codes: &'static [&'static str],
    texts: &'static [&'static str],
}

const OUT_OF_CREDIT: Matter = Matter {
    codes: &[
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "enforced_spend_limit_reached",
        "billing_error",
        "billing_hard_limit_reached",
        "accountoverdueerror",
        "quotaexceeded",
        "setlimitexceeded",
        "arrearage",
        "1113",
        "3036",
    ],
    texts: &[
        "credit balance is too low",
        "insufficient balance",
        "insufficient credit",
        "no credit",
        "out of credit",
        "exceeded your current quota",
        "billing details",
        "specified api usage limits",
    ],
};

const CONTEXT: Matter = Matter {
    codes: &[
        "context_length_exceeded",
        "exceed_context_size_error",
        "too_many_prompt_tokens",
        "too_many_tokens",
        "1261",
    ],
    texts: &[
        "maximum context length",
        "exceed context limit",
        "prompt is too long",
        "prompt too long",
        "is longer than the model's context length",
        "model's maximum context limit",
        "input tokens exceed the configured limit",
        "tokens +  must be", // `inputs` and `max_new_tokens` stand between
        "exceeds the available context size",
        "exceeds the maximum number of tokens allowed",
        "exceeds the context window",
        "exceeded max context length",
        "maximum input length is",
        "too many tokens",
        "total length of all messages is too long",
    ],
};

const FILTERED: Matter = Matter {
    codes: &[
        "content_filter",
        "content_policy_violation",
        "data_inspection_failed",
        "responsibleaipolicyviolation",
        "inputtextriskdetection",
        "1301",
    ],
    texts: &["sensitivecontentdetected", "rejected as a result of our safety system", "flagged for"],
};

const OVERLOADED: Matter = Matter {
    codes: &[
        "overloaded_error",
        "server_is_overloaded",
        "serveroverloaded",
        "capacity_exceeded",
        "3040",
        "unavailable",
    ],
    texts: &["overloaded", "at capacity"],
};

const RATE_LIMITED: Matter =
    Matter { codes: &["rate_limit_exceeded", "rate_limit_error", "slow_down"], texts: &["rate limit"] };

const REFUSED_KEY: Matter = Matter {
    // Zhipu's are about the key, about the account (locked ones too come with 429), and about leave.
    codes: &[
        "invalid_api_key",
        "api_key_invalid",
        "authentication_error",
        "1000",
        "1001",
        "1002",
        "1003",
        "1004",
        "1110",
        "1111",
        "1112",
        "1120",
        "1121",
        "1220",
    ],
    texts: &["incorrect api key", "api_key_invalid", "api key not valid"],
};

const UNKNOWN_MODEL: Matter = Matter {
    codes: &["model_not_found", "deploymentnotfound", "not_found_error", "modelnotopen", "1211"],
    texts: &["model", "deployment", "endpoint"],
};

const WRONG_PLACE: Matter = Matter {
    codes: &["model_not_found", "invalid_model", "1211", "5007"],
    texts: &[
        "model not exist",
        "model does not exist",
        "no such model",
        "user location is not supported",
        "not allowed to generate embeddings",
    ],
};

const CLOSED: Matter = Matter { codes: &["invalidendpoint.closedendpoint"], texts: &[] };

/// What a provider said, whichever way it said it.
#[derive(Debug, Default)]
struct Said {
    message: String,
    code: Option<String>,
    kind: Option<String>,
    param: Option<String>,
    /// Everything it said, in small letters, for looking codes up.
    all: String,
    /// Its own words, in small letters, without what it quotes: that may be the caller's.
    words: String,
    /// A status named in the body.
    status: Option<u16>,
    retry_delay: Option<String>,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        match Value::read(text.as_bytes()) {
            Ok(value) => Self::from_value(&value),
            Err(_) => Self::from_text(&text),
        }
    }

    fn from_text(text: &str) -> Self {
        let message: String = text.trim().to_owned();
        let all = message.to_ascii_lowercase();
        Self { words: unquoted(&all), all, message, ..Self::default() }
    }

    /// The shapes on record: `{"error": {…}}`, `{"error": "text"}`, `[{"error": …}]`, `{"errors": [{…}]}`,
    /// `{"detail": …}`, and the fields at the top level.
    fn from_value(value: &Value) -> Self {
        let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
        let error = value
            .get("error")
            .filter(|error| **error != Value::Null)
            .or_else(|| value.get("errors").and_then(|errors| errors.as_array()?.first()))
            .unwrap_or(value);
        if let Value::String(message) = error {
            let mut said = Self::from_text(message);
            said.code = text_of(value.get("code"));
            return said;
        }
        let message = text_of(error.get("message"))
            .or_else(|| text_of(error.get("detail")))
            .or_else(|| error.get("detail").map(Value::to_string))
            .unwrap_or_else(|| error.to_string());
        let details = error.get("details").and_then(Value::as_array).unwrap_or_default();
        let status = ["code", "status_code", "status", "raw_status_code"]
            .into_iter()
            .filter_map(|name| error.get(name)?.as_number()?.as_count())
            .find(|status| (400..600).contains(status));
        Self {
            words: unquoted(&message.to_ascii_lowercase()),
            message,
            code: text_of(error.get("code")).or_else(|| text_of(error.get("status"))),
            kind: text_of(error.get("type")),
            param: text_of(error.get("param")),
            all: error.to_string().to_ascii_lowercase(),
            status: status.and_then(|status| u16::try_from(status).ok()),
            retry_delay: details.iter().find_map(|detail| text_of(detail.get("retryDelay"))),
        }
    }

    fn is_about(&self, matter: &Matter) -> bool {
        let is_code = |said: &Option<String>| {
            said.as_deref()
                .is_some_and(|said| matter.codes.iter().any(|code| said.eq_ignore_ascii_case(code)))
        };
        let is_part = |said: &Option<String>, text: &str| {
            said.as_deref().is_some_and(|said| search::contains(said.to_ascii_lowercase(), text))
        };
        is_code(&self.code)
            || is_code(&self.kind)
            || matter.texts.iter().any(|text| search::contains(&self.words, text) || is_part(&self.code, text))
            // Finer codes stand deeper: Azure's `innererror`, Google's `details`, Anthropic's `error_code`.
            || matter.codes.iter().any(|code| code.len() > 6 && search::contains(&self.all, &format!("\"{code}\"")))
    }

    /// Groq says 400 of what its model wrote: no tool call where one was asked for, or one with the wrong arguments.
    fn blames_the_model(&self) -> bool {
        search::contains(&self.all, "\"failed_generation\"")
    }

    /// A limit by the day: Google names the quota in the details.
    fn is_daily(&self) -> bool {
        search::contains(&self.all, "perday")
    }

    /// The status that an error object names, by number or by word.
    fn named_status(&self) -> Option<u16> {
        let word = |said: &Option<String>| {
            Some(match said.as_deref()?.to_ascii_lowercase().as_str() {
                "overloaded_error" | "server_is_overloaded" | "unavailable" | "service_unavailable_error" => {
                    503
                }
                "rate_limit_error" | "rate_limit_exceeded" | "resource_exhausted" | "slow_down" => 429,
                "insufficient_quota" => 429,
                "authentication_error" | "invalid_api_key" | "unauthenticated" => 401,
                "permission_error" | "permission_denied" => 403,
                "not_found_error" | "model_not_found" | "not_found" => 404,
                "server_error" | "api_error" | "internal_error" | "internal" => 500,
                "timeout_error" | "deadline_exceeded" => 504,
                "billing_error" => 402,
                "request_too_large" => 413,
                "cancelled" => 499,
                "invalid_request_error"
                | "invalid_argument"
                | "context_length_exceeded"
                | "content_filter" => 400,
                _ => return None,
            })
        };
        let number =
            self.code.as_deref().and_then(|code| code.parse().ok()).filter(|code| (400..600).contains(code));
        self.status.or(number).or_else(|| word(&self.code)).or_else(|| word(&self.kind))
    }

    /// How long the body asks us to wait: Google's `RetryInfo`, or OpenAI's "try again in 1.5s".
    fn wait(&self) -> Option<Millis> {
        let delay = self.retry_delay.as_deref().and_then(duration);
        delay.or_else(|| {
            let (_, after) = search::split_once(&self.all, "try again in ")?;
            let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(after.len());
            duration(after.get(..end)?.trim_end_matches('.'))
        })
    }

    fn into_failure(self, class: Class, status: u16, retry_after: Option<Millis>) -> Failure {
        let message =
            if self.message.is_empty() { format!("status {status}, without a word") } else { self.message };
        let mut failure = Failure::new(class, message);
        failure.status = Some(status);
        failure.retry_after = retry_after;
        (failure.code, failure.kind, failure.param) = (self.code, self.kind, self.param);
        failure
    }
}

/// The text without what stands in quotation marks. An apostrophe within a word is none.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<char> = None;
    let mut before = ' ';
    for c in text.chars() {
        let is_mark =
            matches!(c, '"' | '`') || (c == '\'' && (open == Some('\'') || !before.is_alphanumeric()));
        match open {
            Some(mark) if c == mark => open = None,
            None if is_mark => open = Some(c),
            None => out.push(c),
            Some(_) => {}
        }
        before = c;
    }
    out
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The wait that the headers state: `retry-after-ms`, then `retry-after` in seconds or as a date (RFC
/// 9110, 10.2.3), then the reset of whatever limit has nothing left.
fn stated_wait(headers: &Headers, unix_now: Millis) -> Option<Millis> {
    let milliseconds = headers.find("retry-after-ms").and_then(|value| millis(value, 1.0));
    let after = || {
        let value = headers.find("retry-after")?.trim();
        millis(value, 1_000.0).or_else(|| Some(date::http(value)?.saturating_sub(unix_now)))
    };
    let reset = || {
        ["requests", "tokens"]
            .into_iter()
            .filter(|of| headers.find(&format!("x-ratelimit-remaining-{of}")) == Some("0"))
            .filter_map(|of| headers.find(&format!("x-ratelimit-reset-{of}")).and_then(duration))
            .max()
    };
    milliseconds.or_else(after).or_else(reset).map(|wait| wait.min(LONGEST_WAIT))
}

/// Nobody means more than a day.
const LONGEST_WAIT: Millis = 24 * 60 * 60 * 1_000;

fn millis(number: &str, unit: f64) -> Option<Millis> {
    let number = json::number(number.trim())?;
    // A float that is too large for the type ends at its limit; a negative or absent one is no wait.
    (number.is_finite() && number >= 0.0).then_some((number * unit).ceil() as Millis)
}

/// A duration as rate-limit headers write it: `1s`, `6m0s`, `20ms`, `1h2m3.5s`, or bare seconds.
fn duration(text: &str) -> Option<Millis> {
    let mut total: Millis = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let number = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let (value, after) = rest.split_at_checked(number)?;
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit)?;
        let unit = match unit {
            "h" => 3_600_000.0,
            "m" => 60_000.0,
            "s" | "" => 1_000.0,
            "ms" => 1.0,
            _ => return None,
        };
        total = total.saturating_add(millis(value, unit)?);
        rest = after;
    }
    Some(total.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
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
            (408, Class::Server),
            (413, Class::InvalidRequest),
            (422, Class::InvalidRequest),
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
        let wait = |headers: &[(&str, &str)], body: &str| {
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
        for nonsense in ["soon", "-1", "NaN", "inf", ""] {
            assert_eq!(wait(&[("retry-after", nonsense)], ""), None, "{nonsense}");
        }
        assert_eq!(wait(&[("retry-after", "1e300")], ""), Some(LONGEST_WAIT));
    }
}
