//! Texts, and what may be shown of them.

use std::marker::PhantomData;

use super::{Expected, Found, Shape};
use crate::config::errors::ConfigErrors;
use crate::json::{self, quoted};
use crate::text::shortened;

/// What a text must be like.
pub(in crate::config) trait Rule {
    /// Words for "expected …".
    const EXPECTED: &'static str;
    /// The same for machines, as a regular expression; the rule itself may be stricter.
    #[cfg_attr(not(feature = "schema"), expect(dead_code, reason = "only the schema shows it"))]
    const PATTERN: &'static str;
    /// Whether a refused text may be shown in the error.
    const SHOWN: bool = true;

    /// The text in the form in which it is used, or `None` if it breaks the rule.
    fn accept(text: &str) -> Option<String>;
}

/// A text that follows a rule.
pub(in crate::config) struct Text<R>(PhantomData<R>);

impl<R: Rule> Shape for Text<R> {
    type Value = String;

    const EXPECTED: Expected = Expected::Said(R::EXPECTED);

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<String> {
        read_accepted(found, R::accept, R::EXPECTED, R::SHOWN, errors)
    }
}

fn read_accepted(
    found: &Found<'_>,
    accept: fn(&str) -> Option<String>,
    expected: &'static str,
    may_be_shown: bool,
    errors: &mut ConfigErrors,
) -> Option<String> {
    let Some(text) = read_text(found) else {
        found.mismatch(&Expected::Said(expected), errors);
        return None;
    };
    let accepted = accept(&text);
    if accepted.is_none() && may_be_shown {
        errors.push(&found.place, &shown(&text), &expected);
    } else if accepted.is_none() {
        errors.push(&found.place, &"a text that is not shown, for it may be a secret", &expected);
    }
    accepted
}

/// The text that stands there, if it is one. A lone half of a surrogate pair is none.
pub(in crate::config) fn read_text(found: &Found<'_>) -> Option<String> {
    json::text(found.json)
}

/// A text in quotes for an error: shortened, and without what looks like a secret.
pub(in crate::config) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let length = text.chars().count();
    if looks_secret(text) {
        format!("a text of {length} characters that looks like a secret")
    } else if length > LONGEST {
        quoted(&format!("{}…", shortened(text, LONGEST)))
    } else {
        quoted(text)
    }
}

/// Whether a text looks like a key that was pasted into the wrong place. A second line of defence: the
/// fields where keys are likely never show their texts at all.
pub(in crate::config) fn looks_secret(text: &str) -> bool {
    const BEGINNINGS: [&str; 9] = ["sk-", "sk_", "pk-", "gsk_", "xai-", "AIza", "ghp_", "Bearer ", "Basic "];
    let begins_like_one = BEGINNINGS.iter().any(|start| text.starts_with(start));
    // Keys are long runs of letters and digits; names of models are short words between hyphens.
    let (mut run, mut digits) = (0, 0);
    let long_run = text.bytes().any(|byte| {
        (run, digits) = match byte.is_ascii_alphanumeric() {
            true => (run + 1, digits + u32::from(byte.is_ascii_digit())),
            false => (0, 0),
        };
        run >= 20 && digits > 0
    });
    let uuid = text.len() == 36 && are_all(text, &|byte| byte == b'-' || byte.is_ascii_hexdigit());
    begins_like_one || long_run || uuid
}

/// Whether that is true of all bytes of a text.
pub(super) fn are_all(text: &str, is: &dyn Fn(u8) -> bool) -> bool {
    text.bytes().all(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_and_a_key_is_not() {
        assert_eq!(shown("deepseek/deepseek-flash"), "\"deepseek/deepseek-flash\"");
        assert_eq!(shown("claude-sonnet-4-5-20250929"), "\"claude-sonnet-4-5-20250929\"");
        assert_eq!(shown(&"é".repeat(50)), format!("\"{}…\"", "é".repeat(40)));
        for key in [
            "sk-proj-abc",
            "0123456789abcdef0123456789abcdef.Zz",
            "6f1ed002-ab59-4a7c-9d4f-0c1d2e3f4a5b",
            "Bearer x",
        ] {
            assert!(!shown(key).contains(key), "{key} is shown");
        }
    }
}
