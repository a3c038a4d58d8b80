//! What a vendor does not take is translated, lowered or left out, as its row in the catalogue says.
//!
//! One rule for each kind of thing, by what a caller would mind most:
//!
//! 1. What the answer is about (tools, images, a JSON schema) is never left out here: a target
//!    that cannot do it is passed over before ([`Needs`](crate::chat::needs::Needs)).
//! 2. What has another name there is called by it: the seed, the limit of tokens, the switch for thinking.
//! 3. What can be had in part is had in part, and noted: a lower temperature, one choice of several, `auto` for a
//!    forced tool.
//! 4. What only shapes the answer (log probabilities, penalties) is left out, and noted.
//!
//! A provider that no table knows gets everything as the caller wrote it.

use crate::catalog::{self, Quirks, Thinking, ToolChoice, ToolIds};
use crate::chat::request::Ask;
use crate::config::Target;
use crate::dialect::asked::{Asked, dropped, left_out, note, noted};
use crate::json::{self, Edit, Elements, Object, Writer, filled, quoted};
use crate::search;
use crate::text;

use super::request::{CARRY_ON, is_begun, never_thinks};
use super::thoughts;

/// Fits the parameters to the target.
pub(super) fn params(
    asked: &Asked<'_>,
    target: &Target,
    in_vain: bool,
    edit: &mut Edit<'_, '_>,
    notes: &mut Vec<String>,
) {
    let quirks = &target.provider.quirks;
    let fixed: &[&str] = if samples_as_it_likes(asked, target, in_vain) { &FIXED } else { &[] };
    let foreign: &[&str] = if quirks.refuses_unknown { &FOREIGN } else { &[] };
    for name in quirks.refuses.iter().chain(foreign).chain(fixed) {
        left_out(name, edit, notes);
    }
    // "only allowed when 'store' is enabled"
    if !quirks.thinks_with_tools && asked.value("store") != Some("true") {
        left_out("metadata", edit, notes);
    }
    if never_thinks(target) {
        left_out("verbosity", edit, notes);
    }
    // "Invalid 'stop': array too long. Expected an array with maximum length 4"
    let stops = || Elements::of(asked.value("stop").unwrap_or_default());
    if !quirks.thinks_with_tools && fixed.is_empty() && stops().nth(MOST_STOPS).is_some() {
        let mut first = Writer::list();
        stops().take(MOST_STOPS).for_each(|stop| _ = first.element(stop));
        edit.set("stop", first.finish());
        noted(notes, format_args!("stop cut to its first {MOST_STOPS}"));
    }
    if quirks.one_choice && asked.said("n").is_some_and(|n| n != "1") {
        edit.set("n", "1");
        note(notes, "n sent as 1");
    }
    if let Some(most) = quirks.max_temperature
        && let Some(wished) = asked.any("temperature")
        && json::number(wished) > json::number(most)
        && fixed.is_empty()
    {
        edit.set("temperature", most);
        noted(notes, format_args!("temperature lowered to {most}"));
    }
    if quirks.seed_field != "seed"
        && let Some(seed) = asked.any("seed")
    {
        edit.set(quirks.seed_field, seed.to_owned());
        edit.remove("seed");
    }
    if !quirks.strict_tools
        && let Some(tools) = asked.said("tools")
        && let Some(tools) = without_strict(tools)
    {
        edit.set("tools", tools);
        dropped(notes, "strict");
    }
    if quirks.refuses_unknown
        && let Some(tools) = asked.said("tools")
        && let Some(tools) = thoughts::unhinted(tools)
    {
        edit.set("tools", tools);
    }
    thinking(asked, quirks.of(&target.model).0, edit, notes);
    let effort = edit.value("reasoning_effort").and_then(json::inside);
    if !in_vain && let Some(effort) = nearest_effort(effort, target, notes) {
        edit.set("reasoning_effort", quoted(effort));
    }
    // "[] is too short - 'tools'", "'tool_choice' is only allowed when 'tools' are specified". Others ask for an empty list.
    let has_none = asked.said("tools").or(asked.said("functions")).is_none();
    if has_none && catalog::provider(&target.provider.name).is_some() {
        return ["tools", "tool_choice", "parallel_tool_calls"].iter().for_each(|name| edit.remove(name));
    }
    tool_choice(asked, target, edit, notes);
}

/// So many ends of an answer OpenAI takes.
const MOST_STOPS: usize = 4;

/// The effort that a model takes in the place of one that it does not.
pub(in crate::dialect) fn nearest_effort(
    asked: Option<&str>,
    target: &Target,
    notes: &mut Vec<String>,
) -> Option<&'static str> {
    let (asked, model) = (asked?, &target.model);
    let fits = |start: &str, effort: &str| model.starts_with(start) && effort == asked;
    let mut efforts = target.provider.quirks.efforts.iter();
    let (_, _, nearest) = efforts.find(|(start, effort, _)| fits(start, effort))?;
    // Of OpenAI's, the first GPT-5 alone knows it.
    if asked == "minimal" && (model == "gpt-5" || model.starts_with("gpt-5-")) {
        return None;
    }
    noted(notes, format_args!("reasoning_effort sent as {nearest}"));
    Some(nearest)
}

/// What other vendors understand: Anthropic, OpenRouter, Qwen, vLLM.
const FOREIGN: [&str; 14] = [
    "cache_control",
    "chat_template_kwargs",
    "do_sample",
    "enable_search",
    "min_p",
    "plugins",
    "provider",
    "reasoning",
    "repetition_penalty",
    "thinking_budget",
    "top_a",
    "top_k",
    "transforms",
    "usage",
];

/// What models refuse that sample as they like: OpenAI's.
const FIXED: [&str; 9] = [
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "stop",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "prediction",
];

/// Whether the target refuses to be told how to sample: by nature, or as long as it thinks (which may be asked for `in_vain`).
pub(in crate::dialect) fn samples_as_it_likes(asked: &Asked<'_>, target: &Target, in_vain: bool) -> bool {
    let wish = || asked.said("reasoning_effort").filter(|effort| *effort != r#""none""#);
    let thinks = || !in_vain && wish().is_some();
    target.facts.capabilities.fixed_sampling || (!target.provider.quirks.thinks_with_tools && thinks())
}

fn tool_choice(asked: &Asked<'_>, target: &Target, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    let Some(choice) = asked.said("tool_choice") else { return };
    let sent = match (target.provider.quirks.of(&target.model).1, choice) {
        (ToolChoice::RequiredIsAny, r#""required""#) => return edit.set("tool_choice", r#""any""#),
        (ToolChoice::NotRequired, r#""required""#) => r#""auto""#,
        (ToolChoice::NotRequired | ToolChoice::Unthinking, choice)
            if !matches!(choice, r#""auto""# | r#""none""#) =>
        {
            if stops_thinking(target, edit, notes) {
                return;
            }
            r#""auto""#
        }
        (ToolChoice::NotNamed, named) if named.starts_with('{') => r#""required""#,
        (ToolChoice::NotForced, choice) if !matches!(choice, r#""auto""# | r#""none""#) => r#""auto""#,
        (ToolChoice::AutoOnly, r#""none""#) => {
            edit.remove("tools");
            edit.remove("tool_choice");
            return;
        }
        (ToolChoice::AutoOnly, choice) if choice != r#""auto""# => r#""auto""#,
        _ => return,
    };
    edit.set("tool_choice", sent);
    noted(notes, format_args!("tool_choice sent as {}", json::inside(sent).unwrap_or(sent)));
}

/// Sees to it that the model does not think; `false` where the caller wants it to.
fn stops_thinking(target: &Target, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) -> bool {
    let (switch, on, off) = match target.provider.quirks.of(&target.model).0 {
        Thinking::Switch { .. } => ("enable_thinking", "true", "false"),
        _ => ("thinking", "enabled", r#"{"type":"disabled"}"#),
    };
    let is_wished = edit.value(switch).is_some_and(|value| search::contains(value, on))
        || edit.value("reasoning_effort").is_some_and(json::says_something);
    if !is_wished && target.facts.capabilities.reasoning && edit.value(switch).is_none() {
        edit.set(switch, off);
        note(notes, "thinking off");
    }
    !is_wished
}

fn without_strict(tools: &str) -> Option<String> {
    json::edited(tools, &mut |_, tool| tool.within("function", &mut |_, function| function.remove("strict")))
}

/// The wish to think, or not to, in the vendor's words, whichever words it came in.
fn thinking(asked: &Asked<'_>, thinking: Thinking, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    if thinking == Thinking::AsSent {
        return;
    }
    let effort = asked.said("reasoning_effort");
    let by_effort = effort.map(|effort| !matches!(effort, r#""none""# | r#""minimal""#));
    let by_switch = asked.any("enable_thinking").and_then(|switch| switch.parse::<bool>().ok());
    let by_kind = asked.within("thinking").value("type").map(|kind| kind != r#""disabled""#);
    let Some(thinks) = by_switch.or(by_kind).or(by_effort) else { return };
    let is_own = match thinking {
        Thinking::AsSent => return,
        Thinking::Effort => effort.is_some(),
        Thinking::Switch { .. } => by_switch.is_some(),
        Thinking::Kind { .. } => by_kind.is_some(),
    };
    let takes_effort = match thinking {
        Thinking::Kind { effort, off } => effort && (thinks || !off),
        Thinking::Effort | Thinking::AsSent => true,
        Thinking::Switch { effort } => effort && thinks && asked.any("thinking_budget").is_none(),
    };
    let is_bound = matches!(thinking, Thinking::Kind { off: false, .. }) && !thinks;
    let foreign = [
        ("reasoning_effort", !takes_effort),
        ("enable_thinking", !matches!(thinking, Thinking::Switch { .. })),
        ("thinking", is_bound || !matches!(thinking, Thinking::Kind { .. })),
    ];
    for (name, is_foreign) in foreign {
        if is_foreign && asked.any(name).is_some() {
            edit.remove(name);
        }
    }
    let words = if thinks { "thinking on" } else { "thinking off" };
    match thinking {
        _ if is_bound && takes_effort => {
            edit.set("reasoning_effort", r#""low""#);
            note(notes, "reasoning_effort sent as low");
        }
        _ if is_bound => dropped(notes, "thinking"),
        _ if is_own => {}
        // They think by themselves, and are only told how hard.
        Thinking::Kind { .. } | Thinking::Switch { .. } if thinks && takes_effort && by_effort.is_some() => {}
        Thinking::Kind { .. } => {
            let kind = if thinks { "enabled" } else { "disabled" };
            edit.set("thinking", filled(r#"{"type":"$"}"#, &[kind]));
            note(notes, words);
        }
        Thinking::Switch { .. } => {
            edit.set("enable_thinking", thinks.to_string());
            note(notes, words);
        }
        Thinking::Effort | Thinking::AsSent => dropped(notes, "thinking"),
    }
}

/// Fits the conversation to the target: `None` when it fits as it is.
pub(super) fn messages(
    messages: &str,
    quirks: &Quirks,
    ask: &Ask,
    notes: &mut Vec<String>,
) -> Option<String> {
    let begun = is_begun(ask);
    let has = |word: &str| ask.marks().has(word);
    let has_developer = !quirks.developer_role && has("developer");
    let has_ids = match quirks.tool_ids {
        ToolIds::Any => false,
        ToolIds::NineAlphanumerics => has("tool_calls") || has("tool_call_id"),
        ToolIds::Forty => has("tool_call_id") && has_long_id(messages),
    };
    let ids = if has_ids { quirks.tool_ids } else { ToolIds::Any };
    let lacks_user = quirks.needs_user_message && !has("user");
    let is_strict = quirks.strict_order && (has("tool") || has("assistant"));
    if !(has_developer || has_ids || lacks_user || is_strict || begun) {
        return None;
    }
    let elements = json::elements(messages)?.all();
    let is_system = |message: &&str| matches!(role_of(message), Some(r#""system""# | r#""developer""#));
    // Whoever needs a user takes the last instruction for what he said.
    let spoken = if lacks_user { elements.iter().rposition(is_system) } else { None };
    let mut out = Writer::list();
    let mut before = None;
    for (place, message) in elements.iter().enumerate() {
        let role = match spoken {
            Some(spoken) if spoken == place => Some(r#""user""#),
            _ => None,
        };
        let speaker = role_of(message).filter(|_| is_strict);
        if (before, speaker) == (Some(r#""tool""#), Some(r#""user""#)) {
            out.element(r#"{"role":"assistant","content":"OK."}"#);
            note(notes, "added an assistant message");
        }
        before = speaker;
        let is_begun = !begun && place + 1 == elements.len() && speaker == Some(r#""assistant""#);
        let fitted =
            json::with(message, &mut |message, edit| fit(message, role, has_developer, ids, is_begun, edit));
        out.element(fitted.as_deref().unwrap_or(message));
    }
    if lacks_user {
        match spoken {
            Some(_) => note(notes, "system sent as user"),
            None => {
                out.element(r#"{"role":"user","content":"Go on."}"#);
                note(notes, "added a user message");
            }
        }
    }
    // With Mistral's `prefix` the answer would hold the beginning once more.
    if begun && elements.last().and_then(|last| role_of(last)) == Some(r#""assistant""#) {
        out.put(r#"{"role":"user","content":$}"#, &[&quoted(CARRY_ON)]);
        note(notes, "asked in words to carry on from the last message");
    }
    Some(out.finish())
}

/// The messages with what tools show of images behind it, as the user's: "Image URLs are only allowed for messages with role
/// 'user', but this message with role 'tool' contains an image URL". `None`: they are as they should be.
pub(super) fn images_apart(
    messages: &str,
    target: &Target,
    ask: &Ask,
    notes: &mut Vec<String>,
) -> Option<String> {
    let is_known = catalog::provider(&target.provider.name).is_some();
    if !(is_known && ask.marks().has("image_url") && ask.marks().has("tool")) {
        return None;
    }
    let (mut out, mut images, mut is_any) = (Writer::list(), Writer::list(), false);
    let follow = |images: &mut Writer, out: &mut Writer| {
        if !images.is_empty() {
            let images = std::mem::replace(images, Writer::list()).finish();
            out.put(r#"{"role":"user","content":$}"#, &[&images]);
        }
    };
    for message in json::elements(messages)? {
        let object = json::object(message)?;
        if !object.is("role", r#""tool""#) {
            follow(&mut images, &mut out);
        } else if search::contains(message, IMAGE) && object.list("content").next().is_some() {
            let mut others = Writer::list();
            for part in object.list("content") {
                let is_image = json::object(part)?.is("type", IMAGE);
                if is_image { &mut images } else { &mut others }.element(part);
            }
            let mut edit = Edit::new(&object);
            edit.set("content", if others.is_empty() { "\"\"".to_owned() } else { others.finish() });
            out.element(&edit.text()?);
            is_any = true;
            continue;
        }
        out.element(message);
    }
    follow(&mut images, &mut out);
    is_any.then(|| {
        note(notes, "images of tools sent as the user's");
        out.finish()
    })
}

const IMAGE: &str = r#""image_url""#;

fn role_of(message: &str) -> Option<&str> {
    json::object(message)?.value("role")
}

fn fit(
    message: &Object<'_>,
    role: Option<&'static str>,
    has_developer: bool,
    ids: ToolIds,
    is_begun: bool,
    edit: &mut Edit<'_, '_>,
) {
    if is_begun && message.said("tool_calls").is_none() {
        edit.set("prefix", "true");
    }
    if let Some(role) = role {
        edit.set("role", role);
    } else if has_developer && message.is("role", r#""developer""#) {
        edit.set("role", r#""system""#);
    }
    if ids != ToolIds::Any {
        renamed(message, "tool_call_id", ids, edit);
        let calls = message.value("tool_calls").unwrap_or_default();
        if let Some(calls) = json::edited(calls, &mut |call, edit| renamed(call, "id", ids, edit)) {
            edit.set("tool_calls", calls);
        }
    }
}

/// Gives an id the form that is taken.
fn renamed(object: &Object<'_>, key: &str, ids: ToolIds, edit: &mut Edit<'_, '_>) {
    let longest = if ids == ToolIds::Forty { LONGEST_ID } else { 0 };
    if let Some(short) = object.value(key).and_then(|id| shortened(id, longest)) {
        edit.set(key, short);
    }
}

/// So long is an id of OpenAI's chat.
const LONGEST_ID: usize = 40;

/// An id in nine letters and digits, if it is longer than that. Both are JSON text.
pub(in crate::dialect) fn shortened(id: &str, longest: usize) -> Option<String> {
    let id = json::text(id).filter(|id| id.len() > longest)?;
    Some(quoted(&nine(&id)))
}

/// Whether an answer to a call bears a longer id.
fn has_long_id(messages: &str) -> bool {
    search::places(messages.as_bytes(), TOOL_CALL_ID).any(|at| {
        let value = messages.get(at + TOOL_CALL_ID.len()..).unwrap_or_default();
        let value = value.trim_start_matches([':', ' ', '\n', '\t', '\r', '"']);
        search::find(value, "\"").is_none_or(|length| length > LONGEST_ID)
    })
}

const TOOL_CALL_ID: &str = r#""tool_call_id""#;

/// Nine letters and digits: the id itself if it has that form, else the same ones for the same id, by FNV-1a.
fn nine(id: &str) -> String {
    if id.len() == 9 && text::is_of(id, "") {
        return id.to_owned();
    }
    let mut hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut out = String::with_capacity(9);
    for _ in 0..9 {
        out.extend(char::from_digit((hash % 36) as u32, 36));
        hash /= 36;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_nine_letters_and_digits_and_the_same_ones_every_time() {
        assert_eq!(nine("abc123XYZ"), "abc123XYZ");
        for id in ["call_1", "", "toolu_01A09q90qw90lq917835lq9", "abc-23XYZ", "ünïcödé"] {
            let made = nine(id);
            assert_eq!(made.len(), 9, "{id}");
            assert!(made.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{made}");
            assert_eq!(nine(id), made);
        }
        assert_ne!(nine("call_1"), nine("call_2"));
    }
}
