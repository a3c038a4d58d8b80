//! The tools of a chat, as Anthropic wants them, and which of them are to be called.

use super::ANSWER_TOOL;
use super::models::Rules;
use super::schema::Cleaned;
use crate::dialect::asked::{Asked, allowed, dropped, note};
use crate::dialect::openai::schema;
use crate::json::{self, Elements, Object, Writer, filled};
use crate::search;

/// Tools, and which of them are to be called.
pub(super) struct Tools {
    list: Writer,
    /// The type of the choice, and a name where it takes one.
    choice: Option<(&'static str, Option<String>)>,
    one_at_a_time: bool,
}

impl Tools {
    pub(super) fn read(asked: &Asked<'_>, rules: &Rules, notes: &mut Vec<String>) -> Self {
        let mut tools = Self { list: Writer::list(), choice: None, one_at_a_time: false };
        let allowed = allowed(asked, notes);
        let offered = match &allowed {
            Some((tools, _)) => tools,
            None => asked.value("tools").unwrap_or_default(),
        };
        let (strict, can_be_strict) = strictness(Elements::of(offered), rules);
        if strict > 0 && !can_be_strict {
            dropped(notes, "tools[].strict");
        }
        let mut add = |tool: &str| match tool_of(tool, can_be_strict) {
            Some(tool) => _ = tools.list.element(&tool),
            None => dropped(notes, "a tool that is no function"),
        };
        Elements::of(offered).for_each(&mut add);
        let mut is_old = false;
        for function in asked.list("functions") {
            is_old = true;
            add(&filled(r#"{"type":"function","function":$}"#, &[function]));
        }
        if tools.list.is_empty() {
            return tools;
        }
        tools.one_at_a_time = asked.value("parallel_tool_calls") == Some("false") || is_old;
        let mode = allowed.as_ref().map(|(_, mode)| *mode);
        tools.choice = match mode.or(asked.inside("tool_choice")).or(asked.inside("function_call")) {
            Some("auto") => Some(("auto", None)),
            Some("none") => Some(("none", None)),
            Some(_) => Some(("any", None)),
            // `{"type":"function","function":{"name":…}}`
            None => {
                let name = asked.within("tool_choice").within("function").value("name");
                let name = name.or(asked.within("function_call").value("name"));
                name.map(|name| ("tool", Some(name.to_owned())))
            }
        };
        if tools.is_forced() && !rules.forced_tools {
            note(notes, "tool_choice sent as auto");
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
        let only = self.list.is_empty();
        self.choice = Some(if only { ("tool", Some(format!("\"{ANSWER_TOOL}\""))) } else { ("any", None) });
        let pattern = r#"{"name":"$","description":"Gives the answer. Call it exactly once, with the whole answer.","input_schema":$}"#;
        self.list.put(pattern, &[ANSWER_TOOL, &input(schema)]);
        self.one_at_a_time = true;
    }

    /// A tool that was called and is no longer to be: "Requests which include `tool_use` or `tool_result` blocks must define
    /// tools". `name` is JSON text.
    pub(super) fn recall(&mut self, name: &str) {
        if self.list.is_empty() {
            self.list.put(r#"{"name":$,"input_schema":{"type":"object"}}"#, &[name]);
            self.choice = Some(("none", None));
        }
    }

    pub(super) fn write(self, out: &mut Writer) {
        if self.list.is_empty() {
            return;
        }
        out.member("tools", &self.list.finish());
        let (kind, name) = match &self.choice {
            Some((kind, name)) => (*kind, name.as_deref()),
            None if self.one_at_a_time => ("auto", None),
            None => return,
        };
        let mut choice = Writer::object();
        choice.string("type", kind).maybe("name", name);
        if self.one_at_a_time && kind != "none" {
            choice.member("disable_parallel_tool_use", "true");
        }
        out.nest("tool_choice", &choice);
    }
}

/// So many tools may be strict in one request.
const MOST_STRICT: usize = 20;

/// How many tools are to be strict, and whether they can be.
fn strictness(tools: Elements<'_>, rules: &Rules) -> (usize, bool) {
    let (mut strict, mut fit, mut bounds) = (0, rules.schema, (0, 0));
    for tool in tools {
        let function = function(tool);
        if function.is("strict", "true") {
            strict += 1;
            fit = fit && strict <= MOST_STRICT;
            if let Some(schema) = function.value("parameters").filter(|_| fit) {
                fit = Cleaned::of(schema).fits_with(&mut bounds);
            }
        }
    }
    (strict, fit)
}

fn function(tool: &str) -> Object<'_> {
    json::object(tool).map_or_else(Object::empty, |tool| tool.within("function"))
}

/// Parameters as Anthropic takes them: of an object, and without choices.
fn input(parameters: &str) -> String {
    schema::of_object(parameters).unwrap_or_else(|| parameters.to_owned())
}

/// A tool in Anthropic's form. What has a dated type is Anthropic's own already.
fn tool_of(json: &str, can_be_strict: bool) -> Option<String> {
    let tool = json::object(json)?;
    let kind = tool.word("type");
    if kind != "function" {
        let is_dated = search::split_last(kind, b'_')
            .is_some_and(|(_, date)| date.len() == 8 && date.parse::<u64>().is_ok());
        return is_dated.then(|| json.to_owned());
    }
    let function = function(json);
    let strict = can_be_strict && function.is("strict", "true");
    let mut out = Writer::object();
    out.member("name", function.value("name")?).maybe("description", function.said("description"));
    let schema = match function.said("parameters") {
        None => schema::NOTHING.to_owned(),
        Some(parameters) if strict => input(&Cleaned::of(parameters).json),
        Some(parameters) => input(parameters),
    };
    out.member("input_schema", &schema);
    if strict {
        out.member("strict", "true");
    }
    out.copy(&tool, &["cache_control"]);
    Some(out.finish())
}
