use std::rc::Rc;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::class::Class;
use crate::config::Target;
use crate::dialect::gemini::tests::{ask, target};
use crate::dialect::{self, Step};
use crate::stream::decoder::Decoder;

thread_local! {
    static FLASH: Rc<Target> = target("gemini-3.5-flash", json!({}));
}

fn flash() -> Rc<Target> {
    FLASH.with(Rc::clone)
}

/// What a caller gets of these bytes, how it ended, and what it cost.
struct Heard {
    chunks: Vec<Value>,
    end: Result<(), Class>,
    malformed: usize,
    usage: Option<(u64, u64)>,
}

fn hear(pieces: &[&[u8]], more: &Value) -> Heard {
    let ask = ask(&json!({ "stream": true, "stream_options": { "include_usage": true } }), more);
    let mut reader = dialect::reader(&ask, &flash(), None, 9_000);
    let mut decoder = Decoder::new(1 << 20);
    let (mut out, mut malformed, mut end) = (Vec::new(), 0, None);
    for piece in pieces {
        decoder.push(piece).unwrap();
        while let (None, Some(event)) = (&end, decoder.next()) {
            match reader.push(&event, &mut out) {
                Step::Failed(failure) => end = Some(Err(failure.class)),
                Step::Malformed => malformed += 1,
                Step::Done => end = Some(Ok(())),
                Step::Quiet | Step::Content | Step::Finished => {}
            }
        }
    }
    let rest: Bytes = decoder.rest().into();
    decoder.finish();
    while let (None, Some(event)) = (&end, decoder.next()) {
        if let Step::Failed(failure) = reader.push(&event, &mut out) {
            end = Some(Err(failure.class));
        }
    }
    let end = end.unwrap_or_else(|| match reader.end(&rest, &mut out) {
        Step::Failed(failure) => Err(failure.class),
        _ => Ok(()),
    });
    let text = String::from_utf8(out).unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    Heard {
        chunks: data.map(|data| serde_json::from_str(data).unwrap()).collect(),
        end,
        malformed,
        usage: reader.state().usage.map(|usage| (usage.prompt_tokens, usage.completion_tokens)),
    }
}

fn hear_events(events: &[Value]) -> Heard {
    let stream: String = events.iter().map(|event| format!("data: {event}\r\n\r\n")).collect();
    hear(&[stream.as_bytes()], &json!({}))
}

impl Heard {
    fn said(&self, name: &str) -> String {
        let deltas = self.chunks.iter().map(|chunk| &chunk["choices"][0]["delta"][name]);
        deltas.filter_map(Value::as_str).collect()
    }

    fn finishes(&self) -> Vec<&str> {
        self.chunks.iter().filter_map(|chunk| chunk["choices"][0]["finish_reason"].as_str()).collect()
    }

    fn calls(&self) -> Vec<&Value> {
        let deltas = self.chunks.iter().map(|chunk| &chunk["choices"][0]["delta"]["tool_calls"]);
        deltas.filter_map(Value::as_array).flatten().collect()
    }
}

fn says(parts: Value, finish: Option<&str>) -> Value {
    let mut candidate = json!({ "content": { "role": "model", "parts": parts }, "index": 0 });
    if let Some(finish) = finish {
        candidate["finishReason"] = json!(finish);
    }
    json!({ "candidates": [candidate], "responseId": "aB-3_x",
        "usageMetadata": { "promptTokenCount": 5, "candidatesTokenCount": 2, "thoughtsTokenCount": 4 } })
}

/// A stream with everything in it: thoughts, text of several bytes a character, calls, and a count.
fn whole() -> Vec<u8> {
    let events = [
        says(json!([{ "text": "Hm. ", "thought": true }, { "text": "Żółć " }]), None),
        says(json!([{ "text": "🌍\"\n" }]), None),
        says(
            json!([
                { "functionCall": { "name": "weather", "args": { "city": "Łódź", "days": 2 } }, "thoughtSignature": "c2ln" },
                { "functionCall": { "name": "time" } },
            ]),
            None,
        ),
        says(json!([{ "text": "" }]), Some("STOP")),
    ];
    events.iter().map(|event| format!("data: {event}\r\n\r\n")).collect::<String>().into_bytes()
}

fn is_whole(heard: &Heard) {
    assert_eq!(heard.end, Ok(()));
    assert_eq!(heard.malformed, 0);
    assert_eq!(
        (heard.said("reasoning_content").as_str(), heard.said("content").as_str()),
        ("Hm. ", "Żółć 🌍\"\n")
    );
    assert_eq!(heard.finishes(), ["tool_calls"]);
    assert_eq!(heard.usage, Some((5, 6)));
    let calls = heard.calls();
    assert_eq!((&calls[0]["index"], &calls[1]["index"]), (&json!(0), &json!(1)));
    assert_eq!(
        calls[0]["function"],
        json!({ "name": "weather", "arguments": "{\"city\":\"Łódź\",\"days\":2}" })
    );
    assert_eq!(calls[0]["extra_content"]["google"]["thought_signature"], "c2ln");
    assert_eq!(calls[1]["function"], json!({ "name": "time", "arguments": "{}" }));
    assert_eq!(calls[1]["extra_content"], Value::Null);
    assert_eq!((&calls[0]["id"], &calls[1]["id"]), (&json!("call_aB-3_x_0"), &json!("call_aB-3_x_1")));
}

#[test]
fn each_event_says_only_what_is_new_in_it() {
    let call =
        json!([{ "functionCall": { "name": "time", "args": {} } }, { "text": "Hm.", "thought": true }]);
    let more = json!([{ "text": "One" }]);
    let heard = hear_events(&[says(call, None), says(more.clone(), None), says(more, Some("STOP"))]);
    assert_eq!((heard.malformed, heard.calls().len()), (0, 1));
    assert_eq!((heard.said("content"), heard.said("reasoning_content")), ("OneOne".into(), "Hm.".into()));
}

#[test]
fn a_stream_is_the_same_wherever_it_is_split() {
    let whole = whole();
    for at in 0..=whole.len() {
        let (one, other) = whole.split_at(at);
        is_whole(&hear(&[one, other], &json!({})));
    }
    let bytes: Vec<&[u8]> = whole.chunks(1).collect();
    is_whole(&hear(&bytes, &json!({})));
}

#[test]
fn a_stream_that_ends_early_is_never_taken_for_a_whole_one() {
    let whole = whole();
    // The last event may lack its line ends, and no more.
    let last = whole.len() - "\r\n\r\n".len();
    for at in 0..last {
        let heard = hear(&[&whole[..at]], &json!({}));
        assert!(matches!(heard.end, Err(Class::Cut | Class::BadOutput)), "{at}: {:?}", heard.end);
        assert!(heard.finishes().is_empty(), "{at}");
    }
    is_whole(&hear(&[&whole[..last]], &json!({})));
}

#[test]
fn every_chunk_is_one_of_openais() {
    let heard = hear(&[&whole()], &json!({}));
    for chunk in &heard.chunks {
        assert_eq!((&chunk["id"], &chunk["object"]), (&json!("aB-3_x"), &json!("chat.completion.chunk")));
        assert_eq!((&chunk["created"], &chunk["model"]), (&json!(9), &json!("g/gemini-3.5-flash")));
    }
    assert_eq!(heard.chunks[0]["choices"][0]["delta"], json!({ "role": "assistant", "content": "" }));
    let last = heard.chunks.last().unwrap();
    assert_eq!(last["choices"], json!([]));
    assert_eq!(last["usage"]["total_tokens"], 11);
    assert_eq!(last["usage"]["completion_tokens_details"]["reasoning_tokens"], 4);
}

#[test]
fn a_reason_in_every_event_is_passed_on_once_and_the_last_one_counts() {
    let heard = hear_events(&[
        says(json!([{ "text": "one " }]), Some("STOP")),
        says(json!([{ "text": "two" }]), Some("STOP")),
        says(json!([]), Some("RECITATION")),
    ]);
    assert_eq!((heard.said("content").as_str(), heard.finishes()), ("one two", vec!["content_filter"]));
    assert_eq!(heard.chunks.last().unwrap()["choices"], json!([]), "the count comes last");
}

#[test]
fn an_end_counts_before_it_is_shown() {
    let ask = ask(&json!({ "stream": true }), &json!({}));
    let mut reader = dialect::reader(&ask, &flash(), None, 0);
    let mut out = Vec::new();
    let mut push = |event: Value| {
        let data = event.to_string();
        let step = reader.push(&crate::stream::decoder::Event { name: b"", data: data.as_bytes() }, &mut out);
        (matches!(step, Step::Finished), reader.state().finished)
    };
    assert_eq!(push(says(json!([{ "text": "one " }]), None)), (false, false));
    assert_eq!(push(says(json!([{ "text": "two" }]), Some("STOP"))), (true, true));
    assert_eq!(push(says(json!([{ "text": " three" }]), None)), (true, true));
    assert!(!String::from_utf8_lossy(&out).contains("\"stop\""));
}

#[test]
fn what_the_vendor_calls_the_end_is_one_of_openais_reasons() {
    for (reason, meant) in [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("OTHER", "stop"),
        ("SOMETHING_NEW", "stop"),
    ] {
        let heard = hear_events(&[says(json!([{ "text": "x" }]), Some(reason))]);
        assert_eq!(heard.finishes(), [meant], "{reason}");
    }
    for reason in ["MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE"] {
        let heard = hear_events(&[says(json!([]), Some(reason))]);
        assert_eq!(heard.end, Err(Class::BadOutput), "{reason}");
    }
}

#[test]
fn a_refused_prompt_is_an_answer_that_a_filter_emptied() {
    let heard = hear_events(&[json!({ "promptFeedback": { "blockReason": "SAFETY" } })]);
    assert_eq!((heard.end, heard.finishes()), (Ok(()), vec!["content_filter"]));
}

#[test]
fn a_failure_is_heard_in_an_event_and_outside_of_one() {
    let error =
        json!({ "error": { "code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE" } });
    let before = format!("data: {}\r\n\r\n", says(json!([{ "text": "x" }]), None));
    for late in
        [format!("data: {error}\r\n\r\n"), format!("{error:#}"), format!("{error:#}\n"), format!("[{error}]")]
    {
        let heard = hear(&[before.as_bytes(), late.as_bytes()], &json!({}));
        assert_eq!(heard.end, Err(Class::Overloaded), "{late}");
        assert_eq!(heard.said("content"), "x");
    }
}

#[test]
fn choices_are_told_apart() {
    let candidate = |index: u32, text: &str, finish: Option<&str>| json!({ "index": index, "finishReason": finish, "content": { "parts": [{ "text": text }] } });
    let events = [
        json!({ "candidates": [candidate(0, "a", None), candidate(1, "b", None)] }),
        json!({ "candidates": [candidate(1, "B", Some("STOP"))] }),
        json!({ "candidates": [candidate(0, "A", Some("MAX_TOKENS"))] }),
    ];
    let stream: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    let heard = hear(&[stream.as_bytes()], &json!({ "n": 2 }));
    assert_eq!(heard.end, Ok(()));
    let of = |index: u64| {
        let chunks = heard.chunks.iter().map(|chunk| &chunk["choices"][0]);
        let chunks: Vec<_> = chunks.filter(|choice| choice["index"] == index).collect();
        let text: String = chunks.iter().filter_map(|choice| choice["delta"]["content"].as_str()).collect();
        (text, chunks.last().unwrap()["finish_reason"].clone())
    };
    assert_eq!((of(0), of(1)), (("aA".into(), json!("length")), ("bB".into(), json!("stop"))));
}

#[test]
fn one_answer_is_whole_where_several_were_asked_for() {
    let stream = format!("data: {}\r\n\r\n", says(json!([{ "text": "a" }]), Some("STOP")));
    let heard = hear(&[stream.as_bytes()], &json!({ "n": 2 }));
    assert_eq!((heard.end, heard.finishes()), (Ok(()), vec!["stop"]));
}

#[test]
fn half_a_character_is_passed_on_as_it_came() {
    let stream = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\\ud83c\"}]}}]}\n\n\
        data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\\udf0d\"}]},\"finishReason\":\"STOP\"}]}\n\n";
    let ask = ask(&json!({ "stream": true }), &json!({}));
    let mut reader = dialect::reader(&ask, &flash(), None, 0);
    let (mut decoder, mut out) = (Decoder::new(1 << 20), Vec::new());
    decoder.push(stream.as_bytes()).unwrap();
    while let Some(event) = decoder.next() {
        assert!(!matches!(reader.push(&event, &mut out), Step::Malformed | Step::Failed(_)));
    }
    assert_eq!(reader.state().text, "\\ud83c\\udf0d");
}

#[test]
fn what_is_no_response_is_dropped() {
    for data in ["", "{", "[]", "3", "{}", r#"{"candidates":3}"#, r#"{"choices":[]}"#] {
        let stream = format!("data: {data}\n\ndata: {}\n\n", says(json!([{ "text": "x" }]), Some("STOP")));
        let heard = hear(&[stream.as_bytes()], &json!({}));
        assert_eq!((heard.end, heard.said("content")), (Ok(()), "x".to_owned()), "{data}");
    }
}

/// A body with some bytes changed, dropped or doubled.
fn mutated(whole: &[u8], changes: &[(usize, u8, u8)]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (place, kind, byte) in changes {
        let at = place % bytes.len().max(1);
        match kind % 4 {
            0 if at < bytes.len() => bytes[at] = *byte,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.insert(at, *byte),
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(
        changes in proptest::collection::vec((any::<usize>(), 0_u8..16, any::<u8>()), 0..6),
        noise in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        for bytes in [mutated(&whole(), &changes), noise] {
            let heard = hear_bytes(&bytes);
            // Whatever it was, it has an end, and a whole one says why.
            prop_assert!(heard.is_err() || heard.unwrap());
            let _ = dialect::gemini::answer::translate(&bytes, 0);
            let _ = dialect::gemini::error::bare(&bytes);
            let _ = dialect::gemini::error::read(400, &crate::host::Headers::default(), &bytes, 0);
        }
    }
}

/// Whether the finish reason was said, or how the stream failed.
fn hear_bytes(bytes: &[u8]) -> Result<bool, Class> {
    let ask = ask(&json!({ "stream": true }), &json!({}));
    let mut reader = dialect::reader(&ask, &flash(), None, 0);
    let (mut decoder, mut out) = (Decoder::new(1 << 20), Vec::new());
    decoder.push(bytes).unwrap();
    let mut rest = Bytes::new();
    for _ in 0..2 {
        while let Some(event) = decoder.next() {
            if let Step::Failed(failure) = reader.push(&event, &mut out) {
                return Err(failure.class);
            }
        }
        if rest.is_empty() {
            rest = decoder.rest().into();
            decoder.finish();
        }
    }
    match reader.end(&rest, &mut out) {
        Step::Failed(failure) => Err(failure.class),
        _ => Ok(String::from_utf8_lossy(&out).contains("\"finish_reason\":\"")),
    }
}
