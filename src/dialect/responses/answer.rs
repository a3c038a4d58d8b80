//! A whole answer, said as OpenAI would.

use crate::class::Class;
use crate::failure::Failure;
use crate::host::Millis;

/// The body of a success as a `chat.completion`; `created` is taken from `unix_now` where the dialect has no date.
///
/// # Errors
/// The failure that it really is.
pub fn translate(_body: &[u8], _unix_now: Millis) -> Result<Vec<u8>, Failure> {
    Err(Failure::new(Class::BadOutput, "this dialect is not spoken yet"))
}
