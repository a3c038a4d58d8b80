//! What the names of OpenAI's models tell, of those too that the catalogue does not know.

use crate::config::Target;
use crate::search;

/// Whether a name is of those that can think: `gpt-5` and what came after it.
#[must_use]
pub(in crate::dialect) fn is_newer_gpt(model: &str) -> bool {
    let name = search::after_last(model, b'/');
    name.strip_prefix("gpt-").is_some_and(|rest| rest.starts_with(['5', '6', '7', '8', '9']))
}

/// Whether it is a model of OpenAI's that cannot think and refuses whatever is said of it: one of before GPT-5, or the
/// first of those made for chats.
#[must_use]
pub(in crate::dialect) fn never_thinks(target: &Target) -> bool {
    target.provider.quirks.is_openai()
        && ["chatgpt-", "gpt-3", "gpt-4", "gpt-5-chat"].iter().any(|mark| target.model.starts_with(mark))
}

/// Whether a model that Azure serves is by its name none of OpenAI's: [`ByFamily`](crate::catalog::TokenLimit::ByFamily).
pub(super) fn is_of_others(model: &str) -> bool {
    let model = model.to_ascii_lowercase();
    ["mistral", "ministral", "llama", "deepseek", "grok", "phi-"]
        .iter()
        .any(|mark| search::contains(&model, mark))
}
