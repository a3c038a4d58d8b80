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
    node.parts.clone()
}

fn route(plan: &Plan, name: &str) -> Rc<Node> {
    plan.route(name).expect("a route").strategy.clone()
}

fn target(node: &Node) -> Rc<Target> {
    node.target().unwrap_or_else(|| panic!("not a target: {:?}", node.kind)).clone()
}

fn degrade(node: &Node) -> Option<(String, String)> {
    node.lower.as_ref().map(|degrade| (degrade.from.clone(), degrade.to.clone()))
}
