//! One of a few words.

/// Defines a kind of which the value is one of a few words, each standing for a Rust value. What comes
/// later, or stands elsewhere, is said in the error.
macro_rules! words {
    ($Kind:ident: $Value:ty { $($word:literal => $value:expr,)+ } $(but $hint:literal)?) => {
        pub(in crate::config) struct $Kind;

        impl $crate::config::shape::Shape for $Kind {
            type Value = $Value;

            fn read(
                found: $crate::config::shape::Found<'_>,
                errors: &mut $crate::config::errors::ConfigErrors,
            ) -> Option<$Value> {
                let words = &[$($word),+];
                match $crate::config::shape::read_word(found, Self::expected, words, errors)?.as_str() {
                    $($word => Some($value),)+
                    _ => None,
                }
            }

            fn expected() -> std::borrow::Cow<'static, str> {
                let words = $crate::config::shape::one_of(&[$($word),+]);
                $(let words = format!("{words} ({})", $hint);)?
                words.into()
            }

            #[cfg(not(target_arch = "wasm32"))]
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

/// The word that stands there, if it is one of these.
pub(in crate::config) fn read_word(
    found: Found<'_>,
    expected: Expected,
    words: &[&str],
    errors: &mut ConfigErrors,
) -> Option<String> {
    let Some(word) = read_text(found) else {
        found.mismatch(expected, errors);
        return None;
    };
    if words.contains(&word.as_str()) {
        return Some(word);
    }
    errors.suggest(found.place, shown(&word), expected(), nearest(&word, words.iter().copied()));
    None
}

/// `"a"`, or `"a", "b" or "c"`.
pub(in crate::config) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
