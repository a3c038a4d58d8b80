//! The form in which a caller wants the answer (`response_format`), and whether an answer has it.
//!
//! An answer is held to it only when it is one: not when it was cut off at its length or filtered, not
//! when the model declined or called a tool instead, and not when its text cannot be read.

use super::schema::Schema;
use crate::json::{self, Object, Value, inside};
use crate::table::Table;

/// What was asked for beyond plain text.
#[derive(Clone, Debug)]
pub enum Format {
    /// `json_object`: any JSON.
    Json,
    /// `json_schema`: JSON that fits.
    Schema(Schema),
}

impl Format {
    /// Reads the value of `response_format`. `None`: nothing that could be checked.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        let asked = json::object(json)?;
        match asked.inside("type")? {
            "json_object" => Some(Self::Json),
            "json_schema" => {
                let named = asked.within("json_schema");
                let schema = named.value("schema").filter(|schema| schema.starts_with('{'));
                let schema = schema.and_then(|schema| Value::read(schema.as_bytes()).ok()).map(Schema::new);
                Some(schema.map_or(Self::Json, Self::Schema))
            }
            _ => None,
        }
    }

    /// Whether there is a schema to fit.
    #[must_use]
    pub fn is_schema(&self) -> bool {
        matches!(self, Self::Schema(_))
    }

    /// Whether an answer has this form.
    ///
    /// # Errors
    /// What is wrong with it, in words that quote nothing of it.
    pub fn check(&self, said: &Said) -> Result<(), String> {
        for text in said.answers() {
            self.check_text(&text)?;
        }
        Ok(())
    }

    fn check_text(&self, text: &str) -> Result<(), String> {
        // However deep it is, and whatever its numbers and escapes are.
        json::check(text.as_bytes())
            .map_err(|error| format!("JSON was asked for, and the answer is none: {error}"))?;
        let Self::Schema(schema) = self else { return Ok(()) };
        let Ok(value) = Value::read(text.as_bytes()) else { return Ok(()) };
        schema
            .check(&value)
            .map_err(|misfit| format!("the answer does not fit the schema that was asked for: {misfit}"))
    }
}

/// What an answer says: a whole one, or the chunks of a stream put together.
#[derive(Debug, Default)]
pub struct Said {
    choices: Table<u64, Choice>,
    unreadable: bool,
}

/// One choice of it.
#[derive(Debug, Default)]
struct Choice {
    /// The text as it stands between its quotes, escapes and all: a character may be split between two
    /// chunks in the middle of its surrogates.
    quoted: String,
    /// It has text.
    speaks: bool,
    /// It is something else than text, or too.
    otherwise: bool,
    finish: Option<String>,
}

impl Said {
    /// Adds a whole answer, or one chunk.
    pub fn add(&mut self, json: &[u8]) {
        let object = Object::read(json).ok();
        let Some(choices) = object.as_ref().and_then(|object| object.value("choices")) else { return };
        self.unreadable |= self.add_choices(choices).is_none();
    }

    fn add_choices(&mut self, choices: &str) -> Option<()> {
        for choice in json::elements(choices)? {
            let choice = json::object(choice)?;
            let index = choice.given("index").map_or(Some(0), json::count)?;
            let said = self.choices.get_or_insert_with(&index, Choice::default);
            if let Some(message) = choice.given("delta").or(choice.given("message")) {
                said.add(&json::object(message)?);
            }
            if let Some(finish) = choice.given("finish_reason") {
                said.finish = Some(json::text(finish)?);
            }
        }
        Some(())
    }

    /// The texts that are answers.
    fn answers(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for choice in self.choices.values() {
            if !self.unreadable
                && choice.is_answer()
                && let Some(text) = json::text(&format!("\"{}\"", choice.quoted))
            {
                texts.push(text);
            }
        }
        texts
    }
}

impl Choice {
    fn add(&mut self, message: &Object<'_>) {
        self.otherwise |=
            ["refusal", "tool_calls", "function_call"].iter().any(|name| message.said(name).is_some());
        if let Some(content) = message.given("content") {
            match inside(content) {
                Some(text) => {
                    self.speaks = true;
                    self.quoted.push_str(text);
                }
                None => self.otherwise = true,
            }
        }
    }

    /// It ended by itself, and is nothing but text.
    fn is_answer(&self) -> bool {
        let finished = matches!(self.finish.as_deref(), None | Some("" | "stop" | "eos" | "end_turn"));
        finished && self.speaks && !self.otherwise
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn format() -> Format {
        let schema =
            json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "integer" } } });
        let asked = json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": schema } });
        Format::read(&asked.to_string()).unwrap()
    }

    fn said(choices: Value) -> Said {
        let mut said = Said::default();
        said.add(json!({ "choices": choices }).to_string().as_bytes());
        said
    }

    fn text(text: &str) -> Said {
        said(
            json!([{ "index": 0, "message": { "role": "assistant", "content": text, "refusal": null }, "finish_reason": "stop" }]),
        )
    }

    #[test]
    fn a_format_is_read_as_far_as_it_can_be_checked() {
        assert!(Format::read(r#"{"type":"text"}"#).is_none());
        assert!(Format::read("3").is_none());
        assert!(matches!(Format::read(r#"{"type":"json_object"}"#), Some(Format::Json)));
        assert!(matches!(Format::read(r#"{"type":"json_schema"}"#), Some(Format::Json)));
        assert!(matches!(format(), Format::Schema(_)));
    }

    #[test]
    fn a_text_has_to_be_json_and_to_fit() {
        assert_eq!(format().check(&text(" {\"a\": 1}\n")), Ok(()));
        for wrong in
            ["", "Here it is: {\"a\": 1}", "```json\n{\"a\": 1}\n```", "{\"a\": 1", "{}", "{\"a\": \"1\"}"]
        {
            let told = format().check(&text(wrong)).unwrap_err();
            assert!(!told.contains("Here") && !told.contains("```"), "{told}");
        }
        assert_eq!(Format::Json.check(&text("{}")), Ok(()));
        assert!(Format::Json.check(&text("Hello.")).is_err());
    }

    #[test]
    fn every_choice_has_to_fit() {
        let choice = |text: &str| json!({ "message": { "content": text }, "finish_reason": "stop" });
        let mut other = choice("{}");
        other["index"] = json!(1);
        assert!(format().check(&said(json!([choice("{\"a\":1}"), other]))).is_err());
    }

    #[test]
    fn what_is_no_answer_of_text_is_not_judged() {
        for (message, finish) in [
            (json!({ "content": "{\"a" }), "length"),
            (json!({ "content": "" }), "content_filter"),
            (json!({ "content": "", "refusal": "I cannot." }), "stop"),
            (json!({ "content": "Let me see.", "tool_calls": [{ "id": "1" }] }), "stop"),
            (json!({ "content": null, "function_call": { "name": "x" } }), "stop"),
            (json!({ "content": null, "audio": { "id": "x" } }), "stop"),
            (json!({ "content": [{ "type": "text", "text": "x" }] }), "stop"),
        ] {
            let said = said(json!([{ "message": message, "finish_reason": finish }]));
            assert_eq!(format().check(&said), Ok(()), "{message}");
        }
        let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
        for odd in [deep.as_str(), r#""\ud83c""#] {
            assert_eq!(format().check(&text(odd)), Ok(()), "{odd}");
        }
    }

    #[test]
    fn chunks_are_put_together_even_inside_of_a_character() {
        let mut whole = Said::default();
        for content in [r#""""#, r#""{\"a\":""#, r#""1,\"b\":\"\ud83c""#, r#""\udf0d\"""#, "null", r#""}""#] {
            whole.add(format!(r#"{{"choices":[{{"index":0,"delta":{{"content":{content}}}}}]}}"#).as_bytes());
        }
        whole.add(br#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#);
        whole.add(br#"{"choices":[],"usage":{}}"#);
        assert_eq!(whole.answers(), ["{\"a\":1,\"b\":\"🌍\"}"]);
        assert_eq!(format().check(&whole), Ok(()));
    }
}
