//! Requests spread by weight: who is asked first is drawn, and so is who comes after.
//!
//! By latency, the first two that may be asked compete, and the quicker one goes first. Two are as good as all:
//! the load of the slow ones falls as much, and nobody is everybody's choice at once (Mitzenmacher, "The Power
//! of Two Choices in Randomized Load Balancing", 2001). As long as one of the two is not known, the draw decides,
//! so that each is measured from time to time and a bad memory mends.

use std::rc::Rc;

use crate::config::{Node, Spread};

use super::call::Call;

/// The elements in the order in which they are asked.
pub(crate) fn order(call: &Call, parts: &[Rc<Node>], weights: &[f64], by: Spread) -> Vec<Rc<Node>> {
    let mut order = drawn(call, parts, weights);
    if by == Spread::Latency {
        quicker_first(call, &mut order);
    }
    order
}

/// The elements in a drawn order: each place goes to one of those left, in proportion to their weights.
fn drawn(call: &Call, parts: &[Rc<Node>], weights: &[f64]) -> Vec<Rc<Node>> {
    let mut left = parts.to_vec();
    let mut weights = weights.to_vec();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let all: f64 = weights.iter().sum();
        // 53 bits, the most that a float between 0 and 1 holds.
        let mut drawn = (call.host.random() >> 11) as f64 / (1_u64 << 53) as f64 * all;
        let place = weights.iter().position(|weight| {
            drawn -= weight;
            drawn < 0.0
        });
        // Rounding may leave a rest beyond the last.
        let place = place.unwrap_or(left.len() - 1);
        weights.remove(place);
        order.push(left.remove(place));
    }
    order
}

/// Of the first two that may be asked, the quicker one changes places with the other, if it stood behind it.
fn quicker_first(call: &Call, order: &mut [Rc<Node>]) {
    let is_open = |place: &usize| order.get(*place).is_some_and(|node| super::is_open(call, node));
    let Some(one) = (0..order.len()).find(is_open) else { return };
    let Some(other) = (one + 1..order.len()).find(is_open) else { return };
    let time = |place: usize| call.lately(order.get(place)?);
    if let (Some(first), Some(second)) = (time(one), time(other))
        && second < first
    {
        order.swap(one, other);
    }
}
