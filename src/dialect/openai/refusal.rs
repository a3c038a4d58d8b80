//! What a provider said when it refused, whichever way it said it, and how long it asks us to wait.

use crate::class::Class;
use crate::dialect::date;
use crate::failure::Failure;
use crate::host::{Headers, Millis};
use crate::json::{self, Value, filled};
use crate::search;
use crate::text;

use super::matter::Matter;

/// What a provider said.
#[derive(Debug, Default)]
pub(super) struct Said {
    message: String,
    code: Option<String>,
    kind: Option<String>,
    param: Option<String>,
    /// Everything it said of the error, in small letters, for looking codes up. Not all of the body: the caller's own words
    /// may stand in it.
    all: String,
    /// Its own words, in small letters, without what it quotes: that may be the caller's.
    words: String,
    /// A status named in the body.
    status: Option<u16>,
    retry_delay: Option<String>,
    /// When the limit is full again, since 1970.
    full_again: Option<Millis>,
}

impl Said {
    pub(super) fn read(body: &[u8]) -> Self {
        let text = text::legible(body);
        match Value::read(text.as_bytes()) {
            Ok(value) => Self::from_value(&value),
            Err(_) => Self::from_text(&text),
        }
    }

    fn from_text(text: &str) -> Self {
        let message = text.trim().to_owned();
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
        // OpenRouter puts its headers there.
        let headers = error.get("metadata").and_then(|more| more.get("headers"));
        let full_again = text_of(headers.and_then(|headers| headers.get("X-RateLimit-Reset")));
        Self {
            words: unquoted(&message.to_ascii_lowercase()),
            message,
            code: text_of(error.get("code")).or_else(|| text_of(error.get("status"))),
            kind: text_of(error.get("type")),
            param: text_of(error.get("param")),
            all: gathered(error).to_ascii_lowercase(),
            status: status.and_then(|status| u16::try_from(status).ok()),
            retry_delay: details.iter().find_map(|detail| text_of(detail.get("retryDelay"))),
            full_again: full_again.as_deref().and_then(json::count),
        }
    }

    pub(super) fn is_about(&self, matter: &Matter) -> bool {
        let is_code = |said: &Option<String>| {
            said.as_deref()
                .is_some_and(|said| matter.codes.iter().any(|code| said.eq_ignore_ascii_case(code)))
        };
        let code = self.code.as_deref().unwrap_or_default().to_ascii_lowercase();
        is_code(&self.code)
            || is_code(&self.kind)
            || matter.texts.iter().any(|text| search::contains(&self.words, text) || search::contains(&code, text))
            // Finer codes stand deeper: Azure's `innererror`, Google's `details`, Anthropic's `error_code`.
            || matter.codes.iter().any(|code| code.len() > 6 && self.quotes(code))
    }

    /// Whether this is one of the texts of the body, in quotes.
    fn quotes(&self, text: &str) -> bool {
        let all = self.all.as_bytes();
        let is_mark = |at: Option<usize>| at.and_then(|at| all.get(at)) == Some(&b'"');
        search::places(all, text).any(|at| is_mark(at.checked_sub(1)) && is_mark(Some(at + text.len())))
    }

    /// Groq says 400 of what its model wrote: no tool call where one was asked for, or one with the wrong arguments.
    pub(super) fn blames_the_model(&self) -> bool {
        search::contains(&self.all, "\"failed_generation\"")
    }

    /// A limit by the day: Google names the quota in the details.
    pub(super) fn is_daily(&self) -> bool {
        search::contains(&self.all, "perday")
    }

    /// The status that an error object names, by number or by word.
    pub(super) fn named_status(&self) -> Option<u16> {
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
        let number = self
            .code
            .as_deref()
            .and_then(json::count)
            .filter(|code| (400..600).contains(code))
            .map(|code| code as u16);
        self.status.or(number).or_else(|| word(&self.code)).or_else(|| word(&self.kind))
    }

    /// How long the body asks us to wait: Google's `RetryInfo`, or OpenAI's "try again in 1.5s".
    pub(super) fn wait(&self) -> Option<Millis> {
        let delay = self.retry_delay.as_deref().and_then(duration);
        delay.or_else(|| {
            let (_, after) = search::split_once(&self.all, "try again in ")?;
            let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(after.len());
            duration(after.get(..end)?.trim_end_matches('.'))
        })
    }

    /// How long until the limit is full again, by the wall clock.
    pub(super) fn until_full(&self, unix_now: Millis) -> Option<Millis> {
        Some(self.full_again?.checked_sub(unix_now)?.min(LONGEST_WAIT))
    }

    pub(super) fn into_failure(self, class: Class, status: u16, retry_after: Option<Millis>) -> Failure {
        let message =
            if self.message.is_empty() { format!("status {status}, without a word") } else { self.message };
        let mut failure = Failure::new(class, message);
        failure.status = Some(status);
        failure.retry_after = retry_after;
        (failure.code, failure.kind, failure.param) = (self.code, self.kind, self.param);
        failure
    }
}

/// All that is said in it, but for what FastAPI hands back of what it was sent: that is the caller's.
fn gathered(value: &Value) -> String {
    let mut all = String::new();
    match value {
        Value::Array(list) => list.iter().for_each(|each| all.push_str(&gathered(each))),
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "input") {
                all.push_str(&filled("$:$", &[&json::quoted(name), &gathered(value)]));
            }
        }
        other => all.push_str(&filled("$,", &[&other.to_string()])),
    }
    all
}

/// The text without what stands in quotation marks. An apostrophe within a word is none, nor does a mark end what it begins
/// when a backslash is before one of the two alone: that is a mark within what is quoted.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<(char, bool)> = None;
    let mut before = ' ';
    for c in text.chars() {
        let is_escaped = before == '\\';
        let is_mark =
            matches!(c, '"' | '`') || (c == '\'' && !(text::is_letter(before) || before.is_ascii_digit()));
        match open {
            Some(begun) if begun == (c, is_escaped) => open = None,
            None if is_mark => open = Some((c, is_escaped)),
            None => out.push(c),
            Some(_) => {}
        }
        before = if is_escaped { ' ' } else { c };
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
pub(super) fn stated_wait(headers: &Headers, unix_now: Millis) -> Option<Millis> {
    let milliseconds = headers.find("retry-after-ms").and_then(|value| millis(value, 1.0));
    let after = || {
        let value = headers.find("retry-after")?.trim();
        millis(value, 1_000.0).or_else(|| Some(date::http(value)?.saturating_sub(unix_now)))
    };
    let names = ("x-ratelimit-remaining-$", "x-ratelimit-reset-$");
    let reset = || full_again(headers, &["requests", "tokens"], names, &duration);
    milliseconds.or_else(after).or_else(reset).map(|wait| wait.min(LONGEST_WAIT))
}

/// When whatever limit has nothing left is full again. The `names` of the headers that say what is left, and the time,
/// have a `$` for the limit's.
pub(in crate::dialect) fn full_again(
    headers: &Headers,
    limits: &[&str],
    (left, time): (&str, &str),
    read: &dyn Fn(&str) -> Option<Millis>,
) -> Option<Millis> {
    let mut latest = None;
    for limit in limits {
        if headers.find(&filled(left, &[limit])) == Some("0") {
            latest = latest.max(headers.find(&filled(time, &[limit])).and_then(read));
        }
    }
    latest
}

/// Nobody means more than a day.
pub(in crate::dialect) const LONGEST_WAIT: Millis = 24 * 60 * 60 * 1_000;

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
