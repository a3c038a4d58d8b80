//! Models of embeddings, by their names without a provider: so that a caller who names one as he always did
//! is understood. Nothing else is known of them, and no route has them by itself.

/// Name and provider, sorted by name.
pub(super) const EMBEDDINGS: &[(&str, &str)] = &[
    ("embedding-3", "zhipu"),
    ("mistral-embed", "mistral"),
    ("text-embedding-3-large", "openai"),
    ("text-embedding-3-small", "openai"),
    ("text-embedding-ada-002", "openai"),
    ("text-embedding-v3", "qwen"),
    ("text-embedding-v4", "qwen"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted_and_their_providers_known() {
        assert!(EMBEDDINGS.is_sorted());
        assert!(EMBEDDINGS.iter().all(|(_, provider)| crate::catalog::provider(provider).is_some()));
    }
}
