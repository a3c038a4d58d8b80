//! Where one target's text ends and another's begins.
//!
//! Whoever carries on may begin where the text stopped, or start the last word or sentence again, or start
//! over altogether. What was delivered already is trimmed from the new text; nothing else is. To know, the
//! new text is held back for as long as it still reads like the old one.

use crate::text;

/// How the one who carries on was asked, and so what is likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// By an assistant message to be carried on with: it begins exactly where the text stopped, unless the
    /// provider did not understand, and then it starts over.
    Prefill,
    /// The same, but the message went without the white space at its end, for some refuse that: the new text
    /// mostly begins with it.
    Trimmed,
    /// In words: it often begins with the last word or sentence again.
    Words,
}

/// The seam of one continued text.
#[derive(Clone, Debug)]
pub struct Seam {
    delivered: String,
    manner: Manner,
    held: String,
    /// The places of the delivered text from which on it reads like what is held so far, and goes on.
    alike: Vec<usize>,
}

/// A repetition of so many bytes is no chance, wherever in a word it begins.
const NO_CHANCE: usize = 16;
/// A text of so many characters, said again from its beginning, is a fresh start. A shorter one may be a chance: "to" and
/// "too" begin alike.
const SHORTEST_START: usize = 4;
/// The same of a word or a sentence that would stand in one with itself: "PortugalPortugal", "late.It is late."
const SHORTEST_GLUED: usize = 4;
/// Further back than that nobody repeats, unless he starts over.
const LONGEST_REPETITION: usize = 4_000;

impl Seam {
    /// A seam behind this text.
    #[must_use]
    pub fn new(delivered: String, manner: Manner) -> Self {
        let mut seam = Self { delivered, manner, held: String::new(), alike: Vec::new() };
        seam.alike = seam.starts();
        seam
    }

    /// Takes more of the new text. `Some`: the seam is found, and this is what is new; from here on the text
    /// needs no more looking at.
    pub fn push(&mut self, text: &str) -> Option<String> {
        let (delivered, held) = (self.delivered.as_bytes(), self.held.len());
        self.alike.retain(|place| {
            let rest = delivered.get(place + held..).unwrap_or_default();
            rest.len() > text.len() && rest.starts_with(text.as_bytes())
        });
        self.held.push_str(text);
        if self.alike.is_empty() { Some(self.finish()) } else { None }
    }

    /// The new text is over, or long enough: what of it is new.
    pub fn finish(&mut self) -> String {
        let mut repeated = 0;
        for place in self.starts() {
            let start = self.delivered.get(place..).unwrap_or_default();
            if start.len() > repeated && self.held.starts_with(start) && self.is_repetition(start) {
                repeated = start.len();
            }
        }
        let mut held = std::mem::take(&mut self.held);
        let mut rest = held.split_off(repeated);
        // The blank between two words, said by both. Line ends and indents are the text's own.
        let mut before = self.delivered.chars().rev();
        let is_between =
            before.next() == Some(' ') && before.next().is_some_and(|word| !word.is_whitespace());
        if self.manner == Manner::Words && is_between && repeated == 0 && rest.starts_with(' ') {
            rest = rest.split_off(1);
        }
        if self.manner == Manner::Trimmed && repeated == 0 {
            let blanks = self.delivered.get(self.delivered.trim_end().len()..).unwrap_or_default();
            let mut new = rest.as_str();
            for blank in blanks.chars() {
                match new.strip_prefix(blank) {
                    Some(left) => new = left,
                    None => break,
                }
            }
            rest = rest.split_off(rest.len() - new.len());
        }
        rest
    }

    /// Every place from which the delivered text might be repeated.
    fn starts(&self) -> Vec<usize> {
        let length = self.delivered.len();
        let mut places = vec![0];
        for place in length.saturating_sub(LONGEST_REPETITION).max(1)..length {
            // Inside of a character there is none.
            if self.delivered.is_char_boundary(place) {
                places.push(place);
            }
        }
        places
    }

    /// Whether this much of the delivered text, found again at the beginning of the new one, was meant to be
    /// said once.
    fn is_repetition(&self, again: &str) -> bool {
        let before = self.delivered.get(..self.delivered.len() - again.len()).unwrap_or_default();
        let next = self.held.get(again.len()..).and_then(|after| after.chars().next());
        let characters = again.chars().count();
        let goes_on = next.is_some_and(|c| text::is_letter(c) || c.is_ascii_digit());
        if before.is_empty() {
            let ends = next.is_none() || !goes_on;
            return characters >= SHORTEST_START
                || again.ends_with(char::is_whitespace)
                || again.chars().any(is_word)
                || ends && again.chars().any(text::is_letter);
        }
        let whole_words = before.ends_with(char::is_whitespace) && !again.starts_with(char::is_whitespace);
        let begins = whole_words || again.starts_with(is_word);
        let is_glued = begins && !again.ends_with(char::is_whitespace);
        again.len() >= NO_CHANCE
            || self.manner == Manner::Words && whole_words
            || is_glued && characters + usize::from(goes_on) >= SHORTEST_GLUED
    }
}

/// Whether a character may be a word of its own: scripts without blanks between words (kana and Han).
fn is_word(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joined(delivered: &str, pieces: &[&str], manner: Manner) -> String {
        let mut seam = Seam::new(delivered.into(), manner);
        let mut text = delivered.to_owned();
        let mut found = false;
        for piece in pieces {
            if found {
                text.push_str(piece);
            } else if let Some(new) = seam.push(piece) {
                text.push_str(&new);
                found = true;
            }
        }
        if !found {
            text.push_str(&seam.finish());
        }
        text
    }

    const WHOLE: &str = "The quick brown fox jumps over the lazy dog. It was a fine day \u{e9}t\u{e9} \u{1f600} and all was well.";

    #[test]
    fn an_exact_continuation_is_joined_as_it_is() {
        for manner in [Manner::Prefill, Manner::Words] {
            for (place, _) in WHOLE.char_indices() {
                let (old, new) = WHOLE.split_at(place);
                assert_eq!(joined(old, &[new], manner), WHOLE, "{manner:?} at {place}");
            }
        }
    }

    #[test]
    fn a_fresh_start_is_trimmed_wherever_the_text_was_cut() {
        for manner in [Manner::Prefill, Manner::Words] {
            for (place, _) in WHOLE.char_indices().filter(|(place, _)| *place >= SHORTEST_START) {
                let old = &WHOLE[..place];
                let pieces: Vec<&str> = WHOLE.split_inclusive(' ').collect();
                assert_eq!(joined(old, &pieces, manner), WHOLE, "{manner:?} at {place}");
            }
        }
    }

    #[test]
    fn a_repeated_sentence_or_word_is_trimmed() {
        let old = "One is first. Two is secon";
        assert_eq!(
            joined(old, &["Two is ", "second. Three"], Manner::Words),
            "One is first. Two is second. Three"
        );
        assert_eq!(joined(old, &["second. Three"], Manner::Words), "One is first. Two is second. Three");
        assert_eq!(
            joined("a long sentence that repeats", &["sentence that repeats itself"], Manner::Prefill),
            "a long sentence that repeats itself"
        );
        assert_eq!(joined("1, 2, 3", &["3, 4"], Manner::Words), "1, 2, 3, 4");
    }

    #[test]
    fn a_fresh_start_is_trimmed_after_the_first_word_already() {
        for (old, pieces, whole) in [
            ("The", ["The answer", " is 42."].as_slice(), "The answer is 42."),
            ("The", &["The", " answer"], "The answer"),
            ("I", &["I", " think so."], "I think so."),
            ("Yes", &["Yes, it is."], "Yes, it is."),
            ("1. ", &["1. Flour"], "1. Flour"),
            ("我", &["我很好。"], "我很好。"),
            ("葡萄牙", &["葡萄牙的首都"], "葡萄牙的首都"),
        ] {
            for manner in [Manner::Prefill, Manner::Words] {
                assert_eq!(joined(old, pieces, manner), whole, "{manner:?}");
            }
        }
    }

    #[test]
    fn a_word_or_a_sentence_that_would_stand_in_one_with_itself_is_trimmed() {
        for (old, new, whole) in [
            ("I see. It is late.", "It is late. Go home.", "I see. It is late. Go home."),
            ("It was a wonderf", "wonderful day.", "It was a wonderful day."),
            ("The capital of Portugal", "Portugal is Lisbon.", "The capital of Portugal is Lisbon."),
            ("I think tha", "that is right", "I think that is right"),
            ("你好。我很好。", "我很好。你呢？", "你好。我很好。你呢？"),
        ] {
            for manner in [Manner::Prefill, Manner::Words] {
                assert_eq!(joined(old, &[new], manner), whole, "{manner:?}");
            }
        }
    }

    #[test]
    fn what_only_looks_alike_is_kept() {
        assert_eq!(joined("to", &["tomb"], Manner::Prefill), "totomb");
        assert_eq!(joined("10", &["10"], Manner::Prefill), "1010");
        assert_eq!(joined("It is so", &["so"], Manner::Prefill), "It is soso");
        assert_eq!(joined("there are 10", &["0 of them"], Manner::Words), "there are 100 of them");
        assert_eq!(joined("it was very ", &["very good"], Manner::Prefill), "it was very very good");
        assert_eq!(joined("int", &["o the"], Manner::Words), "into the");
        assert_eq!(joined("to", &["on"], Manner::Prefill), "toon");
    }

    #[test]
    fn blanks_are_not_doubled_when_asked_in_words() {
        assert_eq!(joined("Hello ", &[" world"], Manner::Words), "Hello world");
        assert_eq!(joined("Hello", &[" world"], Manner::Words), "Hello world");
    }

    #[test]
    fn indents_and_empty_lines_are_kept() {
        assert_eq!(joined("if x:\n", &["    return y"], Manner::Words), "if x:\n    return y");
        assert_eq!(joined("if x:\n    ", &["    return y"], Manner::Words), "if x:\n        return y");
        assert_eq!(joined("One.\n", &["\nTwo."], Manner::Words), "One.\n\nTwo.");
    }

    proptest! {
        #[test]
        fn no_word_is_doubled_or_lost_for_any_text_and_any_split(
            // One that repeats itself cannot be told from one that is said again.
            words in proptest::collection::vec("[a-z\u{e9}\u{1f600}]{1,4}\u{4e2d}?[a-z\u{e9}\u{1f600}]{1,4}", 2..30),
            cut in 0.0f64..1.0,
            sizes in proptest::collection::vec(1usize..7, 1..10),
            again in 0usize..3,
        ) {
            // Each word once, so that a repetition is one.
            let numbered: Vec<String> = words.iter().enumerate().map(|(number, word)| format!("{number}{word}")).collect();
            let whole = numbered.join(" ");
            let places: Vec<usize> = whole.char_indices().map(|(place, _)| place).skip(SHORTEST_START).collect();
            let place = places[((places.len() - 1) as f64 * cut) as usize];
            let old = &whole[..place];
            let word = old.rfind(' ').map_or(0, |space| space + 1);
            let (from, manner) = match again {
                0 => (place, Manner::Prefill),
                1 => (0, Manner::Prefill),
                _ => (word, Manner::Words),
            };
            let chars: Vec<char> = whole[from..].chars().collect();
            let mut pieces = Vec::new();
            let mut rest = chars.as_slice();
            for size in sizes.iter().cycle() {
                if rest.is_empty() { break; }
                let (piece, after) = rest.split_at((*size).min(rest.len()));
                pieces.push(piece.iter().collect::<String>());
                rest = after;
            }
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            prop_assert_eq!(joined(old, &pieces, manner), whole);
        }
    }
}
