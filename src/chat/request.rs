//! What a caller asks for, read as far as routing needs it.

use std::cell::OnceCell;

use bytes::Bytes;

use super::marks::Marks;
use super::needs::Needs;
use crate::catalog::{self, Dialect, Price, Tier};
use crate::config::{OnBreak, Target, TimeoutChoices};
use crate::error::ApiError;
use crate::json::{self, Object, Outline};

/// What a request is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// An answer.
    #[default]
    Chat,
    /// Vectors.
    Embeddings,
    /// The number of tokens of a prompt.
    Count,
}

/// A request: the caller's own bytes, and what was read out of them.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What it is for.
    pub purpose: Purpose,
    /// The body as it came.
    pub body: Bytes,
    /// Where the members of the body stand.
    pub outline: Outline,
    /// What the caller put in `model`.
    pub model: String,
    /// What the caller put in `models`, each once: asked after `model`, as OpenRouter does.
    pub models: Vec<String>,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// Whether the caller wants usage at the end of the stream.
    pub include_usage: bool,
    /// How many choices are asked for.
    pub n: usize,
    /// Whether a broken answer may be carried on by another target: it is one text, not JSON, and without
    /// log probabilities.
    pub continuable: bool,
    /// What may be called was said in OpenAI's first words for it, and so is a call to be.
    pub functions: bool,
    /// The `steadfast` object.
    pub options: Options,
    /// What the caller wrote himself, when it was in another language than OpenAI's.
    pub native: Option<Native>,
    /// What it needs, once somebody has asked for it.
    needs: OnceCell<Needs>,
    /// And of which words stand in its messages.
    marks: OnceCell<Marks>,
}

/// A request in the caller's own language. The [`Ask`] around it says the same in the common one.
#[derive(Clone, Debug)]
pub struct Native {
    /// The language.
    pub dialect: Dialect,
    /// The body as it came.
    pub body: Bytes,
    /// Where its members stand.
    pub outline: Outline,
    /// Why only a target that speaks this language can answer, if so.
    pub bound: Option<String>,
    /// What a target of another language does not hear of, a few words each.
    pub lost: Vec<String>,
    /// The items that take the place of the caller's (JSON text): without what another vendor left there.
    pub cleaned: Option<String>,
    /// The conversation ends with the beginning of an answer, from which the language carries on: others would begin anew.
    pub begun: bool,
    /// The tools that others know otherwise.
    pub renamed: Vec<Renamed>,
    /// Tools stand among the items of the conversation, or are looked for in its course.
    pub loads_tools: bool,
}

/// A tool that others know otherwise than the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The name that they hear, as JSON text.
    pub heard: String,
    /// How the caller knows it.
    pub own: Own,
}

/// A tool as the caller knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// What he calls it: the members of a call that say so, as JSON text.
    pub name: String,
    /// How it is called.
    pub form: Form,
}

/// How a tool is called that others know as a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As they do.
    Function,
    /// With any text.
    Custom,
    /// With what the caller is to look for among further tools.
    Search,
}

/// The `steadfast` object of a request.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What happens when the stream breaks after content was shown.
    pub on_break: Option<OnBreak>,
    /// Shorter clocks.
    pub timeouts: TimeoutChoices,
    /// No tier below this one may answer.
    pub min_tier: Option<Tier>,
    /// No dearer model may answer.
    pub max_price: Option<MaxPrice>,
    /// Show the trail in the body of the answer.
    pub trail: bool,
}

/// A bound on the price, in USD per million tokens. A model whose price is unknown is above any.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPrice {
    /// Of the prompt.
    pub input: f64,
    /// Of the answer.
    pub output: f64,
}

impl Options {
    /// Why this model may not answer at this place of the plan, if so. Below a tier's route its tier counts, elsewhere the
    /// model's own, as far as the catalogue knows it.
    #[must_use]
    pub fn bar(&self, path: &str, provider: &str, model: &str, price: Option<Price>) -> Option<String> {
        if self.max_price.is_some_and(|most| !most.allows(price)) {
            return Some("its price is above `steadfast.max_price`, or unknown".into());
        }
        let least = self.min_tier?;
        let route = TIERS.into_iter().find(|(name, _)| leads_through(path, name));
        let own = || catalog::model(provider, model).map(|row| row.tier);
        let tier = route.map(|(_, tier)| tier).or_else(own).filter(|tier| *tier < least)?;
        let (name, _) = TIERS.into_iter().find(|(_, known)| *known == tier)?;
        Some(format!("the tier {name} is below `steadfast.min_tier`"))
    }
}

/// Whether a path (`budget`, `budget.fallback[0]`) begins with this route. There may be another one, `budget.v2`.
fn leads_through(path: &str, route: &str) -> bool {
    path.strip_prefix(route).is_some_and(|way| {
        let first = way.strip_prefix('.').and_then(|way| way.split('.').next());
        way.is_empty() || first.is_some_and(|first| first.ends_with(']'))
    })
}

impl MaxPrice {
    /// Whether a model of this price may answer.
    #[must_use]
    pub fn allows(&self, price: Option<Price>) -> bool {
        price.is_some_and(|price| price.input <= self.input && price.output <= self.output)
    }
}

impl Ask {
    /// The tools that others know otherwise than the caller.
    #[must_use]
    pub fn renamed(&self) -> &[Renamed] {
        self.native.as_ref().map_or(&[], |native| &native.renamed)
    }

    /// Whether the end of a stream repeats all of it, in the caller's language.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.native.as_ref().is_some_and(|native| native.dialect == Dialect::Responses)
    }

    /// What it needs of a model. Looked for only where there is a choice: it is a walk over the messages.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let read = || Needs::of(&Object::again(&self.body, &self.outline), &self.body, self.marks());
        *self.needs.get_or_init(read)
    }

    /// Which words stand in its messages. Looked for only where a target may not take what they name.
    #[must_use]
    pub fn marks(&self) -> Marks {
        let object = || Object::again(&self.body, &self.outline);
        *self.marks.get_or_init(|| Marks::of(object().bytes("messages").unwrap_or_default()))
    }

    /// Reads a body of a chat.
    ///
    /// # Errors
    /// 400 `invalid_request`, with the field and what was expected there.
    pub fn read(body: Bytes) -> Result<Self, ApiError> {
        Self::read_for(Purpose::Chat, body)
    }

    /// Reads a body.
    ///
    /// # Errors
    /// 400 `invalid_request`, with the field and what was expected there.
    pub fn read_for(purpose: Purpose, body: Bytes) -> Result<Self, ApiError> {
        let object = Object::read(&body).map_err(|error| {
            ApiError::invalid_request(None, format!("The body must be one JSON object: {error}."))
        })?;

        let expected = "a string: a model or a route, as GET /v1/models lists them";
        let model = optional(&object, "model", expected, json::text)?.ok_or_else(|| {
            ApiError::invalid_request(Some("model"), format!("`model` is missing: expected {expected}."))
        })?;
        if model.is_empty() {
            return Err(ApiError::invalid_request(
                Some("model"),
                "`model` is empty: name a model or a route, as GET /v1/models lists them.".into(),
            ));
        }
        let (prompt, expected, opens): (_, _, &[u8]) = match purpose {
            Purpose::Chat | Purpose::Count => ("messages", "a list of messages", b"["),
            Purpose::Embeddings => ("input", "a text, or a list of texts or of tokens", b"[\""),
        };
        let Some(given) = object.bytes(prompt) else {
            // Cursor sends so for models that are called as OpenAI's are, and expects chunks.
            let is_of_responses = purpose == Purpose::Chat && object.bytes("input").is_some();
            let hint = if is_of_responses { OF_RESPONSES } else { "" };
            let message = format!("`{prompt}` is missing: expected {expected}.{hint}");
            return Err(ApiError::invalid_request(Some(prompt), message));
        };
        if !given.first().is_some_and(|first| opens.contains(first)) {
            return Err(wrong(prompt, expected));
        }
        let expected = "a list of at most 8 models or routes";
        let mut models = Vec::new();
        for name in optional(&object, "models", expected, json::texts)?.unwrap_or_default() {
            if name == model || models.contains(&name) {
                continue;
            }
            if models.len() == MOST_MODELS {
                return Err(wrong("models", expected));
            }
            models.push(name);
        }
        let include_usage = optional(&object, "stream_options", "an object", includes_usage)?;
        let n = optional(&object, "n", "a whole number", json::count)?;
        let n = n.and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
        let asks_for = |key: &str| object.said(key).is_some();
        let shaped = |key: &&str| object.value(key).is_some_and(|value| is_more_than_text(key, value));

        Ok(Self {
            purpose,
            model,
            models,
            stream: purpose == Purpose::Chat
                && optional(&object, "stream", "true or false", json::flag)?.unwrap_or_default(),
            include_usage: include_usage.unwrap_or_default(),
            n,
            continuable: !SHAPES.iter().any(shaped),
            functions: asks_for("functions") && !asks_for("tools"),
            options: Options::read(&object)?,
            outline: object.outline(),
            native: None,
            needs: OnceCell::new(),
            marks: OnceCell::new(),
            body,
        })
    }
}

const OF_RESPONSES: &str = " `input` is for POST /v1/responses. If this is Cursor, ask for a route whose name begins neither with `gpt-` nor with `claude-`.";

const MOST_MODELS: usize = 8;
/// Every wrong field of it is told; a stranger is not to have thousands looked at.
const LONGEST_TIMEOUTS: usize = 1_000;
const OPTIONS: &str = "an object of `on_break` (\"continue\", \"restart\" or \"error\"), `timeouts`, `min_tier` \
    (\"premium\", \"standard\" or \"budget\"), `max_price` (an object of `input` and `output` in USD per million tokens) and `trail`";

fn optional<T>(
    object: &Object<'_>,
    key: &'static str,
    expected: &str,
    read: fn(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    match object.given(key) {
        None => Ok(None),
        Some(json) => read(json).map(Some).ok_or_else(|| wrong(key, expected)),
    }
}

/// Whether this member of a request makes more of its answer than one text that another could carry on: JSON, several
/// choices, log probabilities.
fn is_more_than_text(key: &str, value: &str) -> bool {
    match key {
        "n" => json::count(value).is_some_and(|n| n > 1),
        "response_format" => {
            value != "null" && !json::object(value).is_some_and(|format| format.is("type", r#""text""#))
        }
        "logprobs" => json::says_something(value),
        _ => false,
    }
}

/// Whether the configuration asks this target for more than one text.
#[must_use]
pub fn is_asked_for_more(target: &Target) -> bool {
    target.params.iter().any(|(key, value)| is_more_than_text(key, value))
}

/// The members that can.
const SHAPES: [&str; 3] = ["logprobs", "n", "response_format"];

fn includes_usage(json: &str) -> Option<bool> {
    json::object(json)?.given("include_usage").map_or(Some(false), json::flag)
}

fn wrong(key: &'static str, expected: &str) -> ApiError {
    ApiError::invalid_request(Some(key), format!("`{key}` is wrong: expected {expected}."))
}

impl Options {
    fn read(object: &Object<'_>) -> Result<Self, ApiError> {
        let mut options = Self::default();
        let Some(json) = object.given("steadfast") else { return Ok(options) };
        let given = json::object(json).ok_or_else(|| wrong("steadfast", OPTIONS))?;
        for (key, value) in given.members().filter(|(_, value)| *value != "null") {
            if key == "timeouts" && value.len() <= LONGEST_TIMEOUTS {
                // Read as the configuration's are.
                options.timeouts = TimeoutChoices::of_request(value).map_err(|errors| {
                    let message = format!("The clocks of the request are wrong: {errors}");
                    ApiError::invalid_request(Some("steadfast"), message)
                })?;
            } else {
                options.set(key, value).ok_or_else(|| wrong("steadfast", OPTIONS))?;
            }
        }
        Ok(options)
    }

    fn set(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "on_break" => self.on_break = Some(word(value, &BREAKS)?),
            "min_tier" => self.min_tier = Some(word(value, &TIERS)?),
            "max_price" => self.max_price = Some(MaxPrice::read(value)?),
            "trail" => self.trail = json::flag(value)?,
            _ => return None,
        }
        Some(())
    }
}

const BREAKS: [(&str, OnBreak); 3] =
    [("continue", OnBreak::Continue), ("restart", OnBreak::Restart), ("error", OnBreak::Error)];
const TIERS: [(&str, Tier); 3] =
    [("premium", Tier::Premium), ("standard", Tier::Standard), ("budget", Tier::Budget)];

fn word<T: Copy>(json: &str, words: &[(&str, T)]) -> Option<T> {
    let said = json::text(json)?;
    words.iter().find(|(word, _)| *word == said).map(|(_, meant)| *meant)
}

impl MaxPrice {
    fn read(json: &str) -> Option<Self> {
        let mut most = Self { input: f64::INFINITY, output: f64::INFINITY };
        for (key, value) in json::object(json)?.members().filter(|(_, value)| *value != "null") {
            match key {
                "input" => most.input = json::number(value)?,
                "output" => most.output = json::number(value)?,
                _ => return None,
            }
        }
        Some(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Ask, ApiError> {
        Ask::read(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn what_routing_needs_is_read() {
        let ask = read(
            r#"{"model":"standard","messages":[],"stream":true,"stream_options":{"include_usage":true},
                "models":["b/y"],"steadfast":{"trail":true,"timeouts":{"attempt_ms":5}},"x":1}"#,
        )
        .unwrap();
        assert_eq!(ask.model, "standard");
        assert_eq!(ask.models, ["b/y"]);
        assert!(ask.stream && ask.include_usage && ask.continuable && ask.options.trail);
        assert_eq!(ask.options.timeouts.attempt, Some(5));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (text, param) in [
            ("", None),
            ("nonsense", None),
            ("[]", None),
            (r#"{"messages":[]}"#, Some("model")),
            (r#"{"model":3,"messages":[]}"#, Some("model")),
            (r#"{"model":"","messages":[]}"#, Some("model")),
            (r#"{"model":"x"}"#, Some("messages")),
            (r#"{"model":"x","messages":"hi"}"#, Some("messages")),
            (r#"{"model":"x","messages":[],"stream":"yes"}"#, Some("stream")),
            (r#"{"model":"x","messages":[],"models":["a","b","c","d","e","f","g","h","i"]}"#, Some("models")),
            (r#"{"model":"x","messages":[],"steadfast":{"trial":true}}"#, Some("steadfast")),
            (r#"{"model":"x","messages":[],"steadfast":{"timeouts":[]}}"#, Some("steadfast")),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(
                (error.status, error.code.as_str(), error.param.as_deref()),
                (400, "invalid_request", param),
                "{text}"
            );
        }
    }

    #[test]
    fn a_model_that_is_listed_again_does_not_count() {
        let ask = read(r#"{"model":"x","messages":[],"models":["a","x","a","b","c","d","e","f","g","h"]}"#)
            .unwrap();
        assert_eq!(ask.models, ["a", "b", "c", "d", "e", "f", "g", "h"]);
    }

    #[test]
    fn who_asks_here_as_at_responses_is_told_where_to_go() {
        let error = read(r#"{"model":"gpt-5.4","input":"Hi"}"#).unwrap_err();
        assert!(error.message.contains("`input` is for POST /v1/responses"), "{}", error.message);
        assert!(!read(r#"{"model":"x"}"#).unwrap_err().message.contains("Cursor"));
    }

    #[test]
    fn a_bound_of_null_is_none() {
        let ask = read(r#"{"model":"x","messages":[],"steadfast":{"max_price":{"input":null,"output":2}}}"#)
            .unwrap();
        assert_eq!(ask.options.max_price, Some(MaxPrice { input: f64::INFINITY, output: 2.0 }));
    }

    #[test]
    fn the_clocks_of_a_request_are_read_as_those_of_a_configuration() {
        let timeouts = |text: &str| {
            let body = format!(r#"{{"model":"x","messages":[],"steadfast":{{"timeouts":{text}}}}}"#);
            read(&body).map(|ask| ask.options.timeouts)
        };
        let choices = TimeoutChoices { idle: Some(7), deadline: Some(0), ..TimeoutChoices::default() };
        assert_eq!(timeouts(r#"{"idle_ms": 7, "deadline_ms": 0}"#).unwrap(), choices);
        assert_eq!(timeouts("null").unwrap(), TimeoutChoices::default());
        let endless =
            format!("{{{}}}", (0..1_000).map(|at| format!("\"x{at}\":1")).collect::<Vec<_>>().join(","));
        assert!(timeouts(&endless).unwrap_err().message.len() < 1_000);
        let error = &timeouts(r#"{"idel_ms": 7, "attempt_ms": -1}"#).unwrap_err().message;
        for said in [
            "steadfast.timeouts.idel_ms: found an unknown field",
            "did you mean `idle_ms`?",
            "steadfast.timeouts.attempt_ms: found -1",
        ] {
            assert!(error.contains(said), "{error}");
        }
    }
}
