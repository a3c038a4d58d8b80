//! One after the other, until one answers.

use std::rc::Rc;

use crate::config::{Degrade, Node};
use crate::failure::Failure;

use super::attempt::Won;
use super::call::Call;

/// Asks the steps in order, then the route to degrade to.
pub(crate) async fn ask<'a>(
    call: &Rc<Call>,
    steps: impl Iterator<Item = &'a Rc<Node>> + Clone,
    degrade_to: Option<&'a Degrade>,
    last: bool,
) -> Result<Won, Failure> {
    let mut failure = Failure::passed_over();
    let mut rest = steps;
    while let Some(step) = rest.next() {
        let lower = degrade_to.map(|lower| &lower.node);
        let is_last = last && !rest.clone().chain(lower).any(|node| super::is_open(call, node));
        match super::answer(call, step, is_last).await {
            Ok(won) => return Ok(won),
            Err(failed) => failure = failure.then(failed),
        }
        if !failure.falls_back {
            return Err(failure);
        }
    }
    let Some(lower) = degrade_to else { return Err(failure) };
    match super::answer(call, &lower.node, last).await {
        Ok(won) => {
            call.degraded(lower, &failure);
            Ok(won)
        }
        Err(failed) => Err(failure.then(failed)),
    }
}
