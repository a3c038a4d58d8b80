//! JSON's numbers, as far as a gateway reckons with them: counts, prices, settings.

/// What a number says; `None` when the text is none, or too large. Exact to 15 digits and exponents up to 22
/// (Clinger, "How to Read Floating Point Numbers Accurately", 1990), beyond that to a few units in the last place:
/// the standard library's reader is always exact, for 10 KB of tables.
#[must_use]
pub fn number(json: &str) -> Option<f64> {
    let (sign, digits) = match json.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, json),
    };
    let (decimal, exponent) = match digits.split_once(['e', 'E']) {
        Some((decimal, exponent)) => (decimal, power(exponent)?),
        None => (digits, 0),
    };
    let (before, after) = match decimal.split_once('.') {
        Some((before, after)) if !after.is_empty() => (before, after),
        Some(_) => return None,
        None => (decimal, ""),
    };
    if before.is_empty() || (before.len() > 1 && before.starts_with('0')) {
        return None;
    }
    let mut mantissa: u64 = 0;
    let mut scale = exponent.saturating_sub(i32::try_from(after.len()).ok()?);
    for byte in before.bytes().chain(after.bytes()) {
        let digit = char::from(byte).to_digit(10)?;
        match mantissa.checked_mul(10).and_then(|tens| tens.checked_add(digit.into())) {
            // A digit that has no room any more, and none after it.
            Some(grown) if scale < i32::MAX && mantissa < u64::MAX / 100 => mantissa = grown,
            _ => scale = scale.saturating_add(1),
        }
    }
    let mut value = mantissa as f64;
    while scale != 0 && value != 0.0 && value.is_finite() {
        let step = scale.clamp(-22, 22);
        value = if step < 0 { value / 10f64.powi(-step) } else { value * 10f64.powi(step) };
        scale -= step;
    }
    value.is_finite().then_some(sign * value)
}

fn power(exponent: &str) -> Option<i32> {
    let (sign, digits) = match exponent.split_at_checked(1)? {
        ("-", digits) => (-1, digits),
        ("+", digits) => (1, digits),
        _ => (1, exponent),
    };
    if digits.is_empty() {
        return None;
    }
    let mut power: i32 = 0;
    for byte in digits.bytes() {
        let digit = i32::try_from(char::from(byte).to_digit(10)?).ok()?;
        power = power.saturating_mul(10).saturating_add(digit);
    }
    Some(sign * power)
}

/// A whole number from 0 on, however it is written: some languages know no other numbers than `9.0`.
#[must_use]
pub fn count(json: &str) -> Option<u64> {
    if json.starts_with('+') {
        return None;
    }
    json.parse().ok().or_else(|| {
        let number = number(json)?;
        let is_whole = (0.0..1e15).contains(&number) && number.fract() == 0.0;
        is_whole.then_some(number as u64)
    })
}

/// Writes a whole number behind what `out` already holds.
pub fn whole(number: u64, out: &mut String) {
    let mut tens = 1;
    while number / tens >= 10 {
        tens *= 10;
    }
    while tens > 0 {
        out.push(char::from(b'0' + (number / tens % 10) as u8));
        tens /= 10;
    }
}

/// A number that we show, with at most nine decimals: what is shown are prices, shares and scores.
#[must_use]
pub fn decimal(number: f64) -> String {
    if !number.is_finite() {
        return "null".to_owned();
    }
    let billionths = (number.abs() * 1e9).round();
    // Beyond that a float has no decimals worth showing.
    let (units, rest) = if billionths < 1e18 {
        let billionths = billionths as u64;
        (billionths / 1_000_000_000, billionths % 1_000_000_000)
    } else {
        (number.abs() as u64, 0)
    };
    let sign = if number < 0.0 && (units, rest) != (0, 0) { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{units}");
    }
    let text = format!("{sign}{units}.{rest:09}");
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "1_0", "NaN", "1e400", "--1", " 1", "1e-",
            "1ee3", "1.2.3",
        ] {
            assert!(number(text).is_none(), "{text}");
        }
        assert_eq!(number("-0.0"), Some(-0.0));
        assert_eq!(number("0e999999999999"), Some(0.0));
        assert_eq!(number("1e-999999999999"), Some(0.0));
        assert_eq!(number("123456789012345678901234567890"), Some(1.234_567_890_123_456_8e29));
    }

    #[test]
    fn a_count_is_whole_however_it_is_written() {
        assert_eq!(["3", "3.0", "3e2", "-0.0"].map(count), [Some(3), Some(3), Some(300), Some(0)]);
        assert_eq!(["-3", "+3", "3.5", "1e300", "x", ""].map(count), [None; 6]);
    }

    #[test]
    fn a_whole_number_is_written_digit_by_digit() {
        for number in [0, 7, 10, 99, 100, 1_700_000_000_000, u64::MAX] {
            let mut out = String::new();
            whole(number, &mut out);
            assert_eq!(out, number.to_string());
        }
    }

    #[test]
    fn numbers_are_shown_without_noise() {
        for (number, shown) in [
            (0.0, "0"),
            (-0.0, "0"),
            (2.5, "2.5"),
            (0.28, "0.28"),
            (0.1 + 0.2, "0.3"),
            (1e-12, "0"),
            (-1e-12, "0"),
            (-0.5, "-0.5"),
            (1_000_000.0, "1000000"),
            (0.000_000_001, "0.000000001"),
            (f64::NAN, "null"),
            (1e30, "18446744073709551615"),
        ] {
            assert_eq!(decimal(number), shown);
        }
    }

    proptest! {
        #[test]
        fn what_people_write_is_read_exactly(units in 0u32..1_000_000, rest in 0u32..1_000_000_000, power in -9i32..9) {
            for text in [format!("{units}.{rest:09}"), format!("-{units}"), format!("{units}e{power}"), format!("{rest}E{power:+}")] {
                prop_assert_eq!(number(&text), text.parse().ok(), "{}", text);
            }
        }

        #[test]
        fn any_number_is_read_to_the_last_few_bits(written in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?") {
            let exact: f64 = written.parse().unwrap();
            match number(&written) {
                Some(read) => prop_assert!((read - exact).abs() <= exact.abs() * 1e-14 + f64::MIN_POSITIVE, "{} {} {}", written, read, exact),
                None => prop_assert!(exact.abs() > 1e308),
            }
        }

        #[test]
        fn what_is_shown_is_the_number(number in -1e6f64..1e6) {
            let shown: f64 = decimal(number).parse().unwrap();
            prop_assert!((shown - number).abs() <= 6e-10);
        }
    }
}
