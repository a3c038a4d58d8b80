//! What an answer cost, in Anthropic's counts and in OpenAI's.

use crate::chat::usage::Usage;
use crate::json;

/// Tokens as Anthropic counts them. In a stream each count is the whole so far, and the last one said holds.
#[derive(Debug, Default)]
pub(super) struct Counts {
    input: u64,
    cache_read: u64,
    cache_written: u64,
    output: u64,
    thinking: u64,
}

impl Counts {
    /// Takes what a `usage` says; `false` when it says nothing.
    pub(super) fn read(&mut self, usage: &str) -> bool {
        let Some(usage) = json::object(usage) else { return false };
        let mut heard = false;
        for (place, count) in [
            (&mut self.input, usage.count("input_tokens")),
            (&mut self.cache_read, usage.count("cache_read_input_tokens")),
            (&mut self.cache_written, usage.count("cache_creation_input_tokens")),
            (&mut self.output, usage.count("output_tokens")),
            (&mut self.thinking, usage.within("output_tokens_details").count("thinking_tokens")),
        ] {
            *place = count.unwrap_or(*place);
            heard |= count.is_some();
        }
        heard
    }

    /// What came from the cache or went into it is part of the prompt.
    fn prompt(&self) -> u64 {
        self.input.saturating_add(self.cache_read).saturating_add(self.cache_written)
    }

    /// What an answer has cost that is not over, of which so many bytes have come: its tokens are counted at its
    /// end only.
    pub(super) fn so_far(&self, bytes: usize) -> Usage {
        let guessed = Usage::guessed(0, bytes).completion_tokens;
        Usage { completion_tokens: self.output.max(guessed), ..self.usage() }
    }

    fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: self.prompt(),
            completion_tokens: self.output,
            cached_tokens: self.cache_read,
            written_tokens: self.cache_written,
            reasoning_tokens: self.thinking,
        }
    }

    /// As OpenAI says it.
    pub(super) fn shown(&self) -> String {
        self.usage().told()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_is_what_was_sent_what_was_cached_and_what_will_be() {
        let mut counts = Counts::default();
        assert!(counts.read(r#"{"input_tokens":4,"cache_read_input_tokens":100,"cache_creation_input_tokens":20,"output_tokens":1}"#));
        assert!(counts.read(
            r#"{"output_tokens":9,"output_tokens_details":{"thinking_tokens":3},"input_tokens":null}"#
        ));
        assert_eq!(
            counts.shown(),
            r#"{"prompt_tokens":124,"completion_tokens":9,"total_tokens":133,"prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":20},"completion_tokens_details":{"reasoning_tokens":3}}"#
        );
        for nothing in ["null", "{}", r#"{"output_tokens":null}"#, r#"{"output_tokens":-1}"#, "7"] {
            assert!(!counts.read(nothing), "{nothing}");
        }
    }
}
