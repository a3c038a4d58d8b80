//! What a provider reads in a request, and how it writes an answer: each dialect its own way.
//!
//! Which one is spoken is told by the address that is asked, as real providers do.

mod anthropic;
mod gemini;
mod openai;

use bytes::Bytes;
use serde_json::Value;

use super::script::{ErrorObject, Part};
use crate::host::Millis;

/// The languages that simulated providers write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// Chat completions.
    #[default]
    OpenAi,
    /// Messages.
    Anthropic,
    /// `generateContent`.
    Gemini,
}

impl Wire {
    /// The language of what is asked at this path.
    #[must_use]
    pub fn at(path: &str) -> Self {
        match path {
            path if path.ends_with("/messages") => Self::Anthropic,
            path if path.contains("enerateContent") => Self::Gemini,
            _ => Self::OpenAi,
        }
        .written()
    }

    /// The same, but what is deployed writes OpenAI's alone: the others would be dead weight there.
    const fn written(self) -> Self {
        if cfg!(target_arch = "wasm32") { Self::OpenAi } else { self }
    }
}

/// What a provider reads in a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The language in which it is asked and answers.
    pub wire: Wire,
    /// The model, as the provider knows it.
    pub model: String,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// Whether the stream is to say what it cost.
    pub usage: bool,
    /// How long the prompt is, by the rule of thumb of four bytes a token.
    pub prompt_tokens: u64,
    /// The text of the last message of the user, before an answer that is to be carried on.
    pub last_said: String,
    /// The beginning of an answer that is to be carried on; empty when there is none.
    pub begun: String,
}

impl Asked {
    /// Reads a request for a chat completion. What is not there is left empty: a simulated provider is not the
    /// judge.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        Self::at("/chat/completions", body)
    }

    /// Reads a request by the address at which it came.
    #[must_use]
    pub fn at(path: &str, body: &[u8]) -> Self {
        let wire = Wire::at(path);
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        if wire == Wire::Gemini {
            return gemini::read(path, body.len(), &request);
        }
        let is_set = |value: Option<&Value>| value.and_then(Value::as_bool).unwrap_or_default();
        let stream_options = request.get("stream_options");
        let messages = request.get("messages").and_then(Value::as_array);
        let messages = messages.map(Vec::as_slice).unwrap_or_default();
        let (before, begun) = split(messages, "assistant");
        let content = |message: Option<&Value>| text_of(message.and_then(|message| message.get("content")));
        Self {
            wire,
            model: text_of(request.get("model")),
            stream: is_set(request.get("stream")),
            usage: is_set(stream_options.and_then(|options| options.get("include_usage"))),
            prompt_tokens: (body.len() as u64).div_ceil(4),
            last_said: content(before.iter().rfind(|message| is_by(message, "user"))),
            begun: content(begun),
        }
    }
}

/// How a model that is asked in words to carry on is known from one that is asked something new.
const WISH: &str = "Carry on exactly where it stops";

/// A conversation up to an answer that is to be carried on, and that answer: the last message, or the last but one
/// where it is asked for in words.
fn split<'m>(messages: &'m [Value], assistant: &str) -> (&'m [Value], Option<&'m Value>) {
    let begun = messages.iter().rposition(|message| is_by(message, assistant));
    let in_words = messages.last().is_some_and(|last| last.to_string().contains(WISH));
    let begun = begun.filter(|place| place + 1 + usize::from(in_words) >= messages.len());
    let before = begun.and_then(|place| messages.get(..place)).unwrap_or(messages);
    (before, begun.and_then(|place| messages.get(place)))
}

fn is_by(message: &Value, role: &str) -> bool {
    message.get("role").and_then(Value::as_str) == Some(role)
}

/// A text, or the first text in a list of parts.
fn text_of(content: Option<&Value>) -> String {
    let text = match content {
        Some(Value::Array(parts)) => parts.iter().find_map(|part| part.get("text")),
        content => content,
    };
    text.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// One answer, as it is written down.
pub(super) struct Answer<'a> {
    asked: &'a Asked,
    /// Distinguishes this answer from others.
    pub(super) id: u64,
    /// Milliseconds since 1970.
    created: Millis,
    /// How many tokens it has.
    pub(super) tokens: u64,
    /// How far a dialect with blocks has come.
    blocks: anthropic::Blocks,
    /// What one without pieces of function calls has in hand.
    in_hand: gemini::InHand,
}

impl<'a> Answer<'a> {
    pub(super) fn new(asked: &'a Asked, created: Millis) -> Self {
        Self {
            asked,
            id: 0,
            created,
            tokens: 0,
            blocks: anthropic::Blocks::default(),
            in_hand: gemini::InHand::default(),
        }
    }

    /// The part as an event of a stream. `None` when it is not sent.
    pub(super) fn event(&mut self, part: &Part) -> Option<Bytes> {
        match (part, self.asked.wire.written()) {
            (Part::Raw(bytes), _) => Some(bytes.clone()),
            (Part::Pause(_), _) => None,
            (part, Wire::OpenAi) => openai::event(self, part),
            (part, Wire::Anthropic) => anthropic::event(self, part),
            (part, Wire::Gemini) => gemini::event(self, part),
        }
    }

    /// The parts folded into one body.
    pub(super) fn whole(&self, parts: &[Part]) -> Bytes {
        let mut folded = Folded::default();
        for part in parts {
            match part {
                Part::Text(text) => folded.content.get_or_insert_default().push_str(text),
                Part::Reasoning(text) => folded.reasoning.push_str(text),
                Part::Refusal(text) => folded.refusal.get_or_insert_default().push_str(text),
                Part::ToolCall(name) => folded.tool = Some(name),
                Part::Arguments(text) => folded.arguments.push_str(text),
                Part::Finish(reason) => folded.finish = Some(reason),
                Part::Usage { stated } => folded.usage = Some(self.counts(*stated)),
                Part::Error(error) => return error_body(self.asked.wire, error).into(),
                Part::Role | Part::Done | Part::Comment(_) | Part::Raw(_) | Part::Pause(_) => {}
            }
        }
        match self.asked.wire.written() {
            Wire::OpenAi => openai::whole(self, &folded).into(),
            Wire::Anthropic => anthropic::whole(self, &folded).into(),
            Wire::Gemini => gemini::whole(self, &folded).into(),
        }
    }

    /// Tokens of the prompt and of the answer.
    fn counts(&self, stated: Option<(u64, u64)>) -> (u64, u64) {
        stated.unwrap_or((self.asked.prompt_tokens, self.tokens))
    }
}

/// The message that parts become when nobody asked for a stream.
#[derive(Default)]
struct Folded<'a> {
    content: Option<String>,
    reasoning: String,
    refusal: Option<String>,
    tool: Option<&'a str>,
    arguments: String,
    finish: Option<&'a str>,
    usage: Option<(u64, u64)>,
}

/// The body of an error.
pub(super) fn error_body(wire: Wire, error: &ErrorObject) -> String {
    match wire.written() {
        Wire::OpenAi => openai::error_body(error),
        Wire::Anthropic => anthropic::error_body(error),
        Wire::Gemini => gemini::error_body(error),
    }
}

fn quoted_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quoted)
}

fn quoted(text: &str) -> String {
    // A string is always JSON.
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dialect::openai::request::CARRY_ON;

    #[test]
    fn a_request_is_read_as_far_as_it_goes() {
        let asked = Asked::read(
            br#"{"model":"x","stream":true,"stream_options":{"include_usage":true},"messages":[
                {"role":"user","content":"first"},{"role":"assistant","content":"hm"},
                {"role":"user","content":[{"type":"image_url","image_url":{}},{"type":"text","text":"second"}]},
                {"role":"assistant","content":"so"}]}"#,
        );
        assert_eq!(asked.model, "x");
        assert!(asked.stream && asked.usage);
        assert_eq!(asked.last_said, "second");
        assert_eq!(Asked::read(b"no json"), Asked { prompt_tokens: 2, ..Asked::default() });
    }

    #[test]
    fn an_earlier_answer_is_carried_on_only_if_that_is_asked_for() {
        let asked = |last: &str| {
            let messages = json!([{"role":"user","content":"first"}, {"role":"assistant","content":"so"}, {"role":"user","content":last}]);
            let asked = Asked::read(json!({ "messages": messages }).to_string().as_bytes());
            (asked.last_said, asked.begun)
        };
        assert_eq!(asked("second"), ("second".to_owned(), String::new()));
        assert_eq!(asked(CARRY_ON), ("first".to_owned(), "so".to_owned()));
    }

    #[test]
    fn the_address_tells_the_language() {
        assert_eq!(Asked::at("/v1/messages", b"{}").wire, Wire::Anthropic);
        assert_eq!(Asked::at("/v1/chat/completions", b"{}").wire, Wire::OpenAi);
        let asked = Asked::at(
            "/v1/models/x:streamGenerateContent?alt=sse",
            br#"{"contents":[{"role":"user","parts":[{"inlineData":{}},{"text":"second"}]},
                {"role":"model","parts":[{"text":"so"}]}]}"#,
        );
        assert_eq!((asked.wire, asked.model.as_str(), asked.stream), (Wire::Gemini, "x", true));
        assert_eq!((asked.last_said.as_str(), asked.begun.as_str()), ("second", "so"));
    }
}
