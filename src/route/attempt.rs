//! One call upstream: the only place that makes one.

use std::rc::Rc;

use crate::chat::format::{Format, Said};
use crate::chat::request::Purpose;
use crate::chat::usage::Usage;
use crate::class::{Class, Next};
use crate::config::Target;
use crate::dialect::refused::{self, Refused};
use crate::dialect::{self, State, Step, Whole};
use crate::failure::Failure;
use crate::health::breaker::{self, Change, Ticket};
use crate::health::event::Event;
use crate::health::keys::KeyPool;
use crate::health::tally::Tally;
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
use super::trail::{Entry, Outcome};

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
    attempt.note(&mut |entry| entry.add_notes(&told.notes));
    let tried = one(call, target, told.request, hope, &mut attempt).await;
    let won = |answer| Box::new(Won { target: target.clone(), path: path.to_owned(), answer });
    match tried {
        Ok(Tried { mut answer, says_nothing: true }) => {
            attempt.spent(match &mut answer {
                Answer::Whole(whole) => whole.verdict.usage,
                Answer::Stream(leg, _) => {
                    leg.hang_up();
                    leg.state().usage
                }
            });
            let failed = attempt.fail(Failure::new(Class::Empty, "the answer says nothing"));
            call.held.replace(Some(won(answer)));
            Err(failed)
        }
        Ok(Tried { answer, .. }) => {
            attempt.content();
            Ok(won(match answer {
                Answer::Whole(whole) => {
                    attempt.says(whole.verdict.says.more);
                    attempt.complete(whole.verdict.usage);
                    Answer::Whole(whole)
                }
                Answer::Stream(leg, _) => Answer::Stream(leg, Some(attempt)),
            }))
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

/// An answer that may count.
struct Tried {
    answer: Answer,
    says_nothing: bool,
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
    attempt.note(&mut |entry| entry.status = Some(response.status));

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
    let says_nothing = !verdict.says.answer && verdict.finish.as_deref() != Some("content_filter");
    if let Some(format) = dialect::format(&call.ask, target).filter(|_| !says_nothing) {
        let mut said = Said::default();
        said.add(&whole.body);
        attempt.fits(&format, &said, verdict.usage)?;
    }
    Ok(Tried { answer: Answer::Whole(whole), says_nothing })
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
                let says_nothing = over && state.is_empty();
                if let Some(format) = checked.as_ref().filter(|_| over && !says_nothing) {
                    attempt.fits(format, &leg.said(), state.usage)?;
                }
                return Ok(Tried { answer: Answer::Stream(leg, None), says_nothing });
            }
            Step::Failed(failure) => return Err(failure),
        }
    }
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
        let attempt = Self {
            call: call.clone(),
            target: target.clone(),
            key,
            place,
            started,
            ticket: Some(ticket),
            first_token: None,
            owed: None,
        };
        attempt.tally(&|tally| tally.started());
        attempt
    }

    /// Changes its entry in the trail.
    fn note(&self, change: &mut dyn FnMut(&mut Entry)) {
        self.call.trail.borrow_mut().change(self.place, change);
    }

    /// Counts it among those of its target, unless it only counts itself.
    fn tally(&self, add: &dyn Fn(&mut Tally)) {
        if !self.only_counts() {
            add(&mut self.call.core.health.borrow_mut().target_mut(&self.target.id).tally);
        }
    }

    /// Whether no answer is asked for: whoever counts well may answer badly, and the other way about.
    fn only_counts(&self) -> bool {
        self.call.ask.purpose == Purpose::Count
    }

    fn took(&self) -> Millis {
        self.call.now().saturating_sub(self.started)
    }

    /// Notes that the caller is not told all: there was `more` than texts and calls, for which only a chat has words.
    pub(crate) fn says(&self, more: bool) {
        let Call { ask, .. } = &*self.call;
        if more
            && ask.native.is_some()
            && !dialect::is_native(ask, &self.target, self.call.carries_on(&self.target).as_ref())
        {
            let lost = ["dropped what is neither text nor a call of the answer".to_owned()];
            self.note(&mut |entry| entry.add_notes(&lost));
        }
    }

    /// An event was no JSON.
    pub(crate) fn malformed(&self) {
        self.note(&mut |entry| entry.malformed += 1);
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
    fn fits(&self, format: &Format, said: &Said, usage: Option<Usage>) -> Result<(), Failure> {
        format.check(said).map_err(|why| {
            self.spent(usage.or(self.owed));
            Failure::new(Class::BadOutput, why)
        })
    }

    /// The first content is here.
    fn content(&mut self) {
        let now = self.call.now();
        self.note(&mut |entry| entry.ends(Outcome::Ok, now));
        self.call.show("content", self.place, None);
        let took = self.took();
        let took = *self.first_token.get_or_insert(took);
        self.tally(&|tally| tally.content(self.call.ask.stream, took, now));
    }

    fn spent(&self, usage: Option<Usage>) {
        if let Some(usage) = usage {
            self.call.spent(&self.target, &usage);
        }
    }

    /// The answer is whole.
    pub(crate) fn complete(&mut self, usage: Option<Usage>) {
        self.spent(usage);
        if self.settle(breaker::Outcome::Success, None) {
            self.call.show("end", self.place, None);
            if !self.only_counts() {
                self.call.core.health.borrow_mut().succeeded(&self.target, self.key, self.started);
            }
            self.tally(&|tally| tally.succeeded(self.took(), self.call.now()));
        }
    }

    /// The end, of one kind or another: `false` when it has ended before.
    fn settle(&mut self, outcome: breaker::Outcome, failed: Option<Class>) -> bool {
        let Some(ticket) = self.ticket.take() else { return false };
        let now = self.call.now();
        let outcome = if self.only_counts() { breaker::Outcome::Nothing } else { outcome };
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
        // Of what was begun to be answered, nothing is the caller's fault: it broke off.
        let is_broken = failure.class == Class::InvalidRequest && self.first_token.is_some();
        let outcome = if is_blameless {
            breaker::Outcome::Nothing
        } else if is_broken {
            Class::Cut.into()
        } else {
            failure.class.into()
        };
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
        if self.settle(breaker::Outcome::Nothing, Some(Class::Cancelled)) {
            let now = self.call.now();
            let cancelled = Failure::new(Class::Cancelled, "let go before its end");
            self.note(&mut |entry| entry.failed(&cancelled, now));
            if self.first_token.is_none() {
                self.tally(&|tally| tally.let_go(self.call.ask.stream, self.took(), now));
            }
            // What it said already cost about that much, although nobody saw the end of it.
            if let Some(usage) = self.owed {
                let usd = self.call.spent(&self.target, &usage);
                self.note(&mut |entry| entry.estimated = Some((usage, usd)));
            }
            self.call.show("end", self.place, None);
        }
    }
}
