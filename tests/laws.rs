//! The laws that hold in every world: any nesting of strategies, any mix of faults, any timing.
//!
//! A world is made out of its seed, and the same seed makes the same world again:
//!
//! - `STEADFAST_SEED=7` lets one world happen and tells its story;
//! - `STEADFAST_WORLDS=100000` says how many are tried.

#![cfg(test)]

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
    let threads = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let found: Vec<Found> = thread::scope(|scope| {
        let runs: Vec<_> = (0..threads)
            .map(|first| {
                scope.spawn(move || {
                    (first..worlds).step_by(threads as usize).map(try_world).collect::<Vec<_>>()
                })
            })
            .collect();
        runs.into_iter().flat_map(|run| run.join().expect("it only counts")).collect()
    });
    let share = |what: &str, has: fn(&Story) -> bool| {
        let count = found.iter().filter(|found| has(&found.story)).count();
        println!("  {what:<18} {count:>7}  {:>5.1} %", 100.0 * count as f64 / worlds as f64);
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
    let sum = |of: fn(&Story) -> u64| found.iter().map(|found| of(&found.story)).sum::<u64>();
    println!(
        "{} answers were whole, {} were marked as errors",
        sum(|story| story.whole),
        sum(|story| story.marked)
    );

    let mut broken: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
    for found in &found {
        for violation in &found.violations {
            let law = violation.split([':', '[']).next().unwrap_or_default().trim();
            broken.entry(law).or_default().push((found.seed, violation));
        }
    }
    for (law, cases) in &broken {
        println!("BROKEN: {law}: {} times; replay with", cases.len());
        for (seed, violation) in cases.iter().take(5) {
            println!("  STEADFAST_SEED={seed}  {}", violation.chars().take(400).collect::<String>());
        }
    }
    assert!(broken.is_empty(), "a law is broken");
    for (what, count) in shares {
        assert!(count as u64 * 10 >= worlds, "too few worlds had {what}");
    }
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
