//! What such a provider is sent.
//!
//! The model and the wish for a stream stand in the path; the rest is put together from the caller's own JSON texts,
//! piece by piece.

use crate::chat::request::Ask;
use crate::class::Class;
use crate::config::Target;
use crate::dialect::CarriesOn;
use crate::dialect::openai::request::CARRY_ON;
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::json::{self, Object, Writer, inside};
use crate::search;
use crate::secret::Secret;
use crate::stream::seam::Manner;

use super::conversation::Conversation;
use super::models::{Rules, Thinking};
use super::{items, schema};

/// What the target is sent. What had to be changed or left out for it is said in `notes`.
///
/// # Errors
/// A model's name that leads elsewhere. What Gemini cannot be told is left out, and Gemini itself refuses the rest.
pub fn write(
    ask: &Ask,
    target: &Target,
    key: Option<&Secret>,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Result<UpstreamRequest, Failure> {
    let method = if ask.stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
    // `tunedModels/…` and Vertex's `endpoints/…` say what they are.
    let folder = if target.model.contains('/') { "" } else { "models/" };
    let model = in_path(&target.model)
        .ok_or_else(|| Failure::new(Class::NotFound, "no model of Gemini's can have that name"))?;
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("accept", if ask.stream { "text/event-stream" } else { "application/json" }.to_owned()),
    ];
    headers.extend(key.map(|key| match key.reveal() {
        // A token of Google's OAuth, which Vertex takes, is told by its beginning.
        token if token.starts_with("ya29.") => ("authorization", format!("Bearer {token}")),
        key => ("x-goog-api-key", key.to_owned()),
    }));
    let carries_on = carries_on.filter(|carries_on| !carries_on.text.is_empty());
    Ok(UpstreamRequest {
        url: format!("{}/{folder}{model}:{method}", target.provider.base_url),
        headers,
        extra_headers: target.provider.headers.clone(),
        body: vec![body(ask, target, carries_on, notes).into()],
    })
}

/// A model's name as a part of an address. Callers choose it: it must not lead to another place or method there.
fn in_path(model: &str) -> Option<String> {
    if model.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return None;
    }
    let mut path = String::with_capacity(model.len());
    for byte in model.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' | b'/' => {
                path.push(char::from(byte));
            }
            other => path.push_str(&format!("%{other:02X}")),
        }
    }
    Some(path)
}

/// The members of the caller's body, with the configuration's laid over them.
struct Asked<'a> {
    object: Object<'a>,
    params: &'a [(String, String)],
}

impl<'a> Asked<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        let param = self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        param.or_else(|| self.object.value(name)).filter(|value| *value != "null")
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.object.members().map(|(name, _)| name).chain(self.params.iter().map(|(name, _)| name.as_str()))
    }
}

fn body(ask: &Ask, target: &Target, carries_on: Option<&CarriesOn>, notes: &mut Vec<String>) -> String {
    let asked = Asked { object: Object::again(&ask.body, &ask.outline), params: &target.params };
    let rules = Rules::of(&target.model);
    let mut conversation = Conversation::read(asked.value("messages").unwrap_or("[]"), rules, notes);
    if let Some(carries_on) = carries_on {
        conversation.begin_answer(&carries_on.text);
        if carries_on.manner == Manner::Words {
            conversation.ask(CARRY_ON);
        }
    } else if conversation.ends_with_answer() && !rules.prefill {
        conversation.ask(CARRY_ON);
        notes.push("asked in words to carry on".into());
    }

    let mut body = Writer::object();
    body.member("contents", &conversation.contents());
    if !conversation.system.is_empty() {
        body.member("systemInstruction", &format!(r#"{{"parts":[{}]}}"#, conversation.system.join(",")));
    }
    let tools = tools(&asked, notes);
    let has_tools = !tools.is_empty();
    if has_tools {
        body.member("tools", &format!(r#"[{{"functionDeclarations":[{}]}}]"#, tools.join(",")));
        if let Some(choice) = asked.value("tool_choice").and_then(tool_choice) {
            body.member("toolConfig", &format!(r#"{{"functionCallingConfig":{choice}}}"#));
        }
    }
    let google = asked.value("extra_body").and_then(json::object);
    let google = google.and_then(|extra| json::object(extra.value("google")?));
    let mut config = config(&asked, rules, has_tools, carries_on, notes);
    // Google's own words for it count; both would be one member twice.
    let told = google.as_ref().is_some_and(|google| google.value("thinking_config").is_some());
    if let Some(effort) = asked.value("reasoning_effort").and_then(inside).filter(|_| !told) {
        thinking(effort, rules.thinking, &mut config, notes);
    }
    for (name, native, inner) in [
        ("thinking_config", "thinkingConfig", true),
        ("safety_settings", "safetySettings", false),
        ("cached_content", "cachedContent", false),
    ] {
        if let Some(value) = google.as_ref().and_then(|google| google.value(name)) {
            if inner { &mut config } else { &mut body }.member(native, value);
        }
    }
    body.member("generationConfig", &config.finish());
    let dropped: Vec<&str> = asked.names().filter(|name| !KNOWN.contains(name)).collect();
    if !dropped.is_empty() {
        notes.push(format!("dropped {}", dropped.join(", ")));
    }
    body.finish()
}

/// What is told, or means nothing beyond the gateway.
const KNOWN: &[&str] = &[
    "model",
    "models",
    "messages",
    "steadfast",
    "stream",
    "stream_options",
    "tools",
    "functions",
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
    rules: &Rules,
    has_tools: bool,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Writer {
    let mut config = Writer::object();
    if let Some(limit) = asked.value("max_completion_tokens").or_else(|| asked.value("max_tokens")) {
        // The limit holds for the whole answer: what was delivered is used up.
        let used = carries_on.map_or(0, |carries_on| carries_on.usage.completion_tokens);
        let left = limit.parse::<u64>().ok().filter(|_| used > 0);
        let left = left.map(|limit| limit.saturating_sub(used).max(1).to_string());
        config.member("maxOutputTokens", left.as_deref().unwrap_or(limit));
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
            Some(_) => notes.push(format!("dropped {name}, which this model does not take")),
            None => {}
        }
    }
    match asked.value("seed") {
        Some(seed) if seed.parse::<i32>().is_ok() => {
            config.member("seed", seed);
        }
        Some(_) => notes.push("dropped seed, which is no number of 32 bits".into()),
        None => {}
    }
    if let Some(n) = asked.value("n").filter(|n| *n != "1") {
        config.member("candidateCount", n);
    }
    if let Some(stop) = asked.value("stop") {
        let all = if stop.starts_with('[') { items(stop) } else { vec![stop] };
        if all.len() > MOST_STOPS {
            notes.push(format!("stop cut to its first {MOST_STOPS}"));
        }
        let first = all.get(..MOST_STOPS).unwrap_or(&all);
        if !first.is_empty() {
            config.member("stopSequences", &format!("[{}]", first.join(",")));
        }
    }
    if asked.value("logprobs") == Some("true") {
        config.member("responseLogprobs", "true");
        if let Some(top) = asked.value("top_logprobs") {
            config.member("logprobs", top);
        }
    }
    match asked.value("response_format") {
        Some(format) if has_tools && !rules.json_with_tools && !search::contains(format, "\"text\"") => {
            notes.push("dropped response_format, which this model does not take beside tools".into());
        }
        Some(format) => response_format(format, &mut config),
        None => {}
    }
    config
}

const MOST_STOPS: usize = 5;

fn response_format(format: &str, config: &mut Writer) {
    let Some(format) = json::object(format) else { return };
    let kind = format.value("type").and_then(inside);
    if matches!(kind, Some("json_object" | "json_schema")) {
        config.member("responseMimeType", "\"application/json\"");
    }
    let wrapped = format.value("json_schema").and_then(json::object);
    if let Some(json) = wrapped.as_ref().and_then(|wrapped| wrapped.value("schema")) {
        config.member("responseJsonSchema", &schema::clean(json));
    }
}

/// Google's own table for its compatible endpoint, as far as a generation has the level.
fn thinking(effort: &str, thinking: Thinking, config: &mut Writer, notes: &mut Vec<String>) {
    let is_little = matches!(effort, "none" | "minimal");
    let asked = match thinking {
        Thinking::None => {
            notes.push("dropped reasoning_effort, for this model does not think".into());
            return;
        }
        Thinking::Budget(least) => {
            let budget = match effort {
                "none" => least,
                "minimal" | "low" => 1_024,
                "medium" => 8_192,
                _ => 24_576,
            };
            if effort == "none" && least > 0 {
                notes.push(format!("reasoning_effort none is a budget of {least} tokens here"));
            }
            format!(r#""thinkingBudget":{budget}"#)
        }
        Thinking::Level(least) => {
            let level = match effort {
                "none" | "minimal" => least,
                "low" | "medium" => effort,
                _ => "high",
            };
            if level != effort {
                notes.push(format!("reasoning_effort {effort} is {level} here"));
            }
            format!(r#""thinkingLevel":"{level}""#)
        }
    };
    let shown = if is_little { "" } else { r#","includeThoughts":true"# };
    config.member("thinkingConfig", &format!("{{{asked}{shown}}}"));
}

/// The functions that may be called, as JSON texts.
fn tools(asked: &Asked<'_>, notes: &mut Vec<String>) -> Vec<String> {
    let mut declared = Vec::new();
    for tool in asked.value("tools").map(items).unwrap_or_default() {
        let Some(tool) = json::object(tool) else { continue };
        match tool.value("function") {
            Some(function) => declared.extend(declaration(function)),
            None => notes.push(format!("dropped a tool of type {}", tool.value("type").unwrap_or("null"))),
        }
    }
    let old = asked.value("functions").map(items).unwrap_or_default();
    declared.extend(old.into_iter().filter_map(declaration));
    declared
}

fn declaration(function: &str) -> Option<String> {
    let function = json::object(function)?;
    let mut declared = Writer::object();
    declared.member("name", function.value("name")?);
    if let Some(description) = function.value("description").filter(|text| *text != "null") {
        declared.member("description", description);
    }
    if let Some(parameters) = function.value("parameters").filter(|parameters| parameters.len() > "{}".len())
    {
        declared.member("parametersJsonSchema", &schema::clean(parameters));
    }
    Some(declared.finish())
}

fn tool_choice(choice: &str) -> Option<String> {
    let mode = |mode: &str| Some(format!(r#"{{"mode":"{mode}"}}"#));
    match inside(choice) {
        Some("auto") => return mode("AUTO"),
        Some("none") => return mode("NONE"),
        Some(_) => return mode("ANY"),
        None => {}
    }
    let choice = json::object(choice)?;
    let name = |tool: &str| {
        let tool = json::object(tool)?;
        let function = json::object(tool.value("function")?)?;
        function.value("name").map(str::to_owned)
    };
    let (mode, names) = match choice.value("allowed_tools").and_then(json::object) {
        None => ("ANY", vec![json::object(choice.value("function")?)?.value("name")?.to_owned()]),
        Some(allowed) => {
            let names = items(allowed.value("tools")?).into_iter().filter_map(name).collect();
            (if allowed.value("mode") == Some("\"required\"") { "ANY" } else { "VALIDATED" }, names)
        }
    };
    Some(format!(r#"{{"mode":"{mode}","allowedFunctionNames":[{}]}}"#, names.join(",")))
}

#[cfg(test)]
mod tests;
