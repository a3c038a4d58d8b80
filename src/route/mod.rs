//! Who is asked, when, and what happens when they falter.
//!
//! [`attempt`] is the only code that calls upstream. [`target`] asks one target, again if its failure
//! allows it; [`stagger`] asks several, one after the other or side by side. Everything else a strategy
//! does is to decide in which order, recursively over the plan. [`relay`] hands a streamed answer on.

pub(crate) mod alarm;
pub(crate) mod attempt;
pub(crate) mod balance;
pub(crate) mod call;
pub(crate) mod leg;
pub(crate) mod permits;
pub(crate) mod relay;
pub(crate) mod stagger;
pub(crate) mod target;
pub(crate) mod trail;

use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use crate::config::{Kind, Node};
use crate::failure::Failure;

use attempt::Won;
use call::Call;
use stagger::Pace;

/// Gets an answer from a strategy. `last`: nobody else could be asked if this fails.
pub(crate) fn answer<'a>(
    call: &'a Rc<Call>,
    node: &'a Node,
    last: bool,
) -> LocalBoxFuture<'a, Result<Won, Failure>> {
    async move {
        match &node.kind {
            Kind::Target(target) => target::ask(call, target, &node.path, last).await,
            Kind::Fallback { steps, hedge, degrade_to } => {
                let pace = hedge.map_or(Pace::OneByOne, Pace::Hedge);
                stagger::ask(call, steps.iter(), pace, degrade_to.as_ref(), last).await
            }
            Kind::Race { runners, stagger, degrade_to } => {
                stagger::ask(call, runners.iter(), Pace::Race(*stagger), degrade_to.as_ref(), last).await
            }
            Kind::Balance { shares, degrade_to } => {
                let order = balance::order(call, shares);
                stagger::ask(call, order.iter(), Pace::OneByOne, degrade_to.as_ref(), last).await
            }
            Kind::Auto { candidates, degrade_to, .. } => {
                stagger::ask(call, candidates.iter(), Pace::OneByOne, degrade_to.as_ref(), last).await
            }
        }
    }
    .boxed_local()
}

/// Whether anybody in a strategy could still be asked.
pub(crate) fn is_open(call: &Call, node: &Node) -> bool {
    match &node.kind {
        Kind::Target(target) => call.may_ask(target),
        Kind::Fallback { steps: nodes, degrade_to, .. }
        | Kind::Race { runners: nodes, degrade_to, .. }
        | Kind::Auto { candidates: nodes, degrade_to, .. } => {
            nodes.iter().any(|node| is_open(call, node))
                || degrade_to.as_ref().is_some_and(|lower| is_open(call, &lower.node))
        }
        Kind::Balance { shares, degrade_to } => {
            shares.iter().any(|(node, _)| is_open(call, node))
                || degrade_to.as_ref().is_some_and(|lower| is_open(call, &lower.node))
        }
    }
}
