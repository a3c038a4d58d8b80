//! What a model says in one turn, put together piece by piece: how OpenAI writes it is known here alone.

use crate::json::{Writer, filled};

/// What is said so far: the members of a message or of a delta.
#[derive(Debug, Default)]
pub struct Said {
    /// By their names, each without its last quote or bracket.
    members: Vec<(&'static str, String)>,
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
    /// More of a text: the inside of a JSON string.
    pub fn text(&mut self, name: &'static str, text: &str) {
        if !text.is_empty() {
            self.add(name, "\"", "", text);
        }
    }

    /// Such a text is there, be it empty.
    pub fn begin(&mut self, name: &'static str) {
        self.add(name, "\"", "", "");
    }

    /// One entry more of a list: JSON text.
    pub fn entry(&mut self, name: &'static str, json: &str) {
        self.add(name, "[", ",", json);
    }

    /// One call more.
    pub fn call(&mut self, call: &Call<'_>) {
        let mut function = Writer::object();
        function.maybe("name", call.name).member("arguments", call.arguments);
        let mut out = Writer::object();
        out.maybe_whole("index", call.index.map(|index| index as u64)).maybe("id", call.id);
        out.member("type", "\"function\"").nest("function", &function).maybe("extra_content", call.extra);
        self.entry("tool_calls", &out.finish());
    }

    #[inline(never)]
    fn add(&mut self, name: &'static str, opens: &str, between: &str, more: &str) {
        if !self.has(name) {
            self.members.push((name, opens.to_owned()));
        }
        for (known, member) in &mut self.members {
            if *known == name {
                member.push_str(if member.len() > 1 { between } else { "" });
                member.push_str(more);
            }
        }
    }

    /// Whether there is such a member.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(known, _)| *known == name)
    }

    /// Takes a member back.
    pub fn forget(&mut self, name: &str) {
        self.members.retain(|(known, _)| *known != name);
    }

    /// Writes the members.
    pub fn write(&self, out: &mut Writer) {
        for (name, member) in &self.members {
            let close = if member.starts_with('[') { "]" } else { "\"" };
            out.fill(name, "$$", &[member, close]);
        }
    }

    /// All of it as a message; what is not said of these members is `null`.
    #[must_use]
    pub fn message(&self, always: &[&str]) -> Writer {
        let mut message = Writer::object();
        message.member("role", "\"assistant\"");
        for name in always {
            if !self.has(name) {
                message.member(name, "null");
            }
        }
        self.write(&mut message);
        message
    }

    /// The choice at this place, and why it ended; `logprobs` is JSON text.
    #[must_use]
    pub fn choice(&self, index: u64, finish: &str, logprobs: &str) -> String {
        let message = self.message(&["content", "refusal"]).finish();
        filled(
            r#"{"index":$,"message":$,"logprobs":$,"finish_reason":"$"}"#,
            &[&index.to_string(), &message, logprobs, finish],
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
