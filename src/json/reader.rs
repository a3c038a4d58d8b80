//! A walk over a JSON text: what is of interest is looked at, the rest is passed over, and all of it is checked.
//!
//! The grammar is RFC 8259's, nothing more is let through. How deep lists and objects stand in each other is
//! bounded by memory alone: nothing here calls itself.

use std::borrow::Cow;

use super::error::Error;
use super::number::count;
use super::string::{plain, unescaped};

/// A place in a JSON text, moved forward value by value.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// A list or an object has just begun: no comma stands before what comes.
    fresh: bool,
}

impl<'a> Reader<'a> {
    /// At the beginning of a text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, fresh: false }
    }

    /// At the beginning of bytes.
    ///
    /// # Errors
    /// When they are no UTF-8.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return Ok(Self::new(text));
        }
        let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
        Err(Error::new("invalid UTF-8".into(), bytes, valid))
    }

    /// How many bytes of it are behind.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// An error at this place.
    #[must_use]
    pub fn wrong(&self, what: impl Into<Cow<'static, str>>) -> Error {
        Error::new(what.into(), self.text.as_bytes(), self.at)
    }

    /// Begins the list (`[`) or the object (`{`) that stands here.
    ///
    /// # Errors
    /// When something else does.
    pub fn begin(&mut self, open: u8) -> Result<(), Error> {
        if self.peek() != Some(open) {
            return Err(self.wrong(if open == b'[' { "expected a list" } else { "expected an object" }));
        }
        self.at += 1;
        self.fresh = true;
        Ok(())
    }

    /// The same, where `null` may stand instead, which is passed over: whether it began.
    ///
    /// # Errors
    /// When something else stands here.
    pub fn begin_unless_null(&mut self, open: u8) -> Result<bool, Error> {
        if self.peek() == Some(b'n') {
            return self.value().map(|_| false);
        }
        self.begin(open).map(|()| true)
    }

    /// Whether the list has another element, which then is to be read.
    ///
    /// # Errors
    /// When neither an element nor the end of the list comes.
    pub fn element(&mut self) -> Result<bool, Error> {
        self.more(b']')
    }

    /// The name of the object's next member, whose value then is to be read; `None` at its end.
    ///
    /// # Errors
    /// When neither a member nor the end of the object comes.
    pub fn key(&mut self) -> Result<Option<Cow<'a, str>>, Error> {
        if !self.more(b'}')? {
            return Ok(None);
        }
        let key = self.string()?;
        self.colon()?;
        Ok(Some(key))
    }

    /// What the string that stands here says.
    ///
    /// # Errors
    /// When it is none, or cannot be said: half of a surrogate pair.
    pub fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        if self.peek() != Some(b'"') {
            return Err(self.wrong("expected a string"));
        }
        let inside = self.quoted()?;
        unescaped(inside).ok_or_else(|| self.wrong("half of a surrogate pair"))
    }

    /// The same, where `null` may stand instead.
    ///
    /// # Errors
    /// When it is neither, or cannot be said.
    pub fn string_unless_null(&mut self) -> Result<Option<Cow<'a, str>>, Error> {
        if self.peek() == Some(b'n') {
            return self.value().map(|_| None);
        }
        self.string().map(Some)
    }

    /// The whole number from 0 on that stands here; `None` for `null`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn count_unless_null(&mut self) -> Result<Option<u64>, Error> {
        match self.value()? {
            "null" => Ok(None),
            number => count(number).map(Some).ok_or_else(|| self.wrong("expected a whole number")),
        }
    }

    /// The value that stands here, as text, whatever it is.
    ///
    /// # Errors
    /// When there is none.
    pub fn value(&mut self) -> Result<&'a str, Error> {
        self.space();
        let start = self.at;
        // What it is inside of: the brackets that are to come.
        let mut closes = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => self.quoted().map(|_| ())?,
                Some(open @ (b'{' | b'[')) => {
                    closes.push(if open == b'{' { b'}' } else { b']' });
                    self.at += 1;
                    self.fresh = true;
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word("true")?,
                Some(b'f') => self.word("false")?,
                Some(b'n') => self.word("null")?,
                _ => return Err(self.wrong("expected a value")),
            }
            loop {
                let Some(close) = closes.last().copied() else {
                    return Ok(self.text.get(start..self.at).unwrap_or_default());
                };
                if !self.more(close)? {
                    closes.pop();
                    continue;
                }
                if close == b'}' {
                    if self.peek() != Some(b'"') {
                        return Err(self.wrong("expected a name"));
                    }
                    self.quoted()?;
                    self.colon()?;
                }
                break;
            }
        }
    }

    /// Nothing may come any more.
    ///
    /// # Errors
    /// When something does.
    pub fn end(&mut self) -> Result<(), Error> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.wrong("expected the end")),
        }
    }

    /// The next byte that is no white space.
    #[inline(always)] // every byte between values passes through here, and as calls these took half of the reader's time
    pub fn peek(&mut self) -> Option<u8> {
        self.space();
        self.byte()
    }

    #[inline(always)]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline(always)]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    fn more(&mut self, close: u8) -> Result<bool, Error> {
        let fresh = std::mem::replace(&mut self.fresh, false);
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            Some(b',') if !fresh => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if fresh => Ok(true),
            _ => Err(self.wrong(if close == b']' { "expected `,` or `]`" } else { "expected `,` or `}`" })),
        }
    }

    fn colon(&mut self) -> Result<(), Error> {
        if self.peek() != Some(b':') {
            return Err(self.wrong("expected `:`"));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), Error> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.wrong("expected a value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Error> {
        self.pass(|byte| byte == b'-');
        if !self.pass(|byte| byte == b'0') {
            self.digits()?;
        }
        if self.pass(|byte| byte == b'.') {
            self.digits()?;
        }
        if self.pass(|byte| byte == b'e' || byte == b'E') {
            self.pass(|byte| byte == b'+' || byte == b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Error> {
        let start = self.at;
        while self.pass(|byte| byte.is_ascii_digit()) {}
        if self.at == start { Err(self.wrong("expected a digit")) } else { Ok(()) }
    }

    /// Passes over the next byte, if it is such a one.
    #[inline(always)]
    fn pass(&mut self, is: impl Fn(u8) -> bool) -> bool {
        let passes = self.byte().is_some_and(is);
        self.at += usize::from(passes);
        passes
    }

    /// The inside of the string that stands here, escapes as they stand.
    fn quoted(&mut self) -> Result<&'a str, Error> {
        let start = self.at + 1;
        match passed(self.text.as_bytes(), start) {
            Ok(end) => {
                self.at = end;
                Ok(self.text.get(start..end - 1).unwrap_or_default())
            }
            Err((at, what)) => {
                self.at = at;
                Err(self.wrong(what))
            }
        }
    }
}

/// Where a string ends whose inside begins at `at`; or where it is wrong, and how. Most bytes that a gateway
/// sees pass here.
fn passed(bytes: &[u8], mut at: usize) -> Result<usize, (usize, &'static str)> {
    loop {
        at += plain(bytes.get(at..).unwrap_or_default());
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => match bytes.get(at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                Some(b'u') => {
                    let digits = bytes.get(at + 2..at + 6).unwrap_or_default();
                    if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err((at, "an escape without its four hexadecimal digits"));
                    }
                    at += 6;
                }
                _ => return Err((at, "an escape that JSON does not know")),
            },
            Some(_) => return Err((at, "a control character in a string")),
            None => return Err((at, "a string without an end")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(text: &[u8]) -> Result<&str, Error> {
        let mut reader = Reader::of(text)?;
        let value = reader.value()?;
        reader.end()?;
        Ok(value)
    }

    #[test]
    fn members_and_elements_come_one_by_one() {
        let mut reader = Reader::new(r#" { "a" : [ 1 , {"x":[]} ,"z" ] , "\u0062":null, "c":"d" } "#);
        reader.begin(b'{').unwrap();
        assert_eq!(reader.key().unwrap().unwrap(), "a");
        reader.begin(b'[').unwrap();
        assert!(reader.element().unwrap());
        assert_eq!(reader.value().unwrap(), "1");
        assert!(reader.element().unwrap());
        assert_eq!(reader.value().unwrap(), r#"{"x":[]}"#);
        assert!(reader.element().unwrap());
        assert_eq!(reader.string().unwrap(), "z");
        assert!(!reader.element().unwrap());
        assert_eq!(reader.key().unwrap().unwrap(), "b");
        assert!(!reader.begin_unless_null(b'{').unwrap());
        assert_eq!(reader.key().unwrap().unwrap(), "c");
        assert_eq!(reader.string_unless_null().unwrap().unwrap(), "d");
        assert!(reader.key().unwrap().is_none());
        reader.end().unwrap();
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, said) in [
            ("", "expected a value at line 1 column 1"),
            ("{\n  \"a\": nope}", "expected a value at line 2 column 8"),
            ("[1 2]", "expected `,` or `]` at line 1 column 4"),
            ("{\"a\"}", "expected `:` at line 1 column 5"),
            ("\"a", "a string without an end at line 1 column 3"),
            ("1.", "expected a digit at line 1 column 3"),
            ("1 1", "expected the end at line 1 column 3"),
        ] {
            assert_eq!(whole(text.as_bytes()).unwrap_err().to_string(), said, "{text}");
        }
        assert_eq!(whole(b"\"\xff\"").unwrap_err().to_string(), "invalid UTF-8 at line 1 column 2");
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(whole(deep.as_bytes()).unwrap().len(), 400_000);
        assert!(whole(&deep.as_bytes()[..300_000]).is_err());
    }

    /// The oracle: what serde_json takes, and nothing else.
    fn agrees(text: &[u8]) {
        let theirs = serde_json::from_slice::<&serde_json::value::RawValue>(text).ok();
        assert_eq!(whole(text).ok(), theirs.map(serde_json::value::RawValue::get), "{text:?}");
    }

    #[test]
    fn odd_texts_are_taken_or_refused_as_by_others() {
        for text in [
            "01",
            "-",
            "-0",
            "-01",
            "1e",
            "1e+",
            "1E-2",
            ".5",
            "+1",
            "0x1",
            "1.0e5",
            "[,]",
            "[1,]",
            "{,}",
            "{\"a\":1,}",
            "{1:2}",
            "tru",
            "truee",
            "nul",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\ud800\"",
            "\"\t\"",
            "\"\u{7f}\"",
            "[[]",
            "[]]",
            "{]",
            "\u{feff}1",
            "\u{a0}1",
            "\"1234567\\n\"",
            "\"12345678\"",
            "\"1234567\u{1}9\"",
            "\"ééééééé\\\"é\"",
            "/**/1",
            "NaN",
            "'a'",
            " \r\n\t1 ",
            "\u{c}1",
        ] {
            agrees(text.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused_as_by_others(
            text in "([\\[\\]{},: \n\t\"\\\\]|true|null|-?[0-9]{1,3}|\\.[0-9]|[eE]|\"[a-z]{0,9}\"|\\\\u[0-9a-f]{4}|é|.){0,24}",
            cut in any::<prop::sample::Index>(),
        ) {
            agrees(text.as_bytes());
            agrees(&text.as_bytes()[..cut.index(text.len() + 1)]);
        }
    }
}
