//! Translating requests and answers in one piece.

use divan::Bencher;
use serde_json::json;
use steadfast::dialect;

use crate::fixtures::{DIALECTS, answer, ask, conversation, target};

#[divan::bench(args = DIALECTS)]
fn a_question(bencher: Bencher<'_, '_>, dialect: &str) {
    let (ask, target) = (ask(json!({})), target(dialect));
    bencher.bench_local(|| {
        dialect::request(&ask, &target, None, None, &mut Vec::new()).expect("one that can be said")
    });
}

#[divan::bench(args = DIALECTS)]
fn a_conversation(bencher: Bencher<'_, '_>, dialect: &str) {
    let (ask, target) = (conversation(), target(dialect));
    bencher.bench_local(|| {
        dialect::request(&ask, &target, None, None, &mut Vec::new()).expect("one that can be said")
    });
}

#[divan::bench(args = DIALECTS)]
fn an_answer(bencher: Bencher<'_, '_>, dialect: &str) {
    let (ask, target, body) = (ask(json!({})), target(dialect), answer(dialect));
    bencher.bench_local(|| dialect::answer(&ask, &target, body.clone(), 0).expect("an answer"));
}
