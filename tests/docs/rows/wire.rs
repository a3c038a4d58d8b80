//! Rows 35 to 43: callers who leave, bytes in all forms, and what must not happen within.

use serde_json::json;
use steadfast::sim::Behaviour;

use super::{Row, chain, chain_with};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            number: 35,
            when: "The caller leaves",
            then: "Before the headers, before the first word, or in the middle: the attempt upstream is aborted within a second, nothing \
                is tried again, and nothing is held against the model. The log says `cancelled`.",
            settings: "none",
            story: "row_35_a_caller_who_leaves_in_the_middle_of_the_stream_ends_the_attempt",
            scene: None,
        },
        Row {
            number: 36,
            when: "Events arrive in splinters, with odd line ends, a byte order mark, comments",
            then: "The result is the same for every split and every hand. You get each event as one `data: ` line with LF and one \
                blank line, as soon as it is whole.",
            settings: "none",
            story: "row_36_a_stream_may_be_written_in_any_hand_and_split_into_pieces_of_any_size",
            scene: None,
        },
        Row {
            number: 37,
            when: "One event of 5 MB, or a stream of 100,000 chunks",
            then: "Delivered, in time that grows with the length and in bounded memory: what you do not read is not read ahead.",
            settings: "none",
            story: "row_37_a_hundred_thousand_chunks_are_delivered",
            scene: None,
        },
        Row {
            number: 38,
            when: "The provider's error repeats our key",
            then: "Keys are struck out of every message, header, log line and alert, also with characters escaped as in an address \
                or in JSON.",
            settings: "none",
            story: "row_38_an_echoed_key_is_struck_out_everywhere",
            scene: Some(|| {
                let story = chain();
                let echo = Behaviour::status(422).saying("No such user: Bearer sk-first-key-of-a");
                story.script("a/x", [echo.after(60)]).ask("chain")
            }),
        },
        Row {
            number: 39,
            when: "A page of HTML, unannounced gzip, or a redirect",
            then: "No answer: the next model. Nor is a page with a 403 or a 404 a word of the API's: it is a firewall's or a proxy's on the \
                way. Redirects are not followed, since they would carry the key to another host.",
            settings: "`on` (`bad_output`)",
            story: "row_39_what_is_not_an_answer_is_bad_output_and_the_next_target_answers",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::html().after(60)]);
                story.script("b/y", [Behaviour::answers("Hello.").after(640)]).ask("chain")
            }),
        },
        Row {
            number: 40,
            when: "The machine's clock jumps, or two requests come in the same instant",
            then: "No negative times and no mix-up: clocks count from a clock that only runs forward, and each request has a place of \
                its own in the plan.",
            settings: "none",
            story: "row_40_a_wall_clock_that_jumps_moves_no_timer",
            scene: None,
        },
        Row {
            number: 41,
            when: "A hundred callers come just as the breaker lets a probe through",
            then: "Exactly one of them is the probe. The others are answered by the next model, and nobody waits.",
            settings: "`breaker.open_ms`",
            story: "row_41_of_a_hundred_callers_at_once_exactly_one_probes",
            scene: None,
        },
        Row {
            number: 42,
            when: "Strategies within strategies",
            then: "The trail is flat and in the order of time; `x-steadfast-route` is the innermost path of the winner.",
            settings: "`routes`",
            story: "row_42_the_winners_path_is_the_innermost",
            scene: Some(|| {
                let mixed =
                    json!({ "fallback": [{ "race": ["a/x", { "fallback": ["b/y", "c/z"] }] }, "chain"] });
                let story = chain_with(json!({ "routes": { "mixed": mixed }, "retry": { "retries": 0 } }));
                story.script("a/x", [Behaviour::status(500).after(90)]);
                story.script("b/y", [Behaviour::status(503).after(30)]);
                story.script("c/z", [Behaviour::answers("Hello.").after(640)]).ask("mixed")
            }),
        },
        Row {
            number: 43,
            when: "steadfast itself panics",
            then: "It should not be able to. If it does, that request gets a 500 `internal_error` with its id, in the form of \
                the language that it speaks, requests in flight on the \
                same instance get an error and do not hang, and the next one is served by a fresh instance.",
            settings: "none",
            story: "row 43: the request that panics gets a 500 with its id, and the next one is served",
            scene: None,
        },
    ]
}
