//! What fits, what does not, what cannot be judged, and that every question ends.

use super::{Judge, MOST_WORK, Schema};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn check(schema: &Value, value: &Value) -> Result<(), String> {
    Schema::new(read(schema)).check(&read(value)).map_err(|misfit| misfit.to_string())
}

fn read(value: &Value) -> crate::json::Value {
    crate::json::Value::read(value.to_string().as_bytes()).unwrap()
}

/// Schema, what fits it, what does not.
fn table() -> Vec<(Value, Vec<Value>, Vec<Value>)> {
    vec![
        (json!({}), vec![json!(null), json!({ "a": [1] })], vec![]),
        (json!(true), vec![json!(1)], vec![]),
        (json!(false), vec![], vec![json!(1)]),
        // Types.
        (json!({ "type": "null" }), vec![json!(null)], vec![json!(0), json!(false), json!("")]),
        (json!({ "type": "boolean" }), vec![json!(false)], vec![json!(0), json!("true")]),
        (json!({ "type": "string" }), vec![json!("")], vec![json!(1), json!(null)]),
        (json!({ "type": "number" }), vec![json!(1), json!(-1.5)], vec![json!("1"), json!(true)]),
        (
            json!({ "type": "integer" }),
            vec![json!(1), json!(1.0), json!(1e300)],
            vec![json!(1.5), json!("1")],
        ),
        (json!({ "type": "array" }), vec![json!([])], vec![json!({})]),
        (json!({ "type": "object" }), vec![json!({})], vec![json!([]), json!("{}")]),
        (json!({ "type": ["string", "null"] }), vec![json!("x"), json!(null)], vec![json!(1)]),
        // Objects.
        (
            json!({ "properties": { "a": { "type": "string" }, "b": {} }, "required": ["a"] }),
            vec![json!({ "a": "x" }), json!({ "a": "x", "c": 1 }), json!("no object")],
            vec![json!({}), json!({ "a": 1 }), json!({ "b": 1 })],
        ),
        (
            json!({ "properties": { "a": {} }, "additionalProperties": false }),
            vec![json!({}), json!({ "a": 1 })],
            vec![json!({ "b": 1 }), json!({ "a": 1, "b": null })],
        ),
        (
            json!({ "properties": { "a": {} }, "additionalProperties": { "type": "integer" } }),
            vec![json!({ "a": "x", "b": 1 })],
            vec![json!({ "b": "x" })],
        ),
        (
            json!({ "minProperties": 1, "maxProperties": 2.0 }),
            vec![json!({ "a": 1 }), json!(3)],
            vec![json!({}), json!({ "a": 1, "b": 2, "c": 3 })],
        ),
        // Lists.
        (
            json!({ "items": { "type": "integer" }, "minItems": 1, "maxItems": 2 }),
            vec![json!([1]), json!([1, 2]), json!("no list")],
            vec![json!([]), json!([1, 2, 3]), json!([1, "2"])],
        ),
        (
            json!({ "prefixItems": [{ "type": "string" }, {}], "items": { "type": "integer" } }),
            vec![json!([]), json!(["x"]), json!(["x", null, 1])],
            vec![json!([1]), json!(["x", null, "y"])],
        ),
        (
            json!({ "items": [{ "type": "string" }, { "type": "integer" }] }),
            vec![json!(["x", 1, null])],
            vec![json!(["x", "y"])],
        ),
        (json!({ "prefixItems": [{}, {}], "items": false }), vec![json!([1, 2])], vec![json!([1, 2, 3])]),
        (
            json!({ "uniqueItems": true }),
            vec![json!([1, "1", [1], { "a": 1 }])],
            vec![json!([1, 2, 1.0]), json!([{ "a": [1], "b": 2 }, { "b": 2, "a": [1] }])],
        ),
        (json!({ "uniqueItems": false }), vec![json!([1, 1])], vec![]),
        // Values.
        (
            json!({ "enum": ["a", 1, null, [1]] }),
            vec![json!("a"), json!(1.0), json!([1])],
            vec![json!("b"), json!([1, 1])],
        ),
        (json!({ "enum": [] }), vec![], vec![json!(1)]),
        (
            json!({ "const": { "a": 1 } }),
            vec![json!({ "a": 1.0 })],
            vec![json!({ "a": 1, "b": 1 }), json!({ "b": 1 })],
        ),
        // Numbers.
        (
            json!({ "minimum": 1, "maximum": 2.5 }),
            vec![json!(1), json!(2.5), json!("3")],
            vec![json!(0.99), json!(3)],
        ),
        (json!({ "exclusiveMinimum": 1, "exclusiveMaximum": 2 }), vec![json!(1.5)], vec![json!(1), json!(2)]),
        (
            json!({ "minimum": -3, "maximum": -1 }),
            vec![json!(-3), json!(-1)],
            vec![json!(-4), json!(0), json!(u64::MAX)],
        ),
        (json!({ "multipleOf": 3 }), vec![json!(-9), json!(0)], vec![json!(-8)]),
        (json!({ "minimum": u64::MAX }), vec![json!(u64::MAX)], vec![json!(u64::MAX - 1), json!(-1)]),
        (json!({ "multipleOf": 3 }), vec![json!(9), json!(0), json!(-3)], vec![json!(10)]),
        (json!({ "multipleOf": 0.1 }), vec![json!(0.3), json!(7)], vec![json!(0.35)]),
        (json!({ "multipleOf": 0 }), vec![json!(1), json!(0.5)], vec![]),
        // Texts, in characters.
        (
            json!({ "minLength": 2, "maxLength": 3 }),
            vec![json!("äö"), json!("😀😀😀"), json!(1)],
            vec![json!("é"), json!("abcd")],
        ),
        // Combinations.
        (
            json!({ "allOf": [{ "type": "integer" }, { "minimum": 2 }] }),
            vec![json!(2)],
            vec![json!(1), json!("x")],
        ),
        (
            json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
            vec![json!("x"), json!(null)],
            vec![json!(1)],
        ),
        (json!({ "oneOf": [{ "minimum": 3 }, { "maximum": 5 }] }), vec![json!(1), json!(9)], vec![json!(4)]),
        (json!({ "not": { "type": "string" } }), vec![json!(1)], vec![json!("x")]),
        (
            json!({ "type": "string", "nullable": true, "enum": ["a"] }),
            vec![json!("a"), json!(null)],
            vec![json!("b")],
        ),
        // References.
        (
            json!({ "$ref": "#/$defs/node", "$defs": { "node": {
                "type": "object", "properties": { "next": { "anyOf": [{ "$ref": "#/$defs/node" }, { "type": "null" }] } },
                "required": ["next"], "additionalProperties": false } } }),
            vec![json!({ "next": null }), json!({ "next": { "next": { "next": null } } })],
            vec![json!({}), json!({ "next": { "next": 1 } })],
        ),
        (
            json!({ "items": { "$ref": "#/definitions/a~1%62" }, "definitions": { "a/b": { "type": "string" } } }),
            vec![json!(["x"])],
            vec![json!([1])],
        ),
        (
            json!({ "properties": { "child": { "$ref": "#" } }, "additionalProperties": false }),
            vec![json!({ "child": { "child": {} } })],
            vec![json!({ "child": { "chid": {} } })],
        ),
    ]
}

#[test]
fn what_fits_passes_and_what_does_not_fit_is_refused() {
    for (schema, fit, unfit) in table() {
        for value in fit {
            assert_eq!(check(&schema, &value), Ok(()), "{value} against {schema}");
        }
        for value in unfit {
            assert!(check(&schema, &value).is_err(), "{value} against {schema}");
        }
    }
}

#[test]
fn what_cannot_be_judged_is_never_a_reason_to_refuse() {
    for schema in [
        json!({ "pattern": "^a", "format": "email", "x-unknown": 1 }),
        json!({ "if": { "type": "string" }, "then": false }),
        json!({ "not": { "pattern": "^a" } }),
        json!({ "not": { "type": "string", "pattern": "^a" } }),
        json!({ "oneOf": [{ "pattern": "^a" }, { "pattern": "^b" }] }),
        json!({ "oneOf": [{ "type": "string" }, { "format": "email" }] }),
        json!({ "anyOf": [{ "type": "integer" }, { "pattern": "^a" }] }),
        json!({ "$ref": "https://example.com/schema.json" }),
        json!({ "$ref": "#anchor" }),
        json!({ "$ref": "#/nowhere" }),
        json!({ "$ref": "#/title", "title": "no schema" }),
        json!({ "type": "STRING" }),
        json!({ "type": 3, "enum": "x", "required": {}, "minLength": "1", "anyOf": {}, "$ref": 1 }),
        json!({ "type": ["integer", "any"] }),
        json!(["no", "schema"]),
        json!(null),
    ] {
        assert_eq!(check(&schema, &json!("x")), Ok(()), "{schema}");
    }
    let patterns = json!({ "patternProperties": { "^x-": {} }, "additionalProperties": false });
    assert_eq!(check(&patterns, &json!({ "x-y": 1 })), Ok(()));
    assert_eq!(check(&json!({ "exclusiveMinimum": true, "minimum": 1 }), &json!(1)), Ok(()));
    // What is certainly wrong stays wrong beside it.
    assert!(check(&json!({ "pattern": "^a", "maxLength": 1 }), &json!("xy")).is_err());
    assert!(check(&json!({ "anyOf": [{ "type": "integer", "format": "int32" }] }), &json!("x")).is_err());
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_without_the_answers_words() {
    let schema = json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": {
                "type": "object",
                "properties": { "price/eur": { "type": "number", "minimum": 0 }, "size": { "enum": ["S", "M"] } },
                "required": ["size"],
                "additionalProperties": { "type": ["string", "null"], "maxLength": 3 },
            } },
        },
        "additionalProperties": false,
    });
    for (value, told) in [
        (json!("secret"), r#"expected the type "object""#),
        (json!({ "secret": 1 }), "expected no properties that the schema does not name"),
        (json!({ "items": [{}] }), "at `/items/0/size` expected a value, for it is required"),
        (
            json!({ "items": [{ "size": "secret" }] }),
            "at `/items/0/size` expected one of the 2 values that `enum` lists",
        ),
        (
            json!({ "items": [{ "size": "S" }, { "size": "M", "price/eur": -1 }] }),
            "at `/items/1/price~1eur` expected at least 0",
        ),
        (
            json!({ "items": [{ "size": "S", "secret": 1 }] }),
            r#"at `/items/0/*` expected the type ["string","null"]"#,
        ),
        (
            json!({ "items": [{ "size": "S", "secret": "secret" }] }),
            "at `/items/0/*` expected at most 3 characters",
        ),
    ] {
        assert_eq!(check(&schema, &value), Err(told.to_owned()));
    }
}

#[test]
fn a_question_without_end_is_given_up() {
    let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "anyOf": [{ "$ref": "#" }, { "$ref": "#" }], "not": { "$ref": "#" } }),
        json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } }),
        // Three times as many branches on every level.
        json!({ "anyOf": [
            { "items": { "$ref": "#" }, "not": true },
            { "items": { "$ref": "#" }, "not": {} },
            { "items": { "$ref": "#" }, "not": { "title": "x" } },
        ] }),
    ] {
        // The one comes to the end of the work, the other to that of the levels.
        for levels in [30, 120] {
            assert_eq!(check(&schema, &nested(levels)), Ok(()), "{schema}");
        }
    }
    let many: Vec<_> = (0..5_000).map(|number| json!([number, "x".repeat(100)])).collect();
    assert_eq!(check(&json!({ "uniqueItems": true }), &Value::Array(many)), Ok(()));
    let long = json!("x".repeat(1 << 20));
    let often: Vec<_> = (0..10_000).map(|least| json!({ "maxLength": least })).collect();
    assert_eq!(check(&json!({ "anyOf": often }), &long), Ok(()));
    let refs = vec![json!({ "$ref": "#/$defs/x" }); 2_000];
    let types = json!({ "$defs": { "x": { "type": vec!["null"; 2_000] } }, "anyOf": refs });
    assert_eq!(check(&types, &json!({})), Ok(()));
}

#[test]
fn a_number_of_more_digits_than_anybody_means_is_not_judged() {
    let digits = "9".repeat(100);
    let read = |text: &str| crate::json::Value::read(text.as_bytes()).unwrap();
    for rule in ["minimum", "maximum", "multipleOf"] {
        let schema = Schema::new(read(&format!(r#"{{"{rule}":{digits}.5}}"#)));
        assert_eq!(schema.check(&read("1.5")), Ok(()), "{rule}");
    }
    assert_eq!(Schema::new(read(r#"{"type":"integer"}"#)).check(&read(&digits)), Ok(()));
    assert!(Schema::new(read(r#"{"type":"string"}"#)).check(&read(&digits)).is_err());
}

#[test]
fn a_long_answer_is_judged_to_its_end() {
    let schema = json!({ "type": "array", "items": {
        "type": "object",
        "properties": { "name": { "type": "string" }, "score": { "type": "number", "minimum": 0 } },
        "required": ["name", "score"],
        "additionalProperties": false,
    } });
    let mut items = vec![json!({ "name": "somebody", "score": 1.5 }); 30_000];
    assert_eq!(check(&schema, &json!(items)), Ok(()));
    items.push(json!({ "name": "somebody", "score": -1 }));
    let told = check(&schema, &json!(items));
    assert_eq!(told, Err("at `/30000/score` expected at least 0".to_owned()));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..4_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c~/é]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

const KEYWORDS: [&str; 34] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "prefixItems",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "$ref",
    "$defs",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "multipleOf",
    "minProperties",
    "maxProperties",
    "nullable",
    "pattern",
    "patternProperties",
    "if",
    "a",
    "b",
    "c",
    "title",
];

/// Schemas of real keywords, often with values that belong there.
fn any_schema() -> impl Strategy<Value = Value> {
    let types = ["null", "boolean", "string", "number", "integer", "array", "object", "other"];
    let places = ["#", "#/$defs/a", "#/$defs/b", "#/items", "#/anyOf/0", "#/not", "#/properties/a", "x"];
    let leaf = prop_oneof![
        any_value(),
        proptest::sample::select(types.to_vec()).prop_map(|name| json!({ "type": name })),
        proptest::sample::select(places.to_vec()).prop_map(|place| json!({ "$ref": place })),
    ];
    leaf.prop_recursive(5, 48, 5, |inner| {
        let rule = prop_oneof![
            inner.clone(),
            any_value(),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ];
        proptest::collection::btree_map(proptest::sample::select(KEYWORDS.to_vec()), rule, 0..5).prop_map(
            |rules| Value::Object(rules.into_iter().map(|(name, rule)| (name.to_owned(), rule)).collect()),
        )
    })
}

/// The narrowest schema of a value.
fn schema_of(value: &Value) -> Value {
    match value {
        Value::Array(items) => json!({
            "type": "array", "prefixItems": items.iter().map(schema_of).collect::<Vec<_>>(), "items": false,
            "minItems": items.len(), "maxItems": items.len(),
        }),
        Value::Object(members) => json!({
            "type": "object",
            "properties": members.iter().map(|(name, value)| (name.clone(), schema_of(value))).collect::<Map<_, _>>(),
            "required": members.keys().collect::<Vec<_>>(),
            "additionalProperties": false,
        }),
        value => json!({ "const": value }),
    }
}

proptest! {
    #[test]
    fn every_question_ends(schema in any_schema(), value in any_value()) {
        let _ = check(&schema, &value);
    }

    #[test]
    fn what_fits_is_what_its_contrary_refuses(schema in any_schema(), value in any_value()) {
        let contrary = json!({ "not": schema });
        if !schema.to_string().contains("$ref") {
            prop_assert!(check(&schema, &value).is_ok() || check(&contrary, &value).is_ok());
        }
    }

    #[test]
    fn a_value_fits_its_own_schema_and_no_others(one in any_value(), other in any_value()) {
        let schema = schema_of(&one);
        prop_assert_eq!(check(&schema, &one), Ok(()));
        let root = read(&schema);
        let mut judge = Judge { root: &root, place: vec![], work: MOST_WORK, depth: 0, quiet: 0, misfit: None };
        let same = judge.same(&read(&one), &read(&other)).ok().unwrap();
        prop_assert_eq!(check(&schema, &other).is_ok(), same);
    }
}
