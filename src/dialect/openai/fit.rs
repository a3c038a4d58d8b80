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

use crate::catalog::{Thinking, TokenLimit, ToolChoice};
use crate::chat::request::Ask;
use crate::config::Target;
use crate::dialect::asked::{Asked, LIMITS, allowed, dropped, is_endless, left_out, lowered, note, noted};
use crate::json::{self, Edit, filled, quoted};
use crate::search;
use crate::text;
use crate::words::{Words, words};

use super::models::{is_of_others, never_thinks};
use super::{schema, thoughts};

/// Fits the parameters to the target.
pub(super) fn params(
    ask: &Ask,
    asked: &Asked<'_>,
    in_vain: bool,
    edit: &mut Edit<'_, '_>,
    notes: &mut Vec<String>,
) {
    let target = asked.target;
    let quirks = &target.provider.quirks;
    let samples_alone = samples_as_it_likes(asked, in_vain);
    for (names, are_refused) in
        [(quirks.refuses, true), (FOREIGN, quirks.refuses_unknown), (FIXED, samples_alone)]
    {
        names.iter().filter(|_| are_refused).for_each(|name| left_out(name, edit, notes));
    }
    // "only allowed when 'store' is enabled"
    if quirks.is_openai() && asked.value("store") != Some("true") {
        left_out("metadata", edit, notes);
    }
    if never_thinks(target) {
        left_out("verbosity", edit, notes);
    }
    // "Invalid 'stop': array too long. Expected an array with maximum length 4"
    if quirks.is_openai() && !samples_alone && asked.list("stop").nth(MOST_STOPS).is_some() {
        let first = text::joined(&asked.stops(MOST_STOPS, notes), ",");
        edit.set("stop", filled("[$]", &[&first]));
    }
    if quirks.one_choice && asked.said("n").is_some_and(|n| n != "1") {
        edit.set("n", "1");
        note(notes, "n sent as 1");
    }
    if let Some(most) = quirks.max_temperature
        && let Some(wished) = asked.any("temperature")
        && json::number(wished) > json::number(most)
        && !samples_alone
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
    thinking(asked, quirks.of(&target.model).0, edit, notes);
    let effort = edit.value("reasoning_effort").and_then(json::inside);
    if !in_vain && let Some(effort) = nearest_effort(effort, target, notes) {
        edit.set("reasoning_effort", quoted(effort));
    }
    tools(ask, asked, edit, notes);
}

/// Fits the tools, and which of them are to be called.
fn tools(ask: &Ask, asked: &Asked<'_>, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    let target = asked.target;
    // "[] is too short - 'tools'", "'tool_choice' is only allowed when 'tools' are specified". Others ask for an empty list.
    let has_none = asked.said("tools").or(asked.said("functions")).is_none();
    if has_none && target.provider.known {
        return OF_TOOLS.iter().for_each(|name| edit.remove(name));
    }
    let quirks = &target.provider.quirks;
    // OpenAI's own; Google is told so in its own language. Whom no table knows gets what a caller wrote as he wrote it, but
    // no translation that only OpenAI would take.
    if !quirks.is_openai()
        && (target.provider.known || ask.native.is_some())
        && let Some((tools, mode)) = allowed(asked, notes)
    {
        edit.set("tools", tools.into_owned());
        edit.set("tool_choice", quoted(mode));
    }
    if !quirks.strict_tools
        && edit.each("tools", &mut |_, tool| {
            tool.within("function", &mut |_, function| function.remove("strict"))
        })
    {
        dropped(notes, "strict");
    }
    if quirks.refuses_unknown {
        edit.each("tools", &mut |_, tool| tool.remove(thoughts::HINT));
    }
    let of_function: fn(&str) -> _ = match (quirks.typed_schemas, quirks.is_openai()) {
        (true, _) => schema::of_types,
        (_, true) => schema::of_object,
        _ => |_| None,
    };
    if target.provider.known {
        edit.alter("tools", &mut |tools| schema::of_tools(tools, of_function));
    }
    tool_choice(target, edit, notes);
}

/// What is said of tools.
const OF_TOOLS: [&str; 5] = ["tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"];

/// So many ends of an answer OpenAI takes.
const MOST_STOPS: usize = 4;

/// The effort that a model takes in the place of one that it does not.
pub(in crate::dialect) fn nearest_effort(
    asked: Option<&str>,
    target: &Target,
    notes: &mut Vec<String>,
) -> Option<&'static str> {
    let (asked, model) = (asked?, &target.model);
    let mut of_model = target.provider.quirks.efforts.iter().filter(|(start, _)| model.starts_with(start));
    let nearest = of_model.find_map(|(_, efforts)| efforts.get(asked))?;
    // Of OpenAI's, the first GPT-5 alone knows it.
    if asked == "minimal" && (model == "gpt-5" || model.starts_with("gpt-5-")) {
        return None;
    }
    noted(notes, format_args!("reasoning_effort sent as {nearest}"));
    Some(nearest)
}

/// What other vendors understand: Anthropic, OpenRouter, Qwen, vLLM.
pub(in crate::dialect) const FOREIGN: Words = words![
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
pub(in crate::dialect) const FIXED: Words = words![
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
pub(in crate::dialect) fn samples_as_it_likes(asked: &Asked<'_>, in_vain: bool) -> bool {
    let target = asked.target;
    let wish = || asked.said("reasoning_effort").filter(|effort| *effort != r#""none""#);
    let thinks = || !in_vain && wish().is_some();
    target.facts.capabilities.fixed_sampling || (target.provider.quirks.is_openai() && thinks())
}

fn tool_choice(target: &Target, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    let choice = edit.value("tool_choice").filter(|choice| json::says_something(choice)).map(str::to_owned);
    let Some(choice) = choice else { return };
    let sent = match (target.provider.quirks.of(&target.model).1, choice.as_str()) {
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

/// The limit of the answer by the name that the target takes, and no larger than it takes.
pub(super) fn limit(asked: &Asked<'_>, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    let target = asked.target;
    let quirks = &target.provider.quirks;
    let [newer, older] = LIMITS;
    // What the configuration says, wins, by whichever name.
    for (laid_over, other) in [(newer, older), (older, newer)] {
        if asked.laid_over(laid_over).is_some() && asked.laid_over(other).is_none() {
            edit.remove(other);
        }
    }
    let has_both = edit.value(newer).and(edit.value(older)).is_some();
    let names = match quirks.token_limit {
        TokenLimit::AsSent | TokenLimit::Longer => None,
        TokenLimit::One if !has_both => None,
        TokenLimit::ByFamily if !has_both && is_of_others(&target.model) => None,
        TokenLimit::MaxTokens => Some((newer, older)),
        TokenLimit::One | TokenLimit::ByFamily | TokenLimit::MaxCompletionTokens => Some((older, newer)),
    };
    if let Some((wrong, right)) = names {
        let own = edit.value(right).filter(|limit| *limit != "null");
        if let Some(limit) = own.or_else(|| edit.value(wrong)).map(str::to_owned) {
            edit.set(right, limit);
            edit.remove(wrong);
        }
    }
    for name in LIMITS {
        if target.provider.known && edit.value(name).is_some_and(is_endless) {
            edit.remove(name);
        } else {
            edit.alter(name, &mut |limit| lowered(limit, target, notes));
        }
    }
    let is_long = |limit: &&str| limit.parse::<u64>().is_ok_and(|limit| limit > LONG);
    if quirks.token_limit == TokenLimit::Longer
        && let Some(limit) = edit.value(older).filter(is_long).map(str::to_owned)
    {
        edit.remove(older);
        if edit.value(newer).is_none_or(|limit| limit == "null") {
            edit.set(newer, limit);
        }
    }
}

/// The longest answer that `max_tokens` may ask for of [`TokenLimit::Longer`].
const LONG: u64 = 32_768;
