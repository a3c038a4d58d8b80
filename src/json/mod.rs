//! JSON as a gateway needs it: values stay the texts they are, and are moved from one object to another as they stand.
//!
//! A gateway that parses a body, changes `model` and writes it again pays for every byte, and changes what it does not
//! understand: long numbers lose digits, half a surrogate pair that is legal in JSON text is refused, key order moves.
//! Here a text is walked over once ([`reader`]), an edit is a splice ([`edit`]), and what is new is put
//! together from texts ([`writer`]). Only who has to look at all of a value takes it apart ([`value`]).
//!
//! *Why not `serde_json`?* It is the oracle that all of this is tested against, and nothing is better for values that become
//! structs. We have none: what was derived for a few of them was the largest single part of the WebAssembly.

use bytes::Bytes;

pub mod edit;
pub mod error;
pub mod number;
pub mod object;
pub mod reader;
pub mod string;
pub mod value;
pub mod writer;

pub use edit::Edit;
pub use error::Error;
pub use number::{count, decimal, number, whole};
pub use object::{Object, Outline};
pub use reader::Reader;
pub use string::{is_plain, legible, quoted};
pub use value::Value;
pub use writer::{Writer, fill, filled};

/// The text without the byte order mark that some write before one, and a reader may pass over (RFC 8259, 8.1).
#[must_use]
pub fn unmarked(text: Bytes) -> Bytes {
    match text.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => text.slice_ref(rest),
        None => text,
    }
}

/// Whether that is JSON, however deep, and whatever its numbers and escapes say.
///
/// # Errors
/// Where it is not.
pub fn check(text: &[u8]) -> Result<(), Error> {
    let mut reader = Reader::of(text)?;
    reader.value()?;
    reader.end()
}

/// The elements of a list, which is known to be JSON; `None` when it is no list.
#[must_use]
pub fn elements(json: &str) -> Option<Elements<'_>> {
    let mut reader = Reader::new(json);
    reader.begin(b'[').ok()?;
    Some(Elements(reader))
}

/// The elements of a list, one by one; of what is no list, none.
pub struct Elements<'a>(Reader<'a>);

impl<'a> Elements<'a> {
    /// Those of this text.
    #[must_use]
    pub fn of(json: &'a str) -> Self {
        elements(json).unwrap_or(Self(Reader::new("")))
    }

    /// All of them at once.
    #[must_use]
    pub fn all(self) -> Vec<&'a str> {
        let mut all = Vec::new();
        for element in self {
            all.push(element);
        }
        all
    }

    /// Whether one of them is such an object.
    #[inline(never)]
    #[must_use]
    pub fn has(self, is: &dyn Fn(&Object<'a>) -> bool) -> bool {
        self.objects().any(|object| is(&object))
    }

    /// Those that are objects.
    pub fn objects(self) -> impl Iterator<Item = Object<'a>> {
        self.filter_map(object)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        if self.0.element().ok()? { self.0.value().ok() } else { None }
    }
}

/// A list with what `change` makes of its elements: those of which it makes nothing stay as they stand, those of which
/// it makes an empty text go. `None` when it is no list, or none of them changes.
pub fn changed(list: &str, change: &mut dyn FnMut(&str) -> Option<String>) -> Option<String> {
    let mut out = Writer::list();
    let mut is_changed = false;
    for element in elements(list)? {
        let new = change(element);
        is_changed |= new.is_some();
        match new.as_deref().unwrap_or(element) {
            "" => {}
            sent => _ = out.element(sent),
        }
    }
    is_changed.then(|| out.finish())
}

/// What is done to an object, which can be looked at as it was.
pub type Change<'c> = &'c mut dyn for<'o> FnMut(&'o Object<'o>, &mut Edit<'o, 'o>);

/// A list whose objects are changed. `None` when it is no list, or none of them changes.
pub fn edited(list: &str, change: Change<'_>) -> Option<String> {
    changed(list, &mut |element| with(element, change))
}

/// An object, changed. `None` when it is none, or nothing of it changes.
pub fn with(json: &str, change: Change<'_>) -> Option<String> {
    altered(&object(json)?, change)
}

fn altered<'o>(object: &'o Object<'o>, change: Change<'_>) -> Option<String> {
    let mut edit = Edit::new(object);
    change(object, &mut edit);
    edit.changed()
}

/// A list without such objects. `None` when it is no list, or there are none.
pub fn without(list: &str, is_gone: &dyn Fn(&Object<'_>) -> bool) -> Option<String> {
    changed(list, &mut |element| object(element).filter(is_gone).map(|_| String::new()))
}

/// The elements of a list of strings; `None` when it is no such list.
#[must_use]
pub fn texts(json: &str) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    for element in elements(json)? {
        texts.push(text(element)?);
    }
    Some(texts)
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
    let mut reader = Reader::new(json);
    let text = reader.string().ok()?;
    reader.end().ok()?;
    Some(text.into_owned())
}

/// Whether a JSON text says something: not `null`, not `""`, `[]`, `{}` or `false`.
///
/// The test behind "content": a delta value that passes it is something a caller sees.
#[must_use]
pub fn says_something(json: &str) -> bool {
    !matches!(json, "null" | "\"\"" | "[]" | "{}" | "false")
}

/// `true` or `false`.
#[must_use]
pub fn flag(json: &str) -> Option<bool> {
    match json {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_move_as_they_stand() {
        let list = elements(r#"[ 1.50, "\ud83c", {"a":[ ]} ]"#).unwrap().all();
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
    fn what_is_new_is_put_together_by_its_pattern() {
        assert_eq!(filled(r#"{"a":$,"b":"$"}"#, &["1", "x"]), r#"{"a":1,"b":"x"}"#);
        let from = object(r#"{"a":1,"b":null}"#).unwrap();
        let mut inner = Writer::list();
        let mut out = Writer::object();
        out.unless_empty("empty", &inner).copy(&from, &["a", "b", "c"]).copy_given(&from, &["b"]);
        inner.put(r#"{"x":$}"#, &["2"]).append(&Writer::object());
        out.nest("list", &inner).fill("text", "\"$\"", &["y"]);
        assert_eq!(out.finish(), r#"{"a":1,"b":null,"list":[{"x":2},{}],"text":"y"}"#);
    }

    #[test]
    fn members_are_looked_up_by_what_they_are() {
        let json = r#"{"text":"a\n","empty":"","none":null,"count":3,"in":{"x":1},"list":[1,{"x":2}]}"#;
        let found = object(json).unwrap();
        assert_eq!(
            (found.inside("text"), found.word("count"), found.count("count")),
            (Some("a\\n"), "", Some(3))
        );
        assert_eq!((found.given("none"), found.said("empty"), found.string("in")), (None, None, None));
        assert_eq!((found.given("empty"), found.string("empty")), (Some("\"\""), Some("\"\"")));
        assert!(found.within("in").is("x", "1") && found.within("text").value("x").is_none());
        assert!(found.object("text").is_none() && found.list("in").next().is_none());
        assert_eq!(found.list("list").collect::<Vec<_>>(), ["1", r#"{"x":2}"#]);
        assert_eq!(found.list("list").objects().count(), 1);
    }

    #[test]
    fn a_list_changes_where_something_is_made_of_an_element() {
        let double = &mut |element: &str| count(element).map(|number| (number * 2).to_string());
        assert_eq!(changed(r#"[1,"x", 3]"#, double).as_deref(), Some(r#"[2,"x",6]"#));
        assert_eq!(changed("{}", double), None);
    }

    #[test]
    fn what_is_not_of_the_kind_is_none() {
        assert!(elements("{}").is_none() && elements("").is_none() && Elements::of("3").next().is_none());
        assert!(object("[]").is_none() && inside("3").is_none() && text(r#""\ud83c""#).is_none());
        assert!(text("3").is_none() && flag("1").is_none() && check(b"{").is_err());
    }
}
