//! One chunk of a streamed answer: what it says, without taking it apart.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::object::{Edit, Object};
use super::says_something;
use super::usage::Usage;

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

    fn and(self, other: Says) -> Says {
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
        let mut text = None;
        for choice in choices {
            let delta = choice.delta.unwrap_or_default();
            says = says.and(delta.says);
            text = text.or(delta.text);
            finishes.extend(choice.finish_reason.map(|why| (choice.index.unwrap_or(0), why)));
        }
        Some(Self { object, says, text, finishes, has_choices })
    }

    /// The error in it, as JSON text.
    #[must_use]
    pub fn error(&self) -> Option<&'a str> {
        self.object.value("error").filter(|error| says_something(error))
    }

    /// The usage in it.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.object.value("usage").filter(|usage| *usage != "null").and_then(Usage::read)
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
}

/// A delta, as far as it is read.
#[derive(Default)]
struct Delta<'a> {
    says: Says,
    text: Option<&'a str>,
}

impl<'de> Deserialize<'de> for Says {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Members).map(|delta| delta.says)
    }
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
        let mut says = Says::default();
        let mut text = None;
        while let Some((key, value)) = map.next_entry::<Name, &'de RawValue>()? {
            if !says_something(value.get()) {
                continue;
            }
            match key {
                Name::Role => {}
                Name::Reasoning => says.reasoning = true,
                Name::Tool => (says.answer, says.tool) = (true, true),
                Name::Refusal => (says.answer, says.refusal) = (true, true),
                Name::Content => {
                    says.answer = true;
                    text = value.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                    says.more |= text.is_none();
                }
                Name::Other => (says.answer, says.more) = (true, true),
            }
        }
        Ok(Delta { says, text })
    }
}

/// The members of a delta, by what they mean. An unknown one counts as content: better shown than lost.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Name {
    #[serde(alias = "name")]
    Role,
    #[serde(alias = "reasoning_content", alias = "reasoning_details", alias = "thinking")]
    Reasoning,
    #[serde(rename = "tool_calls", alias = "function_call")]
    Tool,
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
        assert_eq!(end.usage().unwrap().prompt_tokens, 3);
        let usage = Chunk::read(br#"{"choices":[],"usage":null,"error":null}"#).unwrap();
        assert!(!usage.has_choices && usage.usage().is_none() && usage.error().is_none());
    }

    #[test]
    fn what_is_no_chunk_is_no_chunk() {
        for data in ["", "{", "[]", "nonsense", r#"{"choices":3}"#, r#"{"choices":[3]}"#] {
            assert!(Chunk::read(data.as_bytes()).is_none(), "{data}");
        }
    }
}
