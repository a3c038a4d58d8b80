//! Everybody who reads what comes from outside: each dialect's streams, answers and refusals, each caller's
//! requests, and what of these goes on to a provider, or back to a caller, in another language.

use std::rc::Rc;

use bytes::Bytes;
use serde_json::json;
use steadfast::Plan;
use steadfast::chat::request::Ask;
use steadfast::config::Target;
use steadfast::dialect::{self, CarriesOn, Identity, Step};
use steadfast::host::Headers;
use steadfast::sim::Random;
use steadfast::stream::decoder::Decoder;
use steadfast::stream::seam::Manner;
use steadfast::surface::Surface;

use super::seeds;

/// One of them.
pub(crate) struct Reader {
    pub(crate) name: String,
    pub(crate) seeds: Vec<Vec<u8>>,
    /// How many bytes it may hold or give for each that it is given.
    pub(crate) grows: usize,
    pub(crate) read: Box<Read>,
}

/// Reads an input: how many bytes it held or gave at most.
type Read = dyn Fn(&[u8], &Random) -> usize + Sync;

const DIALECTS: [&str; 4] = ["openai", "anthropic", "gemini", "responses"];
const SURFACES: [&str; 5] =
    ["/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens", "/v1/responses", "/v1/embeddings"];
/// Callers who are answered in words of their own.
const VOICES: [&str; 2] = ["/v1/messages", "/v1/responses"];

/// A chunk has a name of its own: the shortest event becomes one that is so much longer.
const STREAM_GROWS: usize = 16;
const BODY_GROWS: usize = 8;

pub(crate) fn all() -> Vec<Reader> {
    let mut all = Vec::new();
    for dialect in DIALECTS {
        let recorded = |streams| seeds::recorded(dialect, streams);
        let reader = |what: &str, own: &[&str], streams, grows, read| Reader {
            name: format!("{dialect} {what}"),
            seeds: own.iter().map(|seed| seed.as_bytes().to_vec()).chain(recorded(streams)).collect(),
            grows,
            read,
        };
        all.push(reader(
            "stream",
            seeds::streams(dialect),
            true,
            STREAM_GROWS,
            Box::new(move |bytes, random| stream(dialect, bytes, random)),
        ));
        all.push(reader(
            "answer",
            seeds::answers(dialect),
            false,
            BODY_GROWS,
            Box::new(move |bytes, _| answer(dialect, bytes)),
        ));
        all.push(reader(
            "refusal",
            seeds::REFUSALS,
            false,
            BODY_GROWS,
            Box::new(move |bytes, random| refusal(dialect, bytes, random)),
        ));
    }
    for path in SURFACES {
        all.push(Reader {
            name: format!("{path} request"),
            seeds: seeds::requests(path).iter().map(|seed| seed.as_bytes().to_vec()).collect(),
            // Once for each dialect.
            grows: BODY_GROWS * DIALECTS.len(),
            read: Box::new(move |bytes, random| request(path, bytes, random)),
        });
    }
    for path in VOICES {
        all.push(Reader {
            name: format!("{path} voice"),
            seeds: seeds::streams("openai").iter().map(|seed| seed.as_bytes().to_vec()).collect(),
            grows: STREAM_GROWS,
            read: Box::new(move |bytes, _| {
                let mut out = Vec::new();
                let mut voice = Surface::of(path).voice(&ask("")).expect("it has one");
                // A voice is given whole lines.
                for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
                    voice.push(piece, &mut out);
                }
                out.len()
            }),
        });
    }
    all
}

thread_local! {
    static TARGETS: Vec<Rc<Target>> = DIALECTS.map(made).into();
}

fn target(dialect: &str) -> Rc<Target> {
    let place = DIALECTS.iter().position(|known| *known == dialect).expect("a dialect");
    TARGETS.with(|targets| Rc::clone(&targets[place]))
}

fn made(dialect: &str) -> Rc<Target> {
    let plan =
        json!({ "providers": { "p": { "dialect": dialect, "base_url": "http://p.test/v1", "keys": [] } } });
    let plan = Plan::from_json(&plan.to_string()).expect("a plan");
    plan.target("p/m").expect("a target")
}

fn ask(fields: &str) -> Ask {
    let body = format!(r#"{{"model":"p/m","messages":[{{"role":"user","content":"x"}}]{fields}}}"#);
    Ask::read(Bytes::from(body)).expect("a request")
}

fn stream(dialect: &str, bytes: &[u8], random: &Random) -> usize {
    let fields = [
        r#","stream":true,"stream_options":{"include_usage":true}"#,
        r#","stream":true"#,
        r#","stream":true,"n":2"#,
    ];
    let ask = ask(fields[random.next() as usize % fields.len()]);
    let carries_on = random.next().is_multiple_of(4).then(|| CarriesOn {
        identity: Identity {
            id: Some("\"c\"".into()),
            created: Some("1".into()),
            model: "\"p/m\"".into(),
            ..Identity::default()
        },
        text: "Once upon a time".into(),
        usage: steadfast::chat::usage::Usage::default(),
        manner: if random.next().is_multiple_of(2) { Manner::Words } else { Manner::Prefill },
    });
    let mut reader = dialect::reader(&ask, &target(dialect), carries_on.as_ref(), 0);
    let mut decoder = Decoder::new(1 << 20);
    let (mut out, mut rest) = (Vec::new(), bytes);
    let is_over = |step: &Step| matches!(step, Step::Done | Step::Failed(_));
    let mut over = false;
    while !rest.is_empty() && !over {
        let (piece, after) = rest.split_at(1 + random.next() as usize % rest.len());
        rest = after;
        if decoder.push(piece).is_err() {
            break;
        }
        while let Some(event) = decoder.next() {
            over |= is_over(&reader.push(&event, &mut out));
        }
    }
    let left: Bytes = decoder.rest().into();
    decoder.finish();
    while let Some(event) = decoder.next() {
        reader.push(&event, &mut out);
    }
    reader.end(&left, &mut out);
    // What goes to a caller has whole lines, one event each.
    assert!(out.is_empty() || out.ends_with(b"\n\n"), "half an event: {}", String::from_utf8_lossy(&out));
    out.len() + reader.state().text.len() + left.len()
}

fn answer(dialect: &str, bytes: &[u8]) -> usize {
    match dialect::answer(&ask(""), &target(dialect), Bytes::copy_from_slice(bytes), 0) {
        Ok(whole) => {
            // What is taken for an answer is one, in every caller's language.
            serde_json::from_slice::<&serde_json::value::RawValue>(&whole.body).expect("JSON");
            let said =
                |path: &&str| Surface::of(path).answer(&ask(""), vec![whole.body.clone()]).concat().len();
            whole.body.len() + VOICES.iter().map(said).sum::<usize>()
        }
        Err(failure) => failure.message.len(),
    }
}

fn refusal(dialect: &str, bytes: &[u8], random: &Random) -> usize {
    let statuses = [400, 401, 402, 403, 404, 408, 413, 422, 429, 498, 500, 503, 529, 302, 100];
    let status = statuses[random.next() as usize % statuses.len()];
    let cut = random.next() as usize % (bytes.len() + 1);
    let text = String::from_utf8_lossy(&bytes[..cut.min(200)]).into_owned();
    let headers = Headers::from_iter([
        ("retry-after", text.clone()),
        ("x-ratelimit-remaining-tokens", "0".into()),
        ("x-ratelimit-reset-tokens", text),
    ]);
    let failure = dialect::error(&target(dialect), status, &headers, bytes, 0);
    let texts = [&failure.code, &failure.kind, &failure.param];
    failure.message.len() + texts.into_iter().flatten().map(String::len).sum::<usize>()
}

fn request(path: &str, bytes: &[u8], random: &Random) -> usize {
    let Ok(ask) = Surface::of(path).read(Bytes::copy_from_slice(bytes)) else { return 0 };
    let carries_on = random.next().is_multiple_of(4).then(|| CarriesOn {
        identity: Identity::default(),
        text: "Once".into(),
        usage: steadfast::chat::usage::Usage::default(),
        manner: Manner::Words,
    });
    let length = |dialect: &&str| {
        let mut notes = Vec::new();
        let written = dialect::request(&ask, &target(dialect), None, carries_on.as_ref(), &mut notes);
        let body = written.map_or(0, |request| {
            let body = request.body.concat();
            // A provider gets JSON, whatever came in.
            serde_json::from_slice::<&serde_json::value::RawValue>(&body).expect("JSON");
            body.len()
        });
        body + notes.iter().map(String::len).sum::<usize>()
    };
    DIALECTS.iter().map(length).sum()
}
