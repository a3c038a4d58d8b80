//! What a target refuses of what it is sent, and what is sent without it.
//!
//! A refusal of the caller's own request ends the search for an answer. But a model that does not know a wish which
//! only shapes its answer, or takes nobody's thoughts but its own, answers well without. The catalogue says so of those
//! it knows; what their successors refuse is heard from their own words.

use crate::catalog::Dialect;
use crate::config::Target;
use crate::dialect::asked::LIMITS;
use crate::dialect::openai::fit::{FIXED, FOREIGN};
use crate::dialect::{anthropic, asked, responses};
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::json::{self, Object, Reader};
use crate::search;
use crate::text;
use crate::words::{Words, words};

/// What a target may refuse of a request that it could answer without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The beginning of an answer, as such.
    Prefill,
    /// The thoughts of the conversation.
    Thoughts,
    /// Features that the caller asked for in a header.
    Betas,
    /// A member of the body, by its name.
    Member(&'static str),
}

/// What this target has refused, as far as its words say it: OpenAI the thoughts that it hid for another organization, for
/// a pool may have keys of several.
#[must_use]
pub fn read(target: &Target, failure: &Failure, sent: &dyn Fn() -> Option<UpstreamRequest>) -> Vec<Refused> {
    let is_claude = target.provider.dialect == Dialect::Anthropic;
    if failure.code.as_deref() == Some("invalid_encrypted_content") {
        return vec![Refused::Thoughts];
    }
    match is_claude.then(|| anthropic::error::refused(failure)).flatten() {
        Some(refused) => vec![refused],
        None => members(failure, sent),
    }
}

/// What only shapes an answer, or says what else is to be done with it: the wishes that a target may do without. What the
/// answer is about (messages, tools, its form, its length) is not among them; a limit has two names. Beside these: what
/// other vendors alone understand, and how tokens are drawn.
const SHAPING: Words = words![
    "chat_id",
    "enable_thinking",
    "features",
    "keep_alive",
    "max_tokens",
    "max_completion_tokens",
    "metadata",
    "num_ctx",
    "options",
    "parallel_tool_calls",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "safety_identifier",
    "seed",
    "service_tier",
    "session_id",
    "store",
    "stream_options",
    "thinking",
    "user",
    "verbosity",
    "web_search_options",
];

/// How it is said that a member is not taken, whatever its value: OpenAI and Azure, xAI, Groq and Cerebras, Mistral
/// and vLLM, Anthropic, in threads on other clients.
const NOT_TAKEN: Words = words![
    "unsupported",
    "not support",
    "unknown",
    "unrecognized",
    "unexpected",
    "not permitted",
    "deprecated"
];

fn members(failure: &Failure, sent: &dyn Fn() -> Option<UpstreamRequest>) -> Vec<Refused> {
    let said = plain(&own_words(&failure.message));
    let sent = if is_refusal(&said) { sent() } else { None };
    let body = sent.map(|sent| sent.body.concat()).unwrap_or_default();
    let Ok(body) = Object::read(&body) else { return Vec::new() };
    let blamed = failure.param.as_deref().unwrap_or_default();
    let mut named = Vec::new();
    for names in [SHAPING, FOREIGN, FIXED] {
        for name in names.iter() {
            if let Some(value) = body.value(name)
                && (blamed == name || behind(&said, name).is_some())
            {
                named.push((name, plain(value)));
            }
        }
    }
    // What is quoted may be the caller's own words: what one makes up must not be learned for all.
    let is_made_up = |name: &str| {
        let says = |value: &str| search::contains(value, &plain(name));
        named.iter().any(|(other, value)| is_refusal(value) || *other != name && says(value))
    };
    named.iter().filter(|(name, _)| !is_made_up(name)).map(|(name, _)| Refused::Member(name)).collect()
}

/// Whether these words refuse a member for all who send it, and not one value of several, a part of it, or what it is beside.
#[must_use]
pub fn is_for_all(name: &str, words: &str) -> bool {
    let said = plain(&own_words(words));
    let is_whole = |after: &str| !after.trim_start_matches(MARKS).starts_with(['.', ',', '[']);
    !search::contains(&said, "supported values") && behind(&said, name).is_some_and(is_whole)
}

/// What is said without what is repeated of the request: Pydantic does so for Mistral (as JSON) and vLLM (as Python).
fn own_words(message: &str) -> String {
    let before = |words, mark| search::split_once(words, mark).map_or(words, |(before, _)| before);
    let mut rest = ["'input':", "input_value="].into_iter().fold(message, before);
    let mut own = String::new();
    while let Some((before, after)) = search::split_once(rest, r#""input":"#) {
        own.push_str(before);
        let mut repeated = Reader::new(after);
        rest = repeated.value().ok().and_then(|_| after.get(repeated.at()..)).unwrap_or_default();
    }
    own + rest
}

fn is_refusal(said: &str) -> bool {
    NOT_TAKEN.iter().any(|words| search::contains(said, words))
}

/// As all of them write: xAI has `presencePenalty` for what it takes as `presence_penalty`.
fn plain(text: &str) -> String {
    text::only(text, &mut |c| c != '_').to_ascii_lowercase()
}

/// What stands behind the name of a member, which may be a word like others: in quotation marks, or where a name is expected.
fn behind<'s>(said: &'s str, name: &str) -> Option<&'s str> {
    let name = plain(name);
    search::places(said.as_bytes(), &name).find_map(|at| {
        let before = said.get(..at).unwrap_or_default();
        let before = before.strip_suffix("body.").unwrap_or(before);
        let after = said.get(at + name.len()..).unwrap_or_default();
        let is_marked = before.is_empty()
            || before.ends_with(MARKS)
            || [": ", "parameter ", "\n"].iter().any(|end| before.ends_with(end));
        // "Unexpected role 'user' after role 'tool'"
        let is_role = before.trim_end_matches(['\'', '"', '`', ':', ' ']).ends_with("role");
        let is_whole = !after.starts_with(|c: char| c.is_ascii_alphanumeric());
        (is_marked && is_whole && !is_role).then_some(after)
    })
}

const MARKS: [char; 3] = ['\'', '"', '`'];

/// Takes members out of a request to a target that has refused them; a limit goes by its other name.
pub fn leave_out(names: &[&str], request: &mut UpstreamRequest, notes: &mut Vec<String>) {
    if names.is_empty() {
        return;
    }
    alter(request, &mut |body| {
        json::with(body, &mut |object, edit| {
            for name in names {
                let Some(value) = object.value(name).filter(|_| edit.value(name).is_some()) else { continue };
                edit.remove(name);
                match LIMITS.into_iter().find(|other| LIMITS.contains(name) && other != name) {
                    Some(other) => {
                        edit.set(other, value);
                        asked::noted(notes, format_args!("{name} sent as {other}"));
                    }
                    None => asked::dropped(notes, name),
                }
            }
        })
    });
}

/// Takes the thoughts out of a request to a target that has refused them.
pub fn forget_thoughts(request: &mut UpstreamRequest, notes: &mut Vec<String>) {
    let mut without = |body: &str| {
        anthropic::fit::without_thoughts(body).or_else(|| responses::fit::without_thoughts(body))
    };
    if alter(request, &mut without) {
        asked::dropped(notes, "thoughts");
    }
}

/// Sends what `change` makes of the body: whether it makes something of it.
fn alter(request: &mut UpstreamRequest, change: &mut dyn FnMut(&str) -> Option<String>) -> bool {
    let body = request.body.concat();
    let changed = str::from_utf8(&body).ok().and_then(change);
    let is_changed = changed.is_some();
    if let Some(changed) = changed {
        request.body = vec![changed.into()];
    }
    is_changed
}

/// The caller's betas but for those that were refused in these words; none at all if it was none by its name.
pub fn other_betas(value: &str, words: &str, request: &mut UpstreamRequest, notes: &mut Vec<String>) {
    let mut others = Vec::new();
    let mut has_refused = false;
    for beta in value.split(',').map(str::trim) {
        let is_long = beta.starts_with("context-1m") && search::contains(words, "long context");
        if is_long || search::contains(words, beta) {
            has_refused = true;
        } else {
            others.push(beta);
        }
    }
    if has_refused && !others.is_empty() {
        request.headers.push("anthropic-beta", &text::joined(&others, ","));
    }
    asked::dropped(notes, "anthropic-beta");
}
