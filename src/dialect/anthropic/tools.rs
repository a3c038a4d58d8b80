//! The tools of a chat, as Anthropic wants them, and which of them are to be called.

use super::schema::Cleaned;
use super::{ANSWER_TOOL, Asked};
use crate::chat::says_something;
use crate::json::{self, Object, Writer, quoted};

/// Tools, and which of them are to be called.
#[derive(Default)]
pub(super) struct Tools {
    list: Vec<String>,
    /// The type of the choice, and a name where it takes one.
    choice: Option<(&'static str, Option<String>)>,
    one_at_a_time: bool,
}

impl Tools {
    pub(super) fn read(asked: &Asked<'_>, notes: &mut Vec<String>) -> Self {
        let mut tools = Self::default();
        let list = asked.value("tools").unwrap_or_default();
        let list = json::elements(list).unwrap_or_default();
        let is_strict = |tool: &&str| {
            let strict =
                |tool: Object<'_>| Some(json::object(tool.value("function")?)?.value("strict")? == "true");
            json::object(tool).and_then(strict).unwrap_or_default()
        };
        let strict = list.iter().filter(|tool| is_strict(tool)).count();
        let mut bounds = (0, 0);
        let mut fits = |tool| tool_schema(tool).is_none_or(|schema| schema.fits_with(&mut bounds));
        let can_be_strict = asked.rules.schema
            && strict <= MOST_STRICT
            && list.iter().filter(|tool| is_strict(tool)).all(|tool| fits(tool));
        if strict > 0 && !can_be_strict {
            notes.push("dropped tools[].strict".into());
        }
        for tool in &list {
            match tool_of(tool, can_be_strict) {
                Some(tool) => tools.list.push(tool),
                None => notes.push("dropped a tool that is no function".into()),
            }
        }
        if tools.list.is_empty() {
            return tools;
        }
        tools.one_at_a_time = asked.value("parallel_tool_calls") == Some("false");
        let choice = asked.value("tool_choice").unwrap_or_default();
        tools.choice = match json::inside(choice) {
            Some("auto") => Some(("auto", None)),
            Some("none") => Some(("none", None)),
            Some(_) => Some(("any", None)),
            None => named(choice).map(|name| ("tool", Some(name))),
        };
        if tools.is_forced() && !asked.rules.forced_tools {
            notes.push("tool_choice sent as auto".into());
            tools.choice = Some(("auto", None));
        }
        tools
    }

    /// Whether a call is demanded.
    pub(super) fn is_forced(&self) -> bool {
        matches!(self.choice, Some(("any" | "tool", _)))
    }

    /// A tool more, that takes the answer and nothing else; it is to be called, or another one.
    pub(super) fn demand_answer(&mut self, schema: &str) {
        let name = quoted(ANSWER_TOOL);
        let only = self.list.is_empty();
        self.choice = Some(if only { ("tool", Some(name.clone())) } else { ("any", None) });
        self.list.push(format!(
            r#"{{"name":{name},"description":"Gives the answer. Call it exactly once, with the whole answer.","input_schema":{schema}}}"#
        ));
        self.one_at_a_time = true;
    }

    pub(super) fn write(&self, out: &mut Writer) {
        if self.list.is_empty() {
            return;
        }
        out.member("tools", &format!("[{}]", self.list.join(",")));
        let Some((kind, name)) = self.choice.as_ref().or(self.one_at_a_time.then_some(&("auto", None)))
        else {
            return;
        };
        let mut choice = Writer::object();
        choice.member("type", &quoted(kind));
        if let Some(name) = name {
            choice.member("name", name);
        }
        if self.one_at_a_time && *kind != "none" {
            choice.member("disable_parallel_tool_use", "true");
        }
        out.member("tool_choice", &choice.finish());
    }
}

/// So many tools may be strict in one request.
const MOST_STRICT: usize = 20;

/// The name in `{"type":"function","function":{"name":…}}`, as JSON text.
fn named(choice: &str) -> Option<String> {
    let choice = json::object(choice)?;
    let function = json::object(choice.value("function")?)?;
    function.value("name").map(str::to_owned)
}

fn tool_schema(tool: &str) -> Option<Cleaned> {
    let tool = json::object(tool)?;
    let function = json::object(tool.value("function")?)?;
    function.value("parameters").map(Cleaned::of)
}

/// A tool in Anthropic's form. What has a dated type is Anthropic's own already.
fn tool_of(tool: &str, can_be_strict: bool) -> Option<String> {
    let json = tool;
    let tool = json::object(json)?;
    let kind = tool.value("type").and_then(json::inside).unwrap_or_default();
    if kind != "function" {
        let is_dated =
            kind.rsplit_once('_').is_some_and(|(_, date)| date.len() == 8 && date.parse::<u32>().is_ok());
        return is_dated.then(|| json.to_owned());
    }
    let function = json::object(tool.value("function")?)?;
    let strict = can_be_strict && function.value("strict") == Some("true");
    let mut out = Writer::object();
    out.member("name", function.value("name")?);
    if let Some(description) = function.value("description").filter(|description| says_something(description))
    {
        out.member("description", description);
    }
    let parameters = function.value("parameters").filter(|parameters| says_something(parameters));
    let schema = match parameters {
        None => r#"{"type":"object","properties":{}}"#.to_owned(),
        Some(parameters) if strict => Cleaned::of(parameters).json,
        Some(parameters) => parameters.to_owned(),
    };
    let has_type = json::object(&schema).is_some_and(|schema| schema.value("type").is_some());
    match schema.strip_prefix('{').filter(|_| !has_type) {
        Some(rest) => out.member("input_schema", &format!(r#"{{"type":"object",{rest}"#)),
        None => out.member("input_schema", &schema),
    };
    if strict {
        out.member("strict", "true");
    }
    if let Some(cache) = tool.value("cache_control") {
        out.member("cache_control", cache);
    }
    Some(out.finish())
}
