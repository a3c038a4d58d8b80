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
pub(crate) fn order(call: &Call, shares: &[(Rc<Node>, f64)], by: Spread) -> Vec<Rc<Node>> {
    let mut order = drawn(call, shares);
    if by == Spread::Latency {
        quicker_first(call, &mut order);
    }
    order
}

/// The elements in a drawn order: each place goes to one of those left, in proportion to their weights.
fn drawn(call: &Call, shares: &[(Rc<Node>, f64)]) -> Vec<Rc<Node>> {
    let mut left = shares.to_vec();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let all: f64 = left.iter().map(|(_, weight)| weight).sum();
        // 53 bits, the most that a float between 0 and 1 holds.
        let mut drawn = (call.host.random() >> 11) as f64 / (1_u64 << 53) as f64 * all;
        let place = left.iter().position(|(_, weight)| {
            drawn -= weight;
            drawn < 0.0
        });
        // Rounding may leave a rest beyond the last.
        let (node, _) = left.remove(place.unwrap_or(left.len() - 1));
        order.push(node);
    }
    order
}

/// Of the first two that may be asked, the quicker one changes places with the other, if it stood behind it.
fn quicker_first(call: &Call, order: &mut [Rc<Node>]) {
    let mut open = order.iter().enumerate().filter(|(_, node)| super::is_open(call, node));
    let (Some((one, first)), Some((other, second))) = (open.next(), open.next()) else { return };
    if let (Some(first), Some(second)) = (call.lately(first), call.lately(second))
        && second < first
    {
        order.swap(one, other);
    }
}
