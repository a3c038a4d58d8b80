//! A stream on its way out: the common language's, read line by line, and said in the caller's words.

use crate::json::{self, Object, filled};

/// How a language says a stream: a state machine, fed what the common one says.
pub(super) trait Tongue {
    /// Takes an event of the caller's own language, as the provider sent it, and hands it on.
    fn pass(&mut self, name: &str, event: &Object<'_>, data: &[u8], out: &mut Vec<u8>);

    /// Another target carries on: not as it would by itself, but as we ask it to.
    fn changes_hands(&mut self, _: &mut Vec<u8>) {}

    /// All that was said is void.
    fn restarts(&mut self);

    /// Begins the stream with its first chunk; there are more.
    fn starts(&mut self, chunk: &Object<'_>, out: &mut Vec<u8>);

    /// Notes what the answer cost: a `usage`.
    fn costs(&mut self, usage: &str);

    /// Says a delta.
    fn delta(&mut self, delta: &Object<'_>, out: &mut Vec<u8>);

    /// Notes why the answer ended.
    fn finishes(&mut self, why: &str);

    /// Ends the stream. `native`: the provider speaks the caller's own language, and has said the end itself.
    fn ends(&mut self, native: bool, out: &mut Vec<u8>);

    /// An error, after which nothing comes. `error` is the object in OpenAI's form.
    fn fails(&mut self, error: &str, out: &mut Vec<u8>);
}

/// Says a stream in the caller's language, fed the bytes of the common one.
pub struct Voice {
    tongue: Box<dyn Tongue>,
    /// The provider speaks the caller's own language.
    native: bool,
    restarts: bool,
    /// The end was said, or an error: nothing comes any more.
    over: bool,
}

impl Voice {
    pub(super) fn new(tongue: Box<dyn Tongue>) -> Self {
        Self { tongue, native: false, restarts: false, over: false }
    }

    /// Takes whole lines of server-sent events, and puts what the caller gets behind `out`.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        for line in piece.split(|byte| *byte == b'\n') {
            if self.over {
                return;
            }
            if let Some(data) = line.strip_prefix(b"data: ") {
                self.say(data, out);
            } else if let Some(data) = line.strip_prefix(b"native: ") {
                self.pass(data, out);
            } else if let Some(name) = line.strip_prefix(b"event: ") {
                self.restarts = name == b"steadfast.restart";
            } else if line.starts_with(b":") {
                if line.starts_with(b": steadfast continued") {
                    self.native = false;
                    self.tongue.changes_hands(out);
                }
                out.extend_from_slice(line);
                out.extend_from_slice(b"\n\n");
            }
        }
    }

    fn pass(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.native = true;
        let Ok(event) = Object::read(data) else { return };
        if let Some(name) = event.inside("type") {
            self.tongue.pass(name, &event, data, out);
        }
    }

    fn say(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if data == b"[DONE]" {
            self.over = true;
            return self.tongue.ends(self.native, out);
        }
        let Ok(chunk) = Object::read(data) else { return };
        if let Some(error) = chunk.said("error") {
            self.over = true;
            return self.tongue.fails(error, out);
        }
        if std::mem::take(&mut self.restarts) {
            self.native = false;
            self.tongue.restarts();
            return write(out, "steadfast.restart", br#"{"type":"steadfast.restart"}"#);
        }
        if self.native {
            return;
        }
        self.tongue.starts(&chunk, out);
        if let Some(usage) = chunk.value("usage") {
            self.tongue.costs(usage);
        }
        let Some(choice) = chunk.list("choices").next().and_then(json::object) else { return };
        if let Some(delta) = choice.object("delta") {
            self.tongue.delta(&delta, out);
        }
        if let Some(why) = choice.inside("finish_reason") {
            self.tongue.finishes(why);
        }
    }
}

/// An event, by the pattern of its data (see [`filled`]).
pub(super) fn event(out: &mut Vec<u8>, name: &str, pattern: &str, values: &[&str]) {
    write(out, name, filled(pattern, values).as_bytes());
}

/// An event with this data.
pub(super) fn write(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    for part in [b"event: ", name.as_bytes(), b"\ndata: ", data, b"\n\n"] {
        out.extend_from_slice(part);
    }
}
