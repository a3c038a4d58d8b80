//! The kinds made of others: objects with known fields, maps, lists.

use std::borrow::Cow;
use std::marker::PhantomData;

use super::text::Rule;
use super::{Expected, Found, Place, Shape, shown};
use crate::config::errors::ConfigErrors;
use crate::config::nearest::nearest;
use crate::json::{self, Reader};
use crate::table::Table;
use crate::text;

/// Objects nested deeper than this are refused: reading recurses, and the stack of a Worker is small.
const DEEPEST: usize = 64;

/// Defines an object of the configuration: one definition is the Rust struct, its reader and its schema. With
/// `of`, the struct is there already.
///
/// Each field is `/// what it means` `name: Kind`, and `= default` if it has one, written as JSON. A
/// field that has no default and is no `Option` must be there. `name in place: Kind` goes to a field of the
/// struct that has another name.
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

        $crate::config::shape::fields! {
            $(#[doc = $doc])*
            $Name of $Name { $( $(#[doc = $about])* $field: $kind $(= $default)?, )* }
        }
    };
    (
        $(#[doc = $doc:literal])*
        $Name:ident of $Struct:ty { $($fields:tt)* }
    ) => {
        $(#[doc = $doc])*
        pub(in crate::config) struct $Name;

        $crate::config::shape::fields! {
            $(#[doc = $doc])*
            $Name of $Struct { $($fields)* }
        }
    };
}

/// The fields of an object: a table for the one reader of all objects, and where each value goes.
macro_rules! fields {
    (
        $(#[doc = $doc:literal])*
        $Name:ident of $Struct:ty {
            $(
                $(#[doc = $about:literal])*
                $field:ident $(in $place:ident)?: $kind:ty $(= $default:tt)?,
            )*
        }
    ) => {
        impl $crate::config::shape::Object for $Name {
            type Struct = $Struct;

            const FIELDS: &'static [$crate::config::shape::Field] = &[$(
                $crate::config::shape::Field {
                    name: stringify!($field),
                    default: $crate::config::shape::default_text!($($default)?),
                    optional: <$kind as $crate::config::shape::Shape>::OPTIONAL,
                    expected: <$kind as $crate::config::shape::Shape>::EXPECTED,
                },
            )*];

            fn read_field(
                object: &mut $Struct,
                index: usize,
                found: &$crate::config::shape::Found<'_>,
                errors: &mut $crate::config::errors::ConfigErrors,
            ) -> bool {
                #[expect(non_camel_case_types, reason = "named as the fields are")]
                enum Index { $($field),* }

                match index {
                    $(
                        index if index == Index::$field as usize => {
                            let place = &mut $crate::config::shape::place_of!(object, $field $(, $place)?);
                            <$kind as $crate::config::shape::Shape>::read_into(place, found, errors)
                        }
                    )*
                    _ => false,
                }
            }
        }

        #[cfg(feature = "schema")]
        impl $crate::config::shape::Schema for $Name {
            fn schema(definitions: &mut $crate::config::shape::Definitions) -> serde_json::Value {
                use $crate::config::shape::{default_text, define_object, describe};
                define_object(stringify!($Name), &[$($doc),*], definitions, |fields, definitions| {
                    $(
                        let default = default_text!($($default)?);
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

/// The field of the struct that a field of the configuration goes to.
macro_rules! place_of {
    ($object:ident, $field:ident) => {
        $object.$field
    };
    ($object:ident, $field:ident, $place:ident) => {
        $object.$place
    };
}

pub(in crate::config) use {default_text, fields, object, place_of};

/// An object with known fields.
pub(in crate::config) trait Object {
    /// Where its values go.
    type Struct: Default;

    /// What it may say.
    const FIELDS: &'static [Field];

    /// Reads the value of one of them into its place; whether it could be read.
    fn read_field(
        object: &mut Self::Struct,
        index: usize,
        found: &Found<'_>,
        errors: &mut ConfigErrors,
    ) -> bool;
}

/// A field of an object.
pub(in crate::config) struct Field {
    pub(in crate::config) name: &'static str,
    /// What its absence means, as JSON.
    pub(in crate::config) default: Option<&'static str>,
    /// Whether its absence means nothing.
    pub(in crate::config) optional: bool,
    pub(in crate::config) expected: Expected,
}

impl<O: Object> Shape for O {
    type Value = O::Struct;

    const EXPECTED: Expected = Expected::Said("an object");

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<O::Struct> {
        let mut object = O::Struct::default();
        O::read_into(&mut object, found, errors).then_some(object)
    }

    fn read_into(object: &mut O::Struct, found: &Found<'_>, errors: &mut ConfigErrors) -> bool {
        let read = &mut |index, found: &Found<'_>, errors: &mut ConfigErrors| {
            O::read_field(object, index, found, errors)
        };
        read_fields(found, O::FIELDS, read, errors)
    }
}

/// Reads each field of an object: what stands there, else its default. Whether all that must be there is.
fn read_fields(
    found: &Found<'_>,
    fields: &[Field],
    read: &mut dyn FnMut(usize, &Found<'_>, &mut ConfigErrors) -> bool,
    errors: &mut ConfigErrors,
) -> bool {
    let Some(members) = members(found, &FIELD, errors) else {
        return false;
    };
    refuse_unknown(&found.place, &members, fields, errors);
    let mut whole = true;
    for (index, field) in fields.iter().enumerate() {
        let place = found.place.field(field.name);
        let member = members.iter().find(|(name, _)| name == field.name);
        let is_read = match member {
            Some((_, json)) => read(index, &Found { json, place }, errors),
            None => field.optional,
        };
        if is_read {
            continue;
        }
        if let Some(json) = field.default {
            read(index, &Found { json, place }, errors);
            continue;
        }
        if member.is_none() {
            errors.push(&place, &"nothing", &field.expected);
        }
        whole = false;
    }
    whole
}

/// Notes each member that is not among the known fields.
fn refuse_unknown(
    place: &Place<'_>,
    members: &[(String, &str)],
    fields: &[Field],
    errors: &mut ConfigErrors,
) {
    let mut known = Vec::new();
    for field in fields {
        known.push(field.name);
    }
    for (name, _) in members {
        if !known.contains(&name.as_str()) {
            let one_of = if known.len() > 1 { "one of " } else { "" };
            let expected = format_args!("{one_of}{}", text::joined(&known, ", "));
            errors.suggest(&place.field(name), &"an unknown field", &expected, nearest(name, &known));
        }
    }
}

/// An object whose names are the user's own. A name whose value is broken stays, so that it is not
/// reported as unknown elsewhere.
pub(in crate::config) struct Map<R, S>(PhantomData<(R, S)>);

impl<R: Rule, S: Shape> Shape for Map<R, S> {
    type Value = Vec<(String, Option<S::Value>)>;

    const EXPECTED: Expected = Expected::Said("an object");

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value> {
        let names = Names { accept: R::accept, expected: R::EXPECTED, twice: "the same name twice" };
        let mut map = Vec::new();
        let read = &mut |name, found: &Found<'_>, errors: &mut ConfigErrors| {
            map.push((name, S::read(found, errors)));
        };
        read_members(found, &names, read, errors).then_some(map)
    }
}

/// Reads the value of each member of an object; whether it is one.
fn read_members(
    found: &Found<'_>,
    names: &Names,
    read: &mut dyn FnMut(String, &Found<'_>, &mut ConfigErrors),
    errors: &mut ConfigErrors,
) -> bool {
    let Some(members) = members(found, names, errors) else {
        return false;
    };
    for (name, json) in members {
        let place = found.place.field(&name);
        read(name.clone(), &Found { json, place }, errors);
    }
    true
}

/// A list, which may need an element; one that cannot be read is left out.
pub(in crate::config) struct List<S, const NEEDS_ONE: bool = false>(PhantomData<S>);

/// A list with at least one element.
pub(in crate::config) type NonEmpty<S> = List<S, true>;

impl<S: Shape, const NEEDS_ONE: bool> Shape for List<S, NEEDS_ONE> {
    type Value = Vec<S::Value>;

    const EXPECTED: Expected = Expected::ListOf(&S::EXPECTED);

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value> {
        let mut list = Vec::new();
        let read = &mut |found: &Found<'_>, errors: &mut ConfigErrors| {
            if let Some(element) = S::read(found, errors) {
                list.push(element);
            }
        };
        read_list(found, &Self::EXPECTED, NEEDS_ONE, read, errors).then_some(list)
    }
}

/// Reads each element of a list; whether it is one.
pub(in crate::config) fn read_list(
    found: &Found<'_>,
    expected: &Expected,
    needs_one: bool,
    read: &mut dyn FnMut(&Found<'_>, &mut ConfigErrors),
    errors: &mut ConfigErrors,
) -> bool {
    let Some(elements) = json::elements(found.json) else {
        found.mismatch(expected, errors);
        return false;
    };
    let mut is_empty = true;
    for (index, json) in elements.enumerate() {
        let place = found.place.item(index);
        read(&Found { json, place }, errors);
        is_empty = false;
    }
    if is_empty && needs_one {
        errors.push(&found.place, &"an empty list", &"at least one element");
    }
    true
}

/// What the names in an object must be like.
pub(in crate::config) struct Names {
    /// A name in the form in which it is used, or `None` if it breaks the rule.
    accept: fn(&str) -> Option<String>,
    expected: &'static str,
    /// What is said of one that stands there again.
    twice: &'static str,
}

/// The names of fields: anything, for what is unknown gets an error that says what is known.
pub(in crate::config) const FIELD: Names =
    Names { accept: |name| Some(name.to_owned()), expected: "a field", twice: "the same field twice" };

/// The members of an object, in their order, each name as it is accepted and each value as its JSON text.
pub(in crate::config) fn members<'a>(
    found: &Found<'a>,
    names: &Names,
    errors: &mut ConfigErrors,
) -> Option<Vec<(String, &'a str)>> {
    let mut reader = Reader::new(found.json);
    if reader.begin(b'{').is_err() {
        found.mismatch(&Expected::Said("an object"), errors);
        return None;
    }
    if found.place.depth() > DEEPEST {
        errors.push(&found.place, &"an object", &format_args!("no more than {DEEPEST} levels"));
        return None;
    }
    let mut seen = Table::new();
    let mut members = Vec::new();
    while let Some((name, json)) = next(&mut reader, &found.place, errors)? {
        // For editors: it names the schema.
        if found.place.is_root() && name == "$schema" {
            continue;
        }
        let place = found.place.field(&name);
        match (names.accept)(&name) {
            None => {
                errors.push(&place, &shown(&name), &names.expected);
                members.push((name.into_owned(), json)); // What else is wrong there is told too.
            }
            Some(name) if !seen.insert(name.clone(), ()) => {
                errors.push(&place, &names.twice, &"it once");
            }
            Some(name) => members.push((name, json)),
        }
    }
    Some(members)
}

/// The next member of an object, or `None` at its end. An error if its name is no text: half a surrogate pair is none.
fn next<'a>(
    reader: &mut Reader<'a>,
    object: &Place<'_>,
    errors: &mut ConfigErrors,
) -> Option<Option<(Cow<'a, str>, &'a str)>> {
    let next = match reader.key() {
        Ok(Some(name)) => reader.value().map(|json| Some((name, json))),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    if next.is_err() {
        errors.push(object, &"an object with a name that is no text", &"JSON");
    }
    next.ok()
}
