//! Embeddings, as OpenAI's endpoint takes and gives them: the caller's own bytes, and the provider's.
//!
//! Source: the OpenAI API reference, "Embeddings".

use crate::catalog::Dialect;
use crate::chat::answer::Verdict;
use crate::chat::chunk::Says;
use crate::chat::request::Ask;
use crate::chat::usage::Usage;
use crate::config::Target;
use crate::dialect::{asked, flaw, openai, opened};
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::json::{self, Elements, Object, says_something};
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
    let mut edit = asked::readdressed(&object, target);
    for (name, value) in target.params.iter().filter(|(name, _)| OWN.contains(&name.as_str())) {
        edit.set(name, value.as_str());
    }
    let head = openai::request::to("/embeddings", target, key, false);
    UpstreamRequest { body: edit.pieces(&ask.body), ..head }
}

/// How many things there are in `input`: one, alone or as a list of its tokens, or a list of them.
fn inputs(ask: &Ask) -> usize {
    let object = Object::again(&ask.body, &ask.outline);
    match object.list("input").next().and_then(|first| first.bytes().next()) {
        None | Some(b'-' | b'0'..=b'9') => 1,
        Some(_) => object.list("input").count(),
    }
}

/// Parameters of a target that mean embeddings; the others are for chats.
const OWN: [&str; 3] = ["dimensions", "encoding_format", "user"];

/// The answer with its vectors in base64, where that was asked for and numbers came: OpenAI's SDKs ask for it by
/// themselves, and that for Node made zeros of the numbers for long, that for .NET stops with an error. `None`: as it came.
#[must_use]
pub fn encoded(ask: &Ask, body: &[u8]) -> Option<String> {
    if !Object::again(&ask.body, &ask.outline).is("encoding_format", r#""base64""#) {
        return None;
    }
    json::with(str::from_utf8(body).ok()?, &mut |_, answer| {
        answer.each("data", &mut |_, entry| _ = entry.alter("embedding", &mut in_base64));
    })
}

/// Numbers as a JSON string: each in four bytes, the least first, all in base64 (RFC 4648, 4). `None`: they are none.
fn in_base64(numbers: &str) -> Option<String> {
    let mut bytes = Vec::new();
    for number in json::elements(numbers)? {
        bytes.extend((json::number(number)? as f32).to_le_bytes());
    }
    let mut out = String::from("\"");
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let sign = LETTERS.get((bits >> (18 - 6 * at) & 63) as usize).filter(|_| at <= three.len());
            out.push(sign.map_or('=', |letter| char::from(*letter)));
        }
    }
    out.push('"');
    Some(out)
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads a whole answer: a list of vectors, as many as were asked for.
///
/// # Errors
/// The failure that it really is.
pub fn answer(ask: &Ask, body: &[u8]) -> Result<Verdict, Failure> {
    let object = opened(body)?;
    if let Some(error) = object.said("error") {
        return Err(openai::error::inside_success(error));
    }
    let data = object.value("data").filter(|data| data.starts_with('['));
    let data = data.ok_or_else(|| flaw("the answer has no `data`"))?;
    let (vectors, inputs) = (Elements::of(data).count(), inputs(ask));
    if vectors > 0 && vectors != inputs {
        return Err(flaw(&format!("{vectors} vectors came, where {inputs} were asked for")));
    }
    let says = Says { answer: says_something(data), ..Says::default() };
    let usage = object.value("usage").and_then(Usage::read);
    Ok(Verdict { says, finish: Some("stop".into()), usage, is_odd: false, model: None })
}
