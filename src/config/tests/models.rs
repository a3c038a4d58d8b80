//! Facts about models, and the names that lead to them.

use super::*;

#[test]
fn facts_are_laid_over_the_catalogues() {
    let plan = plan(
        r#"{"providers": {"lab": {"dialect": "openai", "base_url": "http://127.0.0.1:11434/v1"}},
            "models": {"openai/gpt-5.4-mini": {"context": 9000, "price": {"input": 1, "output": 2}},
                       "lab/llama": {"prefill": true, "reasoning": false}}}"#,
    );
    let mini = plan.target("openai/gpt-5.4-mini").expect("known");
    assert_eq!(mini.facts.context, Some(9000));
    assert_eq!(mini.facts.price.map(|price| price.output), Some(2.0));
    assert!(mini.facts.capabilities.vision && mini.facts.known);
    let llama = plan.target("lab/llama").expect("known");
    assert!(llama.facts.capabilities.prefill && llama.facts.capabilities.tools);
    assert_ne!(llama.provider.quirks.prefill, catalog::Prefill::None);
    assert_eq!(llama.timeouts, Timeouts::STANDARD);
    assert_eq!((llama.facts.context, llama.facts.price), (None, None));
}

#[test]
fn an_unknown_model_of_a_known_provider_is_presumed_able_and_slow() {
    let new = Plan::default().target("openai/gpt-99").expect("accepted");
    assert!(!new.facts.known);
    let able = new.facts.capabilities;
    assert!(able.tools && able.vision && able.json_schema && able.reasoning && !able.prefill);
    assert_eq!(new.timeouts, Timeouts::REASONING);
    assert!(Plan::default().target("nobody/gpt-99").is_none());
    assert!(Plan::default().target("openai/").is_none());
    assert!(Plan::default().target("gpt-99").is_none());
}

#[test]
fn a_retired_name_becomes_what_replaced_it_unless_it_is_configured() {
    let old = Plan::default().target("deepseek/deepseek-chat").expect("known");
    assert_eq!((old.id.as_str(), old.model.as_str()), ("deepseek/deepseek-flash", "deepseek-flash"));
    assert!(old.facts.known);
    let plan = plan(r#"{"models": {"deepseek/deepseek-chat": {"reasoning": false}}}"#);
    let kept = plan.target("deepseek/deepseek-chat").expect("known");
    assert_eq!((kept.id.as_str(), kept.model.as_str()), ("deepseek/deepseek-chat", "deepseek-chat"));
    assert_eq!(target(&plan.resolve("deepseek-chat", &|_| true).unwrap()).id, kept.id);
}

#[test]
fn a_name_keeps_its_further_slashes() {
    let plan = Plan::default();
    let llama = plan.target("openrouter/meta-llama/llama-4").expect("accepted");
    assert_eq!(llama.provider.name, "openrouter");
    assert_eq!(llama.model, "meta-llama/llama-4");
}

#[test]
fn facts_about_a_model_of_nobody_are_a_mistake() {
    assert_eq!(
        errors(r#"{"models": {"opnai/gpt-5": {}, "gpt-5": {}, "openai/gpt-5": {"contxt": 5}}}"#),
        [
            "models.gpt-5: found \"gpt-5\", expected `provider/model`",
            "models[\"openai/gpt-5\"].contxt: found an unknown field, expected one of context, price, prefill, \
             tools, vision, json_schema, embedding, reasoning, sampling; did you mean `context`?",
            "models[\"opnai/gpt-5\"]: found the unknown provider \"opnai\", expected a provider that is built in \
             or in `providers`; did you mean `openai/gpt-5`?",
        ]
    );
}
