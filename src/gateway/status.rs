//! `GET /status`: how every target fares, as far as this isolate or process has seen.

use crate::config::{Kind, Target};
use crate::health::keys::Pick;
use crate::host::Host;
use crate::json::{Writer, quoted};
use crate::route::auto::standing;
use crate::table::Table;

use super::core::Core;
use super::http::Response;
use super::models::gather;

pub(super) fn show(core: &Core, host: &dyn Host) -> Response {
    Response::json(200, report(core, host))
}

pub(super) fn report(core: &Core, host: &dyn Host) -> String {
    let mut targets = Table::new();
    core.plan.routes.iter().for_each(|route| gather(&route.strategy, &mut targets));
    for (id, _) in core.health.borrow().targets() {
        if let Some(target) = core.plan.target(id) {
            targets.get_or_insert_with(id, || target);
        }
    }
    let mut shown = Writer::object();
    for (id, target) in targets.iter() {
        shown.named(id, &target_json(core, host, target));
    }
    let mut rankings = Writer::object();
    for route in &core.plan.routes {
        if let Kind::Auto { weigh } = &route.strategy.kind {
            rankings.named(&route.name, &standing(core, &route.strategy.parts, weigh));
        }
    }
    let mut report = Writer::object();
    report.string("scope", "isolate").whole("since", core.health.borrow_mut().since(host.unix_now()));
    report.member("targets", &shown.finish()).member("rankings", &rankings.finish());
    report.finish()
}

fn target_json(core: &Core, host: &dyn Host, target: &Target) -> String {
    let mut health = core.health.borrow_mut();
    let mut shown = Writer::object();
    match health.pick(target, &[], &core.secrets, host.now()) {
        Pick::Key(..) => shown.string("state", "ready"),
        Pick::Resting { wait, class, .. } => {
            shown.string("state", "resting").whole("for_ms", wait).string("because", class.name())
        }
        Pick::Missing => shown.string("state", "no_key").strings("set", &target.provider.keys),
    };
    match health.target(&target.id) {
        Some(health) => {
            shown.string("breaker", health.breaker());
            let mut refused = Writer::list();
            for member in health.refused(host.now()) {
                refused.element(&quoted(member));
            }
            shown.unless_empty("refuses", &refused);
            health.tally.show(&mut shown);
        }
        None => _ = shown.whole("attempts", 0),
    }
    shown.finish()
}
