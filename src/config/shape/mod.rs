//! How a JSON text becomes typed values: each kind of value is one [`Shape`], which says how it is read and
//! what is expected where it is not found. What it looks like in the JSON Schema is beside it, in `schema.rs`.
//!
//! Reading never stops at a mistake. It notes it, puts the default or nothing in its place, and goes on, so
//! that a user sees all mistakes at once. That is also why this is not serde's derive: it stops at the first.
//!
//! What the kinds have in common is written once, over tables: a kind is compiled for each use, and its code
//! is a call with its own words and bounds.

mod expected;
mod leaf;
mod object;
mod place;
mod rules;
#[cfg(feature = "schema")]
mod schema;
mod text;
mod words;

pub(super) use expected::Expected;
pub(super) use leaf::{Flag, Number, Raw, Whole};
pub(super) use object::{
    FIELD, Field, List, Map, NonEmpty, Object, default_text, fields, members, object, place_of, read_list,
};
pub(super) use place::Place;
pub(super) use rules::{
    BaseUrl, HeaderName, HeaderValue, ModelId, Origin, ParamName, ProviderName, Reference, RouteName,
    SecretName,
};
#[cfg(feature = "schema")]
pub(super) use schema::{Definitions, Schema, define_object, describe};
pub(super) use text::{Text, read_text, shown};
pub(super) use words::{read_word, words};

use super::errors::ConfigErrors;

/// One kind of value in the configuration. The implementor names the kind; what is read is its `Value`.
pub(super) trait Shape {
    /// What the rest of the code gets to see.
    type Value;

    /// Words for "expected …".
    const EXPECTED: Expected;

    /// Whether it may be left out without a default.
    const OPTIONAL: bool = false;

    /// Reads it, or notes in `errors` why it cannot be read.
    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value>;

    /// The same, into its place in an object; whether it could be read.
    fn read_into(place: &mut Self::Value, found: &Found<'_>, errors: &mut ConfigErrors) -> bool {
        let value = Self::read(found, errors);
        let read = value.is_some();
        if let Some(value) = value {
            *place = value;
        }
        read
    }
}

/// A JSON value and its place. The text is well-formed JSON without white space around it.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) json: &'a str,
    pub(super) place: Place<'a>,
}

impl Found<'_> {
    /// Whether the value is an object, by its first character.
    pub(super) fn is_object(&self) -> bool {
        self.json.starts_with('{')
    }

    /// Whether the value is a text.
    pub(super) fn is_text(&self) -> bool {
        self.json.starts_with('"')
    }

    /// Notes that a value of another kind was expected.
    pub(super) fn mismatch(&self, expected: &Expected, errors: &mut ConfigErrors) {
        errors.push(&self.place, &self.kind(), expected);
    }

    /// What kind of value it is: the value itself only where it cannot be a secret.
    fn kind(&self) -> &str {
        match self.json.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b'"') => "a text",
            _ if self.json.len() <= 24 => self.json,
            _ => "a long number",
        }
    }
}

/// A value that may be left out.
impl<S: Shape> Shape for Option<S> {
    type Value = Option<S::Value>;

    const EXPECTED: Expected = S::EXPECTED;
    const OPTIONAL: bool = true;

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value> {
        Some(S::read(found, errors))
    }

    fn read_into(place: &mut Self::Value, found: &Found<'_>, errors: &mut ConfigErrors) -> bool {
        *place = S::read(found, errors);
        true
    }
}
