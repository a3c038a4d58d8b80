//! The table of models, the retired names, and the default routes.
//!
//! Gathered in November 2026. The source of a row is the vendor's page, where its numbers are to be held
//! against; not all of them have been yet. Prices and windows of Doubao, Qwen, Gemini, GLM-5.3, GPT-5.4, GPT-4o,
//! xAI, Moonshot, Groq and Mistral Medium were read from catalogues of third parties. How the numbers were chosen:
//!
//! - A price is the vendor's list price for the shortest prompts it distinguishes, at its dearest
//!   hour and without promotions, so that a long-lived build errs on the high side. Beyond some
//!   length many vendors ask more (Claude Haiku 5.5 above 100 K tokens, GPT-6 above 272 K, Gemini
//!   Pro above 200 K, Qwen-Plus above 128 K): a configuration that cares overrides the price.
//! - Qwen's prices are those of the Beijing region, where the built-in address leads. Doubao is
//!   priced in yuan: 6.74 to the dollar, the rate of August 2026. Zhipu's are Z.ai's dollar prices.
//! - A window said as "1M" or "256K" is written in round thousands unless the vendor gives it exactly.
//! - `fixed_sampling` is Anthropic's for Opus 5, Sonnet 5, Fable 5 and what came after them; OpenAI's GPT-5.6
//!   answers 400 to any temperature but 1, and GPT-6 is taken to do the same.
//! - A capability that no page confirms is left out: a model that is asked for less than it can do
//!   still answers; one asked for more does not.

use super::model::{Capabilities, Model, Price, Tier};
use super::source::{Source, page};
use crate::words::{Pairs, pairs};

const CLAUDE: Source = page("https://platform.claude.com/docs/en/about-claude/models/overview");
const CLAUDE_HAIKU_4_5: Source = page("https://platform.claude.com/docs/en/models/haiku-4-5/overview");
const CLAUDE_HAIKU_5_5: Source = page("https://platform.claude.com/docs/en/models/haiku-5-5/overview");
const CLAUDE_OPUS_5: Source = page("https://platform.claude.com/docs/en/models/opus-5/overview");
const CLAUDE_OPUS_5_5: Source = page("https://platform.claude.com/docs/en/models/opus-5-5/overview");
const CLAUDE_SONNET_5: Source = page("https://platform.claude.com/docs/en/models/sonnet-5/overview");
const CLAUDE_SONNET_5_5: Source = page("https://platform.claude.com/docs/en/models/sonnet-5-5/overview");
const DEEPSEEK: Source = page("https://api-docs.deepseek.com/quick_start/pricing");
const DOUBAO: Source = page("https://www.volcengine.com/docs/82379/1544106");
const GEMINI: Source = page("https://ai.google.dev/gemini-api/docs/pricing");
const GROQ: Source = page("https://console.groq.com/docs/models");
const MISTRAL: Source = page("https://docs.mistral.ai/models/model-cards/mistral-medium-3-5-26-04");
const KIMI_K2: Source = page("https://platform.kimi.ai/docs/models");
const KIMI_K3: Source = page("https://platform.kimi.ai/docs/pricing/chat-k3");
const OPENAI: Source = page("https://developers.openai.com/api/docs/models");
const OPENAI_PRICES: Source = page("https://developers.openai.com/api/docs/pricing");
const OPENROUTER: Source = page("https://openrouter.ai/openai/gpt-5.4-mini");
const QWEN: Source = page("https://help.aliyun.com/zh/model-studio/model-pricing");
const QWEN_TURBO: Source = page("https://www.alibabacloud.com/help/en/model-studio/qwen-turbo");
const QWEN_3_8_FLASH: Source = page("https://help.aliyun.com/zh/model-studio/qwen3-8-flash");
const XAI: Source = page("https://docs.x.ai/developers/models");
const ZHIPU: Source = page("https://docs.z.ai/guides/overview/pricing");

/// One line a model: `id context output [input output cached] [capabilities] tier source`. An empty
/// price is an unknown one; the third number of a price may be missing.
macro_rules! models {
    ($($id:literal $context:literal $output:literal [$($price:literal)*] [$($can:ident)*] $tier:ident $source:ident;)*) => {
        &[$(Model {
            id: $id,
            context: $context,
            output: $output,
            price: models!(@price $($price)*),
            capabilities: models!(@capabilities $($can)*),
            tier: Tier::$tier,
            source: $source,
        }),*]
    };
    (@price) => { None };
    (@price $input:literal $output:literal) => {
        Some(Price { input: $input, output: $output, cached: None })
    };
    (@price $input:literal $output:literal $cached:literal) => {
        Some(Price { input: $input, output: $output, cached: Some($cached) })
    };
    (@capabilities) => { Capabilities::NONE };
    (@capabilities $($can:ident)+) => {
        Capabilities { $($can: true,)+ ..Capabilities::NONE }
    };
}

/// Sorted by provider, then by name.
#[rustfmt::skip]
#[allow(clippy::needless_update, reason = "a model may be able to do everything")]
pub(super) const MODELS: &[Model] = models! {
    "anthropic/claude-fable-5-1"            1_000_000 128_000 [10.0  50.0]        [tools vision json_schema reasoning fixed_sampling] Premium  CLAUDE;
    "anthropic/claude-haiku-4-5"              200_000  64_000 [1.0   5.0]         [tools vision json_schema prefill]   Standard CLAUDE_HAIKU_4_5;
    "anthropic/claude-haiku-5-5"            1_000_000 128_000 [0.10  0.50]        [tools vision json_schema reasoning fixed_sampling] Budget   CLAUDE_HAIKU_5_5;
    "anthropic/claude-opus-5"               1_000_000 128_000 [5.0   25.0  0.50]  [tools vision json_schema reasoning fixed_sampling] Premium  CLAUDE_OPUS_5;
    "anthropic/claude-opus-5-5"             1_000_000 128_000 [4.0   20.0  0.20]  [tools vision json_schema reasoning fixed_sampling] Premium  CLAUDE_OPUS_5_5;
    "anthropic/claude-sonnet-5"             1_000_000 128_000 [2.0   10.0  0.20]  [tools vision json_schema reasoning fixed_sampling] Standard CLAUDE_SONNET_5;
    "anthropic/claude-sonnet-5-5"           1_000_000 128_000 [2.0   10.0  0.20]  [tools vision json_schema reasoning fixed_sampling] Standard CLAUDE_SONNET_5_5;

    "deepseek/deepseek-flash"               1_000_000 384_000 [0.30  1.20  0.006] [tools vision reasoning prefill]     Standard DEEPSEEK;
    "deepseek/deepseek-v4-pro"              1_000_000 384_000 [1.32  3.96  0.044] [tools reasoning prefill]            Premium  DEEPSEEK;

    "doubao/doubao-seed-2-0-lite"             256_000  32_000 [0.089 0.534 0.018] [tools vision reasoning]             Budget   DOUBAO;
    "doubao/doubao-seed-2-0-mini-260428"      256_000  32_000 [0.030 0.297 0.006] [tools vision reasoning]             Budget   DOUBAO;
    "doubao/doubao-seed-2-0-pro-260215"       256_000 131_072 [0.475 2.374 0.095] [tools vision reasoning]             Standard DOUBAO;
    "doubao/doubao-seed-2-1-pro-260628"       256_000       0 [0.890 4.451 0.178] [tools vision reasoning]             Premium  DOUBAO;
    "doubao/doubao-seed-2-1-turbo-260628"     256_000       0 [0.445 2.226 0.089] [tools vision reasoning]             Standard DOUBAO;

    "gemini/gemini-3.1-flash-lite"          1_048_576  65_536 [0.25  1.50  0.025] [tools vision json_schema prefill]   Budget   GEMINI;
    "gemini/gemini-3.1-pro-preview"         1_048_576  65_536 [2.0   12.0  0.20]  [tools vision json_schema reasoning prefill] Premium  GEMINI;
    "gemini/gemini-3.5-flash"               1_048_576  65_536 [1.50  9.0   0.15]  [tools vision json_schema reasoning prefill] Standard GEMINI;
    "gemini/gemini-3.5-flash-lite"          1_048_576  65_536 [0.30  2.50  0.03]  [tools vision json_schema fixed_sampling] Budget   GEMINI;
    "gemini/gemini-3.8-flash"               1_048_576  65_536 [1.50  7.50  0.15]  [tools vision json_schema reasoning fixed_sampling] Standard GEMINI;

    "groq/openai/gpt-oss-120b"                131_072  65_536 [0.15  0.60  0.075] [tools json_schema reasoning]        Budget   GROQ;
    "groq/openai/gpt-oss-20b"                 131_072  65_536 [0.075 0.30  0.0375] [tools json_schema reasoning]       Budget   GROQ;

    "mistral/mistral-medium-latest"           256_000       0 [1.50  7.50]        [tools vision json_schema reasoning] Standard MISTRAL;

    "moonshot/kimi-k2.6"                      262_144 262_144 [0.95  4.0   0.16]  [tools vision reasoning]             Standard KIMI_K2;
    "moonshot/kimi-k3"                      1_048_576       0 [3.0   15.0  0.30]  [tools vision reasoning]             Premium  KIMI_K3;

    // Ends on 2027-01-14 (https://developers.openai.com/api/docs/deprecations).
    "openai/gpt-4o"                           128_000  16_384 [2.50  10.0  1.25]  [tools vision json_schema]           Standard OPENAI_PRICES;
    "openai/gpt-5.4"                        1_050_000 128_000 [2.50  15.0  0.25]  [tools vision json_schema]           Premium  OPENAI_PRICES;
    "openai/gpt-5.4-mini"                     400_000 128_000 [0.75  4.50]        [tools vision json_schema]           Standard OPENAI_PRICES;
    "openai/gpt-5.4-nano"                     400_000 128_000 [0.20  1.25]        [tools vision json_schema]           Budget   OPENAI_PRICES;
    "openai/gpt-5.6-luna"                   1_050_000 128_000 [0.20  1.20]        [tools vision json_schema reasoning fixed_sampling] Budget   OPENAI;
    "openai/gpt-5.6-sol"                    1_050_000 128_000 [4.0   20.0]        [tools vision json_schema reasoning fixed_sampling] Premium  OPENAI;
    "openai/gpt-5.6-terra"                  1_050_000 128_000 [2.0   12.0  0.20]  [tools vision json_schema reasoning fixed_sampling] Standard OPENAI;
    "openai/gpt-6-astra"                    1_050_000 128_000 [10.0  50.0]        [tools vision json_schema reasoning fixed_sampling] Premium  OPENAI;
    "openai/gpt-6-luna"                     1_050_000 128_000 [0.10  0.50  0.01]  [tools vision json_schema reasoning fixed_sampling] Budget   OPENAI;
    "openai/gpt-6.1-sol"                    1_050_000 128_000 [2.0   10.0  0.10]  [tools vision json_schema reasoning fixed_sampling] Premium  OPENAI;
    "openai/gpt-6.1-terra"                  1_050_000 128_000 [1.0   5.0   0.05]  [tools vision json_schema reasoning fixed_sampling] Standard OPENAI;

    "openrouter/openai/gpt-5.4-mini"          400_000 128_000 [0.75  4.50]        [tools vision json_schema]           Standard OPENROUTER;

    "qwen/qwen-flash"                       1_000_000  32_768 [0.022 0.216 0.005] [tools]                              Budget   QWEN;
    "qwen/qwen-plus"                        1_000_000  32_768 [0.115 0.287 0.023] [tools]                              Standard QWEN;
    // Its vendor announced its end for 2026-07-13 and still documents it: known, but in no default route.
    "qwen/qwen-turbo"                         131_072  16_384 [0.044 0.087 0.009] [tools]                              Budget   QWEN_TURBO;
    "qwen/qwen3-max"                          262_144  65_536 [0.359 1.434 0.072] [tools]                              Standard QWEN;
    "qwen/qwen3.7-plus"                     1_000_000  65_536 [0.276 1.101 0.056] [tools vision reasoning]             Standard QWEN;
    "qwen/qwen3.8-flash"                    1_000_000 131_072 [0.119 0.402 0.015] [tools vision json_schema reasoning] Budget   QWEN_3_8_FLASH;
    "qwen/qwen3.8-max"                      1_000_000 131_072 [1.650 4.951 0.206] [tools vision json_schema reasoning] Premium  QWEN;

    "xai/grok-4.3"                          1_000_000       0 [1.25  2.50  0.20]  [tools vision reasoning]             Standard XAI;
    "xai/grok-4.7"                            500_000       0 [2.0   6.0   0.50]  [tools vision json_schema reasoning] Premium  XAI;

    "zhipu/glm-4.5-air"                       128_000  96_000 [0.20  1.10  0.03]  [tools reasoning]                    Budget   ZHIPU;
    "zhipu/glm-4.7"                           200_000 128_000 [0.60  2.20  0.11]  [tools reasoning]                    Standard ZHIPU;
    "zhipu/glm-4.7-flash"                     200_000 128_000 [0.0   0.0   0.0]   [tools reasoning]                    Budget   ZHIPU;
    "zhipu/glm-4.7-flashx"                    200_000 128_000 [0.07  0.40  0.01]  [tools reasoning]                    Budget   ZHIPU;
    "zhipu/glm-5.3"                         1_000_000 128_000 [1.40  4.40  0.26]  [tools reasoning]                    Premium  ZHIPU;
    "zhipu/glm-5.3-flash"                   1_000_000 128_000 [0.15  0.50  0.03]  [tools vision reasoning]             Budget   ZHIPU;
};

/// Retired names and what replaced them, sorted like the models.
///
/// A name belongs here when its vendor has switched it off, has closed it to new users with a date
/// set, or answers it with the newer model anyway. The replacement is the one that the vendor names
/// or, where that one has been superseded in its turn, the current model of the same class. A name
/// that still reaches its own model stays out, however old: passing it on is what was asked for.
pub const ALIASES: Pairs = pairs![
    "anthropic/claude-3-5-haiku-20241022" => "anthropic/claude-haiku-4-5",
    "anthropic/claude-3-5-haiku-latest" => "anthropic/claude-haiku-4-5",
    "anthropic/claude-3-5-sonnet-20240620" => "anthropic/claude-sonnet-5-5",
    "anthropic/claude-3-5-sonnet-20241022" => "anthropic/claude-sonnet-5-5",
    "anthropic/claude-3-5-sonnet-latest" => "anthropic/claude-sonnet-5-5",
    "anthropic/claude-3-7-sonnet-20250219" => "anthropic/claude-sonnet-5-5",
    "anthropic/claude-3-7-sonnet-latest" => "anthropic/claude-sonnet-5-5",
    "anthropic/claude-3-haiku-20240307" => "anthropic/claude-haiku-4-5",
    "anthropic/claude-3-opus-20240229" => "anthropic/claude-opus-5-5",
    "anthropic/claude-haiku-4-5-20251001" => "anthropic/claude-haiku-4-5",
    "anthropic/claude-opus-4-0" => "anthropic/claude-opus-5-5",
    "anthropic/claude-opus-4-20250514" => "anthropic/claude-opus-5-5",
    "anthropic/claude-sonnet-4-0" => "anthropic/claude-sonnet-5-5",
    "anthropic/claude-sonnet-4-20250514" => "anthropic/claude-sonnet-5-5",
    "deepseek/deepseek-chat" => "deepseek/deepseek-flash",
    "deepseek/deepseek-coder" => "deepseek/deepseek-flash",
    "deepseek/deepseek-reasoner" => "deepseek/deepseek-flash",
    "deepseek/deepseek-v4-flash" => "deepseek/deepseek-flash",
    "doubao/doubao-lite-128k" => "doubao/doubao-seed-2-0-lite",
    "doubao/doubao-lite-32k" => "doubao/doubao-seed-2-0-lite",
    "doubao/doubao-pro-128k" => "doubao/doubao-seed-2-0-pro-260215",
    "doubao/doubao-pro-256k" => "doubao/doubao-seed-2-0-pro-260215",
    "doubao/doubao-pro-32k" => "doubao/doubao-seed-2-0-pro-260215",
    "gemini/gemini-1.5-flash" => "gemini/gemini-3.5-flash-lite",
    "gemini/gemini-1.5-pro" => "gemini/gemini-3.8-flash",
    "gemini/gemini-2.0-flash" => "gemini/gemini-3.5-flash-lite",
    "gemini/gemini-2.0-flash-lite" => "gemini/gemini-3.5-flash-lite",
    "gemini/gemini-2.5-flash" => "gemini/gemini-3.5-flash-lite",
    "gemini/gemini-2.5-pro" => "gemini/gemini-3.8-flash",
    "gemini/gemini-3-pro-preview" => "gemini/gemini-3.1-pro-preview",
    "gemini/gemini-3.1-flash-lite-preview" => "gemini/gemini-3.1-flash-lite",
    "groq/llama-3.3-70b-versatile" => "groq/openai/gpt-oss-120b",
    "groq/llama3-70b-8192" => "groq/openai/gpt-oss-120b",
    "groq/llama3-8b-8192" => "groq/openai/gpt-oss-20b",
    "groq/mixtral-8x7b-32768" => "groq/openai/gpt-oss-20b",
    "openai/gpt-3.5-turbo" => "openai/gpt-6.1-terra",
    "openai/gpt-4" => "openai/gpt-6.1-sol",
    "openai/gpt-4-turbo" => "openai/gpt-6.1-sol",
    "openai/gpt-4.1-nano" => "openai/gpt-6-luna",
    "openai/gpt-4o-mini" => "openai/gpt-6-luna",
    "openai/gpt-5.6" => "openai/gpt-5.6-sol",
    "openai/o1" => "openai/gpt-6.1-sol",
    "openai/o3-mini" => "openai/gpt-6.1-sol",
    "openai/o4-mini" => "openai/gpt-6.1-terra",
    "qwen/qwen-max" => "qwen/qwen3.8-max",
    "qwen/qwen-vl-max" => "qwen/qwen3.7-plus",
    "qwen/qwen-vl-plus" => "qwen/qwen3.8-flash",
    "qwen/qwq-plus" => "qwen/qwen3.7-plus",
    "xai/grok-3" => "xai/grok-4.3",
    "xai/grok-4" => "xai/grok-4.3",
    "xai/grok-4-0709" => "xai/grok-4.3",
    "xai/grok-4-1-fast-reasoning" => "xai/grok-4.3",
    "xai/grok-4-fast-reasoning" => "xai/grok-4.3",
    "xai/grok-code-fast-1" => "xai/grok-4.3",
    "zhipu/glm-4-flash" => "zhipu/glm-4.7-flash",
    "zhipu/glm-4.5-flash" => "zhipu/glm-4.7-flash",
];

// The default routes. One model a vendor, so that losing a vendor costs one target; within a tier
// the models are taken for peers, so the cheapest (input and output price added) goes first. No
// model sits in two of them: degrading to a tier must not lead back to what has just failed.

/// For hard questions: each vendor's strong model that costs no more than a few dollars.
pub const PREMIUM: &[&str] = &[
    "deepseek/deepseek-v4-pro",
    "doubao/doubao-seed-2-1-pro-260628",
    "zhipu/glm-5.3",
    "qwen/qwen3.8-max",
    "openai/gpt-6.1-sol",
    "gemini/gemini-3.1-pro-preview",
    "anthropic/claude-opus-5-5",
];

/// For everyday use.
pub const STANDARD: &[&str] = &[
    "qwen/qwen-plus",
    "deepseek/deepseek-flash",
    "doubao/doubao-seed-2-1-turbo-260628",
    "zhipu/glm-4.7",
    "openai/gpt-5.4-mini",
    "gemini/gemini-3.8-flash",
    "anthropic/claude-sonnet-5",
];

/// For volume. DeepSeek is missing: it sells nothing below its standard model.
pub const BUDGET: &[&str] = &[
    "zhipu/glm-4.7-flash",
    "qwen/qwen3.8-flash",
    "openai/gpt-6-luna",
    "anthropic/claude-haiku-5-5",
    "doubao/doubao-seed-2-0-lite",
    "gemini/gemini-3.5-flash-lite",
];

#[cfg(test)]
mod tests {
    use super::super::{LAUNCH, model::split, provider};
    use super::*;

    const TIERS: [(Tier, &[&str]); 3] =
        [(Tier::Premium, PREMIUM), (Tier::Standard, STANDARD), (Tier::Budget, BUDGET)];

    fn current(id: &str) -> Option<&'static Model> {
        MODELS.iter().find(|model| model.id == id)
    }

    #[test]
    fn ids_are_sorted_and_unique() {
        assert!(MODELS.is_sorted_by(|one, next| split(one.id) < split(next.id)));
    }

    #[test]
    fn retired_names_are_sorted_and_unique() {
        assert!(ALIASES.iter().is_sorted_by(|(one, _), (next, _)| split(one) < split(next)));
    }

    #[test]
    fn every_model_has_a_provider() {
        for model in MODELS {
            assert!(provider(model.provider()).is_some(), "{}", model.id);
            assert!(!model.name().is_empty(), "{}", model.id);
        }
    }

    #[test]
    fn aliases_lead_to_current_models_of_the_same_provider() {
        for (retired, replacement) in ALIASES.iter() {
            assert!(current(replacement).is_some(), "{retired} -> {replacement}");
            assert_eq!(split(retired).0, split(replacement).0, "{retired}");
        }
    }

    #[test]
    fn aliases_never_hide_a_current_model() {
        for (retired, _) in ALIASES.iter() {
            assert!(current(retired).is_none(), "{retired}");
        }
    }

    #[test]
    fn prices_are_numbers_that_make_sense() {
        for model in MODELS {
            let Some(price) = model.price else { continue };
            assert!(price.input.is_finite() && price.input >= 0.0);
            assert!(price.output.is_finite() && price.output >= price.input);
            let cached = price.cached.unwrap_or(price.input);
            assert!(cached >= 0.0 && cached <= price.input, "{}", model.id);
        }
    }

    #[test]
    fn an_answer_fits_into_its_window() {
        for model in MODELS {
            assert!(model.context > 0, "{}", model.id);
            assert!(model.output <= model.context, "{}", model.id);
        }
    }

    #[test]
    fn every_row_names_its_source() {
        for model in MODELS {
            assert!(model.source.to_string().starts_with("https://"), "{}", model.id);
        }
    }

    #[test]
    fn a_tier_holds_its_own_models_cheapest_first() {
        for (tier, ids) in TIERS {
            let models =
                ids.iter().map(|id| current(id).expect("a tier names current models")).collect::<Vec<_>>();
            assert!(models.iter().all(|model| model.tier == tier), "{tier:?}");
            assert!(models.is_sorted_by_key(|model| {
                let price = model.price.expect("a default target has a price");
                price.input + price.output
            }));
        }
    }

    #[test]
    fn a_tier_loses_one_target_with_a_vendor() {
        for (tier, ids) in TIERS {
            let mut vendors = ids.iter().map(|id| split(id).0).collect::<Vec<_>>();
            assert!(vendors.iter().all(|vendor| LAUNCH.contains(vendor)));
            assert!(vendors.len() >= 6, "{tier:?}");
            vendors.sort_unstable();
            vendors.dedup();
            assert_eq!(vendors.len(), ids.len(), "{tier:?}");
        }
    }

    #[test]
    fn every_launch_provider_has_models() {
        for name in LAUNCH {
            let count = MODELS.iter().filter(|model| model.provider() == *name);
            assert!(count.count() >= 2, "{name}");
        }
    }
}
