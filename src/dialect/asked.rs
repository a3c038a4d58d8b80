//! What a caller asks for, member by member, with what the configuration lays over it.

use std::borrow::Cow;
use std::fmt;

use crate::config::Target;
use crate::dialect::CarriesOn;
use crate::json::{self, Edit, Elements, Object};
use crate::words::Words;

/// The members of a request for a target.
pub(super) struct Asked<'a> {
    pub(super) object: &'a Object<'a>,
    /// Whose parameters the configuration lays over it.
    pub(super) target: &'a Target,
}

impl<'a> Asked<'a> {
    pub(super) fn of(object: &'a Object<'a>, target: &'a Target) -> Self {
        Self { object, target }
    }

    /// The value that the configuration gives a wish, as JSON text.
    #[inline(never)]
    pub(super) fn laid_over(&self, name: &str) -> Option<&'a str> {
        self.target.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value that counts, be it `null`, as JSON text.
    #[inline(never)]
    pub(super) fn any(&self, name: &str) -> Option<&'a str> {
        self.laid_over(name).or_else(|| self.object.value(name))
    }

    /// The value of a wish, as JSON text; `None` when there is none.
    #[inline(never)]
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        self.any(name).filter(|value| *value != "null")
    }

    /// The same, if it says something.
    #[inline(never)]
    pub(super) fn said(&self, name: &str) -> Option<&'a str> {
        self.any(name).filter(|value| json::says_something(value))
    }

    /// The inside of a wish that is a string.
    #[inline(never)]
    pub(super) fn inside(&self, name: &str) -> Option<&'a str> {
        json::inside(self.value(name)?)
    }

    /// The members of a wish that is an object; none when it is none.
    #[inline(never)]
    pub(super) fn within(&self, name: &str) -> Object<'a> {
        self.value(name).and_then(json::object).unwrap_or_else(Object::empty)
    }

    /// The elements of a wish that is a list; none when it is none.
    #[inline(never)]
    pub(super) fn list(&self, name: &str) -> Elements<'a> {
        Elements::of(self.value(name).unwrap_or_default())
    }

    /// How long the answer may be, as JSON text: what the configuration says, wins, by whichever name.
    pub(super) fn limit(&self) -> Option<&'a str> {
        let laid_over = LIMITS.into_iter().find_map(|name| self.laid_over(name));
        let limit = laid_over.or_else(|| LIMITS.into_iter().find_map(|name| self.value(name)));
        limit.filter(|limit| *limit != "null" && !is_endless(limit))
    }

    /// Where the answer is to stop, as JSON texts: so many that are taken.
    pub(super) fn stops(&self, most: usize, notes: &mut Vec<String>) -> Vec<&'a str> {
        let Some(stop) = self.value("stop") else { return Vec::new() };
        let mut stops = json::elements(stop).map_or_else(|| vec![stop], Elements::all);
        if stops.len() > most {
            stops.truncate(most);
            noted(notes, format_args!("stop cut to its first {most}"));
        }
        stops
    }

    /// Notes the wishes that are none of these, for they are not told; what asks for nothing is not missed.
    pub(super) fn drops_others(&self, known: &[Words], notes: &mut Vec<String>) {
        let own = self.object.members().map(|(name, _)| name);
        let mut seen = Vec::new();
        for name in own.chain(self.target.params.iter().map(|(name, _)| name.as_str())) {
            if seen.contains(&name) || known.iter().any(|known| known.has(name)) {
                continue;
            }
            seen.push(name);
            if self.value(name).is_some_and(|value| !is_default(name, value)) {
                dropped(notes, name);
            }
        }
    }
}

/// Whether that is what happens anyhow.
fn is_default(name: &str, value: &str) -> bool {
    match (name, value) {
        ("parallel_tool_calls", value) => value != "false",
        // An empty one asks for a search.
        ("seed", "0") | ("web_search_options", "{}") => false,
        (_, "0") | ("n", "1") | ("modalities", r#"["text"]"#) => true,
        (_, value) => !json::says_something(value),
    }
}

/// A request in the caller's own bytes, to be fitted to a target: under its name for the model, and without what is ours.
pub(super) fn readdressed<'o, 'a>(object: &'o Object<'a>, target: &Target) -> Edit<'o, 'a> {
    let mut edit = Edit::new(object);
    edit.set("model", json::quoted(&target.model));
    edit.remove("models");
    edit.remove("steadfast");
    edit
}

/// The names of the limit, the newer one first: who says both means it.
pub(super) const LIMITS: [&str; 2] = ["max_completion_tokens", "max_tokens"];

/// Whether that is no limit: to llama.cpp and LM Studio -1 is none, and some of their callers always say it.
pub(super) fn is_endless(limit: &str) -> bool {
    limit.starts_with('-')
}

/// What is left of a limit, which holds for the whole answer: what was delivered is used up. Less than the `least` is
/// refused.
pub(super) fn left(limit: &str, carries_on: Option<&CarriesOn>, least: u64) -> String {
    let used = carries_on.map_or(0, |carries_on| carries_on.usage.completion_tokens);
    match limit.parse::<u64>() {
        Ok(limit) => limit.saturating_sub(used).max(least).to_string(),
        Err(_) => limit.to_owned(),
    }
}

/// Notes, in a few words, what had to be changed for a target.
pub(super) fn note(notes: &mut Vec<String>, words: &str) {
    notes.push(words.to_owned());
}

/// The same in words that are put together.
#[inline(never)]
pub(super) fn noted(notes: &mut Vec<String>, words: fmt::Arguments<'_>) {
    notes.push(words.to_string());
}

/// Notes that this was left out.
pub(super) fn dropped(notes: &mut Vec<String>, what: &str) {
    noted(notes, format_args!("dropped {what}"));
}

/// Notes that this member of a message, or of what is in it, has no word here, where it says more than what holds anyhow.
#[inline(never)]
pub(super) fn unheard(name: &str, object: &Object<'_>, notes: &mut Vec<String>) {
    if object.said(name).is_some_and(|said| said != "\"auto\"") {
        noted(notes, format_args!("dropped {name} of a message"));
    }
}

/// Leaves a member out, and notes it if it said something.
#[inline(never)]
pub(super) fn left_out(name: &str, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    if edit.value(name).is_some_and(json::says_something) {
        dropped(notes, name);
    }
    edit.remove(name);
}

/// A limit of tokens as far as the target's longest answer goes; `None`: as it is. A larger one is refused by most.
pub(super) fn lowered(limit: &str, target: &Target, notes: &mut Vec<String>) -> Option<String> {
    let most = target.facts.output;
    let is_larger = limit.parse::<u64>().is_ok_and(|limit| limit > u64::from(most));
    (most > 0 && is_larger).then(|| {
        noted(notes, format_args!("max_tokens lowered to {most}"));
        most.to_string()
    })
}

/// Each tool is looked for among those that are allowed: there are no more of them than any model is offered.
const MOST_ALLOWED: usize = 1_000;

/// The tools of a choice among some alone (`allowed_tools`) and how one of them is chosen, for a target that is not to be told
/// of the others; `None`: the choice is another.
pub(super) fn allowed<'a>(
    asked: &Asked<'a>,
    notes: &mut Vec<String>,
) -> Option<(Cow<'a, str>, &'static str)> {
    let allowed = asked.within("tool_choice").object("allowed_tools")?;
    let name = |tool: &Object<'_>| {
        let called = tool.within(tool.word("type"));
        called.value("name").or(tool.value("name")).map(str::to_owned)
    };
    let mut names = Vec::new();
    for tool in allowed.list("tools").objects().take(MOST_ALLOWED) {
        names.push(name(&tool));
    }
    let tools = asked.value("tools")?;
    note(notes, "sent the allowed tools alone");
    let kept = json::without(tools, &|tool| !names.contains(&name(tool)));
    let mode = if allowed.is("mode", r#""required""#) { "required" } else { "auto" };
    Some((kept.map_or(Cow::Borrowed(tools), Cow::Owned), mode))
}
