//! Who is asked, when, and what happens when they falter.
//!
//! [`attempt`] is the only code that calls upstream. [`target`] asks one target, again if its failure
//! allows it; [`fallback`] goes from one to the next. Everything else a strategy does is to decide which
//! attempt comes when, recursively over the plan. [`relay`] hands a streamed answer on.

pub(crate) mod alarm;
pub(crate) mod attempt;
pub(crate) mod call;
pub(crate) mod fallback;
pub(crate) mod leg;
pub(crate) mod relay;
pub(crate) mod target;
pub(crate) mod trail;

use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use crate::config::{Kind, Node};
use crate::failure::Failure;

use attempt::Won;
use call::Call;

/// Gets an answer from a strategy. `last`: nobody else could be asked if this fails.
pub(crate) fn answer<'a>(
    call: &'a Rc<Call>,
    node: &'a Node,
    last: bool,
) -> LocalBoxFuture<'a, Result<Won, Failure>> {
    async move {
        match &node.kind {
            Kind::Target(target) => target::ask(call, target, &node.path, last).await,
            Kind::Fallback { steps, degrade_to, .. } => {
                fallback::ask(call, steps.iter(), degrade_to.as_ref(), last).await
            }
            Kind::Race { runners, degrade_to, .. } => {
                fallback::ask(call, runners.iter(), degrade_to.as_ref(), last).await
            }
            Kind::Balance { shares, degrade_to } => {
                fallback::ask(call, shares.iter().map(|(node, _)| node), degrade_to.as_ref(), last).await
            }
            Kind::Auto { candidates, degrade_to, .. } => {
                fallback::ask(call, candidates.iter(), degrade_to.as_ref(), last).await
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
