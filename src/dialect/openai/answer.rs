//! A whole answer, as it came: is it one, and of what kind?

use bytes::Bytes;

use crate::chat::answer::{Flaw, Verdict, judge};
use crate::class::Class;
use crate::failure::Failure;

use super::{error, mend};

/// Reads the body of a success; one that is not quite as OpenAI writes it is put right. `functions`: what is called is
/// said in OpenAI's first words for it.
///
/// # Errors
/// The failure that it really is.
pub fn read(body: Bytes, functions: bool) -> Result<(Bytes, Verdict), Failure> {
    let (verdict, body) = match judged(&body)? {
        verdict if verdict.is_odd => match mend::whole(&body, functions) {
            Some(mended) => (judged(&mended)?, Bytes::from(mended)),
            None => (verdict, body),
        },
        verdict => (verdict, body),
    };
    Ok((body, verdict))
}

fn judged(body: &[u8]) -> Result<Verdict, Failure> {
    let verdict = judge(body).map_err(|flaw| match flaw {
        Flaw::Error(object) => error::inside_success(&object),
        Flaw::Shape(what) => Failure::new(Class::BadOutput, what),
    })?;
    match verdict.finish.as_deref().and_then(bad_finish) {
        Some(failure) => Err(failure),
        None => Ok(verdict),
    }
}

/// Reasons to finish that are failures of the provider, not ends of an answer.
///
/// `insufficient_system_resource` is DeepSeek's, `network_error` Zhipu's, `error` OpenRouter's; with `abort` vLLM and SGLang
/// end what they were saying when they are shut down (vllm-project/vllm#57082). Cohere writes `ERROR` and `TIMEOUT`.
#[must_use]
pub fn bad_finish(finish: &str) -> Option<Failure> {
    let class = match finish.to_ascii_lowercase().as_str() {
        "insufficient_system_resource" => Class::Overloaded,
        "network_error" | "error" | "abort" | "timeout" => Class::Server,
        _ => return None,
    };
    Some(Failure::new(class, format!("the answer finished with `{finish}`")))
}
