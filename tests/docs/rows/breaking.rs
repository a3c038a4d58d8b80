//! Rows 11 to 19: a stream that breaks, or is not written as it should be.

use serde_json::json;
use steadfast::sim::{Behaviour, ErrorObject};

use super::super::support::hello_streamed;
use super::{Row, chain, chain_with};

const WHOLE: &str = "One two three four five six seven eight nine ten.";
const REST: &str = "five six seven eight nine ten.";

fn cut() -> [Behaviour; 1] {
    [Behaviour::answers(WHOLE).after(300).cut_after(4)]
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            number: 11,
            when: "A stream breaks off in the middle",
            then: "Another model carries on from the text that you have. You get the whole answer, with one `finish_reason`, under \
                one `id`, and with the usage of both; a comment marks the seam. With `\"error\"`, or when nobody can carry on, the \
                stream ends with an error event and without `[DONE]`, never as if it were whole.",
            settings: "`stream.on_break`, and in a request `steadfast.on_break` (`\"continue\"`, `\"restart\"`, `\"error\"`)",
            story: "row_11_the_caller_ends_up_with_the_whole_answer_and_the_seam_is_marked",
            scene: Some(|| {
                let story = chain();
                story
                    .script("a/x", cut())
                    .script("b/y", [Behaviour::answers(REST).after(400)])
                    .stream("chain")
            }),
        },
        Row {
            number: 12,
            when: "The one who is to carry on refuses to begin in mid-sentence",
            then: "Models that take the beginning of an answer are given it in their vendor's form. If one refuses that, it is asked \
                in words instead, and you do not hear of it but in the closing comment's trail.",
            settings: "`models` (`\"prefill\": false`: always ask in words)",
            story: "row_12_a_refused_prefill_is_asked_again_in_words_and_its_error_never_shown",
            scene: Some(|| {
                let story = chain_with(json!({ "models": { "b/y": { "prefill": true } } }));
                story.script("a/x", cut());
                story.script("b/y", [Behaviour::status(400).after(50), Behaviour::answers(REST).after(400)]);
                story.stream("chain")
            }),
        },
        Row {
            number: 13,
            when: "The one who carries on starts over, or repeats the last words",
            then: "What it repeats is trimmed, wherever the break fell, also inside a word or a character of several bytes. Here \
                `b/y` said everything from the beginning; the text that arrives is the same as in row 11.",
            settings: "none",
            story: "row_13_a_fresh_start_or_a_repetition_is_trimmed",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", cut()).script("b/y", [Behaviour::answers(WHOLE).after(400)]);
                let answer = story.stream("chain");
                assert_eq!(answer.text(), WHOLE);
                answer
            }),
        },
        Row {
            number: 14,
            when: "A stream breaks off in the middle of a tool call",
            then: "Two halves of a tool call are never joined: the stream ends with an error event. A request that says \
                `\"on_break\": \"restart\"` is told to drop what it has, and gets the answer anew. The same holds for JSON output, \
                for `n` above 1 and for `logprobs`.",
            settings: "`steadfast.on_break` in the request",
            story: "row_14_a_caller_that_asked_for_it_gets_a_restart",
            scene: Some(|| {
                let story = chain();
                let call = Behaviour::calls("weather", r#"{"city":"Paris"}"#);
                story.script("a/x", [call.clone().after(300).cut_after(2)]).script("b/y", [call.after(400)]);
                let mut body = hello_streamed("chain");
                body["steadfast"] = json!({ "on_break": "restart" });
                story.chat(&body)
            }),
        },
        Row {
            number: 15,
            when: "A stream falls silent, and the connection stays open",
            then: "After 30 s without content (60 s for models that reason, and in a tool call) it counts as broken, and row 11 \
                applies. A stream that flows is never cut, however long it is.",
            settings: "`timeouts.idle_ms`",
            story: "row_15_a_stall_is_ended_by_the_idle_clock_and_carried_on",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::answers(WHOLE).after(300).stall_after(4)]);
                story.script("b/y", [Behaviour::answers(REST).after(400)]).stream("chain")
            }),
        },
        Row {
            number: 16,
            when: "One event of a stream is not JSON",
            then: "It is dropped and the rest is delivered. The closing comment counts it (`malformed_events`).",
            settings: "none",
            story: "row_16_an_event_that_is_no_json_is_dropped_and_counted",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::answers(WHOLE).after(300).malformed_after(4)]);
                let answer = story.stream("chain");
                assert_eq!(
                    (answer.text().as_str(), &answer.closing()["trail"][0]["malformed_events"]),
                    (WHOLE, &json!(1))
                );
                answer
            }),
        },
        Row {
            number: 17,
            when: "A stream ends without `[DONE]`",
            then: "It has said why it finished, so it is whole. You get a `[DONE]` from us, and the usage.",
            settings: "none",
            story: "row_17_a_stream_without_done_is_complete_all_the_same",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::answers(WHOLE).after(300).without_done()]).stream("chain")
            }),
        },
        Row {
            number: 18,
            when: "A stream ends without a reason and without `[DONE]`",
            then: "That is a break, as in row 11, unless the provider is known never to send a reason.",
            settings: "`stream.on_break`",
            story: "row_18_a_stream_without_any_end_is_a_cut",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::answers(WHOLE).after(300).closed_after(4)]);
                story.script("b/y", [Behaviour::answers(REST).after(400)]).stream("chain")
            }),
        },
        Row {
            number: 19,
            when: "An error inside a 200",
            then: "It is taken for what it names. As a body or as the first event, it goes to the next model; later in a stream it is \
                a break, as in row 11, a 400 too: what was begun to be answered is no fault of yours.",
            settings: "`on`",
            story: "row_19_an_error_inside_a_success_is_what_it_names",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::error_inside_a_success(ErrorObject::of(503)).after(120)]);
                story.script("b/y", [Behaviour::answers("Hello.").after(640)]).ask("chain")
            }),
        },
    ]
}
