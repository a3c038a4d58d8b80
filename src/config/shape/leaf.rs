//! The kinds that are neither texts nor made of others: numbers, flags, and JSON kept as it is.

use std::borrow::Cow;

#[cfg(not(target_arch = "wasm32"))]
use serde_json::{Value, json};

#[cfg(not(target_arch = "wasm32"))]
use super::Definitions;
use super::{Found, Shape};
use crate::config::errors::ConfigErrors;

/// A whole number within bounds, both included.
pub(in crate::config) struct Whole<const LEAST: u64, const MOST: u64>;

impl<const LEAST: u64, const MOST: u64> Shape for Whole<LEAST, MOST> {
    type Value = u64;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<u64> {
        let number = serde_json::from_str(found.json).ok().filter(|number| (LEAST..=MOST).contains(number));
        if number.is_none() {
            found.mismatch(Self::expected, errors);
        }
        number
    }

    fn expected() -> Cow<'static, str> {
        format!("a whole number from {LEAST} to {MOST}").into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

/// A number from 0 to a bound, both included; fractions are welcome.
pub(in crate::config) struct Number<const MOST: u64>;

impl<const MOST: u64> Shape for Number<MOST> {
    type Value = f64;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<f64> {
        let number =
            serde_json::from_str(found.json).ok().filter(|number| (0.0..=MOST as f64).contains(number));
        if number.is_none() {
            found.mismatch(Self::expected, errors);
        }
        number
    }

    fn expected() -> Cow<'static, str> {
        format!("a number from 0 to {MOST}").into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "number", "minimum": 0, "maximum": MOST })
    }
}

/// `true` or `false`.
pub(in crate::config) struct Flag;

impl Shape for Flag {
    type Value = bool;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<bool> {
        match found.json {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                found.mismatch(Self::expected, errors);
                None
            }
        }
    }

    fn expected() -> Cow<'static, str> {
        "true or false".into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "boolean" })
    }
}

/// Any JSON, kept as it was written.
pub(in crate::config) struct Raw;

impl Shape for Raw {
    type Value = String;

    fn read(found: Found<'_>, _: &mut ConfigErrors) -> Option<String> {
        Some(found.json.to_owned())
    }

    fn expected() -> Cow<'static, str> {
        "any JSON".into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut Definitions) -> Value {
        json!(true)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn read<S: Shape>(json: &str) -> Result<S::Value, String> {
        let mut errors = ConfigErrors::default();
        let found = Found { json, place: Place::ROOT };
        S::read(found, &mut errors).ok_or_else(|| errors.to_string())
    }

    #[test]
    fn numbers_keep_to_their_bounds() {
        assert_eq!(read::<Whole<1, 9>>("9"), Ok(9));
        for wrong in ["0", "10", "-1", "1.5", "\"1\"", "null", "99999999999999999999"] {
            let error = read::<Whole<1, 9>>(wrong).unwrap_err();
            assert!(error.ends_with("expected a whole number from 1 to 9"), "{error}");
        }
        assert_eq!(read::<Number<1>>("0.5"), Ok(0.5));
        assert!(read::<Number<1>>("1.01").is_err());
        assert!(read::<Number<1>>("1e999").is_err());
    }

    #[test]
    fn a_flag_is_a_flag() {
        assert_eq!(read::<Flag>("true"), Ok(true));
        assert!(read::<Flag>("1").unwrap_err().contains("found 1, expected true or false"));
    }
}
