//! Rows 28 to 34: outages, races and hedges.

use serde_json::json;
use steadfast::sim::Behaviour;

use super::super::support::Answer;
use super::{Row, chain, chain_with};

fn good(milliseconds: u64) -> [Behaviour; 1] {
    [Behaviour::answers("Hello to you.").after(milliseconds).every(10)]
}

/// One fails fast, one is good, one is slow.
fn race(stream: bool) -> Answer {
    let story = chain_with(json!({ "routes": { "race": { "race": ["a/x", "b/y", "c/z"] } } }));
    story
        .script("a/x", [Behaviour::status(503).after(40)])
        .script("b/y", good(640))
        .script("c/z", good(9_000));
    if stream { story.stream("race") } else { story.ask("race") }
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            number: 28,
            when: "A provider is down for a minute",
            then: "Every request is answered by the next model. After three failures the breaker opens, and only one request in 5 to \
                20 s finds out whether it has mended, so that your callers do not wait for it and it is not hammered. It serves \
                again within 30 s of its recovery. This is the fourth request:",
            settings: "`breaker` (or `false`)",
            story: "row_28_every_request_is_answered_and_the_primary_serves_again_soon_after_its_recovery",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::status(503).after(210)]).script("b/y", good(640));
                for _ in 0..3 {
                    story.ask("chain");
                }
                story.ask("chain")
            }),
        },
        Row {
            number: 29,
            when: "Every model is down",
            then: "One error, in bounded time, that names each attempt in order: a 502, a 504 if all timed out, a 429 with the shortest \
                `retry-after` if all were limited. The SDKs are told not to retry it. If everybody is left alone by the breaker, \
                the one that would be back first is asked all the same; callers who come at once are spread over all of them.",
            settings: "`timeouts.deadline_ms`, `degrade_to`",
            story: "row_29_when_every_target_is_down_one_error_names_each_failure_in_order",
            scene: Some(|| {
                let story = chain_with(json!({ "retry": { "retries": 0 } }));
                story.script("a/x", [Behaviour::status(503).after(157)]);
                story.script("b/y", [Behaviour::resets().after(20)]);
                story.script("c/z", [Behaviour::status(500).after(90)]).ask("chain")
            }),
        },
        Row {
            number: 30,
            when: "A race: one fails fast, one is slow, one is good",
            then: "The good one wins; a failure never does. The slow one is cancelled and its connection closed at once.",
            settings: "`race`, `stagger_ms`",
            story: "row_30_the_good_one_wins_over_the_fast_failure_and_the_slow_one_is_cancelled",
            scene: Some(|| race(false)),
        },
        Row {
            number: 31,
            when: "A race in which all fail",
            then: "One error with all attempts, as soon as the last has failed.",
            settings: "`degrade_to`, or a fallback around the race",
            story: "row_31_when_all_fail_there_is_one_error_as_soon_as_the_last_has_failed",
            scene: Some(|| {
                let story = chain_with(
                    json!({ "routes": { "race": { "race": ["a/x", "b/y"] } }, "retry": { "retries": 0 } }),
                );
                story.script("a/x", [Behaviour::status(503).after(40)]);
                story.script("b/y", [Behaviour::status(500).after(700)]).ask("race")
            }),
        },
        Row {
            number: 32,
            when: "A race of streams",
            then: "The first *content* wins, not the first 200. No byte of a loser reaches you; its attempt is in the trail.",
            settings: "`race`, `stagger_ms`",
            story: "row_32_no_byte_of_a_loser_reaches_the_caller",
            scene: Some(|| race(true)),
        },
        Row {
            number: 33,
            when: "A race of more than five",
            then: "At most five attempts of one request are under way at once, strategies within strategies and hedges included: \
                Cloudflare lets six connections wait for their headers. The next starts when one fails.",
            settings: "none",
            story: "row_33_at_most_five_are_under_way_and_the_next_starts_when_one_fails",
            scene: Some(|| {
                let models: Vec<String> = (0..7).map(|number| format!("a/{number}")).collect();
                let story = chain_with(
                    json!({ "routes": { "wide": { "race": models } }, "retry": { "retries": 0 } }),
                );
                for (number, model) in models.iter().enumerate() {
                    let failure = Behaviour::status(503).after(100 * (number as u64 + 1));
                    story.script(model, if number < 6 { [failure] } else { good(50) });
                }
                story.ask("wide")
            }),
        },
        Row {
            number: 34,
            when: "A model is slow today, and a hedge is set",
            then: "When it has shown nothing for the delay, the next one starts beside it. Whoever shows content first wins, the first \
                one included; the other is cancelled. Hedges and retries together stay within the budget.",
            settings: "`hedge_ms` (milliseconds or `\"p95\"`), `retry.budget`",
            story: "row_34_a_hedge_starts_only_when_the_first_shows_nothing_and_the_first_may_still_win",
            scene: Some(|| {
                let story = chain_with(
                    json!({ "routes": { "hedged": { "fallback": ["a/x", "b/y"], "hedge_ms": 400 } } }),
                );
                story.script("a/x", good(5_000)).script("b/y", good(300)).ask("hedged")
            }),
        },
    ]
}
