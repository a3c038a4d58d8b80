//! Providers and models as data: where each vendor answers, where it departs from OpenAI's format,
//! and what each of its models can do and costs.
//!
//! Why does this exist? A vendor that is almost OpenAI should be a row, not a file: the code that
//! speaks the format is written once and reads the differences from here. The same rows answer what
//! routing asks of a model (its window, its price, whether it sees images) before the first call.
//!
//! What it refuses to do: decide anything. Nothing here knows a configuration, a key or a clock. A
//! model that is not in the table is not an error, because vendors add some every week; it is only
//! unknown.
//!
//! Guarantees, each held by a test in the file it concerns:
//!
//! 1. Both tables are constants. Nothing is built, copied or allocated when the program starts.
//! 2. They are sorted, so every lookup by a current name is a binary search.
//! 3. A retired name leads in one step to a current one of the same provider, and never hides one.
//! 4. Every row names the vendor's page that it is to be held against.
//!
//! To add a provider: a row in `providers.rs`, its facts in [`Quirks`]. To add a model: a line in
//! `models.rs`; if it replaces another, the old name goes to `ALIASES`.

mod embeddings;
mod model;
mod models;
mod provider;
mod providers;
mod source;

pub use model::{Capabilities, Model, Price, Tier};
pub use models::{ALIASES, BUDGET, PREMIUM, STANDARD};
pub use provider::{
    Apart, CallerTools, Dialect, KeyIn, Prefill, Provider, Quirks, StreamUsage, Thinking, ThoughtsBack,
    TokenLimit, ToolChoice, ToolIds, Unsaid,
};
pub use providers::LAUNCH;
pub use source::Source;

/// The built-in provider of this name.
pub fn provider(name: &str) -> Option<&'static Provider> {
    let providers = providers();
    let at = providers.binary_search_by(|candidate| candidate.name.cmp(name)).ok()?;
    providers.get(at)
}

/// What is known about a model: an exact name first, then what replaced a retired one.
///
/// The answer to a retired name carries the *current* id: that is the name to send upstream.
pub fn model(provider: &str, name: &str) -> Option<&'static Model> {
    current_model(provider, name).or_else(|| {
        let id = resolve_alias(provider, name)?;
        let (provider, name) = model::split(id);
        current_model(provider, name)
    })
}

/// The id of what replaced a retired name; `None` for a name that needs no replacing.
pub fn resolve_alias(provider: &str, name: &str) -> Option<&'static str> {
    let mut aliases = ALIASES.iter();
    aliases.find(|(retired, _)| model::split(retired) == (provider, name)).map(|(_, replacement)| replacement)
}

/// Every provider's model of this bare name, retired names followed: what `gpt-5.4-mini` without a
/// provider may mean. A scan of two short tables, for the request that names no provider.
pub fn models_named(name: &str) -> impl Iterator<Item = &'static Model> {
    let current = models().iter().filter(move |model| model.name() == name);
    let replaced = ALIASES
        .iter()
        .map(|(retired, _)| model::split(retired))
        .filter(move |(_, retired)| *retired == name)
        .filter_map(|(provider, retired)| model(provider, retired));
    current.chain(replaced)
}

/// The provider of a model of embeddings, by the model's name alone.
pub fn embeds(name: &str) -> Option<&'static str> {
    let rows = embeddings::EMBEDDINGS;
    let at = rows.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    rows.get(at).map(|(_, provider)| *provider)
}

/// All models, sorted by provider, then by name.
pub fn models() -> &'static [Model] {
    models::MODELS
}

/// All built-in providers, sorted by name.
pub fn providers() -> &'static [Provider] {
    providers::PROVIDERS
}

/// The default route of a tier: ids of models, in the order in which they are tried.
pub fn tier(tier: Tier) -> &'static [&'static str] {
    match tier {
        Tier::Premium => PREMIUM,
        Tier::Standard => STANDARD,
        Tier::Budget => BUDGET,
    }
}

fn current_model(provider: &str, name: &str) -> Option<&'static Model> {
    let models = models();
    let at = models.binary_search_by(|candidate| model::split(candidate.id).cmp(&(provider, name))).ok()?;
    models.get(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_is_found_by_its_name() {
        for row in providers() {
            assert_eq!(provider(row.name), Some(row));
        }
        assert_eq!(provider("nobody"), None);
        assert_eq!(provider(""), None);
    }

    #[test]
    fn every_model_is_found_by_its_name() {
        for row in models() {
            assert_eq!(model(row.provider(), row.name()), Some(row));
        }
        assert_eq!(model("openai", "no-such-model"), None);
        assert_eq!(model("nobody", "gpt-5.4-mini"), None);
    }

    #[test]
    fn a_name_with_slashes_belongs_to_the_first_part() {
        let found = model("groq", "openai/gpt-oss-120b").expect("in the table");
        assert_eq!(found.provider(), "groq");
        assert_eq!(found.name(), "openai/gpt-oss-120b");
    }

    #[test]
    fn a_retired_name_leads_to_what_replaced_it() {
        for (retired, replacement) in ALIASES.iter() {
            let (provider, name) = model::split(retired);
            let found = model(provider, name).expect("an alias leads somewhere");
            assert_eq!(found.id, replacement);
            assert_eq!(resolve_alias(provider, name), Some(replacement));
        }
        assert_eq!(resolve_alias("openai", "gpt-5.4-mini"), None);
    }

    #[test]
    fn a_bare_name_finds_its_providers() {
        let ids = |name| models_named(name).map(|model| model.id).collect::<Vec<_>>();
        assert_eq!(ids("gpt-5.4-mini"), ["openai/gpt-5.4-mini"]);
        assert_eq!(ids("claude-sonnet-5"), ["anthropic/claude-sonnet-5"]);
        assert_eq!(ids("deepseek-chat"), ["deepseek/deepseek-flash"]);
        assert_eq!(ids("no-such-model"), [""; 0]);
    }

    /// The names that the documentation uses in its examples.
    #[test]
    fn documented_names_are_known() {
        for id in [
            "anthropic/claude-sonnet-5",
            "deepseek/deepseek-chat",
            "deepseek/deepseek-flash",
            "deepseek/deepseek-v4-pro",
            "doubao/doubao-pro-256k",
            "doubao/doubao-seed-2-0-lite",
            "openai/gpt-4o-mini",
            "openai/gpt-5.4-mini",
            "qwen/qwen-plus",
            "qwen/qwen-turbo",
            "zhipu/glm-4-flash",
            "zhipu/glm-4.7-flash",
        ] {
            let (provider, name) = model::split(id);
            assert!(model(provider, name).is_some(), "{id}");
        }
    }
}
