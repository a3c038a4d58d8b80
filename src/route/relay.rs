//! Hands a streamed answer on, event by event, and brings it to an end that says what it is.

use std::rc::Rc;

use bytes::Bytes;
use serde_json::json;

use crate::class::Class;
use crate::config::{OnBreak, Target, Timeouts};
use crate::dialect::{Identity, Step};
use crate::failure::Failure;
use crate::host::Millis;
use crate::stream::encode;

use super::alarm::Due;
use super::attempt::{Answer, Attempt};
use super::call::Call;
use super::leg::Leg;

/// A streamed answer on its way to the caller.
pub(crate) struct Relay {
    call: Rc<Call>,
    target: Rc<Target>,
    timeouts: Timeouts,
    leg: Option<Box<Leg>>,
    attempt: Option<Attempt>,
    started: Millis,
}

/// Once the answer is whole, only a count may follow; nobody waits longer for it.
const AFTERMATH: Millis = 2_000;
/// While a tool call is open, models fall silent for longer.
const IDLE_IN_TOOL: Millis = 60_000;

impl Relay {
    pub(crate) fn new(call: Rc<Call>, target: Rc<Target>, leg: Box<Leg>, attempt: Option<Attempt>) -> Self {
        let timeouts = call.timeouts(&target);
        let started = attempt.as_ref().map_or(call.started, |attempt| attempt.started);
        let mut relay = Self { call, target, timeouts, leg: Some(leg), attempt, started };
        relay.rearm();
        relay
    }

    /// The next bytes for the caller; `None` when all was said. Dropping the relay aborts upstream.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            let leg = self.leg.as_mut()?;
            let before = leg.out.len();
            match leg.ready() {
                None if !leg.out.is_empty() => return Some(std::mem::take(&mut leg.out).into()),
                None => {
                    if let Err(failure) = leg.read().await {
                        return Some(self.broken(failure).await);
                    }
                }
                Some(Step::Quiet) => {}
                Some(Step::Malformed) => {
                    if let Some(attempt) = &self.attempt {
                        attempt.malformed();
                    }
                }
                Some(Step::Content) => self.rearm(),
                Some(Step::Finished) => {
                    if leg.state().is_empty() && self.attempt.is_some() {
                        leg.out.truncate(before);
                        let failure = Failure::new(Class::Empty, "the answer is thoughts alone");
                        return Some(self.broken(failure).await);
                    }
                    self.rearm();
                }
                Some(Step::Done) => return Some(self.whole()),
                Some(Step::Failed(failure)) => return Some(self.broken(failure).await),
            }
        }
    }

    /// The idle clock counts from content to content.
    fn rearm(&mut self) {
        let Some(leg) = self.leg.as_mut() else { return };
        let state = leg.state();
        let now = self.call.host.now();
        let idle = match self.timeouts.idle {
            0 if state.finished => AFTERMATH,
            idle if state.finished => idle.min(AFTERMATH),
            idle if state.in_tool => idle.max(IDLE_IN_TOOL.min(idle.saturating_mul(2))),
            idle => idle,
        };
        leg.alarm.set(Due::first([(now, idle, "idle"), (self.started, self.timeouts.stream, "stream")]));
    }

    /// The end of a whole answer.
    fn whole(&mut self) -> Bytes {
        let Some(leg) = self.leg.take() else { return Bytes::new() };
        let usage = leg.state().usage;
        let mut out = leg.out;
        if let Some(attempt) = &mut self.attempt {
            attempt.complete(usage);
        }
        encode::comment(&mut out, &format!("steadfast {}", self.call.summary()));
        encode::done(&mut out);
        out.into()
    }

    /// The answer broke off: somebody else carries on, or it ends, but never as if it were whole.
    async fn broken(&mut self, failure: Failure) -> Bytes {
        let Some(leg) = self.leg.take() else { return Bytes::new() };
        let state = leg.state().clone();
        let usage = state.usage;
        if leg.state().finished && matches!(failure.class, Class::Timeout | Class::Cut) {
            // All of the answer was there; only its count is not.
            self.leg = Some(leg);
            return self.whole();
        }
        let failure = match failure.class {
            Class::Timeout => Failure { class: Class::Cut, ..failure },
            _ => failure,
        };
        let mut out = leg.out;
        let failure = match &mut self.attempt {
            Some(attempt) => attempt.fail(failure),
            None => failure,
        };
        if let Some(usage) = usage {
            self.call.spent(&self.target, &usage);
        }
        if self.call.on_break() == OnBreak::Continue
            && failure.falls_back
            && !state.answered
            && let Some(won) = self.next_leg(state.identity).await
        {
            encode::comment(&mut out, &format!("steadfast continued by {won} after 0 characters"));
            return out.into();
        }
        self.call.record.borrow_mut().failed(502, "stream_broken");
        encode::comment(&mut out, &format!("steadfast {}", self.call.summary()));
        let message = format!(
            "The answer broke off after it had begun: {} {} ({}). What came before is not the whole answer; ask again.",
            self.target.id, failure.class, failure.message
        );
        let error = json!({ "error": {
            "message": message,
            "type": "server_error",
            "param": null,
            "code": "stream_broken",
            "attempts": self.call.trail.borrow().json(true),
        }});
        encode::event(&mut out, |out| out.extend_from_slice(error.to_string().as_bytes()));
        out.into()
    }

    /// Another target answers instead: the name of the one that does.
    async fn next_leg(&mut self, identity: Identity) -> Option<String> {
        self.attempt = None;
        self.call.broke(&self.target, identity);
        let won = super::answer(&self.call, &self.call.strategy, true).await.ok()?;
        let Answer::Stream(leg, attempt) = won.answer else { return None };
        self.call.record.borrow_mut().answered(&won.target.id, &won.path);
        self.timeouts = self.call.timeouts(&won.target);
        self.started = attempt.as_ref().map_or(self.started, |attempt| attempt.started);
        self.target = won.target;
        self.leg = Some(leg);
        self.attempt = attempt;
        self.rearm();
        Some(self.target.id.clone())
    }
}
