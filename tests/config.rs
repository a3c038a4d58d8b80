//! What a user writes, and what comes of it: the example of the documentation, ten mistakes at once, and
//! the published JSON Schema.

use steadfast::config::{Kind, Plan, schema};

/// The example of the documentation, with its comments.
const EXAMPLE: &str = r#"{
  "providers": {                       // built-in ones need no entry, only their key
    "openai": { "keys": ["OPENAI_API_KEY", "OPENAI_API_KEY_2"] },
    "lab":    { "dialect": "openai", "base_url": "http://127.0.0.1:11434/v1", "keys": [], "headers": {"x-team": "blue"} }
  },
  "models": {                          // facts that routing uses
    "lab/llama": { "context": 131072, "price": {"input": 0, "output": 0}, "prefill": true, "tools": true, "vision": false, "json_schema": true, "reasoning": false }
  },                                   // prices in USD per million tokens, context in tokens
  "routes": {
    "standard": { "fallback": ["deepseek/deepseek-flash", "qwen/qwen-plus", "anthropic/claude-sonnet-5"], "degrade_to": "budget" },
    "budget":   { "fallback": ["zhipu/glm-4.7-flash", "doubao/doubao-seed-2-0-lite", "qwen/qwen-turbo"] },
    "quick":    { "race": ["deepseek/deepseek-flash", "qwen/qwen-turbo", "zhipu/glm-4.7-flash"], "stagger_ms": 0 },
    "steady":   { "fallback": ["openai/gpt-5.4-mini", "qwen/qwen-plus"], "hedge_ms": "p95" },
    "split":    { "balance": [ {"model": "openai/gpt-5.4-mini", "weight": 3}, {"model": "lab/llama", "weight": 1} ] },
    "auto":     { "auto": ["*"], "weigh": {"price": 0.5, "latency": 0.3, "success": 0.2} },
    "mixed":    { "fallback": [ {"race": ["openai/x", "qwen/y"]}, {"model": "zhipu/z", "params": {"temperature": 0}, "timeouts": {"first_token_ms": 30000}}, "budget" ] }
  },
  "on":       ["network","timeout","rate_limit","quota","overloaded","server","auth","not_found","context_length","empty","bad_output","cut"],
  "timeouts": { "headers_ms": 10000, "first_token_ms": 10000, "idle_ms": 30000, "attempt_ms": 120000, "deadline_ms": 600000, "stream_ms": 0 },   // 0 = off
  "retry":    { "retries": 1, "backoff_ms": 250, "max_backoff_ms": 4000, "max_wait_ms": 3000, "budget": 0.2 },
  "breaker":  { "failures": 3, "ratio": 0.5, "window_ms": 30000, "open_ms": 5000, "max_open_ms": 20000 },        // or false
  "stream":   { "on_break": "continue", "verify_schema": false },      // "continue" | "error"
  "limits":   { "request_bytes": 16777216 },
  "alerts":   [ { "on": ["breaker_open", "key_refused", "degraded", "error_rate"], "webhook": "SLACK_WEBHOOK_URL", "cooldown_s": 300 } ],
  "auth":     "keys",                              // "keys" | "none"; Worker only
  "cors":     ["https://app.example"]              // origins that may call from a browser
}"#;

/// The rest of a line after `//` that follows white space.
fn without_comments(text: &str) -> String {
    let code = |line: &str| line.split(" //").next().unwrap_or(line).to_owned();
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_of_the_documentation_works_as_it_stands() {
    let plan = Plan::from_json(&without_comments(EXAMPLE)).unwrap_or_else(|errors| panic!("{errors}"));

    let names: Vec<_> = plan.routes.iter().map(|route| route.name.as_str()).collect();
    assert_eq!(names, ["standard", "budget", "quick", "steady", "split", "auto", "mixed", "premium"]);

    let llama = plan.target("lab/llama").expect("a model of the configuration");
    assert_eq!(llama.provider.base_url, "http://127.0.0.1:11434/v1");
    assert!(llama.provider.keys.is_empty());
    assert_eq!(llama.facts.context, Some(131_072));

    let mixed = plan.resolve("mixed", &|_| true).expect("a route");
    assert!(matches!(mixed.kind, Kind::Fallback { .. }));
    assert_eq!(mixed.parts[1].path, "mixed.fallback[1]");
    assert_eq!(mixed.parts[2].path, "budget");
}

#[test]
fn what_the_example_says_is_also_the_default() {
    let plan = Plan::from_json(&without_comments(EXAMPLE)).unwrap_or_else(|errors| panic!("{errors}"));
    let default = Plan::default();
    assert_eq!(plan.on, default.on);
    assert_eq!(plan.retry, default.retry);
    assert_eq!(plan.breaker, default.breaker);
    assert_eq!(plan.stream, default.stream);
    assert_eq!(plan.request_bytes, default.request_bytes);
    assert_eq!(plan.auth, default.auth);
}

#[test]
fn ten_mistakes_are_reported_at_once() {
    let errors = Plan::from_json(
        r#"{
            "provders": {},
            "providers": {
                "openai": { "keys": ["sk-this-is-the-key-itself"] },
                "lab": { "dialect": "cohere", "base_url": "lab.example/v1", "headers": { "connection": "close" } }
            },
            "models": { "lab/llama": { "context": "128k" } },
            "routes": {
                "standard": { "fallback": ["openai/gpt-5.4-mini", { "model": "qwen/qwen-plus", "timeouts": { "idle_ms": "soon" } }, "stadard"] },
                "quick": { "race": [] }
            },
            "auth": "open"
        }"#,
    )
    .expect_err("ten mistakes");

    let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "provders",
            "providers.openai.keys[0]",
            "providers.lab.dialect",
            "providers.lab.base_url",
            "providers.lab.headers.connection",
            "models[\"lab/llama\"].context",
            "routes.standard.fallback[1].timeouts.idle_ms",
            "routes.quick.race",
            "auth",
            "routes.standard.fallback[2]",
        ]
    );
    let text = errors.to_string();
    assert_eq!(text.lines().count(), 10, "a line each");
    assert!(text.contains("did you mean `providers`?"), "{text}");
    assert!(text.contains("did you mean `standard`?"), "{text}");
    assert!(!text.contains("sk-this"), "a key is never shown: {text}");
    assert!(!errors.to_json().contains("sk-this"));
}

/// Editors complete and check a configuration with this file; it is made from the Rust types.
#[test]
fn the_published_schema_is_up_to_date() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/steadfast.schema.json");
    let made = format!("{:#}\n", schema());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(file, &made).expect("the schema can be written");
    }
    let published = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        published == made,
        "steadfast.schema.json is stale; renew it with: UPDATE_SCHEMA=1 cargo test --test config"
    );
}
