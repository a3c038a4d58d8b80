//! A provider.

use crate::config::shape::{BaseUrl, HeaderName, HeaderValue, List, Map, SecretName, Text, object, words};

object! {
    /// A provider: a new one, which needs `dialect` and `base_url`, or what is different about a
    /// built-in one.
    Provider {
        /// The format it speaks.
        dialect: Option<DialectName>,
        /// Where its API begins, such as https://api.example.com/v1; `/chat/completions` is appended.
        base_url: Option<Text<BaseUrl>>,
        /// The names of the secrets that hold its keys, never the keys themselves; several are a pool.
        /// Empty: it takes none.
        keys: Option<List<Text<SecretName>>>,
        /// Headers that go with every call to it.
        headers: Map<HeaderName, Text<HeaderValue>> = {},
    }
}

/// The formats that a provider may speak.
#[derive(Clone, Copy, Debug)]
pub(in crate::config) enum Dialect {
    OpenAi,
}

words! {
    DialectName: Dialect {
        "openai" => Dialect::OpenAi,
    } but "the native \"anthropic\" and \"gemini\" come later; both vendors answer \"openai\" too"
}
