//! Experiments in the simulator: what the gateway is worth, in virtual time. `make tail`, `make availability`.

// An experiment that goes wrong is to stop, and how long it took is a matter of real time.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods)]

use std::process::ExitCode;
use std::time::Instant;

mod availability;
mod contenders;
mod figures;
mod sky;
mod tail;
mod upstream;

use steadfast::sim::Random;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let experiment = arguments.next().unwrap_or_default();
    let number = |text: Option<String>| text.filter(|text| !text.is_empty()).map(|text| text.parse::<u64>());
    let (Ok(seed), Ok(count)) =
        (number(arguments.next()).unwrap_or(Ok(1)), number(arguments.next()).transpose())
    else {
        eprintln!("The seed and the number of requests are whole numbers.");
        return ExitCode::FAILURE;
    };
    // Neighbouring seeds are to have nothing in common.
    let drawn = Random::seeded(seed).next();
    let began = Instant::now();
    let kept = match experiment.as_str() {
        "tail" => {
            let mut tail = tail::Tail::read();
            tail.requests.count = count.unwrap_or(tail.requests.count);
            let report = tail::run(&tail, drawn);
            tail::print(&tail, &report);
            report.keeps(&tail.promise)
        }
        "availability" => {
            let mut mix = sky::Mix::read();
            mix.requests.count = count.unwrap_or(mix.requests.count);
            availability::print(&mix, availability::run(&mix, drawn));
            true
        }
        other => {
            eprintln!("There is no experiment {other:?}: tail, availability.");
            false
        }
    };
    println!("\nSeed {seed}; it took {:.1} s.", began.elapsed().as_secs_f64());
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
