//! One call upstream: the only place that makes one.

use std::rc::Rc;

use crate::chat::answer::Verdict;
use crate::chat::format::{Format, Said};
use crate::chat::request::Purpose;
use crate::chat::usage::Usage;
use crate::class::{Class, Next};
use crate::config::Target;
use crate::dialect::refused::{self, Refused};
use crate::dialect::{self, State, Step, Whole};
use crate::failure::Failure;
use crate::health::breaker::{Change, Outcome, Ticket};
use crate::health::event::Event;
use crate::health::keys::KeyPool;
use crate::host::{Body, Millis, UpstreamRequest, UpstreamResponse};
use crate::json;
use crate::search;
use crate::secret::Secret;

use super::alarm::Alarm;
use super::call::Call;
use super::clocks::Clocks;
use super::hope::Hope;
use super::leg::{Leg, timed_out};
use super::target::Leave;

/// An answer, and who gave it.
pub(crate) struct Won {
    pub(crate) target: Rc<Target>,
    pub(crate) path: String,
    pub(crate) answer: Answer,
}

/// What came back.
pub(crate) enum Answer {
    /// In one piece.
    Whole(Whole),
    /// As a stream whose first content is here. An empty one that was held back has failed already,
    /// and its attempt is over.
    Stream(Box<Leg>, Option<Attempt>),
}

/// The largest answer in one piece, and so much of an error's body as is worth reading.
const LARGEST_ANSWER: usize = 16 << 20;
const LARGEST_ERROR: usize = 64 << 10;
/// A stream that is held back until it is checked goes out unchecked when it grows beyond that.
const LARGEST_HELD: usize = 16 << 20;

/// Asks a target once.
pub(crate) async fn attempt(
    call: &Rc<Call>,
    target: &Rc<Target>,
    path: &str,
    leave: Leave,
    hope: &Hope,
) -> Result<Box<Won>, Failure> {
    let Leave { key, ticket, told, permit: _permit, .. } = leave;
    let mut attempt = Attempt::begin(call, target, path, key, ticket);
    attempt.notes(told.notes);
    let tried = one(call, target, told.request, hope, &mut attempt).await;
    let won = |answer| Box::new(Won { target: target.clone(), path: path.to_owned(), answer });
    match tried {
        Ok(Tried::Whole(whole)) if is_empty(&whole.verdict) => {
            attempt.spent(whole.verdict.usage);
            let failed = attempt.fail(Failure::new(Class::Empty, "the answer says nothing"));
            call.held.replace(Some(won(Answer::Whole(whole))));
            Err(failed)
        }
        Ok(Tried::Whole(whole)) => {
            attempt.content();
            attempt.says(whole.verdict.says.more);
            attempt.complete(whole.verdict.usage);
            Ok(won(Answer::Whole(whole)))
        }
        Ok(Tried::Stream(leg)) => {
            attempt.content();
            Ok(won(Answer::Stream(leg, Some(attempt))))
        }
        Ok(Tried::EmptyStream(mut leg)) => {
            leg.hang_up();
            attempt.spent(leg.state().usage);
            let failed = attempt.fail(Failure::new(Class::Empty, "the answer says nothing"));
            call.held.replace(Some(won(Answer::Stream(leg, None))));
            Err(failed)
        }
        Err(failure) => {
            // What one finds no sense in, or cannot do, the next may. And when an answer is carried on, the request is
            // not the caller's alone: another has taken what is his.
            let may_another = failure.falls_back || failure.status.is_none() || call.is_carried_on();
            let falls_back = failure.class == Class::InvalidRequest && may_another;
            let failed = attempt.fail(failure);
            Err(if falls_back { failed.falling_back(true) } else { failed })
        }
    }
}

/// What a target is told.
pub(crate) struct Told {
    request: UpstreamRequest,
    /// What was changed or left out for it.
    notes: Vec<String>,
}

/// Puts the request into a target's words.
///
/// # Errors
/// What it cannot be told, the next may understand.
pub(crate) fn told(call: &Call, target: &Target, secret: Option<&Secret>) -> Result<Told, Failure> {
    let mut notes = Vec::new();
    let carries_on = call.carries_on(target);
    let mut request = dialect::request(&call.ask, target, secret, carries_on.as_ref(), &mut notes)
        .map_err(|failure| failure.falling_back(true))?;
    if call.has_refused(target, Refused::Thoughts).is_some() {
        refused::forget_thoughts(&mut request, &mut notes);
    }
    refused::leave_out(&call.refused_members(target), &mut request, &mut notes);
    for (name, value) in &call.passed_on {
        if !dialect::hears(target, name) {
            continue;
        }
        match call.has_refused(target, Refused::Betas).filter(|_| *name == "anthropic-beta") {
            None => request.headers.push(name, value),
            Some(words) => refused::other_betas(value, &words, &mut request, &mut notes),
        }
    }
    // What the configuration says, wins.
    for (name, value) in &target.provider.headers {
        request.headers.replace(name, value);
    }
    Ok(Told { request, notes })
}

enum Tried {
    Whole(Whole),
    Stream(Box<Leg>),
    EmptyStream(Box<Leg>),
}

async fn one(
    call: &Rc<Call>,
    target: &Rc<Target>,
    request: UpstreamRequest,
    hope: &Hope,
    attempt: &mut Attempt,
) -> Result<Tried, Failure> {
    let clocks = Clocks::of(call, target, attempt.started, hope);
    let mut alarm = Alarm::new(call.host.clone());
    clocks.until_headers(&mut alarm);
    let response = alarm
        .watch(call.host.fetch(request))
        .await
        .map_err(timed_out)?
        .map_err(|why| Failure::new(Class::Network, why))?;
    attempt.status(response.status);

    if !(200..300).contains(&response.status) {
        let UpstreamResponse { status, headers, body } = response;
        alarm.set(clocks.until_error());
        let body = beginning(body, &mut alarm).await;
        let failure = dialect::error(target, status, &headers, &body, call.host.unix_now());
        return Err(match (call.ask.purpose, status) {
            // Many who speak Messages do not count.
            (Purpose::Count, 404) => {
                failure.of_class(Class::NotFound).falling_back(Class::NotFound.can_fall_back())
            }
            _ => failure,
        });
    }
    // What is no stream may say why; it has no longer than a stream's first content.
    clocks.until_content(&mut alarm);
    let kind = response.headers.find("content-type").unwrap_or_default();
    if call.ask.stream && !search::contains(kind, "json") && !search::contains(kind, "html") {
        return stream(call, &clocks, target, response.body, alarm, attempt).await;
    }
    let mut body = response.body;
    // Two thousand vectors are longer than any text.
    let most = if call.ask.purpose == Purpose::Embeddings { 2 * LARGEST_ANSWER } else { LARGEST_ANSWER };
    let whole = alarm
        .watch(body.read_all(most))
        .await
        .map_err(timed_out)?
        .map_err(|why| Failure::new(Class::Cut, format!("the answer broke off: {why}")))?
        .ok_or_else(|| Failure::new(Class::BadOutput, format!("the answer is longer than {most} bytes")))?;
    let whole = dialect::answer(&call.ask, target, json::unmarked(whole), call.host.unix_now())?;
    let verdict = &whole.verdict;
    if call.ask.stream {
        return Err(Failure::new(Class::BadOutput, "a stream was asked for, and a whole answer came"));
    }
    if verdict.says.refusal && target.on.contains(Class::Refusal) {
        return Err(Failure::new(Class::Refusal, "the model declined"));
    }
    if let Some(format) = dialect::format(&call.ask, target).filter(|_| !is_empty(verdict)) {
        let mut said = Said::default();
        said.add(&whole.body);
        if let Some(failure) = attempt.unfit(&format, &said, verdict.usage) {
            return Err(failure);
        }
    }
    Ok(Tried::Whole(whole))
}

/// Reads a stream until its first content is here; to its end, when it is checked before it is shown.
async fn stream(
    call: &Rc<Call>,
    clocks: &Clocks<'_>,
    target: &Rc<Target>,
    body: Box<dyn Body>,
    alarm: Alarm,
    attempt: &mut Attempt,
) -> Result<Tried, Failure> {
    let verifies = call.core.plan.stream.verify_schema;
    let asked = if verifies { dialect::format(&call.ask, target) } else { None };
    let checked = asked.filter(Format::is_schema);
    // What turns out to be no text is not checked, and so not held back any longer.
    let is_held = |leg: &Leg| {
        let other = call.ask.n <= 1 && (leg.state().in_tool || leg.state().refused);
        checked.is_some() && !other && leg.out.len() <= LARGEST_HELD
    };
    let reader = dialect::reader(&call.ask, target, call.carries_on(target).as_ref(), call.host.unix_now());
    let mut leg = Box::new(Leg::new(body, reader, alarm));
    loop {
        let Some(step) = leg.ready() else {
            leg.read().await?;
            continue;
        };
        match step {
            Step::Quiet => {}
            Step::Malformed => attempt.malformed(),
            Step::Content if is_held(&leg) => {
                attempt.withholds(leg.state());
                leg.alarm.set(clocks.until_more());
            }
            Step::Content | Step::Finished | Step::Done => {
                let state = leg.state();
                if state.refused && target.on.contains(Class::Refusal) {
                    return Err(Failure::new(Class::Refusal, "the model declined"));
                }
                let over = !matches!(step, Step::Content);
                if over && state.is_empty() {
                    return Ok(Tried::EmptyStream(leg));
                }
                if let Some(format) = checked.as_ref().filter(|_| over)
                    && let Some(failure) = attempt.unfit(format, &leg.said(), state.usage)
                {
                    return Err(failure);
                }
                return Ok(Tried::Stream(leg));
            }
            Step::Failed(failure) => return Err(failure),
        }
    }
}

fn is_empty(verdict: &Verdict) -> bool {
    !verdict.says.answer && verdict.finish.as_deref() != Some("content_filter")
}

/// As much of an error's body as comes soon.
async fn beginning(mut body: Box<dyn Body>, alarm: &mut Alarm) -> Vec<u8> {
    let mut whole = Vec::new();
    while whole.len() < LARGEST_ERROR {
        match alarm.watch(body.read(1)).await {
            Ok(Ok(Some(piece))) => whole.extend_from_slice(&piece),
            _ => break,
        }
    }
    whole.truncate(LARGEST_ERROR);
    whole
}

/// One attempt's place in the trail and in the memory. Dropped before its end, it was cancelled.
pub(crate) struct Attempt {
    call: Rc<Call>,
    target: Rc<Target>,
    key: usize,
    place: usize,
    pub(crate) started: Millis,
    /// The breaker's leave, until the attempt has ended in one way or another.
    ticket: Option<Ticket>,
    /// How long the first content took, once it is here.
    first_token: Option<Millis>,
    /// What its content has cost so far: it is owed, even if nobody comes to see the end of it.
    owed: Option<Usage>,
}

impl Attempt {
    fn begin(call: &Rc<Call>, target: &Rc<Target>, path: &str, key: usize, ticket: Ticket) -> Self {
        let started = call.now();
        let place = call.trail.borrow_mut().open(&target.id, path, started, true);
        call.show("start", place, None);
        if call.ask.purpose != Purpose::Count {
            call.core.health.borrow_mut().target_mut(&target.id).tally.started();
        }
        Self {
            call: call.clone(),
            target: target.clone(),
            key,
            place,
            started,
            ticket: Some(ticket),
            first_token: None,
            owed: None,
        }
    }

    fn took(&self) -> Millis {
        self.call.now().saturating_sub(self.started)
    }

    fn status(&self, status: u16) {
        self.call.trail.borrow_mut().status(self.place, status);
    }

    /// What was changed or left out for this target.
    fn notes(&self, notes: Vec<String>) {
        if !notes.is_empty() {
            self.call.trail.borrow_mut().notes(self.place, notes);
        }
    }

    /// Notes that the caller is not told all: there was `more` than texts and calls, for which only a chat has words.
    pub(crate) fn says(&self, more: bool) {
        let Call { ask, .. } = &*self.call;
        if more
            && ask.native.is_some()
            && !dialect::is_native(ask, &self.target, self.call.carries_on(&self.target).as_ref())
        {
            self.notes(vec!["dropped what is neither text nor a call of the answer".to_owned()]);
        }
    }

    /// An event was no JSON.
    pub(crate) fn malformed(&self) {
        self.call.trail.borrow_mut().malformed(self.place);
    }

    /// It takes over from one that broke, after so many characters; without them, anew.
    pub(crate) fn takes_over(&self, after: Option<usize>) {
        self.call.show(if after.is_some() { "continued" } else { "restarted" }, self.place, after);
    }

    /// Content is here, and is not shown yet.
    fn withholds(&mut self, state: &State) {
        let took = self.took();
        self.first_token.get_or_insert(took);
        let guess = || Usage::guessed(self.call.ask.body.len(), state.said());
        self.owed = Some(state.usage.unwrap_or_else(guess));
    }

    /// The caller lets go of what has cost about that much.
    pub(crate) fn owes(&mut self, usage: Usage) {
        self.owed = Some(usage);
    }

    /// Holds an answer to the form that was asked for. One that does not have it was paid for all the same.
    fn unfit(&self, format: &Format, said: &Said, usage: Option<Usage>) -> Option<Failure> {
        let why = format.check(said).err()?;
        self.spent(usage.or(self.owed));
        Some(Failure::new(Class::BadOutput, why))
    }

    /// The first content is here.
    fn content(&mut self) {
        self.call.trail.borrow_mut().answered(self.place, self.call.now());
        self.call.show("content", self.place, None);
        let took = self.took();
        let took = *self.first_token.get_or_insert(took);
        if self.call.ask.purpose == Purpose::Count {
            return;
        }
        let mut health = self.call.core.health.borrow_mut();
        let tally = &mut health.target_mut(&self.target.id).tally;
        tally.content(self.call.ask.stream, took, self.call.now());
    }

    fn spent(&self, usage: Option<Usage>) {
        if let Some(usage) = usage {
            self.call.spent(&self.target, &usage);
        }
    }

    /// The answer is whole.
    pub(crate) fn complete(&mut self, usage: Option<Usage>) {
        self.spent(usage);
        if self.settle(Outcome::Success, None) {
            self.call.show("end", self.place, None);
            let took = self.took();
            let mut health = self.call.core.health.borrow_mut();
            if self.call.ask.purpose != Purpose::Count {
                health.succeeded(&self.target, self.key, self.started);
                health.target_mut(&self.target.id).tally.succeeded(took, self.call.now());
            }
        }
    }

    /// The end, of one kind or another: `false` when it has ended before.
    fn settle(&mut self, outcome: Outcome, failed: Option<Class>) -> bool {
        let Some(ticket) = self.ticket.take() else { return false };
        let now = self.call.now();
        // Whoever counts well may answer badly, and the other way about.
        let outcome = if self.call.ask.purpose == Purpose::Count { Outcome::Nothing } else { outcome };
        let change = self.call.core.health.borrow_mut().settle(&self.target, ticket, outcome, now);
        if let Some(change) = change {
            let target = self.target.id.clone();
            self.call.raise(&match change {
                Change::Opened => Event::BreakerOpen { target, class: failed },
                Change::Closed => Event::BreakerClosed { target },
            });
        }
        true
    }

    /// It failed: the failure without any key in it, and with what it allows.
    pub(crate) fn fail(&mut self, failure: Failure) -> Failure {
        let mut failure = self.call.clean(failure);
        failure.falls_back = failure.falls_back && self.target.on.contains(failure.class);
        let is_short =
            failure.clock.is_some_and(|clock| self.call.cuts_short(&self.target, clock, self.started));
        // Whoever was to carry on may have nothing to add: an answer can break at its very end.
        let is_blameless = is_short || failure.class == Class::Empty && self.call.is_carried_on();
        let outcome = if is_blameless { Outcome::Nothing } else { failure.class.into() };
        if self.settle(outcome, Some(failure.class)) {
            let now = self.call.now();
            let (class, wait) = (failure.class, failure.retry_after);
            self.call.failed(self.place, &failure);
            let core = &self.call.core;
            if self.is_told_of_model(class) && !is_blameless {
                core.health.borrow_mut().failed(&self.target, &core.secrets, self.key, class, wait, now);
            }
            if class == Class::Auth {
                let key = KeyPool::name(&self.target.provider, &core.secrets, self.key).map(str::to_owned);
                self.call.raise(&Event::KeyRefused { target: self.target.id.clone(), key });
            }
        }
        if failure.class.policy().next == Next::LargerWindow {
            self.call.too_long_for(&self.target);
        }
        failure
    }

    /// Whether a failure is one of the model, or of the key: one that cannot embed may chat well, and one that is not
    /// there to count, or counts no more this minute, answers all the same.
    fn is_told_of_model(&self, class: Class) -> bool {
        match self.call.ask.purpose {
            Purpose::Chat => true,
            Purpose::Embeddings => class != Class::NotFound,
            Purpose::Count => matches!(class, Class::Auth | Class::Quota),
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.settle(Outcome::Nothing, Some(Class::Cancelled)) {
            let now = self.call.now();
            let cancelled = Failure::new(Class::Cancelled, "let go before its end");
            self.call.trail.borrow_mut().failed(self.place, &cancelled, now);
            if self.first_token.is_none() && self.call.ask.purpose != Purpose::Count {
                let took = self.took();
                let streamed = self.call.ask.stream;
                let mut health = self.call.core.health.borrow_mut();
                health.target_mut(&self.target.id).tally.let_go(streamed, took, now);
            }
            if let Some(usage) = self.owed {
                let usd = self.call.spent(&self.target, &usage);
                self.call.trail.borrow_mut().estimated(self.place, usage, usd);
            }
            self.call.show("end", self.place, None);
        }
    }
}
