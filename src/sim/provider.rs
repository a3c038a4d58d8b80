//! A simulated provider at work: a behaviour and a request become an answer that takes its time.
//!
//! First the whole answer is laid out in time, from the behaviour, the request and some random bits
//! alone; then it is played over a host's `sleep` and `now`. A piece is due at its own time after the
//! headers, however late the reader is: a provider does not wait for those who read.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use futures::future::{self, LocalBoxFuture};

use super::script::{Behaviour, Content, End, Opening, Part};
use super::wire::{self, Answer};
pub use super::wire::{Asked, Wire};
use crate::host::{Body, Headers, Host, Millis, UpstreamResponse};

/// One answer, laid out in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// When the headers come, or the failure, after the request.
    pub headers_after: Millis,
    /// The status, or the failure in its words, or `None` for ever.
    pub status: Option<Result<u16, String>>,
    /// Lower-case names and values.
    pub headers: Headers,
    /// When each piece is due after the headers, and what it is.
    pub pieces: VecDeque<(Millis, Bytes)>,
    /// When the end comes after the headers.
    pub end_after: Millis,
    /// What comes then.
    pub end: Ending,
}

/// What comes after the last piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The connection says that this was all.
    Closes,
    /// The connection is reset.
    Breaks,
    /// Nothing.
    Stalls,
    /// This again and again.
    Repeats {
        /// What comes.
        piece: Bytes,
        /// How often, in milliseconds.
        every: Millis,
    },
}

impl Timeline {
    /// What the behaviour comes to for this request. `created` is the wall clock.
    pub fn lay_out(
        behaviour: &Behaviour,
        asked: &Asked,
        created: Millis,
        random: &mut dyn FnMut() -> u64,
    ) -> Self {
        let latency = behaviour.latency.draw(random);
        let mut timeline = Self {
            headers_after: latency,
            status: match &behaviour.opening {
                Opening::Status(status) => Some(Ok(*status)),
                Opening::Fails(words) => Some(Err(words.clone())),
                Opening::Never => None,
            },
            headers: Headers::default(),
            pieces: VecDeque::new(),
            end_after: 0,
            end: Ending::Closes,
        };
        let mut pace = Pace { behaviour, started: false, time: 0 };
        let mut streamed = false;
        let mut answer = Answer::new(asked, created);
        match &behaviour.content {
            Content::Completion(parts) => {
                answer.id = random();
                answer.tokens = parts.iter().filter(|part| part.is_token()).count() as u64;
                streamed = asked.stream;
                for part in parts {
                    pace.wait_for(part, random);
                    if streamed && let Some(event) = answer.event(part) {
                        timeline.pieces.push_back((pace.time, event));
                    }
                }
                if !streamed {
                    // Who does not stream has headers only when the answer is finished.
                    if !matches!(behaviour.end, End::Repeats { .. }) {
                        timeline.headers_after = latency.saturating_add(pace.time);
                    }
                    pace.time = 0;
                    timeline.send_whole(answer.whole(parts), &behaviour.end);
                }
            }
            Content::Error(error) => {
                timeline.send_whole(wire::error_body(asked.wire, error).into(), &behaviour.end);
            }
            Content::Pieces(pieces) => {
                streamed = asked.stream;
                for piece in pieces {
                    pace.next(random);
                    timeline.pieces.push_back((pace.time, piece.clone()));
                }
            }
        }
        timeline.end_with(behaviour, &mut answer, pace, streamed, random);
        timeline.headers = headers(behaviour, streamed);
        if let Some(bytes) = behaviour.pieces_of {
            timeline.chop(bytes);
        }
        timeline
    }

    /// How long after the request all is said and done, if it ever is.
    #[must_use]
    pub fn lasts(&self) -> Option<Millis> {
        let ends = self.end == Ending::Closes && matches!(self.status, Some(Ok(_)));
        ends.then(|| self.headers_after.saturating_add(self.end_after))
    }

    /// A body in one piece; only its first half if it will not end well.
    fn send_whole(&mut self, body: Bytes, end: &End) {
        let sent = match end {
            End::Closes => body,
            End::Breaks | End::Stalls => body.slice(..body.len() / 2),
            End::Repeats { .. } => return,
        };
        self.pieces.push_back((0, sent));
    }

    fn end_with(
        &mut self,
        behaviour: &Behaviour,
        answer: &mut Answer<'_>,
        mut pace: Pace<'_>,
        streamed: bool,
        random: &mut dyn FnMut() -> u64,
    ) {
        if behaviour.end == End::Breaks {
            pace.next(random);
        }
        self.end_after = pace.time;
        self.end = match &behaviour.end {
            End::Closes => Ending::Closes,
            End::Breaks => Ending::Breaks,
            End::Stalls => Ending::Stalls,
            End::Repeats { part, every } => Ending::Repeats {
                piece: match answer.event(part) {
                    Some(event) if streamed => event,
                    _ => Bytes::from_static(b"\n"),
                },
                every: *every,
            },
        };
    }

    /// Cuts the pieces into smaller ones; each keeps its time.
    fn chop(&mut self, bytes: usize) {
        let whole = std::mem::take(&mut self.pieces);
        for (time, mut piece) in whole {
            while piece.len() > bytes.max(1) {
                self.pieces.push_back((time, piece.split_to(bytes.max(1))));
            }
            self.pieces.push_back((time, piece));
        }
    }
}

/// When the next token is due.
struct Pace<'a> {
    behaviour: &'a Behaviour,
    started: bool,
    time: Millis,
}

impl Pace<'_> {
    fn wait_for(&mut self, part: &Part, random: &mut dyn FnMut() -> u64) {
        match part {
            Part::Pause(delay) => self.time = self.time.saturating_add(delay.draw(random)),
            part if part.is_token() => self.next(random),
            _ => {}
        }
    }

    fn next(&mut self, random: &mut dyn FnMut() -> u64) {
        let delay = if self.started { self.behaviour.gap } else { self.behaviour.first };
        self.started = true;
        self.time = self.time.saturating_add(delay.draw(random));
    }
}

fn headers(behaviour: &Behaviour, streamed: bool) -> Headers {
    let kind = if streamed { "text/event-stream; charset=utf-8" } else { "application/json" };
    let known = |name: &str| {
        let mut names = behaviour.headers.iter().map(|(name, _)| name);
        names.any(|known| known.eq_ignore_ascii_case(name))
    };
    let own = behaviour.headers.iter().cloned();
    let kind = (!known("content-type")).then(|| ("content-type".to_owned(), kind.to_owned()));
    kind.into_iter().chain(own).collect()
}

/// Plays a behaviour over the host: what a provider would answer to this body, and when.
pub fn answer(
    host: &Rc<dyn Host>,
    behaviour: &Behaviour,
    asked: &Asked,
    random: &mut dyn FnMut() -> u64,
) -> LocalBoxFuture<'static, Result<UpstreamResponse, String>> {
    play(Rc::clone(host), Timeline::lay_out(behaviour, asked, host.unix_now(), random))
}

/// Plays an answer that is laid out.
pub fn play(
    host: Rc<dyn Host>,
    timeline: Timeline,
) -> LocalBoxFuture<'static, Result<UpstreamResponse, String>> {
    // The provider's time begins with the call, not when somebody looks for the answer.
    let begun = host.now();
    Box::pin(async move {
        let Some(status) = timeline.status else {
            return future::pending().await;
        };
        let headers_at = begun.saturating_add(timeline.headers_after);
        until(&*host, headers_at).await;
        Ok(UpstreamResponse {
            status: status?,
            headers: timeline.headers,
            body: Box::new(Playing {
                host,
                pieces: timeline.pieces,
                end_at: headers_at.saturating_add(timeline.end_after),
                end: timeline.end,
                headers_at,
                gathered: BytesMut::new(),
            }),
        })
    })
}

async fn until(host: &dyn Host, time: Millis) {
    let wait = time.saturating_sub(host.now());
    if wait > 0 {
        host.sleep(wait).await;
    }
}

/// A body whose pieces come at their times.
struct Playing {
    host: Rc<dyn Host>,
    headers_at: Millis,
    pieces: VecDeque<(Millis, Bytes)>,
    end_at: Millis,
    end: Ending,
    /// What has come and was not enough for the reader; here, and not in a future, so that a reader who
    /// gives up waiting loses nothing.
    gathered: BytesMut,
}

impl Body for Playing {
    fn read(&mut self, at_least: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        Box::pin(async move {
            while let Some(&(due, _)) = self.pieces.front() {
                until(&*self.host, self.headers_at.saturating_add(due)).await;
                let Some((_, piece)) = self.pieces.pop_front() else {
                    break;
                };
                if let Some(enough) = self.gather(piece, at_least) {
                    return Ok(Some(enough));
                }
            }
            self.finish(at_least).await
        })
    }
}

impl Playing {
    fn gather(&mut self, piece: Bytes, at_least: usize) -> Option<Bytes> {
        if self.gathered.is_empty() && piece.len() >= at_least {
            return Some(piece);
        }
        self.gathered.extend_from_slice(&piece);
        (self.gathered.len() >= at_least).then(|| self.gathered.split().freeze())
    }

    async fn finish(&mut self, at_least: usize) -> Result<Option<Bytes>, String> {
        loop {
            until(&*self.host, self.end_at).await;
            match &self.end {
                Ending::Stalls => return future::pending().await,
                Ending::Repeats { piece, every } => {
                    let piece = piece.clone();
                    self.end_at = self.end_at.saturating_add((*every).max(1));
                    if let Some(enough) = self.gather(piece, at_least) {
                        return Ok(Some(enough));
                    }
                }
                Ending::Closes | Ending::Breaks if !self.gathered.is_empty() => {
                    return Ok(Some(self.gathered.split().freeze()));
                }
                Ending::Closes => return Ok(None),
                Ending::Breaks => return Err("connection reset".to_owned()),
            }
        }
    }
}
