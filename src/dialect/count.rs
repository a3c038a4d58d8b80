//! How many tokens a prompt has: Anthropic counts, the others do not, and for them it is guessed.
//!
//! Source: the Anthropic API reference, "Count tokens in a Message".

use crate::catalog::Dialect;
use crate::chat::answer::Verdict;
use crate::chat::chunk::Says;
use crate::class::Class;
use crate::config::Target;
use crate::failure::Failure;
use crate::json::Object;

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
