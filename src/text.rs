//! Texts joined and shortened.
//!
//! Why not `join`, or `chars().take(n).collect()`? The library makes a kilobyte of WebAssembly of the first for every
//! kind of text, and the second anew wherever it stands.

use std::borrow::Cow;

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

/// Those of its characters of which that is true.
#[must_use]
pub fn only(text: &str, keeps: &mut dyn FnMut(char) -> bool) -> String {
    let mut only = String::with_capacity(text.len());
    for c in text.chars() {
        if keeps(c) {
            only.push(c);
        }
    }
    only
}

/// Nine letters and digits: the text itself if it has that form, else the same ones for the same text, by FNV-1a.
#[must_use]
pub fn nine(text: &str) -> String {
    if text.len() == 9 && is_of(text, "") {
        return text.to_owned();
    }
    let mut hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut out = String::with_capacity(9);
    for _ in 0..9 {
        out.extend(char::from_digit((hash % 36) as u32, 36));
        hash /= 36;
    }
    out
}

/// What a body says. One that is no UTF-8 says what it has of ASCII: enough to know an error by.
///
/// Why not `String::from_utf8_lossy`? It looks for the whole characters between the broken ones, in a kilobyte of WebAssembly.
#[must_use]
pub fn legible(body: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            let mut text = String::with_capacity(body.len());
            for byte in body {
                text.push(if byte.is_ascii() { char::from(*byte) } else { char::REPLACEMENT_CHARACTER });
            }
            Cow::Owned(text)
        }
    }
}

/// What a part of an address says, in which `%2F` is a slash; `None`: it is no text.
#[must_use]
pub fn of_address(part: &str) -> Option<String> {
    let mut said = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [byte, after @ ..] = rest {
        let digit = |place: usize| char::from(*after.get(place)?).to_digit(16);
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                said.push((high << 4 | low) as u8);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                said.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(said).ok()
}

/// Its bytes as an address has them (RFC 3986, 2.1): escaped, but for those that stand for themselves.
#[must_use]
pub fn in_address(text: &str, is_plain: fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Whether there is nothing in it but ASCII's letters and digits and these marks.
#[must_use]
pub fn is_of(text: &str, marks: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || marks.as_bytes().contains(&byte))
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

    #[test]
    fn a_text_becomes_nine_letters_and_digits_and_the_same_ones_every_time() {
        assert_eq!(nine("abc123XYZ"), "abc123XYZ");
        for id in ["call_1", "", "toolu_01A09q90qw90lq917835lq9", "abc-23XYZ", "ünïcödé"] {
            let made = nine(id);
            assert_eq!(made.len(), 9, "{id}");
            assert!(made.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{made}");
            assert_eq!(nine(id), made);
        }
        assert_ne!(nine("call_1"), nine("call_2"));
    }

    #[test]
    fn a_body_in_another_encoding_says_its_ascii() {
        assert_eq!(legible("überlastet".as_bytes()), "überlastet");
        assert_eq!(legible(b"\xfcberlastet"), "\u{fffd}berlastet");
    }

    #[test]
    fn a_part_of_an_address_says_what_its_escapes_stand_for() {
        for (part, said) in
            [("a%2Fb", "a/b"), ("%c3%A4", "ä"), ("100%", "100%"), ("%2", "%2"), ("%+1%zz", "%+1%zz")]
        {
            assert_eq!(of_address(part).as_deref(), Some(said));
        }
        assert_eq!(of_address("%ff"), None);
    }

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
