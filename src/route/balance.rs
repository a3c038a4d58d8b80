//! Requests spread by weight: who is asked first is drawn, and so is who comes after.

use std::rc::Rc;

use crate::config::Node;

use super::call::Call;

/// The elements in a drawn order: each place goes to one of those left, in proportion to their weights.
pub(crate) fn order(call: &Call, shares: &[(Rc<Node>, f64)]) -> Vec<Rc<Node>> {
    let mut left: Vec<&(Rc<Node>, f64)> = shares.iter().collect();
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
        order.push(node.clone());
    }
    order
}
