//! A text in a text.
//!
//! Why not `str::contains` or `memchr::memmem`? They are made for any text that could be sought, and cost some 4 KB
//! of WebAssembly each. What is sought here are words of a few letters: where the first of these stands, the others
//! are looked for. Where each tenth byte of a megabyte is such a first one, that takes a millisecond, twice as long.

/// Where `wanted` stands first. What is empty stands nowhere.
pub fn find(text: impl AsRef<[u8]>, wanted: &str) -> Option<usize> {
    first(text.as_ref(), wanted.as_bytes())
}

/// Whether `wanted` stands in the text.
pub fn contains(text: impl AsRef<[u8]>, wanted: &str) -> bool {
    find(text, wanted).is_some()
}

/// All places where `wanted` stands, none of which overlap.
pub fn places(text: &[u8], wanted: &str) -> impl Iterator<Item = usize> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + find(text.get(from..)?, wanted)?;
        from = at + wanted.len();
        Some(at)
    })
}

/// What stands before and what stands after the first `wanted`.
#[must_use]
pub fn split_once<'a>(text: &'a str, wanted: &str) -> Option<(&'a str, &'a str)> {
    let at = find(text, wanted)?;
    Some((text.get(..at)?, text.get(at + wanted.len()..)?))
}

/// What stands before and what stands after the last such character of ASCII.
#[must_use]
pub fn split_last(text: &str, wanted: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == wanted)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands behind the last such character; all of it where there is none.
#[must_use]
pub fn after_last(text: &str, wanted: u8) -> &str {
    split_last(text, wanted).map_or(text, |(_, after)| after)
}

/// The text with `by` in the place of each `wanted`.
#[must_use]
pub fn replace(text: &str, wanted: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = split_once(rest, wanted) {
        out.push_str(before);
        out.push_str(by);
        rest = after;
    }
    out + rest
}

fn first(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let begins = *wanted.first()?;
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let at = memchr::memchr(begins, rest)?;
        if rest.get(at..)?.starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_the_library_finds(text in "[abä]{0,20}", wanted in "[abä]{1,4}") {
            prop_assert_eq!(find(&text, &wanted), text.find(&wanted));
            prop_assert_eq!(contains(&text, &wanted), text.contains(&wanted));
            prop_assert_eq!(split_once(&text, &wanted), text.split_once(&wanted));
            prop_assert_eq!(replace(&text, &wanted, "c"), text.replace(&wanted, "c"));
            let all: Vec<usize> = text.match_indices(&wanted).map(|(at, _)| at).collect();
            prop_assert_eq!(places(text.as_bytes(), &wanted).collect::<Vec<_>>(), all);
        }
    }

    #[test]
    fn what_is_empty_stands_nowhere() {
        assert_eq!(find("a", ""), None);
        assert_eq!(places(b"a", "").count(), 0);
    }
}
