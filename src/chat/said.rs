//! What a model says in one turn, put together piece by piece: how OpenAI writes it is known here alone.

use crate::json::{Writer, filled};

/// What is said so far.
#[derive(Debug)]
pub struct Said {
    /// The insides of JSON strings.
    pub text: Option<String>,
    /// The same of what it declined with.
    pub refusal: Option<String>,
    /// And of what was thought, as far as it is shown, whoever signed it.
    pub thoughts: String,
    /// What was signed or hidden of that; as all that follows, a list.
    pub details: Writer,
    /// What it calls.
    pub calls: Writer,
    /// What it shows.
    pub images: Writer,
    /// Where it has something from.
    pub citations: Writer,
}

/// A call of a tool, in JSON texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call<'c> {
    /// Which one it is, in a stream.
    pub index: Option<usize>,
    /// What it is called.
    pub id: Option<&'c str>,
    /// What the tool is called.
    pub name: Option<&'c str>,
    /// A JSON string.
    pub arguments: &'c str,
    /// What it was signed with.
    pub extra: Option<&'c str>,
}

impl Said {
    /// Nothing yet.
    #[must_use]
    pub fn nothing() -> Self {
        let [details, calls, images, citations] = std::array::from_fn(|_| Writer::list());
        Self { text: None, refusal: None, thoughts: String::new(), details, calls, images, citations }
    }

    /// More text: the inside of a JSON string.
    pub fn add(&mut self, text: &str) {
        self.text.get_or_insert_default().push_str(text);
    }

    /// One call more.
    pub fn call(&mut self, call: &Call<'_>) {
        let mut function = Writer::object();
        function.maybe("name", call.name).member("arguments", call.arguments);
        let mut out = Writer::object();
        out.maybe_whole("index", call.index.map(|index| index as u64)).maybe("id", call.id);
        out.member("type", "\"function\"").nest("function", &function).maybe("extra_content", call.extra);
        self.calls.append(&out);
    }

    /// The members of a message, or of a delta, that are neither text nor refusal.
    pub fn members(&self, out: &mut Writer) {
        if !self.thoughts.is_empty() {
            out.fill("reasoning_content", "\"$\"", &[&self.thoughts]);
        }
        out.unless_empty("reasoning_details", &self.details);
        out.unless_empty("tool_calls", &self.calls).unless_empty("images", &self.images);
        out.unless_empty("annotations", &self.citations);
    }

    /// All of it as a message, in which these texts have these names.
    #[must_use]
    pub fn message(&self, texts: &[(&str, &Option<String>)]) -> Writer {
        let mut message = Writer::object();
        message.member("role", "\"assistant\"");
        for (name, text) in texts {
            match text {
                Some(text) => message.fill(name, "\"$\"", &[text]),
                None => message.member(name, "null"),
            };
        }
        self.members(&mut message);
        message
    }

    /// The choice at this place, and why it ended; `logprobs` is JSON text.
    #[must_use]
    pub fn choice(&self, index: u64, finish: &str, logprobs: &str) -> String {
        let message = self.message(&[("content", &self.text), ("refusal", &self.refusal)]);
        filled(
            r#"{"index":$,"message":$,"logprobs":$,"finish_reason":"$"}"#,
            &[&index.to_string(), &message.finish(), logprobs, finish],
        )
    }
}

/// A whole answer, of these choices, which may have more members. All are JSON texts.
#[must_use]
pub fn completion(
    id: Option<&str>,
    created: &str,
    model: Option<&str>,
    choices: &str,
    usage: Option<&str>,
) -> Writer {
    let mut out = Writer::object();
    out.maybe("id", id).member("object", "\"chat.completion\"").member("created", created);
    out.maybe("model", model).fill("choices", "[$]", &[choices]).maybe("usage", usage);
    out
}
