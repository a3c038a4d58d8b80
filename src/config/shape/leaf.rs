//! The kinds that are neither texts nor made of others: numbers, flags, and JSON kept as it is.

use std::marker::PhantomData;

use super::{Expected, Found, Shape};
use crate::config::errors::ConfigErrors;
use crate::json;

/// A whole number within bounds, both included, in a type that holds it.
pub(in crate::config) struct Whole<const LEAST: u64, const MOST: u64, N = u64>(PhantomData<N>);

impl<const LEAST: u64, const MOST: u64, N: TryFrom<u64>> Shape for Whole<LEAST, MOST, N> {
    type Value = N;

    const EXPECTED: Expected = Expected::Whole(LEAST, MOST);

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<N> {
        N::try_from(whole(found, LEAST, MOST, errors)?).ok()
    }
}

fn whole(found: &Found<'_>, least: u64, most: u64, errors: &mut ConfigErrors) -> Option<u64> {
    match json::count(found.json) {
        Some(number) if least <= number && number <= most => Some(number),
        _ => {
            found.mismatch(&Expected::Whole(least, most), errors);
            None
        }
    }
}

/// A number from 0 to a bound, both included; fractions are welcome.
pub(in crate::config) struct Number<const MOST: u64>;

impl<const MOST: u64> Shape for Number<MOST> {
    type Value = f64;

    const EXPECTED: Expected = Expected::Number(MOST);

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<f64> {
        number(found, MOST, errors)
    }
}

fn number(found: &Found<'_>, most: u64, errors: &mut ConfigErrors) -> Option<f64> {
    match json::number(found.json) {
        Some(number) if (0.0..=most as f64).contains(&number) => Some(number),
        _ => {
            found.mismatch(&Expected::Number(most), errors);
            None
        }
    }
}

/// `true` or `false`.
pub(in crate::config) struct Flag;

impl Shape for Flag {
    type Value = bool;

    const EXPECTED: Expected = Expected::Said("true or false");

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<bool> {
        let flag = json::flag(found.json);
        if flag.is_none() {
            found.mismatch(&Self::EXPECTED, errors);
        }
        flag
    }
}

/// Any JSON, kept as it was written.
pub(in crate::config) struct Raw;

impl Shape for Raw {
    type Value = String;

    const EXPECTED: Expected = Expected::Said("any JSON");

    fn read(found: &Found<'_>, _: &mut ConfigErrors) -> Option<String> {
        Some(found.json.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn read<S: Shape>(json: &str) -> Result<S::Value, String> {
        let mut errors = ConfigErrors::default();
        let found = &Found { json, place: Place::ROOT };
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
