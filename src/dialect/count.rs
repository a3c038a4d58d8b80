//! How many tokens a prompt has: Anthropic counts, the others do not, and for them it is guessed.
//!
//! Source: the Anthropic API reference, "Count tokens in a Message".

use crate::catalog::Dialect;
use crate::chat::answer::Verdict;
use crate::chat::chunk::Says;
use crate::chat::request::Ask;
use crate::class::Class;
use crate::config::Target;
use crate::failure::Failure;
use crate::json::Object;
use crate::search;

/// Why this target cannot count, if so.
#[must_use]
pub fn barred(target: &Target) -> Option<&'static str> {
    (target.provider.dialect != Dialect::Anthropic).then_some("it does not count tokens")
}

/// Reads a count.
///
/// # Errors
/// What came instead.
pub fn answer(body: &[u8]) -> Result<Verdict, Failure> {
    let counted = Object::read(body).is_ok_and(|object| object.value("input_tokens").is_some());
    if !counted {
        return Err(Failure::new(Class::BadOutput, "the answer has no `input_tokens`"));
    }
    let says = Says { answer: true, ..Says::default() };
    Ok(Verdict { says, finish: Some("stop".into()), usage: None, is_odd: false, model: None })
}

/// A guess where nobody counts: four bytes of the conversation a token, and so many for an image or a file,
/// however many bytes it has.
#[must_use]
pub fn guess(ask: &Ask) -> u64 {
    let (mut bytes, mut files) = (ask.body.len(), 0);
    for at in search::places(&ask.body, ";base64,") {
        let data = ask.body.get(at..).unwrap_or_default();
        bytes = bytes.saturating_sub(memchr::memchr(b'"', data).unwrap_or(data.len()));
        files += 1;
    }
    bytes.div_ceil(4) as u64 + files * A_FILE
}

/// What Anthropic counts for an image of common size (its guide to vision, "Evaluate image size").
const A_FILE: u64 = 1_500;
