//! What should stand somewhere, as data: the words are made only where there is a mistake.

use std::fmt;

/// What is expected of a value.
#[derive(Clone, Copy)]
pub(in crate::config) enum Expected {
    /// These words.
    Said(&'static str),
    /// A whole number within bounds.
    Whole(u64, u64),
    /// A number from 0 to a bound.
    Number(u64),
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// A list of such values.
    ListOf(&'static Expected),
    /// Such a value, or `false`.
    OrFalse(&'static Expected),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(words) => f.write_str(words),
            Self::Whole(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Number(most) => write!(f, "a number from 0 to {most}"),
            Self::OneOf(words) => one_of(words, f),
            Self::ListOf(element) => write!(f, "a list, each element {element}"),
            Self::OrFalse(value) => write!(f, "{value} or false"),
        }
    }
}

/// `"a"`, or `"a", "b" or "c"`.
fn one_of(words: &[&str], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, word) in words.iter().enumerate() {
        let between = match index {
            0 => "",
            _ if index + 1 == words.len() => " or ",
            _ => ", ",
        };
        write!(f, "{between}\"{word}\"")?;
    }
    Ok(())
}
