//! Anything at all, fed to every reader of what comes from outside: no panic, no hang, no growth.
//!
//! Bodies and streams are made by mutating good ones, those in `fuzz/seeds.rs` and, with STEADFAST_RECORDINGS, the
//! recorded ones. A thousand of each are part of the ordinary tests; `make fuzz` runs a million of each.
//!
//! - `STEADFAST_FUZZ=1000000` says how many inputs each reader gets.
//! - `STEADFAST_SEED=7` makes others.
//! - `STEADFAST_FUZZ_READER="openai stream"` feeds that reader only, and `STEADFAST_FUZZ_INPUT=123` that input only.
//!
//! An input that brings a reader down is named by these, and shown.

#![cfg(test)]

#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/readers.rs"]
mod readers;
#[path = "fuzz/seeds.rs"]
mod seeds;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use readers::Reader;
use steadfast::sim::Random;

/// So many inputs each reader gets in the ordinary tests.
const INPUTS: u64 = 1_000;
/// Whoever takes longer over one input hangs; the largest take milliseconds.
const HANGS: Duration = Duration::from_secs(60);

#[test]
fn nothing_brings_a_reader_down() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let (inputs, seed) = (number("STEADFAST_FUZZ").unwrap_or(INPUTS), number("STEADFAST_SEED").unwrap_or(1));
    let only = env::var("STEADFAST_FUZZ_READER").ok();
    let mut readers = readers::all();
    readers.retain(|reader| only.as_deref().is_none_or(|only| reader.name == only));
    assert!(!readers.is_empty(), "there is no such reader");

    for reader in &readers {
        match number("STEADFAST_FUZZ_INPUT") {
            Some(input) => try_input(reader, seed, input),
            None => feed(reader, seed, inputs),
        }
        println!("fuzz: {}", reader.name);
    }
    let all = inputs * readers.len() as u64;
    println!("fuzz: {all} inputs, {inputs} for each of {} readers, seed {seed}", readers.len());
}

/// Feeds a reader from all processors, and watches that it goes on.
fn feed(reader: &Reader, seed: u64, inputs: u64) {
    let next = AtomicU64::new(0);
    let (done, watched) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..processors() {
            let (next, done) = (&next, done.clone());
            scope.spawn(move || {
                loop {
                    let input = next.fetch_add(1, Ordering::Relaxed);
                    if input >= inputs {
                        return;
                    }
                    try_input(reader, seed, input);
                    done.send(input).expect("somebody watches");
                }
            });
        }
        drop(done);
        let mut last = 0;
        loop {
            match watched.recv_timeout(HANGS) {
                Ok(input) => last = input,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    eprintln!("HANGS: {} with seed {seed}, soon after the input {last}", reader.name);
                    std::process::abort();
                }
            }
        }
    });
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn try_input(reader: &Reader, seed: u64, input: u64) {
    let random = Random::split(seed, &reader.name, input);
    let bytes = mutate::input(&reader.seeds, &random);
    let tried = catch_unwind(AssertUnwindSafe(|| (reader.read)(&bytes, &random)));
    let most = bytes.len() * reader.grows + ROOM;
    let why = match tried {
        Ok(held) if held <= most => return,
        Ok(held) => format!("holds {held} bytes for {}", bytes.len()),
        Err(_) => "panics".to_owned(),
    };
    panic!(
        "{} {why}: STEADFAST_SEED={seed} STEADFAST_FUZZ_READER={:?} STEADFAST_FUZZ_INPUT={input}\n{}",
        reader.name,
        reader.name,
        String::from_utf8_lossy(&bytes)
    );
}

/// What is allowed whatever came in: an error of ours, a name, a few counts.
const ROOM: usize = 2 << 10;
