//! Finding events in bytes, and reading them: an answer of two hundred words.

use divan::Bencher;
use divan::counter::ItemsCount;
use serde_json::json;
use steadfast::dialect::{self, Step};
use steadfast::stream::decoder::Decoder;

use crate::fixtures::{DIALECTS, ask, stream, target};

#[divan::bench]
fn decoding(bencher: Bencher<'_, '_>) {
    let pieces = stream("openai");
    bencher.counter(ItemsCount::new(pieces.len())).bench_local(|| {
        let mut decoder = Decoder::new(1 << 20);
        let mut events = 0;
        for piece in &pieces {
            decoder.push(piece).expect("small events");
            while decoder.next().is_some() {
                events += 1;
            }
        }
        assert_eq!(events, pieces.len());
    });
}

/// Decoded, read, and put into the common language.
#[divan::bench(args = DIALECTS)]
fn reading(bencher: Bencher<'_, '_>, dialect: &str) {
    let (pieces, ask, target) = (stream(dialect), ask(json!({ "stream": true })), target(dialect));
    bencher.counter(ItemsCount::new(pieces.len())).bench_local(|| {
        let mut reader = dialect::reader(&ask, &target, None, 0);
        let mut decoder = Decoder::new(1 << 20);
        let mut out = Vec::new();
        for piece in &pieces {
            decoder.push(piece).expect("small events");
            while let Some(event) = decoder.next() {
                assert!(!matches!(reader.push(&event, &mut out), Step::Failed(_)), "a good stream");
            }
        }
        assert!(reader.state().finish.is_some(), "a whole answer");
        out
    });
}
