//! What a refusal means: OpenAI says it in one form everywhere.

use crate::dialect::openai;
use crate::failure::Failure;
use crate::host::{Headers, Millis};

/// The class of a refusal (status not 2xx), and how long to wait.
#[must_use]
pub fn read(status: u16, headers: &Headers, body: &[u8], unix_now: Millis) -> Failure {
    openai::error::read(status, headers, body, unix_now)
}
