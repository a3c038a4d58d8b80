//! `GET /v1/models` and `GET /v1/models/{id}`: routes first, then the models that can be called now.

use std::rc::Rc;

use crate::catalog;
use crate::config::{Kind, Node, Target};
use crate::error::ApiError;
use crate::health::keys::Pick;
use crate::host::Host;
use crate::json::{Writer, decimal};
use crate::table::Table;
use crate::text;

use super::chat;
use super::core::Core;
use super::http::Response;

pub(super) fn list(core: &Core, host: &dyn Host) -> Response {
    let mut data = Writer::list();
    for route in &core.plan.routes {
        data.element(&route_json(&route.name, &route.strategy));
    }
    for target in callable(core).values() {
        data.element(&model_json(core, host, target));
    }
    let mut body = Writer::object();
    body.string("object", "list").member("data", &data.finish());
    Response::json(200, body.finish())
}

pub(super) fn one(core: &Core, host: &dyn Host, id: &str) -> Result<Response, ApiError> {
    let id = decoded(id);
    if let Some(route) = core.plan.routes.iter().find(|route| route.name == id) {
        return Ok(Response::json(200, route_json(&route.name, &route.strategy)));
    }
    let callable = |provider: &_| core.is_callable(provider);
    let node = core.plan.resolve(&id, &callable).map_err(|unresolved| chat::unknown(&id, &unresolved))?;
    let found = match node.target() {
        Some(target) => model_json(core, host, target),
        None => route_json(&id, &node),
    };
    Ok(Response::json(200, found))
}

/// Every known model whose provider has a key: the catalogue's, the configuration's, the routes'.
pub(super) fn callable(core: &Core) -> Table<String, Rc<Target>> {
    let mut found = Table::new();
    let mut add = |id: &str| {
        if let Some(target) = core.plan.target(id) {
            found.insert(target.id.clone(), target);
        }
    };
    catalog::models().iter().for_each(|model| add(model.id));
    core.plan.models.keys().for_each(|id| add(id));
    for route in &core.plan.routes {
        gather(&route.strategy, &mut found);
    }
    found.retain(|_, target| core.is_callable(&target.provider));
    found
}

pub(super) fn gather(node: &Node, found: &mut Table<String, Rc<Target>>) {
    node.each_target(&mut |_, target| {
        found.get_or_insert_with(&target.id, || target.clone());
    });
}

fn route_json(name: &str, node: &Node) -> String {
    let mut targets: Vec<String> = Vec::new();
    node.each_target(&mut |_, target| {
        if !targets.contains(&target.id) {
            targets.push(target.id.clone());
        }
    });
    let strategy = match &node.kind {
        Kind::Target(_) => "target",
        Kind::Fallback { .. } => "fallback",
        Kind::Race { .. } => "race",
        Kind::Balance { .. } => "balance",
        Kind::Auto { .. } => "auto",
    };
    let mut about = Writer::object();
    about.string("strategy", strategy).strings("targets", &targets);
    entry(name, "steadfast", &about.finish())
}

fn model_json(core: &Core, host: &dyn Host, target: &Target) -> String {
    let facts = &target.facts;
    let state = match core.health.borrow_mut().pick(target, &[], &core.secrets, host.now()) {
        Pick::Key(..) => "ready",
        Pick::Resting { .. } => "resting",
        Pick::Missing => "no_key",
    };
    let mut about = Writer::object();
    let or_null = |number: Option<f64>| number.map_or_else(|| "null".to_owned(), decimal);
    match facts.context {
        Some(context) => about.whole("context", context.into()),
        None => about.member("context", "null"),
    };
    match facts.price {
        Some(known) => {
            let mut price = Writer::object();
            price.decimal("input", known.input).decimal("output", known.output);
            price.member("cached", &or_null(known.cached));
            about.member("price", &price.finish())
        }
        None => about.member("price", "null"),
    };
    let can = facts.capabilities;
    let is_told_how = !can.fixed_sampling && !target.provider.quirks.refuses.has("temperature");
    let mut capabilities = Writer::object();
    for (name, has) in [
        ("tools", can.tools),
        ("vision", can.vision),
        ("json_schema", can.json_schema),
        ("reasoning", can.reasoning),
        ("prefill", can.prefill),
        ("sampling", is_told_how),
    ] {
        capabilities.flag(name, has);
    }
    about.member("capabilities", &capabilities.finish()).string("health", state);
    entry(&target.id, &target.provider.name, &about.finish())
}

/// One entry, as OpenAI lists models.
fn entry(id: &str, owner: &str, about: &str) -> String {
    let mut entry = Writer::object();
    entry.string("id", id).string("object", "model").whole("created", 0).string("owned_by", owner);
    entry.member("steadfast", about);
    entry.finish()
}

/// Ids hold slashes, which some clients send as `%2F`.
fn decoded(id: &str) -> String {
    text::of_address(id).unwrap_or_else(|| id.to_owned())
}
