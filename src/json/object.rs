//! A JSON object by the places of its members: read once, for where they stand.

use std::borrow::Cow;
use std::ops::Range;

use super::error::Error;
use super::number::count;
use super::reader::Reader;
use super::{Elements, inside, object, says_something, text};

/// The top-level members of a JSON object, in order.
#[derive(Debug)]
pub struct Object<'a> {
    pub(super) text: &'a [u8],
    pub(super) members: Cow<'a, [Member<'a>]>,
}

#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    /// The name, unescaped.
    pub(super) key: Cow<'a, str>,
    /// Where the value stands in the text.
    pub(super) place: Range<usize>,
}

/// Where the members of an object stand, kept so that its text need not be read twice.
#[derive(Clone, Debug)]
pub struct Outline(Vec<Member<'static>>);

impl<'a> Object<'a> {
    /// Reads an object. Refuses what is not JSON, what is not an object, and a name that stands twice,
    /// because two readers would see two different requests.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub fn read(text: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::of(text)?;
        let mut members: Vec<Member<'a>> = Vec::with_capacity(8);
        reader.begin(b'{')?;
        while let Some(key) = reader.key()? {
            // A quadratic look is cheapest for the dozen members of a real body; a hostile one with
            // thousands is stopped before the look grows dear.
            if members.len() >= MOST_MEMBERS {
                return Err(reader.wrong(format!("more than {MOST_MEMBERS} members in one object")));
            }
            if members.iter().any(|known| known.key == key) {
                return Err(reader.wrong(format!("`{key}` stands twice in one object")));
            }
            let value = reader.value()?;
            members.push(Member { key, place: reader.at() - value.len()..reader.at() });
        }
        reader.end()?;
        Ok(Self { text, members: Cow::Owned(members) })
    }

    /// One without members.
    #[must_use]
    pub fn empty() -> Self {
        Self { text: b"{}", members: Cow::Borrowed(&[]) }
    }

    /// The object that an outline was made of, over the same text.
    #[must_use]
    pub fn again(text: &'a [u8], outline: &'a Outline) -> Self {
        Self { text, members: Cow::Borrowed(&outline.0) }
    }

    /// The places of its members.
    #[must_use]
    pub fn outline(&self) -> Outline {
        let mut members = Vec::with_capacity(self.members.len());
        for Member { key, place } in self.members.iter() {
            members.push(Member { key: Cow::Owned(key.to_string()), place: place.clone() });
        }
        Outline(members)
    }

    /// The value of a member, as JSON text.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&'a str> {
        simdutf8::basic::from_utf8(self.bytes(key)?).ok()
    }

    /// The same, as it stands.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<&'a [u8]> {
        let (_, member) = self.member(key)?;
        self.text.get(member.place.clone())
    }

    /// Where the value of a member stands.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<Range<usize>> {
        self.member(key).map(|(_, member)| member.place.clone())
    }

    /// The value of a member, unless it is `null`.
    #[must_use]
    #[inline(never)]
    pub fn given(&self, key: &str) -> Option<&'a str> {
        self.value(key).filter(|value| *value != "null")
    }

    /// The value of a member, if it says something.
    #[must_use]
    #[inline(never)]
    pub fn said(&self, key: &str) -> Option<&'a str> {
        self.value(key).filter(|value| says_something(value))
    }

    /// The value of a member that is a string, as JSON text.
    #[must_use]
    #[inline(never)]
    pub fn string(&self, key: &str) -> Option<&'a str> {
        self.value(key).filter(|value| inside(value).is_some())
    }

    /// The inside of a member that is a string, escapes as they stand.
    #[must_use]
    #[inline(never)]
    pub fn inside(&self, key: &str) -> Option<&'a str> {
        inside(self.value(key)?)
    }

    /// The same; empty when there is none.
    #[must_use]
    #[inline(never)]
    pub fn word(&self, key: &str) -> &'a str {
        self.inside(key).unwrap_or_default()
    }

    /// What a member that is a string says; nothing when there is none.
    #[must_use]
    #[inline(never)]
    pub fn text(&self, key: &str) -> String {
        self.value(key).and_then(text).unwrap_or_default()
    }

    /// The members of a member that is an object.
    #[must_use]
    #[inline(never)]
    pub fn object(&self, key: &str) -> Option<Object<'a>> {
        object(self.value(key)?)
    }

    /// The same; an empty object when there is none.
    #[must_use]
    #[inline(never)]
    pub fn within(&self, key: &str) -> Object<'a> {
        self.object(key).unwrap_or_else(Self::empty)
    }

    /// The elements of a member that is a list; none when it is none.
    #[must_use]
    #[inline(never)]
    pub fn list(&self, key: &str) -> Elements<'a> {
        Elements::of(self.value(key).unwrap_or_default())
    }

    /// A member that is a whole number.
    #[must_use]
    #[inline(never)]
    pub fn count(&self, key: &str) -> Option<u64> {
        count(self.value(key)?)
    }

    /// Whether a member is just this, as JSON text.
    #[must_use]
    #[inline(never)]
    pub fn is(&self, key: &str, json: &str) -> bool {
        self.value(key) == Some(json)
    }

    /// All of them in order, each with its name.
    pub fn members(&self) -> impl Iterator<Item = (&str, &'a str)> {
        let text = self.text;
        self.members.iter().filter_map(move |member| {
            let value = text.get(member.place.clone())?;
            Some((member.key.as_ref(), simdutf8::basic::from_utf8(value).ok()?))
        })
    }

    pub(super) fn member(&self, key: &str) -> Option<(usize, &Member<'a>)> {
        self.members.iter().enumerate().find(|(_, member)| member.key == key)
    }

    /// Where the text before a member ends: behind the member before it, or behind the brace.
    pub(super) fn start(&self, index: usize) -> usize {
        match index.checked_sub(1).and_then(|left| self.members.get(left)) {
            Some(left) => left.place.end,
            None => memchr::memchr(b'{', self.text).map_or(0, |at| at + 1),
        }
    }

    /// Behind the white space and the commas that stand from there on.
    pub(super) fn skip(&self, from: usize) -> usize {
        let mut at = from;
        while self.text.get(at).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b',') {
            at += 1;
        }
        at
    }
}

/// More members than any API takes.
const MOST_MEMBERS: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_or_says_a_thing_twice_is_refused() {
        for text in
            ["", "[]", "1", "{", "{} x", r#"{"a":1,"a":2}"#, r#"{"a":1,"\u0061":2}"#, "{\"a\":\"\u{0}\"}"]
        {
            assert!(Object::read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Object::read(b"{\"a\":\"\xff\"}").is_err());
    }
}
