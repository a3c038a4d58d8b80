//! A caller's own request, as far as this model takes it.
//!
//! Who speaks Messages writes for one generation of Claude, and a tier or a fallback asks another: what that one would
//! refuse is said as it takes it, lowered or left out, by the same rules by which a chat is translated. All else stays
//! as it was written, cache marks and betas too. What another vendor's models take nobody here knows: they get everything.

use super::models::{Off, Rules, Thinking, is_fast, takes_thought, wants_thoughts};
use super::request::{sampling, thinking};
use crate::config::Target;
use crate::dialect::asked::{Asked, dropped, left_out, note, noted};
use crate::dialect::openai::request::CARRY_ON;
use crate::json::{self, Edit, Elements, Object, Writer, filled, quoted};
use crate::search;

/// The messages without the thoughts that the target would refuse, with those that it wants, and from whom it takes them;
/// `None`: as they are.
#[must_use]
pub fn messages(messages: &str, target: &Target, notes: &mut Vec<String>) -> Option<String> {
    let heard = by_two(messages, target);
    if heard.is_some() {
        note(notes, "sent the system's words as the user's");
    }
    let messages = heard.as_deref().unwrap_or(messages);
    let fitted = without(messages, &|block| match (block.word("type"), block.word("data")) {
        ("thinking", _) => !takes_thought(&target.model, block.word("signature")),
        // What a chat's vendor hid is nobody's here.
        ("redacted_thinking", data) => !takes_thought(&target.model, data) || data.contains(':'),
        _ => false,
    });
    if !wants_thoughts(&target.model) || !search::contains(messages, "\"tool_use\"") {
        return fitted.or(heard);
    }
    let thoughtful = json::edited(fitted.as_deref().unwrap_or(messages), &mut |message, edit| {
        let has = |kind| message.list("content").has(&|block| block.word("type") == kind);
        let content = message.value("content").unwrap_or_default();
        if let Some(blocks) = content.trim_start().strip_prefix('[')
            && has("tool_use")
            && !has("thinking")
        {
            edit.set("content", filled(r#"[{"type":"thinking","thinking":".","signature":""},$"#, &[blocks]));
        }
    });
    thoughtful.or(fitted).or(heard)
}

/// The messages of the user and the assistant alone, where the target knows no others; what the user says in a row, it
/// takes as one. Claude Code instructs every model in between whose name it does not know, and so all that a route stands
/// for; the vendors that speak Messages know two roles, as the older Claudes do.
fn by_two(messages: &str, target: &Target) -> Option<String> {
    if Rules::of(&target.model).instructed || !search::contains(messages, "\"system\"") {
        return None;
    }
    json::edited(messages, &mut |message, edit| {
        if message.word("role") == "system" {
            edit.set("role", "\"user\"");
        }
    })
}

/// A request without any thoughts, as the target wants it that has refused them; `None`: there are none in it.
#[must_use]
pub fn without_thoughts(body: &str) -> Option<String> {
    let is_thought = |block: &Object<'_>| matches!(block.word("type"), "thinking" | "redacted_thinking");
    json::with(body, &mut |object, edit| {
        let has_any = edit.alter("messages", &mut |messages| without(messages, &is_thought));
        // With a budget for new ones, the old ones are demanded.
        if has_any && object.within("thinking").is("type", "\"enabled\"") {
            edit.remove("thinking");
            edit.remove("context_management");
        }
    })
}

/// The messages without such blocks; `None`: there are none.
fn without(messages: &str, is_refused: &dyn Fn(&Object<'_>) -> bool) -> Option<String> {
    json::changed(messages, &mut |message| {
        let object = json::object(message)?;
        let kept = json::without(object.value("content")?, is_refused)?;
        // A message without a block is refused too.
        if kept == "[]" {
            return Some(String::new());
        }
        let mut edit = Edit::new(&object);
        edit.set("content", kept);
        edit.text()
    })
}

/// Fits a request to the target; `messages` are those that are sent.
pub fn own<'a>(
    object: &'a Object<'a>,
    messages: &str,
    target: &'a Target,
    edit: &mut Edit<'_, '_>,
    notes: &mut Vec<String>,
) {
    let Some(rules) = Rules::known(&target.model) else { return };
    let asked = Asked::of(object, target);
    let limit = limit(&asked, rules, edit, notes);
    sampling(&asked, rules.sampling, notes, &mut |name, value| match value {
        Some(value) => edit.set(name, value.to_owned()),
        None => edit.remove(name),
    });
    let is_forced = tool_choice(&asked, rules, edit, notes);
    let last = Last::of(messages, rules);
    let effort = wish(&asked, rules, limit, hindrance(is_forced, &last), edit, notes);
    let told = edit.value("thinking").and_then(json::object);
    let is_calm = told.is_some_and(|told| matches!(told.word("type"), "disabled" | "between_tools"));
    let bounded =
        rules.thinking == Thinking::Budget || is_calm && !search::contains(&target.model, "claude-opus-4-");
    output(rules, effort, bounded, edit, notes);
    forgets_thoughts(rules, edit, notes);
    if asked.inside("speed") == Some("fast") && !is_fast(&target.model) {
        left_out("speed", edit, notes);
    }
    if last.is_begun && !rules.prefill {
        note(notes, "asked in words to carry on from the last message");
        let before = messages.trim_end().strip_suffix(']').unwrap_or_default();
        edit.set("messages", filled(r#"$,{"role":"user","content":$}]"#, &[before, &quoted(CARRY_ON)]));
    }
}

/// How many tokens the answer may have.
fn limit(asked: &Asked<'_>, rules: &Rules, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) -> u64 {
    let limit = asked.limit().and_then(json::count).unwrap_or(rules.output);
    if limit > rules.output {
        edit.set("max_tokens", rules.output.to_string());
        noted(notes, format_args!("max_tokens lowered to {}", rules.output));
    }
    limit.min(rules.output)
}

/// Which tool is to be called; whether one is demanded.
fn tool_choice(asked: &Asked<'_>, rules: &Rules, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) -> bool {
    let choice = asked.within("tool_choice");
    let is_forced = matches!(choice.word("type"), "any" | "tool");
    if is_forced && !rules.forced_tools {
        let mut auto = Writer::object();
        auto.member("type", "\"auto\"").copy(&choice, &["disable_parallel_tool_use"]);
        edit.set("tool_choice", auto.finish());
        note(notes, "tool_choice sent as auto");
    }
    is_forced && rules.forced_tools
}

/// Why a model with a budget for thinking would refuse to think, if so.
fn hindrance(is_forced: bool, last: &Last) -> Option<&'static str> {
    if is_forced {
        Some("a tool call is demanded")
    } else if last.calls_without_thought {
        Some("another model called the tools")
    } else {
        None
    }
}

/// The wish to think, or not to; the effort that it comes to, where that has to be said in other words.
fn wish(
    asked: &Asked<'_>,
    rules: &Rules,
    limit: u64,
    hindrance: Option<&str>,
    edit: &mut Edit<'_, '_>,
    notes: &mut Vec<String>,
) -> Option<&'static str> {
    let told = asked.within("thinking");
    let is_taken = match (rules.thinking, told.word("type")) {
        (_, "") | (Thinking::Budget, "disabled") => true,
        (Thinking::Budget, "enabled") => hindrance.is_none() && told.count("budget_tokens") < Some(limit),
        (Thinking::Adaptive { .. }, "adaptive") => true,
        (Thinking::Adaptive { off: Off::Disabled, .. }, "disabled") => true,
        (Thinking::Adaptive { off: Off::BetweenTools, .. }, "between_tools") => true,
        // The last generation that still takes a budget.
        (Thinking::Adaptive { xhigh, .. }, "enabled") => !xhigh,
        _ => false,
    };
    if is_taken {
        return None;
    }
    let output = asked.within("output_config");
    let effort = output.inside("effort").filter(|_| !told.is("type", "\"disabled\""));
    let (sent, effort) = thinking(&told, effort, rules, limit, hindrance, notes);
    match sent {
        Some(sent) => {
            if let Some(kind) = json::object(&sent).and_then(|sent| sent.inside("type")) {
                noted(notes, format_args!("thinking sent as {kind}"));
            }
            edit.set("thinking", sent);
        }
        None => edit.remove("thinking"),
    }
    effort
}

/// How much effort is to be made: what it has come to by now, or what the caller said. `bounded`: "high" is the most that is
/// taken, as it is by Opus 4.5, and by the fifth generation without thoughts.
fn output(
    rules: &Rules,
    effort: Option<&'static str>,
    bounded: bool,
    edit: &mut Edit<'_, '_>,
    notes: &mut Vec<String>,
) {
    let knows_xhigh = matches!(rules.thinking, Thinking::Adaptive { xhigh: true, .. });
    edit.within("output_config", &mut |output, inner| match (effort, output.word("effort")) {
        _ if !rules.effort => left_out("effort", inner, notes),
        (Some(effort), said) if effort != said => inner.set("effort", quoted(effort)),
        (None, said) if said == "xhigh" && !knows_xhigh || bounded && matches!(said, "xhigh" | "max") => {
            inner.set("effort", "\"high\"");
            note(notes, "effort sent as high");
        }
        _ => {}
    });
    if edit.value("output_config") == Some("{}") {
        edit.remove("output_config");
    }
}

/// Who does not think is not to be told to forget what was thought: "`clear_thinking_20251015` strategy requires `thinking`
/// to be enabled or adaptive".
fn forgets_thoughts(rules: &Rules, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    let thinks = match edit.value("thinking").and_then(json::object) {
        Some(thinking) => !thinking.is("type", "\"disabled\""),
        None => matches!(rules.thinking, Thinking::Adaptive { .. }),
    };
    if thinks {
        return;
    }
    let is_gone = |edit: &Object<'_>| edit.word("type").starts_with("clear_thinking");
    edit.within("context_management", &mut |_, context| {
        if context.without("edits", &is_gone) {
            dropped(notes, "context_management of thoughts");
        }
    });
}

/// How a conversation ends.
struct Last {
    /// With the beginning of an answer.
    is_begun: bool,
    /// With calls of tools before which the model did not think: it was another one then.
    calls_without_thought: bool,
}

impl Last {
    /// It costs a walk over all messages, and is asked for only where something depends on it.
    fn of(messages: &str, rules: &Rules) -> Self {
        let mut last = Self { is_begun: false, calls_without_thought: false };
        if rules.prefill && rules.thinking != Thinking::Budget {
            return last;
        }
        for message in Elements::of(messages).objects() {
            if message.word("role") != "assistant" {
                last.is_begun = false;
                continue;
            }
            let (mut is_text, mut is_said, mut thinks, mut calls) = (false, true, None, false);
            for block in message.list("content").objects() {
                let kind = block.word("type");
                let is_thought = matches!(kind, "thinking" | "redacted_thinking");
                thinks.get_or_insert(is_thought);
                is_text = kind == "text";
                // What the provider's own tools left in the middle of a turn, the provider goes on with.
                is_said &= is_text || is_thought;
                calls |= kind == "tool_use";
            }
            last.is_begun = is_text && is_said || message.inside("content").is_some();
            last.calls_without_thought = calls && thinks == Some(false);
        }
        last
    }
}

#[cfg(test)]
mod tests;
