//! The world, as one small trait: everything the core cannot do by itself.
//!
//! A host is made for one request and goes with it: on Cloudflare Workers the connections, timers
//! and signals of a request may not be touched from another one. Cancelling is dropping: a future or
//! a body that is dropped must abort its fetch, clear its timer and release its connection at once.

#[cfg(all(feature = "web", target_arch = "wasm32"))]
mod memory;
#[cfg(any(feature = "web", test))]
mod pool;
#[cfg(feature = "web")]
pub(crate) mod web;

use std::future::ready;

use bytes::Bytes;
use futures::future::LocalBoxFuture;

use crate::search;

/// Milliseconds on the host's monotonic clock; only differences mean anything.
pub type Millis = u64;

/// What steadfast needs of the world around it.
pub trait Host {
    /// Calls upstream and resolves when the headers of the answer are there. Redirects are not
    /// followed. An `Err` says why no headers came, in words fit for a trail.
    fn fetch(&self, request: UpstreamRequest) -> LocalBoxFuture<'static, Result<UpstreamResponse, String>>;

    /// Resolves after that many milliseconds.
    fn sleep(&self, milliseconds: Millis) -> LocalBoxFuture<'static, ()>;

    /// The monotonic clock.
    fn now(&self) -> Millis;

    /// The wall clock: milliseconds since 1970, for dates in headers and logs.
    fn unix_now(&self) -> Millis;

    /// Sixty-four random bits.
    fn random(&self) -> u64;

    /// Runs a future beside the answer, also after it was sent (`waitUntil` on Workers).
    fn spawn(&self, future: LocalBoxFuture<'static, ()>);

    /// Writes one line to the log.
    fn log(&self, level: Level, line: &str);

    /// Whether anybody reads what requests come to: if not, nobody need put it into a line.
    fn keeps_log(&self) -> bool {
        true
    }

    /// Whether anybody listens to what [`Host::tell`] says: if not, nobody need put it into words.
    fn is_watched(&self) -> bool {
        false
    }

    /// Tells whoever watches what happens in this request, as it happens: one JSON object.
    fn tell(&self, event: &str) {
        let _ = event;
    }

    /// The request is over; `summary` puts into JSON what came of it.
    fn over(&self, summary: &dyn Fn() -> String) {
        let _ = summary;
    }
}

/// How loud a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What happens every day.
    Info,
    /// What somebody should look at.
    Warn,
    /// What is broken.
    Error,
}

/// One call to a provider. Always a POST.
#[derive(Clone)]
pub struct UpstreamRequest {
    /// Where to; absolute.
    pub url: String,
    /// Lower-case names and values, the provider's key among them: never to be logged.
    pub headers: Headers,
    /// The body in pieces, to be sent one after another: most are slices of the caller's own bytes.
    pub body: Vec<Bytes>,
}

/// The head of a provider's answer, and the body to be read.
pub struct UpstreamResponse {
    /// The HTTP status.
    pub status: u16,
    /// Lower-case names and values.
    pub headers: Headers,
    /// What follows.
    pub body: Box<dyn Body>,
}

/// A body that is read piece by piece; dropping it closes the connection.
pub trait Body {
    /// The next piece, or `None` at the end. `at_least` is a wish, not a promise: a host that can
    /// should wait for that many bytes before it wakes us, because every wake-up is dear.
    fn read(&mut self, at_least: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>>;

    /// The rest of the body in one piece, or `None` when it is longer than `at_most` bytes.
    fn read_all(&mut self, at_most: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        Box::pin(async move {
            let mut whole = Vec::new();
            while let Some(piece) = self.read(1).await? {
                if whole.len() + piece.len() > at_most {
                    return Ok(None);
                }
                whole.extend_from_slice(&piece);
            }
            Ok(Some(whole.into()))
        })
    }
}

/// A body that is here already: in one piece, or over.
pub(crate) struct Here(pub(crate) Option<Bytes>);

impl Body for Here {
    fn read(&mut self, _at_least: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        Box::pin(ready(Ok(self.0.take())))
    }

    fn read_all(&mut self, at_most: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        let whole = self.0.take().unwrap_or_default();
        Box::pin(ready(Ok((whole.len() <= at_most).then_some(whole))))
    }
}

/// Headers: few, looked up by name, kept in the order they came.
///
/// They are one text, a line of `name: value` for each: so they cross the border to JavaScript, and so none of them needs
/// memory of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(String);

impl Headers {
    /// The value of that (lower-case) name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = self.0.as_str();
        std::iter::from_fn(move || {
            let (line, after) = search::split_once(rest, "\n")?;
            rest = after;
            Some(search::split_once(line, ": ").unwrap_or((line, "")))
        })
    }

    /// Adds one. The name must be one that a header can have.
    pub fn push(&mut self, name: &str, value: &str) {
        if self.0.is_empty() {
            self.0.reserve(USUAL);
        }
        self.0.push_str(name);
        self.0.push_str(": ");
        // A line break would begin another header.
        match search::find(value, "\n") {
            None => self.0.push_str(value),
            Some(_) => self.0.push_str(&search::replace(value, "\n", " ")),
        }
        self.0.push('\n');
    }

    /// Adds one in the place of those of its name.
    pub fn replace(&mut self, name: &str, value: &str) {
        if self.find(name).is_some() {
            let others = self.iter().filter(|(known, _)| !known.eq_ignore_ascii_case(name));
            *self = others.collect();
        }
        self.push(name, value);
    }

    /// All of them as lines.
    #[must_use]
    pub fn lines(&self) -> &str {
        &self.0
    }

    /// Those of a text of such lines.
    #[must_use]
    pub fn of_lines(mut lines: String) -> Self {
        if !lines.is_empty() && !lines.ends_with('\n') {
            lines.push('\n');
        }
        Self(lines)
    }

    /// Those of a JSON text.
    pub(crate) fn json() -> Self {
        let mut headers = Self::default();
        headers.push("content-type", "application/json");
        headers
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let mut all = Self::default();
        headers.into_iter().for_each(|(name, value)| all.push(name.as_ref(), value.as_ref()));
        all
    }
}

/// So many bytes most of them have room in.
const USUAL: usize = 240;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_by_name_whatever_their_values_say() {
        let mut headers = Headers::from_iter([("a", "1"), ("b", ""), ("c", "x: y"), ("d", "é")]);
        headers.push("e", "one\nf: two");
        let found = ["A", "b", "c", "d", "e", "f", "g"].map(|name| headers.find(name));
        assert_eq!(found, [Some("1"), Some(""), Some("x: y"), Some("é"), Some("one f: two"), None, None]);
        assert_eq!(Headers::of_lines(headers.lines().to_owned()), headers);
        assert_eq!(
            Headers::of_lines("a: 1\nb: 2".into()).find("b"),
            Some("2"),
            "a last line without its end"
        );
    }

    #[test]
    fn one_that_replaces_another_is_the_only_one_of_its_name() {
        let mut headers = Headers::from_iter([("a", "1"), ("B", "2"), ("c", "3"), ("b", "4")]);
        headers.replace("b", "5");
        headers.replace("d", "6");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("a", "1"), ("c", "3"), ("b", "5"), ("d", "6")]);
    }
}
