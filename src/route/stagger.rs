//! Some targets, one after the other or side by side: the first good answer wins.
//!
//! Fallback, race and hedge are one mechanism and differ in its pace only: when does the next one start?
//! Always when one has failed; in a race also after `stagger_ms`, with a hedge also when the one before has
//! shown nothing for so long. Whoever is still running when the answer is there is dropped, and its
//! connection closes. (The hedge is Dean and Barroso's, "The Tail at Scale", 2013.)

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use crate::config::{Hedge, Kind, Node};
use crate::failure::Failure;
use crate::host::Millis;

use super::attempt::Won;
use super::call::Call;
use super::hope::{Hope, Others};
use super::{auto, balance};

/// When the next one starts although none has failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// Never.
    OneByOne,
    /// So many milliseconds after the one before; 0: all at once.
    Race(Millis),
    /// When the one before has shown nothing for so long, and the budget allows it.
    Hedge(Hedge),
}

/// Asks the parts of a strategy, in its order and at its pace, then the route to degrade to.
pub(crate) async fn ask(call: &Rc<Call>, node: &Node, hope: Hope) -> Result<Box<Won>, Failure> {
    let (steps, pace) = plan(call, node);
    let all = Others::within(hope.clone(), call, steps, node.lower.as_ref().map(|lower| lower.node.clone()));
    let mut failure = Failure::passed_over();
    let mut running = Vec::new();
    let mut starts = true;
    loop {
        let mut wait = None;
        if starts && let Some((step, hope)) = all.begin(running.is_empty()) {
            running.push(super::answer(call, step, hope));
            starts = pace == Pace::Race(0);
            if starts {
                continue;
            }
            if !all.have_begun() {
                wait = delay(call, step, pace);
            }
        }
        match first(call, &mut running, wait).await {
            None if wait.is_some() => starts = allows(call, pace),
            None => break,
            Some(Ok(won)) => return Ok(won),
            Some(Err(failed)) => (failure, starts) = (failure.then(failed), true),
        }
        // What is the caller's fault is everybody's answer: nobody else is asked. But a failure never wins over those
        // who are asked already, nor does who was only passed over end a race.
        let ends = failure.asked || !matches!(pace, Pace::Race(_));
        if !failure.falls_back && ends && running.is_empty() {
            return Err(failure);
        }
    }
    let lower = match &node.lower {
        Some(lower) if failure.falls_back => lower,
        _ => return Err(failure),
    };
    match super::answer(call, &lower.node, hope).await {
        Ok(won) => {
            call.degraded(lower, &failure);
            Ok(won)
        }
        Err(failed) => Err(failure.then(failed)),
    }
}

/// Who is asked, in which order and at which pace.
fn plan(call: &Call, node: &Node) -> (Vec<Rc<Node>>, Pace) {
    let parts = &node.parts;
    match &node.kind {
        Kind::Fallback { hedge: Some(hedge) } => (parts.clone(), Pace::Hedge(*hedge)),
        Kind::Race { stagger } => (parts.clone(), Pace::Race(*stagger)),
        Kind::Balance { weights, by } => (balance::order(call, parts, weights, *by), Pace::OneByOne),
        Kind::Auto { weigh } => (auto::rank(call, node, weigh), Pace::OneByOne),
        Kind::Fallback { hedge: None } | Kind::Target(_) => (parts.clone(), Pace::OneByOne),
    }
}

/// The first that ends, in the order in which they started, for a replay must not depend on chance; `None` when it is
/// time for the next to start, or when none is left.
async fn first(
    call: &Call,
    running: &mut Vec<LocalBoxFuture<'_, Result<Box<Won>, Failure>>>,
    wait: Option<Millis>,
) -> Option<Result<Box<Won>, Failure>> {
    let mut alarm = wait.map(|wait| call.host.sleep(wait));
    poll_fn(|context| {
        for (place, one) in running.iter_mut().enumerate() {
            if let Poll::Ready(ended) = one.poll_unpin(context) {
                drop(running.remove(place));
                return Poll::Ready(Some(ended));
            }
        }
        match &mut alarm {
            Some(alarm) => alarm.poll_unpin(context).map(|()| None),
            None if running.is_empty() => Poll::Ready(None),
            None => Poll::Pending,
        }
    })
    .await
}

fn delay(call: &Call, step: &Node, pace: Pace) -> Option<Millis> {
    match pace {
        Pace::OneByOne => None,
        Pace::Race(stagger) => Some(stagger),
        Pace::Hedge(Hedge::After(wait)) => Some(wait),
        // Of a strategy it is the first in it that is known.
        Pace::Hedge(Hedge::P95) => {
            let mut usual = None;
            step.any_target(&mut |_, target| {
                usual = call.usual(target);
                usual.is_some()
            });
            usual
        }
    }
}

fn allows(call: &Call, pace: Pace) -> bool {
    !matches!(pace, Pace::Hedge(_)) || call.core.health.borrow_mut().budget.withdraw(call.now())
}
