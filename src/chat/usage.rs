//! What an answer cost in tokens, and in money.

use crate::catalog::Price;
use crate::json::{self, Edit, Writer};

/// Tokens of an answer, as OpenAI counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    pub prompt_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub completion_tokens: u64,
    /// The share of the prompt that the provider had seen before.
    pub cached_tokens: u64,
    /// The share of the prompt that the provider has kept, to have seen it before.
    pub written_tokens: u64,
    /// The share of the answer that was thought.
    pub reasoning_tokens: u64,
}

impl Usage {
    /// Reads a `usage` member; what has no counts in it is no usage.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        Self::read_as_written(json).map(|(usage, _)| usage)
    }

    /// The same, and whether it may be shown as it stands: all three counts are there, and reasoning is counted.
    ///
    /// xAI leaves reasoning out of `completion_tokens` and has it in `total_tokens` alone.
    #[must_use]
    pub fn read_as_written(json: &str) -> Option<(Self, bool)> {
        let object = json::object(json)?;
        // Databricks has counts that are null until the end.
        let counts = ["prompt_tokens", "completion_tokens", "total_tokens"].map(|name| object.count(name));
        let [prompt, completion, total] = counts;
        let (prompt, completion) = (prompt.unwrap_or_default(), completion.unwrap_or_default());
        let detail = |of, name| object.within(of).count(name).unwrap_or_default();
        let reasoning = detail("completion_tokens_details", "reasoning_tokens");
        let sum = prompt.saturating_add(completion);
        let is_beside = reasoning > 0 && total == Some(sum.saturating_add(reasoning));
        let usage = Self {
            prompt_tokens: prompt,
            completion_tokens: if is_beside { completion.saturating_add(reasoning) } else { completion },
            cached_tokens: detail("prompt_tokens_details", "cached_tokens"),
            written_tokens: detail("prompt_tokens_details", "cache_write_tokens"),
            reasoning_tokens: reasoning,
        };
        let is_whole = counts.iter().all(Option::is_some) && !is_beside;
        (usage != Self::default()).then_some((usage, is_whole))
    }

    /// A `usage` member with these counts in it, whatever else it says.
    #[must_use]
    pub fn written_into(&self, json: &str) -> String {
        let Some(object) = json::object(json) else { return self.shown() };
        let mut edit = Edit::new(&object);
        edit.set("prompt_tokens", self.prompt_tokens.to_string());
        edit.set("completion_tokens", self.completion_tokens.to_string());
        edit.set("total_tokens", self.total_tokens().to_string());
        edit.text().unwrap_or_default()
    }

    /// All of them.
    #[must_use]
    pub fn total_tokens(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }

    /// The sum of two.
    #[must_use]
    pub fn and(&self, other: &Usage) -> Usage {
        Usage {
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            completion_tokens: self.completion_tokens.saturating_add(other.completion_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
            written_tokens: self.written_tokens.saturating_add(other.written_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
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

    /// As OpenAI counts it, in sum: JSON text.
    #[must_use]
    pub fn shown(&self) -> String {
        self.summed().finish()
    }

    fn summed(&self) -> Writer {
        let mut shown = Writer::object();
        shown.whole("prompt_tokens", self.prompt_tokens);
        shown.whole("completion_tokens", self.completion_tokens);
        shown.whole("total_tokens", self.total_tokens());
        shown
    }

    /// As OpenAI tells its callers: JSON text.
    #[must_use]
    pub fn told(&self) -> String {
        let (mut told, mut prompt, mut answer) = (self.summed(), Writer::object(), Writer::object());
        prompt.whole("cached_tokens", self.cached_tokens);
        if self.written_tokens > 0 {
            prompt.whole("cache_write_tokens", self.written_tokens);
        }
        answer.whole("reasoning_tokens", self.reasoning_tokens);
        told.nest("prompt_tokens_details", &prompt).nest("completion_tokens_details", &answer);
        told.finish()
    }

    /// USD at that price.
    #[must_use]
    pub fn cost(&self, price: &Price) -> f64 {
        let cached = self.cached_tokens.min(self.prompt_tokens);
        let fresh = self.prompt_tokens - cached;
        let cached_price = price.cached.unwrap_or(price.input);
        (fresh as f64 * price.input
            + cached as f64 * cached_price
            + self.completion_tokens as f64 * price.output)
            / 1_000_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_that_is_counted_beside_the_answer_is_added_to_it() {
        let written = r#"{"prompt_tokens":12,"completion_tokens":2,"total_tokens":334,"completion_tokens_details":{"reasoning_tokens":320},"x":1}"#;
        let (usage, is_whole) = Usage::read_as_written(written).unwrap();
        assert_eq!((usage.prompt_tokens, usage.completion_tokens, is_whole), (12, 322, false));
        assert_eq!(
            usage.written_into(written),
            r#"{"prompt_tokens":12,"completion_tokens":322,"total_tokens":334,"completion_tokens_details":{"reasoning_tokens":320},"x":1}"#
        );
    }

    /// A stream that was carried on told its caller of neither cache nor thoughts.
    #[test]
    fn the_sum_of_two_has_their_details() {
        let one = Usage::read(r#"{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3,"cache_write_tokens":2},"completion_tokens_details":{"reasoning_tokens":1}}"#).unwrap();
        assert_eq!(
            one.and(&one).told(),
            r#"{"prompt_tokens":18,"completion_tokens":8,"total_tokens":26,"prompt_tokens_details":{"cached_tokens":6,"cache_write_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}"#
        );
    }

    #[test]
    fn reasoning_that_is_counted_already_is_not_counted_twice() {
        let written = r#"{"prompt_tokens":12,"completion_tokens":322,"total_tokens":334,"completion_tokens_details":{"reasoning_tokens":320}}"#;
        let (usage, is_whole) = Usage::read_as_written(written).unwrap();
        assert_eq!((usage.completion_tokens, is_whole), (322, true));
    }

    #[test]
    fn a_count_that_is_null_is_none_yet() {
        let written = r#"{"prompt_tokens":35,"completion_tokens":null,"total_tokens":null,"prompt_tokens_details":null}"#;
        let (usage, is_whole) = Usage::read_as_written(written).unwrap();
        assert_eq!((usage.prompt_tokens, usage.completion_tokens, is_whole), (35, 0, false));
        assert_eq!(Usage::read(r#"{"prompt_tokens":null}"#), None);
    }
}
