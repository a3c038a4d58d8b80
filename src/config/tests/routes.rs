//! Routes, their paths and settings, and their mistakes.

use super::*;

#[test]
fn a_path_is_the_place_in_the_configuration() {
    let plan = plan(
        r#"{"routes": {
            "mixed": {"fallback": [
                {"race": ["openai/x", "qwen/y"], "stagger_ms": 5},
                {"model": "zhipu/z", "params": {"temperature": 0, "stop": [ "a" ]},
                 "timeouts": {"first_token_ms": 30000}, "on": ["network"]},
                "small"
            ], "hedge_ms": "p95"},
            "small": {"balance": ["openai/x", {"model": "qwen/y", "weight": 3}]}
        }}"#,
    );
    let mixed = route(&plan, "mixed");
    assert_eq!(mixed.path, "mixed");
    assert!(matches!(mixed.kind, Kind::Fallback { hedge: Some(Hedge::P95), .. }));
    let steps = inside(&mixed);
    assert_eq!(steps[0].path, "mixed.fallback[0]");
    assert!(matches!(steps[0].kind, Kind::Race { stagger: 5, .. }));
    assert_eq!(inside(&steps[0])[1].path, "mixed.fallback[0].race[1]");
    let z = target(&steps[1]);
    assert_eq!(steps[1].path, "mixed.fallback[1]");
    assert_eq!(z.params, [("temperature".into(), "0".into()), ("stop".into(), r#"[ "a" ]"#.into())]);
    assert_eq!(z.timeouts.first_token, 30_000);
    assert_eq!(z.timeouts.headers, Timeouts::REASONING.headers);
    assert!(z.on.contains(Class::Network) && !z.on.contains(Class::Server));
    assert_eq!(steps[2].path, "small");
    assert!(Rc::ptr_eq(&steps[2], &route(&plan, "small")));
    assert!(matches!(&steps[2].kind, Kind::Balance { weights, .. } if *weights == [1.0, 3.0]));
}

#[test]
fn a_balance_goes_by_weight_or_by_latency() {
    let by = |said: &str| {
        let plan = plan(&format!(r#"{{"routes": {{"r": {{"balance": ["openai/x", "qwen/y"]{said}}}}}}}"#));
        match route(&plan, "r").kind {
            Kind::Balance { by, .. } => by,
            _ => panic!("a balance"),
        }
    };
    assert_eq!(by(""), Spread::Weight);
    assert_eq!(by(r#", "by": "weight""#), Spread::Weight);
    assert_eq!(by(r#", "by": "latency""#), Spread::Latency);
    assert_eq!(
        errors(
            r#"{"routes": {"r": {"balance": ["openai/x"], "by": "latencies"}, "s": {"race": ["openai/x"], "by": "latency"}}}"#
        ),
        [
            r#"routes.r.by: found "latencies", expected "weight" or "latency"; did you mean `latency`?"#,
            "routes.s.by: found an unknown field, expected one of race, stagger_ms, degrade_to, on, timeouts, weight",
        ]
    );
}

#[test]
fn a_deadline_is_for_whole_requests() {
    assert_eq!(plan(r#"{"timeouts": {"deadline_ms": 5}}"#).timeouts.deadline, Some(5));
    let why = "found a deadline, expected none here, because it bounds a whole request: set it in the `timeouts` \
        at the top, or let the request say `steadfast.timeouts`";
    assert_eq!(
        errors(
            r#"{"routes": {"r": {"race": [{"model": "openai/x", "timeouts": {"deadline_ms": 5}}], "timeouts": {"deadline_ms": 0}}}}"#
        ),
        [
            format!("routes.r.timeouts.deadline_ms: {why}"),
            format!("routes.r.race[0].timeouts.deadline_ms: {why}"),
        ]
    );
}

#[test]
fn the_nearest_word_about_a_clock_counts() {
    let plan = plan(
        r#"{"timeouts": {"idle_ms": 1, "attempt_ms": 2, "headers_ms": 3},
            "on": ["network"],
            "routes": {"r": {"fallback": [
                {"race": [{"model": "openai/gpt-5.4-mini", "timeouts": {"idle_ms": 7}}, "budget"],
                 "timeouts": {"attempt_ms": 8}}
            ], "timeouts": {"idle_ms": 4, "attempt_ms": 5}, "on": ["timeout"]}}}"#,
    );
    let race = inside(&inside(&route(&plan, "r"))[0]);
    let mini = target(&race[0]);
    assert_eq!(mini.timeouts, Timeouts { idle: 7, attempt: 8, headers: 3, ..Timeouts::STANDARD });
    assert!(mini.on.contains(Class::Timeout) && !mini.on.contains(Class::Network));
    let elsewhere = target(&inside(&race[1])[0]);
    assert_eq!((elsewhere.timeouts.idle, elsewhere.timeouts.attempt), (1, 2), "keeps its own");
    assert!(elsewhere.on.contains(Class::Network));
    assert_eq!(plan.target("openai/new").unwrap().timeouts.first_token, 120_000);
    assert_eq!(plan.target("openai/new").unwrap().timeouts.idle, 1);
}

#[test]
fn a_star_is_every_model_once() {
    let plan = plan(
        r#"{"providers": {"groq": {}, "lab": {"dialect": "openai", "base_url": "http://lab"}},
            "models": {"lab/llama": {}},
            "routes": {"best": {"auto": ["*", {"model": "openai/gpt-5.4-mini", "params": {"n": 1}}],
                                "weigh": {"price": 1}}}}"#,
    );
    let best = route(&plan, "best");
    let ids: Vec<_> = inside(&best).iter().map(|node| target(node).id.clone()).collect();
    assert!(ids.contains(&"lab/llama".to_owned()));
    assert!(ids.contains(&"groq/openai/gpt-oss-20b".to_owned()));
    assert_eq!(ids.iter().filter(|id| *id == "openai/gpt-5.4-mini").count(), 1);
    let Kind::Auto { weigh, .. } = &best.kind else {
        panic!("an auto");
    };
    assert_eq!(*weigh, Weigh { price: 1.0, latency: 0.0, success: 0.0 });
    let Kind::Auto { weigh, .. } = &route(&plan, "auto").kind else {
        panic!("an auto");
    };
    assert_eq!(*weigh, Weigh { price: 0.5, latency: 0.3, success: 0.2 });
    let star = errors(r#"{"routes": {"r": {"race": ["*"]}}}"#);
    assert_eq!(star, ["routes.r.race[0]: found `*`, expected a model or a route; `*` is for `auto`"]);
}

#[test]
fn cycles_are_found_wherever_they_run() {
    assert_eq!(
        errors(r#"{"routes": {"a": {"fallback": ["b"]}, "b": {"race": [{"balance": ["a"]}]}}}"#),
        ["routes.b.race[0].balance[0]: found a -> b -> a, expected no route that leads back to itself"]
    );
    assert_eq!(
        errors(r#"{"routes": {"a": {"fallback": ["openai/x"], "degrade_to": "a"}}}"#),
        ["routes.a.degrade_to: found a -> a, expected no route that leads back to itself"]
    );
    let line = &errors(r#"{"routes": {"standard": {"fallback": ["openai/x"], "degrade_to": "premium"}}}"#)[0];
    assert!(line.contains("standard -> premium -> standard"), "{line}");
    assert!(line.contains("`premium` is built in"), "{line}");
}

#[test]
fn strategies_go_sixteen_deep_and_no_further() {
    let chain = |length: usize| {
        let routes: Vec<_> =
            (1..length).map(|at| format!(r#""r{at}": {{"fallback": ["r{}"]}}"#, at - 1)).collect();
        format!(r#"{{"routes": {{"r0": {{"fallback": ["openai/x"]}}, {}}}}}"#, routes.join(", "))
    };
    assert_eq!(errors(&chain(16)), [""; 0]);
    assert_eq!(errors(&chain(17)).len(), 1);
    assert_eq!(errors(&chain(1000)).len(), 58, "one for each seventeenth");
    let nested = |depth: usize| {
        let open = r#"{"fallback": ["#.repeat(depth);
        format!(r#"{{"routes": {{"r": {open}"openai/x"{}}}}}"#, "]}".repeat(depth))
    };
    assert_eq!(errors(&nested(16)), [""; 0]);
    assert_eq!(errors(&nested(17)).len(), 1);
    assert_eq!(errors(&nested(100_000)).len(), 2, "to read, and to carry out");
    assert_eq!(errors(&"[".repeat(1_000_000)).len(), 1);
}

#[test]
fn a_strategy_is_exactly_one_thing() {
    assert_eq!(
        errors(
            r#"{"routes": {
                "a": {"falback": ["openai/x"]},
                "b": {"race": ["openai/x"], "auto": ["*"]},
                "c": {"race": []},
                "d": {"race": ["openai/x"], "hedge_ms": 5},
                "e": "openai/x",
                "f": {"race": [{"model": "openai/x", "weight": 2}]},
                "g": {"balance": [{"model": "openai/x", "weight": 0}]},
                "h": {"auto": ["*"], "weigh": {}},
                "i": {"fallback": [{"model": "budget"}]},
                "j": {"fallback": ["openai/x"], "hedge_ms": 0},
                "k/l": {"fallback": ["openai/x"]}
            }}"#
        ),
        [
            "routes[\"k/l\"]: found \"k/l\", expected a route's name, without `/` (that is a model's), without white space, and not `*`",
            "routes.a: found an object with none of them, expected an object with exactly one of fallback, race, balance and auto; did you mean `fallback`?",
            "routes.b: found race and auto, expected an object with exactly one of fallback, race, balance and auto",
            "routes.c.race: found an empty list, expected at least one element",
            "routes.d.hedge_ms: found an unknown field, expected one of race, stagger_ms, degrade_to, on, timeouts, weight",
            "routes.e: found a text, expected an object with exactly one of fallback, race, balance and auto",
            "routes.j.hedge_ms: found 0, expected milliseconds from 1 to 2147483647, or \"p95\"; leave it out for no hedge",
            "routes.f.race[0].weight: found a weight, expected none outside of `balance`",
            "routes.g.balance[0].weight: found 0, expected a number above 0",
            "routes.h.weigh: found nothing above 0, expected price, latency or success above 0",
            "routes.i.fallback[0].model: found \"budget\", a route, expected a model; a route stands by its name alone",
        ]
    );
}

#[test]
fn names_that_lead_nowhere_come_with_the_nearest() {
    assert_eq!(
        errors(
            r#"{"routes": {"r": {"fallback": ["standrad", "opnai/gpt-5", "gpt-5.4-mni", "nothing-like-it", "openai/"],
                                 "degrade_to": "budgt", "on": ["timeut", "cancelled"]}}}"#
        ),
        [
            "routes.r.on[0]: found \"timeut\", expected \"network\", \"timeout\", \"rate_limit\", \"quota\", \"overloaded\", \"server\", \"auth\", \"not_found\", \"context_length\", \"content_filter\", \"refusal\", \"empty\", \"bad_output\" or \"cut\"; did you mean `timeout`?",
            "routes.r.on[1]: found \"cancelled\", expected \"network\", \"timeout\", \"rate_limit\", \"quota\", \"overloaded\", \"server\", \"auth\", \"not_found\", \"context_length\", \"content_filter\", \"refusal\", \"empty\", \"bad_output\" or \"cut\"",
            "routes.r.fallback[0]: found \"standrad\", expected a route or `provider/model`; did you mean `standard`?",
            "routes.r.fallback[1]: found the unknown provider \"opnai\", expected a provider that is built in or in `providers`; did you mean `openai/gpt-5`?",
            "routes.r.fallback[2]: found \"gpt-5.4-mni\", expected a route or `provider/model`; did you mean `gpt-5.4-mini`?",
            "routes.r.fallback[3]: found \"nothing-like-it\", expected a route or `provider/model`",
            "routes.r.fallback[4]: found \"openai/\", expected a model after the slash",
            "routes.r.degrade_to: found \"budgt\", expected the name of a route; did you mean `budget`?",
        ]
    );
}

#[test]
fn a_bare_model_in_a_route_must_be_one() {
    let one = plan(r#"{"routes": {"r": {"fallback": ["gpt-5.4-mini"]}}}"#);
    assert_eq!(target(&inside(&route(&one, "r"))[0]).id, "openai/gpt-5.4-mini");
    let two = r#"{"providers": {"a": {"dialect": "openai", "base_url": "http://a"}, "b": {"dialect": "openai", "base_url": "http://b"}},
                  "models": {"a/m": {}, "b/m": {}}, "routes": {"r": {"fallback": ["m"]}}}"#;
    assert_eq!(
        errors(two),
        ["routes.r.fallback[0]: found \"m\", which several providers have, expected one of a/m, b/m"]
    );
    // The configuration's own entry decides.
    let own = plan(
        r#"{"providers": {"a": {"dialect": "openai", "base_url": "http://a"}},
            "models": {"a/gpt-5.4-mini": {}}, "routes": {"r": {"fallback": ["gpt-5.4-mini"]}}}"#,
    );
    assert_eq!(target(&inside(&route(&own, "r"))[0]).id, "a/gpt-5.4-mini");
}
