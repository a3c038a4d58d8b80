//! The laws that are judged when all is over, by what was seen, told and logged.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::watch::{Told, Watch};
use crate::world::SECRETS;

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
    pub(crate) whole: u64,
    pub(crate) marked: u64,
}

pub(crate) fn judge(watch: &Watch) -> Story {
    let mut story = Story::default();
    let mut trails = Vec::new();
    for request in 0..watch.plan.requests.len() {
        let trail = trail(watch, request, &mut story);
        if let Err(why) = answer(watch, request, &trail, &mut story) {
            watch.violates("an answer is whole or marked", Some(request), &why);
        }
        trails.push(trail);
    }
    retries(watch, &trails);
    probes(watch, &trails, &mut story);
    keys(watch);
    story.hedge = watch.plan.hedges_show && watch.seen.borrow().iter().any(|seen| seen.beside > 0);
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

#[derive(Deserialize, Default)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    choices: Vec<Choice<'a>>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(default)]
    steadfast: Option<Value>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow, default)]
    delta: Delta<'a>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
}

/// An answer is whole, and then it is exactly what was meant, or it is marked as an error.
fn answer(watch: &Watch, request: usize, trail: &[Value], story: &mut Story) -> Result<(), String> {
    let told = &watch.told.borrow()[request];
    if told.head_at.is_none() {
        return if told.left_at.is_some() { Ok(()) } else { Err("no answer at all".into()) };
    }
    let meant = &watch.plan.requests[request].text;
    let raw = std::str::from_utf8(&told.raw);
    let raw = match raw {
        Ok(raw) => raw,
        Err(_) if told.left_at.is_some() => return Ok(()),
        Err(error) => return Err(format!("no UTF-8: {error}")),
    };
    let all_empty = !trail.is_empty() && trail.iter().all(|entry| entry["outcome"] == "empty");
    if told.streamed {
        return stream(told, raw, meant, all_empty, story);
    }
    if told.left_at.is_some() && raw.is_empty() {
        return Ok(());
    }
    let body: Value = serde_json::from_str(raw).map_err(|error| format!("{error}: {raw}"))?;
    if told.status == 200 {
        let text = body["choices"][0]["message"]["content"].as_str().unwrap_or_default();
        story.whole += 1;
        if text != meant && !(all_empty && text.is_empty()) {
            return Err(format!("{text:?}, and {meant:?} was meant"));
        }
        return Ok(());
    }
    story.marked += 1;
    if !(400..600).contains(&told.status) || [401, 403].contains(&told.status) {
        return Err(format!("status {}", told.status));
    }
    if body["error"]["message"].as_str().unwrap_or_default().is_empty() {
        return Err(format!("an error without a message: {raw}"));
    }
    let attempts = body["error"]["attempts"]
        .as_array()
        .map_or(0, |all| all.iter().filter(|one| one["skipped"] != true).count());
    if attempts != trail.len() {
        return Err(format!("{attempts} attempts in the error, {} in the trail", trail.len()));
    }
    Ok(())
}

fn stream(told: &Told, raw: &str, meant: &str, all_empty: bool, story: &mut Story) -> Result<(), String> {
    story.rescue |= raw.contains(": steadfast continued by ");
    let (mut inside, mut finishes, mut done, mut error) = (String::new(), 0, false, false);
    for line in raw.split_inclusive('\n') {
        // A caller who left may have been in the middle of a line.
        let Some(data) = line.strip_suffix('\n').and_then(|line| line.strip_prefix("data: ")) else {
            continue;
        };
        if done || error {
            return Err(format!("something comes after the end: {data}"));
        }
        if data == "[DONE]" {
            done = true;
            continue;
        }
        let chunk: Chunk<'_> = serde_json::from_str(data).map_err(|error| format!("{error}: {data}"))?;
        error = chunk.error.is_some();
        if chunk.steadfast.is_some_and(|own| own["restart"] == true) {
            inside.clear();
            finishes = 0;
        }
        for choice in chunk.choices {
            let content = choice.delta.content.map_or("", RawValue::get);
            inside.push_str(
                content.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default(),
            );
            finishes += usize::from(choice.finish_reason.is_some());
        }
    }
    let read = |inside: &str| serde_json::from_str::<String>(&format!("\"{inside}\"")).ok();
    // Whoever gets no more may have got half a surrogate pair last.
    let half = inside.len().checked_sub(6).and_then(|end| inside.get(..end)).and_then(read);
    let text = match (read(&inside), half) {
        (Some(text), _) => text,
        (None, Some(text)) if !done => text,
        _ => return Err(format!("the text cannot be read: {inside}")),
    };
    if finishes > 1 {
        return Err(format!("{finishes} finish reasons"));
    }
    if !meant.starts_with(&text) {
        return Err(format!("{text:?} is no beginning of {meant:?}"));
    }
    match (done, error) {
        (true, _) => {
            story.whole += 1;
            if finishes != 1 && !(all_empty && text.is_empty()) {
                return Err("no finish reason".into());
            }
            if text != meant && !(all_empty && text.is_empty()) {
                return Err(format!("{text:?}, and {meant:?} was meant"));
            }
        }
        (false, true) => story.marked += 1,
        (false, false) if told.left_at.is_some() => {}
        (false, false) => return Err(format!("it just ends: {raw}")),
    }
    Ok(())
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
            // Two ways may lead to that route: down from the other one, and by the caller's `models`.
            let places = 1 + usize::from(entry["route"].as_str().unwrap_or_default().starts_with("low."));
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
            let places = 1 + usize::from(route.starts_with("low."));
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

/// While a breaker is half-open, one attempt at a time goes through, but for those that had nobody else to ask.
fn probes(watch: &Watch, trails: &[Vec<Value>], story: &mut Story) {
    let Some(max_open) = watch.plan.max_open else { return };
    let log = watch.log.borrow();
    let is_forced = |request: usize, target: &str| {
        let line = log.iter().find(|(of, _)| *of == request).map_or("", |(_, line)| line);
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        let trail = line["trail"].as_array().cloned().unwrap_or_default();
        trail.iter().any(|entry| entry["model"] == target && entry["skipped"] == true)
    };
    let _ = trails;
    let seen = watch.seen.borrow();
    let probes: Vec<_> = seen
        .iter()
        .filter(|seen| seen.breaker == "probing" && !is_forced(seen.request, &seen.target))
        .collect();
    story.probe = !probes.is_empty();
    for (place, probe) in probes.iter().enumerate() {
        let other = probes[..place].iter().find(|other| {
            other.target == probe.target
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
