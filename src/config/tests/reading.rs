//! What is read at all.

use super::*;

#[test]
fn it_must_be_one_json_object() {
    assert_eq!(errors("[]"), ["the configuration: found a list, expected an object"]);
    assert_eq!(errors("\u{feff}{}"), [""; 0]);
    assert_eq!(errors(" {} \n"), [""; 0]);
    assert!(errors("")[0].starts_with("the configuration: found broken JSON"));
    assert!(errors("{} {}")[0].contains("broken JSON"));
    assert!(errors("{\"auth\": \"keys\",}")[0].contains("broken JSON"));
    assert!(errors("{\"auth\": \"keys\" // comment\n}")[0].contains("line 1"));
}

#[test]
fn the_schemas_address_is_welcome_at_the_top_only() {
    assert_eq!(errors(r#"{"$schema": "./steadfast.schema.json"}"#), [""; 0]);
    assert_eq!(errors(r#"{"retry": {"$schema": ""}}"#).len(), 1);
}

#[test]
fn the_same_field_twice_is_a_mistake() {
    assert_eq!(
        errors(
            r#"{"auth": "none", "auth": "keys", "retry": {"retries": 1, "retries": 2},
                "routes": {"a": {"fallback": ["openai/x"]}, "a": {"fallback": ["openai/x"], "fallback": ["openai/x"]}},
                "providers": {"openai": {"headers": {"X-A": "1", "x-a": "2"}}}}"#
        ),
        [
            "auth: found the same field twice, expected it once",
            "providers.openai.headers.x-a: found the same name twice, expected it once",
            "routes.a: found the same name twice, expected it once",
            "retry.retries: found the same field twice, expected it once",
        ]
    );
}

#[test]
fn under_a_wrong_name_all_else_that_is_wrong_is_told_too() {
    assert_eq!(
        errors(
            r#"{"models": {"llama": {"context": -1}}, "routes": {"a/b": {"race": []}, "a c": {"fallback": ["opnai/x"]}},
                "providers": {"b/c": {"dialect": "opena", "base_url": "https://b.example/v1"}}}"#
        ),
        [
            "providers[\"b/c\"]: found \"b/c\", expected a provider's name (letters, digits, `.`, `_` and `-`)",
            "providers[\"b/c\"].dialect: found \"opena\", expected \"openai\", \"anthropic\", \"gemini\" or \"responses\"; did you mean `openai`?",
            "models.llama: found \"llama\", expected `provider/model`",
            "models.llama.context: found -1, expected a whole number from 1 to 4294967295",
            "routes[\"a/b\"]: found \"a/b\", expected a route's name, without `/` (that is a model's), without white space, and not `*`",
            "routes[\"a c\"]: found \"a c\", expected a route's name, without `/` (that is a model's), without white space, and not `*`",
            "routes[\"a/b\"].race: found an empty list, expected at least one element",
            "routes[\"a c\"].fallback[0]: found the unknown provider \"opnai\", expected a provider that is built in or in `providers`; did you mean `openai/x`?",
        ]
    );
}

/// Each was held against all before it: a file of wrong lines took minutes, and this test would.
#[test]
fn very_many_mistakes_are_told_at_once() {
    let wrong = vec!["1"; 100_000].join(",");
    assert_eq!(errors(&format!(r#"{{"cors": [{wrong}]}}"#)).len(), 100_000);
}

#[test]
fn null_and_nothing_are_not_the_same() {
    assert_eq!(
        errors(
            r#"{"routes": {"r": {"fallback": ["openai/x"], "degrade_to": null}}, "alerts": [{}], "breaker": true}"#
        ),
        [
            "routes.r.degrade_to: found null, expected a route's name, without `/` (that is a model's), without white space, and not `*`",
            "breaker: found true, expected an object or false",
            "alerts[0].webhook: found nothing, expected the name of a secret such as OPENAI_API_KEY (A to Z, 0 to 9 and _), never the secret itself",
        ]
    );
}

#[test]
fn lone_surrogates_are_refused_and_do_no_harm() {
    assert_eq!(errors(r#"{"auth": "\ud800"}"#).len(), 1);
    assert_eq!(errors(r#"{"\ud800": 1}"#).len(), 1);
    assert_eq!(errors(r#"{"routes": {"\udfff": {"fallback": ["\ud800"]}}}"#).len(), 1);
}

#[test]
fn settings_are_taken_as_they_are_written() {
    let plan = plan(
        r#"{"breaker": false, "stream": {"on_break": "error", "verify_schema": true},
            "limits": {"request_bytes": 2048}, "auth": "none", "cors": ["https://App.Example:443", "*"],
            "alerts": [{"on": ["spend", "breaker_closed"], "webhook": "HOOK", "cooldown_s": 0}],
            "retry": {"retries": 0, "budget": 1}}"#,
    );
    assert_eq!(plan.breaker, None);
    assert_eq!(plan.stream, Stream { on_break: OnBreak::Error, verify_schema: true });
    assert_eq!(plan.request_bytes, 2048);
    assert_eq!(plan.auth, Auth::None);
    assert_eq!(plan.cors, ["https://app.example", "*"]);
    assert_eq!(
        plan.alerts,
        [Alert {
            on: vec![AlertEvent::Spend, AlertEvent::BreakerClosed],
            webhook: "HOOK".into(),
            cooldown: 0
        }]
    );
    assert_eq!((plan.retry.retries, plan.retry.budget, plan.retry.backoff), (0, 1.0, 250));
    assert!(errors(r#"{"stream": {"on_break": "restart"}}"#)[0].contains("for callers to ask for"));
}
