//! What each generation of Claude takes, and what it refuses.
//!
//! Sources: the migration guides and the pages on thinking and effort at platform.claude.com; vercel/ai
//! (packages/anthropic, model capabilities); refusals on record ("temperature is deprecated for this model",
//! "does not support effort level 'xhigh'", "does not support assistant message prefill", "role 'system' is not supported
//! on this model").

use crate::search;
use crate::text;

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    /// The longest answer, in tokens. It has to be asked for: there is no default.
    pub(super) output: u64,
    /// How it is told to think.
    pub(super) thinking: Thinking,
    /// Whether it is told with how much effort to go about it.
    pub(super) effort: bool,
    /// Which of `temperature`, `top_p` and `top_k` it takes.
    pub(super) sampling: Sampling,
    /// Whether its answer can be held to a JSON schema.
    pub(super) schema: bool,
    /// Whether it carries on from an assistant message.
    pub(super) prefill: bool,
    /// Whether a tool call can be demanded.
    pub(super) forced_tools: bool,
    /// Whether it is instructed in the midst of a conversation too, in messages of the system's.
    pub(super) instructed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// It does not.
    None,
    /// With a budget of tokens.
    Budget,
    /// As it sees fit, with so much effort.
    Adaptive {
        /// How it is told not to.
        off: Off,
        /// Whether it knows the effort `xhigh`.
        xhigh: bool,
    },
}

/// The least thinking that a model can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Off {
    /// None.
    Disabled,
    /// Between calls of tools alone.
    BetweenTools,
    /// Little: it cannot be switched off.
    LowEffort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampling {
    /// All of them.
    Free,
    /// `temperature` or `top_p`.
    Either,
    /// None.
    No,
}

/// What is new is like the newest.
const CURRENT: Rules = Rules {
    output: 128_000,
    thinking: Thinking::Adaptive { off: Off::Disabled, xhigh: true },
    effort: true,
    sampling: Sampling::No,
    schema: true,
    prefill: false,
    forced_tools: true,
    instructed: true,
};

/// Thinking cannot be switched off, and no tool be demanded.
const HEADSTRONG: Rules = Rules {
    thinking: Thinking::Adaptive { off: Off::LowEffort, xhigh: true },
    forced_tools: false,
    ..CURRENT
};

const GENERATION_4_6: Rules = Rules {
    thinking: Thinking::Adaptive { off: Off::Disabled, xhigh: false },
    sampling: Sampling::Either,
    instructed: false,
    ..CURRENT
};

const GENERATION_4_5: Rules = Rules {
    output: 64_000,
    thinking: Thinking::Budget,
    effort: false,
    sampling: Sampling::Either,
    schema: true,
    prefill: true,
    forced_tools: true,
    instructed: false,
};

const GENERATION_4: Rules =
    Rules { output: 32_000, sampling: Sampling::Free, schema: false, ..GENERATION_4_5 };

const GENERATION_3: Rules = Rules { output: 4_096, thinking: Thinking::None, ..GENERATION_4 };

/// Another vendor's model behind the same dialect.
const FOREIGN: Rules = Rules { output: 8_192, ..GENERATION_4 };

/// The beginnings of names, from `claude-` on; the first that fits counts.
const TABLE: &[(&str, Rules)] = &[
    ("claude-fable-5-1", HEADSTRONG),
    ("claude-mythos-5-1", HEADSTRONG),
    ("claude-opus-5-5", HEADSTRONG),
    ("claude-fable", Rules { forced_tools: true, ..HEADSTRONG }),
    ("claude-mythos", Rules { forced_tools: true, ..HEADSTRONG }),
    (
        "claude-sonnet-5-5",
        Rules { thinking: Thinking::Adaptive { off: Off::BetweenTools, xhigh: true }, ..HEADSTRONG },
    ),
    // Some of its clients have it take these messages, others not.
    ("claude-sonnet-5", Rules { instructed: false, ..CURRENT }),
    ("claude-opus-4-8", CURRENT),
    ("claude-opus-4-7", Rules { instructed: false, ..CURRENT }),
    ("claude-opus-4-6", GENERATION_4_6),
    ("claude-sonnet-4-6", GENERATION_4_6),
    ("claude-opus-4-5", Rules { effort: true, ..GENERATION_4_5 }),
    ("claude-sonnet-4-5", GENERATION_4_5),
    ("claude-haiku-4-5", GENERATION_4_5),
    ("claude-opus-4", GENERATION_4),
    ("claude-sonnet-4", Rules { output: 64_000, ..GENERATION_4 }),
    ("claude-3-7-", Rules { output: 64_000, ..GENERATION_4 }),
    ("claude-3-5-", Rules { output: 8_192, ..GENERATION_3 }),
    ("claude-3-", GENERATION_3),
    ("claude-2", GENERATION_3),
    ("claude-instant", GENERATION_3),
    ("claude-", CURRENT),
];

impl Rules {
    /// The rules of a model, whatever stands before its name: `us.anthropic.claude-opus-4-5-20251101-v1:0`.
    pub(super) fn of(model: &str) -> &'static Rules {
        Self::known(model).unwrap_or(&FOREIGN)
    }

    /// The same, of a Claude.
    pub(super) fn known(model: &str) -> Option<&'static Rules> {
        let name = search::find(model, "claude-").and_then(|at| model.get(at..))?;
        TABLE.iter().find(|(start, _)| name.starts_with(start)).map(|(_, rules)| rules)
    }
}

/// Whether a model can be hurried. The others refuse that: "does not support the `speed` parameter".
pub(super) fn is_fast(model: &str) -> bool {
    let fast = ["claude-fable-5-2", "claude-mythos-5-2", "claude-opus-4-8", "claude-opus-5"];
    fast.iter().any(|name| search::contains(model, name))
}

/// Whether a model refuses a call of tools that another one wrote without a thought: "The `content[].thinking` in the thinking
/// mode must be passed back to the API", "reasoning_content is missing in assistant tool call message".
pub(super) fn wants_thoughts(model: &str) -> bool {
    ["deepseek", "kimi"].iter().any(|name| search::contains(model, name))
}

/// Whether a model takes back a thought with this signature, or hidden in this: the inside of a JSON string. Claude refuses
/// what it has not signed ("Invalid `signature` in `thinking` block"), and signs in base64; others who speak its language
/// sign with an id, with a hash, or not at all, and some refuse calls without the thoughts before them, whoever had them.
pub(super) fn takes_thought(model: &str, signature: &str) -> bool {
    let Some(rules) = Rules::known(model) else { return true };
    // Some writers escape every slash.
    let is_base64 = text::is_of(signature, "+/-_=\\");
    let is_hash = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    let is_own = is_base64 && !signature.bytes().all(is_hash);
    rules.thinking != Thinking::None && is_own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claude_takes_back_what_claude_has_signed() {
        let claude = "us.anthropic.claude-opus-4-8";
        for own in ["EqoCCkYIBxgCKkAOOWiWQi/c6N2UksdHUlmyFgKWGiyPfDJamfrD6LmJROzi", r"Er+\/ab=="] {
            assert!(takes_thought(claude, own) && takes_thought("deepseek-v4-pro", own), "{own}");
            assert!(!takes_thought("claude-3-haiku-20240307", own), "it does not think");
        }
        for foreign in
            ["", "91cfbb94-554b-4136-8e21-fa02280d56ed", "91cfbb94554b41368e21fa02280d56ed", "steadfast:none"]
        {
            assert!(
                !takes_thought(claude, foreign) && takes_thought("deepseek-v4-pro", foreign),
                "{foreign}"
            );
        }
    }

    #[test]
    fn a_model_has_the_rules_of_its_generation() {
        for (model, output, rules) in [
            ("claude-opus-5-5", 128_000, HEADSTRONG),
            ("claude-opus-5", 128_000, CURRENT),
            ("claude-haiku-5-5", 128_000, CURRENT),
            ("claude-sonnet-9", 128_000, CURRENT),
            ("claude-sonnet-4-6", 128_000, GENERATION_4_6),
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", 64_000, GENERATION_4_5),
            ("claude-opus-4-1-20250805", 32_000, GENERATION_4),
            ("claude-opus-4-20250514", 32_000, GENERATION_4),
            ("claude-3-haiku-20240307", 4_096, GENERATION_3),
            ("MiniMax-M3", 8_192, FOREIGN),
        ] {
            assert_eq!((Rules::of(model), Rules::of(model).output), (&rules, output), "{model}");
        }
        assert_eq!(Rules::of("claude-sonnet-4-20250514").output, 64_000);
        assert!(!Rules::of("claude-sonnet-5-5").forced_tools);
        assert!(Rules::of("claude-fable-5").forced_tools);
    }

    #[test]
    fn no_row_hides_a_later_one() {
        for (place, (start, _)) in TABLE.iter().enumerate() {
            let first = TABLE.iter().position(|(earlier, _)| start.starts_with(earlier));
            assert_eq!(first, Some(place), "{start}");
        }
    }

    #[test]
    fn the_catalogue_says_the_same() {
        for model in crate::catalog::models().iter().filter(|model| model.provider() == "anthropic") {
            let rules = Rules::of(model.name());
            assert_eq!(model.capabilities.prefill, rules.prefill, "{}", model.id);
            assert_eq!(model.capabilities.json_schema, rules.schema, "{}", model.id);
            assert_eq!(model.capabilities.fixed_sampling, rules.sampling == Sampling::No, "{}", model.id);
            assert_eq!(u64::from(model.output), rules.output, "{}", model.id);
        }
    }
}
