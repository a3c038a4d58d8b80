//! Answers that real providers really gave, through the gateway, to a caller of chat completions.
//!
//! The recordings are not part of the project. Where they are at hand:
//!
//! ```text
//! STEADFAST_RECORDINGS=FOLDER cargo test --features sim --test recordings -- --nocapture
//! ```
//!
//! - `STEADFAST_DIALECT=anthropic` replays those of one dialect (`openai`, `anthropic`, `gemini`, `responses`).
//! - `STEADFAST_RECORDING=groq-40a6` replays those whose name contains that, and shows what the caller got.
//! - `STEADFAST_SEED=7` cuts the large ones elsewhere.
//!
//! Each recording is one provider who answers with its status, headers and body: whole, byte by byte, cut in two
//! at every place if it is small, and cut at random places if it is large. What the caller gets must be what the
//! vendor's own SDK read from the same bytes, in OpenAI's format, whatever the cuts.

#![cfg(test)]

#[path = "recordings/heard.rs"]
mod heard;
#[path = "recordings/recording.rs"]
mod recording;
#[path = "recordings/replay.rs"]
mod replay;

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use recording::Recording;
use replay::{Cuts, Replay};

/// A recording that cannot give what is expected of it, and why.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn every_recording_gives_what_its_sdk_read() {
    let Some(folder) = env::var_os("STEADFAST_RECORDINGS") else {
        // Past the test runner, which would keep it to itself.
        let words = "SKIPPED: no recording was replayed, for STEADFAST_RECORDINGS names no folder of them.";
        return writeln!(io::stderr(), "{words}").unwrap();
    };
    let only = |name: &str| env::var(name).ok().filter(|only| !only.is_empty());
    let (dialect, name) = (only("STEADFAST_DIALECT"), only("STEADFAST_RECORDING"));
    let seed = only("STEADFAST_SEED").map_or(1, |seed| seed.parse().expect("STEADFAST_SEED is a number"));
    let mut recordings = recording::all(folder.as_ref());
    assert!(!recordings.is_empty(), "there are no recordings in {folder:?}");
    recordings.retain(|recording| dialect.as_deref().is_none_or(|only| recording.dialect == only));
    recordings.retain(|recording| name.as_deref().is_none_or(|only| recording.id.contains(only)));

    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut verdicts: Vec<(&Recording, Verdict)> = thread::scope(|scope| {
        let run = |first: usize| {
            let part = recordings.iter().skip(first).step_by(threads);
            scope.spawn(move || part.map(|recording| (recording, judge(recording, seed))).collect::<Vec<_>>())
        };
        let runs: Vec<_> = (0..threads).map(run).collect();
        runs.into_iter().flat_map(|run| run.join().expect("panics are caught")).collect()
    });
    verdicts.sort_by_key(|(recording, _)| (recording.dialect, &recording.provider, &recording.id));

    tell(&verdicts);
    if name.is_some() {
        for recording in &recordings {
            println!("\n{}: {}", recording.id, replay::shown(recording));
        }
    }
    let failed = verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_))).count();
    assert_eq!(failed, 0, "so many recordings gave something else than was expected; they are listed above");
}

/// What came of a recording.
enum Verdict {
    /// As expected, in so many replays.
    Passed(usize),
    Failed(String),
    Excepted,
}

fn judge(recording: &Recording, seed: u64) -> Verdict {
    if EXCEPTIONS.iter().any(|(id, _)| *id == recording.id) {
        return Verdict::Excepted;
    }
    let replay = Replay::of(recording);
    let mut count = 0;
    for cuts in Cuts::of(recording, seed) {
        count += 1;
        let tried = catch_unwind(AssertUnwindSafe(|| replay.run(&cuts)));
        let why = match tried {
            Ok(heard) => recording.expect.compare(recording, &heard),
            Err(panic) => Err(format!("panicked: {}", words(panic.as_ref()))),
        };
        if let Err(why) = why {
            return Verdict::Failed(format!("{cuts}: {why}"));
        }
    }
    Verdict::Passed(count)
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

fn tell(verdicts: &[(&Recording, Verdict)]) {
    // Of each dialect and provider: passed, of how many.
    let mut table: BTreeMap<(&str, &str), [usize; 2]> = BTreeMap::new();
    let mut replays = 0;
    for (recording, verdict) in verdicts {
        for row in [(recording.dialect, recording.provider.as_str()), (recording.dialect, "")] {
            let [passed, all] = table.entry(row).or_default();
            *all += 1;
            *passed += usize::from(matches!(verdict, Verdict::Passed(_)));
        }
        if let Verdict::Passed(count) = verdict {
            replays += count;
        }
    }
    for ((dialect, provider), [passed, all]) in &table {
        let name = if provider.is_empty() { format!("{dialect}:") } else { format!("  {provider}") };
        println!("{name:<16} {passed:>3} of {all:>3}");
    }
    for (recording, verdict) in verdicts {
        if let Verdict::Failed(why) = verdict {
            println!("FAILED {}/{} {why}", recording.dialect, recording.id);
        }
    }
    for (id, why) in EXCEPTIONS {
        println!("excepted: {id}, because {why}");
    }
    let count = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|(_, verdict)| is(verdict)).count();
    // Past the test runner, which would keep it to itself.
    let summary = format!(
        "recordings: {} passed of {}, {} failed, {} excepted; {replays} replays",
        count(|verdict| matches!(verdict, Verdict::Passed(_))),
        verdicts.len(),
        count(|verdict| matches!(verdict, Verdict::Failed(_))),
        count(|verdict| matches!(verdict, Verdict::Excepted)),
    );
    writeln!(io::stderr(), "{summary}").unwrap();
}
