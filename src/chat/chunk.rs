//! One chunk of a streamed answer: what it says, without taking it apart.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::says_something;
use crate::json::{Edit, Object};

/// A chunk, by its members, and what its choices say.
pub struct Chunk<'a> {
    object: Object<'a>,
    /// What the deltas of all choices say together.
    pub says: Says,
    /// The text of the first choice's delta: the inside of a JSON string, escapes as they came.
    pub text: Option<&'a str>,
    /// The choices that ended with it, by their index, and why.
    pub finishes: Vec<(u32, Cow<'a, str>)>,
    /// Whether there is a choice in it at all; the last chunk of usage has none.
    pub has_choices: bool,
    /// Something in a choice is not as OpenAI writes it: `content` that is no text, or a `message`.
    pub is_odd: bool,
    /// The tool calls in the first choice's delta, as JSON text.
    pub calls: Option<&'a str>,
    /// A count that stands in a choice, where Moonshot writes it.
    inner_usage: Option<&'a str>,
}

/// What a message or a delta says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Says {
    /// Thoughts on the way to an answer.
    pub reasoning: bool,
    /// Something that is an answer: text, a tool call, a refusal, audio, an image.
    pub answer: bool,
    /// A part of a tool or function call.
    pub tool: bool,
    /// The model declined.
    pub refusal: bool,
    /// Something that is neither text nor a tool call nor a refusal: audio, images, lists of parts.
    pub more: bool,
}

impl Says {
    /// Whether a caller sees anything of it.
    #[must_use]
    pub fn anything(self) -> bool {
        self.answer || self.reasoning
    }

    pub(super) fn and(self, other: Says) -> Says {
        Says {
            reasoning: self.reasoning || other.reasoning,
            answer: self.answer || other.answer,
            tool: self.tool || other.tool,
            refusal: self.refusal || other.refusal,
            more: self.more || other.more,
        }
    }
}

impl<'a> Chunk<'a> {
    /// Reads the data of an event. `None` when it is no JSON object of a chunk's shape.
    #[must_use]
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let object = Object::read(data).ok()?;
        let choices: Vec<Choice<'a>> = match object.value("choices") {
            None | Some("null") => Vec::new(),
            Some(json) => serde_json::from_str(json).ok()?,
        };
        let has_choices = !choices.is_empty();
        let mut says = Says::default();
        let mut finishes = Vec::new();
        let (mut text, mut calls, mut inner_usage, mut is_odd) = (None, None, None, false);
        for choice in choices {
            let delta = choice.delta.unwrap_or_default();
            says = says.and(delta.says);
            text = text.or(delta.text);
            calls = calls.or(delta.calls);
            is_odd |= delta.is_odd || choice.message.is_some();
            inner_usage = inner_usage.or(choice.usage.map(RawValue::get));
            finishes.extend(choice.finish_reason.map(|why| (choice.index.unwrap_or(0), why)));
        }
        Some(Self { object, says, text, finishes, has_choices, is_odd, calls, inner_usage })
    }

    /// The error in it, as JSON text.
    #[must_use]
    pub fn error(&self) -> Option<&'a str> {
        self.object.value("error").filter(|error| says_something(error))
    }

    /// The usage in it, as JSON text: where OpenAI writes it, or where Groq and Moonshot do.
    #[must_use]
    pub fn usage(&self) -> Option<&'a str> {
        let says = |usage: &&str| says_something(usage);
        let own = self.object.value("usage").filter(says);
        if let Some(usage) = own.or(self.inner_usage.filter(says)) {
            return Some(usage);
        }
        let beside = Object::read(self.object.bytes("x_groq")?).ok()?;
        beside.value("usage").filter(says)
    }

    /// The value of a member, as JSON text.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&'a str> {
        self.object.value(key)
    }

    /// Changes to the chunk, everything else as it came.
    #[must_use]
    pub fn edit(&self) -> Edit<'_, 'a> {
        Edit::new(&self.object)
    }
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: Option<u32>,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    finish_reason: Option<Cow<'a, str>>,
    /// Perplexity repeats the whole message beside each delta.
    #[serde(default)]
    message: Option<IgnoredAny>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

/// A message or a delta, as far as it is read.
#[derive(Default)]
pub(super) struct Delta<'a> {
    pub(super) says: Says,
    text: Option<&'a str>,
    pub(super) calls: Option<&'a str>,
    pub(super) is_odd: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for Delta<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Delta<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message or a delta")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Delta<'de>, M::Error> {
        let mut delta = Delta::default();
        let says = &mut delta.says;
        while let Some((key, value)) = map.next_entry::<Name, &'de RawValue>()? {
            let value = value.get();
            delta.is_odd |= matches!(key, Name::Content) && !value.starts_with(['"', 'n']);
            if !says_something(value) {
                continue;
            }
            match key {
                Name::Role => {}
                Name::Reasoning => says.reasoning = true,
                Name::Tool | Name::Function => {
                    (says.answer, says.tool) = (true, true);
                    delta.calls = delta.calls.or(matches!(key, Name::Tool).then_some(value));
                }
                Name::Refusal => (says.answer, says.refusal) = (true, true),
                Name::Content => {
                    says.answer = true;
                    delta.text = value.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                    says.more |= delta.text.is_none();
                }
                Name::Other => (says.answer, says.more) = (true, true),
            }
        }
        Ok(delta)
    }
}

/// The members of a delta, by what they mean. An unknown one counts as content: better shown than lost.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Name {
    // `channel` is Groq's: in which of its streams gpt-oss speaks.
    #[serde(alias = "name", alias = "channel")]
    Role,
    #[serde(alias = "reasoning_content", alias = "reasoning_details", alias = "thinking")]
    Reasoning,
    #[serde(rename = "tool_calls")]
    Tool,
    #[serde(rename = "function_call")]
    Function,
    Refusal,
    Content,
    #[serde(other)]
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(delta: &str) -> Says {
        let data = format!(r#"{{"choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}"#);
        Chunk::read(data.as_bytes()).unwrap().says
    }

    #[test]
    fn a_role_and_empty_values_are_not_content() {
        for delta in [
            r#"{"role":"assistant","content":"","refusal":null}"#,
            r#"{"role":"assistant","content":null,"tool_calls":[]}"#,
            "{}",
            "null",
        ] {
            assert!(!says(delta).anything(), "{delta}");
        }
    }

    #[test]
    fn everything_a_caller_sees_is_content() {
        assert!(says(r#"{"content":" "}"#).answer);
        assert!(says(r#"{"content":"\ud83c"}"#).answer, "a lone surrogate is legal JSON text");
        assert!(says(r#"{"tool_calls":[{"index":0}]}"#).tool);
        assert!(says(r#"{"refusal":"no"}"#).refusal);
        assert!(says(r#"{"audio":{"id":"x"}}"#).answer);
        let thought = says(r#"{"reasoning_content":"hm"}"#);
        assert!(thought.anything() && !thought.answer);
    }

    #[test]
    fn the_end_and_the_usage_are_seen() {
        let end = Chunk::read(br#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":null}}"#).unwrap();
        assert_eq!(end.finishes, [(0, "stop".into())]);
        assert_eq!(end.usage().unwrap(), r#"{"prompt_tokens":3,"completion_tokens":null}"#);
        let usage = Chunk::read(br#"{"choices":[],"usage":null,"error":null}"#).unwrap();
        assert!(!usage.has_choices && usage.usage().is_none() && usage.error().is_none());
    }

    #[test]
    fn a_count_is_found_where_groq_and_moonshot_write_it() {
        for data in [
            r#"{"choices":[],"x_groq":{"id":"req_1","usage":{"prompt_tokens":3}}}"#,
            r#"{"choices":[{"delta":{},"usage":{"prompt_tokens":3}}],"usage":null}"#,
        ] {
            assert_eq!(
                Chunk::read(data.as_bytes()).unwrap().usage(),
                Some(r#"{"prompt_tokens":3}"#),
                "{data}"
            );
        }
    }

    #[test]
    fn a_channel_is_a_label() {
        let thought = says(r#"{"reasoning":"hm","channel":"analysis"}"#);
        assert!(thought.reasoning && !thought.answer);
    }

    #[test]
    fn content_that_is_no_text_is_odd() {
        let is_odd =
            |choice: &str| Chunk::read(format!(r#"{{"choices":[{choice}]}}"#).as_bytes()).unwrap().is_odd;
        assert!(is_odd(r#"{"delta":{"content":[]}}"#));
        assert!(is_odd(r#"{"delta":{"content":{"a":1}}}"#));
        assert!(is_odd(r#"{"delta":{"content":"x"},"message":{"content":"x"}}"#));
        assert!(!is_odd(r#"{"delta":{"content":null},"message":null}"#));
        assert!(!is_odd(r#"{"delta":{"content":"x"}}"#));
    }

    #[test]
    fn what_is_no_chunk_is_no_chunk() {
        for data in ["", "{", "[]", "nonsense", r#"{"choices":3}"#, r#"{"choices":[3]}"#] {
            assert!(Chunk::read(data.as_bytes()).is_none(), "{data}");
        }
    }
}
