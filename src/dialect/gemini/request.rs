//! What such a provider is sent.
//!
//! The model and the wish for a stream stand in the path; the rest is put together from the caller's own JSON texts,
//! piece by piece.

use bytes::Bytes;

use crate::chat::request::Ask;
use crate::class::Class;
use crate::config::Target;
use crate::dialect::asked::{Asked, dropped, left, lowered, note, noted};
use crate::dialect::openai::request::CARRY_ON;
use crate::dialect::{CarriesOn, addressed};
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::json::{self, Object, Writer, filled};
use crate::secret::Secret;
use crate::stream::seam::Manner;
use crate::text;
use crate::words::{Words, words};

use super::conversation::Conversation;
use super::models::{Rules, Thinking};
use super::schema;

/// Where it goes, with the key and without a body.
///
/// # Errors
/// A model's name that leads elsewhere.
pub(in crate::dialect) fn head(
    ask: &Ask,
    target: &Target,
    key: Option<&Secret>,
    _: Option<&CarriesOn>,
) -> Result<UpstreamRequest, Failure> {
    let method = if ask.stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
    // `tunedModels/…` and Vertex's `endpoints/…` say what they are.
    let folder = if target.model.contains('/') { "" } else { "models/" };
    let model = in_path(&target.model)
        .ok_or_else(|| Failure::new(Class::NotFound, "no model of Gemini's can have that name"))?;
    let url = format!("{}/{folder}{model}:{method}", target.provider.base_url);
    let key = key.map(|key| match key.reveal() {
        // A token of Google's OAuth, which Vertex takes, is told by its beginning.
        token if token.starts_with("ya29.") => ("authorization", format!("Bearer {token}")),
        key => ("x-goog-api-key", key.to_owned()),
    });
    Ok(addressed(url, ask.stream, key))
}

/// A model's name as a part of an address. Callers choose it: it must not lead to another place or method there.
fn in_path(model: &str) -> Option<String> {
    if model.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return None;
    }
    Some(text::in_address(model, |byte| byte.is_ascii_alphanumeric() || b"-._~@/".contains(&byte)))
}

/// What the target is sent. What had to be changed or left out for it is said in `notes`.
///
/// # Errors
/// What cannot be said in this dialect: what only shapes the answer is left out, and Gemini itself refuses the rest.
pub(in crate::dialect) fn body(
    _: &Ask,
    asked: &Asked<'_>,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Result<Vec<Bytes>, Failure> {
    let rules = Rules::of(&asked.target.model);
    let mut conversation = Conversation::read(asked.list("messages"), rules, notes)?;
    if let Some(carries_on) = carries_on {
        conversation.begin_answer(&carries_on.text);
        if carries_on.manner == Manner::Words {
            conversation.ask(CARRY_ON);
        }
    } else if conversation.ends_with_answer() && !rules.prefill {
        conversation.ask(CARRY_ON);
        note(notes, "asked in words to carry on");
    }

    let mut body = Writer::object();
    body.member("contents", &conversation.contents());
    if !conversation.system.is_empty() {
        body.fill("systemInstruction", r#"{"parts":[$]}"#, &[&text::joined(&conversation.system, ",")]);
    }
    let tools = tools(asked, notes);
    let has_tools = !tools.is_empty();
    if has_tools {
        body.fill("tools", r#"[{"functionDeclarations":$}]"#, &[&tools.finish()]);
        let choice = asked.value("tool_choice").or(asked.value("function_call"));
        let choice = match choice {
            // Whoever has to call holds to the schemas anyhow; by itself, only when it is told to.
            None | Some(r#""auto""#) if is_strict(asked) => Some(r#"{"mode":"VALIDATED"}"#.to_owned()),
            choice => choice.and_then(tool_choice),
        };
        if let Some(choice) = choice {
            body.fill("toolConfig", r#"{"functionCallingConfig":$}"#, &[&choice]);
        }
    }
    let google = asked.within("extra_body").within("google");
    let mut config = config(asked, has_tools, carries_on, notes);
    // Google's own words for it count; both would be one member twice.
    match (google.value("thinking_config"), asked.inside("reasoning_effort")) {
        (Some(thinking), _) => {
            config.member("thinkingConfig", thinking);
        }
        (None, Some(effort)) => thinking(effort, rules.thinking, &mut config, notes),
        (None, None) => {}
    }
    body.maybe("safetySettings", google.value("safety_settings"));
    body.maybe("cachedContent", google.value("cached_content"));
    body.nest("generationConfig", &config);
    asked.drops_others(&[KNOWN], notes);
    Ok(vec![body.finish().into()])
}

/// What is told, or means nothing beyond the gateway.
const KNOWN: Words = words![
    "model",
    "models",
    "messages",
    "steadfast",
    "stream",
    "stream_options",
    "tools",
    "functions",
    "function_call",
    "tool_choice",
    "extra_body",
    "response_format",
    "reasoning_effort",
    "max_tokens",
    "max_completion_tokens",
    "n",
    "stop",
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "top_logprobs",
];

/// How the answer is to be made.
fn config(
    asked: &Asked<'_>,
    has_tools: bool,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Writer {
    let rules = Rules::of(&asked.target.model);
    let mut config = Writer::object();
    if let Some(limit) = asked.limit() {
        let lowered = lowered(limit, asked.target, notes);
        config.member("maxOutputTokens", &left(lowered.as_deref().unwrap_or(limit), carries_on, 1));
    }
    for (name, native, is_taken) in [
        ("temperature", "temperature", rules.sampling),
        ("top_p", "topP", rules.sampling),
        ("top_k", "topK", rules.sampling),
        ("presence_penalty", "presencePenalty", rules.penalties),
        ("frequency_penalty", "frequencyPenalty", rules.penalties),
    ] {
        match asked.value(name) {
            Some(value) if is_taken => {
                config.member(native, value);
            }
            Some(_) => noted(notes, format_args!("dropped {name}, which this model does not take")),
            None => {}
        }
    }
    match asked.value("seed") {
        Some(seed) if json::number(seed).is_some_and(|seed| f64::from(seed as i32) == seed) => {
            config.member("seed", seed);
        }
        Some(_) => dropped(notes, "seed, which is no number of 32 bits"),
        None => {}
    }
    match asked.value("n").filter(|n| *n != "1") {
        Some(_) if !rules.candidates => note(notes, "n sent as 1"),
        several => _ = config.maybe("candidateCount", several),
    }
    let stops = text::joined(&asked.stops(MOST_STOPS, notes), ",");
    if !stops.is_empty() {
        config.fill("stopSequences", "[$]", &[&stops]);
    }
    if asked.value("logprobs") == Some("true") && !rules.candidates {
        dropped(notes, "logprobs");
    } else if asked.value("logprobs") == Some("true") {
        config.member("responseLogprobs", "true").maybe("logprobs", asked.value("top_logprobs"));
    }
    let format = asked.within("response_format");
    match matches!(format.word("type"), "json_object" | "json_schema") {
        true if has_tools && !rules.json_with_tools => {
            dropped(notes, "response_format, which this model does not take beside tools");
        }
        true => response_format(&format, &mut config),
        false => {}
    }
    config
}

const MOST_STOPS: usize = 5;

fn response_format(format: &Object<'_>, config: &mut Writer) {
    config.member("responseMimeType", "\"application/json\"");
    if let Some(json) = format.within("json_schema").value("schema") {
        config.member("responseJsonSchema", &schema::clean(json));
    }
}

/// Google's own table for its compatible endpoint, as far as a generation has the level.
fn thinking(effort: &str, thinking: Thinking, config: &mut Writer, notes: &mut Vec<String>) {
    let is_little = matches!(effort, "none" | "minimal");
    let asked = match thinking {
        Thinking::None => {
            return dropped(notes, "reasoning_effort, for this model does not think");
        }
        Thinking::Budget(least) => {
            let budget = match effort {
                "none" => least,
                "minimal" | "low" => 1_024,
                "medium" => 8_192,
                _ => 24_576,
            };
            if effort == "none" && least > 0 {
                noted(notes, format_args!("reasoning_effort none is a budget of {least} tokens here"));
            }
            filled(r#""thinkingBudget":$"#, &[&budget.to_string()])
        }
        Thinking::Level(least) => {
            let level = match effort {
                "none" | "minimal" => least,
                "low" | "medium" => effort,
                _ => "high",
            };
            if level != effort {
                noted(notes, format_args!("reasoning_effort {effort} is {level} here"));
            }
            filled(r#""thinkingLevel":"$""#, &[level])
        }
    };
    let shown = if is_little { "" } else { r#","includeThoughts":true"# };
    config.fill("thinkingConfig", "{$$}", &[&asked, shown]);
}

/// Whether a function is to be called with what fits its schema, and nothing else.
fn is_strict(asked: &Asked<'_>) -> bool {
    asked.list("tools").has(&|tool| tool.within("function").is("strict", "true"))
}

/// The functions that may be called.
fn tools(asked: &Asked<'_>, notes: &mut Vec<String>) -> Writer {
    let mut declared = Writer::list();
    for tool in asked.list("tools").objects() {
        match tool.value("function") {
            Some(function) => declare(function, &mut declared),
            None => {
                noted(notes, format_args!("dropped a tool of type {}", tool.value("type").unwrap_or("null")))
            }
        }
    }
    for function in asked.list("functions") {
        declare(function, &mut declared);
    }
    declared
}

fn declare(function: &str, out: &mut Writer) {
    let Some(function) = json::object(function) else { return };
    let Some(name) = function.value("name") else { return };
    let mut declared = Writer::object();
    declared.member("name", name).copy_given(&function, &["description"]);
    if let Some(parameters) = function.said("parameters") {
        declared.member("parametersJsonSchema", &schema::clean(parameters));
    }
    out.append(&declared);
}

fn tool_choice(choice: &str) -> Option<String> {
    let mode = match json::inside(choice) {
        Some("auto") => "AUTO",
        Some("none") => "NONE",
        Some(_) => "ANY",
        None => return only(&json::object(choice)?),
    };
    Some(filled(r#"{"mode":"$"}"#, &[mode]))
}

/// A choice of some functions alone.
fn only(choice: &Object<'_>) -> Option<String> {
    let mut names = Writer::list();
    let mode = match choice.object("allowed_tools") {
        None => {
            names.element(choice.within("function").value("name").or(choice.value("name"))?);
            "ANY"
        }
        Some(allowed) => {
            allowed.value("tools")?;
            for tool in allowed.list("tools") {
                let name = json::object(tool).and_then(|tool| tool.within("function").value("name"));
                if let Some(name) = name {
                    names.element(name);
                }
            }
            if allowed.is("mode", "\"required\"") { "ANY" } else { "VALIDATED" }
        }
    };
    Some(filled(r#"{"mode":"$","allowedFunctionNames":$}"#, &[mode, &names.finish()]))
}

#[cfg(test)]
mod tests;
