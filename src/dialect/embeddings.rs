//! Embeddings, as OpenAI's endpoint takes and gives them: the caller's own bytes, and the provider's.
//!
//! Source: the OpenAI API reference, "Embeddings".

use crate::catalog::Dialect;
use crate::chat::answer::Verdict;
use crate::chat::chunk::Says;
use crate::chat::request::Ask;
use crate::chat::usage::Usage;
use crate::config::Target;
use crate::dialect::{openai, said};
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::json::{Edit, Elements, Object, quoted, says_something};
use crate::secret::Secret;

/// Why this target has none, if so.
#[must_use]
pub fn barred(target: &Target) -> Option<&'static str> {
    match target.provider.dialect {
        Dialect::OpenAi | Dialect::Responses => None,
        Dialect::Anthropic => Some("Anthropic has no embeddings"),
        Dialect::Gemini => Some(
            "Gemini's embeddings are spoken by its OpenAI-compatible endpoint: configure a provider with \
             `dialect` \"openai\" for it",
        ),
    }
}

/// What the target is sent.
#[must_use]
pub fn request(ask: &Ask, target: &Target, key: Option<&Secret>) -> UpstreamRequest {
    let object = Object::again(&ask.body, &ask.outline);
    let mut edit = Edit::new(&object);
    edit.set("model", quoted(&target.model));
    edit.remove("models");
    edit.remove("steadfast");
    for (name, value) in target.params.iter().filter(|(name, _)| OWN.contains(&name.as_str())) {
        edit.set(name, value.as_str());
    }
    let head = openai::request::head(target, key, false, "/embeddings");
    UpstreamRequest { body: edit.pieces(&ask.body), ..head }
}

/// How many things there are in `input`: one, alone or as a list of its tokens, or a list of them.
fn inputs(ask: &Ask) -> usize {
    let object = Object::again(&ask.body, &ask.outline);
    let mut inputs = object.list("input").peekable();
    match inputs.peek() {
        Some(first) if !first.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            inputs.count()
        }
        _ => 1,
    }
}

/// Parameters of a target that mean embeddings; the others are for chats.
const OWN: [&str; 3] = ["dimensions", "encoding_format", "user"];

/// Reads a whole answer: a list of vectors, as many as were asked for.
///
/// # Errors
/// The failure that it really is.
pub fn answer(ask: &Ask, body: &[u8]) -> Result<Verdict, Failure> {
    let object = said::opened(body)?;
    if let Some(error) = object.said("error") {
        return Err(openai::error::inside_success(error));
    }
    let data = object.value("data").filter(|data| data.starts_with('['));
    let data = data.ok_or_else(|| said::flaw("the answer has no `data`"))?;
    let (vectors, inputs) = (Elements::of(data).count(), inputs(ask));
    if vectors > 0 && vectors != inputs {
        return Err(said::flaw(&format!("{vectors} vectors came, where {inputs} were asked for")));
    }
    let says = Says { answer: says_something(data), ..Says::default() };
    let usage = object.value("usage").and_then(Usage::read);
    Ok(Verdict { says, finish: Some("stop".into()), usage, is_odd: false, model: None })
}
