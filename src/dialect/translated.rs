//! A stream of another dialect, said in OpenAI's chunks.
//!
//! What a stream needs besides its words (one identity, the seam of a continued text, counts that are
//! withheld, characters that must not be torn) is written once, in [`openai::stream`](super::openai::stream).
//! So a dialect only translates, event by event, and its chunks go the same way as everybody's.

use bytes::Bytes;

use crate::chat::said::Said;
use crate::chat::usage::Usage;
use crate::dialect::openai;
use crate::dialect::{Reader, State, Step};
use crate::failure::Failure;
use crate::json::{Writer, fill, filled};
use crate::stream::decoder::Event;

/// A dialect's side of it: a state machine fed events.
pub trait Translator {
    /// Takes one event, and says it in chunks.
    fn push(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Heard;

    /// What the answer has cost so far, when no chunk has said it yet.
    fn spent(&self) -> Option<Usage> {
        None
    }

    /// Why the answer has ended, when it seems to have and the chunk that says so is held back, because something
    /// may follow all the same: it is said at the end of the body.
    fn seems_over(&self) -> Option<&str> {
        None
    }

    /// The upstream body has ended; `rest` is what was left over and is no event. May be asked again.
    fn end(&mut self, rest: &Bytes, chunks: &mut Chunks) -> Heard {
        let _ = (rest, chunks);
        Heard::Said
    }
}

/// What an event was.
#[derive(Debug)]
pub enum Heard {
    /// An event of this dialect. What it says, if anything, is in the chunks.
    Said,
    /// No event of this dialect; dropped.
    Malformed,
    /// The end of a whole answer.
    Done,
    /// The end of one that is not whole.
    Failed(Failure),
}

/// Chunks in OpenAI's form, as JSON texts.
#[derive(Debug, Default)]
pub struct Chunks {
    /// What is to be said in the next one; of a whole answer, all of it.
    pub(super) said: Said,
    /// What each begins with.
    head: String,
    texts: String,
    ends: Vec<usize>,
}

impl Chunks {
    /// Under what name they all speak, as JSON texts.
    pub fn name(&mut self, id: &str, created: &str) {
        self.head = filled(
            r#"{"id":$,"object":"chat.completion.chunk","created":$,"model":"","choices":["#,
            &[id, created],
        );
    }

    /// Whether they have a name.
    #[must_use]
    pub fn are_named(&self) -> bool {
        !self.head.is_empty()
    }

    /// Begins the answer.
    pub(super) fn role(&mut self) {
        self.choice(
            r#"{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}"#,
            &[],
        );
    }

    /// Adds a chunk with what is said since the last one, if anything is.
    pub(super) fn flush(&mut self) {
        let said = std::mem::take(&mut self.said);
        let mut delta = Writer::object();
        said.write(&mut delta);
        if !delta.is_empty() {
            self.choice(r#"{"index":0,"delta":$,"finish_reason":null}"#, &[&delta.finish()]);
        }
    }

    /// Adds a chunk with a choice of this pattern.
    pub fn choice(&mut self, choice: &str, values: &[&str]) {
        self.begin();
        fill(&mut self.texts, choice, values);
        self.end("]}");
    }

    /// Adds the chunk that says why a choice ended.
    pub fn finish(&mut self, index: u64, why: &str) {
        self.flush();
        self.choice(r#"{"index":$,"delta":{},"finish_reason":"$"}"#, &[&index.to_string(), why]);
    }

    /// Adds the chunk that says what it cost.
    pub fn count(&mut self, usage: &str) {
        self.begin();
        fill(&mut self.texts, r#"],"usage":$"#, &[usage]);
        self.end("}");
    }

    fn begin(&mut self) {
        if !self.are_named() {
            self.name("\"\"", "0");
        }
        self.texts.push_str(&self.head);
    }

    fn end(&mut self, rest: &str) {
        self.texts.push_str(rest);
        self.ends.push(self.texts.len());
    }

    /// Forgets the chunks; their name stays.
    pub(super) fn clear(&mut self) {
        self.texts.clear();
        self.ends.clear();
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends
            .iter()
            .filter_map(move |end| self.texts.as_bytes().get(std::mem::replace(&mut start, *end)..*end))
    }
}

/// A reader of such a stream.
pub struct Translated {
    translator: Box<dyn Translator>,
    reader: openai::stream::Reader,
    chunks: Chunks,
}

impl Translated {
    /// A reader that hears this translator.
    #[must_use]
    pub fn new(translator: Box<dyn Translator>, reader: openai::stream::Reader) -> Self {
        Self { translator, reader, chunks: Chunks::default() }
    }

    /// Notes that something was shown which has no word in the common language.
    pub(super) fn shows_more(&mut self) {
        self.reader.shows_more();
    }

    /// Reads the chunks on; the step that says most is the event's.
    fn read(&mut self, heard: Heard, out: &mut Vec<u8>) -> Step {
        let mut most = Step::Quiet;
        for data in self.chunks.iter() {
            let step = self.reader.push(&Event { name: b"", data }, out);
            if matches!(step, Step::Failed(_)) {
                return step;
            }
            if rank(&step) > rank(&most) {
                most = step;
            }
        }
        match heard {
            Heard::Said => most,
            Heard::Malformed => Step::Malformed,
            Heard::Done => self.reader.push(&Event { name: b"", data: b"[DONE]" }, out),
            Heard::Failed(failure) => Step::Failed(failure),
        }
    }
}

fn rank(step: &Step) -> u8 {
    match step {
        Step::Quiet => 0,
        Step::Malformed => 1,
        Step::Content => 2,
        Step::Finished => 3,
        Step::Done => 4,
        Step::Failed(_) => 5,
    }
}

impl Reader for Translated {
    fn push(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Step {
        self.chunks.clear();
        let heard = self.translator.push(event, &mut self.chunks);
        self.chunks.flush();
        // What follows shows that an end was none.
        self.reader.foresee(None, self.translator.spent());
        let step = self.read(heard, out);
        match self.translator.seems_over() {
            Some(finish) if rank(&step) < rank(&Step::Finished) => {
                self.reader.foresee(Some(finish), None);
                Step::Finished
            }
            _ => step,
        }
    }

    fn end(&mut self, rest: &Bytes, out: &mut Vec<u8>) -> Step {
        self.chunks.clear();
        let heard = self.translator.end(rest, &mut self.chunks);
        let is_done = matches!(heard, Heard::Done);
        self.reader.foresee(None, None);
        match self.read(heard, out) {
            step @ Step::Failed(_) => step,
            _ if is_done => Step::Done,
            _ => self.reader.end(rest, out),
        }
    }

    fn state(&self) -> &State {
        self.reader.state()
    }
}
