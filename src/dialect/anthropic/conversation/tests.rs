use super::*;
use crate::class::Class;
use serde_json::{Value, json};

fn read(messages: Value) -> Conversation {
    Conversation::read(&messages.to_string(), "claude-opus-5", &mut Vec::new()).unwrap()
}

fn messages(conversation: &Conversation) -> Value {
    serde_json::from_str(&conversation.messages()).unwrap()
}

fn finished(messages: Value, prefill: bool) -> (Value, Vec<String>) {
    let mut notes = Vec::new();
    let mut conversation = read(messages);
    conversation.finish(prefill, &mut notes);
    (self::messages(&conversation), notes)
}

#[test]
fn the_systems_words_stand_apart_wherever_they_were_said() {
    let conversation = read(json!([
        { "role": "system", "content": "Be brief." },
        { "role": "user", "content": "Hello?" },
        { "role": "developer", "content": [{ "type": "text", "text": "In French.", "cache_control": { "type": "ephemeral" } }] },
    ]));
    assert_eq!(
        serde_json::from_str::<Value>(&conversation.system().unwrap()).unwrap(),
        json!([
            { "type": "text", "text": "Be brief." },
            { "type": "text", "text": "In French.", "cache_control": { "type": "ephemeral" } },
        ])
    );
    assert_eq!(
        messages(&conversation),
        json!([{ "role": "user", "content": [{ "type": "text", "text": "Hello?" }] }])
    );
    assert_eq!(read(json!([{ "role": "user", "content": "x" }])).system(), None);
}

#[test]
fn results_of_tools_go_together_and_first() {
    let call = |id: &str, arguments: &str| json!({ "id": id, "type": "function", "function": { "name": "look", "arguments": arguments } });
    let conversation = read(json!([
        { "role": "user", "content": "Look." },
        { "role": "assistant", "content": null, "tool_calls": [call("call.1", "{\"a\": 1.50}"), call("", "")] },
        { "role": "user", "content": "Quickly!" },
        { "role": "tool", "tool_call_id": "call.1", "content": "seen" },
        { "role": "tool", "tool_call_id": "", "content": [{ "type": "text", "text": "nothing" }, { "type": "image_url", "image_url": { "url": "https://x.test/a.png" } }] },
    ]));
    assert!(conversation.calls_without_thought());
    assert!(conversation.messages().contains(r#""input":{"a": 1.50}"#), "as it came");
    assert_eq!(
        messages(&conversation),
        json!([
            { "role": "user", "content": [{ "type": "text", "text": "Look." }] },
            { "role": "assistant", "content": [
                { "type": "tool_use", "id": "call_2e1", "name": "look", "input": { "a": 1.5 } },
                { "type": "tool_use", "id": "_", "name": "look", "input": {} },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "call_2e1", "content": "seen" },
                { "type": "tool_result", "tool_use_id": "_", "content": [
                    { "type": "text", "text": "nothing" },
                    { "type": "image", "source": { "type": "url", "url": "https://x.test/a.png" } },
                ] },
                { "type": "text", "text": "Quickly!" },
            ] },
        ])
    );
}

#[test]
fn only_what_anthropic_signed_goes_back() {
    let conversation = read(json!([
        { "role": "user", "content": "?" },
        { "role": "assistant", "content": "Yes.", "reasoning_content": "hm", "reasoning_details": [
            { "type": "reasoning.text", "text": "hm", "signature": "sig", "format": "anthropic-claude-v1", "index": 0 },
            { "type": "reasoning.encrypted", "data": "xyz", "format": "anthropic-claude-v1", "index": 1 },
            { "type": "reasoning.text", "text": "unsigned", "format": "anthropic-claude-v1" },
            { "type": "reasoning.text", "text": "other", "signature": "s", "format": "google-gemini-v1" },
            { "type": "reasoning.text", "text": "unmarked", "signature": "s" },
        ] },
    ]));
    assert_eq!(
        messages(&conversation)[1]["content"],
        json!([
            { "type": "thinking", "thinking": "hm", "signature": "sig" },
            { "type": "redacted_thinking", "data": "xyz" },
            { "type": "text", "text": "Yes." },
        ])
    );
    assert!(!conversation.calls_without_thought());
}

#[test]
fn images_and_pdfs_are_sent_as_data_or_by_their_address() {
    let part = |part: Value| {
        messages(&read(json!([{ "role": "user", "content": [part] }])))[0]["content"][0].clone()
    };
    let image = |url: &str| part(json!({ "type": "image_url", "image_url": { "url": url } }));
    assert_eq!(
        image("data:image/png;base64,iVBO/Rw+="),
        json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "iVBO/Rw+=" } })
    );
    assert_eq!(image("https://x.test/a?b")["source"], json!({ "type": "url", "url": "https://x.test/a?b" }));
    let file = |name: &str, kind: &str| {
        let data = format!("data:{kind};base64,JVBE");
        part(json!({ "type": "file", "file": { "filename": name, "file_data": data } }))
    };
    let source = |kind: &str| json!({ "type": "base64", "media_type": kind, "data": "JVBE" });
    let pdf = source("application/pdf");
    assert_eq!(
        file("a.pdf", "application/pdf"),
        json!({ "type": "document", "source": pdf, "title": "a.pdf" })
    );
    for no_title in ["", &"x".repeat(600)] {
        assert_eq!(file(no_title, "application/pdf"), json!({ "type": "document", "source": pdf }));
    }
    let image_file = json!({ "type": "image", "source": source("image/png") });
    assert_eq!(file("a.png", "image/png"), image_file, "it has no title");
    for name in ["file_data", "file_id"] {
        let source = json!({ "type": "url", "url": "https://x.test/a.pdf" });
        let sent = part(json!({ "type": "file", "file": { name: "https://x.test/a.pdf" } }));
        assert_eq!(sent, json!({ "type": "document", "source": source }), "{name}");
    }
    let escaped = r#"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image\/png;base64,a\/b"}}]}]"#;
    let read = Conversation::read(escaped, "claude-opus-5", &mut Vec::new()).unwrap();
    assert!(read.messages().contains(r#""data":"a/b""#));
}

#[test]
fn what_cannot_be_said_is_refused_with_its_place() {
    for (message, place) in [
        (json!("hi"), "messages[0]"),
        (json!({ "role": "oracle", "content": "x" }), "messages[0]"),
        (json!({ "role": "user", "content": 3 }), "messages[0]"),
        (
            json!({ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "http://a.test/b.png" } }] }),
            "messages[0].content[0]",
        ),
        (
            json!({ "role": "user", "content": [{ "type": "input_audio", "input_audio": {} }] }),
            "messages[0].content[0]",
        ),
        (
            json!({ "role": "user", "content": [{ "type": "file", "file": { "file_id": "file-1" } }] }),
            "messages[0].content[0]",
        ),
        (
            json!({ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "ftp://x" } }] }),
            "messages[0].content[0]",
        ),
    ] {
        let failure =
            Conversation::read(&json!([message]).to_string(), "claude-opus-5", &mut Vec::new()).unwrap_err();
        assert_eq!(
            (failure.class, failure.param.as_deref()),
            (Class::InvalidRequest, Some(place)),
            "{message}"
        );
    }
}

#[test]
fn empty_texts_are_dropped_and_turns_alternate() {
    let (messages, notes) = finished(
        json!([
            { "role": "assistant", "content": "Welcome." },
            { "role": "user", "content": "" },
            { "role": "user", "content": [{ "type": "text", "text": " \n" }, { "type": "text", "text": "One." }] },
            { "role": "user", "content": "Two 🌍." },
        ]),
        true,
    );
    assert_eq!(
        messages,
        json!([
            { "role": "user", "content": [{ "type": "text", "text": "." }] },
            { "role": "assistant", "content": [{ "type": "text", "text": "Welcome." }] },
            { "role": "user", "content": [{ "type": "text", "text": "One." }, { "type": "text", "text": "Two 🌍." }] },
        ])
    );
    assert_eq!(notes, ["put a user message first"]);
    let (messages, _) = finished(json!([{ "role": "system", "content": "Greet." }]), true);
    assert_eq!(messages, json!([{ "role": "user", "content": [{ "type": "text", "text": "Greet." }] }]));
}

#[test]
fn a_begun_answer_is_sent_without_its_last_blanks_or_asked_for_in_words() {
    let begun =
        json!([{ "role": "user", "content": "Count." }, { "role": "assistant", "content": "One, \n" }]);
    let (messages, _) = finished(begun.clone(), true);
    assert_eq!(messages[1]["content"], json!([{ "type": "text", "text": "One," }]));
    let (messages, _) = finished(begun, false);
    assert_eq!(messages[1]["content"], json!([{ "type": "text", "text": "One, \n" }]));
    assert_eq!(messages[2], json!({ "role": "user", "content": [{ "type": "text", "text": CARRY_ON }] }));
}

#[test]
fn half_a_character_goes_through_as_it_came() {
    let messages = r#"[{"role":"user","content":"\ud83c"}]"#;
    let conversation = Conversation::read(messages, "claude-opus-5", &mut Vec::new()).unwrap();
    assert_eq!(conversation.messages(), r#"[{"role":"user","content":[{"type":"text","text":"\ud83c"}]}]"#);
}

proptest::proptest! {
    #[test]
    fn a_damaged_conversation_is_one_or_refused(
        damages in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<char>()), 1..6),
        prefill in proptest::prelude::any::<bool>(),
    ) {
        let messages = json!([
            { "role": "system", "content": [{ "type": "text", "text": "Brief." }] },
            { "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "data:image/png;base64,aaaa" } }] },
            { "role": "assistant", "content": "x", "tool_calls": [{ "id": "1", "function": { "name": "f", "arguments": "{}" } }] },
            { "role": "tool", "tool_call_id": "1", "content": "y" },
            { "role": "assistant", "content": "Well, \\ \n" },
        ]);
        let mut text: Vec<char> = messages.to_string().chars().collect();
        for (place, letter) in damages {
            let place = place.index(text.len());
            text[place] = letter;
        }
        let text: String = text.into_iter().collect();
        if let Ok(mut conversation) = Conversation::read(&text, "claude-opus-5", &mut Vec::new()) {
            conversation.finish(prefill, &mut Vec::new());
            let written = conversation.messages();
            proptest::prop_assert!(json::elements(&written).is_some(), "{}", written);
        }
    }
}

/// The turn was left out, and the user's two stood as one. Who puts a stream together has a text that is empty.
#[test]
fn what_declined_is_said_again() {
    for nothing in [json!(null), json!(""), json!([])] {
        let conversation = read(json!([
            { "role": "user", "content": "Do it." },
            { "role": "assistant", "content": nothing, "refusal": "I cannot." },
            { "role": "user", "content": "Why?" },
        ]));
        assert_eq!(messages(&conversation)[1]["content"], json!([{ "type": "text", "text": "I cannot." }]));
    }
}

#[test]
fn an_address_without_a_lock_goes_to_other_vendors_models_alone() {
    let image = json!({ "type": "image_url", "image_url": { "url": "http://a.test/b.png" } });
    let messages = json!([{ "role": "user", "content": [image] }]).to_string();
    assert!(Conversation::read(&messages, "kimi-k3", &mut Vec::new()).is_ok());
}
