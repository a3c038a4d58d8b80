//! What refusals are about: the codes and the words of many vendors, by matter.
//!
//! Sources: the vendors' pages on error codes, as listed in `docs/providers.md`; LiteLLM's exception mapping for the
//! texts about context windows.

use crate::words::{Words, words};

/// Exact codes, and parts of texts, by which a matter is known.
pub(super) struct Matter {
    pub(super) codes: Words,
    pub(super) texts: Words,
}

pub(super) const OUT_OF_CREDIT: Matter = Matter {
    codes: words![
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "enforced_spend_limit_reached",
        "billing_error",
        "billing_hard_limit_reached",
        "accountoverdueerror",
        "quotaexceeded",
        "setlimitexceeded",
        "arrearage",
        "1113",
        // Zhipu's plans: used up for hours or days, or at their end.
        "1308",
        "1309",
        "1310",
        "1314",
        "1316",
        "1317",
        "1318",
        "1319",
        "1320",
        "1321",
        "3036",
    ],
    texts: words![
        "credit balance is too low",
        "insufficient balance",
        "insufficient credit",
        "no credit",
        "out of credit",
        "exceeded your current quota",
        "billing details",
        "specified api usage limits",
        "used all available credits",
        "doesn't have any credits",
        "key limit exceeded",
    ],
};

pub(super) const CONTEXT: Matter = Matter {
    codes: words![
        "context_length_exceeded",
        "exceed_context_size_error",
        "too_many_prompt_tokens",
        "too_many_tokens",
        "1261",
    ],
    texts: words![
        "maximum context length",
        "exceed context limit",
        "prompt is too long",
        "prompt too long",
        "is longer than the model's context length",
        "model's maximum context limit",
        "input tokens exceed the configured limit",
        "tokens +  must be", // `inputs` and `max_new_tokens` stand between
        "exceeds the available context size",
        "exceeds the maximum number of tokens allowed",
        "exceeds the context window",
        "exceeded max context length",
        "maximum input length is",
        "too many tokens",
        "total length of all messages is too long",
        "range of input length should be",
        "exceeded model token limit",
        "input token length too long",
        "exceed max message tokens",
        "maximum prompt length is",
        "but model only supports up to",
    ],
};

pub(super) const FILTERED: Matter = Matter {
    codes: words![
        "content_filter",
        "content_policy_violation",
        "data_inspection_failed",
        "responsibleaipolicyviolation",
        "inputtextriskdetection",
        "1301",
    ],
    texts: words![
        "sensitivecontentdetected",
        "datainspectionfailed",
        "rejected as a result of our safety system",
        "flagged for",
        "flagged as potentially violating",
        "content exists risk",
    ],
};

pub(super) const OVERLOADED: Matter = Matter {
    codes: words![
        "overloaded_error",
        "server_is_overloaded",
        "serveroverloaded",
        "capacity_exceeded",
        "1305",
        "3040",
        "unavailable",
    ],
    texts: words!["overloaded", "at capacity"],
};

pub(super) const RATE_LIMITED: Matter = Matter {
    codes: words!["rate_limit_exceeded", "rate_limit_error", "slow_down"],
    texts: words!["rate limit"],
};

pub(super) const REFUSED_KEY: Matter = Matter {
    // Zhipu's are about the key, about the account (locked ones too come with 429), and about leave.
    codes: words![
        "invalid_api_key",
        "api_key_invalid",
        "organization_restricted",
        "authentication_error",
        "1000",
        "1001",
        "1002",
        "1003",
        "1004",
        "1110",
        "1111",
        "1112",
        "1120",
        "1121",
        "1220",
        "1315",
    ],
    texts: words![
        "incorrect api key",
        "api_key_invalid",
        "api key not valid",
        "organization has been disabled"
    ],
};

pub(super) const UNKNOWN_MODEL: Matter = Matter {
    codes: words!["model_not_found", "deploymentnotfound", "not_found_error", "modelnotopen", "1211"],
    texts: words!["model", "deployment", "endpoint"],
};

pub(super) const WRONG_PLACE: Matter = Matter {
    codes: words![
        "model_not_found",
        "model_decommissioned",
        "invalid_model",
        // Of Qwen's models each has a free tier of its own.
        "allocationquota.freetieronly",
        "1211",
        "1221",
        "1222",
        "1311",
        "5007",
    ],
    texts: words![
        "model not exist",
        "model does not exist",
        "no such model",
        "is not a valid model",
        "supported api model names are",
        "not supported by any provider you have enabled",
        "access to model denied",
        "user location is not supported",
        "not allowed to generate embeddings",
    ],
};

/// What this model cannot do, and another may: OpenRouter's words, Ollama's, vLLM's, LM Studio's and OpenAI's.
pub(super) const UNABLE: Matter = Matter {
    codes: words![],
    texts: words![
        "endpoints found that support",
        "does not support tools",
        "requires --enable-auto-tool-choice",
        "is not a multimodal model",
        "does not support images",
        "hosted tool",
    ],
};

/// Of a limit that is used up by thoughts, OpenAI's chat makes an error.
pub(super) const NOTHING_SAID: Matter =
    Matter { codes: words![], texts: words!["max_tokens or model output limit was reached"] };

pub(super) const CLOSED: Matter = Matter { codes: words!["invalidendpoint.closedendpoint"], texts: words![] };
