//! A whole answer of another dialect, said as a `chat.completion`.
//!
//! What a dialect hears of an answer it puts in here, piece by piece; how OpenAI writes it is known here alone.

use crate::class::Class;
use crate::failure::Failure;
use crate::json::{Object, Writer, filled};

/// The members of a success.
///
/// # Errors
/// It is no JSON object.
pub(super) fn opened(body: &[u8]) -> Result<Object<'_>, Failure> {
    Object::read(body).map_err(|why| flaw(&format!("the answer is not a JSON object: {why}")))
}

/// It is no answer, and why.
pub(super) fn flaw(what: &str) -> Failure {
    Failure::new(Class::BadOutput, what)
}

/// What one choice of an answer says.
#[derive(Debug)]
pub(super) struct Said {
    /// The insides of JSON strings.
    pub(super) text: Option<String>,
    pub(super) refusal: Option<String>,
    pub(super) thoughts: String,
    /// Lists of what else is in it.
    pub(super) details: Writer,
    pub(super) calls: Writer,
    pub(super) images: Writer,
    pub(super) citations: Writer,
}

impl Said {
    /// Nothing yet.
    pub(super) fn nothing() -> Self {
        let [details, calls, images, citations] = std::array::from_fn(|_| Writer::list());
        Self { text: None, refusal: None, thoughts: String::new(), details, calls, images, citations }
    }

    /// More text: the inside of a JSON string.
    pub(super) fn add(&mut self, text: &str) {
        self.text.get_or_insert_default().push_str(text);
    }

    /// The members of a message, or of a delta, that are neither text nor refusal.
    pub(super) fn members(&self, out: &mut Writer) {
        if !self.thoughts.is_empty() {
            out.fill("reasoning_content", "\"$\"", &[&self.thoughts]);
        }
        out.unless_empty("reasoning_details", &self.details);
        out.unless_empty("tool_calls", &self.calls).unless_empty("images", &self.images);
        out.unless_empty("annotations", &self.citations);
    }

    /// The choice at this place, and why it ended; `logprobs` is JSON text.
    pub(super) fn choice(mut self, index: u64, finish: &str, logprobs: &str) -> String {
        let mut message = Writer::object();
        message.member("role", "\"assistant\"");
        for (name, text) in [("content", self.text.take()), ("refusal", self.refusal.take())] {
            match text {
                Some(text) => message.fill(name, "\"$\"", &[&text]),
                None => message.member(name, "null"),
            };
        }
        self.members(&mut message);
        filled(
            r#"{"index":$,"message":$,"logprobs":$,"finish_reason":"$"}"#,
            &[&index.to_string(), &message.finish(), logprobs, finish],
        )
    }
}
