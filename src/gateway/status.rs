//! `GET /status`: how every target fares, as far as this isolate or process has seen.

use serde_json::{Map, Value, json};

use crate::config::{Kind, Target};
use crate::health::keys::Pick;
use crate::host::Host;
use crate::route::auto::standing;
use crate::table::Table;

use super::core::Core;
use super::http::Response;
use super::models::gather;

pub(super) fn show(core: &Core, host: &dyn Host) -> Response {
    Response::json(200, &report(core, host))
}

pub(super) fn report(core: &Core, host: &dyn Host) -> Value {
    let mut targets = Table::new();
    core.plan.routes.iter().for_each(|route| gather(&route.strategy, &mut targets));
    let asked: Vec<String> = core.health.borrow().targets().map(|(id, _)| id.to_owned()).collect();
    for id in asked {
        if let Some(target) = core.plan.target(&id) {
            targets.get_or_insert_with(&id, || target);
        }
    }
    let mut shown = Map::new();
    for (id, target) in targets.iter() {
        shown.insert(id.clone(), target_json(core, host, target));
    }
    let since = core.health.borrow_mut().since(host.unix_now());
    let mut rankings = Map::new();
    for route in &core.plan.routes {
        if let Kind::Auto { candidates, weigh, .. } = &route.strategy.kind {
            rankings.insert(route.name.clone(), standing(&core.health.borrow(), candidates, weigh));
        }
    }
    json!({ "scope": "isolate", "since": since, "targets": shown, "rankings": rankings })
}

fn target_json(core: &Core, host: &dyn Host, target: &Target) -> Value {
    let now = host.now();
    let mut health = core.health.borrow_mut();
    let state = match health.pick(target, &[], &core.secrets, now) {
        Pick::Key(..) => json!({ "state": "ready" }),
        Pick::Resting { wait, class, .. } => {
            json!({ "state": "resting", "for_ms": wait, "because": class.name() })
        }
        Pick::Missing => json!({ "state": "no_key", "set": target.provider.keys }),
    };
    let mut shown = health
        .target(&target.id)
        .map(|health| {
            let mut shown = health.tally.shown();
            if let Some(fields) = shown.as_object_mut() {
                fields.insert("breaker".into(), health.breaker().into());
            }
            shown
        })
        .unwrap_or_else(|| json!({ "attempts": 0 }));
    if let (Some(shown), Value::Object(state)) = (shown.as_object_mut(), state) {
        shown.extend(state);
    }
    shown
}
