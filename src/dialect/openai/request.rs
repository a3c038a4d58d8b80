//! The caller's own bytes, with what this target needs spliced in.

use bytes::Bytes;

use crate::catalog::{Dialect, KeyIn, Prefill, StreamUsage, Thinking};
use crate::chat::request::Ask;
use crate::config::Target;
use crate::dialect::asked::{Asked, LIMITS, left, readdressed};
use crate::dialect::{CarriesOn, addressed};
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::json::{Object, filled, quoted};
use crate::secret::Secret;
use crate::stream::seam::Manner;

use super::models::{is_newer_gpt, never_thinks};
use super::{conversation, fit};

/// Where it goes, with the key and without a body.
pub(in crate::dialect) fn head(
    ask: &Ask,
    target: &Target,
    key: Option<&Secret>,
    carries_on: Option<&CarriesOn>,
) -> Result<UpstreamRequest, Failure> {
    Ok(to(&format!("{}/chat/completions", path(target, carries_on)), target, key, ask.stream))
}

/// To an endpoint of OpenAI's.
pub(in crate::dialect) fn to(
    path: &str,
    target: &Target,
    key: Option<&Secret>,
    stream: bool,
) -> UpstreamRequest {
    let key = key.map(|key| match target.provider.quirks.key_in {
        KeyIn::Bearer => ("authorization", format!("Bearer {}", key.reveal())),
        KeyIn::ApiKeyHeader => ("api-key", key.reveal().to_owned()),
    });
    addressed(format!("{}{path}", target.provider.base_url), stream, key)
}

/// What the target is sent. What had to be changed or left out for it is said in `notes`.
pub(in crate::dialect) fn body(
    ask: &Ask,
    asked: &Asked<'_>,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Result<Vec<Bytes>, Failure> {
    let Asked { object, target } = asked;
    let quirks = &target.provider.quirks;
    let mut edit = readdressed(object, target);
    for (name, value) in &target.params {
        edit.set(name, value.as_str());
    }
    let in_vain = thinks_in_vain(ask, target).is_some();
    fit::params(ask, asked, in_vain, &mut edit, notes);
    let messages = || object.value("messages").unwrap_or("[]");
    let fitted = conversation::fitted(&messages, ask, asked, notes);
    if in_vain {
        edit.remove("reasoning_effort");
    }
    match quirks.stream_usage {
        StreamUsage::OnRequest if ask.stream => {
            // So that the cost of a stream is known; what the caller did not ask for is withheld again on the way back.
            edit.within("stream_options", &mut |_, options| options.set("include_usage", "true"));
        }
        // "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        StreamUsage::OnRequest | StreamUsage::Always => edit.remove("stream_options"),
    }
    fit::limit(asked, &mut edit, notes);
    if let Some(fitted) = &fitted {
        edit.set("messages", fitted.as_str());
    }
    if let Some(carries_on) = carries_on {
        let messages = fitted.as_deref().unwrap_or_else(messages);
        edit.set("messages", with_delivered(messages, carries_on, target));
        for name in LIMITS {
            if let Some(limit) = edit.value(name).filter(|limit| limit.parse::<u64>().is_ok()) {
                let left = left(limit, Some(carries_on), 1);
                edit.set(name, left);
            }
        }
    }
    Ok(edit.pieces(&ask.body))
}

/// Why this target cannot answer this request, if so: "Invalid 'tools': array too long. Expected an array with maximum
/// length 128".
#[must_use]
pub fn barred(ask: &Ask, target: &Target) -> Option<&'static str> {
    let is_own = || ask.native.as_ref().is_some_and(|native| native.dialect == Dialect::Responses);
    let has_more = || Object::again(&ask.body, &ask.outline).list("tools").nth(MOST_TOOLS).is_some();
    (target.provider.quirks.is_openai() && !is_own() && has_more()).then_some("it takes 128 tools at most")
}

const MOST_TOOLS: usize = 128;

/// An effort that is better not said, for it is refused: of a model that does not think, and, where another language is
/// translated, of one that thinks, not to, where there is neither a switch for that nor a least that is known.
pub enum InVain {
    /// It does as it is told all the same.
    Unmissed,
    /// It thinks otherwise than was wished.
    Missed,
}

/// Whether the effort of this request is asked for in vain.
#[must_use]
pub fn thinks_in_vain(ask: &Ask, target: &Target) -> Option<InVain> {
    let object = Object::again(&ask.body, &ask.outline);
    let effort = object.given("reasoning_effort")?;
    if target.params.iter().any(|(name, _)| name == "reasoning_effort") {
        return None;
    }
    let is_off = effort == r#""none""#;
    // A fact says who thinks unasked. GPT-5.4 does not, but when it is told to.
    let thinks_unasked = !target.facts.known || target.facts.capabilities.reasoning;
    let refuses = never_thinks(target) || !(thinks_unasked || is_newer_gpt(&target.model));
    let is_translated = ask.native.as_ref().is_some_and(|native| native.dialect == Dialect::Anthropic);
    let (thinking, _) = target.provider.quirks.of(&target.model);
    let has_no_switch = matches!(thinking, Thinking::Effort | Thinking::AsSent);
    // The switch says it, to those too who think only when told to.
    if matches!(thinking, Thinking::Switch { effort: false } | Thinking::Kind { effort: false, .. }) {
        return None;
    }
    let has_least = || fit::nearest_effort(Some("none"), target, &mut Vec::new()).is_some();
    if !(refuses || (is_off && is_translated && has_no_switch && !has_least())) {
        return None;
    }
    Some(if is_off && (refuses || !thinks_unasked) { InVain::Unmissed } else { InVain::Missed })
}

/// Where a vendor keeps the feature of carrying on.
fn path(target: &Target, carries_on: Option<&CarriesOn>) -> &'static str {
    match (target.provider.quirks.prefill, carries_on) {
        (Prefill::Prefix { path }, Some(CarriesOn { manner: Manner::Prefill, .. })) => path,
        _ => "",
    }
}

/// The conversation with the delivered text as the beginning of the answer, and the wish to carry on.
fn with_delivered(messages: &str, carries_on: &CarriesOn, target: &Target) -> String {
    let text = quoted(&carries_on.text);
    let mark = match (carries_on.manner, target.provider.quirks.prefill) {
        (Manner::Prefill, Prefill::Prefix { .. }) => r#","prefix":true"#,
        (Manner::Prefill, Prefill::Partial) => r#","partial":true"#,
        _ => "",
    };
    let begun = messages.trim_end().strip_suffix(']').unwrap_or(messages).trim_end();
    let comma = if begun.ends_with('[') { "" } else { "," };
    let wish = match carries_on.manner {
        Manner::Prefill | Manner::Trimmed => String::new(),
        Manner::Words => filled(r#",{"role":"user","content":$}"#, &[&quoted(CARRY_ON)]),
    };
    filled(r#"$${"role":"assistant","content":$$}$]"#, &[begun, comma, &text, mark, &wish])
}

pub(crate) const CARRY_ON: &str = "Your last message was cut off in transmission. Carry on exactly where it stops, beginning with \
    the very next character, even in the middle of a word. Repeat nothing of it, and add no remark.";
