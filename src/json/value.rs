//! A JSON value taken apart, for the few who look at all of one: schemas, and what providers say of their errors.

use std::fmt;

use super::error::Error;
use super::number::number;
use super::reader::Reader;
use super::string::quoted;
use crate::search;
use crate::table::Table;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was written.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// An object. Of two members with one name the last counts.
    Object(Table<String, Value>),
}

/// A number, as it was written: its digits are all there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

/// So deep may lists and objects stand in each other: who walks over a value calls himself for each level.
const DEEPEST: usize = 128;
/// More members than any schema or error has: each is put in its place among the others.
const MOST_MEMBERS: usize = 1_000;
/// In bytes: a float is told from its neighbours by 17 digits.
const LONGEST_NUMBER: usize = 64;

impl Value {
    /// Takes a text apart.
    ///
    /// # Errors
    /// When it is no JSON, too deep, or has an object of too many members.
    pub fn read(text: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::of(text)?;
        let value = Self::next(&mut reader, DEEPEST)?;
        reader.end()?;
        Ok(value)
    }

    fn next(reader: &mut Reader<'_>, deepest: usize) -> Result<Self, Error> {
        let Some(deepest) = deepest.checked_sub(1) else { return Err(reader.wrong("too deep")) };
        match reader.peek() {
            Some(b'{') => {
                reader.begin(b'{')?;
                let mut members = Table::new();
                while let Some(key) = reader.key()? {
                    let value = Self::next(reader, deepest)?;
                    members.insert(key.into_owned(), value);
                    if members.len() > MOST_MEMBERS {
                        return Err(reader.wrong("too many members in one object"));
                    }
                }
                Ok(Self::Object(members))
            }
            Some(b'[') => {
                reader.begin(b'[')?;
                let mut elements = Vec::new();
                while reader.element()? {
                    elements.push(Self::next(reader, deepest)?);
                }
                Ok(Self::Array(elements))
            }
            Some(b'"') => Ok(Self::String(reader.string()?.into_owned())),
            _ => Ok(match reader.value()? {
                "null" => Self::Null,
                "true" => Self::Bool(true),
                "false" => Self::Bool(false),
                number => Self::Number(Number(number.to_owned())),
            }),
        }
    }

    /// The member of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Object(members) => members.get(key),
            _ => None,
        }
    }

    /// The elements of a list.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// What a JSON pointer (RFC 6901) leads to.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        if pointer.is_empty() {
            return Some(self);
        }
        let mut value = self;
        for step in pointer.strip_prefix('/')?.split('/') {
            let step = search::replace(&search::replace(step, "~1", "/"), "~0", "~");
            value = match value {
                Self::Object(members) => members.get(step.as_str())?,
                // As the RFC writes them: `0`, but neither `00` nor `+0`.
                Self::Array(elements) => {
                    let at = step.parse::<u64>().ok().filter(|at| at.to_string() == step)?;
                    elements.get(usize::try_from(at).ok()?)?
                }
                _ => return None,
            };
        }
        Some(value)
    }
}

impl Number {
    /// As a float; `None` when it is too large for one, or written with more digits than anybody means.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        if self.0.len() <= LONGEST_NUMBER { number(&self.0) } else { None }
    }

    /// As a whole number from 0 on.
    #[must_use]
    pub fn as_count(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// As a whole number: whether it is below zero, and how far from it; `None` when it is written with a point or an
    /// exponent, or too large. (As an `i128` its arithmetic would be 2 KB of WebAssembly.)
    #[must_use]
    pub fn as_whole(&self) -> Option<(bool, u64)> {
        let (below, size) = match self.0.strip_prefix('-') {
            Some(size) => (true, size),
            None => (false, self.0.as_str()),
        };
        size.parse().ok().map(|size| (below && size > 0, size))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As JSON text, without white space.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(true) => f.write_str("true"),
            Self::Bool(false) => f.write_str("false"),
            Self::Number(number) => f.write_str(&number.0),
            Self::String(text) => f.write_str(&quoted(text)),
            Self::Array(elements) => {
                f.write_str("[")?;
                for element in elements {
                    f.write_str(before)?;
                    element.fmt(f)?;
                    before = ",";
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (key, value) in members.iter() {
                    f.write_str(before)?;
                    f.write_str(&quoted(key))?;
                    f.write_str(":")?;
                    value.fmt(f)?;
                    before = ",";
                }
                f.write_str("}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn anything() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map("[a-z~/\"]{0,3}", inner, 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn what_is_too_deep_or_too_wide_is_refused() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Value::read(deep(100).as_bytes()).is_ok());
        assert!(Value::read(deep(200).as_bytes()).is_err());
        let wide = (0..2_000).map(|at| format!("\"{at}\":{at}")).collect::<Vec<_>>().join(",");
        assert!(Value::read(format!("{{{wide}}}").as_bytes()).is_err());
    }

    #[test]
    fn a_number_keeps_its_digits() {
        let value = Value::read(b"[1.50, 123456789012345678901234567890]").unwrap();
        assert_eq!(value.to_string(), "[1.50,123456789012345678901234567890]");
    }

    proptest! {
        #[test]
        fn any_value_is_written_as_it_was_read(value in anything()) {
            let text = value.to_string();
            let read = Value::read(text.as_bytes()).unwrap();
            prop_assert_eq!(read.to_string(), text);
        }

        #[test]
        fn a_pointer_leads_where_others_say(value in anything(), pointer in "(/[a-z0-3~/\"]{0,3}){0,3}") {
            let ours = Value::read(value.to_string().as_bytes()).unwrap();
            prop_assert_eq!(ours.pointer(&pointer).map(ToString::to_string), value.pointer(&pointer).map(ToString::to_string));
        }
    }
}
