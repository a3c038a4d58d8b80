//! Lists of words, and of pairs of words, each list in one text.
//!
//! Why not slices of texts? Each of their elements is an address and a length beside the letters, which hardly compress:
//! a few hundred of them are kilobytes of what is uploaded.

use crate::search;

/// Words that never change, in the order in which they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words(&'static str);

/// Makes a list of words, none of which has a line break.
macro_rules! words {
    ($($word:literal),* $(,)?) => { $crate::words::Words::new(concat!($($word, "\n"),*)) };
}
pub(crate) use words;

impl Words {
    /// The lines of a text, of which the last one is ended too.
    pub(crate) const fn new(lines: &'static str) -> Self {
        Self(lines)
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (word, after) = search::split_once(rest, "\n")?;
            rest = after;
            Some(word)
        })
    }

    /// Whether this is one of them.
    #[must_use]
    #[inline(never)]
    pub fn has(self, word: &str) -> bool {
        self.iter().any(|known| known == word)
    }
}

/// Words, each with the one that belongs to it, in the order in which they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairs(Words);

/// Makes a list of pairs, in none of which is a line break or, but for the second word, a space.
macro_rules! pairs {
    ($($word:literal => $other:literal),* $(,)?) => {
        $crate::words::Pairs::new($crate::words::Words::new(concat!($($word, " ", $other, "\n"),*)))
    };
}
pub(crate) use pairs;

impl Pairs {
    /// Lines, each of a word, a space and the other word.
    pub(crate) const fn new(lines: Words) -> Self {
        Self(lines)
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.iter().filter_map(|line| search::split_once(line, " "))
    }

    /// What belongs to this word.
    #[must_use]
    #[inline(never)]
    pub fn get(self, word: &str) -> Option<&'static str> {
        self.iter().find(|(known, _)| *known == word).map(|(_, other)| other)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_are_told_in_their_order_and_known_as_wholes() {
        let words = words!["one", "two words", "three"];
        assert_eq!(words.iter().collect::<Vec<_>>(), ["one", "two words", "three"]);
        assert_eq!(
            ["one", "two", "words", "", "two words\nthree"].map(|word| words.has(word)),
            [true, false, false, false, false]
        );
        assert_eq!(words![].iter().count(), 0);
    }

    #[test]
    fn what_belongs_to_a_word_is_found_by_it() {
        let pairs = pairs!["one" => "1", "two" => "2 or so"];
        assert_eq!(pairs.iter().collect::<Vec<_>>(), [("one", "1"), ("two", "2 or so")]);
        assert_eq!(["two", "on", "1", ""].map(|word| pairs.get(word)), [Some("2 or so"), None, None, None]);
    }
}
