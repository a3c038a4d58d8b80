//! What each generation of Gemini takes, and what it refuses or ignores.
//!
//! Sources: Google's pages on thinking, on thought signatures, and "What's new in Gemini 3.6 Flash and 3.5
//! Flash-Lite"; refusals on record ("Penalty is not enabled for this model", "Requests ending with a model turn are
//! not supported", "Thinking level MINIMAL is not supported for this model").

use crate::search;

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    /// How it is told to think.
    pub(super) thinking: Thinking,
    /// Whether it heeds `temperature`, `top_p` and `top_k`.
    pub(super) sampling: bool,
    /// Whether it takes penalties for words that were said.
    pub(super) penalties: bool,
    /// Whether it refuses a function call that bears no signature.
    pub(super) signatures: bool,
    /// Whether its answer can be held to JSON while it may call functions.
    pub(super) json_with_tools: bool,
    /// Whether it carries on from a turn of its own.
    pub(super) prefill: bool,
    /// Whether it gives several answers, and tells how likely its words were.
    pub(super) candidates: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// It does not.
    None,
    /// With a budget of tokens, and no fewer than these.
    Budget(u32),
    /// To a level, and no lower than this.
    Level(&'static str),
}

/// What is new is like the newest.
const CURRENT: Rules = Rules {
    thinking: Thinking::Level("low"),
    sampling: false,
    penalties: false,
    signatures: true,
    json_with_tools: true,
    prefill: false,
    candidates: false,
};

const GENERATION_3_6: Rules = Rules { thinking: Thinking::Level("minimal"), ..CURRENT };

const GENERATION_3: Rules = Rules { sampling: true, prefill: true, ..GENERATION_3_6 };

const GENERATION_3_PRO: Rules = Rules { thinking: Thinking::Level("low"), ..GENERATION_3 };

const GENERATION_2_5: Rules = Rules {
    thinking: Thinking::Budget(0),
    sampling: true,
    penalties: false,
    signatures: false,
    json_with_tools: false,
    prefill: true,
    candidates: true,
};

const GENERATION_2: Rules = Rules { thinking: Thinking::None, penalties: true, ..GENERATION_2_5 };

/// Google's open models behind the same dialect.
const GEMMA: Rules = Rules { penalties: false, ..GENERATION_2 };

/// The beginnings of names; the first that fits counts.
const TABLE: &[(&str, Rules)] = &[
    ("gemini-1", GENERATION_2),
    ("gemini-2.5-pro", Rules { thinking: Thinking::Budget(128), ..GENERATION_2_5 }),
    ("gemini-2.5", GENERATION_2_5),
    ("gemini-2", GENERATION_2),
    ("gemini-3-pro", GENERATION_3_PRO),
    ("gemini-3-", GENERATION_3),
    ("gemini-3.1-pro", GENERATION_3_PRO),
    ("gemini-3.1", GENERATION_3),
    ("gemini-3.5-flash-lite", GENERATION_3_6),
    ("gemini-3.5", GENERATION_3),
    ("gemini-3.6", GENERATION_3_6),
    ("gemma", GEMMA),
];

impl Rules {
    /// The rules of a model, whatever stands before its name: `publishers/google/models/gemini-2.5-flash`.
    pub(super) fn of(model: &str) -> &'static Rules {
        let name = search::after_last(model, b'/');
        TABLE.iter().find(|(start, _)| name.starts_with(start)).map_or(&CURRENT, |(_, rules)| rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_has_the_rules_of_its_generation() {
        for (model, rules) in [
            ("gemini-2.0-flash", GENERATION_2),
            ("models/gemini-2.5-flash-lite", GENERATION_2_5),
            ("gemini-3-flash-preview", GENERATION_3),
            ("gemini-3.1-pro-preview", GENERATION_3_PRO),
            ("gemini-3.5-flash", GENERATION_3),
            ("gemini-3.5-flash-lite", GENERATION_3_6),
            ("gemini-3.8-flash", CURRENT),
            ("gemini-4-flash", CURRENT),
            ("gemini-flash-latest", CURRENT),
            ("gemma-4-27b-it", GEMMA),
        ] {
            assert_eq!(Rules::of(model), &rules, "{model}");
        }
        assert_eq!(Rules::of("gemini-2.5-pro").thinking, Thinking::Budget(128));
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
        for model in crate::catalog::models().iter().filter(|model| model.provider() == "gemini") {
            let rules = Rules::of(model.name());
            assert_eq!(model.capabilities.prefill, rules.prefill, "{}", model.id);
            assert_eq!(model.capabilities.fixed_sampling, !rules.sampling, "{}", model.id);
        }
    }
}
