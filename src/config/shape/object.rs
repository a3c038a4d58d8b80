//! The kinds made of others: objects with known fields, maps, lists.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
#[cfg(not(target_arch = "wasm32"))]
use serde_json::{Value, json};

#[cfg(not(target_arch = "wasm32"))]
use super::Definitions;
use super::{Expected, Found, Place, Rule, Shape, shown};
use crate::config::errors::ConfigErrors;
use crate::config::nearest::nearest;
use crate::table::Table;

/// Objects nested deeper than this are refused: reading recurses, and the stack of a Worker is small.
const DEEPEST: usize = 64;

/// Defines an object of the configuration: one definition is the Rust struct, its reader and its schema.
///
/// Each field is `/// what it means` `name: Kind`, and `= default` if it has one, written as JSON. A
/// field that has no default and is no `Option` must be there.
macro_rules! object {
    (
        $(#[doc = $doc:literal])*
        $Name:ident {
            $( $(#[doc = $about:literal])* $field:ident: $kind:ty $(= $default:tt)?, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default)]
        pub(in crate::config) struct $Name {
            $(
                $(#[doc = $about])*
                pub(in crate::config) $field: <$kind as $crate::config::shape::Shape>::Value,
            )*
        }

        impl $crate::config::shape::Shape for $Name {
            type Value = Self;

            fn read(
                found: $crate::config::shape::Found<'_>,
                errors: &mut $crate::config::errors::ConfigErrors,
            ) -> Option<Self> {
                const FIELDS: &[&str] = &[$(stringify!($field)),*];
                let members = $crate::config::shape::Members::read(found, Self::expected, errors)?;
                members.refuse_unknown(FIELDS, errors);
                $(
                    let default = $crate::config::shape::default_text!($($default)?);
                    let $field = members.take::<$kind>(stringify!($field), default, errors);
                )*
                Some(Self { $($field: $field?),* })
            }

            fn expected() -> std::borrow::Cow<'static, str> {
                "an object".into()
            }

            #[cfg(not(target_arch = "wasm32"))]
            fn schema(
                definitions: &mut $crate::config::shape::Definitions,
            ) -> serde_json::Value {
                use $crate::config::shape::{describe, define_object};
                define_object(stringify!($Name), &[$($doc),*], definitions, |fields, definitions| {
                    $(
                        let default = $crate::config::shape::default_text!($($default)?);
                        describe::<$kind>(fields, stringify!($field), &[$($about),*], default, definitions);
                    )*
                })
            }
        }
    };
}

/// The JSON text of a default.
macro_rules! default_text {
    () => {
        None
    };
    ($default:tt) => {
        Some(stringify!($default))
    };
}

pub(in crate::config) use {default_text, object};

/// The members of an object that has known fields.
pub(in crate::config) struct Members<'a> {
    members: Vec<(String, &'a str)>,
    place: Place<'a>,
}

impl<'a> Members<'a> {
    /// The members, or an error if this is no object.
    pub(in crate::config) fn read(
        found: Found<'a>,
        expected: Expected,
        errors: &mut ConfigErrors,
    ) -> Option<Self> {
        let mut members = members(found, expected, errors)?;
        if found.place.is_root() {
            // For editors: it names the schema.
            members.retain(|(name, _)| name != "$schema");
        }
        let place = found.place;
        let mut seen = Table::new();
        for (name, _) in &members {
            if seen.insert(name, ()).is_some() {
                errors.push(place.field(name), "the same field twice", "it once");
            }
        }
        Some(Self { members, place })
    }

    /// Whether there is such a member.
    pub(in crate::config) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(known, _)| known == name)
    }

    /// The names of the members.
    pub(in crate::config) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }

    /// Notes each member that is not among the known fields.
    pub(in crate::config) fn refuse_unknown(&self, fields: &[&str], errors: &mut ConfigErrors) {
        for name in self.names().filter(|name| !fields.contains(name)) {
            errors.suggest(
                self.place.field(name),
                "an unknown field",
                match fields {
                    [one] => one.to_string(),
                    _ => format!("one of {}", fields.join(", ")),
                },
                nearest(name, fields.iter().copied()),
            );
        }
    }

    /// The value of a field: what stands there, else its default, else what absence means.
    pub(in crate::config) fn take<S: Shape>(
        &self,
        name: &str,
        default: Option<&str>,
        errors: &mut ConfigErrors,
    ) -> Option<S::Value> {
        let place = self.place.field(name);
        let member = self.members.iter().find(|(known, _)| known == name);
        let value = match member {
            Some((_, json)) => S::read(Found { json, place }, errors),
            None => S::absent(),
        };
        if value.is_some() {
            return value;
        }
        if let Some(json) = default {
            return S::read(Found { json, place }, errors);
        }
        if member.is_none() {
            errors.push(place, "nothing", S::expected());
        }
        None
    }
}

/// An object whose names are the user's own. A name whose value is broken stays, so that it is not
/// reported as unknown elsewhere.
pub(in crate::config) struct Map<R, S>(PhantomData<(R, S)>);

impl<R: Rule, S: Shape> Shape for Map<R, S> {
    type Value = Vec<(String, Option<S::Value>)>;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value> {
        let members = named_freely(found, Self::expected, R::accept, R::EXPECTED, errors)?;
        let mut map = Vec::with_capacity(members.len());
        for (name, json) in members {
            let place = found.place.field(&name);
            let value = S::read(Found { json, place }, errors);
            map.push((name, value));
        }
        Some(map)
    }

    fn expected() -> Cow<'static, str> {
        "an object".into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(definitions: &mut Definitions) -> Value {
        json!({
            "type": "object",
            "propertyNames": { "pattern": R::PATTERN },
            "additionalProperties": S::schema(definitions),
        })
    }
}

/// A list; an element that cannot be read is left out.
pub(in crate::config) struct List<S>(PhantomData<S>);

impl<S: Shape> Shape for List<S> {
    type Value = Vec<S::Value>;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value> {
        let elements = serde_json::from_str::<Vec<&RawValue>>(found.json).ok();
        let Some(elements) = elements.filter(|_| found.is_list()) else {
            found.mismatch(Self::expected, errors);
            return None;
        };
        let mut list = Vec::with_capacity(elements.len());
        for (index, json) in elements.into_iter().enumerate() {
            let place = found.place.item(index);
            let json = json.get();
            list.extend(S::read(Found { json, place }, errors));
        }
        Some(list)
    }

    fn expected() -> Cow<'static, str> {
        format!("a list, each element {}", S::expected()).into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "type": "array", "items": S::schema(definitions) })
    }
}

/// A list with at least one element.
pub(in crate::config) struct NonEmpty<S>(PhantomData<S>);

impl<S: Shape> Shape for NonEmpty<S> {
    type Value = Vec<S::Value>;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value> {
        let before = errors.len();
        let elements = List::<S>::read(found, errors)?;
        if elements.is_empty() && errors.len() == before {
            errors.push(found.place, "an empty list", "at least one element");
        }
        Some(elements)
    }

    fn expected() -> Cow<'static, str> {
        List::<S>::expected()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "type": "array", "minItems": 1, "items": S::schema(definitions) })
    }
}

/// The members of an object whose names are the user's own, each name as its rule accepts it.
fn named_freely<'a>(
    found: Found<'a>,
    expected: Expected,
    accept: fn(&str) -> Option<String>,
    expected_name: &str,
    errors: &mut ConfigErrors,
) -> Option<Vec<(String, &'a str)>> {
    let mut seen = Table::new();
    let mut accepted = Vec::new();
    for (name, json) in members(found, expected, errors)? {
        let place = found.place.field(&name);
        match accept(&name) {
            None => errors.push(place, shown(&name), expected_name),
            Some(name) if seen.insert(name.clone(), ()).is_some() => {
                errors.push(place, "the same name twice", "it once");
            }
            Some(name) => accepted.push((name, json)),
        }
    }
    Some(accepted)
}

/// The members of any object, in their order, each value as its JSON text.
fn members<'a>(
    found: Found<'a>,
    expected: Expected,
    errors: &mut ConfigErrors,
) -> Option<Vec<(String, &'a str)>> {
    if !found.is_object() {
        found.mismatch(expected, errors);
        return None;
    }
    if found.place.depth() > DEEPEST {
        errors.push(found.place, "an object", format!("no more than {DEEPEST} levels"));
        return None;
    }
    match serde_json::from_str::<InOrder<'a>>(found.json) {
        Ok(InOrder(members)) => Some(members),
        Err(_) => {
            errors.push(found.place, "an object with a name that is no text", "JSON");
            None
        }
    }
}

/// The members of an object as they were written, the same name twice included.
struct InOrder<'a>(Vec<(String, &'a str)>);

impl<'de: 'a, 'a> Deserialize<'de> for InOrder<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<'a>(PhantomData<&'a str>);

        impl<'de: 'a, 'a> Visitor<'de> for Members<'a> {
            type Value = InOrder<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((name, value.get()));
                }
                Ok(InOrder(members))
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// Adds an object to the definitions, unless it is there, and returns a reference to it.
#[cfg(not(target_arch = "wasm32"))]
pub(in crate::config) fn define_object(
    name: &str,
    about: &[&str],
    definitions: &mut Definitions,
    describe_fields: impl FnOnce(&mut Fields, &mut Definitions),
) -> Value {
    if !definitions.contains_key(name) {
        // First, so that an object that contains itself ends here.
        definitions.insert(name.to_owned(), Value::Null);
        let mut fields = Fields::default();
        describe_fields(&mut fields, definitions);
        let mut object = json!({
            "description": prose(about),
            "type": "object",
            "properties": fields.properties,
            "additionalProperties": false,
        });
        if let Some(object) = object.as_object_mut().filter(|_| !fields.required.is_empty()) {
            object.insert("required".to_owned(), fields.required.into());
        }
        definitions.insert(name.to_owned(), object);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// The fields of an object's schema.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Default)]
pub(in crate::config) struct Fields {
    properties: Definitions,
    required: Vec<Value>,
}

/// Adds a field to an object's schema.
#[cfg(not(target_arch = "wasm32"))]
pub(in crate::config) fn describe<S: Shape>(
    fields: &mut Fields,
    name: &str,
    about: &[&str],
    default: Option<&str>,
    definitions: &mut Definitions,
) {
    let mut schema = S::schema(definitions);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), prose(about).into());
        let default = default.and_then(|json| serde_json::from_str::<Value>(json).ok());
        if let Some(default) = default {
            schema.insert("default".to_owned(), default);
        } else if S::absent().is_none() {
            fields.required.push(name.into());
        }
    }
    fields.properties.insert(name.to_owned(), schema);
}

/// The lines of a doc comment as one text.
#[cfg(not(target_arch = "wasm32"))]
fn prose(lines: &[&str]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ")
}
