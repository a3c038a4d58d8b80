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

/// Which of the words were found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks(u32);

impl Marks {
    /// Looks for them. Inside of a text a quote has a backslash before it, so what a text says is no word.
    #[must_use]
    pub fn of(messages: &[u8]) -> Self {
        let mut found = 0;
        for at in search::places(messages, "\"") {
            let (before, after) = messages.split_at_checked(at).unwrap_or_default();
            if before.ends_with(b"\\") {
                continue;
            }
            let after = after.get(1..).unwrap_or_default();
            for (place, word) in WORDS.iter().enumerate() {
                let is_it = after.strip_prefix(word.as_bytes()).is_some_and(|after| after.starts_with(b"\""));
                found |= u32::from(is_it) << place;
            }
        }
        Self(found)
    }

    /// Whether that one was found.
    #[must_use]
    pub fn has(self, word: &str) -> bool {
        let place = WORDS.iter().position(|known| *known == word);
        debug_assert!(place.is_some(), "{word} is none of the words");
        place.is_some_and(|place| self.0 >> place & 1 == 1)
    }
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
        assert_eq!(Marks::of(b"").0, 0);
    }
}
