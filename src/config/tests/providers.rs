//! Providers, and the secrets that are never shown.

use super::*;

#[test]
fn a_built_in_one_is_overridden_in_part() {
    let plan = plan(
        r#"{"providers": {"qwen": {"base_url": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/"},
                          "openai": {"keys": ["A", "B"], "headers": {"X-Team": "blue"}}}}"#,
    );
    let qwen = &plan.providers.get("qwen").unwrap();
    assert_eq!(qwen.base_url, "https://dashscope-intl.aliyuncs.com/compatible-mode/v1");
    assert!(qwen.configured && qwen.keys_are_alternatives);
    assert_eq!(qwen.keys[0], "QWEN_API_KEY");
    let openai = &plan.providers.get("openai").unwrap();
    assert_eq!(openai.base_url, "https://api.openai.com/v1");
    assert_eq!(openai.keys, ["A", "B"]);
    assert!(!openai.keys_are_alternatives);
    assert_eq!(openai.headers, [("x-team".to_owned(), "blue".to_owned())]);
    assert!(!plan.providers.get("zhipu").unwrap().configured);
}

#[test]
fn a_new_one_needs_an_address_and_a_dialect() {
    assert_eq!(
        errors(
            r#"{"providers": {"lab": {}, "other": {"dialect": "cohere", "base_url": "https://o.example"}}}"#
        ),
        [
            "providers.other.dialect: found \"cohere\", expected \"openai\", \"anthropic\", \"gemini\" or \"responses\"",
            "providers.lab.dialect: found nothing, expected \"openai\", \"anthropic\", \"gemini\" or \"responses\", for this provider is not built in",
            "providers.lab.base_url: found nothing, expected the address where its API begins, such as https://api.example.com/v1",
        ]
    );
}

#[test]
fn one_that_cannot_be_called_as_it_is_says_what_is_missing() {
    let lines = errors(r#"{"routes": {"r": {"fallback": ["azure/gpt-5", "ollama/llama4"]}}}"#);
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains("an entry in `providers` with `base_url`"), "{}", lines[0]);
    assert!(lines[1].contains("an entry in `providers`, if only `{}`"), "{}", lines[1]);
    plan(r#"{"providers": {"ollama": {}}, "routes": {"r": {"fallback": ["ollama/llama4"]}}}"#);
    let azure = errors(r#"{"providers": {"azure": {"keys": ["K"]}}}"#);
    assert!(azure[0].starts_with("providers.azure.base_url: found nothing"), "{azure:?}");
}

#[test]
fn a_secret_is_refused_without_being_shown() {
    for json in [
        r#"{"providers": {"openai": {"keys": ["sk-very-secret-1"]}}}"#,
        r#"{"providers": {"openai": {"keys": "sk-very-secret-1"}}}"#,
        r#"{"providers": {"openai": {"keys": {"sk-very-secret-1": 1}}}}"#,
        r#"{"providers": {"openai": {"key": "sk-very-secret-1"}}}"#,
        r#"{"providers": {"openai": "sk-very-secret-1"}}"#,
        r#"{"providers": {"openai": {"sk-very-secret-1": true}}}"#,
        r#"{"providers": {"openai": {"headers": {"x": "sk-very-secret-1\u00e9"}}}}"#,
        r#"{"providers": {"openai": {"headers": {"authorization": "Bearer sk-very-secret-1"}}}}"#,
        r#"{"providers": {"openai": {"base_url": "https://me:sk-very-secret-1@api.openai.com"}}}"#,
        r#"{"providers": {"openai": {"base_url": "https://api.openai.com?key=sk-very-secret-1"}}}"#,
        r#"{"alerts": [{"webhook": "https://hooks.example/sk-very-secret-1"}]}"#,
        r#"{"auth": "sk-very-secret-1"}"#,
        r#"{"auth": ["sk-very-secret-1"]}"#,
        r#"{"retry": {"retries": "sk-very-secret-1"}}"#,
        r#"{"routes": {"r": {"fallback": ["sk-very-secret-1"]}}}"#,
        r#"{"routes": {"r": {"fallback": ["budget"], "degrade_to": "sk-very-secret-1"}}}"#,
        r#"{"providers": {"openai": {"keys": ["sk-very-secret-1"#,
    ] {
        let found = Plan::from_json(json).expect_err(json);
        let told = format!("{found} {}", found.to_json());
        assert!(!told.contains("secret-1"), "{told}");
    }
}
