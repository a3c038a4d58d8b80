//! What a caller was told, held against what every target meant to say.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::judge::Story;
use crate::watch::{Told, Watch};
use crate::world::{Asking, Form};

/// The law that is broken, and how.
pub(crate) type Broken = (&'static str, String);

const WHOLE: &str = "an answer is whole or marked";
const ONE: &str = "at most one answer";
const SEAM: &str = "no word is doubled or lost at a seam";
const JOINED: &str = "what cannot be joined is not";

/// An answer is whole, and then it is exactly what was meant, or it is marked as an error.
pub(crate) fn judge(watch: &Watch, request: usize, trail: &[Value], story: &mut Story) -> Result<(), Broken> {
    let told = &watch.told.borrow()[request];
    if told.head_at.is_none() {
        return if told.left_at.is_some() { Ok(()) } else { Err((WHOLE, "no answer at all".into())) };
    }
    let meant = &watch.plan.requests[request];
    let raw = match std::str::from_utf8(&told.raw) {
        Ok(raw) => raw,
        Err(_) if told.left_at.is_some() => return Ok(()),
        Err(error) => return Err((WHOLE, format!("no UTF-8: {error}"))),
    };
    let all_empty = !trail.is_empty() && trail.iter().all(|entry| entry["outcome"] == "empty");
    if told.streamed {
        return stream(told, raw, meant, all_empty, story);
    }
    if told.left_at.is_some() && raw.is_empty() {
        return Ok(());
    }
    whole(told.status, raw, meant, all_empty, story).map_err(|why| (WHOLE, why))
}

/// The attempts that an answer itself lists, as often as it does: in an error, or in a closing comment.
pub(crate) fn listed(told: &Told) -> Vec<Vec<String>> {
    let raw = String::from_utf8_lossy(&told.raw);
    let read = |json: &str| serde_json::from_str::<Value>(json).unwrap_or_default();
    let objects = raw.lines().filter_map(|line| {
        let json = line.strip_prefix(": steadfast {").map(|rest| format!("{{{rest}"));
        Some(read(&json.or_else(|| line.strip_prefix("data: {\"error\"").map(|_| line[6..].to_owned()))?))
    });
    let objects: Vec<Value> = if told.streamed { objects.collect() } else { vec![read(&raw)] };
    let lists = objects.iter().filter_map(|object| {
        let own = [&object["error"]["attempts"], &object["trail"], &object["steadfast"]["trail"]];
        own.into_iter().find_map(Value::as_array)
    });
    let asked = |list: &Vec<Value>| {
        let asked = list.iter().filter(|entry| entry["skipped"] != true);
        asked.map(|entry| entry["model"].as_str().unwrap_or_default().to_owned()).collect()
    };
    lists.map(asked).collect()
}

fn whole(status: u16, raw: &str, meant: &Asking, all_empty: bool, story: &mut Story) -> Result<(), String> {
    let body: Value = serde_json::from_str(raw).map_err(|error| format!("{error}: {raw}"))?;
    if status != 200 {
        story.marked += 1;
        if !(400..600).contains(&status) || [401, 403].contains(&status) {
            return Err(format!("status {status}"));
        }
        let is_said = !body["error"]["message"].as_str().unwrap_or_default().is_empty();
        return if is_said { Ok(()) } else { Err(format!("an error without a message: {raw}")) };
    }
    story.whole += 1;
    for index in 0..choices(meant) {
        let message = &body["choices"][index]["message"];
        let text = message["content"].as_str().unwrap_or_default();
        let arguments = &message["tool_calls"][0]["function"]["arguments"];
        let arguments = arguments.as_str().unwrap_or_default();
        let nothing = all_empty && text.is_empty() && arguments.is_empty();
        if (text, arguments) != (&meant.text, &meant.arguments) && !nothing {
            return Err(format!(
                "{text:?} {arguments:?}, and {:?} {:?} was meant",
                meant.text, meant.arguments
            ));
        }
    }
    Ok(())
}

fn choices(meant: &Asking) -> usize {
    if meant.form == Form::Two { 2 } else { 1 }
}

#[derive(Deserialize, Default)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    choices: Vec<Choice<'a>>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(default)]
    steadfast: Option<Value>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: usize,
    #[serde(borrow, default)]
    delta: Delta<'a>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
    #[serde(default)]
    tool_calls: Vec<Value>,
}

/// What one choice has said so far.
#[derive(Clone, Default)]
struct Said {
    /// The inside of a JSON string.
    text: String,
    arguments: String,
    finishes: usize,
}

fn stream(told: &Told, raw: &str, meant: &Asking, all_empty: bool, story: &mut Story) -> Result<(), Broken> {
    let nothing = vec![Said::default(); choices(meant)];
    let mut said = nothing.clone();
    let (mut done, mut error, mut seams) = (false, false, 0);
    for line in raw.split_inclusive('\n') {
        // A caller who left may have been in the middle of a line.
        let Some(line) = line.strip_suffix('\n') else { continue };
        if line.starts_with(": steadfast continued by ") {
            seams += 1;
            story.rescue = true;
            let in_call = said.iter().any(|choice| !choice.arguments.is_empty());
            let in_form = matches!(meant.form, Form::Two | Form::Schema);
            // After thoughts alone there is nothing to join.
            if in_call || (in_form && said.iter().any(|choice| !choice.text.is_empty())) {
                return Err((JOINED, format!("{:?}: {line}", meant.form)));
            }
        }
        let Some(data) = line.strip_prefix("data: ") else { continue };
        if done || error {
            return Err((ONE, format!("something comes after the end: {data}")));
        }
        if data == "[DONE]" {
            done = true;
            continue;
        }
        let chunk: Chunk<'_> =
            serde_json::from_str(data).map_err(|error| (WHOLE, format!("{error}: {data}")))?;
        error = chunk.error.is_some();
        if chunk.steadfast.is_some_and(|own| own["restart"] == true) {
            said.clone_from(&nothing);
            seams = 0;
        }
        for choice in chunk.choices {
            let Some(said) = said.get_mut(choice.index) else {
                return Err((WHOLE, format!("a choice that nobody asked for: {data}")));
            };
            let content = choice.delta.content.map_or("", RawValue::get);
            said.text.push_str(
                content.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default(),
            );
            for call in choice.delta.tool_calls {
                said.arguments.push_str(call["function"]["arguments"].as_str().unwrap_or_default());
            }
            said.finishes += usize::from(choice.finish_reason.is_some());
        }
    }
    let law = if seams > 0 { SEAM } else { WHOLE };
    for said in &said {
        let text = text(&said.text, done).ok_or((law, format!("the text cannot be read: {}", said.text)))?;
        let arguments = &said.arguments;
        if said.finishes > 1 {
            return Err((ONE, format!("{} finish reasons", said.finishes)));
        }
        let in_order = arguments.is_empty() || text == meant.text;
        if !meant.text.starts_with(&text) || !meant.arguments.starts_with(arguments) || !in_order {
            return Err((law, format!("{text:?} {arguments:?} is no beginning of {:?}", meant.text)));
        }
        let is_nothing = all_empty && text.is_empty() && arguments.is_empty();
        if done && said.finishes != 1 && !is_nothing {
            return Err((WHOLE, "no finish reason".into()));
        }
        if done && (&text, arguments) != (&meant.text, &meant.arguments) && !is_nothing {
            return Err((
                law,
                format!("{text:?} {arguments:?}, and {:?} {:?} was meant", meant.text, meant.arguments),
            ));
        }
    }
    match (done, error) {
        (true, _) => story.whole += 1,
        (false, true) => story.marked += 1,
        (false, false) if told.left_at.is_some() => {}
        (false, false) => return Err((WHOLE, format!("it just ends: {raw}"))),
    }
    Ok(())
}

/// A text out of the inside of a JSON string. Whoever gets no more may have got half a surrogate pair last.
fn text(inside: &str, done: bool) -> Option<String> {
    let read = |inside: &str| serde_json::from_str::<String>(&format!("\"{inside}\"")).ok();
    let half = || inside.len().checked_sub(6).and_then(|end| inside.get(..end)).and_then(read);
    read(inside).or_else(|| half().filter(|_| !done))
}
