//! What a caller's `model` leads to.

use super::*;

#[test]
fn a_route_wins_over_a_model_and_a_model_over_nothing() {
    let plan = plan(r#"{"routes": {"gpt-5.4-mini": {"fallback": ["qwen/qwen-plus"]}}}"#);
    let all = |_: &Provider| true;
    assert_eq!(plan.resolve("gpt-5.4-mini", &all).unwrap().path, "gpt-5.4-mini");
    assert!(matches!(plan.resolve("gpt-5.4-mini", &all).unwrap().kind, Kind::Fallback { .. }));
    let mini = plan.resolve("openai/gpt-5.4-mini", &all).unwrap();
    assert_eq!(mini.path, "openai/gpt-5.4-mini");
    assert_eq!(target(&mini).model, "gpt-5.4-mini");
    let bare = plan.resolve("claude-sonnet-5", &all).unwrap();
    assert_eq!(bare.path, "anthropic/claude-sonnet-5");
    let none = |_: &Provider| false;
    assert_eq!(plan.resolve("claude-sonnet-5", &none).unwrap().path, bare.path);
}

#[test]
fn a_name_of_several_providers_means_the_one_that_can_be_called() {
    let plan = plan(
        r#"{"providers": {"a": {"dialect": "openai", "base_url": "http://a"}, "b": {"dialect": "openai", "base_url": "http://b"}},
            "models": {"a/m": {}, "b/m": {}}}"#,
    );
    let only_b = |provider: &Provider| provider.name == "b";
    assert_eq!(plan.resolve("m", &only_b).unwrap().path, "b/m");
    let candidates = vec!["a/m".to_owned(), "b/m".to_owned()];
    let ambiguous = Unresolved { nearest: Vec::new(), candidates };
    assert_eq!(plan.resolve("m", &|_| true).unwrap_err(), ambiguous);
    assert_eq!(plan.resolve("m", &|_| false).unwrap_err(), ambiguous);
}

#[test]
fn a_model_that_only_a_route_names_is_near_too() {
    let plan = plan(
        r#"{"providers": {"alpha": {"dialect": "openai", "base_url": "http://127.0.0.1/v1", "keys": []}},
            "routes": {"r": {"race": [{"fallback": ["alpha/one"]}, "alpha/two"]}}}"#,
    );
    for name in ["alhpa/one", "alpha-one"] {
        assert_eq!(plan.resolve(name, &|_| true).unwrap_err().nearest[0], "alpha/one");
    }
}

/// It was compared anew wherever it stood: with routes within routes that took minutes, and this test would.
#[test]
fn a_model_that_stands_in_many_places_is_compared_once() {
    let mut routes = serde_json::json!({ "r0": { "fallback": ["openai/a-model-that-nobody-knows"] } });
    for place in 1..=10 {
        let inner = format!("r{}", place - 1);
        routes[format!("r{place}")] = serde_json::json!({ "fallback": vec![inner; 4] });
    }
    let plan = plan(&serde_json::json!({ "routes": routes }).to_string());
    assert_eq!(
        plan.resolve("a-modle-that-nobody-knows", &|_| true).unwrap_err().nearest,
        ["openai/a-model-that-nobody-knows"]
    );
}

#[test]
fn an_unknown_name_comes_back_with_what_is_near() {
    let plan = Plan::default();
    let near = |name: &str| plan.resolve(name, &|_| true).unwrap_err().nearest;
    assert_eq!(near("standart")[0], "standard");
    assert_eq!(near("gpt-5.4-mni")[0], "gpt-5.4-mini");
    assert_eq!(near("opnai/gpt-5.4-mini")[0], "openai/gpt-5.4-mini");
    assert!(near("claude")[0].starts_with("claude-"));
    assert!(near("zzzzzz").is_empty());
    assert!(near(&"x".repeat(1_000_000)).is_empty());
    assert!(near("").is_empty());
}
