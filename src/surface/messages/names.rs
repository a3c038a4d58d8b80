//! Names of tools that are too long for all but Anthropic: others hear short ones, and the caller his own.
//!
//! Anthropic takes 128 characters, OpenAI and most others 64. Agents put the name of a server before that of its tool.

use std::borrow::Cow;

use crate::json::{self, quoted};
use crate::text;

/// So long a name all take, in bytes.
const LONGEST: usize = 64;
/// So many characters of a long one are kept, before nine that tell it from its like.
const KEPT: usize = 54;

/// The name that others hear. Both are JSON text.
pub(super) fn short(name: &str) -> Cow<'_, str> {
    if name.len() <= LONGEST {
        return Cow::Borrowed(name);
    }
    match json::text(name) {
        Some(long) if long.len() > LONGEST => Cow::Owned(quoted(&shortened(&long))),
        _ => Cow::Borrowed(name),
    }
}

/// The name of a tool if others hear a short one.
pub(super) fn long(name: &str) -> Option<String> {
    json::text(name).filter(|name| name.len() > LONGEST)
}

/// The caller's own name for what was called, among his `long` ones. Both are JSON text.
pub(super) fn own<'n>(name: &'n str, long: &[String]) -> Cow<'n, str> {
    for own in long {
        if json::inside(name) == Some(&shortened(own)) {
            return Cow::Owned(quoted(own));
        }
    }
    Cow::Borrowed(name)
}

fn shortened(long: &str) -> String {
    format!("{}_{}", text::shortened(long, KEPT), text::nine(long))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_becomes_a_short_one_and_its_own_again() {
        let names = ["a", "b"].map(|end| format!("mcp__{}{end}", "n".repeat(100)));
        let [a, b] = &names;
        let [short_a, short_b] = [a, b].map(|name| short(&quoted(name)).into_owned());
        assert_eq!((short_a.len(), short_b.len()), (66, 66));
        assert_ne!(short_a, short_b, "alike for as long as others take");
        assert_eq!(own(&short_a, &names), quoted(a));
        assert_eq!(own(&short_b, &names), quoted(b));
        assert_eq!(own("\"f\"", &names), "\"f\"");
        let fits = quoted(&"n".repeat(64));
        assert_eq!((&*short(&fits), long(&fits)), (&*fits, None));
    }
}
