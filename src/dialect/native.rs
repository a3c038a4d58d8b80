//! A provider of the caller's own language gets the caller's own words, and is heard in his.
//!
//! What a translation would lose (cache marks, betas, a provider's own tools, signatures) goes through
//! untouched. Beside it the answer is translated all the same: for what it says, for its end, for its cost,
//! and so that another target can carry on.

use bytes::Bytes;

use crate::catalog::Dialect;
use crate::chat::request::{Ask, Native, Purpose};
use crate::config::Target;
use crate::dialect::asked::{Asked, dropped, readdressed};
use crate::dialect::responses::request::LOST;
use crate::dialect::responses::seal;
use crate::dialect::translated::Translated;
use crate::dialect::{CarriesOn, Reader, State, Step};
use crate::dialect::{anthropic, openai, responses};
use crate::json::{Edit, Elements, Object, quoted, says_something};
use crate::stream::decoder::Event;
use crate::stream::encode;
use crate::words::{Words, words};

/// The caller's own request, when this target speaks its language and begins the answer: whoever carries
/// on is asked in the common one, for the seam is ours.
#[must_use]
pub fn of<'a>(ask: &'a Ask, target: &Target, carries_on: Option<&CarriesOn>) -> Option<&'a Native> {
    let native =
        ask.native.as_ref().filter(|native| speaks(target, native.dialect) && carries_on.is_none())?;
    (!is_asked_in_chat(native, target)).then_some(native)
}

/// Whether a target of two languages is not asked in the caller's: there it would refuse his tools, and a chat can say them.
fn is_asked_in_chat(native: &Native, target: &Target) -> bool {
    native.dialect == Dialect::Responses
        && target.provider.dialect != Dialect::Responses
        && native.bound.is_none()
        && responses::fit::barred(native, target).is_some()
}

/// Whether a target can be spoken to in this language: it is its provider's, or one of two.
fn speaks(target: &Target, dialect: Dialect) -> bool {
    let provider = &target.provider;
    provider.dialect == dialect || (dialect == Dialect::Responses && provider.quirks.responses)
}

/// The language that is spoken with this target.
#[must_use]
pub fn spoken(ask: &Ask, target: &Target, carries_on: Option<&CarriesOn>) -> Dialect {
    match of(ask, target, carries_on) {
        Some(native) => native.dialect,
        None if thinks_with_tools_elsewhere(ask, target) => Dialect::Responses,
        None => target.provider.dialect,
    }
}

/// Whether the model would have to think and call tools, which its provider's chat endpoint does not allow. (Of several
/// choices only a chat knows.)
fn thinks_with_tools_elsewhere(ask: &Ask, target: &Target) -> bool {
    let provider = &target.provider;
    if provider.quirks.thinks_with_tools || provider.dialect != Dialect::OpenAi || ask.n > 1 {
        return false;
    }
    let object = Object::again(&ask.body, &ask.outline);
    let asked = Asked::of(&object, target);
    let facts = &target.facts;
    let is_newer = || openai::models::is_newer_gpt(&target.model);
    let may_think = if facts.known { facts.capabilities.reasoning } else { is_newer() };
    // Its own custom tools only the chat takes as they are written there.
    let is_custom = |tool: &Object<'_>| tool.is("type", r#""custom""#);
    let offers = |tools| says_something(tools) && !Elements::of(tools).has(&is_custom);
    let wishes = || {
        let wish = asked.value("reasoning_effort").filter(|effort| *effort != r#""none""#);
        wish.is_some() && openai::request::thinks_in_vain(ask, target).is_none()
    };
    asked.value("tools").is_some_and(offers) && (may_think || (facts.known && wishes()))
}

/// Why a target cannot answer that does not speak the caller's own language, or not all of it, if so.
#[must_use]
pub fn barred<'a>(ask: &'a Ask, target: &Target) -> Option<&'a str> {
    let native = ask.native.as_ref()?;
    match native.dialect {
        dialect if !speaks(target, dialect) => native.bound.as_deref(),
        Dialect::Responses if !is_asked_in_chat(native, target) => responses::fit::barred(native, target),
        _ => None,
    }
}

/// The caller's own body. The target's parameters are laid over it, which are those of a chat and may have another name
/// here.
#[must_use]
pub fn body(purpose: Purpose, native: &Native, target: &Target, notes: &mut Vec<String>) -> Vec<Bytes> {
    let object = Object::again(&native.body, &native.outline);
    let mut edit = readdressed(&object, target);
    // How an answer is made is no part of what is counted.
    let params = if purpose == Purpose::Count { [].as_slice() } else { target.params.as_slice() };
    for (name, value) in params {
        match (native.dialect, name.as_str()) {
            (Dialect::Anthropic, "max_completion_tokens") => edit.set("max_tokens", value.as_str()),
            (Dialect::Anthropic, "stop") if value.starts_with('[') => {
                edit.set("stop_sequences", value.as_str())
            }
            (Dialect::Anthropic, "stop") => edit.set("stop_sequences", format!("[{value}]")),
            (Dialect::Responses, "max_tokens" | "max_completion_tokens") => {
                edit.set("max_output_tokens", value.as_str());
            }
            (Dialect::Responses, "reasoning_effort") => {
                edit.within("reasoning", &mut |_, reasoning| reasoning.set("effort", value.to_owned()));
            }
            (_, name) if OF_CHAT.has(name) || LOST.has(name) => dropped(notes, name),
            (Dialect::Anthropic, name) if OF_OPENAI.has(name) => dropped(notes, name),
            (_, name) => edit.set(name, value.as_str()),
        }
    }
    let fitted;
    match native.dialect {
        Dialect::Anthropic => {
            let mut messages = object.value("messages").unwrap_or_default();
            fitted = anthropic::fit::messages(messages, target, notes);
            if let Some(fitted) = &fitted {
                edit.set("messages", fitted.as_str());
                messages = fitted;
            }
            if purpose == Purpose::Chat {
                anthropic::fit::own(&object, messages, target, &mut edit, notes);
            }
        }
        Dialect::Responses => {
            if let Some(input) = &native.cleaned {
                edit.set("input", input.as_str());
            }
            responses::fit::own(&object, target, &mut edit, notes);
        }
        _ => {}
    }
    edit.pieces(&native.body)
}

/// Parameters that a chat has in another form: elsewhere they would be refused, as those are that it alone has.
const OF_CHAT: Words = words!["response_format", "stream_options", "tool_choice", "tools", "verbosity"];

/// Parameters that Messages does not have.
const OF_OPENAI: Words = words![
    "parallel_tool_calls",
    "prompt_cache_key",
    "reasoning_effort",
    "safety_identifier",
    "top_logprobs",
    "user",
];

/// A reader that hands each event on as it came, under our name for the model.
#[must_use]
pub fn reader(target: &Target, inner: Translated) -> Box<dyn Reader> {
    Box::new(Passing { inner, model: quoted(&target.id), vendor: target.provider.name.clone(), works: false })
}

struct Passing {
    inner: Translated,
    model: String,
    /// Whose hidden thoughts these are.
    vendor: String,
    /// A tool of the provider's own is at work.
    works: bool,
}

impl Reader for Passing {
    fn push(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Step {
        let start = out.len();
        encode::line(out, "native: ", |out| self.named(event, out));
        let said = out.len();
        let step = self.inner.push(event, out);
        match step {
            Step::Malformed | Step::Failed(_) => _ = out.drain(start..said),
            // A search, or code that runs: the caller sees it, and for as long as it takes there is nothing else.
            Step::Quiet if anthropic::stream::is_its_own(event, self.works) => {
                self.works = true;
                self.inner.shows_more();
                return Step::Content;
            }
            Step::Content => self.works = false,
            _ => {}
        }
        step
    }

    fn end(&mut self, rest: &Bytes, out: &mut Vec<u8>) -> Step {
        self.inner.end(rest, out)
    }

    fn state(&self) -> &State {
        self.inner.state()
    }
}

impl Passing {
    /// The event, with our name for the model where it names it.
    fn named(&self, event: &Event<'_>, out: &mut Vec<u8>) {
        let written = out.len();
        let marked = may_hide(event.name).then(|| seal::marked(event.data, &self.vendor)).flatten();
        let data = marked.as_deref().unwrap_or(event.data);
        if !may_name(event.name) || self.name(data, out).is_none() {
            out.truncate(written);
            out.extend_from_slice(data);
        }
    }

    fn name(&self, data: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let event = Object::read(data).ok()?;
        let mut edit = Edit::new(&event);
        for member in &["message", "response"] {
            edit.within(member, &mut |said, edit| {
                if said.value("model").is_some() {
                    edit.set("model", self.model.clone());
                }
            });
        }
        edit.write(out);
        Some(())
    }
}

/// Whether such an event has the whole message or response in it: `message_start`, `response.completed`, but
/// not `response.output_text.delta`. An event without a name has to be looked at.
fn may_name(name: &[u8]) -> bool {
    match name.strip_prefix(b"response.") {
        Some(rest) => !rest.contains(&b'.'),
        None => name.is_empty() || name == b"message_start",
    }
}

/// Whether such an event may have a hidden thought in it: those of Responses, and those without a name.
fn may_hide(name: &[u8]) -> bool {
    name.is_empty() || name.starts_with(b"response.")
}
