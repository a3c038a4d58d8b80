//! A whole answer, said as OpenAI would; and what an answer and an event of a stream have in common.
//!
//! Texts go from JSON string to JSON string with their escapes as they came.

use std::fmt::Write;

use crate::chat::usage::{Details, Usage};
use crate::class::Class;
use crate::failure::Failure;
use crate::host::Millis;
use crate::json::{self, Object, inside, quoted};

use super::{error, items};

/// The body of a success as a `chat.completion`.
///
/// # Errors
/// The failure that it really is.
pub fn translate(body: &[u8], unix_now: Millis) -> Result<Vec<u8>, Failure> {
    let mut answer = Answer::new(unix_now);
    // Without `alt=sse` a stream is a list of the same responses.
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let body = std::str::from_utf8(body)
        .map_err(|_| Failure::new(Class::BadOutput, "the answer is not Gemini's: it is no UTF-8"))?;
    let responses = if is_list { items(body) } else { vec![body] };
    for response in responses {
        let response = Response::read(response.as_bytes())?;
        answer.hear(&response)?;
    }
    let mut choices = String::new();
    for choice in &answer.choices {
        let comma = if choices.is_empty() { "" } else { "," };
        let said = choice.said.members(false);
        let content = choice.said.text.as_deref().map_or_else(|| "null".into(), |text| format!("\"{text}\""));
        let said = if said.is_empty() { said } else { format!(",{said}") };
        let logprobs = choice.said.logprobs.as_deref().unwrap_or("null");
        // Writing into a `String` cannot fail.
        let _ = write!(
            choices,
            r#"{comma}{{"index":{},"message":{{"role":"assistant","content":{content},"refusal":null{said}}},"logprobs":{logprobs},"finish_reason":"{}"}}"#,
            choice.index,
            choice.finish.unwrap_or(if choice.calls > 0 { "tool_calls" } else { "stop" }),
        );
    }
    let usage = answer.counts.as_ref().map(|counts| format!(r#","usage":{}"#, counts.shown()));
    Ok(format!(
        r#"{{{},"choices":[{choices}]{}}}"#,
        answer.head("chat.completion"),
        usage.unwrap_or_default()
    )
    .into_bytes())
}

/// An answer as far as it is heard.
pub(super) struct Answer {
    unix_now: Millis,
    /// The id, as JSON text.
    id: Option<String>,
    pub(super) choices: Vec<Choice>,
    pub(super) counts: Option<Counts>,
}

/// One of its choices.
#[derive(Default)]
pub(super) struct Choice {
    pub(super) index: u32,
    /// What it said since that was last taken.
    pub(super) said: Said,
    /// How many functions it called.
    pub(super) calls: usize,
    pub(super) finish: Option<&'static str>,
    /// It was mentioned in the stream.
    pub(super) is_begun: bool,
}

/// More choices than anybody is given.
const MOST_CHOICES: usize = 64;

impl Answer {
    pub(super) fn new(unix_now: Millis) -> Self {
        Self { unix_now, id: None, choices: Vec::new(), counts: None }
    }

    /// Takes a response, whole or a part of one.
    ///
    /// # Errors
    /// An error object, or a reason to finish that is a failure of the model.
    pub(super) fn hear(&mut self, response: &Response<'_>) -> Result<(), Failure> {
        if let Some(error) = response.error {
            return Err(error::inside_success(error));
        }
        if self.id.is_none() {
            let own = response.id.filter(|id| id.len() > 2 && id.starts_with('"'));
            self.id = Some(own.map_or_else(|| format!("\"gemini-{:x}\"", self.unix_now), str::to_owned));
        }
        self.counts = response.counts.clone().or(self.counts.take());
        for (place, candidate) in response.candidates.iter().flatten().enumerate().take(MOST_CHOICES) {
            let index = candidate.index.unwrap_or(place as u32);
            let seed = self.id.clone().unwrap_or_default();
            let Some(choice) = self.choice(index) else { continue };
            choice.hear(candidate, inside(&seed).unwrap_or_default())?;
        }
        // The prompt was refused, and nothing was said.
        if response.is_blocked()
            && self.choices.is_empty()
            && let Some(choice) = self.choice(0)
        {
            choice.finish = Some("content_filter");
        }
        Ok(())
    }

    fn choice(&mut self, index: u32) -> Option<&mut Choice> {
        if !self.choices.iter().any(|choice| choice.index == index) && self.choices.len() < MOST_CHOICES {
            self.choices.push(Choice { index, ..Choice::default() });
        }
        self.choices.iter_mut().find(|choice| choice.index == index)
    }

    /// The members that every object of it begins with.
    pub(super) fn head(&self, object: &str) -> String {
        let id = self.id.as_deref().unwrap_or("\"\"");
        format!(r#""id":{id},"object":"{object}","created":{}"#, self.unix_now / 1_000)
    }
}

impl Choice {
    fn hear(&mut self, candidate: &Candidate<'_>, seed: &str) -> Result<(), Failure> {
        for part in &candidate.parts {
            self.calls += usize::from(self.said.hear(part, seed, self.index, self.calls));
        }
        if let Some(logprobs) = candidate.logprobs {
            self.said.logprobs = logprobs_of(logprobs);
        }
        let Some(reason) = candidate.finish.as_deref() else { return Ok(()) };
        self.finish = match reason {
            "FINISH_REASON_UNSPECIFIED" | "" => self.finish,
            "MALFORMED_FUNCTION_CALL" | "MALFORMED_RESPONSE" => {
                let message = candidate.message.as_deref().unwrap_or_default();
                let words = format!("the answer finished with {reason}: {message}");
                return Err(Failure::new(Class::BadOutput, words.trim_end_matches([':', ' '])));
            }
            "MAX_TOKENS" => Some("length"),
            "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII"
            | "MODEL_ARMOR" => Some("content_filter"),
            image if image.starts_with("IMAGE_") && image != "IMAGE_OTHER" => Some("content_filter"),
            // `STOP`, of function calls too, and what is yet to be thought of.
            _ if self.calls > 0 => Some("tool_calls"),
            _ => Some("stop"),
        };
        Ok(())
    }
}

/// What was said, in pieces of JSON text.
#[derive(Default)]
pub(super) struct Said {
    /// The inside of a JSON string.
    thoughts: String,
    /// The same.
    pub(super) text: Option<String>,
    /// Objects, without their index.
    calls: Vec<(usize, String)>,
    images: Vec<String>,
    logprobs: Option<String>,
}

impl Said {
    /// Takes a part; whether it is a function call. What the provider ran by itself is none.
    fn hear(&mut self, part: &Object<'_>, seed: &str, choice: u32, calls: usize) -> bool {
        let is_thought = part.value("thought") == Some("true");
        if let Some(text) = part.value("text").and_then(inside).filter(|text| !text.is_empty()) {
            if is_thought {
                self.thoughts.push_str(text);
            } else {
                self.text.get_or_insert_default().push_str(text);
            }
        }
        if let Some(blob) = part.value("inlineData").and_then(json::object).filter(|_| !is_thought)
            && let (Some(kind), Some(data)) =
                (blob.value("mimeType").and_then(inside), blob.value("data").and_then(inside))
        {
            let url = format!(r#"data:{kind};base64,{data}"#);
            self.images.push(format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"}}}}"#));
        }
        let Some(call) = part.value("functionCall").and_then(json::object) else { return false };
        let own = call.value("id").filter(|id| id.len() > 2 && id.starts_with('"'));
        let id = own.map_or_else(|| made_id(seed, choice, calls), str::to_owned);
        let name = given(&call, "name").unwrap_or("\"\"");
        let args = call.value("args").filter(|args| args.starts_with('{')).unwrap_or("{}");
        let args = quoted(&compact(args));
        let signature = given(part, "thoughtSignature")
            .map(|signature| format!(r#","extra_content":{{"google":{{"thought_signature":{signature}}}}}"#));
        self.calls.push((
            calls,
            format!(
                r#""id":{id},"type":"function","function":{{"name":{name},"arguments":{args}}}{}"#,
                signature.unwrap_or_default()
            ),
        ));
        true
    }

    /// The members of a message, or of a delta, except its text.
    pub(super) fn members(&self, is_delta: bool) -> String {
        let mut members = Vec::new();
        if !self.thoughts.is_empty() {
            members.push(format!(r#""reasoning_content":"{}""#, self.thoughts));
        }
        if !self.calls.is_empty() {
            let index = |index| if is_delta { format!(r#""index":{index},"#) } else { String::new() };
            let calls = self.calls.iter().map(|(place, call)| format!("{{{}{call}}}", index(place)));
            members.push(format!(r#""tool_calls":[{}]"#, calls.collect::<Vec<_>>().join(",")));
        }
        if !self.images.is_empty() {
            members.push(format!(r#""images":[{}]"#, self.images.join(",")));
        }
        members.join(",")
    }

    /// The probabilities of the tokens, as JSON text.
    pub(super) fn logprobs(&self) -> Option<&str> {
        self.logprobs.as_deref()
    }
}

/// An id for a call that has none: of letters, digits, `_` and `-`, at most 40, another one in every answer.
fn made_id(seed: &str, choice: u32, calls: usize) -> String {
    let plain: String =
        seed.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(28).collect();
    let choice = if choice > 0 { format!("{choice}_") } else { String::new() };
    format!("\"call_{plain}_{choice}{calls}\"")
}

/// JSON without the white space between its words.
fn compact(json: &str) -> String {
    let (mut in_string, mut is_escaped) = (false, false);
    let keeps = |c: &char| {
        if in_string {
            in_string = is_escaped || *c != '"';
            is_escaped = !is_escaped && *c == '\\';
            return true;
        }
        in_string = *c == '"';
        !c.is_ascii_whitespace()
    };
    json.chars().filter(keeps).collect()
}

/// `logprobsResult` in OpenAI's form.
fn logprobs_of(json: &str) -> Option<String> {
    let result = json::object(json)?;
    let tops = result.value("topCandidates").map(items).unwrap_or_default();
    let token = |json: &str, more: &str| {
        let token = json::object(json)?;
        let (word, probability) = (token.value("token")?, token.value("logProbability")?);
        Some(format!(r#"{{"token":{word},"logprob":{probability},"bytes":null{more}}}"#))
    };
    let chosen =
        items(result.value("chosenCandidates")?).into_iter().enumerate().filter_map(|(place, chosen)| {
            let top = tops.get(place).and_then(|top| json::object(top));
            let top = top.and_then(|top| top.value("candidates").map(items)).unwrap_or_default();
            let top: Vec<String> = top.into_iter().filter_map(|json| token(json, "")).collect();
            token(chosen, &format!(r#","top_logprobs":[{}]"#, top.join(",")))
        });
    Some(format!(r#"{{"content":[{}],"refusal":null}}"#, chosen.collect::<Vec<_>>().join(",")))
}

/// A `GenerateContentResponse`, as far as it is read.
pub(super) struct Response<'a> {
    candidates: Option<Vec<Candidate<'a>>>,
    counts: Option<Counts>,
    feedback: Option<&'a str>,
    id: Option<&'a str>,
    error: Option<&'a str>,
}

impl<'a> Response<'a> {
    pub(super) fn read(json: &'a [u8]) -> Result<Self, Failure> {
        let flaw = |what: &str| Failure::new(Class::BadOutput, format!("the answer is not Gemini's: {what}"));
        let object = Object::read(json).map_err(|error| flaw(&error.to_string()))?;
        let candidates = given(&object, "candidates");
        let candidates =
            candidates.map(|list| json::elements(list)?.into_iter().map(Candidate::read).collect());
        Ok(Self {
            candidates: match candidates {
                None => None,
                Some(None) => return Err(flaw("its candidates are none")),
                Some(read) => read,
            },
            counts: given(&object, "usageMetadata").and_then(Counts::read),
            feedback: given(&object, "promptFeedback").filter(|feedback| feedback.starts_with('{')),
            id: given(&object, "responseId"),
            error: given(&object, "error"),
        })
    }

    /// Whether there is anything in it that a response has.
    pub(super) fn is_one(&self) -> bool {
        self.candidates.is_some() || self.counts.is_some() || self.feedback.is_some() || self.error.is_some()
    }

    /// Whether the prompt was refused.
    fn is_blocked(&self) -> bool {
        let feedback = self.feedback.and_then(json::object);
        feedback.is_some_and(|feedback| given(&feedback, "blockReason").is_some())
    }
}

/// A member that is there and says something, be it empty.
fn given<'a>(object: &Object<'a>, name: &str) -> Option<&'a str> {
    object.value(name).filter(|value| *value != "null")
}

struct Candidate<'a> {
    index: Option<u32>,
    parts: Vec<Object<'a>>,
    finish: Option<String>,
    message: Option<String>,
    logprobs: Option<&'a str>,
}

impl<'a> Candidate<'a> {
    fn read(json: &'a str) -> Option<Self> {
        let object = json::object(json)?;
        let parts = match given(&object, "content") {
            None => Vec::new(),
            Some(content) => match given(&json::object(content)?, "parts") {
                None => Vec::new(),
                Some(parts) => json::elements(parts)?.into_iter().map(json::object).collect::<Option<_>>()?,
            },
        };
        Some(Self {
            index: given(&object, "index").and_then(|index| index.parse().ok()),
            parts,
            finish: given(&object, "finishReason").and_then(json::text),
            message: given(&object, "finishMessage").and_then(json::text),
            logprobs: given(&object, "logprobsResult"),
        })
    }
}

/// `usageMetadata`: cumulative, and missing where nothing is to be counted.
#[derive(Clone)]
pub(super) struct Counts {
    prompt: u64,
    candidates: u64,
    thoughts: u64,
    cached: u64,
}

impl Counts {
    fn read(json: &str) -> Option<Self> {
        let object = json::object(json)?;
        let count = |name: &str| object.value(name).and_then(|count| count.parse().ok()).unwrap_or(0_u64);
        Some(Self {
            prompt: count("promptTokenCount").saturating_add(count("toolUsePromptTokenCount")),
            candidates: count("candidatesTokenCount"),
            thoughts: count("thoughtsTokenCount"),
            cached: count("cachedContentTokenCount"),
        })
    }

    pub(super) fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: self.prompt,
            completion_tokens: self.candidates.saturating_add(self.thoughts),
            prompt_tokens_details: Details { cached_tokens: self.cached },
        }
    }

    /// As OpenAI shows it.
    pub(super) fn shown(&self) -> String {
        let usage = self.usage();
        format!(
            r#"{{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},"prompt_tokens_details":{{"cached_tokens":{}}},"completion_tokens_details":{{"reasoning_tokens":{}}}}}"#,
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.prompt_tokens.saturating_add(usage.completion_tokens),
            usage.prompt_tokens_details.cached_tokens,
            self.thoughts,
        )
    }
}

#[cfg(test)]
mod tests;
