//! JSON by its raw texts: values are moved from one object to another as they stand.
//!
//! A translation that parses strings and numbers and writes them anew loses digits, refuses half a surrogate
//! pair that is legal in JSON text, and pays for every byte. Most of what it moves it need not understand.

use serde_json::value::RawValue;

use super::object::{Object, quoted};

/// The elements of a list; `None` when it is no list.
#[must_use]
pub fn elements(json: &str) -> Option<Vec<&str>> {
    let elements: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    Some(elements.into_iter().map(RawValue::get).collect())
}

/// The members of an object; `None` when it is none.
#[must_use]
pub fn object(json: &str) -> Option<Object<'_>> {
    Object::read(json.as_bytes()).ok()
}

/// The inside of a string, escapes as they stand; `None` when it is no string.
#[must_use]
pub fn inside(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}

/// What a string says; `None` when it is none, or cannot be said (half of a surrogate pair).
#[must_use]
pub fn text(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

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
        Self { text: "{".to_owned(), close: '}' }
    }

    /// A list.
    #[must_use]
    pub fn list() -> Self {
        Self { text: "[".to_owned(), close: ']' }
    }

    /// Whether nothing is in it yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.len() == 1
    }

    /// Adds a member to an object; `key` must need no escapes, `json` is a JSON text.
    pub fn member(&mut self, key: &str, json: &str) -> &mut Self {
        self.comma();
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
        self.text.push_str(json);
        self
    }

    /// Adds a member that is a string, said and not yet quoted.
    pub fn string(&mut self, key: &str, text: &str) -> &mut Self {
        self.member(key, &quoted(text))
    }

    /// Adds a member, if there is a value.
    pub fn maybe(&mut self, key: &str, json: Option<&str>) -> &mut Self {
        if let Some(json) = json {
            self.member(key, json);
        }
        self
    }

    /// Adds an element to a list.
    pub fn element(&mut self, json: &str) -> &mut Self {
        self.comma();
        self.text.push_str(json);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_move_as_they_stand() {
        let list = elements(r#"[ 1.50, "\ud83c", {"a":[ ]} ]"#).unwrap();
        assert_eq!(list, ["1.50", r#""\ud83c""#, r#"{"a":[ ]}"#]);
        let mut object = Writer::object();
        object.member("a", list[0]).maybe("b", None).string("c", "\"x\"").member("d", list[1]);
        assert_eq!(object.finish(), r#"{"a":1.50,"c":"\"x\"","d":"\ud83c"}"#);
        let mut list = Writer::list();
        assert!(list.is_empty());
        list.element("1").element("2");
        assert_eq!(list.finish(), "[1,2]");
    }

    #[test]
    fn what_is_not_of_the_kind_is_none() {
        assert!(elements("{}").is_none() && elements("[").is_none());
        assert!(object("[]").is_none() && inside("3").is_none() && text(r#""\ud83c""#).is_none());
    }
}
