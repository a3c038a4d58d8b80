//! One chunk of a streamed answer: what it says, without taking it apart.

use std::borrow::Cow;

use crate::json::{Edit, Error, Object, Reader, inside, says_something};

/// A chunk, by its members, and what its choices say.
pub struct Chunk<'a> {
    object: Object<'a>,
    /// What the deltas of all choices say together.
    pub says: Says,
    /// The text of the first choice's delta: the inside of a JSON string, escapes as they came.
    pub text: Option<&'a str>,
    /// The choices that ended with it, by their index, and why.
    pub finishes: Vec<(u64, Cow<'a, str>)>,
    /// Whether a delta in it says whose words they are.
    pub has_role: bool,
    /// Whether there is a choice in it at all; the last chunk of usage has none.
    pub has_choices: bool,
    /// Something in a choice is not as OpenAI writes it, or as its clients take it: `content` that is no text, a `message`,
    /// `annotations`.
    pub is_odd: bool,
    /// The tool calls in the first choice's delta, as JSON text.
    pub calls: Option<&'a str>,
    /// The same of what it cites.
    pub cited: Option<&'a str>,
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
    /// How many bytes of thoughts.
    pub thoughts: usize,
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
            thoughts: self.thoughts + other.thoughts,
        }
    }
}

impl<'a> Chunk<'a> {
    /// Reads the data of an event. `None` when it is no JSON object of a chunk's shape.
    #[must_use]
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let object = Object::read(data).ok()?;
        let choices = object.given("choices").unwrap_or("[]");
        let mut chunk = Self {
            object,
            says: Says::default(),
            text: None,
            finishes: Vec::new(),
            has_role: false,
            has_choices: false,
            is_odd: false,
            calls: None,
            cited: None,
            inner_usage: None,
        };
        let mut reader = Reader::new(choices);
        reader.begin(b'[').ok()?;
        while reader.element().ok()? {
            chunk.choice(&mut reader).ok()?;
        }
        Some(chunk)
    }

    fn choice(&mut self, reader: &mut Reader<'a>) -> Result<(), Error> {
        self.has_choices = true;
        let (mut index, mut finish) = (0, None);
        reader.begin(b'{')?;
        while let Some(key) = reader.key()? {
            match key.as_ref() {
                "index" => index = reader.count_unless_null()?.unwrap_or(0),
                "delta" => {
                    let delta = Delta::read(reader)?;
                    self.says = self.says.and(delta.says);
                    self.text = self.text.or(delta.text);
                    self.calls = self.calls.or(delta.calls);
                    self.cited = self.cited.or(delta.cited);
                    self.is_odd |= delta.is_odd;
                    self.has_role |= delta.has_role;
                }
                "finish_reason" => finish = reader.string_unless_null()?,
                // Perplexity repeats the whole message beside each delta.
                "message" => self.is_odd |= reader.value()? != "null",
                "usage" => self.inner_usage = self.inner_usage.or(Some(reader.value()?)),
                _ => _ = reader.value()?,
            }
        }
        if let Some(why) = finish {
            self.finishes.push((index, why));
        }
        Ok(())
    }

    /// The error in it, as JSON text.
    #[must_use]
    pub fn error(&self) -> Option<&'a str> {
        self.object.said("error")
    }

    /// The usage in it, as JSON text: where OpenAI writes it, or where Groq and Moonshot do.
    #[must_use]
    pub fn usage(&self) -> Option<&'a str> {
        let inner = || self.inner_usage.filter(|usage| says_something(usage));
        self.object.said("usage").or_else(inner).or_else(|| self.object.within("x_groq").said("usage"))
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

/// A message or a delta, as far as it is read.
#[derive(Default)]
pub(super) struct Delta<'a> {
    pub(super) says: Says,
    text: Option<&'a str>,
    pub(super) calls: Option<&'a str>,
    cited: Option<&'a str>,
    pub(super) is_odd: bool,
    has_role: bool,
}

impl<'a> Delta<'a> {
    /// Reads the one that stands here; `null` says nothing.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let mut delta = Self::default();
        if reader.begin_unless_null(b'{')? {
            while let Some(key) = reader.key()? {
                let value = reader.value()?;
                delta.hear(&key, value);
            }
        }
        Ok(delta)
    }

    /// The members of a delta, by what they mean. An unknown one counts as content: better shown than lost.
    fn hear(&mut self, key: &str, value: &'a str) {
        self.is_odd |= key == "content" && !value.starts_with(['"', 'n']);
        if !says_something(value) {
            return;
        }
        let says = &mut self.says;
        match key {
            // `channel` is Groq's: in which of its streams gpt-oss speaks.
            "role" => self.has_role = true,
            "name" | "channel" => {}
            "reasoning" | "reasoning_content" | "reasoning_details" | "thinking" => {
                says.reasoning = true;
                // Some say them twice, under two names.
                says.thoughts = says.thoughts.max(inside(value).map_or(0, str::len));
            }
            "content" => {
                says.answer = true;
                self.text = inside(value);
                says.more |= self.text.is_none();
            }
            "tool_calls" | "function_call" => {
                (says.answer, says.tool) = (true, true);
                self.calls = self.calls.or((key == "tool_calls").then_some(value));
            }
            "refusal" => (says.answer, says.refusal) = (true, true),
            // What was cited so far stays so, whoever carries on; but clients want it numbered.
            "annotations" => (says.answer, self.is_odd, self.cited) = (true, true, Some(value)),
            _ => (says.answer, says.more) = (true, true),
        }
    }
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
        assert!(says(r#"{"audio":{"id":"x"}}"#).more);
        let cited = says(r#"{"annotations":[{"type":"url_citation"}]}"#);
        assert!(cited.answer && !cited.more);
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
