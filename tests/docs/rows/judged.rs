//! Rows 20 to 27: answers that are none, requests that are at fault, keys and credit.

use serde_json::json;
use steadfast::sim::Behaviour;

use super::super::support::hello;
use super::{Row, chain, chain_with};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            number: 20,
            when: "A success with nothing in it",
            then: "No text, no tool call, no refusal, or thoughts alone: the next model is asked. If every answer is empty, you get \
                the last of them as it came.",
            settings: "`on` (`empty`)",
            story: "row_20_an_empty_answer_goes_to_the_next_target",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::answers_nothing().after(300)]);
                story.script("b/y", [Behaviour::answers("Hello.").after(640)]).ask("chain")
            }),
        },
        Row {
            number: 21,
            when: "JSON of a schema was asked for, and something else came",
            then: "The next model, whether the request asked for it or the target's `params` in the configuration. JSON between code fences is something else too. Streams are shown as they come and not checked, \
                unless `verify_schema` holds them back for it.",
            settings: "`stream.verify_schema`, `on` (`bad_output`)",
            story: "row_21_an_answer_that_does_not_fit_goes_to_the_next_target",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::answers("```json\n{\"age\": 36}\n```").after(300)]);
                story.script("b/y", [Behaviour::answers("{\"age\": 36}").after(640)]);
                let mut body = hello("chain");
                let schema = json!({ "type": "object", "properties": { "age": { "type": "integer" } }, "required": ["age"] });
                body["response_format"] =
                    json!({ "type": "json_schema", "json_schema": { "name": "person", "schema": schema } });
                story.chat(&body)
            }),
        },
        Row {
            number: 22,
            when: "The prompt is too long for the model",
            then: "Only a model with a larger window is asked. If there is none, you get a 400 `context_length_exceeded` with the \
                provider's words.",
            settings: "`models` (`context`)",
            story: "row_22_a_prompt_that_is_too_long_goes_to_a_larger_window_only",
            scene: Some(|| {
                let context = |tokens: u32| json!({ "context": tokens });
                let story = chain_with(
                    json!({ "models": { "a/x": context(8_000), "b/y": context(4_000), "c/z": context(100_000) } }),
                );
                let too_long =
                    Behaviour::status(400).code("context_length_exceeded").saying("Too many tokens.");
                story.script("a/x", [too_long.after(90)]);
                story.script("c/z", [Behaviour::answers("Hello.").after(640)]).ask("chain")
            }),
        },
        Row {
            number: 23,
            when: "A content filter refuses the prompt",
            then: "One attempt, and you get the provider's reason. A route may list `content_filter` in `on`; then the next model is \
                asked.",
            settings: "`on` (`content_filter`)",
            story: "row_23_a_filtered_prompt_is_refused_once_with_the_providers_reason",
            scene: Some(|| {
                let story = chain();
                let refused = Behaviour::status(400)
                    .code("content_filter")
                    .saying("Your prompt speaks of rubber ducks.");
                story.script("a/x", [refused.after(90)]).ask("chain")
            }),
        },
        Row {
            number: 24,
            when: "The provider refuses our key",
            then: "Its next key, then the next model; an alert and a warning in the log. The key rests for five minutes. You never see \
                a 401 that is not about your own key.",
            settings: "`providers` (`keys`: several are a pool), `alerts` (`key_refused`)",
            story: "row_24_when_all_keys_are_refused_the_next_target_answers_and_somebody_is_told",
            scene: Some(|| {
                let story = chain_with(json!({ "providers": { "a": { "keys": ["A_KEY", "A_KEY_2"] } } }));
                story.script("a/x", [Behaviour::status(401).after(60)]);
                story.script("b/y", [Behaviour::answers("Hello.").after(640)]).ask("chain")
            }),
        },
        Row {
            number: 25,
            when: "Your own request is wrong: 400 or 422",
            then: "One attempt in all, and the provider's status and message: the others would say the same. (Unless it does not know a \
                wish that only shapes the answer, such as `temperature`: then it is asked again without, and the trail says so.) In a race nobody else is \
                started; those who run already may still win.",
            settings: "none",
            story: "row_25_the_callers_own_fault_is_told_once_and_sprayed_nowhere",
            scene: Some(|| {
                let story = chain();
                story
                    .script("a/x", [Behaviour::status(400).saying("`temperature` is too hot").after(90)])
                    .ask("chain")
            }),
        },
        Row {
            number: 26,
            when: "The account has no credit left",
            then: "Vendors say so with a 402, 403, 429 or 400; the words decide. Another key of the provider is used, else the next \
                model, and the key rests.",
            settings: "`providers` (`keys`)",
            story: "row_26_a_lack_of_credit_is_known_whatever_its_status",
            scene: Some(|| {
                let story = chain();
                let broke =
                    Behaviour::status(400).saying("Your credit balance is too low to access the API.");
                story.script("a/x", [broke.after(90)]);
                story.script("b/y", [Behaviour::answers("Hello.").after(640)]).ask("chain")
            }),
        },
        Row {
            number: 27,
            when: "An error whose text stalls, or is 50 MB long",
            then: "The text of an error is read for 3 s and up to 64 KB. What is there by then decides, and the next model is asked.",
            settings: "none",
            story: "row_27_an_error_body_that_stalls_is_not_waited_for_long",
            scene: Some(|| {
                let story = chain();
                story.script("a/x", [Behaviour::status(503).after(90).body_stalls()]);
                story.script("b/y", [Behaviour::answers("Hello.").after(640)]).ask("chain")
            }),
        },
    ]
}
