//! What such a provider is sent: the caller's wishes in Anthropic's words, as far as this model takes them.
//!
//! What is left out or changed is said in the notes. Nothing that changes what is asked is left out silently.

use bytes::Bytes;

use super::conversation::Conversation;
use super::fit;
use super::models::{Off, Rules, Sampling, Thinking, wants_thoughts};
use super::schema::Cleaned;
use super::tools::Tools;
use crate::chat::request::Ask;
use crate::config::Target;
use crate::dialect::asked::{Asked, dropped, note, noted};
use crate::dialect::openai::request::CARRY_ON;
use crate::dialect::{CarriesOn, addressed};
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::json::{self, Object, Writer, filled};
use crate::search;
use crate::secret::Secret;
use crate::stream::seam::Manner;
use crate::words::{Words, words};

/// Where it goes, with the key and without a body.
pub(in crate::dialect) fn head(
    ask: &Ask,
    target: &Target,
    key: Option<&Secret>,
    _: Option<&CarriesOn>,
) -> Result<UpstreamRequest, Failure> {
    let key = key.map(|key| match key.reveal() {
        // A person's token, not a key.
        token if token.starts_with("sk-ant-oat") => ("authorization", format!("Bearer {token}")),
        key => ("x-api-key", key.to_owned()),
    });
    let base = &target.provider.base_url;
    // Some write the version into the address, as OpenAI's clients want it.
    let url = format!("{}/v1/messages", base.strip_suffix("/v1").unwrap_or(base));
    let mut head = addressed(url, ask.stream, key);
    head.headers.push("anthropic-version", "2023-06-01");
    Ok(head)
}

/// Wishes that are told, and what is the gateway's own.
const KNOWN: Words = words![
    "model",
    "models",
    "steadfast",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "parallel_tool_calls",
    "response_format",
    "reasoning_effort",
    "thinking",
    "stop",
    "temperature",
    "top_p",
    "top_k",
    "user",
    "cache_control",
    "container",
    "context_management",
    "mcp_servers",
    "inference_geo",
];

/// Anthropic's own wishes.
const NATIVE: Words =
    words!["cache_control", "container", "context_management", "mcp_servers", "inference_geo"];

/// What the target is sent. What had to be changed or left out for it is said in `notes`.
///
/// # Errors
/// What cannot be said in this dialect.
pub(in crate::dialect) fn body(
    ask: &Ask,
    asked: &Asked<'_>,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Result<Vec<Bytes>, Failure> {
    let target = asked.target;
    let rules = Rules::of(&target.model);
    let messages = asked.value("messages").unwrap_or("[]");
    let mut conversation = Conversation::read(messages, &target.model, notes)?;
    let mut prefill = rules.prefill;
    if let Some(carries_on) = carries_on {
        conversation.say(false, &carries_on.text);
        if carries_on.manner == Manner::Words {
            conversation.say(true, CARRY_ON);
        }
        prefill = true;
    } else if conversation.is_begun() && !prefill {
        note(notes, "asked in words to carry on from the last message");
    }
    let mut out = Writer::object();
    let limit = limit(asked, rules, carries_on, notes);
    out.string("model", &target.model).whole("max_tokens", limit);

    let mut tools = Tools::read(asked, rules, notes);
    let format = format(asked, rules, &mut tools, &mut conversation, notes);
    if Rules::known(&target.model).is_some()
        && let Some(name) = conversation.called()
    {
        tools.recall(name);
    }
    let hindrance = if tools.is_forced() {
        Some("a tool call is demanded")
    } else if conversation.is_begun() && prefill {
        Some("an answer is carried on")
    } else if conversation.calls_without_thought() {
        Some("another model called the tools")
    } else {
        None
    };
    let told = asked.within("thinking");
    let (thinking, effort) =
        thinking(&told, asked.inside("reasoning_effort"), rules, limit, hindrance, notes);

    conversation.finish(prefill, notes);
    let messages = conversation.messages();
    let fitted = if wants_thoughts(&target.model) { fit::messages(&messages, target, notes) } else { None };
    out.maybe("system", conversation.system().as_deref());
    out.member("messages", fitted.as_deref().unwrap_or(&messages));
    tools.write(&mut out);
    out.maybe("thinking", thinking.as_deref());
    let mut config = Writer::object();
    config.maybe_string("effort", effort).maybe("format", format.as_deref());
    out.unless_empty("output_config", &config);
    let thinks = thinking.is_some_and(|thinking| !search::contains(thinking, "disabled"));
    let taken = if thinks { Sampling::No } else { rules.sampling };
    sampling(asked, taken, notes, &mut |name, value| _ = out.maybe(name, value));
    stop(asked, &mut out, notes);
    match asked.inside("user") {
        // "user_id appears to contain an email address"; the page gives it 256 characters.
        Some(user) if user.contains('@') || user.len() > 256 => dropped(notes, "user"),
        Some(user) => _ = out.fill("metadata", r#"{"user_id":"$"}"#, &[user]),
        None => {}
    }
    // Its own wishes are sent as they came.
    for name in NATIVE.iter() {
        out.maybe(name, asked.value(name));
    }
    if ask.stream {
        out.member("stream", "true");
    }
    asked.drops_others(&[KNOWN], notes);
    Ok(vec![out.finish().into()])
}

/// How many tokens the answer may have: Anthropic wants to be told.
fn limit(asked: &Asked<'_>, rules: &Rules, carries_on: Option<&CarriesOn>, notes: &mut Vec<String>) -> u64 {
    let most = rules.output;
    let Some(limit) = asked.limit().and_then(json::count) else { return most };
    if limit > most {
        noted(notes, format_args!("max_tokens lowered to {most}"));
    }
    // The limit holds for the whole answer: what was delivered is used up.
    let used = carries_on.map_or(0, |carries_on| carries_on.usage.completion_tokens);
    limit.min(most).saturating_sub(used).max(1)
}

/// The form of the answer: by the model's own means, by a tool that takes nothing else, or in words.
fn format(
    asked: &Asked<'_>,
    rules: &Rules,
    tools: &mut Tools,
    conversation: &mut Conversation,
    notes: &mut Vec<String>,
) -> Option<String> {
    let format = asked.within("response_format");
    match (format.word("type"), format.within("json_schema").value("schema")) {
        ("json_schema", Some(schema)) if rules.schema && Cleaned::of(schema).fits_with(&mut (0, 0)) => {
            Some(filled(r#"{"type":"json_schema","schema":$}"#, &[&Cleaned::of(schema).json]))
        }
        ("json_schema", Some(schema)) if rules.forced_tools && !tools.is_forced() => {
            note(notes, "asked for JSON by way of a tool");
            tools.demand_answer(schema);
            None
        }
        ("json_schema" | "json_object", schema) => {
            note(notes, "asked for JSON in words");
            let fitting =
                schema.map_or_else(String::new, |schema| format!(" It must fit this JSON schema: {schema}"));
            let wish = "Answer with one JSON object and nothing else: no remark, no code fence.";
            conversation.instruct(&format!("{wish}{fitting}"));
            None
        }
        _ => None,
    }
}

/// How the model is told to think, and with what effort, by what the caller `told` it and the effort he named.
pub(super) fn thinking(
    told: &Object<'_>,
    effort: Option<&str>,
    rules: &Rules,
    limit: u64,
    hindrance: Option<&str>,
    notes: &mut Vec<String>,
) -> (Option<String>, Option<&'static str>) {
    let wish = if effort.is_some() { "reasoning_effort" } else { "thinking" };
    let (effort, budget) = match (effort, told.inside("type")) {
        (Some(effort), _) => *LEVELS.iter().find(|(level, _)| *level == effort).unwrap_or(&MEDIUM),
        (None, Some("disabled")) => OFF,
        // As it sees fit.
        (None, Some(_)) => ("", MEDIUM.1),
        (None, None) => return (None, None),
    };
    let is_off = effort == OFF.0;
    match rules.thinking {
        Thinking::None => {
            if !is_off {
                dropped(notes, wish);
            }
            (None, None)
        }
        Thinking::Budget | Thinking::Adaptive { off: Off::Disabled, .. } if is_off => {
            (Some(r#"{"type":"disabled"}"#.into()), None)
        }
        Thinking::Adaptive { off: Off::BetweenTools, .. } if is_off => {
            note(notes, "thinks between tools: it cannot be told not to");
            (Some(r#"{"type":"between_tools"}"#.into()), None)
        }
        Thinking::Adaptive { .. } if is_off => {
            note(notes, "thinks with little effort: it cannot be told not to");
            (None, Some("low"))
        }
        Thinking::Adaptive { xhigh, .. } => {
            let effort = match effort {
                "" => None,
                "minimal" => Some("low"),
                "xhigh" if !xhigh => {
                    note(notes, "reasoning_effort sent as high");
                    Some("high")
                }
                effort => Some(effort),
            };
            (Some(r#"{"type":"adaptive","display":"summarized"}"#.into()), effort)
        }
        Thinking::Budget => {
            let wished = told.count("budget_tokens");
            // Half of the answer is left for the answer.
            let budget = wished.unwrap_or(budget).min(limit / 2).max(LEAST_BUDGET);
            let hindrance = hindrance.or((limit <= LEAST_BUDGET).then_some("max_tokens leaves no room"));
            match hindrance {
                Some(why) => {
                    noted(notes, format_args!("dropped thinking: {why}"));
                    (None, None)
                }
                None => (Some(format!(r#"{{"type":"enabled","budget_tokens":{budget}}}"#)), None),
            }
        }
    }
}

/// The levels of effort, and the budgets that they come near to. Another word is a medium one.
const LEVELS: [(&str, u64); 7] = [
    OFF,
    ("minimal", LEAST_BUDGET),
    ("low", 2_048),
    MEDIUM,
    ("high", 16_384),
    ("xhigh", 32_000),
    ("max", 32_000),
];
const OFF: (&str, u64) = ("none", 0);
const MEDIUM: (&str, u64) = ("medium", 8_192);

/// The smallest budget that is taken.
const LEAST_BUDGET: u64 = 1_024;

/// Tells `put` of what shapes the drawing of tokens: what is sent of it, or that it goes.
pub(super) fn sampling(
    asked: &Asked<'_>,
    taken: Sampling,
    notes: &mut Vec<String>,
    put: &mut dyn FnMut(&str, Option<&str>),
) {
    let has_temperature = asked.value("temperature").is_some();
    for name in ["temperature", "top_p", "top_k"] {
        let Some(value) = asked.value(name) else { continue };
        let is_taken = match taken {
            Sampling::No => false,
            Sampling::Either => name != "top_p" || !has_temperature,
            Sampling::Free => true,
        };
        if !is_taken {
            dropped(notes, name);
            put(name, None);
        } else if name == "temperature" && is_above_one(value) {
            note(notes, "temperature lowered to 1");
            put(name, Some("1"));
        } else {
            put(name, Some(value));
        }
    }
}

/// Whether a number, as JSON text, is above 1. One that is written with an exponent is sent as it is.
fn is_above_one(number: &str) -> bool {
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let is_one = whole == "1" && rest.bytes().all(|digit| digit == b'0');
    whole.parse::<u64>().is_ok_and(|whole| whole >= 1) && !is_one
}

/// Where it is to stop. Mere white space is refused.
fn stop(asked: &Asked<'_>, out: &mut Writer, notes: &mut Vec<String>) {
    let (mut taken, mut is_blank) = (Writer::list(), false);
    for stop in asked.stops(usize::MAX, notes) {
        if json::text(stop).is_some_and(|stop| stop.trim().is_empty()) {
            is_blank = true;
        } else {
            taken.element(stop);
        }
    }
    if is_blank {
        dropped(notes, "blank stop sequences");
    }
    out.unless_empty("stop_sequences", &taken);
}

#[cfg(test)]
mod tests;
