//! The languages that providers speak, each as the same four pure files: `request` out, `answer` in,
//! `stream` in, `error` in.
//!
//! The border is this module's functions and [`Reader`]: what goes out is an [`UpstreamRequest`], what comes
//! in is an answer in the common language or a [`Failure`] with its class. The common language is OpenAI's:
//! the other dialects are translated into it, streams by way of [`translated`]. Everything behind it is pure (no
//! I/O, no clock, no memory of other requests), so every split and truncation of a stream is a loop in a test. A
//! vendor that is almost OpenAI is a row of [`Quirks`](crate::catalog::Quirks), not a folder.

pub mod anthropic;
mod asked;
pub mod count;
mod date;
pub mod embeddings;
pub mod gemini;
pub mod native;
pub mod openai;
pub mod refused;
pub mod responses;
pub mod translated;

use bytes::Bytes;

use self::asked::Asked;
use self::translated::{Translated, Translator};
use crate::catalog::{Dialect, Prefill};
use crate::chat::answer::Verdict;
use crate::chat::format::Format;
use crate::chat::request::{Ask, Purpose};
use crate::chat::usage::Usage;
use crate::class::Class;
use crate::config::Target;
use crate::failure::Failure;
use crate::host::{Headers, Millis, UpstreamRequest};
use crate::json::Object;
use crate::secret::Secret;
use crate::stream::decoder::Event;
use crate::stream::seam::Manner;

/// Why this target cannot answer this request, whatever its health, if so.
#[must_use]
pub fn barred<'a>(ask: &'a Ask, target: &Target) -> Option<&'a str> {
    let by_purpose = match ask.purpose {
        Purpose::Chat => openai::request::barred(ask, target),
        Purpose::Embeddings => embeddings::barred(target),
        Purpose::Count => count::barred(target),
    };
    by_purpose.or_else(|| native::barred(ask, target))
}

/// Whether this target is asked in OpenAI's chat, not in another language of its own.
#[must_use]
pub fn is_asked_in_chat(ask: &Ask, target: &Target) -> bool {
    native::spoken(ask, target, None) == Dialect::OpenAi
}

/// Whether this target is asked in the caller's own words.
#[must_use]
pub fn is_native(ask: &Ask, target: &Target, carries_on: Option<&CarriesOn>) -> bool {
    native::of(ask, target, carries_on).is_some()
}

/// The form that this target's answer is to have, as far as it can be checked: the configuration's, where it lays one over
/// the caller's and that is told.
#[must_use]
pub fn format(ask: &Ask, target: &Target) -> Option<Format> {
    let laid_over = target.params.iter().find(|(name, _)| name == "response_format");
    match laid_over.filter(|_| !is_native(ask, target, None)) {
        Some((_, format)) => Format::read(format),
        // What may be continued is no JSON.
        None if ask.continuable => None,
        None => Format::read(Object::again(&ask.body, &ask.outline).value("response_format")?),
    }
}

/// What a target is sent for this request, or for what is left of its answer. What had to be changed or left
/// out for this target is said in `notes`, a few words each.
///
/// # Errors
/// What cannot be said in the target's dialect.
pub fn request(
    ask: &Ask,
    target: &Target,
    key: Option<&Secret>,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Result<UpstreamRequest, Failure> {
    if ask.purpose == Purpose::Embeddings {
        return Ok(embeddings::request(ask, target, key));
    }
    if let Some(native) = native::of(ask, target, carries_on) {
        let mut head = language(native.dialect).0(ask, target, key, None)?;
        let body = native::body(ask.purpose, native, target, notes);
        if ask.purpose == Purpose::Count {
            head.url.push_str("/count_tokens");
        }
        return Ok(UpstreamRequest { body, ..head });
    }
    for lost in ask.native.iter().flat_map(|native| &native.lost) {
        asked::note(notes, lost);
    }
    let spoken = native::spoken(ask, target, carries_on);
    let hears_of_effort = matches!(spoken, Dialect::OpenAi | Dialect::Responses);
    if hears_of_effort
        && let Some(openai::request::InVain::Missed) = openai::request::thinks_in_vain(ask, target)
    {
        asked::dropped(notes, "reasoning_effort");
    }
    // Whoever is to carry on from nothing simply answers.
    let carries_on = carries_on.filter(|carries_on| !carries_on.text.is_empty());
    let (head, body) = language(spoken);
    let head = head(ask, target, key, carries_on)?;
    let object = Object::again(&ask.body, &ask.outline);
    let body = body(ask, &Asked::of(&object, target), carries_on, notes)?;
    Ok(UpstreamRequest { body, ..head })
}

/// Where a request goes, with the key and without a body.
type Head = fn(&Ask, &Target, Option<&Secret>, Option<&CarriesOn>) -> Result<UpstreamRequest, Failure>;

/// What is sent there; what had to be changed or left out is said in the notes.
type Body = fn(&Ask, &Asked<'_>, Option<&CarriesOn>, &mut Vec<String>) -> Result<Vec<Bytes>, Failure>;

/// How a request is written in a language.
fn language(dialect: Dialect) -> (Head, Body) {
    match dialect {
        Dialect::OpenAi => (openai::request::head, openai::request::body),
        Dialect::Anthropic => (anthropic::request::head, anthropic::request::body),
        Dialect::Gemini => (gemini::request::head, gemini::request::body),
        Dialect::Responses => (responses::request::head, responses::request::body),
    }
}

/// Such an address, with the header that shows the key.
fn addressed(url: String, stream: bool, key: Option<(&'static str, String)>) -> UpstreamRequest {
    let accepted = if stream { "text/event-stream" } else { "application/json" };
    let mut headers = Headers::json();
    headers.push("accept", accepted);
    if let Some((name, value)) = key {
        headers.push(name, &value);
    }
    UpstreamRequest { url, headers, body: Vec::new() }
}

/// The members of a success.
///
/// # Errors
/// It is no JSON object.
fn opened(body: &[u8]) -> Result<Object<'_>, Failure> {
    Object::read(body).map_err(|why| flaw(&format!("the answer is not a JSON object: {why}")))
}

/// What stands there cannot be said to this provider, and why not.
fn unsayable(place: &str, why: String) -> Failure {
    let mut failure = Failure::new(Class::InvalidRequest, why);
    failure.param = Some(place.to_owned());
    failure
}

/// It is no answer, and why.
fn flaw(what: &str) -> Failure {
    Failure::new(Class::BadOutput, what)
}

/// A whole answer.
pub struct Whole {
    /// As the common language says it.
    pub body: Bytes,
    /// As the provider said it, where the caller speaks the provider's language.
    pub native: Option<Bytes>,
    /// What it is.
    pub verdict: Verdict,
}

/// Reads a whole answer (status 2xx).
///
/// # Errors
/// The failure that the answer really is: an error object, nothing said, no answer at all.
pub fn answer(ask: &Ask, target: &Target, body: Bytes, unix_now: Millis) -> Result<Whole, Failure> {
    let judged = match ask.purpose {
        Purpose::Chat => None,
        Purpose::Embeddings => Some(embeddings::answer(ask, &body)?),
        Purpose::Count => Some(count::answer(&body)?),
    };
    if let Some(verdict) = judged {
        let encoded = embeddings::encoded(ask, &body);
        return Ok(Whole { body: encoded.map_or(body, Bytes::from), native: None, verdict });
    }
    let spoken = native::spoken(ask, target, None);
    let marked = match spoken {
        Dialect::Responses => responses::seal::marked(&body, &target.provider.name),
        _ => None,
    };
    let body = marked.map_or(body, Bytes::from);
    let native = native::of(ask, target, None).map(|_| body.clone());
    let body = match spoken {
        Dialect::OpenAi => body,
        Dialect::Anthropic => anthropic::answer::translate(&body, unix_now)?.into(),
        Dialect::Gemini => gemini::answer::translate(&body, unix_now)?.into(),
        Dialect::Responses => responses::answer::translate(&body, unix_now)?.into(),
    };
    let (body, mut verdict) = openai::answer::read(body, ask.functions)?;
    // Whoever speaks the provider's language sees what no chat has a word for.
    if let (Dialect::Anthropic, Some(native), false) = (spoken, &native, verdict.says.answer) {
        verdict.says.answer = anthropic::answer::has_its_own(native);
    }
    Ok(Whole { body, native, verdict })
}

/// A reader of a streamed answer (status 2xx). One that carries on another's stream speaks under its name.
#[must_use]
pub fn reader(
    ask: &Ask,
    target: &Target,
    carries_on: Option<&CarriesOn>,
    unix_now: Millis,
) -> Box<dyn Reader> {
    let reader = openai::stream::Reader::new(ask, target, carries_on);
    let translator: Box<dyn Translator> = match native::spoken(ask, target, carries_on) {
        Dialect::OpenAi => return Box::new(reader),
        Dialect::Anthropic => Box::new(anthropic::stream::Translator::new(unix_now)),
        Dialect::Gemini => Box::new(gemini::stream::Translator::new(unix_now)),
        Dialect::Responses => Box::new(responses::stream::Translator::new(unix_now, &target.provider.name)),
    };
    let translated = Translated::new(translator, reader);
    match native::of(ask, target, carries_on) {
        Some(_) => native::reader(target, translated),
        None => Box::new(translated),
    }
}

/// How this target is asked to carry on, unless it has refused that.
#[must_use]
pub fn manner(target: &Target) -> Manner {
    if !target.facts.capabilities.prefill || target.provider.quirks.prefill == Prefill::None {
        return Manner::Words;
    }
    match target.provider.dialect {
        // It refuses white space at the end.
        Dialect::Anthropic => Manner::Trimmed,
        Dialect::OpenAi | Dialect::Gemini => Manner::Prefill,
        // It has no such thing.
        Dialect::Responses => Manner::Words,
    }
}

/// Whether a target hears this header of the caller's: a vendor's own is for those who speak its language.
#[must_use]
pub fn hears(target: &Target, header: &str) -> bool {
    match target.provider.dialect {
        Dialect::OpenAi | Dialect::Responses => !header.starts_with("anthropic-"),
        Dialect::Anthropic => !header.starts_with("openai-"),
        Dialect::Gemini => !header.starts_with("anthropic-") && !header.starts_with("openai-"),
    }
}

/// What is left of an answer that broke off: it carries on from here.
#[derive(Clone, Debug)]
pub struct CarriesOn {
    /// Under what name.
    pub identity: Identity,
    /// The text that the caller has.
    pub text: String,
    /// What that cost, known or estimated.
    pub usage: Usage,
    /// How it is asked for.
    pub manner: Manner,
}

/// What a refusal means (status not 2xx): its class, and how long to wait.
#[must_use]
pub fn error(target: &Target, status: u16, headers: &Headers, body: &[u8], unix_now: Millis) -> Failure {
    match target.provider.dialect {
        Dialect::OpenAi => openai::error::read_from(&target.provider.quirks, status, headers, body, unix_now),
        Dialect::Anthropic => anthropic::error::read(status, headers, body, unix_now),
        Dialect::Gemini => gemini::error::read(status, headers, body, unix_now),
        Dialect::Responses => responses::error::read(status, headers, body, unix_now),
    }
}

/// A stream's state machine: events in, the caller's bytes out.
pub trait Reader {
    /// Takes one event; puts what the caller gets of it behind `out`.
    fn push(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Step;

    /// The upstream body has ended: was the answer whole? `rest` is what was left over.
    fn end(&mut self, rest: &Bytes, out: &mut Vec<u8>) -> Step;

    /// What the stream said so far.
    fn state(&self) -> &State;
}

/// What an event meant.
#[derive(Debug)]
pub enum Step {
    /// Nothing that a caller sees: a role, a comment, a count.
    Quiet,
    /// Content.
    Content,
    /// Not an event of this dialect; dropped.
    Malformed,
    /// The answer is whole as far as it is known; a count may follow.
    Finished,
    /// The stream is over and whole.
    Done,
    /// The stream is over and not whole.
    Failed(Failure),
}

/// Under what name a stream speaks: all of its chunks carry these, whoever wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `id`, as JSON text.
    pub id: Option<String>,
    /// `created`, as JSON text.
    pub created: Option<String>,
    /// `model`, as JSON text.
    pub model: String,
    /// How many entries of its lists were numbered for clients that want that.
    pub listed: u64,
}

/// What a stream said so far.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Under what name it speaks.
    pub identity: Identity,
    /// Something that is an answer was shown.
    pub answered: bool,
    /// This leg said something that is an answer, be it what the caller has already.
    pub spoke: bool,
    /// Thoughts were shown.
    pub reasoned: bool,
    /// The model declined, in part of it at least.
    pub refused: bool,
    /// The text that was shown: the inside of a JSON string, escapes as they came. Empty again once it is longer
    /// than anybody carries on from.
    pub text: String,
    /// How many bytes of text were shown.
    pub shown: usize,
    /// How many bytes of thoughts.
    pub thoughts: usize,
    /// Something was shown that nobody can carry on from.
    pub more_than_text: bool,
    /// A tool call is being made.
    pub in_tool: bool,
    /// Why the answer ended; with several choices, the first of them.
    pub finish: Option<String>,
    /// Every choice that was asked for has ended.
    pub finished: bool,
    /// What it cost.
    pub usage: Option<Usage>,
}

/// A longer text is not carried on from, for it would be sent again as part of the prompt; and so not kept.
pub const LONGEST_KEPT: usize = 1 << 20;

impl State {
    /// Notes text that was shown.
    pub fn show(&mut self, text: &str) {
        self.shown += text.len();
        if self.shown <= LONGEST_KEPT {
            self.text.push_str(text);
        } else {
            self.text = String::new();
        }
    }

    /// How many bytes were said, by which a cost that nobody stated is guessed.
    #[must_use]
    pub fn said(&self) -> usize {
        self.shown + self.thoughts
    }

    /// Whether a finished stream said nothing that is an answer. One that a filter emptied counts as one; one
    /// that was to carry on and added nothing does not, for nobody knows that the text was whole.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.spoke && self.finish.as_deref() != Some("content_filter")
    }
}
