//! A world that can be told what goes wrong: providers with a script, and a clock that waits for nobody.
//!
//! Why: an hour of outage must be a test of a millisecond, and the same seed must give the same hour.
//! The simulator stands on the outer side of the [`Host`](crate::host::Host) border and implements it;
//! the core never imports it. Two things share it: the tests and experiments (clock, world, host), and the
//! provider `sim` of a start without any key ([`live`]).
//!
//! How it works, from the inside out:
//!
//! 1. A [`Behaviour`] is what a provider does with one attempt, as plain data.
//! 2. [`provider`] lays it out in time for one request, then plays it over any host's `sleep` and `now`.
//! 3. [`SimHost`] is a host whose network is scripted providers and whose time is a [`World`]'s.
//! 4. [`Divert`] gives any host another network; [`live::simulated`] is a real one with one provider more.

mod body;
#[cfg(not(target_arch = "wasm32"))]
mod clock;
mod delay;
mod divert;
#[cfg(not(target_arch = "wasm32"))]
mod host;
pub mod live;
pub mod provider;
mod random;
mod script;
mod story;
#[cfg(test)]
mod tests;
mod wire;
#[cfg(not(target_arch = "wasm32"))]
mod world;

pub use body::{Given, collect};
#[cfg(not(target_arch = "wasm32"))]
pub use clock::{Clock, Sleep};
pub use delay::Delay;
pub use divert::{Divert, Fetched};
#[cfg(not(target_arch = "wasm32"))]
pub use host::{Attempt, Outcome, SimHost, base_url};
pub use random::Random;
pub use script::{Behaviour, Content, End, ErrorObject, Opening, Part};
#[cfg(not(target_arch = "wasm32"))]
pub use world::{Stuck, World};
