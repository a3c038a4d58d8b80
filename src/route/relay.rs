//! Hands a streamed answer on, event by event, and brings it to an end that says what it is.

use std::rc::Rc;

use bytes::Bytes;

use crate::chat::request::is_asked_for_more;
use crate::chat::usage::Usage;
use crate::class::Class;
use crate::config::{OnBreak, Target, Timeouts};
use crate::dialect::{CarriesOn, Identity, LONGEST_KEPT, State, Step};
use crate::failure::Failure;
use crate::host::Millis;
use crate::json::{self, Writer, filled};
use crate::stream::encode;
use crate::stream::seam::Manner;

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
    /// When the caller was last given something.
    left: Option<Millis>,
    /// What the legs that broke cost together, and how many bytes of the text that goes on they delivered.
    spent: Usage,
    delivered: usize,
    /// A leg has broken, and all that it said was handed on.
    broken: Option<Broken>,
}

/// What is known of a leg that broke.
struct Broken {
    state: State,
    why: Failure,
    /// How it would end if nobody else has more to say.
    ending: Option<Vec<u8>>,
}

/// Once the answer is whole, only a count may follow; nobody waits longer for it.
const AFTERMATH: Millis = 2_000;
/// A longer answer is not said in a language whose last event repeats all of it.
const LARGEST_REPEATED: usize = 4 << 20;
/// While a tool call is open, models fall silent for longer.
const IDLE_IN_TOOL: Millis = 60_000;

impl Relay {
    pub(crate) fn new(call: Rc<Call>, target: Rc<Target>, leg: Box<Leg>, attempt: Option<Attempt>) -> Self {
        let timeouts = call.timeouts(&target);
        let started = attempt.as_ref().map_or(call.started, |attempt| attempt.started);
        let mut relay = Self {
            call,
            target,
            timeouts,
            leg: Some(leg),
            attempt,
            started,
            left: None,
            spent: Usage::default(),
            delivered: 0,
            broken: None,
        };
        relay.rearm();
        relay
    }

    /// The next bytes for the caller; `None` when all was said. Dropping the relay aborts upstream.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        // While the caller was busy with what he has, nobody read on: that silence is not the target's.
        if let (Some(left), Some(leg)) = (self.left.take(), &mut self.leg) {
            leg.alarm.postpone(self.call.now().saturating_sub(left));
        }
        let bytes = self.step().await;
        self.left = Some(self.call.now());
        bytes
    }

    async fn step(&mut self) -> Option<Bytes> {
        if let Some(broken) = self.broken.take() {
            return Some(self.mend(broken).await);
        }
        let mut ending = None;
        let failure = loop {
            let leg = self.leg.as_mut()?;
            let (before, is_whole) = (leg.out.len(), leg.state().finished);
            match leg.ready() {
                None if !leg.out.is_empty() => return Some(std::mem::take(&mut leg.out).into()),
                None => {
                    if let Err(failure) = leg.read().await {
                        break failure;
                    }
                }
                Some(Step::Quiet) => {}
                Some(Step::Malformed) => {
                    if let Some(attempt) = &self.attempt {
                        attempt.malformed();
                    }
                }
                Some(Step::Content)
                    if leg.state().shown > LARGEST_REPEATED && self.call.ask.is_repeated() =>
                {
                    let why = format!("the answer is longer than {LARGEST_REPEATED} bytes");
                    break Failure::new(Class::BadOutput, why);
                }
                Some(Step::Content) => self.rearm(),
                Some(Step::Finished | Step::Done) if leg.state().is_empty() && self.attempt.is_some() => {
                    leg.conclude();
                    ending = Some(leg.out.split_off(before));
                    break Failure::new(Class::Empty, "the answer is thoughts alone");
                }
                Some(Step::Finished) => self.rearm(),
                // What is said behind the end of an answer takes nothing from it.
                Some(Step::Failed(_)) if is_whole => {
                    leg.conclude();
                    return Some(self.whole());
                }
                Some(Step::Done) => return Some(self.whole()),
                Some(Step::Failed(failure)) => break failure,
            }
        };
        Some(self.broken(failure, ending).await)
    }

    /// The idle clock counts from content to content.
    fn rearm(&mut self) {
        let Some(leg) = self.leg.as_mut() else { return };
        let state = leg.state();
        let now = self.call.now();
        let idle = match self.timeouts.idle {
            0 if state.finished => AFTERMATH,
            idle if state.finished => idle.min(AFTERMATH),
            idle if state.in_tool => idle.max(IDLE_IN_TOOL.min(idle.saturating_mul(2))),
            idle => idle,
        };
        leg.alarm.set(Due::first(&[(now, idle, "idle"), (self.started, self.timeouts.stream, "stream")]));
    }

    /// The end of a whole answer.
    fn whole(&mut self) -> Bytes {
        let Some(leg) = self.leg.take() else { return Bytes::new() };
        let state = leg.state();
        if let Some(attempt) = &mut self.attempt {
            attempt.says(state.more_than_text && !state.refused);
            attempt.complete(state.usage);
        }
        self.close(leg.out)
    }

    fn close(&self, mut out: Vec<u8>) -> Bytes {
        encode::comment(&mut out, &format!("steadfast {}", self.call.summary()));
        encode::done(&mut out);
        out.into()
    }

    /// The answer broke off: somebody else carries on, or it ends, but never as if it were whole. One that is thoughts
    /// alone has an `ending` of its own: when all of them only think, or say nothing, the last such answer goes out as it
    /// came.
    async fn broken(&mut self, failure: Failure, ending: Option<Vec<u8>>) -> Bytes {
        let is_late = matches!(failure.class, Class::Timeout | Class::Cut);
        if is_late && let Some(leg) = self.leg.as_mut().filter(|leg| leg.state().finished) {
            // All of the answer was there; only its count is not.
            leg.conclude();
            return self.whole();
        }
        let class = if failure.class == Class::Timeout { Class::Cut } else { failure.class };
        let Some((state, out, why)) = self.fail(failure.of_class(class)) else {
            return Bytes::new();
        };
        let broken = Broken { state, why, ending };
        if out.is_empty() {
            return self.mend(broken).await;
        }
        // What it said does not wait for who comes after it.
        self.broken = Some(broken);
        out.into()
    }

    async fn mend(&mut self, Broken { state, why, ending }: Broken) -> Bytes {
        let mut out = Vec::new();
        // Of what was begun to be answered, nothing is the caller's fault.
        let begun = why.class == Class::InvalidRequest && self.target.on.contains(Class::Cut);
        if (why.falls_back || begun) && self.carry_on(why.class, &state, &mut out).await {
            return out.into();
        }
        match ending.filter(|_| self.call.is_exhausted() && self.call.all_were(Class::Empty)) {
            Some(ending) => self.close(ending),
            None => self.give_up(out, &why),
        }
    }

    /// Lets go of the leg: what it said, what of it is still to be handed on, and the failure fit to be shown.
    fn fail(&mut self, failure: Failure) -> Option<(State, Vec<u8>, Failure)> {
        // Its connection closes here, not when the next target has been found.
        let leg = self.leg.take()?;
        let state = leg.state().clone();
        let failure = match &mut self.attempt {
            Some(attempt) => attempt.fail(failure),
            None => self.call.clean(failure),
        };
        let usage = self.cost(&state);
        self.call.spent(&self.target, &usage);
        self.spent = self.spent.and(&usage);
        self.delivered = state.shown;
        Some((state, leg.out, failure))
    }

    fn give_up(&self, mut out: Vec<u8>, failure: &Failure) -> Bytes {
        self.call.record.borrow_mut().failed(502, "stream_broken");
        encode::comment(&mut out, &format!("steadfast {}", self.call.summary()));
        let message = format!(
            "The answer broke off after it had begun: {} {} ({}). What came before is not the whole answer; ask again.",
            self.target.id, failure.class, failure.message
        );
        let mut error = Writer::object();
        error.string("message", &message).string("type", "server_error").member("param", "null");
        error.string("code", "stream_broken").member("attempts", &self.call.trail.borrow().json(true));
        let error = filled(r#"{"error":$}"#, &[&error.finish()]);
        encode::event(&mut out, |out| out.extend_from_slice(error.as_bytes()));
        out.into()
    }

    /// Another target carries on, or answers anew, as the caller wishes and the answer allows.
    async fn carry_on(&mut self, why: Class, state: &State, out: &mut Vec<u8>) -> bool {
        self.attempt = None;
        self.call.rule_out(&self.target, why);
        let shown = state.answered.then(|| delivered(state));
        // By the caller, and by what the configuration lays over his request.
        let is_one_text = self.call.ask.continuable && !is_asked_for_more(&self.target);
        let rest = match (self.call.on_break(), shown) {
            (OnBreak::Error, _) => return false,
            (OnBreak::Restart, _) => None,
            // Thoughts alone: whoever answers simply answers.
            // Of several choices one may have ended already, and cannot begin again.
            (OnBreak::Continue, None) if self.call.ask.n > 1 && state.finish.is_some() => return false,
            (OnBreak::Continue, None) => Some(String::new()),
            (OnBreak::Continue, Some(Some(text))) if is_one_text => Some(text),
            (OnBreak::Continue, Some(_)) => return false,
        };
        let characters = rest.as_ref().map_or(0, |text| text.chars().count());
        let (identity, usage) = (state.identity.clone(), self.spent);
        let rest = rest.map(|text| CarriesOn { identity, text, usage, manner: Manner::Words });
        let anew = rest.is_none();
        self.call.carry_on_from(rest);
        let Ok(won) = super::answer_somehow(&self.call).await else { return false };
        let Answer::Stream(leg, attempt) = won.answer else { return false };
        if anew {
            let Identity { id, created, model, .. } = &state.identity;
            let (id, created) = (id.as_deref().unwrap_or("\"\""), created.as_deref().unwrap_or("0"));
            encode::restart(out, id, created, model);
            self.delivered = 0;
        } else {
            let mark = format!("steadfast continued by {} after {characters} characters", won.target.id);
            encode::comment(out, &mark);
        }
        if let Some(attempt) = &attempt {
            attempt.takes_over((!anew).then_some(characters));
        }
        self.call.record.borrow_mut().answered(&won.target.id, &won.path);
        self.timeouts = self.call.timeouts(&won.target);
        self.started = attempt.as_ref().map_or(self.started, |attempt| attempt.started);
        self.target = won.target;
        self.leg = Some(leg);
        self.attempt = attempt;
        self.rearm();
        true
    }

    /// What a leg cost that is not whole: as the provider said, else a guess.
    fn cost(&self, state: &State) -> Usage {
        state.usage.unwrap_or_else(|| {
            Usage::guessed(self.call.ask.body.len(), state.said().saturating_sub(self.delivered))
        })
    }
}

impl Drop for Relay {
    /// The caller left in the midst of it.
    fn drop(&mut self) {
        let Some(cost) = self.leg.as_ref().map(|leg| self.cost(leg.state())) else { return };
        if let Some(attempt) = &mut self.attempt {
            attempt.owes(cost);
        }
    }
}

/// The text that the caller has, when it is all that he has.
fn delivered(state: &State) -> Option<String> {
    if state.in_tool || state.more_than_text || state.shown > LONGEST_KEPT {
        return None;
    }
    let read = |text: &str| json::text(&format!("\"{text}\""));
    // A stream may break between the halves of a surrogate pair; half a character cannot be sent on.
    let whole = || state.text.get(..state.text.len().checked_sub(HALF_A_PAIR)?).and_then(read);
    read(&state.text).or_else(whole)
}

/// `\ud83c`
const HALF_A_PAIR: usize = 6;
