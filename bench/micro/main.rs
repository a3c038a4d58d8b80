//! What the hot pure parts cost by themselves, without a border, a runtime or a network: `make bench-core`.
//!
//! In nanoseconds of this machine, so for comparing two commits on one machine. What steadfast costs its users is
//! measured in workerd and Node, by `make bench`.

// A benchmark that goes wrong is to stop, and how long things take is a matter of real time.
#![allow(clippy::expect_used, clippy::disallowed_methods, missing_docs, unused_crate_dependencies)]

mod dialects;
mod fixtures;
mod json;
mod strategies;
mod streams;

/// Allocations are counted too: in WebAssembly they cost more than here.
#[global_allocator]
static MEMORY: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}
