//! A whole answer: is it one?

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::chunk::{Delta, Says};
use super::usage::Usage;
use crate::json::{Edit, Error, Object, Reader};

/// What a whole answer says, as far as it is judged.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What its choices say together.
    pub says: Says,
    /// Why it ended.
    pub finish: Option<String>,
    /// What it cost.
    pub usage: Option<Usage>,
    /// Something in it may not be as OpenAI writes it, and is worth a closer look.
    pub is_odd: bool,
    /// Where the value of `model` stands, so that it need not be looked for again.
    pub model: Option<Range<usize>>,
}

/// Why a success is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// There is an error object in it: its JSON text.
    Error(String),
    /// It is not JSON, or not of an answer's shape: what is wrong.
    Shape(String),
}

/// Reads a whole answer.
///
/// # Errors
/// A [`Flaw`], when it is no answer.
pub fn judge(body: &[u8]) -> Result<Verdict, Flaw> {
    let object = Object::read(body)
        .map_err(|error| Flaw::Shape(format!("the answer is not a JSON object: {error}")))?;
    if let Some(error) = object.said("error") {
        return Err(Flaw::Error(error.to_owned()));
    }
    let choices = object.value("choices").ok_or_else(|| Flaw::Shape("the answer has no `choices`".into()))?;
    let usage = object.value("usage").and_then(Usage::read_as_written);
    let mut verdict = Verdict {
        says: Says::default(),
        finish: None,
        usage: usage.map(|(usage, _)| usage),
        is_odd: usage.is_some_and(|(_, is_whole)| !is_whole)
            || object.value("object") != Some(r#""chat.completion""#)
            || object.value("service_tier").is_some_and(|tier| !is_tier(tier)),
        model: object.place("model"),
    };
    let mut reader = Reader::new(choices);
    match read_choices(&mut reader, &mut verdict) {
        Ok(true) => Ok(verdict),
        Ok(false) => Err(Flaw::Shape("`choices` of the answer is empty".into())),
        Err(error) => Err(Flaw::Shape(format!("`choices` of the answer is wrong: {error}"))),
    }
}

/// Whether there is a choice.
fn read_choices(reader: &mut Reader<'_>, verdict: &mut Verdict) -> Result<bool, Error> {
    let mut is_any = false;
    reader.begin(b'[')?;
    while reader.element()? {
        is_any = true;
        let mut finish = None;
        reader.begin(b'{')?;
        while let Some(key) = reader.key()? {
            match key.as_ref() {
                "message" => {
                    let message = Delta::read(reader)?;
                    verdict.says = verdict.says.and(message.says);
                    // Tool calls are written in so many ways that each is looked at.
                    verdict.is_odd |= message.is_odd || message.calls.is_some();
                }
                "finish_reason" => finish = reader.string_unless_null()?,
                _ => _ = reader.value()?,
            }
        }
        verdict.is_odd |= !finish.as_deref().is_some_and(is_finish);
        verdict.finish = finish.map(Cow::into_owned).or(verdict.finish.take());
    }
    Ok(is_any)
}

/// The answer as the caller gets it: `model`, which stands at `place` if that is known, says who answered, `steadfast`
/// (JSON text) is added when it was asked for, and all else is as it came.
#[must_use]
pub fn labelled(
    body: &Bytes,
    place: Option<Range<usize>>,
    model: &str,
    steadfast: Option<&str>,
) -> Vec<Bytes> {
    if let (Some(place), None) = (place, steadfast) {
        return vec![body.slice(..place.start), crate::json::quoted(model).into(), body.slice(place.end..)];
    }
    let Ok(object) = Object::read(body) else {
        return vec![body.clone()];
    };
    let mut edit = Edit::new(&object);
    edit.set("model", crate::json::quoted(model));
    if let Some(steadfast) = steadfast {
        edit.set("steadfast", steadfast);
    }
    edit.pieces(body)
}

/// Whether that is one of OpenAI's reasons to finish: its clients know no other.
#[must_use]
pub fn is_finish(why: &str) -> bool {
    matches!(why, "stop" | "length" | "tool_calls" | "content_filter" | "function_call")
}

/// Whether that, as JSON text, is one of OpenAI's service tiers.
#[must_use]
pub fn is_tier(json: &str) -> bool {
    matches!(json, "null" | r#""auto""# | r#""default""# | r#""flex""# | r#""scale""# | r#""priority""#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_by_what_it_says() {
        let verdict = judge(br#"{"choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#).unwrap();
        assert!(verdict.says.answer);
        assert_eq!(verdict.finish.as_deref(), Some("stop"));
        assert_eq!(verdict.usage.unwrap().completion_tokens, 2);
        let empty = judge(br#"{"choices":[{"message":{"role":"assistant","content":null,"reasoning_content":"hm"},"finish_reason":"length"}]}"#).unwrap();
        assert!(empty.says.reasoning && !empty.says.answer);
    }

    #[test]
    fn a_success_with_a_flaw_is_none() {
        assert!(matches!(judge(b"<html>"), Err(Flaw::Shape(_))));
        assert!(matches!(judge(b"{}"), Err(Flaw::Shape(_))));
        assert!(matches!(judge(br#"{"choices":[]}"#), Err(Flaw::Shape(_))));
        assert!(matches!(judge(br#"{"choices":[7]}"#), Err(Flaw::Shape(_))));
        assert_eq!(judge(br#"{"error":{"code":503}}"#).unwrap_err(), Flaw::Error(r#"{"code":503}"#.into()));
    }

    #[test]
    fn only_the_label_changes() {
        let body = Bytes::from_static(b"\n {\"id\":\"1\",\"model\":\"x\",\"n\":1.50}");
        assert_eq!(
            labelled(&body, None, "a/x", Some("{}")).concat(),
            b"\n {\"id\":\"1\",\"model\":\"a/x\",\"n\":1.50,\"steadfast\":{}}"
        );
        let place = Object::read(&body).unwrap().place("model");
        assert_eq!(
            labelled(&body, place, "a/x", None).concat(),
            b"\n {\"id\":\"1\",\"model\":\"a/x\",\"n\":1.50}"
        );
    }
}
