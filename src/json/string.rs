//! JSON's strings: what they say, and how a text is written as one (RFC 8259, section 7).

use std::borrow::Cow;

/// How many bytes at the beginning say themselves: no quote, no backslash, no control character among them.
///
/// Eight at a time; the arithmetic is from "Bit Twiddling Hacks" (Sean Eron Anderson), `haszero` and `hasless`. What it
/// finds besides stands behind what it finds first.
#[inline(always)] // small calls are what the crate is compiled for, and this is its busiest loop
pub(super) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES * 0x80;
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found =
            control | has_zero(word ^ (ONES * u64::from(b'"'))) | has_zero(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_plain = |byte: &&u8| **byte >= 0x20 && **byte != b'"' && **byte != b'\\';
    bytes.len() - rest.len() + rest.iter().take_while(is_plain).count()
}

/// Whether a text may stand between quotes as it is.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    plain(text.as_bytes()) == text.len()
}

/// What the inside of a string says; `None` when it cannot be said, for half of a surrogate pair is in it.
pub(super) fn unescaped(inside: &str) -> Option<Cow<'_, str>> {
    said(inside, None)
}

/// The same, with U+FFFD for each half that has no other.
#[must_use]
pub fn legible(inside: &str) -> Cow<'_, str> {
    said(inside, Some(char::REPLACEMENT_CHARACTER)).unwrap_or_default()
}

fn said(inside: &str, half: Option<char>) -> Option<Cow<'_, str>> {
    let Some(first) = memchr::memchr(b'\\', inside.as_bytes()) else { return Some(Cow::Borrowed(inside)) };
    let (before, mut rest) = inside.split_at_checked(first)?;
    let mut said = String::with_capacity(inside.len());
    said.push_str(before);
    while let Some(escape) = rest.strip_prefix('\\') {
        let (said_by, after) = one(escape).or_else(|| Some((half?, escape.strip_prefix('u')?.get(4..)?)))?;
        said.push(said_by);
        let next = memchr::memchr(b'\\', after.as_bytes()).unwrap_or(after.len());
        let (plain, left) = after.split_at_checked(next)?;
        said.push_str(plain);
        rest = left;
    }
    Some(Cow::Owned(said))
}

/// The character of an escape whose backslash is gone, and what comes behind it.
fn one(escape: &str) -> Option<(char, &str)> {
    let (kind, rest) = escape.split_at_checked(1)?;
    let c = match kind {
        "b" => '\u{8}',
        "f" => '\u{c}',
        "n" => '\n',
        "r" => '\r',
        "t" => '\t',
        "u" => return unit(rest),
        other => other.chars().next()?,
    };
    Some((c, rest))
}

/// One `\u` or, outside of the basic plane, two.
fn unit(digits: &str) -> Option<(char, &str)> {
    let hex = |text: &str| {
        let mut unit = 0;
        for c in text.get(..4)?.chars() {
            unit = unit << 4 | c.to_digit(16)?;
        }
        Some(unit)
    };
    let (first, rest) = (hex(digits)?, digits.get(4..)?);
    if let Some(c) = char::from_u32(first) {
        return Some((c, rest));
    }
    let second = rest.strip_prefix("\\u")?;
    let (high, low) = (first.checked_sub(0xd800)?, hex(second)?.checked_sub(0xdc00)?);
    let in_range = high < 0x400 && low < 0x400;
    let c = in_range.then(|| char::from_u32(0x1_0000 + (high << 10) + low))??;
    Some((c, second.get(4..)?))
}

/// A text as a JSON string.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote(text, &mut out);
    out
}

/// Writes a text as a JSON string behind what `out` already holds.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    loop {
        let (before, after) = rest.split_at_checked(plain(rest.as_bytes())).unwrap_or((rest, ""));
        out.push_str(before);
        let Some(c) = after.chars().next() else { break };
        out.push('\\');
        match c {
            '\u{8}' => out.push('b'),
            '\u{c}' => out.push('f'),
            '\n' => out.push('n'),
            '\r' => out.push('r'),
            '\t' => out.push('t'),
            '"' | '\\' => out.push(c),
            _ => {
                let digit = |four: u32| char::from_digit(u32::from(c) >> four & 15, 16).unwrap_or('0');
                out.push_str("u00");
                out.push(digit(4));
                out.push(digit(0));
            }
        }
        rest = after.get(1..).unwrap_or_default();
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_of_a_pair_cannot_be_said() {
        assert_eq!(unescaped(r"\ud83c\udf89 \u00e9\/\n").unwrap(), "🎉 é/\n");
        for half in [r"\ud83c", r"\ud83c\u0041", r"\udf89", r"\ud83cx", r"\ud83c\n", r"\udf89\ud83c"] {
            assert!(unescaped(half).is_none(), "{half}");
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_its_quotes(text in any::<String>(), odd in "[\\x00-\\x7f🎉]{0,40}") {
            for text in [text, odd] {
                let written = quoted(&text);
                prop_assert_eq!(&written, &serde_json::to_string(&text).unwrap());
                prop_assert_eq!(unescaped(written.strip_prefix('"').unwrap().strip_suffix('"').unwrap()).unwrap(), text);
            }
        }

        #[test]
        fn any_escapes_are_read_as_by_others(inside in "([ -!#-\\[\\]-~]|\\\\u[0-9a-fA-F]{4}|\\\\u[dD][89abcdefABCDEF][0-9a-f]{2}|\\\\[\"\\\\/bfnrt]|é){0,12}") {
            let theirs: Option<String> = serde_json::from_str(&format!("\"{inside}\"")).ok();
            prop_assert_eq!(unescaped(&inside).map(Cow::into_owned), theirs);
        }
    }
}
