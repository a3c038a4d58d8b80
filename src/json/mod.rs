//! JSON as a gateway needs it: values stay the texts they are, and are moved from one object to another as they stand.
//!
//! A gateway that parses a body, changes `model` and writes it again pays for every byte, and changes what it does not
//! understand: long numbers lose digits, half a surrogate pair that is legal in JSON text is refused, key order moves.
//! Here a text is walked over once ([`reader`]), an edit is a splice ([`object`]), and what is new is put
//! together from texts ([`writer`]). Only who has to look at all of a value takes it apart ([`value`]).
//!
//! *Why not `serde_json`?* It is the oracle that all of this is tested against, and nothing is better for values that become
//! structs. We have none: what was derived for a few of them was the largest single part of the WebAssembly.

pub mod error;
pub mod number;
pub mod object;
pub mod reader;
pub mod string;
pub mod value;
pub mod writer;

pub use error::Error;
pub use number::{count, decimal, number, whole};
pub use object::{Edit, Object, Outline};
pub use reader::Reader;
pub use string::quoted;
pub use value::Value;
pub use writer::Writer;

/// Whether that is JSON, however deep, and whatever its numbers and escapes say.
///
/// # Errors
/// Where it is not.
pub fn check(text: &[u8]) -> Result<(), Error> {
    let mut reader = Reader::of(text)?;
    reader.value()?;
    reader.end()
}

/// The elements of a list; `None` when it is no list.
#[must_use]
pub fn elements(json: &str) -> Option<Vec<&str>> {
    let mut reader = Reader::new(json);
    let mut elements = Vec::new();
    reader.begin(b'[').ok()?;
    while reader.element().ok()? {
        elements.push(reader.value().ok()?);
    }
    reader.end().ok()?;
    Some(elements)
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
        assert!(elements("{}").is_none() && elements("[").is_none() && elements("[1]x").is_none());
        assert!(object("[]").is_none() && inside("3").is_none() && text(r#""\ud83c""#).is_none());
        assert!(text("3").is_none() && flag("1").is_none() && check(b"{").is_err());
    }
}
