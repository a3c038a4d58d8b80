//! Rows 1 to 10: a provider that fails before it answers, or takes its time.

use serde_json::json;
use steadfast::sim::{Behaviour, Part};

use super::{Row, chain, chain_with};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            number: 1,
            when: "A rate limit that ends soon: 429 with `Retry-After: 2`",
            then: "steadfast waits as long as the provider said and asks the same model again, not earlier. It reads `retry-after` \
                (seconds or a date), `retry-after-ms`, the reset of an exhausted limit and the message. Another key of the \
                provider, if there is one, need not wait. You get the answer, a little later.",
            settings: "`retry.max_wait_ms` (3000: longer waits are not sat out), `retry.retries`",
            story: "row_1_a_short_stated_wait_is_waited_for_and_the_same_target_answers",
            scene: Some(|| {
                let story = chain();
                let limited = Behaviour::status(429).header("retry-after", "2").after(80);
                story.script("a/x", [limited, Behaviour::answers("Hello.").after(640)]).ask("chain")
            }),
        },
        Row {
            number: 2,
            when: "A rate limit without end and without a word: 429 for ever",
            then: "One more attempt after a random pause, then the next model. The key rests for that model.",
            settings: "`retry.retries` (1), `retry.backoff_ms`, `retry.max_backoff_ms`",
            story: "row_2_without_a_stated_wait_the_target_is_asked_again_with_backoff_and_then_the_next",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::status(429).after(80)]);
                story.script("b/y", [Behaviour::answers("Hello.").after(640)]).ask("chain")
            }),
        },
        Row {
            number: 3,
            when: "A rate limit that lasts: `Retry-After: 60`",
            then: "The next model answers at once. The limited one is passed over, without a call, until its time is over; this is \
                what the request after the first one sees.",
            settings: "`retry.max_wait_ms`",
            story: "row_3_a_long_stated_wait_goes_to_the_next_target_and_the_target_rests",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::status(429).header("retry-after", "60").after(80)]);
                story.script("b/y", [Behaviour::answers("Hello.").after(640)]);
                story.ask("chain");
                story.ask("chain")
            }),
        },
        Row {
            number: 4,
            when: "A single 500",
            then: "The same model is asked once more, after a random pause of at most `backoff_ms`. (Not after a 504: somebody has \
                waited already.)",
            settings: "`retry.retries`, `retry.backoff_ms`, `retry.budget`",
            story: "row_4_one_server_error_is_survived_by_one_retry_of_the_same_target",
            scene: Some(|| {
                let story = chain();
                let answers = Behaviour::answers("Hello.").after(640);
                story.script("a/x", [Behaviour::status(500).after(80), answers]).ask("chain")
            }),
        },
        Row {
            number: 5,
            when: "The provider is overloaded: 503 or 529",
            then: "The next model, at once: whoever is overloaded is not asked again, unless nobody else is left.",
            settings: "`on` (whether `overloaded` goes to the next one)",
            story: "row_5_an_overloaded_target_is_asked_once_and_the_next_one_answers",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::status(503).after(210)]);
                story.script("b/y", [Behaviour::answers("Hello.").after(640)]).ask("chain")
            }),
        },
        Row {
            number: 6,
            when: "The connection is refused or reset",
            then: "Tried again once, then the next model.",
            settings: "`retry.retries`, `retry.backoff_ms`",
            story: "row_6_a_connection_that_is_reset_once_is_made_again",
            scene: Some(|| {
                let story = chain();
                let answers = Behaviour::answers("Hello.").after(640);
                story.script("a/x", [Behaviour::resets().after(30), answers]).ask("chain")
            }),
        },
        Row {
            number: 7,
            when: "The provider accepts the request and never answers",
            then: "A stream is given up when its headers have not come within 10 s, an answer that is not streamed after 120 s, and \
                the next model is asked. A silent model is not asked twice. The last one that is left is given more time: there \
                is nobody to hand over to.",
            settings: "`timeouts.headers_ms` for streams, `timeouts.attempt_ms` for all, `timeouts.deadline_ms` for the request",
            story: "row_7_a_silent_target_is_left_when_the_headers_clock_runs_out",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::never_answers()]);
                story.script("b/y", [Behaviour::answers("Hello to you.").after(640)]).stream("chain")
            }),
        },
        Row {
            number: 8,
            when: "The headers come at once, and the first word does not",
            then: "10 s for the first content, counted from the beginning of the attempt, then the next model, also \
                where JSON or HTML begins instead of a stream. Long prompts get 1 s \
                more for each 64 KB, models that reason 120 s.",
            settings: "`timeouts.first_token_ms`",
            story: "row_8_headers_alone_do_not_satisfy_the_first_token_clock",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::answers("Late.").first_token_after(20_000)]);
                story.script("b/y", [Behaviour::answers("Hello to you.").after(640)]).stream("chain")
            }),
        },
        Row {
            number: 9,
            when: "The stream sends signs of life, and never a word",
            then: "Comments, pings, a role and empty deltas are not content: the clock for the first content goes on, as in row 8.",
            settings: "`timeouts.first_token_ms`; `timeouts.attempt_ms` for an answer that is not streamed",
            story: "row_9_signs_of_life_are_not_content",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::completes(Vec::new()).repeating(Part::Role, 1_000)]);
                story.script("b/y", [Behaviour::answers("Hello to you.").after(640)]).stream("chain")
            }),
        },
        Row {
            number: 10,
            when: "A model that thinks for half a minute",
            then: "It may. Models that reason, and models that the catalogue does not know, have clocks of 120 s, and thoughts that \
                are streamed count as content.",
            settings: "`models` (`\"reasoning\": true`), `timeouts`",
            story: "row_10_a_reasoning_model_may_think_in_silence",
            scene: Some(|| {
                let story = chain_with(json!({ "models": { "a/x": { "reasoning": true } } }));
                let thinks = Behaviour::answers("Forty two.").first_token_after(30_000);
                story.script("a/x", [thinks]).stream("chain")
            }),
        },
    ]
}
