//! Texts joined and shortened.
//!
//! Why not `join`, or `chars().take(n).collect()`? The library makes a kilobyte of WebAssembly of the first for every
//! kind of text, and the second anew wherever it stands.

/// The parts, with a text between each two.
#[must_use]
pub fn joined<T: AsRef<str>>(parts: &[T], between: &str) -> String {
    let mut whole = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            whole.push_str(between);
        }
        whole.push_str(part.as_ref());
    }
    whole
}

/// Its first characters, so many at most.
#[must_use]
pub fn shortened(text: &str, characters: usize) -> &str {
    match text.char_indices().nth(characters) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}

/// Whether a character is a letter, near enough: the library's tables of all of them are 2 KB of WebAssembly.
#[must_use]
pub fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || c >= '\u{c0}'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_what_the_library_makes(parts in proptest::collection::vec("[aä]{0,3}", 0..4), characters in 0usize..5) {
            prop_assert_eq!(joined(&parts, ", "), parts.join(", "));
            for part in &parts {
                prop_assert_eq!(shortened(part, characters), part.chars().take(characters).collect::<String>());
            }
        }
    }
}
