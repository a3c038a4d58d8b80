//! steadfast keeps AI answers coming: it speaks the OpenAI API, asks many models of many providers behind
//! one key and one format, and hands over when one falters.
//!
//! The whole of it is `Gateway::fetch(Request) -> Response` over a [`host::Host`]:
//!
//! - [`gateway`] — where all the ideas meet: endpoints, callers, what is said back.
//! - [`config`] — what a user writes, and the plan that is run.
//! - [`catalog`] — providers and models as data.
//! - [`chat`] — the common language: requests, answers and chunks, read no further than needed.
//! - [`dialect`] — the languages of providers; pure.
//! - [`stream`] — bytes to events and back.
//! - [`surface`] — the languages of callers.
//! - `route` — who is asked, when, and what happens when they falter.
//! - [`health`] — what is remembered of providers, keys and models.
//! - [`class`] and [`failure`] — what kinds of failure there are and what each allows.
//! - [`host`] — the world, as one small trait.
//! - [`json`] — texts that stay what they are: read, spliced, written.
//! - [`search`], [`text`], [`words`], [`table`] and [`shared`] — a text in a text, texts joined and shortened, lists of words, a map,
//!   and a value that many hold: what costs little WebAssembly.
//! - `sim` (feature) — a world of scripted providers and a clock that waits for nobody: for tests and a first start.
//! - `worker` and `js` (features) — the two faces that wrap the core.

pub mod catalog;
pub mod chat;
pub mod class;
pub mod config;
pub mod dialect;
pub mod error;
pub mod failure;
pub mod gateway;
pub mod health;
pub mod host;
pub mod json;
mod route;
pub mod search;
pub mod secret;
pub mod shared;
pub mod stream;
pub mod surface;
pub mod table;
pub mod text;
pub mod words;

#[cfg(feature = "sim")]
pub mod sim;

pub use config::Plan;
pub use gateway::{Door, Gateway, Request, Response, ResponseBody};
pub use secret::{CallerKeys, Secrets};

#[cfg(feature = "js")]
pub mod js;
#[cfg(feature = "worker")]
pub mod worker;
