//! A provider.

use crate::catalog::Dialect;
use crate::config::shape::{BaseUrl, HeaderName, HeaderValue, List, Map, SecretName, Text, object, words};

object! {
    /// A provider: a new one, which needs `dialect` and `base_url`, or what is different about a
    /// built-in one.
    Provider {
        /// The format it speaks: `openai` is Chat Completions, `responses` OpenAI's Responses.
        dialect: Option<DialectName>,
        /// Where its API begins, such as https://api.example.com/v1; `/chat/completions`, or what its dialect has instead, is appended.
        base_url: Option<Text<BaseUrl>>,
        /// The names of the secrets that hold its keys, never the keys themselves; several are a pool.
        /// Empty: it takes none.
        keys: Option<List<Text<SecretName>>>,
        /// Headers that go with every call to it.
        headers: Map<HeaderName, Text<HeaderValue>> = {},
    }
}

words! {
    DialectName: Dialect {
        "openai" => Dialect::OpenAi,
        "anthropic" => Dialect::Anthropic,
        "gemini" => Dialect::Gemini,
        "responses" => Dialect::Responses,
    }
}
