//! A host whose network is scripted providers and whose time is virtual, and which remembers what was asked of it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use serde_json::Value;

use super::provider::{self, Asked, Timeline};
use super::random::Random;
use super::script::Behaviour;
use super::world::World;
use crate::host::{Body, Host, Level, Millis, UpstreamRequest, UpstreamResponse};

/// When worlds begin, on the wall clock: 1 January 2026, 00:00 UTC.
const EPOCH: Millis = 1_767_225_600_000;

/// Where the simulated provider of that name has its API.
#[must_use]
pub fn base_url(provider: &str) -> String {
    format!("http://{provider}.test/v1")
}

/// A simulated host; clones are handles of the same one.
///
/// 1. The provider `a` is at `http://a.test/v1`, and its model `x` does what the script of `a/x` says: one
///    behaviour an attempt, the last one again and again. A model without a script is healthy. What is at
///    `http://a.test` but not below `/v1`, a webhook for instance, does what the script of `a/` says.
/// 2. Every attempt is on record, with its times and its end.
/// 3. The same seed gives the same world: what the core draws never moves what a provider does.
#[derive(Clone)]
pub struct SimHost(Rc<Inner>);

struct Inner {
    world: World,
    seed: u64,
    random: Random,
    /// How far somebody has moved the wall clock since.
    wall_jump: Cell<i64>,
    scripts: RefCell<BTreeMap<String, Script>>,
    attempts: RefCell<Vec<Attempt>>,
    log: RefCell<Vec<(Level, String)>>,
}

#[derive(Default)]
struct Script {
    behaviours: Vec<Behaviour>,
    /// How many of them have been used.
    used: usize,
    /// How many attempts there were in all.
    attempts: u64,
}

/// One call to a simulated provider.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The provider's name.
    pub provider: String,
    /// The model, as it was asked for there.
    pub model: String,
    /// What follows the base URL, for instance `/chat/completions`.
    pub path: String,
    /// The headers as they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Bytes,
    /// When it came.
    pub started_at: Millis,
    /// When the headers of the answer went out.
    pub headers_at: Option<Millis>,
    /// How many bytes of the answer were read.
    pub read: usize,
    /// When it was over.
    pub ended_at: Option<Millis>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<Outcome>,
}

/// How an attempt ended, as the provider saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has sent all it had to say.
    Finished,
    /// The provider broke it off, in these words.
    Failed(String),
    /// We left before the end: the future or the body was dropped.
    Cancelled,
}

impl Attempt {
    /// `provider/model`.
    #[must_use]
    pub fn target(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }

    /// The value of that header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.outcome.is_none()
    }

    /// When we left it, if we did.
    #[must_use]
    pub fn cancelled_at(&self) -> Option<Millis> {
        self.ended_at.filter(|_| self.outcome == Some(Outcome::Cancelled))
    }
}

impl SimHost {
    /// A host in a new world.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Rc::new(Inner {
            world: World::default(),
            seed,
            random: Random::seeded(seed),
            wall_jump: Cell::default(),
            scripts: RefCell::default(),
            attempts: RefCell::default(),
            log: RefCell::default(),
        }))
    }

    /// The world it lives in.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// The border that the core sees.
    #[must_use]
    pub fn handle(&self) -> Rc<dyn Host> {
        Rc::new(self.clone())
    }

    /// From now on the target does these, one for each attempt, the last one for ever.
    pub fn script(&self, target: &str, behaviours: impl IntoIterator<Item = Behaviour>) {
        let mut scripts = self.0.scripts.borrow_mut();
        let script = scripts.entry(target.to_owned()).or_default();
        script.behaviours = behaviours.into_iter().collect();
        script.used = 0;
    }

    /// Moves the wall clock, as an administrator or a time server does; the monotonic clock stays.
    pub fn move_wall_clock(&self, milliseconds: i64) {
        let jump = &self.0.wall_jump;
        jump.set(jump.get().saturating_add(milliseconds));
    }

    /// Every attempt so far, in the order in which they came.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.0.attempts.borrow().clone()
    }

    /// The attempts on one target.
    #[must_use]
    pub fn attempts_on(&self, target: &str) -> Vec<Attempt> {
        let mut attempts = self.attempts();
        attempts.retain(|attempt| attempt.target() == target);
        attempts
    }

    /// The targets in the order in which they were tried.
    #[must_use]
    pub fn tried(&self) -> Vec<String> {
        self.attempts().iter().map(Attempt::target).collect()
    }

    /// Every line of the log.
    #[must_use]
    pub fn log_lines(&self) -> Vec<(Level, String)> {
        self.0.log.borrow().clone()
    }

    /// What the target does next, and random bits for that.
    fn next_of(&self, target: &str) -> (Behaviour, Random) {
        let mut scripts = self.0.scripts.borrow_mut();
        let script = scripts.entry(target.to_owned()).or_default();
        let random = Random::split(self.0.seed, target, script.attempts);
        script.attempts += 1;
        let last = script.behaviours.len().saturating_sub(1);
        let behaviour = script.behaviours.get(script.used.min(last)).cloned();
        script.used += 1;
        let healthy = || Behaviour::answers(&format!("Hello from {target}."));
        (behaviour.unwrap_or_else(healthy), random)
    }

    fn begin(&self, attempt: Attempt, lasts: Option<Millis>) -> Record {
        let mut attempts = self.0.attempts.borrow_mut();
        attempts.push(attempt);
        Record {
            host: self.clone(),
            place: attempts.len() - 1,
            all_said_at: lasts.map(|lasts| self.now().saturating_add(lasts)),
        }
    }
}

impl Host for SimHost {
    fn fetch(&self, request: UpstreamRequest) -> LocalBoxFuture<'static, Result<UpstreamResponse, String>> {
        let Some((provider, path)) = address(&request.url) else {
            let words = format!("no such host: {}", request.url);
            return Box::pin(async move { Err(words) });
        };
        let body: Bytes = request.body.concat().into();
        let mut asked = Asked::at(path, &body);
        let path = path.strip_prefix("/v1").unwrap_or_else(|| {
            asked.model.clear();
            path
        });
        let headers = request.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let attempt = Attempt {
            provider: provider.to_owned(),
            model: asked.model.clone(),
            path: path.to_owned(),
            headers: headers.collect(),
            body,
            started_at: self.now(),
            headers_at: None,
            read: 0,
            ended_at: None,
            outcome: None,
        };
        let (behaviour, random) = self.next_of(&attempt.target());
        let timeline = Timeline::lay_out(&behaviour, &asked, self.unix_now(), &mut || random.next());
        let mut record = self.begin(attempt, timeline.lasts());
        let answer = provider::play(self.handle(), timeline);
        Box::pin(async move {
            match answer.await {
                Ok(mut response) => {
                    record.note(|attempt, now| attempt.headers_at = Some(now));
                    response.body = Box::new(Recorded { body: response.body, record });
                    Ok(response)
                }
                Err(words) => {
                    record.end(Outcome::Failed(words.clone()));
                    Err(words)
                }
            }
        })
    }

    fn sleep(&self, milliseconds: Millis) -> LocalBoxFuture<'static, ()> {
        Box::pin(self.0.world.clock().sleep(milliseconds))
    }

    fn now(&self) -> Millis {
        self.0.world.clock().now()
    }

    fn unix_now(&self) -> Millis {
        let now = EPOCH.saturating_add(self.now());
        now.saturating_add_signed(self.0.wall_jump.get())
    }

    fn random(&self) -> u64 {
        self.0.random.next()
    }

    fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        self.0.world.spawn(future);
    }

    fn log(&self, level: Level, line: &str) {
        self.0.log.borrow_mut().push((level, line.to_owned()));
    }
}

/// The provider behind a URL, and the path there.
fn address(url: &str) -> Option<(&str, &str)> {
    let (provider, path) = url.strip_prefix("http://")?.split_once(".test")?;
    path.starts_with('/').then_some((provider, path))
}

/// The pen that writes one attempt's record. Dropping it means that we left, unless all was said by then.
struct Record {
    host: SimHost,
    place: usize,
    /// When the provider has nothing left to say, if that ever comes.
    all_said_at: Option<Millis>,
}

impl Record {
    fn note(&mut self, write: impl FnOnce(&mut Attempt, Millis)) {
        let now = self.host.now();
        if let Some(attempt) = self.host.0.attempts.borrow_mut().get_mut(self.place) {
            write(attempt, now);
        }
    }

    /// Only the first end counts.
    fn end(&mut self, outcome: Outcome) {
        self.note(|attempt, now| {
            if attempt.outcome.is_none() {
                attempt.ended_at = Some(now);
                attempt.outcome = Some(outcome);
            }
        });
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let now = self.host.now();
        self.end(match self.all_said_at {
            Some(all_said_at) if all_said_at <= now => Outcome::Finished,
            _ => Outcome::Cancelled,
        });
    }
}

/// A body whose end is on record.
struct Recorded {
    body: Box<dyn Body>,
    record: Record,
}

impl Body for Recorded {
    fn read(&mut self, at_least: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        Box::pin(async move {
            let read = self.body.read(at_least).await;
            match &read {
                Ok(Some(piece)) => self.record.note(|attempt, _| attempt.read += piece.len()),
                Ok(None) => self.record.end(Outcome::Finished),
                Err(words) => self.record.end(Outcome::Failed(words.clone())),
            }
            read
        })
    }
}
