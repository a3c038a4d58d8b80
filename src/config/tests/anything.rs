//! Whatever is written, nothing panics.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const WORDS: &[&str] = &[
    "providers",
    "models",
    "routes",
    "on",
    "timeouts",
    "retry",
    "breaker",
    "stream",
    "limits",
    "alerts",
    "auth",
    "cors",
    "fallback",
    "race",
    "balance",
    "auto",
    "model",
    "params",
    "weight",
    "weigh",
    "degrade_to",
    "hedge_ms",
    "standard",
    "a",
    "b",
    "openai",
    "openai/gpt-5.4-mini",
    "gpt-5.4-mini",
    "*",
    "p95",
    "keys",
    "base_url",
    "http://x",
    "dialect",
    "network",
    "webhook",
    "",
];

/// JSON that is often nearly a configuration.
fn nearly() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 6, move |inner| {
        let name = prop_oneof![
            9 => prop::sample::select(WORDS).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_panics(value in nearly(), routes in nearly(), cut in any::<prop::sample::Index>()) {
        let _ = Plan::from_json(&value.to_string());
        let text = json!({ "routes": { "a": routes, "b": value } }).to_string();
        let _ = Plan::from_json(&text);
        let at = text.floor_char_boundary(cut.index(text.len()));
        prop_assert!(Plan::from_json(&text[..at]).is_err());
    }

    #[test]
    fn no_name_panics(name in any::<String>()) {
        let plan = Plan::default();
        let _ = plan.resolve(&name, &|_| true);
        let _ = plan.target(&name);
    }
}
