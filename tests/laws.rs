//! The laws that hold in every world: any nesting of strategies, any mix of faults, any timing.
//!
//! A world is made out of its seed, and the same seed makes the same world again:
//!
//! - `STEADFAST_SEED=7` lets one world happen and tells its story;
//! - `STEADFAST_WORLDS=100000` says how many are tried;
//! - `STEADFAST_UNTIL='at most five at once'` looks for the first world that breaks this law, for
//!   `make laws-selftest`.

#![cfg(test)]

#[path = "laws/act.rs"]
mod act;
#[path = "laws/answer.rs"]
mod answer;
#[path = "laws/judge.rs"]
mod judge;
#[path = "laws/watch.rs"]
mod watch;
#[path = "laws/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use judge::Story;
use watch::Watch;

const WORLDS: u64 = 300;

#[test]
fn the_laws_hold_in_every_world() {
    if let Some(seed) = number("STEADFAST_SEED") {
        let watch = watch::happen(seed);
        judge::judge(&watch);
        tell(&watch);
        assert!(watch.violations.borrow().is_empty());
        return;
    }
    let worlds = number("STEADFAST_WORLDS").unwrap_or(WORLDS);
    if let Ok(law) = std::env::var("STEADFAST_UNTIL") {
        assert!(LAWS.contains(&law.as_str()), "there is no law of the name {law:?}");
        let caught = (0..worlds).step_by(BATCH as usize).find_map(|from| {
            let found = try_worlds(from..worlds.min(from + BATCH));
            found.into_iter().find(|found| found.violations.iter().any(|violation| is_of(&law, violation)))
        });
        return println!("caught in world {}", caught.expect("no world broke that law").seed);
    }
    let found = try_worlds(0..worlds);
    let share = |what: &str, has: fn(&Story) -> bool| {
        let count = found.iter().filter(|found| has(&found.story)).count();
        println!("  {what:<20} {count:>7}  {:>5.1} %", 100.0 * count as f64 / worlds as f64);
        (what.to_owned(), count)
    };
    println!("{worlds} worlds, of which had");
    let shares = [
        share("a fallback", |story| story.fallback),
        share("a race", |story| story.race),
        share("a rescue", |story| story.rescue),
        share("a cancelled caller", |story| story.left),
        share("a cooldown", |story| story.cooldown),
    ];
    share("a hedge", |story| story.hedge);
    share("a probe", |story| story.probe);
    share("an alert", |story| story.alert);
    share("a tool, JSON, n = 2", |story| story.formed);
    share("a floor or a cap", |story| story.bounded);
    let sum = |of: fn(&Story) -> u64| found.iter().map(|found| of(&found.story)).sum::<u64>();
    println!(
        "{} answers were whole, {} were marked as errors",
        sum(|story| story.whole),
        sum(|story| story.marked)
    );

    let mut broken: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
    for found in &found {
        for violation in &found.violations {
            let law = LAWS.iter().find(|law| is_of(law, violation)).expect("a law of the list");
            broken.entry(law).or_default().push((found.seed, violation));
        }
    }
    for (law, cases) in &broken {
        println!("BROKEN: {law}: {} times, first in world {}; replay with", cases.len(), cases[0].0);
        for (seed, violation) in cases.iter().take(5) {
            println!("  STEADFAST_SEED={seed}  {}", violation.chars().take(400).collect::<String>());
        }
    }
    assert!(broken.is_empty(), "a law is broken");
    for (what, count) in shares {
        assert!(count as u64 * 10 >= worlds, "too few worlds had {what}");
    }
}

/// Every law. For each there is a planted defect in `tests/laws/defects`, which `make laws-selftest` shows to be
/// caught.
const LAWS: [&str; 20] = [
    "a floor and a cap are not crossed",
    "an alert keeps its place",
    "an answer is whole or marked",
    "at most five at once",
    "at most one answer",
    "bounded time",
    "losers are cancelled",
    "no attempt outlives its request",
    "no key leaves",
    "no text is made up",
    "no word is doubled or lost at a seam",
    "nothing is left",
    "nothing panics",
    "one line in the log",
    "one probe at a time",
    "retries are bounded",
    "the budget is kept",
    "the deadline is kept",
    "the trail is complete",
    "what cannot be joined is not",
];

/// So many worlds at a time, where the first one that breaks a law is looked for.
const BATCH: u64 = 200;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The patches that `make laws-selftest` plants.
fn defects() -> impl Iterator<Item = String> {
    let folder = std::fs::read_dir(format!("{ROOT}/tests/laws/defects")).expect("a folder of defects");
    folder.map(|patch| std::fs::read_to_string(patch.expect("a patch").path()).expect("a text"))
}

#[test]
fn every_law_has_a_planted_defect() {
    let law = |patch: String| patch.lines().next()?.strip_prefix("law: ").map(str::to_owned);
    let mut planted: Vec<String> = defects().map(|patch| law(patch).expect("a law")).collect();
    planted.sort_unstable();
    planted.dedup();
    assert_eq!(planted, LAWS);
}

/// A patch that applies no more is found by whoever changes the source, and not by whoever runs the selftest next.
#[test]
fn every_defect_is_one_of_todays_source() {
    for patch in defects() {
        let (about, hunks) = patch.split_once("\n--- a/").expect("a file");
        let (file, hunks) = hunks.split_once('\n').expect("hunks");
        let source = std::fs::read_to_string(format!("{ROOT}/{file}")).expect("a source");
        for hunk in hunks.split("\n@@ ").skip(1) {
            let before = hunk.lines().skip(1).filter_map(|line| line.strip_prefix([' ', '-']));
            let before: Vec<&str> = before.collect();
            assert!(source.contains(&before.join("\n")), "{about}\nis not in {file} any more:\n{hunk}");
        }
    }
}

fn is_of(law: &str, violation: &str) -> bool {
    violation.strip_prefix(law).is_some_and(|rest| rest.starts_with([':', ' ']))
}

/// Lets worlds happen on all processors; what was found, in the order of the seeds.
fn try_worlds(seeds: std::ops::Range<u64>) -> Vec<Found> {
    let threads = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let mut found: Vec<Found> = thread::scope(|scope| {
        let runs: Vec<_> = (0..threads)
            .map(|first| {
                let seeds = (seeds.start + first..seeds.end).step_by(threads as usize);
                scope.spawn(move || seeds.map(try_world).collect::<Vec<_>>())
            })
            .collect();
        runs.into_iter().flat_map(|run| run.join().expect("it only counts")).collect()
    });
    found.sort_by_key(|found| found.seed);
    found
}

struct Found {
    seed: u64,
    story: Story,
    violations: Vec<String>,
}

fn try_world(seed: u64) -> Found {
    let tried = catch_unwind(AssertUnwindSafe(|| {
        let watch = watch::happen(seed);
        let story = judge::judge(&watch);
        (story, watch.violations.take())
    }));
    let (story, violations) =
        tried.unwrap_or_else(|_| (Story::default(), vec!["nothing panics: it did".into()]));
    Found { seed, story, violations }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn tell(watch: &Watch) {
    println!("world {}\n{:#}", watch.plan.seed, watch.plan.config);
    for (target, temper) in &watch.plan.targets {
        println!("{target}: {temper:?}");
    }
    for seen in watch.seen.borrow().iter() {
        let ended = seen.ended.get().map_or("never".to_owned(), |ended| ended.to_string());
        println!(
            "{:>7} ms  request {} asks {} ({}; {} beside; turn {}; breaker {:?}) until {ended}",
            seen.started, seen.request, seen.target, seen.behaviour, seen.beside, seen.turn, seen.breaker
        );
    }
    for (request, told) in watch.told.borrow().iter().enumerate() {
        println!("request {request}: {:?}", watch.plan.requests[request]);
        println!(
            "  began {}, head {:?}, left {:?}, ended {:?}",
            told.started, told.head_at, told.left_at, told.ended_at
        );
        println!("  {} {:?}\n{}", told.status, told.headers, String::from_utf8_lossy(&told.raw));
    }
    for (request, line) in watch.log.borrow().iter() {
        println!("log {request}: {line}");
    }
    for violation in watch.violations.borrow().iter() {
        println!("BROKEN: {violation}");
    }
}
