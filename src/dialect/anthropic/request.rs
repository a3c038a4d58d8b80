//! What such a provider is sent: the caller's wishes in Anthropic's words, as far as this model takes them.
//!
//! What is left out or changed is said in the notes. Nothing that changes what is asked is left out silently.

use super::Asked;
use super::conversation::Conversation;
use super::models::{Off, Rules, Sampling, Thinking};
use super::schema::Cleaned;
use super::tools::Tools;
use crate::chat::request::Ask;
use crate::chat::says_something;
use crate::config::Target;
use crate::dialect::CarriesOn;
use crate::dialect::openai::request::CARRY_ON;
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::json::{self, Object, Writer, quoted};
use crate::search;
use crate::secret::Secret;
use crate::stream::seam::Manner;

/// Where it goes, with the key and without a body.
#[must_use]
pub fn head(target: &Target, key: Option<&Secret>, stream: bool) -> UpstreamRequest {
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("accept", if stream { "text/event-stream" } else { "application/json" }.to_owned()),
        ("anthropic-version", "2023-06-01".to_owned()),
    ];
    if let Some(key) = key {
        headers.push(match key.reveal() {
            // A person's token, not a key.
            token if token.starts_with("sk-ant-oat") => ("authorization", format!("Bearer {token}")),
            key => ("x-api-key", key.to_owned()),
        });
    }
    let base = &target.provider.base_url;
    UpstreamRequest {
        // Some write the version into the address, as OpenAI's clients want it.
        url: format!("{}/v1/messages", base.strip_suffix("/v1").unwrap_or(base)),
        headers,
        extra_headers: target.provider.headers.clone(),
        body: Vec::new(),
    }
}

/// What the target is sent. What had to be changed or left out for it is said in `notes`.
///
/// # Errors
/// What cannot be said in this dialect.
pub fn write(
    ask: &Ask,
    target: &Target,
    key: Option<&Secret>,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Result<UpstreamRequest, Failure> {
    let asked = Asked {
        object: &Object::again(&ask.body, &ask.outline),
        params: &target.params,
        rules: Rules::of(&target.model),
    };
    let body = vec![body(ask, &asked, target, carries_on, notes)?.into()];
    Ok(UpstreamRequest { body, ..head(target, key, ask.stream) })
}

/// Wishes that are translated, and what is the gateway's own.
const TRANSLATED: &[&str] = &[
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
    "parallel_tool_calls",
    "response_format",
    "reasoning_effort",
    "thinking",
    "stop",
    "temperature",
    "top_p",
    "top_k",
    "user",
];

/// Anthropic's own wishes, sent as they came.
const NATIVE: &[&str] = &["cache_control", "container", "context_management", "mcp_servers", "inference_geo"];

fn body(
    ask: &Ask,
    asked: &Asked<'_>,
    target: &Target,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Result<String, Failure> {
    let rules = asked.rules;
    let messages = asked.value("messages").unwrap_or("[]");
    let mut conversation = Conversation::read(messages, rules.thinking != Thinking::None, notes)?;
    let carries_on = carries_on.filter(|carries_on| !carries_on.text.is_empty());
    let mut prefill = rules.prefill;
    if let Some(carries_on) = carries_on {
        conversation.say(false, &carries_on.text);
        if carries_on.manner == Manner::Words {
            conversation.say(true, CARRY_ON);
        }
        prefill = true;
    } else if conversation.is_begun() && !prefill {
        notes.push("asked in words to carry on from the last message".into());
    }
    let mut out = Writer::object();
    out.member("model", &quoted(&target.model));
    let limit = limit(asked, carries_on, notes);
    out.member("max_tokens", &limit.to_string());

    let mut tools = Tools::read(asked, notes);
    let format = format(asked, &mut tools, &mut conversation, notes);
    let hindrance = match () {
        () if tools.is_forced() => Some("a tool call is demanded"),
        () if conversation.is_begun() && prefill => Some("an answer is carried on"),
        () if conversation.calls_without_thought() => Some("another model called the tools"),
        () => None,
    };
    let (thinking, effort) = thinking(asked, limit, hindrance, notes);

    conversation.finish(prefill, notes);
    if let Some(system) = conversation.system() {
        out.member("system", &system);
    }
    out.member("messages", &conversation.messages());
    tools.write(&mut out);
    if let Some(thinking) = &thinking {
        out.member("thinking", thinking);
    }
    if format.is_some() || effort.is_some() {
        let mut config = Writer::object();
        if let Some(effort) = effort {
            config.member("effort", &quoted(effort));
        }
        if let Some(format) = &format {
            config.member("format", format);
        }
        out.member("output_config", &config.finish());
    }
    let thinks = thinking.is_some_and(|thinking| !search::contains(thinking, "disabled"));
    sampling(asked, thinks, &mut out, notes);
    stop(asked, &mut out, notes);
    if let Some(user) = asked.value("user").filter(|user| json::inside(user).is_some()) {
        out.member("metadata", &format!(r#"{{"user_id":{user}}}"#));
    }
    for name in NATIVE {
        if let Some(value) = asked.value(name) {
            out.member(name, value);
        }
    }
    if ask.stream {
        out.member("stream", "true");
    }
    for name in asked.names() {
        let value = asked.value(name).unwrap_or("null");
        // What asks for nothing is not missed.
        let is_usual = !says_something(value) || value == "0" || (name == "n" && value == "1");
        if !is_usual && !TRANSLATED.contains(&name) && !NATIVE.contains(&name) {
            notes.push(format!("dropped {name}"));
        }
    }
    Ok(out.finish())
}

/// How many tokens the answer may have: Anthropic wants to be told.
fn limit(asked: &Asked<'_>, carries_on: Option<&CarriesOn>, notes: &mut Vec<String>) -> u64 {
    let most = asked.rules.output;
    let Some(limit) = asked.number("max_completion_tokens").or_else(|| asked.number("max_tokens")) else {
        return most;
    };
    // The limit holds for the whole answer: what was delivered is used up.
    let used = carries_on.map_or(0, |carries_on| carries_on.usage.completion_tokens);
    if limit > most {
        notes.push(format!("max_tokens lowered to {most}"));
    }
    limit.min(most).saturating_sub(used).max(1)
}

/// The form of the answer: by the model's own means, by a tool that takes nothing else, or in words.
fn format(
    asked: &Asked<'_>,
    tools: &mut Tools,
    conversation: &mut Conversation,
    notes: &mut Vec<String>,
) -> Option<String> {
    let kind = asked.member("response_format", "type").and_then(json::inside)?;
    let schema =
        asked.member("response_format", "json_schema").and_then(|json| json::object(json)?.value("schema"));
    match (kind, schema) {
        ("json_schema", Some(schema)) if asked.rules.schema => {
            Some(format!(r#"{{"type":"json_schema","schema":{}}}"#, Cleaned::of(schema).json))
        }
        ("json_schema", Some(schema)) if !tools.is_forced() => {
            notes.push("asked for JSON by way of a tool".into());
            tools.demand_answer(schema);
            None
        }
        ("json_schema" | "json_object", _) => {
            notes.push("asked for JSON in words".into());
            conversation.instruct("Answer with one JSON object and nothing else: no remark, no code fence.");
            None
        }
        _ => None,
    }
}

/// How the model is told to think, and with what effort.
fn thinking(
    asked: &Asked<'_>,
    limit: u64,
    hindrance: Option<&str>,
    notes: &mut Vec<String>,
) -> (Option<String>, Option<&'static str>) {
    let told = asked.member("thinking", "type").and_then(json::inside);
    let level = match (asked.value("reasoning_effort").and_then(json::inside), told) {
        (Some("none"), _) | (None, Some("disabled")) => "none",
        (Some("minimal"), _) => "minimal",
        (Some("low"), _) => "low",
        (Some("high"), _) => "high",
        (Some("xhigh"), _) => "xhigh",
        (Some("max"), _) => "max",
        (Some(_), _) => "medium",
        (None, Some(_)) => "",
        (None, None) => return (None, None),
    };
    match (asked.rules.thinking, level) {
        (Thinking::None, "none") => (None, None),
        (Thinking::None, _) => {
            notes.push("dropped reasoning_effort".into());
            (None, None)
        }
        (Thinking::Budget | Thinking::Adaptive { off: Off::Disabled, .. }, "none") => {
            (Some(r#"{"type":"disabled"}"#.into()), None)
        }
        (Thinking::Adaptive { off: Off::BetweenTools, .. }, "none") => {
            notes.push("thinks between tools: it cannot be told not to".into());
            (Some(r#"{"type":"between_tools"}"#.into()), None)
        }
        (Thinking::Adaptive { .. }, "none") => {
            notes.push("thinks with little effort: it cannot be told not to".into());
            (None, Some("low"))
        }
        (Thinking::Adaptive { xhigh, .. }, level) => {
            let effort = match level {
                "" => None,
                "minimal" => Some("low"),
                "xhigh" if !xhigh => {
                    notes.push("reasoning_effort sent as high".into());
                    Some("high")
                }
                level => Some(level),
            };
            (Some(r#"{"type":"adaptive","display":"summarized"}"#.into()), effort)
        }
        (Thinking::Budget, level) => {
            let budget = match level {
                "minimal" => LEAST_BUDGET,
                "low" => 2_048,
                "high" => 16_384,
                "xhigh" | "max" => 32_000,
                _ => 8_192,
            };
            let wished = asked.member("thinking", "budget_tokens").and_then(|budget| budget.parse().ok());
            // Half of the answer is left for the answer.
            let budget = wished.unwrap_or(budget).min(limit / 2).max(LEAST_BUDGET);
            let hindrance = hindrance.or((limit <= LEAST_BUDGET).then_some("max_tokens leaves no room"));
            match hindrance {
                Some(why) => {
                    notes.push(format!("dropped thinking: {why}"));
                    (None, None)
                }
                None => (Some(format!(r#"{{"type":"enabled","budget_tokens":{budget}}}"#)), None),
            }
        }
    }
}

/// The smallest budget that is taken.
const LEAST_BUDGET: u64 = 1_024;

fn sampling(asked: &Asked<'_>, thinks: bool, out: &mut Writer, notes: &mut Vec<String>) {
    let mut has_temperature = false;
    for name in ["temperature", "top_p", "top_k"] {
        let Some(value) = asked.value(name) else { continue };
        let is_taken = match asked.rules.sampling {
            Sampling::No => false,
            _ if thinks => false,
            Sampling::Either => name != "top_p" || !has_temperature,
            Sampling::Free => true,
        };
        if !is_taken {
            notes.push(format!("dropped {name}"));
        } else if name == "temperature" && is_above_one(value) {
            notes.push("temperature clamped to 1".into());
            out.member(name, "1");
        } else {
            out.member(name, value);
        }
        has_temperature |= is_taken && name == "temperature";
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
    let Some(stop) = asked.value("stop") else { return };
    let list = json::elements(stop).unwrap_or_else(|| vec![stop]);
    let is_taken = |stop: &&&str| json::text(stop).is_none_or(|stop| !stop.trim().is_empty());
    let taken: Vec<&str> = list.iter().filter(is_taken).copied().collect();
    if taken.len() < list.len() {
        notes.push("dropped blank stop sequences".into());
    }
    if !taken.is_empty() {
        out.member("stop_sequences", &format!("[{}]", taken.join(",")));
    }
}

#[cfg(test)]
mod tests;
