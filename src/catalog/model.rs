//! What is known about a model: the facts that routing, the cost of an answer and `/v1/models` use.

use super::source::Source;
use crate::search;

/// One model at one provider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// `provider/name`, split at the first slash; the name is what the provider is sent.
    pub id: &'static str,
    /// The window, in tokens: prompt and answer together.
    pub context: u32,
    /// The longest answer, in tokens; 0 where the vendor does not say.
    pub output: u32,
    /// What it costs; `None` where no price was found, which is not the same as free.
    pub price: Option<Price>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Which default route it would sit in.
    pub tier: Tier,
    /// The vendor's page.
    pub source: Source,
}

impl Model {
    /// The part of the id before the first slash.
    pub fn provider(&self) -> &'static str {
        split(self.id).0
    }

    /// The part of the id after the first slash: the name to send upstream.
    pub fn name(&self) -> &'static str {
        split(self.id).1
    }
}

/// US dollars per million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Price {
    /// Of the prompt.
    pub input: f64,
    /// Of the answer, reasoning included.
    pub output: f64,
    /// Prompt tokens that were read from the vendor's cache; `None`: count them as `input`.
    pub cached: Option<f64>,
}

/// What a model can do. Some of it also depends on the endpoint: `prefill` and `json_schema` hold
/// where the provider's [`Quirks`](super::Quirks) allow them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Calls tools.
    pub tools: bool,
    /// Reads images.
    pub vision: bool,
    /// Holds itself to a JSON schema, not merely to JSON.
    pub json_schema: bool,
    /// Thinks before it answers unless told not to, so its first word may take long.
    pub reasoning: bool,
    /// Carries on from the beginning of an answer.
    pub prefill: bool,
    /// Samples as it likes: temperature, `top_p` and penalties are refused.
    pub fixed_sampling: bool,
}

impl Capabilities {
    /// Text in, text out.
    pub const NONE: Self = Self {
        tools: false,
        vision: false,
        json_schema: false,
        reasoning: false,
        prefill: false,
        fixed_sampling: false,
    };
}

/// The default routes, in rising order: a caller who asks for at least `Standard` never gets `Budget`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The cheapest.
    Budget,
    /// Good, at a fair price.
    Standard,
    /// The best.
    Premium,
}

/// Provider and name of an id; an id without a slash has no provider.
pub(super) fn split(id: &str) -> (&str, &str) {
    search::split_once(id, "/").unwrap_or(("", id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_split_at_the_first_slash() {
        assert_eq!(split("openai/gpt-5.4-mini"), ("openai", "gpt-5.4-mini"));
        assert_eq!(split("openrouter/meta-llama/llama-4"), ("openrouter", "meta-llama/llama-4"));
        assert_eq!(split("gpt-5.4-mini"), ("", "gpt-5.4-mini"));
    }

    #[test]
    fn tiers_rise() {
        assert!(Tier::Budget < Tier::Standard && Tier::Standard < Tier::Premium);
    }
}
