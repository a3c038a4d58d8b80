//! A whole answer, said as OpenAI would; and what an answer and an event of a stream have in common.
//!
//! Texts go from JSON string to JSON string with their escapes as they came.

use crate::chat::said::{Call, Said, completion};
use crate::chat::usage::Usage;
use crate::class::Class;
use crate::failure::Failure;
use crate::host::Millis;
use crate::json::{self, Object, Writer, filled, inside, quoted};
use crate::text;

use super::{error, items};

/// The body of a success as a `chat.completion`.
///
/// # Errors
/// The failure that it really is.
pub fn translate(body: &[u8], unix_now: Millis) -> Result<String, Failure> {
    let mut answer = Answer::new(unix_now, false);
    // Without `alt=sse` a stream is a list of the same responses.
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let body = std::str::from_utf8(body).map_err(|_| flaw("it is no UTF-8"))?;
    let responses = if is_list { items(body) } else { vec![body] };
    for response in responses {
        let response = Response::read(response.as_bytes())?;
        answer.hear(&response)?;
    }
    let mut choices = Vec::new();
    for choice in &answer.choices {
        let finish = choice.finish.unwrap_or(if choice.calls > 0 { "tool_calls" } else { "stop" });
        choices.push(choice.said.choice(choice.index, finish, choice.logprobs.as_deref().unwrap_or("null")));
    }
    let (now, choices) = ((unix_now / 1_000).to_string(), text::joined(&choices, ","));
    let usage = answer.usage.map(|usage| usage.told());
    Ok(completion(Some(answer.id()), &now, None, &choices, usage.as_deref()).finish())
}

fn flaw(what: &str) -> Failure {
    Failure::new(Class::BadOutput, format!("the answer is not Gemini's: {what}"))
}

/// An answer as far as it is heard.
pub(super) struct Answer {
    unix_now: Millis,
    /// In a stream, calls say which they are.
    is_stream: bool,
    /// The id, as JSON text.
    id: Option<String>,
    pub(super) choices: Vec<Choice>,
    pub(super) usage: Option<Usage>,
}

/// One of its choices.
#[derive(Default)]
pub(super) struct Choice {
    pub(super) index: u64,
    /// What it said since that was last taken.
    pub(super) said: Said,
    /// The probabilities of the tokens, as JSON text.
    pub(super) logprobs: Option<String>,
    /// How many functions it called.
    pub(super) calls: usize,
    pub(super) finish: Option<&'static str>,
    /// It was mentioned in the stream.
    pub(super) is_begun: bool,
}

/// More choices than anybody is given.
const MOST_CHOICES: usize = 64;

impl Answer {
    pub(super) fn new(unix_now: Millis, is_stream: bool) -> Self {
        Self { unix_now, is_stream, id: None, choices: Vec::new(), usage: None }
    }

    /// Takes a response, whole or a part of one.
    ///
    /// # Errors
    /// An error object, or a reason to finish that is a failure of the model.
    pub(super) fn hear(&mut self, response: &Response<'_>) -> Result<(), Failure> {
        let Response { object, candidates } = response;
        if let Some(error) = object.given("error") {
            return Err(error::inside_success(error));
        }
        if self.id.is_none() {
            let own = object.string("responseId").filter(|id| *id != "\"\"");
            self.id = Some(own.map_or_else(|| format!("\"gemini-{:x}\"", self.unix_now), str::to_owned));
        }
        self.usage = object.object("usageMetadata").map(|said| usage(&said)).or(self.usage);
        let seed = self.id().to_owned();
        let is_stream = self.is_stream;
        for (place, (candidate, parts)) in candidates.iter().enumerate().take(MOST_CHOICES) {
            if let Some(choice) = self.choice(candidate.count("index").unwrap_or(place as u64)) {
                for part in parts {
                    choice.part(part, inside(&seed).unwrap_or_default(), is_stream);
                }
                choice.ends(candidate)?;
            }
        }
        // The prompt was refused, and nothing was said.
        if object.within("promptFeedback").given("blockReason").is_some()
            && self.choices.is_empty()
            && let Some(choice) = self.choice(0)
        {
            choice.finish = Some("content_filter");
        }
        Ok(())
    }

    /// Its id, as JSON text.
    pub(super) fn id(&self) -> &str {
        self.id.as_deref().unwrap_or("\"\"")
    }

    fn choice(&mut self, index: u64) -> Option<&mut Choice> {
        let known = self.choices.iter().position(|choice| choice.index == index);
        let at = known.unwrap_or(self.choices.len());
        if known.is_none() && at < MOST_CHOICES {
            self.choices.push(Choice { index, ..Choice::default() });
        }
        self.choices.get_mut(at)
    }
}

impl Choice {
    /// Notes why it ended, if it did, and how likely its words were.
    fn ends(&mut self, candidate: &Object<'_>) -> Result<(), Failure> {
        if let Some(logprobs) = candidate.given("logprobsResult") {
            self.logprobs = logprobs_of(logprobs);
        }
        self.finish = match candidate.text("finishReason").as_str() {
            "FINISH_REASON_UNSPECIFIED" | "" => self.finish,
            reason @ ("MALFORMED_FUNCTION_CALL" | "MALFORMED_RESPONSE") => {
                let message = candidate.text("finishMessage");
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

    /// Takes a part. What the provider ran by itself is no call.
    fn part(&mut self, part: &Object<'_>, seed: &str, is_stream: bool) {
        let is_thought = part.is("thought", "true");
        match part.word("text") {
            "" => {}
            text if is_thought => self.said.text("reasoning_content", text),
            text => self.said.text("content", text),
        }
        let blob = part.within("inlineData");
        if let (false, Some(kind), Some(data)) = (is_thought, blob.inside("mimeType"), blob.inside("data")) {
            let pattern = r#"{"type":"image_url","image_url":{"url":"data:$;base64,$"}}"#;
            self.said.entry("images", &filled(pattern, &[kind, data]));
        }
        let Some(call) = part.object("functionCall") else { return };
        let id = call.string("id").filter(|id| *id != "\"\"");
        let id = id.map_or_else(|| made_id(seed, self.index, self.calls), str::to_owned);
        let args = call.value("args").filter(|args| args.starts_with('{')).unwrap_or("{}");
        let signature = part.given("thoughtSignature");
        let extra = signature.map(|signature| filled(r#"{"google":{"thought_signature":$}}"#, &[signature]));
        self.said.call(&Call {
            index: is_stream.then_some(self.calls),
            id: Some(&id),
            name: call.given("name").or(Some("\"\"")),
            arguments: &quoted(&compact(args)),
            extra: extra.as_deref(),
        });
        self.calls += 1;
    }
}

/// An id for a call that has none: of letters, digits, `_` and `-`, at most 40, another one in every answer.
fn made_id(seed: &str, choice: u64, calls: usize) -> String {
    let plain = text::only(seed, &mut |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let plain = text::shortened(&plain, 28);
    let choice = if choice > 0 { format!("{choice}_") } else { String::new() };
    format!("\"call_{plain}_{choice}{calls}\"")
}

/// JSON without the white space between its words.
fn compact(json: &str) -> String {
    let (mut in_string, mut is_escaped) = (false, false);
    text::only(json, &mut |c| {
        if in_string {
            in_string = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            return true;
        }
        in_string = c == '"';
        !c.is_ascii_whitespace()
    })
}

/// `logprobsResult` in OpenAI's form.
fn logprobs_of(json: &str) -> Option<String> {
    let result = json::object(json)?;
    let mut tops = result.list("topCandidates");
    let mut content = Writer::list();
    result.value("chosenCandidates")?;
    for chosen in result.list("chosenCandidates") {
        let mut top = Writer::list();
        if let Some(others) = tops.next().and_then(json::object) {
            for other in others.list("candidates") {
                token(other, "", &mut top);
            }
        }
        token(chosen, &filled(r#","top_logprobs":$"#, &[&top.finish()]), &mut content);
    }
    Some(filled(r#"{"content":$,"refusal":null}"#, &[&content.finish()]))
}

fn token(json: &str, more: &str, out: &mut Writer) {
    let Some(token) = json::object(json) else { return };
    if let (Some(word), Some(probability)) = (token.value("token"), token.value("logProbability")) {
        out.put(r#"{"token":$,"logprob":$,"bytes":null$}"#, &[word, probability, more]);
    }
}

/// A `GenerateContentResponse`, and its candidates, each with its parts.
pub(super) struct Response<'a> {
    object: Object<'a>,
    candidates: Vec<(Object<'a>, Vec<Object<'a>>)>,
}

impl<'a> Response<'a> {
    pub(super) fn read(json: &'a [u8]) -> Result<Self, Failure> {
        let object = Object::read(json).map_err(|error| flaw(&error.to_string()))?;
        let candidates = candidates(object.given("candidates").unwrap_or("[]"));
        let candidates = candidates.ok_or_else(|| flaw("its candidates are none"))?;
        Ok(Self { object, candidates })
    }

    /// Whether there is something in it that a response has.
    pub(super) fn is_one(&self) -> bool {
        MEMBERS.iter().any(|name| self.object.given(name).is_some())
    }
}

const MEMBERS: [&str; 4] = ["candidates", "error", "promptFeedback", "usageMetadata"];

fn candidates(list: &str) -> Option<Vec<(Object<'_>, Vec<Object<'_>>)>> {
    let mut candidates = Vec::new();
    for candidate in json::elements(list)? {
        let candidate = json::object(candidate)?;
        let content = candidate.given("content").unwrap_or("{}");
        let mut parts = Vec::new();
        for part in json::elements(json::object(content)?.given("parts").unwrap_or("[]"))? {
            parts.push(json::object(part)?);
        }
        candidates.push((candidate, parts));
    }
    Some(candidates)
}

/// `usageMetadata`: cumulative, and missing where nothing is to be counted.
fn usage(said: &Object<'_>) -> Usage {
    let count = |name: &str| said.count(name).unwrap_or(0);
    let reasoning_tokens = count("thoughtsTokenCount");
    Usage {
        prompt_tokens: count("promptTokenCount").saturating_add(count("toolUsePromptTokenCount")),
        completion_tokens: count("candidatesTokenCount").saturating_add(reasoning_tokens),
        cached_tokens: count("cachedContentTokenCount"),
        written_tokens: 0,
        reasoning_tokens,
    }
}

#[cfg(test)]
mod tests;
