//! The table of built-in providers.
//!
//! Addresses and departures were read off the vendors' pages and off recorded exchanges. A row says
//! why where its reason cannot be guessed from the field.

use super::provider::{
    Apart, CallerTools, Dialect, KeyIn, Prefill, Provider, Quirks, StreamUsage, Thinking, ThoughtsBack,
    TokenLimit, ToolChoice, ToolIds, Unsaid,
};
use super::source::page;
use crate::words::{Pairs, pairs, words};

/// Told to think by an object, and no more.
const KIND: Thinking = Thinking::Kind { effort: false, off: true };
/// And how hard.
const KIND_AND_EFFORT: Thinking = Thinking::Kind { effort: true, off: true };

/// Its chat has no `max`, and only the first GPT-5 `minimal`.
const OF_OPENAI: &[(&str, Pairs)] = &[("", pairs!["minimal" => "low", "max" => "xhigh"])];

/// "reasoning_effort must be one of …": of GPT-OSS's three, of Qwen's two.
const OF_GROQ: &[(&str, Pairs)] = &[
    ("openai/", pairs!["none" => "low", "minimal" => "low", "xhigh" => "high", "max" => "high"]),
    (
        "qwen/",
        pairs!["minimal" => "none", "low" => "default", "medium" => "default", "high" => "default", "xhigh" => "default", "max" => "default"],
    ),
];

/// The seven providers over which the default routes are built, in the order in which messages and
/// lists name them. It states no preference: which is tried first is said by the routes.
pub const LAUNCH: &[&str] = &["deepseek", "qwen", "openai", "zhipu", "anthropic", "gemini", "doubao"];

/// Sorted by name.
pub(super) const PROVIDERS: &[Provider] = &[
    Provider {
        name: "anthropic",
        base_url: "https://api.anthropic.com",
        keys: &["ANTHROPIC_API_KEY"],
        dialect: Dialect::Anthropic,
        // Which models take a prefill, a temperature or a forced tool: `dialect/anthropic/models.rs`.
        quirks: Quirks { prefill: Prefill::Trailing, ..Quirks::STANDARD },
        source: page("https://platform.claude.com/docs/en/api/messages"),
    },
    Provider {
        name: "azure",
        // https://{resource}.openai.azure.com/openai/v1
        base_url: "",
        keys: &["AZURE_API_KEY", "AZURE_OPENAI_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            key_in: KeyIn::ApiKeyHeader,
            token_limit: TokenLimit::ByFamily,
            thinking: Thinking::Effort,
            efforts: OF_OPENAI,
            responses: true,
            thinks_with_tools: false,
            refuses_unknown: true,
            tool_ids: ToolIds::Forty,
            json_unspoken: false,
            ..Quirks::STANDARD
        },
        source: page("https://learn.microsoft.com/azure/ai-services/openai/reference"),
    },
    Provider {
        name: "bedrock",
        // https://bedrock-mantle.{region}.api.aws/v1
        base_url: "",
        keys: &["BEDROCK_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"],
        dialect: Dialect::OpenAi,
        quirks: Quirks::STANDARD,
        source: page(
            "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions-mantle.html",
        ),
    },
    Provider {
        name: "cohere",
        base_url: "https://api.cohere.ai/compatibility/v1",
        keys: &["COHERE_API_KEY", "CO_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks::STANDARD,
        source: page("https://docs.cohere.com/docs/compatibility-api"),
    },
    Provider {
        name: "deepseek",
        base_url: "https://api.deepseek.com",
        keys: &["DEEPSEEK_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            developer_role: false,
            thinking: KIND_AND_EFFORT,
            one_choice: true,
            prefill: Prefill::Prefix { path: "/beta" },
            responses: true,
            // "Unsupported custom tool: 'exec'. Only 'apply_patch' is supported."
            caller_tools: CallerTools::Patches,
            thoughts_back: ThoughtsBack::Content,
            // "Thinking mode does not support this tool_choice"
            tool_choice: ToolChoice::Unthinking,
            // The newer name is ignored.
            token_limit: TokenLimit::MaxTokens,
            // 400 "file must have a file_id or file_data", with either
            files: false,
            // "messages[4]: invalid type: sequence, expected a string", of a tool
            text_lists: false,
            json_unspoken: false,
            ..Quirks::STANDARD
        },
        source: page("https://api-docs.deepseek.com/quick_start/pricing"),
    },
    Provider {
        name: "doubao",
        // Outside China: https://ark.ap-southeast.bytepluses.com/api/v3
        base_url: "https://ark.cn-beijing.volces.com/api/v3",
        keys: &["DOUBAO_API_KEY", "ARK_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            developer_role: false,
            // "max_tokens and max_completion_tokens cannot be set at the same time"
            token_limit: TokenLimit::One,
            thinking: KIND,
            // "Invalid combination of reasoning_effort and thinking type" only where one says no.
            apart: &[Apart {
                models: "doubao-seed-2",
                thinking: KIND_AND_EFFORT,
                tool_choice: ToolChoice::Any,
            }],
            // "Invalid reasoning_effort: max": it takes `minimal`, which is none, to `high`.
            efforts: &[("doubao-seed-2", pairs!["none" => "minimal", "xhigh" => "high", "max" => "high"])],
            // "One or more parameters specified in the request are not valid"
            text_lists: false,
            // "The request failed because it is missing `messages.content` parameter", of a `null`
            unsaid: Unsaid::Text,
            responses: true,
            // Some of them.
            hears: true,
            ..Quirks::STANDARD
        },
        source: page("https://www.volcengine.com/docs/82379/1298459"),
    },
    Provider {
        name: "fireworks",
        base_url: "https://api.fireworks.ai/inference/v1",
        keys: &["FIREWORKS_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks::STANDARD,
        source: page("https://docs.fireworks.ai/tools-sdks/openai-compatibility"),
    },
    Provider {
        name: "gemini",
        base_url: "https://generativelanguage.googleapis.com/v1beta",
        keys: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        dialect: Dialect::Gemini,
        quirks: Quirks { prefill: Prefill::Trailing, hears: true, ..Quirks::STANDARD },
        source: page("https://ai.google.dev/api/generate-content"),
    },
    Provider {
        name: "groq",
        base_url: "https://api.groq.com/openai/v1",
        keys: &["GROQ_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            thinking: Thinking::Effort,
            efforts: OF_GROQ,
            one_choice: true,
            // "Streaming and tool use are not currently supported with Structured Outputs."
            schema_besides: false,
            // 400 "property 'reasoning_content' is unsupported"
            thoughts_back: ThoughtsBack::Refused,
            refuses: words![
                "logit_bias",
                "logprobs",
                "metadata",
                "modalities",
                "prediction",
                "prompt_cache_key",
                "prompt_cache_retention",
                "safety_identifier",
                // "property 'store' is unsupported, did you mean 'stop'?"
                "store",
                "thinking_budget",
                "top_k",
                "top_logprobs",
                "verbosity",
                "web_search_options",
            ],
            // "property 'cache_control' is unsupported"
            refuses_unknown: true,
            // "for 'role:system' the following must be satisfied[('messages.0.content' : value must be a string)]"
            text_lists: false,
            json_unspoken: false,
            ..Quirks::STANDARD
        },
        source: page("https://console.groq.com/docs/openai"),
    },
    Provider {
        name: "huggingface",
        base_url: "https://router.huggingface.co/v1",
        keys: &["HUGGINGFACE_API_KEY", "HF_TOKEN"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            // Depends on which backend the router chose: 8 of 13 recorded streams had none.
            sends_done: false,
            ..Quirks::STANDARD
        },
        source: page("https://huggingface.co/docs/inference-providers/index"),
    },
    Provider {
        name: "mistral",
        base_url: "https://api.mistral.ai/v1",
        keys: &["MISTRAL_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            // Fields that it does not know are refused with 422, so each must have the right name.
            refuses_unknown: true,
            token_limit: TokenLimit::MaxTokens,
            thoughts_back: ThoughtsBack::Refused,
            seed_field: "random_seed",
            tool_choice: ToolChoice::RequiredIsAny,
            tool_ids: ToolIds::NineAlphanumerics,
            // "Unexpected role 'user' after role 'tool'", "Unexpected role 'system' after role 'assistant'",
            // "Expected last role User or Tool (or Assistant with prefix True)"
            strict_order: true,
            names: false,
            developer_role: false,
            thinking: Thinking::Effort,
            // It takes `none` and `high`.
            efforts: &[(
                "",
                pairs!["minimal" => "none", "low" => "high", "medium" => "high", "xhigh" => "high", "max" => "high"],
            )],
            refuses: words![
                "logit_bias",
                "logprobs",
                "modalities",
                "prompt_cache_key",
                "prompt_cache_retention",
                "safety_identifier",
                "service_tier",
                "store",
                "thinking_budget",
                "top_k",
                "top_logprobs",
                "user",
                "verbosity",
                "web_search_options",
            ],
            prefill: Prefill::Prefix { path: "" },
            stream_usage: StreamUsage::Always,
            ..Quirks::STANDARD
        },
        source: page("https://docs.mistral.ai/api/"),
    },
    Provider {
        name: "moonshot",
        // Outside China: https://api.moonshot.ai/v1
        base_url: "https://api.moonshot.cn/v1",
        keys: &["MOONSHOT_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            developer_role: false,
            // From Kimi K3 on; the thoughts of K2.7 cannot be had otherwise, those of K2 by a switch.
            thinking: Thinking::Effort,
            tool_choice: ToolChoice::NotNamed,
            apart: &[
                Apart {
                    models: "kimi-k2.7",
                    thinking: Thinking::Kind { effort: false, off: false },
                    tool_choice: ToolChoice::NotForced,
                },
                Apart { models: "kimi-k2", thinking: KIND, tool_choice: ToolChoice::NotRequired },
            ],
            efforts: &[(
                "kimi-k3",
                pairs!["none" => "low", "minimal" => "low", "medium" => "high", "xhigh" => "max"],
            )],
            // An image is sent as base64, or as a file of its own.
            addresses: false,
            // "not a valid moonshot flavored json schema"
            typed_schemas: true,
            // "text content is empty", of a list with an empty text in it, and of its own calls with one beside them
            text_lists: false,
            unsaid: Unsaid::Nothing,
            // "invalid temperature: only 1 is allowed for this model"
            refuses: words!["temperature", "top_p", "presence_penalty", "frequency_penalty"],
            one_choice: true,
            prefill: Prefill::Partial,
            stream_usage: StreamUsage::Always,
            thoughts_back: ThoughtsBack::Content,
            ..Quirks::STANDARD
        },
        source: page("https://platform.kimi.ai/docs/overview"),
    },
    Provider {
        name: "ollama",
        base_url: "http://localhost:11434/v1",
        keys: &[],
        dialect: Dialect::OpenAi,
        quirks: Quirks::STANDARD,
        source: page("https://ollama.com/blog/openai-compatibility"),
    },
    Provider {
        name: "openai",
        base_url: "https://api.openai.com/v1",
        keys: &["OPENAI_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            // Its reasoning models refuse the old name; its older models take the new one too.
            token_limit: TokenLimit::MaxCompletionTokens,
            responses: true,
            // GPT-5.4 and later: "Function tools with reasoning_effort are not supported", stated or by default.
            thinks_with_tools: false,
            thinking: Thinking::Effort,
            efforts: OF_OPENAI,
            // "string too long. Expected a string with maximum length 40"
            tool_ids: ToolIds::Forty,
            // "Unrecognized request argument supplied"
            refuses_unknown: true,
            json_unspoken: false,
            ..Quirks::STANDARD
        },
        source: page("https://developers.openai.com/api/docs/models"),
    },
    Provider {
        name: "openrouter",
        base_url: "https://openrouter.ai/api/v1",
        keys: &["OPENROUTER_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            stream_usage: StreamUsage::Always,
            thoughts_back: ThoughtsBack::Details,
            fetches_files: true,
            ..Quirks::STANDARD
        },
        source: page("https://openrouter.ai/docs/api-reference/overview"),
    },
    Provider {
        name: "perplexity",
        base_url: "https://api.perplexity.ai",
        keys: &["PERPLEXITY_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks { stream_usage: StreamUsage::Always, sends_done: false, ..Quirks::STANDARD },
        source: page("https://docs.perplexity.ai/docs/sonar/openai-compatibility"),
    },
    Provider {
        name: "qwen",
        // Outside China: https://dashscope-intl.aliyuncs.com/compatible-mode/v1. A row of its own
        // would double every model; a configuration says `base_url` once.
        base_url: "https://dashscope.aliyuncs.com/compatible-mode/v1",
        keys: &["QWEN_API_KEY", "DASHSCOPE_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            tool_choice: ToolChoice::NotRequired,
            developer_role: false,
            thinking: Thinking::Switch { effort: false },
            apart: &[Apart {
                models: "qwen3.8",
                thinking: Thinking::Switch { effort: true },
                tool_choice: ToolChoice::NotRequired,
            }],
            efforts: &[("qwen3.8", pairs!["max" => "xhigh"])],
            prefill: Prefill::Partial,
            // "The input messages do not contain elements with the role of user"
            needs_user_message: true,
            // "Temperature should be in [0.0, 2.0)"
            max_temperature: Some("1.99"),
            // "Range of max_tokens should be [1, 32768]"
            token_limit: TokenLimit::Longer,
            // Without credit it says 400 `Arrearage`.
            quota_comes_back: true,
            // "Invalid value: file."
            files: false,
            json_unspoken: false,
            ..Quirks::STANDARD
        },
        source: page(
            "https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
        ),
    },
    Provider {
        name: "together",
        base_url: "https://api.together.ai/v1",
        keys: &["TOGETHER_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks::STANDARD,
        source: page("https://docs.together.ai/docs/openai-api-compatibility"),
    },
    Provider {
        name: "workers-ai",
        // https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1
        base_url: "",
        keys: &["WORKERS_AI_API_KEY", "CLOUDFLARE_API_TOKEN"],
        dialect: Dialect::OpenAi,
        // "Type mismatch of '/messages/0/content', 'array' not in 'string'"
        quirks: Quirks { text_lists: false, ..Quirks::STANDARD },
        source: page("https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/"),
    },
    Provider {
        name: "xai",
        base_url: "https://api.x.ai/v1",
        keys: &["XAI_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            // "Model grok-4.6 does not support parameter presencePenalty", "Argument not supported: metadata"
            refuses: words!["frequency_penalty", "metadata", "presence_penalty", "stop"],
            efforts: &[
                ("", pairs!["minimal" => "low", "max" => "high"]),
                ("grok-4.3", pairs!["xhigh" => "high"]),
            ],
            stream_usage: StreamUsage::Always,
            responses: true,
            // 422 "unknown variant `namespace`, expected one of …"
            caller_tools: CallerTools::Of(&[
                "function",
                "web_search",
                "x_search",
                "image_generation",
                "collections_search",
                "file_search",
                "code_execution",
                "code_interpreter",
                "mcp",
                "shell",
            ]),
            ..Quirks::STANDARD
        },
        source: page("https://docs.x.ai/developers/models"),
    },
    Provider {
        name: "zhipu",
        // Outside China: https://api.z.ai/api/paas/v4
        base_url: "https://open.bigmodel.cn/api/paas/v4",
        keys: &["ZHIPU_API_KEY", "ZHIPUAI_API_KEY", "ZAI_API_KEY"],
        dialect: Dialect::OpenAi,
        quirks: Quirks {
            token_limit: TokenLimit::MaxTokens,
            max_temperature: Some("1"),
            tool_choice: ToolChoice::AutoOnly,
            strict_tools: false,
            // "messages[4].content[1].text:不能为空", of an empty text in a list
            text_lists: false,
            needs_user_message: true,
            developer_role: false,
            thinking: KIND,
            apart: &[
                // It thinks, whatever is said, and any other effort is an error.
                Apart {
                    models: "glm-5.3",
                    thinking: Thinking::Kind { effort: true, off: false },
                    tool_choice: ToolChoice::AutoOnly,
                },
                Apart { models: "glm-5.2", thinking: KIND_AND_EFFORT, tool_choice: ToolChoice::AutoOnly },
            ],
            efforts: &[("glm-5.3", pairs!["medium" => "high", "xhigh" => "max"])],
            one_choice: true,
            stream_usage: StreamUsage::Always,
            thoughts_back: ThoughtsBack::Content,
            ..Quirks::STANDARD
        },
        source: page("https://docs.bigmodel.cn/cn/guide/start/model-overview"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_unique() {
        assert!(PROVIDERS.is_sorted_by(|one, next| one.name < next.name));
    }

    #[test]
    fn names_can_stand_before_a_slash() {
        for provider in PROVIDERS {
            let allowed = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            assert!(!provider.name.is_empty());
            assert!(provider.name.bytes().all(allowed), "{}", provider.name);
        }
    }

    #[test]
    fn the_first_key_is_the_providers_name_in_capitals() {
        for provider in PROVIDERS {
            let Some(canonical) = provider.keys.first() else {
                continue;
            };
            let expected = provider.name.to_ascii_uppercase().replace('-', "_") + "_API_KEY";
            assert_eq!(*canonical, expected);
        }
    }

    #[test]
    fn keys_are_environment_names_and_belong_to_one_provider() {
        let mut seen = Vec::new();
        for key in PROVIDERS.iter().flat_map(|provider| provider.keys) {
            let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            assert!(key.starts_with(|first: char| first.is_ascii_uppercase()));
            assert!(key.bytes().all(allowed), "{key}");
            assert!(!seen.contains(key), "{key} twice");
            seen.push(*key);
        }
    }

    #[test]
    fn addresses_have_no_trailing_slash() {
        for provider in PROVIDERS {
            let url = provider.base_url;
            assert!(!url.ends_with('/'), "{url}");
            assert!(url.is_empty() || url.starts_with("https://") || url.contains("//localhost:"), "{url}");
        }
    }

    #[test]
    fn every_row_names_its_source() {
        for provider in PROVIDERS {
            assert!(provider.source.to_string().starts_with("https://"), "{}", provider.name);
        }
    }

    #[test]
    fn the_launch_providers_need_a_key_and_nothing_else() {
        for name in LAUNCH {
            let row = PROVIDERS.iter().find(|provider| provider.name == *name);
            let row = row.expect("a launch provider has a row");
            assert!(!row.keys.is_empty(), "{name}");
            assert!(!row.base_url.is_empty(), "{name}");
        }
    }
}
