//! The laws that are judged when all is over, by what was seen, told and logged.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::answer;
use crate::watch::Watch;
use crate::world::{Form, SECRETS, TIERS};

/// What happened in a world, for the count of worlds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Story {
    pub(crate) fallback: bool,
    pub(crate) race: bool,
    pub(crate) hedge: bool,
    pub(crate) rescue: bool,
    pub(crate) left: bool,
    pub(crate) cooldown: bool,
    pub(crate) probe: bool,
    pub(crate) alert: bool,
    /// A request was after something else than plain text; one had a floor or a cap.
    pub(crate) formed: bool,
    pub(crate) bounded: bool,
    pub(crate) whole: u64,
    pub(crate) marked: u64,
}

pub(crate) fn judge(watch: &Watch) -> Story {
    let mut story = Story::default();
    let mut trails = Vec::new();
    for request in 0..watch.plan.requests.len() {
        let trail = trail(watch, request, &mut story);
        if let Err((law, why)) = answer::judge(watch, request, &trail, &mut story) {
            watch.violates(law, Some(request), &why);
        }
        bounds(watch, request, &trail);
        trails.push(trail);
    }
    retries(watch, &trails);
    probes(watch, &mut story);
    keys(watch);
    story.hedge = watch.plan.hedges_show && watch.seen.borrow().iter().any(|seen| seen.beside > 0);
    story.alert = !watch.posts.borrow().is_empty();
    story.formed = watch.plan.requests.iter().any(|asking| asking.form != Form::Text);
    story.bounded = watch.plan.requests.iter().any(|asking| asking.least.is_some() || asking.most.is_some());
    story.left = watch.told.borrow().iter().any(|told| told.left_at.is_some());
    story
}

/// The trail of the log: complete, in order, and every attempt has an outcome.
fn trail(watch: &Watch, request: usize, story: &mut Story) -> Vec<Value> {
    let log = watch.log.borrow();
    let line = log.iter().find(|(of, _)| *of == request).map_or("", |(_, line)| line);
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    let entries = line["trail"].as_array().cloned().unwrap_or_default();
    story.cooldown |=
        entries.iter().any(|entry| entry["skipped"] == true && entry["retry_after_ms"].is_u64());
    let asked: Vec<Value> = entries.into_iter().filter(|entry| entry["skipped"] != true).collect();
    let seen = watch.of(request);
    let (noted, happened): (Vec<_>, Vec<_>) = (
        asked.iter().map(|entry| entry["model"].as_str().unwrap_or_default()).collect(),
        seen.iter().map(|seen| seen.target.as_str()).collect(),
    );
    let violates = |how: &str| watch.violates("the trail is complete", Some(request), how);
    if noted != happened {
        violates(&format!("it says {noted:?}, and there were {happened:?}"));
    }
    if asked.iter().any(|entry| entry["outcome"] == "pending") {
        violates("an attempt has no outcome");
    }
    let told = &watch.told.borrow()[request];
    for listed in answer::listed(told) {
        if listed != noted {
            violates(&format!("the answer says {listed:?}, and there were {noted:?}"));
        }
    }
    let header = told.headers.find("x-steadfast-trail").unwrap_or_default();
    if header.contains("pending") {
        violates(&format!("the header says {header}"));
    }
    let good = asked.iter().filter(|entry| entry["outcome"] == "ok").count();
    if good > 1 {
        watch.violates("at most one answer", Some(request), &format!("{good} attempts are ok: {asked:?}"));
    }
    let path = |entry: &Value| entry["route"].as_str().unwrap_or_default().to_owned();
    story.fallback |= asked.windows(2).any(|two| {
        path(&two[0]) != path(&two[1])
            && !["ok", "cancelled"].contains(&two[0]["outcome"].as_str().unwrap_or_default())
    });
    story.race |=
        seen.iter().zip(&asked).any(|(seen, entry)| seen.beside > 0 && path(entry).contains(".race["));
    asked
}

/// Neither a tier below the request's floor nor a price above its cap, or an unknown one.
fn bounds(watch: &Watch, request: usize, trail: &[Value]) {
    let asking = &watch.plan.requests[request];
    for entry in trail {
        let tier = entry["route"].as_str().and_then(|path| path.split('.').next());
        let tier = TIERS.iter().position(|name| Some(*name) == tier);
        let price = watch.plan.prices.iter().find(|(name, ..)| entry["model"] == name.as_str());
        let low = asking.least.is_some_and(|least| tier.is_some_and(|tier| tier > least));
        let dear = asking.most.is_some_and(|(input, output)| {
            price.is_none_or(|(_, of_input, of_output)| *of_input > input || *of_output > output)
        });
        if low || dear {
            watch.violates("a floor and a cap are not crossed", Some(request), &entry.to_string());
        }
    }
}

/// One place of the plan, with one key, while the caller waits for one thing, is asked so often at most; and all
/// requests together stay within the budget.
fn retries(watch: &Watch, trails: &[Vec<Value>]) {
    let mut extra = Vec::new();
    for (request, trail) in trails.iter().enumerate() {
        let mut asked: BTreeMap<(usize, String, String), (usize, usize, usize)> = BTreeMap::new();
        let seen = watch.of(request);
        for (seen, entry) in seen.iter().zip(trail) {
            let place = (seen.turn, entry["route"].as_str().unwrap_or_default().to_owned(), seen.key.clone());
            let (times, refused, again) = asked.entry(place).or_default();
            *times += 1;
            let places = places(entry["route"].as_str().unwrap_or_default());
            // A retry may have its prefill refused too: then what follows it is no second retry.
            let is_retry = *times > places + *refused + *again;
            *again += usize::from(is_retry);
            let is_hedge = watch.plan.hedges_show
                && seen.beside > 0
                && !watch.of(request).iter().any(|other| other.ended.get() == Some(seen.started));
            if is_retry || is_hedge {
                extra.push(seen.started);
            }
            *refused += usize::from(seen.refused_prefill);
        }
        for ((_, route, _), (times, refused, _)) in asked {
            let places = places(&route);
            if times > places * (1 + watch.plan.retries) + refused {
                watch.violates("retries are bounded", Some(request), &format!("{times} attempts by {route}"));
            }
        }
    }
    extra.sort_unstable();
    let begun: Vec<u64> = watch.told.borrow().iter().map(|told| told.started).collect();
    for (place, now) in extra.iter().enumerate() {
        let within = extra[..=place].iter().filter(|time| **time + 59_000 > *now).count();
        let load = begun.iter().filter(|time| **time <= *now && **time + 61_000 > *now).count();
        if within as f64 > load as f64 * watch.plan.budget + 10.0 {
            watch.violates(
                "the budget is kept",
                None,
                &format!("{within} extra attempts for {load} requests at {now} ms"),
            );
        }
    }
}

/// Two ways may lead to a lower route: down from the one above it, and by the caller's `models`.
fn places(path: &str) -> usize {
    1 + usize::from(TIERS[1..].iter().any(|tier| path.split('.').next() == Some(tier)))
}

/// While a breaker is half-open, one attempt at a time goes through, but for those that had nobody else to ask. When one of
/// these closes or opens it, the probe that is still under way is none any more.
fn probes(watch: &Watch, story: &mut Story) {
    let Some(max_open) = watch.plan.max_open else { return };
    let log = watch.log.borrow();
    let is_forced = |request: usize, target: &str| {
        let line = log.iter().find(|(of, _)| *of == request).map_or("", |(_, line)| line);
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        let trail = line["trail"].as_array().cloned().unwrap_or_default();
        trail.iter().any(|entry| entry["model"] == target && entry["skipped"] == true)
    };
    let seen = watch.seen.borrow();
    let probes: Vec<_> = seen
        .iter()
        .filter(|seen| seen.breaker == "probing" && !is_forced(seen.request, &seen.target))
        .collect();
    story.probe = !probes.is_empty();
    for (place, probe) in probes.iter().enumerate() {
        let is_superseded = |from: u64| {
            let mut between = seen.iter().filter(|seen| seen.started > from && seen.started < probe.started);
            between.any(|seen| seen.target == probe.target && seen.breaker != "probing")
        };
        let other = probes[..place].iter().find(|other| {
            other.target == probe.target
                && !is_superseded(other.started)
                && other.ended.get().is_none_or(|ended| ended > probe.started)
                && other.started + max_open > probe.started
        });
        if let Some(other) = other {
            let how = format!("{} at {} ms and at {} ms", probe.target, other.started, probe.started);
            watch.violates("one probe at a time", Some(probe.request), &how);
        }
    }
}

/// No key in anything that leaves.
fn keys(watch: &Watch) {
    for (name, key) in SECRETS {
        for (request, told) in watch.told.borrow().iter().enumerate() {
            let headers: String =
                told.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            if headers.contains(key) || String::from_utf8_lossy(&told.raw).contains(key) {
                watch.violates("no key leaves", Some(request), name);
            }
        }
        let all = watch.sim.log_lines();
        if watch.log.borrow().iter().any(|(_, line)| line.contains(key))
            || all.iter().any(|(_, line)| line.contains(key))
        {
            watch.violates("no key leaves", None, &format!("{name}, in the log"));
        }
    }
}
