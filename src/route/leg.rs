//! What one target contributes to a streamed answer: its body, decoded event by event.

use bytes::Bytes;

use crate::chat::format::Said;
use crate::class::Class;
use crate::dialect::{Reader, State, Step};
use crate::failure::Failure;
use crate::host::{Body, Here};
use crate::stream::decoder::Decoder;

use super::alarm::Alarm;

/// A stream on its way through.
pub(crate) struct Leg {
    body: Box<dyn Body>,
    decoder: Decoder,
    reader: Box<dyn Reader>,
    /// What the caller gets, as far as it is not handed on yet.
    pub(crate) out: Vec<u8>,
    pub(crate) alarm: Alarm,
    ended: Option<Bytes>,
    done: bool,
}

/// An event of this many bytes is no event any more.
const LARGEST_EVENT: usize = 16 << 20;

/// Nothing shorter is content: `data: [DONE]` and its blank line.
const SHORTEST_EVENT: usize = 14;

impl Leg {
    pub(crate) fn new(body: Box<dyn Body>, reader: Box<dyn Reader>, alarm: Alarm) -> Self {
        Self {
            body,
            decoder: Decoder::new(LARGEST_EVENT),
            reader,
            out: Vec::new(),
            alarm,
            ended: None,
            done: false,
        }
    }

    /// Closes the connection: what is here already was all.
    pub(crate) fn hang_up(&mut self) {
        self.body = Box::new(Here(None));
    }

    /// Writes what is held back until nothing can follow it: the end of an answer that is whole already.
    pub(crate) fn conclude(&mut self) {
        let _ = self.reader.end(&Bytes::new(), &mut self.out);
    }

    pub(crate) fn state(&self) -> &State {
        self.reader.state()
    }

    /// The next event that is here already; `None`: read on.
    pub(crate) fn ready(&mut self) -> Option<Step> {
        if self.done {
            return Some(Step::Done);
        }
        let step = match self.decoder.next() {
            Some(event) => self.reader.push(&event, &mut self.out),
            None => self.reader.end(self.ended.as_ref()?, &mut self.out),
        };
        self.done = matches!(step, Step::Done);
        Some(step)
    }

    /// What the events say together that are not handed on yet.
    pub(crate) fn said(&self) -> Said {
        let mut said = Said::default();
        for line in self.out.split(|byte| *byte == b'\n') {
            if let Some(data) = line.strip_prefix(b"data: ") {
                said.add(data);
            }
        }
        said
    }

    /// Waits for more bytes.
    ///
    /// # Errors
    /// The clock that ran out, or a `cut` when the body broke.
    pub(crate) async fn read(&mut self) -> Result<(), Failure> {
        // Every wake-up is dear: between events nothing shorter than an event is worth one.
        let at_least = if self.decoder.is_between_events() { SHORTEST_EVENT } else { 1 };
        let cut = |why: String| Failure::new(Class::Cut, format!("the stream broke: {why}"));
        match self.alarm.watch(self.body.read(at_least)).await.map_err(timed_out)? {
            Ok(Some(bytes)) => self
                .decoder
                .push(&bytes)
                .map_err(|_| cut(format!("an event is larger than {LARGEST_EVENT} bytes"))),
            Ok(None) => {
                self.ended = Some(self.decoder.rest().into());
                self.decoder.finish();
                Ok(())
            }
            Err(why) => Err(cut(why)),
        }
    }
}

/// The failure when a clock ran out.
pub(crate) fn timed_out(clock: &'static str) -> Failure {
    let mut failure = Failure::new(Class::Timeout, format!("the {clock} clock ran out"));
    // When the time of the request is over, it is over for every target.
    failure.clock = Some(clock);
    failure.falls_back = clock != "deadline";
    failure
}
