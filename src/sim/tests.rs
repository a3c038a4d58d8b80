//! A scripted provider and its host, seen from the side of the core.

use bytes::Bytes;
use futures::FutureExt;
use serde_json::Value;

use super::{Behaviour, Delay, Outcome, SimHost, Stuck, base_url};
use crate::host::{Headers, Host, Millis, UpstreamRequest};

fn ask(target: &str, stream: bool) -> UpstreamRequest {
    let (provider, model) = target.split_once('/').unwrap();
    let body = format!(
        r#"{{"model":"{model}","stream":{stream},"stream_options":{{"include_usage":true}},"messages":[{{"role":"user","content":"Hello?"}}]}}"#
    );
    UpstreamRequest {
        url: format!("{}/chat/completions", base_url(provider)),
        headers: Headers::from_iter([("authorization", "Bearer sk-test"), ("x-team", "blue")]),
        body: vec![body.into()],
    }
}

/// When each piece came, and what it was.
type Arrivals = Vec<(Millis, String)>;

/// Everything one attempt brings.
fn read(
    host: &SimHost,
    target: &str,
    stream: bool,
    at_least: usize,
) -> (Result<u16, String>, Arrivals, Option<String>) {
    host.world()
        .run(async {
            let mut response = match host.fetch(ask(target, stream)).await {
                Ok(response) => response,
                Err(words) => return (Err(words), Vec::new(), None),
            };
            let mut arrivals = Vec::new();
            let failure = loop {
                match response.body.read(at_least).await {
                    Ok(Some(piece)) => {
                        arrivals.push((host.now(), String::from_utf8_lossy(&piece).into_owned()))
                    }
                    Ok(None) => break None,
                    Err(words) => break Some(words),
                }
            };
            (Ok(response.status), arrivals, failure)
        })
        .unwrap()
}

#[test]
fn a_stream_is_written_as_openai_writes_it_and_takes_its_time() {
    let host = SimHost::seeded(1);
    let story = Behaviour::answers("Hello there").after(300).first_token_after(200).every(50);
    host.script("a/x", [story]);
    let (status, arrivals, failure) = read(&host, "a/x", true, 1);
    assert_eq!((status, failure), (Ok(200), None));
    let times: Vec<_> = arrivals.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [300, 500, 550, 550, 550, 550]);

    let events: Vec<&str> = arrivals.iter().map(|(_, event)| event.as_str()).collect();
    let json = |event: &str| -> Value {
        serde_json::from_str(event.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap()).unwrap()
    };
    assert_eq!(json(events[0])["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(json(events[1])["choices"][0]["delta"]["content"], "Hello ");
    assert_eq!(json(events[2])["choices"][0]["delta"]["content"], "there");
    assert_eq!(json(events[3])["choices"][0]["finish_reason"], "stop");
    assert_eq!(json(events[4])["usage"]["completion_tokens"], 2);
    assert_eq!(json(events[4])["created"], 1_767_225_600);
    assert_eq!(events[5], "data: [DONE]\n\n");
}

#[test]
fn the_same_story_is_one_body_when_no_stream_was_asked_for() {
    let host = SimHost::seeded(1);
    let story =
        Behaviour::answers("Hello there").thinking("hm so").after(300).first_token_after(200).every(50);
    host.script("a/x", [story]);
    let (status, arrivals, _) = read(&host, "a/x", false, 1);
    assert_eq!(status, Ok(200));
    assert_eq!(arrivals.len(), 1);
    assert_eq!(arrivals[0].0, 300 + 200 + 3 * 50);
    let body: Value = serde_json::from_str(&arrivals[0].1).unwrap();
    assert_eq!(body["choices"][0]["message"]["content"], "Hello there");
    assert_eq!(body["choices"][0]["message"]["reasoning_content"], "hm so");
    assert_eq!(body["usage"]["completion_tokens"], 4);
}

#[test]
fn a_tool_call_is_folded_too() {
    let host = SimHost::seeded(1);
    host.script("a/x", [Behaviour::calls("weather", r#"{"city":"Paris"}"#)]);
    let (_, arrivals, _) = read(&host, "a/x", false, 1);
    let body: Value = serde_json::from_str(&arrivals[0].1).unwrap();
    let call = &body["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(call["name"], "weather");
    assert_eq!(call["arguments"], r#"{"city":"Paris"}"#);
    assert_eq!(body["choices"][0]["message"]["content"], Value::Null);
    assert_eq!(body["choices"][0]["finish_reason"], "tool_calls");
}

#[test]
fn behaviours_are_used_one_an_attempt_and_the_last_one_stays() {
    let host = SimHost::seeded(1);
    host.script("a/x", [Behaviour::resets().after(20), Behaviour::status(503)]);
    assert_eq!(read(&host, "a/x", true, 1).0, Err("connection reset".to_owned()));
    assert_eq!(read(&host, "a/x", true, 1).0, Ok(503));
    assert_eq!(read(&host, "a/x", true, 1).0, Ok(503));
    assert_eq!(read(&host, "b/y", true, 1).0, Ok(200));
    assert_eq!(host.tried(), ["a/x", "a/x", "a/x", "b/y"]);
    assert_eq!(host.attempts()[0].ended_at, Some(20));
}

#[test]
fn a_cut_breaks_a_stream_after_its_tokens_and_a_body_in_the_middle() {
    let host = SimHost::seeded(1);
    host.script("a/x", [Behaviour::cuts_after(2).every(10)]);
    let (_, arrivals, failure) = read(&host, "a/x", true, 1);
    assert_eq!(arrivals.len(), 3);
    assert_eq!(failure.as_deref(), Some("connection reset"));
    assert_eq!(host.attempts()[0].ended_at, Some(20));
    assert_eq!(host.attempts()[0].outcome, Some(Outcome::Failed("connection reset".to_owned())));

    let (_, arrivals, failure) = read(&host, "a/x", false, 1);
    assert!(serde_json::from_str::<Value>(&arrivals[0].1).is_err());
    assert_eq!(failure.as_deref(), Some("connection reset"));
}

#[test]
fn who_never_answers_and_who_stalls_is_a_deadlock_without_a_clock() {
    let host = SimHost::seeded(1);
    for silent in
        [Behaviour::never_answers(), Behaviour::stalls_after(3), Behaviour::status(500).body_stalls()]
    {
        host.script("a/x", [silent]);
        let stuck = host.world().run(async {
            let mut response = host.fetch(ask("a/x", true)).await?;
            response.body.read_all(100_000).await.map(Option::unwrap_or_default)
        });
        assert!(matches!(stuck, Err(Stuck::Deadlock { .. })));
    }
}

#[test]
fn leaving_is_on_record_with_its_time() {
    let host = SimHost::seeded(1);
    host.script("a/x", [Behaviour::never_answers(), Behaviour::keeps_alive()]);
    let clock = host.world().clock().clone();
    for _ in 0..2 {
        host.world()
            .run(async {
                let attempt = async {
                    let mut response = host.fetch(ask("a/x", true)).await?;
                    response.body.read_all(100_000).await.map(Option::unwrap_or_default)
                };
                let patience = clock.sleep(2_500);
                futures::future::select(attempt.boxed_local(), patience).await;
            })
            .unwrap();
    }
    let attempts = host.attempts();
    assert_eq!(attempts[0].cancelled_at(), Some(2_500));
    assert_eq!(attempts[0].headers_at, None);
    assert_eq!(attempts[1].cancelled_at(), Some(5_000));
    assert_eq!(attempts[1].headers_at, Some(2_500));
    assert_eq!(attempts[1].read, 3 * ": keep-alive\n\n".len());
    assert_eq!(clock.timers(), 0);
}

#[test]
fn a_reader_who_wants_more_is_woken_later_and_loses_nothing() {
    let host = SimHost::seeded(1);
    host.script("a/x", [Behaviour::sends(["ab", "cd", "ef", "g"]).every(10)]);
    let (_, arrivals, _) = read(&host, "a/x", true, 3);
    assert_eq!(arrivals, [(10, "abcd".to_owned()), (30, "efg".to_owned())]);
}

#[test]
fn a_reader_who_gives_up_waiting_loses_nothing() {
    let host = SimHost::seeded(1);
    host.script("a/x", [Behaviour::sends(["ab", "cd"]).every(10)]);
    let clock = host.world().clock().clone();
    let piece = host.world().run(async {
        let mut body = host.fetch(ask("a/x", true)).await.unwrap().body;
        futures::future::select(body.read(4), clock.sleep(5)).await;
        body.read(4).await
    });
    assert_eq!(piece, Ok(Ok(Some(Bytes::from("abcd")))));
}

#[test]
fn a_provider_does_not_wait_for_its_reader() {
    let host = SimHost::seeded(1);
    host.script("a/x", [Behaviour::sends(["a", "b", "c"]).every(10)]);
    host.world()
        .run(async {
            let mut body = host.fetch(ask("a/x", true)).await.unwrap().body;
            host.sleep(100).await;
            while let Ok(Some(_)) = body.read(1).await {}
            assert_eq!(host.now(), 100);
        })
        .unwrap();
}

#[test]
fn pieces_may_fall_anywhere() {
    let host = SimHost::seeded(1);
    let story = Behaviour::answers("Grüße 🌍");
    host.script("a/x", [story.clone(), story.in_pieces_of(1)]);
    // Apart from its id, the answer is the same.
    let text = |arrivals: Arrivals| {
        let whole: String = arrivals.into_iter().map(|(_, piece)| piece).collect();
        whole.len()
    };
    let whole = text(read(&host, "a/x", true, 1).1);
    let (_, arrivals, _) = read(&host, "a/x", true, 1);
    assert_eq!(arrivals.len(), whole);
}

#[test]
fn the_request_is_on_record_as_it_came() {
    let host = SimHost::seeded(1);
    let (_, _, failure) = read(&host, "a/x", false, 1);
    assert_eq!(failure, None);
    let attempt = &host.attempts()[0];
    assert_eq!(attempt.path, "/chat/completions");
    assert_eq!(attempt.header("authorization"), Some("Bearer sk-test"));
    assert_eq!(attempt.header("X-Team"), Some("blue"));
    assert_eq!(attempt.json()["messages"][0]["content"], "Hello?");
    assert_eq!(attempt.outcome, Some(Outcome::Finished));
}

#[test]
fn the_same_seed_gives_the_same_world_whatever_the_core_draws() {
    let story = || {
        let slow = Delay::LogNormal { median: 500, sigma: 1.0 };
        [Behaviour::answers_words(20).taking(slow).paced(slow, slow)]
    };
    let live = |seed, drawn| {
        let host = SimHost::seeded(seed);
        host.script("a/x", story());
        for _ in 0..drawn {
            host.random();
        }
        (0..3).map(|_| read(&host, "a/x", true, 1).1).collect::<Vec<_>>()
    };
    assert_eq!(live(7, 0), live(7, 0));
    assert_eq!(live(7, 0), live(7, 5));
    assert_ne!(live(7, 0), live(8, 0));
}

#[test]
fn the_wall_clock_can_be_moved_and_never_falls_below_zero() {
    let host = SimHost::seeded(1);
    let begun = host.unix_now();
    host.move_wall_clock(-3_600_000);
    assert_eq!(host.unix_now(), begun - 3_600_000);
    host.move_wall_clock(i64::MIN);
    assert_eq!(host.unix_now(), 0);
    assert_eq!(host.now(), 0);
}

#[test]
fn an_unknown_host_is_a_failure_in_words() {
    let host = SimHost::seeded(1);
    let mut request = ask("a/x", false);
    request.url = "https://nowhere.invalid/v1/x".to_owned();
    let failure = host.world().run(host.fetch(request)).unwrap();
    assert!(failure.is_err_and(|words| words.starts_with("no such host")));
}
