//! Server-sent events out of bytes, however the bytes are split.
//!
//! The format is the WHATWG's (HTML Standard, 9.2.6): lines end in LF, CRLF or CR; a blank line ends an
//! event; a line that begins with a colon is a comment; a byte order mark at the start is skipped.
//! Events are slices of the decoder's buffer: in the ordinary case, one whole event a chunk with one
//! `data:` line, nothing is copied but the chunk itself.

use std::ops::Range;

/// The decoder of one stream.
#[derive(Debug)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Everything before this place was handed out.
    at: usize,
    /// How far behind `at` was looked for the end of a line already.
    searched: usize,
    /// The `data` of the event that is being read: a place in the buffer while it is one line, else
    /// the joined lines.
    data: Data,
    /// The lines of the event that was handed out, where they were joined.
    handed_out: Vec<u8>,
    event: Vec<u8>,
    /// The event was handed out: the next line begins another.
    dispatched: bool,
    /// The last line ended in CR: an LF that follows belongs to it.
    after_cr: bool,
    started: bool,
    most: usize,
    /// Lines that belong to no event: where a bare error may stand.
    strays: Vec<u8>,
}

#[derive(Debug, Default)]
enum Data {
    #[default]
    None,
    Line(Range<usize>),
    Joined(Vec<u8>),
}

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub struct Event<'d> {
    /// What the `event:` line said; empty when there was none.
    pub name: &'d [u8],
    /// The `data:` lines, joined by LF.
    pub data: &'d [u8],
}

/// So much of what belongs to no event is kept.
const MOST_STRAYS: usize = 64 << 10;

/// An event grew beyond the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Decoder {
    /// A decoder of events of at most that many bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            buffer: Vec::new(),
            at: 0,
            searched: 0,
            data: Data::None,
            handed_out: Vec::new(),
            event: Vec::new(),
            dispatched: false,
            after_cr: false,
            started: false,
            most,
            strays: Vec::new(),
        }
    }

    /// Takes the next bytes. Ask for the events with [`Decoder::next`] before the next push.
    ///
    /// # Errors
    /// [`TooLarge`] when an event is larger than the bound.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        // What was handed out goes first, so that the buffer holds one unfinished event at most.
        if let Data::Line(place) = &mut self.data {
            let start = place.start.min(self.at);
            self.buffer.drain(..start);
            self.at -= start;
            *place = place.start - start..place.end - start;
        } else {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        if self.buffer.len() + bytes.len() + self.joined() > self.most {
            return Err(TooLarge);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Whether everything that came was handed out: the bytes so far end where an event ends.
    #[must_use]
    pub fn is_between_events(&self) -> bool {
        self.at == self.buffer.len() && matches!(self.data, Data::None)
    }

    /// What is left over: the lines that belonged to no event, and the text that no line end has followed.
    #[must_use]
    pub fn rest(&self) -> Vec<u8> {
        let mut rest = self.strays.clone();
        rest.extend_from_slice(self.unread());
        rest
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    /// Acts as if the stream had ended with a blank line, for servers that forget it.
    pub fn finish(&mut self) {
        // The first may belong to a CR, the second ends a line, the third is the blank one.
        self.buffer.extend_from_slice(b"\n\n\n");
    }

    /// The next whole event.
    #[expect(
        clippy::should_implement_trait,
        reason = "an event borrows the decoder; an iterator's item may not"
    )]
    pub fn next(&mut self) -> Option<Event<'_>> {
        if std::mem::take(&mut self.dispatched) {
            self.event.clear();
        }
        loop {
            let line = self.line()?;
            if line.is_empty() {
                match std::mem::take(&mut self.data) {
                    Data::None => self.event.clear(),
                    data => return Some(self.dispatch(data)),
                }
            } else {
                self.field(line);
            }
        }
    }

    fn dispatch(&mut self, data: Data) -> Event<'_> {
        self.dispatched = true;
        let name = self.event.as_slice();
        match data {
            Data::Line(place) => Event { name, data: self.buffer.get(place).unwrap_or_default() },
            Data::Joined(joined) => {
                self.handed_out = joined;
                Event { name, data: &self.handed_out }
            }
            Data::None => Event { name, data: &[] },
        }
    }

    /// The place of the next whole line, its end not included.
    fn line(&mut self) -> Option<Range<usize>> {
        if !self.started {
            let mark = [0xef, 0xbb, 0xbf];
            let first = self.unread();
            if first.len() < mark.len() && mark.starts_with(first) {
                return None;
            }
            if first.starts_with(&mark) {
                self.at += mark.len();
            }
            self.started = true;
        }
        if self.after_cr {
            match self.unread().first() {
                None => return None,
                Some(b'\n') => self.at += 1,
                Some(_) => {}
            }
            self.after_cr = false;
        }
        let unread = self.buffer.get(self.at + self.searched..).unwrap_or_default();
        let Some(length) = memchr::memchr2(b'\n', b'\r', unread) else {
            self.searched = self.buffer.len() - self.at;
            return None;
        };
        let end = self.at + self.searched + length;
        let line = self.at..end;
        self.after_cr = self.buffer.get(end) == Some(&b'\r');
        self.at = end + 1;
        self.searched = 0;
        Some(line)
    }

    fn field(&mut self, line: Range<usize>) {
        let text = self.buffer.get(line.clone()).unwrap_or_default();
        let colon = memchr::memchr(b':', text).unwrap_or(text.len());
        let name = text.get(..colon).unwrap_or_default();
        let mut value = (line.start + colon + 1).min(line.end);
        if self.buffer.get(value) == Some(&b' ') && value < line.end {
            value += 1;
        }
        let place = value..line.end;
        match name {
            b"data" => {
                let mut joined = match std::mem::take(&mut self.data) {
                    Data::None => {
                        self.data = Data::Line(place);
                        return;
                    }
                    Data::Line(first) => self.buffer.get(first).unwrap_or_default().to_vec(),
                    Data::Joined(joined) => joined,
                };
                joined.push(b'\n');
                joined.extend_from_slice(self.buffer.get(place).unwrap_or_default());
                self.data = Data::Joined(joined);
            }
            b"event" => self.event = self.buffer.get(place).unwrap_or_default().to_vec(),
            b"" | b"id" | b"retry" => {}
            _ => {
                let line = self.buffer.get(line).unwrap_or_default();
                if self.strays.len() + line.len() < MOST_STRAYS {
                    self.strays.extend_from_slice(line);
                    self.strays.push(b'\n');
                }
            }
        }
    }

    fn joined(&self) -> usize {
        match &self.data {
            Data::Joined(joined) => joined.len(),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Owned = (String, String);

    fn decode(pieces: &[&[u8]]) -> Vec<Owned> {
        let mut decoder = Decoder::new(1 << 20);
        let mut events = Vec::new();
        for piece in pieces {
            decoder.push(piece).unwrap();
            while let Some(event) = decoder.next() {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                events.push((text(event.name), text(event.data)));
            }
        }
        events
    }

    fn event(name: &str, data: &str) -> Owned {
        (name.into(), data.into())
    }

    const STREAM: &str = "\u{feff}: hello\r\n\r\ndata: {\"a\":\"\u{e9}\u{1f600}\"}\r\n\r\nevent: x\rid: 7\rdata:one\rdata: two\r\rdata\n\nretry: 5\n\ndata:  three\n: between\ndata:\ndata: four\n\ndata: [DONE]\n\ndata: cut";

    fn meant() -> Vec<Owned> {
        vec![
            event("", "{\"a\":\"\u{e9}\u{1f600}\"}"),
            event("x", "one\ntwo"),
            event("", ""),
            event("", " three\n\nfour"),
            event("", "[DONE]"),
        ]
    }

    #[test]
    fn every_split_in_three_gives_the_same_events() {
        let bytes = STREAM.as_bytes();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(decode(&pieces), meant(), "split at {first} and {second}");
            }
        }
    }

    #[test]
    fn one_byte_at_a_time_gives_the_same_events() {
        let pieces: Vec<&[u8]> = STREAM.as_bytes().chunks(1).collect();
        assert_eq!(decode(&pieces), meant());
    }

    #[test]
    fn a_name_belongs_to_one_event_only() {
        assert_eq!(decode(&[b"event: a\ndata: 1\n\ndata: 2\n\n"]), [event("a", "1"), event("", "2")]);
        assert_eq!(decode(&[b"event: a\n\ndata: 2\n\n"]), [event("", "2")]);
    }

    #[test]
    fn a_bare_error_is_left_over_however_it_is_laid_out() {
        for text in [
            "{\"error\":\n  {\"code\": 499}\n}\n",
            "\r\n{\"error\":{\"code\":499}}",
            "{\"error\":{\"code\":499}}\n\n",
        ] {
            let mut decoder = Decoder::new(1000);
            decoder.push(b"data: 1\n\n").unwrap();
            assert!(decoder.next().is_some());
            decoder.push(text.as_bytes()).unwrap();
            assert!(decoder.next().is_none());
            let rest: serde_json::Value = serde_json::from_slice(&decoder.rest()).unwrap();
            assert_eq!(rest["error"]["code"], 499);
        }
    }

    #[test]
    fn what_is_left_over_is_known() {
        let mut decoder = Decoder::new(100);
        decoder.push(b"data: 1\n\n{\"error\":").unwrap();
        assert!(decoder.next().is_some() && decoder.next().is_none());
        assert_eq!(decoder.rest(), b"{\"error\":");
        assert!(!decoder.is_between_events());
    }

    #[test]
    fn a_stream_that_forgets_its_last_blank_line_can_be_finished() {
        for end in ["data: 1", "data: 1\n", "data: 1\r", "data: 1\r\n", "data: 1\n\n"] {
            let mut decoder = Decoder::new(100);
            decoder.push(end.as_bytes()).unwrap();
            let early = decoder.next().is_some();
            decoder.finish();
            let late = decoder.next().map(|event| event.data.to_vec());
            assert!(early || late.as_deref() == Some(b"1"), "{end:?}");
            assert!(decoder.next().is_none());
        }
    }

    #[test]
    fn an_event_without_an_end_is_bounded() {
        let mut decoder = Decoder::new(1000);
        let piece = [b'x'; 100];
        let pushed = (0..20).take_while(|_| {
            let pushed = decoder.push(&piece).is_ok();
            assert!(decoder.next().is_none());
            pushed
        });
        assert_eq!(pushed.count(), 10);
        let mut lines = Decoder::new(1000);
        assert!((0..1000).any(|_| {
            let refused = lines.push(b"data: more and more\n").is_err();
            let _ = lines.next();
            refused
        }));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_split_give_the_same_events(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b':'), Just(b'd'), Just(b' '), any::<u8>()], 0..80),
            lines in "(data: [a-z]{0,3}(\n|\r\n|\r){1,2}){0,6}",
            sizes in proptest::collection::vec(1usize..9, 1..20),
        ) {
            let whole = [lines.as_bytes(), &bytes, lines.as_bytes()].concat();
            let mut pieces = Vec::new();
            let mut rest = whole.as_slice();
            for size in sizes.iter().cycle() {
                if rest.is_empty() { break; }
                let (piece, after) = rest.split_at((*size).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            prop_assert_eq!(decode(&pieces), decode(&[&whole]));
        }
    }
}
