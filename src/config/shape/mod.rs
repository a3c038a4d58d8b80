//! How a JSON text becomes typed values: each kind of value is one [`Shape`], which says how it is read,
//! what is expected where it is not found, and what it looks like in the JSON Schema.
//!
//! Reading never stops at a mistake. It notes it, puts the default or nothing in its place, and goes on, so
//! that a user sees all mistakes at once. That is also why this is not serde's derive: it stops at the first.

mod leaf;
mod object;
mod place;
mod rules;
mod text;
mod words;

pub(super) use leaf::{Flag, Number, Raw, Whole};
pub(super) use object::{List, Map, Members, NonEmpty, default_text, object};
#[cfg(not(target_arch = "wasm32"))]
pub(super) use object::{define_object, describe};
pub(super) use place::Place;
pub(super) use rules::{
    BaseUrl, HeaderName, HeaderValue, ModelId, Origin, ParamName, ProviderName, Reference, RouteName,
    SecretName,
};
pub(super) use text::{Rule, Text, read_text, shown};
pub(super) use words::{one_of, read_word, words};

use std::borrow::Cow;

#[cfg(not(target_arch = "wasm32"))]
use serde_json::Value;

use super::errors::ConfigErrors;

/// One kind of value in the configuration. The implementor names the kind; what is read is its `Value`.
pub(super) trait Shape {
    /// What the rest of the code gets to see.
    type Value;

    /// Reads it, or notes in `errors` why it cannot be read.
    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value>;

    /// Words for "expected …".
    fn expected() -> Cow<'static, str>;

    /// What its absence means; `None` if it must be there.
    fn absent() -> Option<Self::Value> {
        None
    }

    /// Its JSON Schema; an object adds itself to the definitions and returns a reference.
    #[cfg(not(target_arch = "wasm32"))]
    fn schema(definitions: &mut Definitions) -> Value;
}

/// The `$defs` of the JSON Schema.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type Definitions = serde_json::Map<String, Value>;

/// Words for "expected …", made when they are needed.
pub(super) type Expected = fn() -> Cow<'static, str>;

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

    /// Whether the value is a list.
    pub(super) fn is_list(&self) -> bool {
        self.json.starts_with('[')
    }

    /// Whether the value is a text.
    pub(super) fn is_text(&self) -> bool {
        self.json.starts_with('"')
    }

    /// Notes that a value of another kind was expected.
    pub(super) fn mismatch(&self, expected: Expected, errors: &mut ConfigErrors) {
        errors.push(self.place, self.kind(), expected());
    }

    /// What kind of value it is: the value itself only where it cannot be a secret.
    fn kind(&self) -> Cow<'static, str> {
        match self.json.as_bytes().first() {
            Some(b'{') => "an object".into(),
            Some(b'[') => "a list".into(),
            Some(b'"') => "a text".into(),
            _ if self.json.len() <= 24 => self.json.to_owned().into(),
            _ => "a long number".into(),
        }
    }
}

/// A value that may be left out.
impl<S: Shape> Shape for Option<S> {
    type Value = Option<S::Value>;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value> {
        Some(S::read(found, errors))
    }

    fn expected() -> Cow<'static, str> {
        S::expected()
    }

    fn absent() -> Option<Self::Value> {
        Some(None)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(definitions: &mut Definitions) -> Value {
        S::schema(definitions)
    }
}
