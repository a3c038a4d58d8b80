//! Inputs that are nearly right: good ones with something done to them, and some that are nothing at all.

use steadfast::sim::Random;

/// Values that stand where another was expected.
const VALUES: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "18446744073709551616",
    "1.5",
    "\"\"",
    "\"x\"",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "{\"a\":1}",
    "\"\\ud83c\"",
    "\"\\udf0d\"",
    "\"\\u0000\"",
    "[{\"type\":\"text\",\"text\":\"x\"}]",
    "\"stop\"",
    "{\"error\":{\"code\":503}}",
    "\"data: x\"",
    "99999999999",
];

/// Bytes that mean something somewhere.
const PIECES: &[&str] = &[
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "data: ",
    "data:",
    "event: error\n",
    ": comment\n",
    "data: [DONE]\n\n",
    "\u{feff}",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "\\ud83d",
    "\0",
    "\u{1f30d}",
    "id: 1\n",
    "retry: 1\n",
    "event: ping\n",
];

/// An input, and the same one for the same numbers.
pub(crate) fn input(seeds: &[Vec<u8>], random: &Random) -> Vec<u8> {
    if random.next().is_multiple_of(32) {
        return noise(random);
    }
    let mut bytes = one(seeds, random).clone();
    for _ in 0..1 + random.next() % 6 {
        mutate(&mut bytes, seeds, random);
    }
    bytes.truncate(LONGEST);
    bytes
}

/// Nothing is learned from longer ones.
const LONGEST: usize = 64 << 10;

fn noise(random: &Random) -> Vec<u8> {
    (0..random.next() % 400).map(|_| random.next() as u8).collect()
}

fn one<'a, T>(all: &'a [T], random: &Random) -> &'a T {
    &all[random.next() as usize % all.len()]
}

fn place(bytes: &[u8], random: &Random) -> usize {
    random.next() as usize % (bytes.len() + 1)
}

/// A place and a short way on from there.
fn range(bytes: &[u8], random: &Random) -> std::ops::Range<usize> {
    let start = place(bytes, random);
    let most = if random.next().is_multiple_of(4) { 2_000 } else { 40 };
    start..(start + random.next() as usize % most).min(bytes.len())
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &Random) {
    let at = place(bytes, random);
    let range = range(bytes, random);
    match random.next() % 11 {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (random.next() % 8);
            }
        }
        1 => bytes.insert(at, random.next() as u8),
        2 => drop(bytes.drain(range)),
        3 => {
            let copy = bytes[range].to_vec();
            bytes.splice(at..at, copy);
        }
        4 => {
            let other = one(seeds, random);
            let from = self::range(other, random);
            bytes.splice(range, other[from].iter().copied());
        }
        5 | 6 => {
            let value = one(VALUES, random);
            bytes.splice(value_at(bytes, at), value.bytes());
        }
        7 => drop(bytes.splice(at..at, one(PIECES, random).bytes())),
        8 => bytes.truncate(at),
        9 => {
            let (open, depth) =
                (*one(&[&b"["[..], b"{\"a\":", b"\"\\"], random), random.next() as usize % 300);
            bytes.splice(at..at, open.repeat(depth));
        }
        _ => {
            let line = line_at(bytes, at);
            let often = if random.next().is_multiple_of(8) { 400 } else { 1 };
            let times = 1 + random.next() as usize % often;
            let copies = bytes[line.clone()].repeat(times.min(LARGEST / line.len().max(1)));
            bytes.splice(at..at, copies);
        }
    }
}

/// No copies are made beyond that: some of some of some would fill any memory.
const LARGEST: usize = 1 << 20;

/// The JSON value behind the next colon, as far as a glance tells.
fn value_at(bytes: &[u8], from: usize) -> std::ops::Range<usize> {
    let find = |from: usize, is: &dyn Fn(u8) -> bool| {
        bytes[from..].iter().position(|byte| is(*byte)).map_or(bytes.len(), |place| from + place)
    };
    let start = (find(from, &|byte| byte == b':') + 1).min(bytes.len());
    start..find(start, &|byte| b",}]\n".contains(&byte))
}

fn line_at(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |place| at + place + 1);
    let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
    start..end
}
