//! The common language: what a chat request, an answer and a chunk of a stream look like, read as far
//! as routing needs and not an inch further. No vendors and no I/O in here.
//!
//! The bytes stay the caller's and the provider's own: a change is a splice ([`json`](crate::json)) and never a
//! re-serialisation.

pub mod answer;
pub mod chunk;
pub mod content;
pub mod format;
pub mod marks;
pub mod needs;
pub mod request;
pub mod said;
pub mod schema;
pub mod thought;
pub mod usage;
