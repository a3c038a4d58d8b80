//! JSON in the making: an object or a list, of raw texts.

use super::Object;
use super::number::{decimal, whole};
use super::string::quote;

/// A JSON text by its pattern, in which each `$` is the place of a value.
#[must_use]
pub fn filled(pattern: &str, values: &[&str]) -> String {
    let mut out = String::new();
    fill(&mut out, pattern, values);
    out
}

/// Puts the same behind what `out` already holds.
#[inline(never)]
pub fn fill(out: &mut String, pattern: &str, values: &[&str]) {
    debug_assert_eq!(pattern.matches('$').count(), values.len(), "{pattern}");
    let mut values = values.iter();
    for (place, between) in pattern.split('$').enumerate() {
        if place > 0 {
            out.push_str(values.next().copied().unwrap_or_default());
        }
        out.push_str(between);
    }
}

/// So many bytes most of them have room in.
const USUAL: usize = 120;

/// An object or a list in the making, of raw texts.
#[derive(Debug)]
pub struct Writer {
    text: String,
    close: char,
}

impl Writer {
    /// An object.
    #[must_use]
    pub fn object() -> Self {
        Self::opened("{", '}')
    }

    /// A list.
    #[must_use]
    pub fn list() -> Self {
        Self::opened("[", ']')
    }

    fn opened(open: &str, close: char) -> Self {
        let mut text = String::with_capacity(USUAL);
        text.push_str(open);
        Self { text, close }
    }

    /// Whether nothing is in it yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.len() == 1
    }

    /// Adds a member to an object; `key` must need no escapes, `json` is a JSON text.
    pub fn member(&mut self, key: &str, json: &str) -> &mut Self {
        self.text.push_str(if self.is_empty() { "\"" } else { ",\"" });
        self.text.push_str(key);
        self.text.push_str("\":");
        self.text.push_str(json);
        self
    }

    /// Adds a member that is a string, said and not yet quoted.
    pub fn string(&mut self, key: &str, text: &str) -> &mut Self {
        self.member(key, "");
        quote(text, &mut self.text);
        self
    }

    /// Adds a member whose name may need escapes.
    pub fn named(&mut self, key: &str, json: &str) -> &mut Self {
        self.comma();
        quote(key, &mut self.text);
        self.text.push(':');
        self.text.push_str(json);
        self
    }

    /// Adds a member that is a string, if there is one.
    pub fn maybe_string(&mut self, key: &str, text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            self.string(key, text);
        }
        self
    }

    /// Adds a member that is a whole number, if there is one.
    pub fn maybe_whole(&mut self, key: &str, number: Option<u64>) -> &mut Self {
        if let Some(number) = number {
            self.whole(key, number);
        }
        self
    }

    /// Adds a member that is a list of strings.
    pub fn strings<'t>(&mut self, key: &str, texts: impl IntoIterator<Item = &'t String>) -> &mut Self {
        let mut list = Writer::list();
        for text in texts {
            list.element(&super::quoted(text));
        }
        self.member(key, &list.finish())
    }

    /// Adds a member that is a whole number.
    pub fn whole(&mut self, key: &str, number: u64) -> &mut Self {
        self.member(key, "");
        whole(number, &mut self.text);
        self
    }

    /// Adds a member that is a number, with at most nine decimals.
    pub fn decimal(&mut self, key: &str, number: f64) -> &mut Self {
        self.member(key, &decimal(number))
    }

    /// Adds a member that is `true` or `false`.
    pub fn flag(&mut self, key: &str, flag: bool) -> &mut Self {
        self.member(key, if flag { "true" } else { "false" })
    }

    /// Adds a member by its pattern (see [`filled`]).
    #[inline(never)]
    pub fn fill(&mut self, key: &str, pattern: &str, values: &[&str]) -> &mut Self {
        self.member(key, "");
        fill(&mut self.text, pattern, values);
        self
    }

    /// Adds a member that is this list or object.
    #[inline(never)]
    pub fn nest(&mut self, key: &str, value: &Self) -> &mut Self {
        self.member(key, "").close(value)
    }

    /// The same, unless that is empty.
    #[inline(never)]
    pub fn unless_empty(&mut self, key: &str, value: &Self) -> &mut Self {
        if value.is_empty() { self } else { self.nest(key, value) }
    }

    /// Adds an element that is this list or object.
    #[inline(never)]
    pub fn append(&mut self, value: &Self) -> &mut Self {
        self.element("").close(value)
    }

    fn close(&mut self, value: &Self) -> &mut Self {
        self.text.push_str(&value.text);
        self.text.push(value.close);
        self
    }

    /// Adds those of an object's members that are there, each under its own name.
    #[inline(never)]
    pub fn copy(&mut self, from: &Object<'_>, keys: &[&str]) -> &mut Self {
        for key in keys {
            self.maybe(key, from.value(key));
        }
        self
    }

    /// The same, unless they are `null`.
    #[inline(never)]
    pub fn copy_given(&mut self, from: &Object<'_>, keys: &[&str]) -> &mut Self {
        for key in keys {
            self.maybe(key, from.given(key));
        }
        self
    }

    /// Adds a member, if there is a value.
    pub fn maybe(&mut self, key: &str, json: Option<&str>) -> &mut Self {
        if let Some(json) = json {
            self.member(key, json);
        }
        self
    }

    /// Adds an element to a list, or to an object members that are written already.
    pub fn element(&mut self, json: &str) -> &mut Self {
        self.comma();
        self.text.push_str(json);
        self
    }

    /// Adds an element by its pattern (see [`filled`]).
    #[inline(never)]
    pub fn put(&mut self, pattern: &str, values: &[&str]) -> &mut Self {
        self.element("");
        fill(&mut self.text, pattern, values);
        self
    }

    fn comma(&mut self) {
        if !self.is_empty() {
            self.text.push(',');
        }
    }

    /// The JSON text.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.text.push(self.close);
        self.text
    }
}
