//! One of a few words.

/// Defines a kind of which the value is one of a few words, each standing for a Rust value.
macro_rules! words {
    ($Kind:ident: $Value:ty { $($word:literal => $value:expr,)+ }) => {
        pub(in crate::config) struct $Kind;

        impl $crate::config::shape::Shape for $Kind {
            type Value = $Value;

            const EXPECTED: $crate::config::shape::Expected =
                $crate::config::shape::Expected::OneOf(&[$($word),+]);

            fn read(
                found: &$crate::config::shape::Found<'_>,
                errors: &mut $crate::config::errors::ConfigErrors,
            ) -> Option<$Value> {
                let index = $crate::config::shape::read_word(found, &[$($word),+], errors)?;
                [$($value),+].get(index).copied()
            }
        }

        #[cfg(feature = "schema")]
        impl $crate::config::shape::Schema for $Kind {
            fn schema(_: &mut $crate::config::shape::Definitions) -> serde_json::Value {
                serde_json::json!({ "enum": [$($word),+] })
            }
        }
    };
}

pub(in crate::config) use words;

use super::text::read_text;
use super::{Expected, Found, shown};
use crate::config::errors::ConfigErrors;
use crate::config::nearest::nearest;

/// Which of these words stands there, if it is one of them.
pub(in crate::config) fn read_word(
    found: &Found<'_>,
    words: &'static [&'static str],
    errors: &mut ConfigErrors,
) -> Option<usize> {
    let expected = Expected::OneOf(words);
    let Some(word) = read_text(found) else {
        found.mismatch(&expected, errors);
        return None;
    };
    let index = words.iter().position(|known| *known == word);
    if index.is_none() {
        errors.suggest(&found.place, &shown(&word), &expected, nearest(&word, words));
    }
    index
}
