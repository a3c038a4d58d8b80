//! The same, with everybody in another place: `a` speaks Gemini's format, `b` Anthropic's and `c` OpenAI's.

#![cfg(test)]
// Each file of stories brings the support that it is told with.
#![allow(clippy::duplicate_mod)]

#[path = "crossing/stories.rs"]
mod stories;
