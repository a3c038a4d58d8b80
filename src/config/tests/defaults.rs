//! What holds when nothing is said.

use super::*;

#[test]
fn nothing_is_a_complete_configuration() {
    let (plan, errors) = read("{}");
    assert_eq!(errors.to_string(), "");
    assert_eq!(format!("{plan:?}"), format!("{:?}", Plan::default()));
    assert_eq!(plan.on, Classes::DEFAULT);
    assert_eq!(plan.timeouts, TimeoutChoices::default());
    assert_eq!(plan.retry.retries, 1);
    assert_eq!(plan.retry.backoff, 250);
    assert_eq!(plan.retry.max_backoff, 4000);
    assert_eq!(plan.retry.max_wait, 3000);
    assert_eq!(plan.retry.budget, 0.2);
    let breaker = plan.breaker.expect("on by default");
    assert_eq!((breaker.failures, breaker.ratio), (3, 0.5));
    assert_eq!((breaker.window, breaker.open, breaker.max_open), (30_000, 5_000, 20_000));
    assert_eq!(plan.stream.on_break, OnBreak::Continue);
    assert!(!plan.stream.verify_schema);
    assert_eq!(plan.request_bytes, 16 * 1024 * 1024);
    assert_eq!(plan.auth, Auth::Keys);
    assert!(plan.alerts.is_empty() && plan.cors.is_empty() && plan.models.is_empty());
}

#[test]
fn the_documented_clocks_are_those_of_the_plan() {
    let schema = schema().to_string();
    for said in ["Default 10000; 120000 for", "Default 30000; 60000 for", "Default 120000; 600000 for"] {
        assert!(schema.contains(said), "{said}");
    }
    assert_eq!(Timeouts::STANDARD.idle, 30_000);
    assert_eq!(Timeouts::REASONING.attempt, 600_000);
}

#[test]
fn three_tiers_fall_down_to_one_another_and_auto_knows_all() {
    let plan = Plan::default();
    let names: Vec<_> = plan.routes.iter().map(|route| route.name.as_str()).collect();
    assert_eq!(names, ["premium", "standard", "budget", "auto"]);
    let to = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
    assert_eq!(degrade(&route(&plan, "premium")), to("premium", "standard"));
    assert_eq!(degrade(&route(&plan, "standard")), to("standard", "budget"));
    assert_eq!(degrade(&route(&plan, "budget")), None);
    let models: Vec<_> = inside(&route(&plan, "budget")).iter().map(|node| target(node).id.clone()).collect();
    assert_eq!(models, catalog::BUDGET);
    let all = inside(&route(&plan, "auto"));
    assert!(all.len() > 20);
    assert!(all.iter().all(|node| node.path == "auto.auto[0]"));
    assert!(all.iter().all(|node| !target(node).id.starts_with("groq/")));
}

#[test]
fn a_route_of_ones_own_takes_the_place_of_a_built_in_one() {
    let plan = plan(r#"{"routes": {"budget": {"race": ["openai/gpt-5.4-nano"]}}}"#);
    let names: Vec<_> = plan.routes.iter().map(|route| route.name.as_str()).collect();
    assert_eq!(names, ["budget", "premium", "standard", "auto"]);
    assert!(matches!(route(&plan, "budget").kind, Kind::Race { .. }));
    let standard = route(&plan, "standard");
    let degrade = standard.lower.as_ref().expect("standard degrades");
    assert!(Rc::ptr_eq(&degrade.node, &route(&plan, "budget")), "the same node");
}
