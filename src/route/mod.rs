//! Who is asked, when, and what happens when they falter.
//!
//! [`attempt`] is the only code that calls upstream. [`target`] asks one target, again if its failure
//! allows it; [`stagger`] asks several, one after the other or side by side. Everything else a strategy
//! does is to decide in which order, recursively over the plan. [`relay`] hands a streamed answer on.

pub(crate) mod alarm;
pub(crate) mod attempt;
pub(crate) mod auto;
pub(crate) mod balance;
pub(crate) mod call;
mod clocks;
pub(crate) mod hope;
pub(crate) mod leg;
pub(crate) mod permits;
pub(crate) mod relay;
pub(crate) mod stagger;
pub(crate) mod target;
pub(crate) mod trail;

use std::ptr;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use crate::config::Node;
use crate::failure::Failure;
use crate::health::keys::Pick;
use crate::host::Millis;

use attempt::Won;
use call::Call;
use hope::Hope;

/// Gets an answer from a strategy.
pub(crate) fn answer<'a>(
    call: &'a Rc<Call>,
    node: &'a Node,
    hope: Hope,
) -> LocalBoxFuture<'a, Result<Box<Won>, Failure>> {
    match node.target() {
        Some(target) => target::ask(call, target, &node.path, hope).boxed_local(),
        None => stagger::ask(call, node, hope).boxed_local(),
    }
}

/// Asks a strategy; when everybody in it is left alone, the least bad of them is asked all the same: the one
/// that would be back first, of those who bear the fewest such requests already. Nobody is refused unasked, and
/// nobody bears the load of all.
pub(crate) async fn answer_somehow(call: &Rc<Call>) -> Result<Box<Won>, Failure> {
    let failure = match answer(call, &call.strategy, Hope::LAST).await {
        Err(failure) if !failure.asked => failure,
        answered => return answered,
    };
    let mut least_bad: Option<((u32, Millis), &Node)> = None;
    call.strategy.each_target(&mut |node, target| {
        if call.is_out(target).is_some() || call.in_vain(target, &node.path).is_some() {
            return;
        }
        let wait = match call.pick(target, &[]) {
            Pick::Resting { wait, stated: false, .. } => wait,
            _ => return,
        };
        let badness = (call.core.health.borrow().forced(target), wait);
        if least_bad.is_none_or(|(known, _)| badness < known) {
            least_bad = Some((badness, node));
        }
    });
    match least_bad {
        Some((_, node)) => {
            node.target().iter().for_each(|target| call.force(target));
            let won = answer(call, node, Hope::LAST).await?;
            degrade(call, &call.strategy, node, &failure);
            Ok(won)
        }
        None => Err(failure),
    }
}

/// Says which tiers were left on the way from a strategy down to the part of it that answered; `false` if it is no part.
fn degrade(call: &Call, node: &Node, answered: &Node, why: &Failure) -> bool {
    if ptr::eq(node, answered) || node.parts.iter().any(|part| degrade(call, part, answered, why)) {
        return true;
    }
    match &node.lower {
        Some(lower) if degrade(call, &lower.node, answered, why) => {
            call.degraded(lower, why);
            true
        }
        _ => false,
    }
}

/// Whether anybody in a strategy could still be asked.
pub(crate) fn is_open(call: &Call, node: &Node) -> bool {
    node.any_target(&mut |node, target| call.may_ask(target, &node.path))
}
