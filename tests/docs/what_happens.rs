//! `docs/what-happens-when.md`, made from the rows in `rows/`: each fault in the words of those who meet it, what
//! steadfast does, and what a caller sees, which is taken from a run over the simulator.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::support::{Answer, Story, story_with};

#[path = "rows/breaking.rs"]
mod breaking;
#[path = "rows/failing.rs"]
mod failing;
#[path = "rows/judged.rs"]
mod judged;
#[path = "rows/many.rs"]
mod many;
#[path = "rows/wire.rs"]
mod wire;

/// One fault.
pub(crate) struct Row {
    /// Its number: stories about it are called `row_5_…`.
    pub(crate) number: u32,
    /// What goes wrong.
    pub(crate) when: &'static str,
    /// What steadfast does about it, and what the caller gets.
    pub(crate) then: &'static str,
    /// Which settings change that.
    pub(crate) settings: &'static str,
    /// The test that proves it: a story over the simulator, or the name of a test in workerd.
    pub(crate) story: &'static str,
    /// It happens, and the caller sees this.
    pub(crate) scene: Option<fn() -> Answer>,
}

/// All of them, in their order.
pub(crate) fn rows() -> Vec<Row> {
    PARTS.iter().flat_map(|(_, rows)| rows()).collect()
}

type Rows = fn() -> Vec<Row>;

/// The headings of the page, and the rows below each.
const PARTS: [(&str, Rows); 5] = [
    ("A provider fails before it answers", failing::rows),
    ("A stream breaks", breaking::rows),
    ("The answer is no answer, or the request is at fault", judged::rows),
    ("Everybody is down, and several are asked at once", many::rows),
    ("On the wire, and within steadfast", wire::rows),
];

/// The ordinary world of the page: `chain` tries `a/x`, `b/y` and `c/z`, with the default settings.
fn chain() -> Story {
    chain_with(json!({}))
}

fn chain_with(mut settings: Value) -> Story {
    if settings["stream"]["on_break"].is_null() {
        settings["stream"]["on_break"] = json!("continue");
    }
    story_with(settings)
}

pub(crate) fn page() -> String {
    let mut page = String::from(HEAD);
    for (_, rows) in PARTS {
        for Row { number, when, .. } in rows() {
            let _ = writeln!(page, "{number}. [{when}](#row-{number})");
        }
    }
    for (heading, rows) in PARTS {
        let _ = write!(page, "\n## {heading}\n");
        for row in rows() {
            let Row { number, when, then, settings, story, scene } = row;
            let _ = write!(page, "\n### <a id=\"row-{number}\"></a>{number}. {when}\n\n{then}\n");
            if let Some(scene) = scene {
                let _ = write!(page, "\n```\n{}\n```\n", seen(&scene()));
            }
            let settings = if settings.is_empty() { "none" } else { settings };
            let _ = write!(page, "\nSettings: {settings}. Proof: `{story}`.\n");
        }
    }
    page
}

/// An answer as a caller sees it: the status, our headers, and of the body what is particular about it.
pub(crate) fn seen(answer: &Answer) -> String {
    let mut lines = vec![format!("HTTP/1.1 {} {}", answer.status, reason(answer.status))];
    for (name, value) in answer.headers.iter().filter(|(name, _)| SHOWN.contains(name)) {
        lines.push(format!("{name}: {value}"));
    }
    if answer.streamed {
        lines.push(String::new());
        lines.extend(events(&answer.raw()));
    } else if answer.status != 200 {
        lines.push(String::new());
        lines.push(error(&answer.error()));
    }
    lines.join("\n")
}

const SHOWN: [&str; 6] = [
    "x-steadfast-model",
    "x-steadfast-route",
    "x-steadfast-trail",
    "x-steadfast-degraded",
    "retry-after",
    "x-should-retry",
];

/// The lines of a stream; chunks on end are one, with all that they say.
fn events(raw: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut said: Option<String> = None;
    for line in raw.lines().filter(|line| !line.is_empty()) {
        let event: Value =
            line.strip_prefix("data: ").and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
        if event["choices"].is_array() && event["steadfast"].is_null() {
            let text = event["choices"][0]["delta"]["content"].as_str().unwrap_or_default();
            said.get_or_insert_default().push_str(text);
            continue;
        }
        lines.extend(said.take().map(chunks));
        lines.push(if line.starts_with(": steadfast {") {
            ": steadfast {…}".to_owned()
        } else if event["error"].is_object() {
            format!("data: {}", error(&event["error"]))
        } else if event["steadfast"].is_object() {
            r#"data: {…, "choices": [], "steadfast": {"restart": true}}"#.to_owned()
        } else {
            line.to_owned()
        });
    }
    lines.extend(said.take().map(chunks));
    lines
}

fn chunks(said: String) -> String {
    if said.is_empty() { "data: {…}".to_owned() } else { format!("data: {{… {} …}}", json!(said)) }
}

fn error(error: &Value) -> String {
    format!(r#"{{"error": {{"code": {}, "message": {}, …}}}}"#, error["code"], error["message"])
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        502 => "Bad Gateway",
        504 => "Gateway Timeout",
        _ => panic!("what is a {status} called?"),
    }
}

const HEAD: &str = "\
# What happens when…

*This page is made from `tests/docs/rows/`; change that and run `UPDATE_DOCS=1 cargo test --features sim --test docs`.
What is shown as an answer is one: the test that makes this page lets each fault happen in the simulator.*

Models fail in more ways than by a 500. Here is each that steadfast is tested against: what it does, what your code sees,
and which setting changes it. [faults.md](faults.md) has the rules behind it: the classes, the clocks, the breaker.

In the examples, `a/x`, `b/y` and `c/z` are models of three providers, and the route `chain` is a fallback over them in that
order, with the default settings unless something else is said. In streams, the chunks are shown as one, `data: {… \"text\" …}`.
A stream's trail in the headers ends with who began to answer; what came later is in the closing comment `: steadfast {…}`.
`cargo test --features sim row_5_` runs the stories of row 5, `make test` those in real workerd too.

";
