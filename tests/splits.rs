//! A stream is bytes: the same one, cut wherever the network cuts it and written in any hand, is the same answer.

#![cfg(test)]

mod support;

use serde_json::Value;
use steadfast::sim::Behaviour;
use steadfast::sim::provider::{Asked, Timeline};
use support::*;

// Row 36: the same result in every split.

/// A whole stream as a provider writes it, to be written otherwise.
fn written() -> String {
    let asked = Asked { model: "x".into(), stream: true, ..Asked::default() };
    let story = Behaviour::answers("Grüße, 世界 🌍 and \"so\" on");
    let timeline = Timeline::lay_out(&story, &asked, 0, &mut || 7);
    let bytes: Vec<u8> = timeline.pieces.iter().flat_map(|(_, piece)| piece.to_vec()).collect();
    String::from_utf8(bytes).unwrap()
}

/// The ways in which a server may write the same stream.
fn hands() -> Vec<(&'static str, String)> {
    let written = written();
    let mut number = 0;
    let named: String = written
        .split_inclusive("\n\n")
        .map(|event| {
            number += 1;
            format!("event: message\nid: {number}\nretry: 3000\n{event}")
        })
        .collect();
    vec![
        ("crlf", written.replace('\n', "\r\n")),
        ("cr alone", written.replace('\n', "\r")),
        ("byte order mark", format!("\u{feff}{written}")),
        ("no space after the colon", written.replace("data: ", "data:")),
        ("comments", format!(": hello\n\n{}", written.replace("\n\n", "\n\n: keep-alive\n\n"))),
        ("a comment inside an event", written.replace("data: {", ":x\ndata: {")),
        ("names and ids", named),
        ("several lines of data", written.replace(",\"choices\"", ",\ndata: \"choices\"")),
        (
            "several lines of data, crlf",
            written.replace(",\"choices\"", ",\ndata: \"choices\"").replace('\n', "\r\n"),
        ),
        ("no blank line at the end", written.trim_end().to_owned()),
        ("many blank lines", written.replace("\n\n", "\n\n\n\n")),
        ("as it was", written),
    ]
}

/// What the caller gets of a stream in these pieces, without our own comment.
fn delivered(story: &Story, pieces: Vec<Vec<u8>>) -> (Vec<String>, String) {
    story.script("a/x", [Behaviour::sends(pieces)]);
    let answer = story.stream("a/x");
    assert_eq!(answer.error(), Value::Null);
    assert!(answer.raw().ends_with("data: [DONE]\n\n"));
    assert!(!answer.raw().contains('\r'), "one `data: ` line with LF and one blank line");
    // White space between two members is all that may differ.
    let data = answer.data().iter().map(|data| data.replace(", \"choices\"", ",\"choices\"")).collect();
    (data, answer.text())
}

#[test]
fn row_36_a_stream_may_be_written_in_any_hand_and_split_into_pieces_of_any_size() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = story();
    let expected = delivered(&story, vec![written().into_bytes()]);
    assert_eq!(expected.1, "Grüße, 世界 🌍 and \"so\" on");
    for (hand, stream) in hands() {
        for size in (1..=24).chain([63, 64, 65, 1_000, 100_000]) {
            let pieces = stream.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
            assert_eq!(delivered(&story, pieces), expected, "{hand} in pieces of {size}");
        }
    }
}

#[test]
fn row_36_a_stream_may_be_split_in_two_at_any_byte() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = story();
    let expected = delivered(&story, vec![written().into_bytes()]);
    for (hand, stream) in hands() {
        // The first two events and a bit: everything that can be split is in there.
        for at in 1..stream.len().min(420) {
            let (first, second) = stream.as_bytes().split_at(at);
            assert_eq!(
                delivered(&story, vec![first.to_vec(), second.to_vec()]),
                expected,
                "{hand} split at {at}"
            );
        }
    }
}

#[test]
fn row_36_an_event_is_forwarded_as_soon_as_it_is_whole() {
    let story = story();
    story.script("a/x", [Behaviour::answers("one two three four").after(100).every(1_000)]);

    let answer = story.stream("chain");

    let at = |word: &str| {
        let has =
            |piece: &bytes::Bytes| String::from_utf8_lossy(piece).contains(&format!("\"content\":\"{word}"));
        answer.pieces.iter().find(|(_, piece)| has(piece)).map(|(time, _)| *time)
    };
    assert_eq!(at("one"), Some(100));
    assert_eq!(at("two"), Some(1_100));
    assert_eq!(at("three"), Some(2_100));
    assert_eq!(at("four"), Some(3_100));
}

#[test]
fn row_36_an_event_in_small_pieces_is_forwarded_as_soon_as_its_last_byte_is_there() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = story();
    let stream = written();
    let first = stream.match_indices("\n\n").nth(1).unwrap().0 + 2;
    // The first two events in pieces of seven bytes, one a second; then silence for ten seconds, then the rest.
    let mut pieces: Vec<Vec<u8>> = stream.as_bytes()[..first].chunks(7).map(<[u8]>::to_vec).collect();
    let whole_at = (pieces.len() as u64 - 1) * 100;
    pieces.extend(std::iter::repeat_n(Vec::new(), 100));
    pieces.push(stream.as_bytes()[first..].to_vec());
    story.script("a/x", [Behaviour::sends(pieces).every(100)]);

    let answer = story.stream("a/x");

    assert_eq!(answer.first_text_at(), Some(whole_at));
}
