//! A streamed answer, said in OpenAI's chunks.

use crate::dialect::translated::{Chunks, Heard};
use crate::host::Millis;
use crate::stream::decoder::Event;

/// The state machine of one stream.
pub struct Translator {
    _unix_now: Millis,
}

impl Translator {
    /// A translator of a stream that begins now.
    #[must_use]
    pub fn new(unix_now: Millis) -> Self {
        Self { _unix_now: unix_now }
    }
}

impl crate::dialect::translated::Translator for Translator {
    fn push(&mut self, _event: &Event<'_>, _chunks: &mut Chunks) -> Heard {
        Heard::Malformed
    }
}
