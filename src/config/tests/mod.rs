//! The document and the plan, told by what a user writes.

mod anything;
mod callers;
mod defaults;
mod models;
mod providers;
mod reading;
mod routes;

use std::rc::Rc;

use super::*;
use crate::catalog;
use crate::class::{Class, Classes};

/// The errors of a configuration, a line each.
fn errors(json: &str) -> Vec<String> {
    match Plan::from_json(json) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.to_string().lines().map(str::to_owned).collect(),
    }
}

fn plan(json: &str) -> Plan {
    Plan::from_json(json).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The nodes directly inside a strategy.
fn inside(node: &Node) -> Vec<Rc<Node>> {
    match &node.kind {
        Kind::Target(_) => Vec::new(),
        Kind::Fallback { steps, .. } => steps.clone(),
        Kind::Race { runners, .. } => runners.clone(),
        Kind::Balance { shares, .. } => shares.iter().map(|(node, _)| node.clone()).collect(),
        Kind::Auto { candidates, .. } => candidates.clone(),
    }
}

fn route(plan: &Plan, name: &str) -> Rc<Node> {
    plan.route(name).expect("a route").strategy.clone()
}

fn target(node: &Node) -> Rc<Target> {
    match &node.kind {
        Kind::Target(target) => target.clone(),
        other => panic!("not a target: {other:?}"),
    }
}

fn degrade(node: &Node) -> Option<(String, String)> {
    let degrade = match &node.kind {
        Kind::Target(_) => None,
        Kind::Fallback { degrade_to, .. }
        | Kind::Race { degrade_to, .. }
        | Kind::Balance { degrade_to, .. }
        | Kind::Auto { degrade_to, .. } => degrade_to.as_ref(),
    };
    degrade.map(|degrade| (degrade.from.clone(), degrade.to.clone()))
}
