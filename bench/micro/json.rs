//! Reading a caller's body and splicing the model's name in it.

use bytes::Bytes;
use divan::Bencher;
use divan::counter::BytesCount;
use serde_json::json;
use steadfast::chat::request::Ask;
use steadfast::dialect;

use crate::fixtures::{question, target};

/// Kilobytes of conversation: a question, and a megabyte.
const SIZES: [usize; 2] = [0, 1_000];

fn body(kilobytes: usize) -> Bytes {
    let turn = json!({ "role": "user", "content": "He said: \"Ça coûte cher, 真的很贵.\"\n".repeat(23) });
    match kilobytes {
        0 => question("p/m", json!({})),
        _ => json!({ "model": "p/m", "messages": vec![turn; kilobytes] }).to_string().into(),
    }
}

#[divan::bench(args = SIZES)]
fn reading(bencher: Bencher<'_, '_>, kilobytes: usize) {
    let body = body(kilobytes);
    bencher.counter(BytesCount::new(body.len())).bench_local(|| Ask::read(body.clone()).expect("a request"));
}

#[divan::bench(args = SIZES)]
fn splicing(bencher: Bencher<'_, '_>, kilobytes: usize) {
    let (ask, target) = (Ask::read(body(kilobytes)).expect("a request"), target("openai"));
    bencher.counter(BytesCount::new(ask.body.len())).bench_local(|| {
        dialect::request(&ask, &target, None, None, &mut Vec::new()).expect("one that can be said")
    });
}
