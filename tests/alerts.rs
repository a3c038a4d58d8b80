//! Who is told when something changes: the log at once, webhooks after the answer, and nobody too often.

#![cfg(test)]

mod support;

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use serde_json::{Value, json};
use steadfast::host::{Host, Level, Millis, UpstreamRequest, UpstreamResponse};
use steadfast::sim::{Attempt, Behaviour, Outcome, SimHost};
use support::*;

/// The webhook, as the simulator names it.
const HOOK: &str = "hooks/";

/// A story with a webhook that hears of these.
fn told_of(events: &[&str]) -> Story {
    told_of_with(events, json!({}))
}

fn told_of_with(events: &[&str], mut settings: Value) -> Story {
    settings["alerts"] = json!([{ "on": events, "webhook": "HOOK_URL" }]);
    let story = story_with(settings);
    story.script(HOOK, [Behaviour::sends(["ok"])]);
    story
}

fn posts(story: &Story) -> Vec<Attempt> {
    story.host.attempts_on(HOOK)
}

/// What the webhook was told, oldest first.
fn messages(story: &Story) -> Vec<Value> {
    posts(story).iter().map(Attempt::json).collect()
}

/// The alerts in the log.
fn logged(story: &Story) -> Vec<Value> {
    let lines = story.warnings().into_iter().map(|line| serde_json::from_str::<Value>(&line).expect("JSON"));
    lines.filter(|line| !line["alert"].is_null()).collect()
}

/// What the log says of alerts that reached nobody.
fn undelivered(story: &Story) -> Vec<Value> {
    let lines = story.warnings().into_iter().map(|line| serde_json::from_str::<Value>(&line).expect("JSON"));
    lines.filter(|line| !line["undelivered"].is_null()).collect()
}

// What is said.

#[test]
fn a_refused_key_is_told_to_the_log_and_to_the_webhook() {
    let story = told_of(&["key_refused"]);
    story.script("a/x", [Behaviour::status(401)]);

    let answer = story.ask("chain");
    story.comes_to_rest();

    answer.is_answered_by("b/y");
    let log = logged(&story);
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["level"], "warn");
    assert_eq!(log[0]["alert"], "key_refused");
    assert_eq!(log[0]["model"], "a/x");
    assert_eq!(log[0]["why"], "The provider of a/x refused the key A_KEY.");
    assert_eq!(log[0]["id"], answer.header("x-request-id"));
    assert_eq!(log[0]["at_ms"], 1_767_225_600_000_u64);

    let posts = posts(&story);
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].path, "/services/T0/path-like-a-key");
    assert_eq!(posts[0].headers, [("content-type".to_owned(), "application/json".to_owned())]);
    let message = posts[0].json();
    let id = answer.header("x-request-id");
    let text = format!("steadfast, key_refused: The provider of a/x refused the key A_KEY. (Request {id}.)");
    assert_eq!(message["text"], text);
    assert_eq!(message["alert"], "key_refused");
    assert_eq!(message["model"], "a/x");
    assert_eq!(message["count"], 0);
    assert_eq!(message["id"], id);
}

#[test]
fn a_degraded_tier_is_told_with_the_name_of_the_route() {
    let routes = json!({
        "premium": { "fallback": ["a/x"], "degrade_to": "budget" },
        "budget": { "fallback": ["b/y"] },
    });
    let story = told_of_with(&["degraded"], json!({ "routes": routes }));
    story.script("a/x", [Behaviour::status(503)]);

    story.ask("premium").is_answered_by("b/y");
    story.comes_to_rest();

    let messages = messages(&story);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["alert"], "degraded");
    assert_eq!(messages[0]["route"], "premium");
    assert_eq!(messages[0]["why"], "Nobody in premium answered (the last: overloaded); budget did.");
}

#[test]
fn a_tier_that_a_callers_own_bounds_leave_out_is_told_to_nobody() {
    let routes = json!({
        "premium": { "fallback": ["a/x"], "degrade_to": "budget" },
        "budget": { "fallback": ["b/y"] },
    });
    let price = |input: u32| json!({ "price": { "input": input, "output": 1 } });
    let models = json!({ "a/x": price(9), "b/y": price(1) });
    let story = told_of_with(&["degraded"], json!({ "routes": routes, "models": models }));

    let mut body = hello("premium");
    body["steadfast"] = json!({ "max_price": { "input": 5, "output": 5 } });
    let answer = story.chat(&body);
    answer.is_answered_by("b/y");
    assert_eq!(answer.header("x-steadfast-degraded"), "premium -> budget (invalid_request)");
    story.comes_to_rest();
    assert!(messages(&story).is_empty());
}

/// Nothing is wrong with the tier.
#[test]
fn a_tier_that_a_prompt_is_too_long_for_is_told_to_nobody() {
    let routes = json!({
        "premium": { "fallback": ["a/x"], "degrade_to": "budget" },
        "budget": { "fallback": ["b/y"] },
    });
    let models = json!({ "a/x": { "context": 1000 }, "b/y": { "context": 2000 } });
    let story = told_of_with(&["degraded"], json!({ "routes": routes, "models": models }));
    story.script("a/x", [Behaviour::status(400).code("context_length_exceeded")]);
    let answer = story.ask("premium");
    answer.is_answered_by("b/y");
    assert_eq!(answer.header("x-steadfast-degraded"), "premium -> budget (context_length)");
    story.comes_to_rest();
    assert!(messages(&story).is_empty());
}

/// The one that is left out comes last, and says why nobody answered.
#[test]
fn a_tier_of_which_a_callers_bounds_leave_out_a_part_and_the_rest_is_down_is_told() {
    let routes = json!({
        "premium": { "fallback": ["a/x", "c/z"], "degrade_to": "budget" },
        "budget": { "fallback": ["b/y"] },
    });
    let price = |input: u32| json!({ "price": { "input": input, "output": 1 } });
    let models = json!({ "a/x": price(1), "c/z": price(9), "b/y": price(1) });
    let story = told_of_with(&["degraded"], json!({ "routes": routes, "models": models }));
    story.script("a/x", [Behaviour::status(429).header("retry-after", "60")]);
    story.ask("a/x");

    let mut body = hello("premium");
    body["steadfast"] = json!({ "max_price": { "input": 5, "output": 5 } });
    story.chat(&body).is_answered_by("b/y");
    story.comes_to_rest();
    assert_eq!(story.host.attempts_on("a/x").len(), 1, "it rests");
    assert_eq!(messages(&story).len(), 1);
}

#[test]
fn a_tier_that_is_degraded_twice_is_told_with_the_name_of_the_one_that_answered() {
    let routes = json!({
        "premium": { "fallback": ["a/x"], "degrade_to": "standard" },
        "standard": { "fallback": ["b/y"], "degrade_to": "budget" },
        "budget": { "fallback": ["c/z"] },
    });
    let story = told_of_with(&["degraded"], json!({ "routes": routes }));
    story.script("a/x", [Behaviour::status(503)]).script("b/y", [Behaviour::status(504)]);

    story.ask("premium").is_answered_by("c/z");
    story.comes_to_rest();

    let messages = messages(&story);
    let whys: Vec<_> = messages.iter().map(|message| message["why"].as_str().unwrap()).collect();
    assert_eq!(
        whys,
        [
            "Nobody in standard answered (the last: server); budget did.",
            "Nobody in premium answered (the last: overloaded); budget did.",
        ]
    );
}

#[test]
fn a_breaker_is_told_when_it_opens_and_when_it_closes() {
    let settings = json!({ "breaker": { "failures": 3 } });
    let story = told_of_with(&["breaker_open", "breaker_closed"], settings);
    story.script("a/x", [Behaviour::status(503)]);
    for _ in 0..5 {
        story.ask("chain").is_answered_by("b/y");
    }
    story.script("a/x", [Behaviour::answers("Hello from a/x.")]);
    story.pass(60_000);
    story.ask("chain").is_answered_by("a/x");
    story.comes_to_rest();

    let told: Vec<_> =
        messages(&story).iter().map(|told| (told["alert"].clone(), told["model"].clone())).collect();
    assert_eq!(told, [(json!("breaker_open"), json!("a/x")), (json!("breaker_closed"), json!("a/x"))]);
    assert!(messages(&story)[0]["why"].as_str().unwrap().contains("overloaded"));
    assert_eq!(logged(&story).len(), 2);
}

#[test]
fn too_many_failed_requests_are_told() {
    let story = told_of(&["error_rate"]);
    story.script("a/x", [Behaviour::status(400)]);
    for _ in 0..10 {
        assert_eq!(story.ask("a/x").status, 400);
    }
    story.script("a/x", [Behaviour::status(503)]);
    assert_eq!(story.ask("a/x").status, 502, "one of eleven is no tenth");
    story.comes_to_rest();
    assert_eq!(messages(&story).len(), 0, "a request that was wrong is nobody's failure");

    assert_eq!(story.ask("a/x").status, 502);
    story.comes_to_rest();
    let messages = messages(&story);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["alert"], "error_rate");
    assert_eq!(messages[0]["why"], "2 of 12 requests of the last minute failed.");
}

#[test]
fn a_caller_who_leaves_counts_neither_way() {
    let story = told_of(&["error_rate"]);
    story.script("a/x", [Behaviour::never_answers()]);
    for _ in 0..20 {
        story.chat_and_leave_after(10, &hello("a/x"));
    }
    story.comes_to_rest();
    assert_eq!(messages(&story).len(), 0);
}

#[test]
fn a_stream_that_breaks_off_is_a_failed_request() {
    let story = told_of(&["error_rate"]);
    story.script("a/x", [Behaviour::cuts_after(4)]);
    for _ in 0..10 {
        assert_eq!(story.stream("a/x").error()["code"], "stream_broken");
    }
    story.comes_to_rest();
    assert_eq!(messages(&story)[0]["why"], "10 of 10 requests of the last minute failed.");
}

#[test]
fn spending_is_told_at_each_further_step() {
    let price = json!({ "models": { "a/x": { "price": { "input": 0, "output": 100_000 } } } });
    let story = told_of_with(&["spend"], price);
    story.script("a/x", [Behaviour::answers("Hello from a/x.").costing(0, 60)]);
    story.ask("a/x");
    story.comes_to_rest();
    assert_eq!(messages(&story).len(), 0, "6 USD");

    story.stream("a/x");
    story.comes_to_rest();
    let messages = messages(&story);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["alert"], "spend");
    assert_eq!(messages[0]["why"], "This isolate has spent 12.00 USD since it began.");
}

#[test]
fn without_any_webhook_the_log_is_told_all_the_same() {
    let story = story();
    story.script("a/x", [Behaviour::status(403)]);
    story.ask("chain");
    story.comes_to_rest();
    assert_eq!(logged(&story).len(), 1);
    assert_eq!(story.tried(), ["a/x", "b/y"]);
}

#[test]
fn a_webhook_hears_only_of_what_it_asked_for() {
    let story = told_of(&["spend"]);
    story.script("a/x", [Behaviour::status(401)]);
    story.ask("chain");
    story.comes_to_rest();
    assert_eq!(messages(&story).len(), 0);
    assert_eq!(logged(&story).len(), 1);
}

// What is never said.

#[test]
fn no_prompt_no_answer_no_key_and_no_address_is_in_an_alert() {
    let story = told_of(&["key_refused", "breaker_open", "error_rate"]);
    let echo = "Incorrect API key provided: sk-first-key-of-a. You said: is my secret safe?";
    story.script("a/x", [Behaviour::status(401).saying(echo)]);
    story.script("b/y", [Behaviour::status(500).saying(echo)]);
    story.script("c/z", [Behaviour::status(500).saying(echo)]);
    story.script(HOOK, [Behaviour::status(500)]);
    let mut body = hello("chain");
    body["messages"][0]["content"] = json!("Is my secret safe?");
    for _ in 0..12 {
        story.chat(&body);
    }
    story.comes_to_rest();

    let said: Vec<String> = posts(&story).iter().map(|post| post.json().to_string()).collect();
    assert!(said.len() > 3);
    assert!(!undelivered(&story).is_empty());
    for text in said.into_iter().chain(story.warnings()) {
        for secret in ["secret safe", "Incorrect", "sk-", "path-like-a-key", "hooks.test"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn a_name_that_a_caller_made_up_calls_no_channel() {
    let story = told_of(&["key_refused"]);
    let model = format!("a/<!channel>{}", "x".repeat(200));
    story.script(&model, [Behaviour::status(401)]);
    story.ask(&model);
    story.comes_to_rest();
    let text = messages(&story)[0]["text"].to_string();
    assert!(text.contains("a/&lt;!channel&gt;x"));
}

// How often.

#[test]
fn the_same_alert_is_told_once_in_its_cooldown_and_then_says_how_many_there_were() {
    let settings = json!({
        "routes": {
            "premium": { "fallback": ["a/x"], "degrade_to": "budget" },
            "standard": { "fallback": ["a/x"], "degrade_to": "budget" },
            "budget": { "fallback": ["b/y"] },
        },
        "breaker": false,
    });
    let story = told_of_with(&["degraded"], settings);
    story.script("a/x", [Behaviour::status(503)]);
    for _ in 0..4 {
        story.ask("premium");
        story.pass(10_000);
    }
    assert_eq!(messages(&story).len(), 1);
    assert_eq!(logged(&story).len(), 1, "the log's own cooldown is a minute");

    story.ask("standard");
    story.comes_to_rest();
    assert_eq!(messages(&story).len(), 2, "another route is another matter");

    story.pass(300_000);
    story.ask("premium");
    story.comes_to_rest();
    let messages = messages(&story);
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[2]["count"], 3);
    assert!(messages[2]["text"].as_str().unwrap().ends_with(" 3 more like this since the last message."));
    assert_eq!(logged(&story).len(), 3);
}

#[test]
fn a_hundred_callers_at_once_make_one_alert() {
    let story = told_of(&["key_refused"]);
    story.script("a/x", [Behaviour::status(401).after(50)]);
    let answers = story.chat_all(&vec![hello("chain"); 100]);
    assert!(answers.iter().all(|answer| answer.status == 200));
    story.comes_to_rest();
    assert_eq!(messages(&story).len(), 1);
    assert_eq!(logged(&story).len(), 1);
}

// When, and at whose cost.

#[test]
fn nobody_waits_for_a_webhook_and_it_is_called_after_the_answer() {
    for body in [hello("chain"), hello_streamed("chain")] {
        let story = told_of(&["key_refused"]);
        story.script("a/x", [Behaviour::status(401)]);
        story.script("b/y", [Behaviour::answers("Hello from b/y.").after(700).every(40)]);
        story.script(HOOK, [Behaviour::never_answers()]);

        let answer = story.chat(&body);

        answer.is_answered_by("b/y");
        assert_eq!(answer.ended_at, 780);
        assert_eq!(logged(&story).len(), 1, "the log knows at once");
        assert_eq!(messages(&story).len(), 0);
        story.comes_to_rest();
        assert_eq!(posts(&story)[0].started_at, 780);
    }
}

#[test]
fn the_alert_of_a_caller_who_left_is_told_too() {
    let story = told_of(&["key_refused"]);
    story.script("a/x", [Behaviour::status(401)]);
    story.script("b/y", [Behaviour::never_answers()]);
    story.chat_and_leave_after(2_000, &hello("chain"));
    story.comes_to_rest();
    assert_eq!(posts(&story)[0].started_at, 2_000);
}

#[test]
fn what_may_be_mended_soon_is_tried_three_times_within_25_seconds() {
    let failures = [
        ("it answered 500", Behaviour::status(500)),
        ("it answered 429", Behaviour::status(429)),
        ("it could not be reached", Behaviour::refuses()),
        ("no answer within 5000 ms", Behaviour::never_answers()),
    ];
    for (why, failure) in failures {
        for seed in 1..20 {
            let alerts = json!([{ "on": ["key_refused"], "webhook": "HOOK_URL" }]);
            let story = seeded_story_with(seed, json!({ "alerts": alerts }));
            story.script("a/x", [Behaviour::status(401)]);
            story.script(HOOK, [failure.clone()]);
            story.ask("chain").is_answered_by("b/y");
            story.comes_to_rest();

            let posts = posts(&story);
            let (times, ends): (Vec<Millis>, Vec<Millis>) =
                posts.iter().map(|post| (post.started_at, post.ended_at.unwrap())).unzip();
            assert_eq!(times.len(), 3, "{why}");
            assert!((1_000..2_000).contains(&(times[1] - ends[0])), "{why}: {times:?}");
            assert!((2_000..4_000).contains(&(times[2] - ends[1])), "{why}: {times:?}");
            assert!(story.now() <= 25_000);
            let told = undelivered(&story);
            assert_eq!(told.len(), 1);
            assert_eq!(told[0]["undelivered"], "key_refused");
            assert_eq!(told[0]["webhook"], "HOOK_URL");
            assert_eq!(told[0]["tries"], 3);
            assert_eq!(told[0]["why"], why);
        }
    }
}

#[test]
fn a_try_that_succeeds_is_the_last_one() {
    let story = told_of(&["key_refused"]);
    story.script("a/x", [Behaviour::status(401)]);
    story.script(HOOK, [Behaviour::resets(), Behaviour::sends(["ok"])]);
    story.ask("chain").is_answered_by("b/y");
    story.comes_to_rest();
    assert_eq!(messages(&story).len(), 2);
    assert_eq!(messages(&story)[0], messages(&story)[1]);
    assert_eq!(undelivered(&story).len(), 0);
}

#[test]
fn a_webhook_that_refuses_for_good_is_not_called_again() {
    for status in [302, 400, 403, 404, 410] {
        let story = told_of(&["key_refused"]);
        story.script("a/x", [Behaviour::status(401)]);
        story.script(HOOK, [Behaviour::status(status)]);
        story.ask("chain").is_answered_by("b/y");
        story.comes_to_rest();
        assert_eq!(messages(&story).len(), 1);
        assert_eq!(undelivered(&story)[0]["why"], format!("it answered {status}"));
    }
}

#[test]
fn an_address_that_is_unset_or_none_is_said_once_in_the_log_and_disturbs_nobody() {
    let secrets =
        [("NO_SUCH_URL", "the secret is not set"), ("ODD_URL", "the secret holds no http or https address")];
    for (webhook, why) in secrets {
        let alerts = json!([{ "on": ["degraded"], "webhook": webhook, "cooldown_s": 0 }]);
        let routes = json!({
            "premium": { "fallback": ["a/x"], "degrade_to": "budget" },
            "budget": { "fallback": ["b/y"] },
        });
        let story = story_with(json!({ "alerts": alerts, "routes": routes }));
        story.script("a/x", [Behaviour::status(503)]);
        for _ in 0..3 {
            story.ask("premium").is_answered_by("b/y");
        }
        story.comes_to_rest();
        let told = undelivered(&story);
        assert_eq!(told.len(), 1);
        assert_eq!((&told[0]["webhook"], &told[0]["why"]), (&json!(webhook), &json!(why)));
        assert!(!story.log().contains("path-like-a-key"));
        assert!(story.attempts().iter().all(|attempt| ["a", "b"].contains(&attempt.provider.as_str())));
    }
}

#[test]
fn two_webhooks_are_told_side_by_side() {
    let both = json!([
        { "on": ["key_refused"], "webhook": "HOOK_URL" },
        { "on": ["key_refused", "degraded"], "webhook": "HOOK_URL" },
    ]);
    let story = story_with(json!({ "alerts": both }));
    story.script("a/x", [Behaviour::status(401)]);
    story.script(HOOK, [Behaviour::never_answers(), Behaviour::sends(["ok"])]);
    story.ask("chain").is_answered_by("b/y");
    story.comes_to_rest();
    let times: Vec<Millis> = posts(&story).iter().map(|post| post.started_at).collect();
    assert_eq!(times[..2], [0, 0], "one that is silent does not hold up the other");
    assert_eq!(times.len(), 3);
}

/// A host that goes away after so many milliseconds, with everything that ran beside the answer: what a
/// platform does when the caller has left.
struct Leaving {
    host: SimHost,
    after: Millis,
}

impl Host for Leaving {
    fn fetch(&self, request: UpstreamRequest) -> LocalBoxFuture<'static, Result<UpstreamResponse, String>> {
        self.host.fetch(request)
    }

    fn sleep(&self, milliseconds: Millis) -> LocalBoxFuture<'static, ()> {
        self.host.sleep(milliseconds)
    }

    fn now(&self) -> Millis {
        self.host.now()
    }

    fn unix_now(&self) -> Millis {
        self.host.unix_now()
    }

    fn random(&self) -> u64 {
        self.host.random()
    }

    fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        if self.after > 0 {
            let gone = self.host.sleep(self.after);
            self.host.spawn(Box::pin(async move {
                futures::future::select(future, gone).await;
            }));
        }
    }

    fn log(&self, level: Level, line: &str) {
        self.host.log(level, line);
    }
}

#[test]
fn an_alert_that_went_down_with_its_request_is_taken_along_by_the_next_one() {
    for after in [0, 300] {
        let story = told_of(&["key_refused"]);
        story.script("a/x", [Behaviour::status(401)]);
        story.script(HOOK, [Behaviour::sends(["ok"]).after(600)]);
        let leaving = Rc::new(Leaving { host: story.host.clone(), after });
        let body = hello("chain").to_string();
        let answer = exchange(&story.gateway, leaving, "POST", "/v1/chat/completions", body);
        story.world().run(answer).unwrap().is_answered_by("b/y");
        story.comes_to_rest();
        assert!(posts(&story).iter().all(|post| post.outcome == Some(Outcome::Cancelled)));

        story.pass(1_000);
        story.ask("chain").is_answered_by("b/y");
        story.comes_to_rest();
        assert_eq!(posts(&story).last().unwrap().outcome, Some(Outcome::Finished));
        assert_eq!(messages(&story).len(), if after == 0 { 1 } else { 2 });
        assert_eq!(undelivered(&story).len(), 0);
    }
}
