//! Does a value fit a JSON Schema? As far as structured outputs need it, in bounded time, and in doubt: yes.
//!
//! *Why not a crate?* `jsonschema` and `boon` validate the whole of the standard, and so bring an engine for
//! regular expressions and a parser of URIs with them, tables of Unicode included; all of our Worker is to
//! stay below 200 KB. Nor do they promise a bound on their work, which a gateway needs that takes schemas
//! from strangers. What vendors take for structured outputs is a small part, and needs none of that.
//!
//! 1. An answer is refused only for what is certainly wrong. What we cannot judge (`pattern`, `format`,
//!    `if`, a reference to elsewhere, a keyword with a value that is none) is *open*, and open is not wrong.
//!    That is a third truth value and not a mere omission: below `not` and `oneOf` a rule that is left
//!    out would refuse what it should let through.
//! 2. Every check ends: after [`MOST_WORK`] steps or [`DEEPEST`] levels (a `$ref` that leads to
//!    itself, an `anyOf` of `anyOf`s) the question is given up, and the answer passes.
//! 3. What is said of a wrong answer names its place and the rule, never a word that the answer chose itself.
//!
//! Keywords and their meaning: JSON Schema 2020-12, with the lists in `items` of draft 7 and the
//! `nullable` of OpenAPI 3.0, because people still send them.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};

use crate::json::Value;
use crate::json::value::Number;
use crate::search;
use crate::table::Table;
use crate::text;
use crate::words::{Words, words};

/// A schema, ready to be held against answers.
#[derive(Clone, Debug)]
pub struct Schema(Value);

/// Where a value does not fit, and what was expected there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misfit {
    /// A JSON pointer into the value; a name that the schema does not know is shown as `*`.
    pub place: String,
    /// What was expected.
    pub expected: String,
}

/// More steps than an honest answer of a megabyte takes; a step is a rule, or 64 bytes of text.
const MOST_WORK: usize = 1 << 20;
/// Schemas within schemas. The stack of a wasm instance holds several times as many.
const DEEPEST: usize = 256;
/// A name in a message is cut after so many characters.
const LONGEST_NAME: usize = 60;

impl Schema {
    /// A schema. Nothing is wrong with one here: what is no rule is no reason to refuse an answer.
    #[must_use]
    pub fn new(schema: Value) -> Self {
        Self(schema)
    }

    /// Holds a value against it.
    ///
    /// # Errors
    /// The first place where the value is certainly wrong.
    pub fn check(&self, value: &Value) -> Result<(), Misfit> {
        let mut judge =
            Judge { root: &self.0, place: Vec::new(), work: MOST_WORK, depth: 0, quiet: 0, misfit: None };
        match judge.schema(&self.0, value) {
            Ok(Verdict::Misfit) => Err(judge.misfit.unwrap_or_default()),
            Ok(Verdict::Fits | Verdict::Open) | Err(TooMuch) => Ok(()),
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => write!(f, "expected {}", self.expected),
            place => write!(f, "at `{place}` expected {}", self.expected),
        }
    }
}

/// What is known of a value and a schema, from good to bad: of rules that all count the worst one
/// decides, of rules of which one is enough the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Fits,
    Open,
    Misfit,
}

/// The question is given up.
struct TooMuch;

type Judged = Result<Verdict, TooMuch>;

/// One check on its way.
struct Judge<'s> {
    root: &'s Value,
    /// How the value at hand is reached.
    place: Vec<Step<'s>>,
    work: usize,
    depth: usize,
    /// Misfits are mere possibilities, and not told: inside of `anyOf`, `oneOf` and `not`.
    quiet: usize,
    misfit: Option<Misfit>,
}

enum Step<'s> {
    /// A name that the schema knows.
    Name(&'s str),
    /// A name that the answer chose.
    Any,
    Index(usize),
}

/// Judged already, or no rules.
const NO_RULES: Words = words![
    "type",
    "nullable",
    "$schema",
    "$id",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "$comment",
    "deprecated",
    "readOnly",
    "writeOnly",
];

type Is = fn(&Value) -> bool;

/// Keywords that speak of one kind of value, and have nothing against the others.
const OF_A_KIND: [(Is, Words); 4] = [
    (
        |value| matches!(value, Value::Object(_)),
        words!["properties", "required", "additionalProperties", "minProperties", "maxProperties"],
    ),
    (
        |value| matches!(value, Value::Array(_)),
        words!["items", "prefixItems", "minItems", "maxItems", "uniqueItems"],
    ),
    (|value| matches!(value, Value::String(_)), words!["minLength", "maxLength"]),
    (
        |value| matches!(value, Value::Number(_)),
        words!["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"],
    ),
];

impl<'s> Judge<'s> {
    fn schema(&mut self, schema: &'s Value, value: &Value) -> Judged {
        self.spend(1)?;
        let rules = match schema {
            Value::Bool(true) => return Ok(Verdict::Fits),
            Value::Bool(false) => return Ok(self.misfit(format_args!("nothing"))),
            Value::Object(rules) => rules,
            _ => return Ok(Verdict::Open),
        };
        if matches!(value, Value::Null) && matches!(rules.get("nullable"), Some(Value::Bool(true))) {
            return Ok(Verdict::Open);
        }
        if self.depth >= DEEPEST {
            return Err(TooMuch);
        }
        self.depth += 1;
        // The type first: the message that says the most.
        let mut verdict = match rules.get("type") {
            Some(names) => self.kind(names, value)?,
            None => Verdict::Fits,
        };
        for (keyword, rule) in rules.iter() {
            if verdict == Verdict::Misfit {
                break;
            }
            self.spend(1)?;
            verdict = verdict.max(self.rule(rules, keyword, rule, value)?);
        }
        self.depth -= 1;
        Ok(verdict)
    }

    /// One keyword.
    fn rule(
        &mut self,
        rules: &'s Table<String, Value>,
        keyword: &str,
        rule: &'s Value,
        value: &Value,
    ) -> Judged {
        let is_of_another_kind =
            OF_A_KIND.iter().any(|(is_of, keywords)| keywords.has(keyword) && !is_of(value));
        if NO_RULES.has(keyword) || is_of_another_kind {
            return Ok(Verdict::Fits);
        }
        match (keyword, rule, value) {
            ("$ref", Value::String(to), _) => match self.referred(to)? {
                Some(schema) => self.schema(schema, value),
                None => Ok(Verdict::Open),
            },
            ("enum", Value::Array(list), _) => self.one_of_values(list, value),
            ("const", only, _) => self.one_of_values(std::slice::from_ref(only), value),
            ("allOf", Value::Array(all), _) => self.all(all, value),
            ("anyOf", Value::Array(any), _) => self.any(any, value),
            ("oneOf", Value::Array(one), _) => self.exactly_one(one, value),
            ("not", not, _) => Ok(match self.quietly(not, value)? {
                Verdict::Fits => self.misfit(format_args!("what `not` does not exclude")),
                Verdict::Open => Verdict::Open,
                Verdict::Misfit => Verdict::Fits,
            }),

            ("properties", Value::Object(known), Value::Object(members)) => self.properties(known, members),
            ("required", Value::Array(names), Value::Object(members)) => self.required(names, members),
            ("additionalProperties", rest, Value::Object(members))
                if !rules.contains_key("patternProperties") =>
            {
                self.additional(rules.get("properties"), rest, members)
            }
            ("minProperties" | "maxProperties", bound, Value::Object(members)) => {
                Ok(self.count(keyword, bound, members.len(), "properties"))
            }

            ("prefixItems" | "items", Value::Array(first), Value::Array(items)) => {
                self.items(0, items, &|at| first.get(at))
            }
            ("items", rest, Value::Array(items)) => {
                let first = rules.get("prefixItems").and_then(Value::as_array).map_or(0, <[Value]>::len);
                self.items(first, items, &|_| Some(rest))
            }
            ("minItems" | "maxItems", bound, Value::Array(items)) => {
                Ok(self.count(keyword, bound, items.len(), "items"))
            }
            ("uniqueItems", Value::Bool(unique), Value::Array(items)) => {
                if *unique {
                    self.unique(items)
                } else {
                    Ok(Verdict::Fits)
                }
            }

            ("minLength" | "maxLength", bound, Value::String(text)) => {
                self.spend_on(text)?;
                Ok(self.count(keyword, bound, text.chars().count(), "characters"))
            }

            (
                "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum",
                Value::Number(bound),
                Value::Number(number),
            ) => Ok(self.bound(keyword, bound, number)),
            ("multipleOf", Value::Number(of), Value::Number(number)) => Ok(self.multiple(of, number)),

            _ => Ok(Verdict::Open),
        }
    }

    fn kind(&mut self, names: &Value, value: &Value) -> Judged {
        let list = names.as_array().unwrap_or(std::slice::from_ref(names));
        let mut verdict = Verdict::Misfit;
        for name in list {
            self.spend(1)?;
            let fits = match name.as_str() {
                Some("null") => matches!(value, Value::Null),
                Some("boolean") => matches!(value, Value::Bool(_)),
                Some("string") => value.as_str().is_some(),
                Some("array") => value.as_array().is_some(),
                Some("object") => matches!(value, Value::Object(_)),
                Some("number") => value.as_number().is_some(),
                Some("integer") => value.as_number().is_some_and(is_whole),
                _ => {
                    verdict = verdict.min(Verdict::Open);
                    continue;
                }
            };
            if fits {
                return Ok(Verdict::Fits);
            }
        }
        Ok(match verdict {
            Verdict::Misfit => self.misfit(format_args!("the type {names}")),
            verdict => verdict,
        })
    }

    fn one_of_values(&mut self, list: &[Value], value: &Value) -> Judged {
        for known in list {
            if self.same(known, value)? {
                return Ok(Verdict::Fits);
            }
        }
        Ok(match list.len() {
            1 => self.misfit(format_args!("the one value that the schema allows")),
            count => self.misfit(format_args!("one of the {count} values that `enum` lists")),
        })
    }

    fn all(&mut self, all: &'s [Value], value: &Value) -> Judged {
        let mut verdict = Verdict::Fits;
        for schema in all {
            verdict = verdict.max(self.schema(schema, value)?);
            if verdict == Verdict::Misfit {
                break;
            }
        }
        Ok(verdict)
    }

    fn any(&mut self, any: &'s [Value], value: &Value) -> Judged {
        let mut verdict = Verdict::Misfit;
        for schema in any {
            verdict = verdict.min(self.quietly(schema, value)?);
            if verdict == Verdict::Fits {
                break;
            }
        }
        Ok(match verdict {
            Verdict::Misfit => self.misfit(format_args!("what one schema of `anyOf` allows")),
            verdict => verdict,
        })
    }

    fn exactly_one(&mut self, one: &'s [Value], value: &Value) -> Judged {
        let (mut fits, mut open) = (0, 0);
        for schema in one {
            match self.quietly(schema, value)? {
                Verdict::Fits => fits += 1,
                Verdict::Open => open += 1,
                Verdict::Misfit => {}
            }
        }
        Ok(match (fits, open) {
            (1, 0) => Verdict::Fits,
            (0, 0) | (2.., _) => self.misfit(format_args!("what exactly one schema of `oneOf` allows")),
            _ => Verdict::Open,
        })
    }

    fn quietly(&mut self, schema: &'s Value, value: &Value) -> Judged {
        self.quiet += 1;
        let verdict = self.schema(schema, value)?;
        self.quiet -= 1;
        Ok(verdict)
    }

    fn properties(&mut self, known: &'s Table<String, Value>, members: &Table<String, Value>) -> Judged {
        let mut verdict = Verdict::Fits;
        for (name, schema) in known.iter() {
            self.spend_on(name)?;
            if let Some(value) = members.get(name) {
                verdict = verdict.max(self.at(Step::Name(name), schema, value)?);
            }
            if verdict == Verdict::Misfit {
                break;
            }
        }
        Ok(verdict)
    }

    fn required(&mut self, names: &'s [Value], members: &Table<String, Value>) -> Judged {
        for name in names.iter().filter_map(Value::as_str) {
            self.spend_on(name)?;
            if !members.contains_key(name) {
                self.place.push(Step::Name(name));
                let verdict = self.misfit(format_args!("a value, for it is required"));
                self.place.pop();
                return Ok(verdict);
            }
        }
        Ok(Verdict::Fits)
    }

    fn additional(
        &mut self,
        known: Option<&Value>,
        rest: &'s Value,
        members: &Table<String, Value>,
    ) -> Judged {
        let mut verdict = Verdict::Fits;
        for (name, value) in members.iter() {
            self.spend_on(name)?;
            if known.is_some_and(|known| known.get(name).is_some()) {
                continue;
            }
            if matches!(rest, Value::Bool(false)) {
                return Ok(self.misfit(format_args!("no properties that the schema does not name")));
            }
            verdict = verdict.max(self.at(Step::Any, rest, value)?);
            if verdict == Verdict::Misfit {
                break;
            }
        }
        Ok(verdict)
    }

    /// The items from a place on, each by the schema of its place, as long as there is one.
    fn items(&mut self, from: usize, items: &[Value], schema: &dyn Fn(usize) -> Option<&'s Value>) -> Judged {
        let mut verdict = Verdict::Fits;
        for (at, item) in items.iter().enumerate().skip(from) {
            let Some(schema) = schema(at) else { break };
            verdict = verdict.max(self.at(Step::Index(at), schema, item)?);
            if verdict == Verdict::Misfit {
                break;
            }
        }
        Ok(verdict)
    }

    fn unique(&mut self, items: &[Value]) -> Judged {
        for (count, item) in items.iter().enumerate() {
            for earlier in items.iter().take(count) {
                if self.same(earlier, item)? {
                    return Ok(self.misfit(format_args!("items of which no two are the same")));
                }
            }
        }
        Ok(Verdict::Fits)
    }

    fn count(&mut self, keyword: &str, bound: &Value, count: usize, of: &str) -> Verdict {
        let Some((bound, limit)) = bound.as_number().and_then(|bound| Some((bound, bound.as_f64()?))) else {
            return Verdict::Open;
        };
        let (fits, words) = match keyword.starts_with("min") {
            true => (count as f64 >= limit, "at least"),
            false => (count as f64 <= limit, "at most"),
        };
        if fits { Verdict::Fits } else { self.misfit(format_args!("{words} {bound} {of}")) }
    }

    fn bound(&mut self, keyword: &str, bound: &Number, number: &Number) -> Verdict {
        let (fits, words) = match (keyword, compare(number, bound)) {
            (_, None) => return Verdict::Open,
            ("minimum", Some(order)) => (order.is_ge(), "at least"),
            ("maximum", Some(order)) => (order.is_le(), "at most"),
            ("exclusiveMinimum", Some(order)) => (order.is_gt(), "more than"),
            (_, Some(order)) => (order.is_lt(), "less than"),
        };
        if fits { Verdict::Fits } else { self.misfit(format_args!("{words} {bound}")) }
    }

    fn multiple(&mut self, of: &Number, number: &Number) -> Verdict {
        let fits = if let (Some((_, number)), Some((false, of @ 1..))) = (number.as_whole(), of.as_whole()) {
            number.checked_rem(of) == Some(0)
        } else {
            let times = number.as_f64().unwrap_or(f64::NAN) / of.as_f64().unwrap_or(f64::NAN);
            // 0.3 is a multiple of 0.1, whatever binary fractions think of it.
            !times.is_finite() || (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
        };
        if fits { Verdict::Fits } else { self.misfit(format_args!("a multiple of {of}")) }
    }

    /// Equal as JSON Schema has it: 1 is 1.0.
    fn same(&mut self, one: &Value, other: &Value) -> Result<bool, TooMuch> {
        self.spend(1)?;
        match (one, other) {
            (Value::Null, Value::Null) => Ok(true),
            (Value::Bool(one), Value::Bool(other)) => Ok(one == other),
            (Value::Number(one), Value::Number(other)) => Ok(compare(one, other) == Some(Ordering::Equal)),
            (Value::String(one), Value::String(other)) => {
                self.spend_on(one)?;
                Ok(one == other)
            }
            (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
                for (one, other) in one.iter().zip(other) {
                    if !self.same(one, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Object(one), Value::Object(other)) if one.len() == other.len() => {
                for (name, one) in one.iter() {
                    self.spend_on(name)?;
                    match other.get(name) {
                        Some(other) if self.same(one, other)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// What a `$ref` leads to, if it is in this schema.
    fn referred(&mut self, to: &str) -> Result<Option<&'s Value>, TooMuch> {
        self.spend_on(to)?;
        let pointer = to.strip_prefix('#').and_then(text::of_address);
        Ok(pointer.and_then(|pointer| self.root.pointer(&pointer)))
    }

    /// A value inside of the value at hand.
    fn at(&mut self, step: Step<'s>, schema: &'s Value, value: &Value) -> Judged {
        self.place.push(step);
        let verdict = self.schema(schema, value)?;
        self.place.pop();
        Ok(verdict)
    }

    fn spend_on(&mut self, text: &str) -> Result<(), TooMuch> {
        self.spend(1 + text.len() / 64)
    }

    fn spend(&mut self, steps: usize) -> Result<(), TooMuch> {
        self.work = self.work.checked_sub(steps).ok_or(TooMuch)?;
        Ok(())
    }

    /// It does not fit: says so, unless it is a mere possibility.
    fn misfit(&mut self, expected: fmt::Arguments<'_>) -> Verdict {
        if self.quiet == 0 {
            let place = self.place.iter().fold(String::new(), |mut place, step| {
                // Writing into a `String` cannot fail.
                let _ = match step {
                    Step::Name(name) => {
                        let name = search::replace(text::shortened(name, LONGEST_NAME), "~", "~0");
                        write!(place, "/{}", search::replace(&name, "/", "~1"))
                    }
                    Step::Any => write!(place, "/*"),
                    Step::Index(at) => write!(place, "/{at}"),
                };
                place
            });
            self.misfit = Some(Misfit { place, expected: expected.to_string() });
        }
        Verdict::Misfit
    }
}

/// In doubt, it is.
fn is_whole(number: &Number) -> bool {
    number.as_whole().is_some() || number.as_f64().is_none_or(|number| number.fract() == 0.0)
}

fn compare(one: &Number, other: &Number) -> Option<Ordering> {
    match (one.as_whole(), other.as_whole()) {
        (Some((false, one)), Some((false, other))) => Some(one.cmp(&other)),
        (Some((true, one)), Some((true, other))) => Some(other.cmp(&one)),
        (Some((is_below, _)), Some((is_other_below, _))) => Some(is_other_below.cmp(&is_below)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

#[cfg(test)]
mod tests;
