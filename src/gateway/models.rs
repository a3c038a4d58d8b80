//! `GET /v1/models` and `GET /v1/models/{id}`: routes first, then the models that can be called now.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use crate::catalog;
use crate::config::{Kind, Node, Target};
use crate::error::ApiError;
use crate::health::keys::Pick;
use crate::host::Host;
use crate::route;
use crate::table::Table;

use super::core::Core;
use super::http::Response;

pub(super) fn list(core: &Core, host: &dyn Host) -> Response {
    let routes = core.plan.routes.iter().map(|route| route_json(&route.name, &route.strategy));
    let models = callable(core).into_values().map(|target| model_json(core, host, &target));
    let data: Vec<Value> = routes.chain(models).collect();
    Response::json(200, &json!({ "object": "list", "data": data }))
}

pub(super) fn one(core: &Core, host: &dyn Host, id: &str) -> Result<Response, ApiError> {
    let id = decoded(id);
    if let Some(route) = core.plan.routes.iter().find(|route| route.name == id) {
        return Ok(Response::json(200, &route_json(&route.name, &route.strategy)));
    }
    let node = core.plan.resolve(&id, &|provider| core.is_callable(provider)).map_err(|unresolved| {
        let nearest =
            unresolved.nearest.iter().chain(&unresolved.candidates).cloned().collect::<Vec<_>>().join(", ");
        let hint = if nearest.is_empty() { String::new() } else { format!(" The nearest: {nearest}.") };
        let shown: String = id.chars().take(100).collect();
        ApiError::new(404, "model_not_found", format!("There is no model or route `{shown}`.{hint}"))
    })?;
    match &node.kind {
        Kind::Target(target) => Ok(Response::json(200, &model_json(core, host, target))),
        _ => Ok(Response::json(200, &route_json(&id, &node))),
    }
}

/// Every known model whose provider has a key: the catalogue's, the configuration's, the routes'.
pub(super) fn callable(core: &Core) -> Table<String, Rc<Target>> {
    let mut found = Table::new();
    let known = catalog::models().iter().map(|model| model.id);
    for id in known.chain(core.plan.models.keys().map(String::as_str)) {
        if let Some(target) = core.plan.target(id) {
            found.insert(target.id.clone(), target);
        }
    }
    for route in &core.plan.routes {
        gather(&route.strategy, &mut found);
    }
    found.retain(|_, target| core.is_callable(&target.provider));
    found
}

pub(super) fn gather(node: &Node, found: &mut Table<String, Rc<Target>>) {
    route::each_target(node, &mut |_, target| {
        found.get_or_insert_with(&target.id, || target.clone());
    });
}

fn route_json(name: &str, node: &Node) -> Value {
    let mut targets = Table::new();
    gather(node, &mut targets);
    let strategy = match &node.kind {
        Kind::Target(_) => "target",
        Kind::Fallback { .. } => "fallback",
        Kind::Race { .. } => "race",
        Kind::Balance { .. } => "balance",
        Kind::Auto { .. } => "auto",
    };
    let targets: Vec<String> = targets.into_keys().collect();
    json!({
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "steadfast",
        "steadfast": { "strategy": strategy, "targets": targets },
    })
}

fn model_json(core: &Core, host: &dyn Host, target: &Target) -> Value {
    let facts = &target.facts;
    let now = host.now();
    let mut health = core.health.borrow_mut();
    let state = match health.pick(target, &[], &core.secrets, now) {
        Pick::Key(..) => "ready",
        Pick::Resting { .. } => "resting",
        Pick::Missing => "no_key",
    };
    let mut about = Map::new();
    about.insert("context".into(), json!(facts.context));
    let price = facts
        .price
        .map(|price| json!({ "input": price.input, "output": price.output, "cached": price.cached }));
    about.insert("price".into(), json!(price));
    let can = facts.capabilities;
    let capabilities = json!({
        "tools": can.tools,
        "vision": can.vision,
        "json_schema": can.json_schema,
        "reasoning": can.reasoning,
        "prefill": can.prefill,
        "sampling": !can.fixed_sampling,
    });
    about.insert("capabilities".into(), capabilities);
    about.insert("health".into(), json!(state));
    json!({
        "id": target.id,
        "object": "model",
        "created": 0,
        "owned_by": target.provider.name,
        "steadfast": about,
    })
}

/// Ids hold slashes, which some clients send as `%2F`.
fn decoded(id: &str) -> String {
    percent_encoding::percent_decode_str(id).decode_utf8_lossy().into_owned()
}
