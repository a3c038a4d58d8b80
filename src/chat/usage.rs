//! What an answer cost in tokens, and in money.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalog::Price;

/// Tokens of an answer, as OpenAI counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    #[serde(deserialize_with = "nullable")]
    pub prompt_tokens: u64,
    /// Tokens of the answer, reasoning included.
    #[serde(deserialize_with = "nullable")]
    pub completion_tokens: u64,
    /// The share of the prompt that the provider had seen before.
    #[serde(deserialize_with = "nullable")]
    pub prompt_tokens_details: Details,
}

/// The finer count of the prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Tokens read from the provider's cache.
    #[serde(deserialize_with = "nullable")]
    pub cached_tokens: u64,
}

impl Usage {
    /// Reads a `usage` member; what has no counts in it is no usage.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        let usage: Self = serde_json::from_str(json).ok()?;
        (usage != Self::default()).then_some(usage)
    }

    /// The sum of two.
    #[must_use]
    pub fn and(&self, other: &Usage) -> Usage {
        Usage {
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            completion_tokens: self.completion_tokens.saturating_add(other.completion_tokens),
            prompt_tokens_details: Details {
                cached_tokens: (self.prompt_tokens_details.cached_tokens)
                    .saturating_add(other.prompt_tokens_details.cached_tokens),
            },
        }
    }

    /// A guess where the provider did not come to say: four bytes a token, as English mostly has it.
    #[must_use]
    pub fn guessed(prompt_bytes: usize, answer_bytes: usize) -> Usage {
        let tokens = |bytes: usize| bytes.div_ceil(4) as u64;
        Usage {
            prompt_tokens: tokens(prompt_bytes),
            completion_tokens: tokens(answer_bytes),
            ..Usage::default()
        }
    }

    /// As OpenAI shows it.
    #[must_use]
    pub fn shown(&self) -> Value {
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens.saturating_add(self.completion_tokens),
        })
    }

    /// USD at that price.
    #[must_use]
    pub fn cost(&self, price: &Price) -> f64 {
        let cached = self.prompt_tokens_details.cached_tokens.min(self.prompt_tokens);
        let fresh = self.prompt_tokens - cached;
        let cached_price = price.cached.unwrap_or(price.input);
        (fresh as f64 * price.input
            + cached as f64 * cached_price
            + self.completion_tokens as f64 * price.output)
            / 1_000_000.0
    }
}

/// To a billionth: what floats add beyond that is noise.
#[must_use]
pub fn usd_shown(usd: f64) -> f64 {
    (usd * 1e9).round() / 1e9
}

/// Some servers write `null` where there is no count.
fn nullable<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
