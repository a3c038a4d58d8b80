//! Dates in headers, as milliseconds since 1970. Both kinds are in UTC; nothing before 1970 is read, and a second that
//! has begun counts whole, for nobody is to come too early. That there is a day too many in a month, or a wrong
//! weekday, is nobody's loss: these are waits.

use crate::host::Millis;

/// As HTTP writes it, in each of the three forms that a recipient must understand (RFC 9110, 5.6.7).
pub(super) fn http(text: &str) -> Option<Millis> {
    let mut words = Vec::new();
    for word in text.split([' ', '-']) {
        if !word.is_empty() {
            words.push(word);
        }
    }
    let (day, month, year, time) = match *words {
        // Sun, 06 Nov 1994 08:49:37 GMT, or Sunday, 06-Nov-94 08:49:37 GMT
        [_, day, month, year, time, "GMT"] => (day, month, year, time),
        // Sun Nov  6 08:49:37 1994
        [_, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let year = match year.parse().ok()? {
        year @ 0..70 => year + 2_000,
        year @ 70..100 => year + 1_900,
        year => year,
    };
    since_1970([year, month, day.parse().ok()?], numbers(time, ':')?)
}

/// As RFC 3339 writes it: `2026-11-22T19:28:10Z`.
pub(super) fn rfc3339(text: &str) -> Option<Millis> {
    let (date, time) = text.trim().split_once(['T', 't', ' '])?;
    let time = time.strip_suffix(['Z', 'z']).or_else(|| time.strip_suffix("+00:00"))?;
    let (time, begun) = time.split_once('.').map_or((time, 0), |(time, _)| (time, 1_000));
    Some(since_1970(numbers(date, '-')?, numbers(time, ':')?)? + begun)
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Three numbers, no more and no less.
fn numbers(text: &str, by: char) -> Option<[u64; 3]> {
    let mut parts = text.split(by).map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

fn since_1970([year, month, day]: [u64; 3], [hour, minute, second]: [u64; 3]) -> Option<Millis> {
    let is_date = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Years begin in March here, so that the leap day is their last: `days_from_civil`, Howard Hinnant.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    let days = days.checked_sub(719_468)?;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    /// The last second of the year 9999.
    const LAST: u64 = 253_402_300_799;

    #[test]
    fn the_three_forms_of_http_are_one_date() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(http(text), Some(784_111_777_000), "{text}");
        }
        assert_eq!(http("Sunday, 22-Nov-26 19:28:10 GMT"), Some(1_795_375_690_000));
    }

    #[test]
    fn rfc_3339_is_read_in_utc_alone() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:00Z", Some(951_825_600)),
            ("2026-11-22T19:28:10Z", Some(1_795_375_690)),
            ("2026-11-22t19:28:10.250z", Some(1_795_375_691)),
            ("2026-11-22T19:28:10+00:00", Some(1_795_375_690)),
            ("2026-11-22T19:28:10+02:00", None),
            ("2026-13-22T19:28:10Z", None),
            ("2026-11-22", None),
            ("2026-11-22-01T19:28:10Z", None),
            ("T", None),
            ("", None),
        ] {
            assert_eq!(rfc3339(text), seconds.map(|seconds: u64| seconds * 1_000), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "soon",
            "Sun, 06 Nov 1994",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 PST",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
        ] {
            assert_eq!(http(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_second_is_read_as_another_writer_wrote_it(second in 0..=LAST) {
            let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
            prop_assert_eq!(http(&text), Some(second * 1_000));
        }

        #[test]
        fn what_another_reader_makes_of_a_date_is_made_of_it_here(
            text in "(Sun|Monday|Tue)?,?[ -](0|1|2|3)?[0-9]?[ -](Jan|Feb|Mar|Nov|Dec|Foo)[ -][0-9]{2,4} [0-2]?[0-9]:[0-5]?[0-9]:[0-6][0-9]( GMT| UTC)?|\\PC*",
        ) {
            let ours = http(&text);
            if let Ok(date) = httpdate::parse_http_date(&text) {
                let theirs = date.duration_since(UNIX_EPOCH).unwrap().as_millis();
                prop_assert_eq!(ours.map(u128::from), Some(theirs), "{}", text);
            }
        }
    }
}
