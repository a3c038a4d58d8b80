//! Puts right what a vendor writes almost as OpenAI does: what a strict client would stumble over.
//!
//! Each of these is on record of one vendor at least; servers that nobody knows have the same habits, so they are
//! looked for in every answer, and no provider is asked for by name:
//!
//! 1. `content` as a list of parts (Mistral's Magistral) becomes text and `reasoning_content`; as an object
//!    (Workers AI, where JSON was asked for) its text.
//! 2. A reason to finish that is none of OpenAI's five becomes the one it means; an empty one is none; the same one
//!    in a second chunk (OpenRouter) goes.
//! 3. A `message` beside the `delta` (Perplexity) goes.
//! 4. Of a streamed tool call, the id and the name are said once (Qwen repeats them, and clients add the pieces
//!    up), it has an `index` (Mistral leaves it out), and another call has another one.
//! 5. Whose words they are is said with the first delta of a choice, and there alone (Workers AI never says it, OpenRouter
//!    always; OpenAI's Node SDK refuses the one, its Python SDK makes `assistantassistant` of the other).
//! 6. What else comes piece by piece in lists (OpenRouter's `annotations`, images) is numbered, for the Python SDK stops with an
//!    error at what is not.
//! 7. Of a whole call, `arguments` are text, and an id is made where there is none.
//! 8. A call that was made with nothing at all (Claude's behind Bedrock and others) is made with an empty object: clients
//!    read it as JSON.
//!
//! Nearly all chunks need nothing of this and pay a look for it. In those that do, what is right stays as it came.

use crate::chat::answer::{is_finish, is_tier};
use crate::chat::chunk::Chunk;
use crate::chat::usage::Usage;
use crate::json::{self, Edit, Elements, Object, Writer, filled, quoted};
use crate::search;
use crate::text;

use super::answer::bad_finish;

/// What has to be remembered of a stream in order to mend it.
#[derive(Debug, Default)]
pub struct Mender {
    calls: Vec<Call>,
    /// How many choices there will be, and those of which it was said whose words they are.
    choices: usize,
    opened: Vec<u64>,
    /// The caller knows calls by their first name.
    functions: bool,
}

/// Each piece looks for its call: of more than any answer has, the rest goes out as it came.
const MOST_CALLS: usize = 1_000;

/// Lists of a delta, beside its calls.
const LISTS: [&str; 2] = ["annotations", "images"];

/// A tool call that has begun.
#[derive(Debug)]
struct Call {
    /// In which of the choices it is made.
    choice: u64,
    /// Its index as the provider says it, and as we do.
    theirs: Option<u64>,
    ours: u64,
    id: String,
    name: String,
    /// Nothing was said yet of what it is made with.
    bare: bool,
}

impl Mender {
    /// What is known of a stream of so many choices, which carries on one that `has_begun`.
    pub fn new(choices: usize, has_begun: bool, functions: bool) -> Self {
        let opened = if has_begun { vec![0] } else { Vec::new() };
        Self { choices, opened, functions, ..Self::default() }
    }

    /// The chunk anew, where it needs that. `finished`: the choices that have ended already; `listed`: how many entries of
    /// lists were numbered, whoever wrote them.
    pub fn chunk(&mut self, chunk: &Chunk<'_>, finished: &[u64], listed: &mut u64) -> Option<Vec<u8>> {
        let mut ends = chunk.finishes.iter();
        let ends_oddly = ends.any(|(choice, why)| finished.contains(choice) || !is_plain(why));
        let is_old = self.functions && (chunk.calls.is_some() || !chunk.finishes.is_empty());
        let opens = self.opened.len() < self.choices || chunk.has_role;
        if !(chunk.is_odd
            || ends_oddly
            || opens
            || is_old
            || chunk.says.more
            || !chunk.finishes.is_empty() && self.calls.iter().any(|call| call.bare)
            || chunk.calls.is_some_and(|calls| self.may_be_odd(calls)))
        {
            return None;
        }
        let of = chunk.value("id").unwrap_or_default();
        let mut is_changed = chunk.is_odd || ends_oddly || is_old;
        let mut choices = Writer::list();
        for choice in json::elements(chunk.value("choices")?)? {
            let object = json::object(choice)?;
            let mut edit = Edit::new(&object);
            let index = object.count("index").unwrap_or(0);
            let ends = finish(&object, finished.contains(&index), &mut edit);
            edit.remove("message");
            if self.functions && object.is("finish_reason", TOOL_CALLS) {
                edit.set("finish_reason", FUNCTION_CALL);
            }
            if let Some(delta) = object.object("delta").or(ends.then(Object::empty)) {
                let mut inner = Edit::new(&delta);
                content(&delta, &mut inner);
                for name in LISTS {
                    is_changed |= inner.each(name, &mut |entry, edit| {
                        if entry.value("index").is_none() {
                            edit.set("index", listed.to_string());
                            *listed += 1;
                        }
                    });
                }
                is_changed |= self.opened(index, delta.said("role").is_some(), &mut inner);
                // Notes the calls that begin, and mends the pieces, if any needs it.
                is_changed |= inner.each("tool_calls", &mut |piece, edit| self.call(piece, index, of, edit));
                let is_whole = matches!(edit.value("finish_reason"), Some(TOOL_CALLS | FUNCTION_CALL | STOP));
                if ends && is_whole {
                    is_changed |= self.argue(index, &mut inner);
                }
                if self.functions {
                    first_words(&mut inner);
                }
                edit.set("delta", inner.text()?);
            }
            // A chunk that only says the same end again is there for its count.
            if finished.is_empty() || ends || chunk.says.anything() {
                choices.element(&edit.text()?);
            }
        }
        if !is_changed {
            return None;
        }
        let mut edit = chunk.edit();
        edit.set("choices", choices.finish());
        edit.text().map(String::into_bytes)
    }

    /// Says with the end of a choice what its calls are made with of which nothing was said: `true` where there are any.
    fn argue(&mut self, choice: u64, edit: &mut Edit<'_, '_>) -> bool {
        // Clients want each call once in a chunk.
        let mut is_any = edit.each("tool_calls", &mut |piece, edit| {
            let place = piece.count("index");
            let mut bare = self.calls.iter_mut().filter(|call| call.choice == choice && call.bare);
            if let Some(call) = bare.find(|call| place == Some(call.ours)) {
                call.bare = false;
                edit.within("function", &mut |_, function| function.set("arguments", r#""{}""#));
            }
        });
        let mut pieces = Writer::list();
        Elements::of(edit.value("tool_calls").unwrap_or_default())
            .for_each(|piece| _ = pieces.element(piece));
        for call in &mut self.calls {
            if call.choice == choice && std::mem::take(&mut call.bare) {
                is_any = true;
                pieces.put(r#"{"index":$,"function":{"arguments":"{}"}}"#, &[&call.ours.to_string()]);
            }
        }
        if is_any {
            edit.set("tool_calls", pieces.finish());
        }
        is_any
    }

    /// Has the first delta of a choice, and no other, say whose words they are: `true` where that is a change.
    fn opened(&mut self, choice: u64, has_role: bool, edit: &mut Edit<'_, '_>) -> bool {
        let is_known = self.opened.contains(&choice);
        if !is_known {
            self.opened.push(choice);
            if !has_role {
                edit.set("role", r#""assistant""#);
            }
        } else if has_role {
            edit.remove("role");
        }
        is_known == has_role
    }

    /// The pieces of a call that has begun have neither id nor name, and an index.
    fn may_be_odd(&self, calls: &str) -> bool {
        let is_followed = self.calls.iter().any(|call| call.bare || call.theirs != Some(call.ours));
        is_followed
            || !search::contains(calls, r#""index""#)
            || search::contains(calls, r#""id""#)
            || search::contains(calls, r#""name""#)
    }

    fn call(&mut self, object: &Object<'_>, choice: u64, of: &str, edit: &mut Edit<'_, '_>) {
        let theirs = object.count("index");
        let id = object.text("id");
        let function = object.within("function");
        let name = function.text("name");
        let bare = function.said("arguments").is_none();
        let is_it = |call: &&mut Call| match (id.is_empty(), theirs) {
            _ if call.choice != choice => false,
            (false, _) => call.id == id,
            (true, Some(theirs)) => call.theirs == Some(theirs),
            (true, None) => true,
        };
        let is_full = self.calls.len() >= MOST_CALLS;
        let known = self.calls.iter_mut().rev().find(is_it);
        let ours = match known {
            Some(call) => {
                edit.remove("id");
                if name.is_empty() || name == call.name {
                    edit.within("function", &mut |_, function| function.remove("name"));
                }
                call.bare &= bare;
                call.ours
            }
            None if is_full => return,
            None => {
                let others = || self.calls.iter().filter(|call| call.choice == choice);
                let is_free = |index: &u64| others().all(|call| call.ours != *index);
                let next = others().map(|call| call.ours.saturating_add(1)).max().unwrap_or(0);
                let ours = theirs.filter(is_free).unwrap_or(next);
                named(object, &id, of, ours, edit);
                let id = if id.is_empty() { made_id(of, ours) } else { id };
                self.calls.push(Call { choice, theirs, ours, id, name, bare });
                ours
            }
        };
        if theirs != Some(ours) {
            edit.set("index", ours.to_string());
        }
    }
}

/// A whole answer anew, as OpenAI writes it; `None` when it cannot be read.
#[must_use]
pub fn whole(body: &[u8], functions: bool) -> Option<Vec<u8>> {
    let object = Object::read(body).ok()?;
    let of = object.value("id").unwrap_or_default();
    let mut choices = Writer::list();
    for choice in json::elements(object.value("choices")?)? {
        let choice = json::object(choice)?;
        let mut edit = Edit::new(&choice);
        let mut ends = finish(&choice, false, &mut edit);
        if let Some(message) = choice.object("message") {
            let mut inner = Edit::new(&message);
            content(&message, &mut inner);
            let mut place = 0;
            inner.each("tool_calls", &mut |call, edit| {
                whole_call(call, of, place, edit);
                place += 1;
            });
            if place > 0 && functions {
                first_words(&mut inner);
                edit.set("finish_reason", FUNCTION_CALL);
                ends = true;
            } else if place > 0 && !ends {
                edit.set("finish_reason", TOOL_CALLS);
                ends = true;
            }
            edit.set("message", inner.text()?);
        }
        if !ends {
            edit.set("finish_reason", STOP);
        }
        choices.element(&edit.text()?);
    }
    let mut edit = Edit::new(&object);
    edit.set("choices", choices.finish());
    edit.set("object", r#""chat.completion""#);
    if object.value("service_tier").is_some_and(|tier| !is_tier(tier)) {
        edit.remove("service_tier");
    }
    if let Some(usage) = object.value("usage")
        && let Some((counts, false)) = Usage::read_as_written(usage)
    {
        edit.set("usage", counts.written_into(usage));
    }
    edit.text().map(String::into_bytes)
}

const TOOL_CALLS: &str = r#""tool_calls""#;
const FUNCTION_CALL: &str = r#""function_call""#;
const STOP: &str = r#""stop""#;

/// Says the first call of a message, or of a delta, in OpenAI's first words for one: there were no others.
fn first_words(message: &mut Edit<'_, '_>) {
    let Some(calls) = message.value("tool_calls").map(str::to_owned) else { return };
    message.remove("tool_calls");
    let mut calls = Elements::of(&calls).objects();
    if let Some(first) = calls.find(|call| call.count("index").unwrap_or(0) == 0) {
        let mut call = Writer::object();
        call.copy(&first.within("function"), &["name", "arguments"]);
        message.set("function_call", call.finish());
    }
}

fn whole_call(call: &Object<'_>, of: &str, place: u64, edit: &mut Edit<'_, '_>) {
    named(call, &call.text("id"), of, place, edit);
    if call.object("function").is_some() {
        edit.within("function", &mut |function, edit| match function.said("arguments") {
            None => edit.set("arguments", r#""{}""#),
            Some(arguments) if arguments.starts_with('"') => {}
            Some(arguments) => edit.set("arguments", quoted(arguments)),
        });
    }
}

/// Gives a call an id and a type where it has none.
fn named(call: &Object<'_>, id: &str, of: &str, index: u64, edit: &mut Edit<'_, '_>) {
    if id.is_empty() {
        edit.set("id", quoted(&made_id(of, index)));
    }
    if call.value("type").is_none() {
        edit.set("type", r#""function""#);
    }
}

/// A reason to finish, in OpenAI's words: `true` if there is one.
fn finish(choice: &Object<'_>, has_ended: bool, edit: &mut Edit<'_, '_>) -> bool {
    let Some(said) = choice.value("finish_reason").and_then(json::text) else { return false };
    if has_ended || said.is_empty() {
        edit.set("finish_reason", "null");
        return false;
    }
    if !is_plain(&said) {
        edit.set("finish_reason", quoted(meant(&said)));
    }
    true
}

/// Whether that is a reason to finish as OpenAI says it, or one that is a failure and dealt with as such.
fn is_plain(why: &str) -> bool {
    is_finish(why) || bad_finish(why).is_some()
}

/// What vendors mean: Zhipu's `sensitive` and `model_context_window_exceeded`, Together's `eos`, Cohere's
/// `COMPLETE` and `MAX_TOKENS`. Whoever ends for a reason that nobody knows has ended.
fn meant(why: &str) -> &'static str {
    match why.to_ascii_lowercase().as_str() {
        "max_tokens" | "model_length" | "model_context_window_exceeded" => "length",
        "tool_call" | "tool_use" | "function_calls" => "tool_calls",
        "sensitive" | "safety" | "content_filtered" => "content_filter",
        _ => "stop",
    }
}

/// `content` as text, and the thoughts in it beside it.
fn content(message: &Object<'_>, edit: &mut Edit<'_, '_>) {
    let Some(content) = message.value("content").filter(|content| !content.starts_with(['"', 'n'])) else {
        return;
    };
    let Some(parts) = json::elements(content) else { return edit.set("content", quoted(content)) };
    // The insides of strings, escapes as they stand.
    let (mut text, mut thoughts) = (String::new(), String::new());
    for part in parts.objects() {
        if part.value("thinking").is_none() {
            text.push_str(part.word("text"));
        }
        thoughts.push_str(part.word("thinking"));
        for thought in part.list("thinking") {
            thoughts.push_str(json::object(thought).map_or("", |thought| thought.word("text")));
        }
    }
    edit.set("content", if text.is_empty() { "null".to_owned() } else { filled("\"$\"", &[&text]) });
    if !thoughts.is_empty() {
        let said = message.word("reasoning_content");
        edit.set("reasoning_content", filled("\"$$\"", &[said, &thoughts]));
    }
}

/// An id for a call that has none, made out of the answer's: a conversation may hold several such answers.
fn made_id(of: &str, index: u64) -> String {
    let of = text::only(of, &mut |c| c.is_ascii_alphanumeric());
    format!("call_{}_{index}", text::shortened(&of, 24))
}
