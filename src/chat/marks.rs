//! Which of some words stand in the messages of a request, told in one look over them.
//!
//! What a target may not take is looked for by its name before anything is taken apart. A conversation of a megabyte is
//! read once for that, and not once for each name.

use crate::search;

/// The words: names of members and kinds of things, as they stand between quotes.
const WORDS: [&str; 15] = [
    "assistant",
    "cache_control",
    "developer",
    "extra_content",
    "file_data",
    "file_id",
    "image_url",
    "input_audio",
    "name",
    "reasoning_content",
    "reasoning_details",
    "tool",
    "tool_call_id",
    "tool_calls",
    "user",
];

/// Which of the words were found, and what stands behind some of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    words: u32,
    /// Some message has no content, or one that says nothing, or an empty list of calls.
    pub unsaid: bool,
    /// Some content is a list.
    pub listed: bool,
    /// Some call is made with no arguments at all, not even with an empty object.
    pub bare: bool,
}

impl Marks {
    /// Looks for them. Inside of a text a quote has a backslash before it, so what a text says is no word.
    #[must_use]
    pub fn of(messages: &[u8]) -> Self {
        let mut found = Self::default();
        let (mut speakers, mut contents) = (0, 0);
        for at in search::places(messages, "\"") {
            let (before, after) = messages.split_at_checked(at).unwrap_or_default();
            if before.ends_with(b"\\") {
                continue;
            }
            let after = after.get(1..).unwrap_or_default();
            for (place, word) in WORDS.iter().enumerate() {
                let is_it = after.strip_prefix(word.as_bytes()).is_some_and(|after| after.starts_with(b"\""));
                found.words |= u32::from(is_it) << place;
            }
            if let Some(content) = behind(after, b"content\"") {
                contents += 1;
                found.unsaid |= is_unsaid(content);
                found.listed |= content.starts_with(b"[");
            }
            found.unsaid |= behind(after, b"tool_calls\"").is_some_and(is_unsaid);
            found.bare |= behind(after, b"arguments\"").is_some_and(is_unsaid);
            speakers += u32::from(after.starts_with(b"role\""));
        }
        found.unsaid |= contents < speakers;
        found
    }

    /// Whether that one was found.
    #[must_use]
    pub fn has(self, word: &str) -> bool {
        let place = WORDS.iter().position(|known| *known == word);
        debug_assert!(place.is_some(), "{word} is none of the words");
        place.is_some_and(|place| self.words >> place & 1 == 1)
    }
}

/// The value of a member of that name.
fn behind<'m>(text: &'m [u8], name: &[u8]) -> Option<&'m [u8]> {
    let rest = text.strip_prefix(name)?;
    rest.get(rest.iter().position(|byte| !b": \n\t\r".contains(byte))?..)
}

fn is_unsaid(value: &[u8]) -> bool {
    [&b"\"\""[..], b"null", b"[]"].iter().any(|nothing| value.starts_with(nothing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_and_what_texts_say_is_not() {
        let marks =
            Marks::of(br#"[{"role":"user","content":"a \"tool\" and a \\","tool_call_id":"name: x"}]"#);
        let found: Vec<&str> = WORDS.into_iter().filter(|word| marks.has(word)).collect();
        assert_eq!(found, ["tool_call_id", "user"]);
        assert_eq!(Marks::of(b"").words, 0);
    }

    #[test]
    fn what_says_nothing_is_found_and_what_is_a_list() {
        for (messages, unsaid, listed) in [
            (r#"[{"role":"user","content":"a"}]"#, false, false),
            (r#"[{"role":"user","content": [{"type":"text","text":"a"}]}]"#, false, true),
            (r#"[{"role":"user","content":[]}]"#, true, true),
            (r#"[{"role":"user","content" : null}]"#, true, false),
            (r#"[{"role":"user","content":""}]"#, true, false),
            (r#"[{"role":"user","content":"a","tool_calls":[]}]"#, true, false),
            (r#"[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{}]}]"#, true, false),
        ] {
            let marks = Marks::of(messages.as_bytes());
            assert_eq!((marks.unsaid, marks.listed), (unsaid, listed), "{messages}");
        }
    }
}
