//! A provider who answers with a recording, cut as told, and a caller who asks for it.

use std::fmt;
use std::rc::Rc;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::ready;
use serde_json::{Value, json};
use steadfast::host::{Headers, UpstreamResponse};
use steadfast::sim::{Divert, Given, Random, SimHost};
use steadfast::{Door, Gateway, Plan, Request, ResponseBody, Secrets};

use super::heard::{Heard, Tool};
use super::recording::Recording;

/// Bodies up to here are cut in two at every place.
const SMALL: usize = 1_500;
/// How often others are cut at random places.
const RANDOM_CUTS: u64 = 6;

/// Where a body is cut.
pub(crate) enum Cuts {
    /// Nowhere.
    Whole,
    /// Everywhere.
    EveryByte,
    /// There.
    At(Vec<usize>),
}

impl Cuts {
    /// The ways to cut a recording.
    pub(crate) fn of(recording: &Recording, seed: u64) -> Vec<Cuts> {
        let length = recording.body.len();
        let mut all = vec![Cuts::Whole, Cuts::EveryByte];
        if recording.streamed && length <= SMALL {
            all.extend((1..length).map(|at| Cuts::At(vec![at])));
        } else {
            all.extend((0..RANDOM_CUTS).map(|round| {
                let random = Random::split(seed, &recording.id, round);
                let mut places: Vec<_> =
                    (0..1 + random.next() % 40).map(|_| random.next() as usize % length.max(1)).collect();
                places.sort_unstable();
                Cuts::At(places)
            }));
        }
        all
    }

    fn pieces(&self, body: &Bytes) -> Vec<Bytes> {
        let mut ends: Vec<usize> = match self {
            Cuts::Whole => Vec::new(),
            Cuts::EveryByte => (1..body.len()).collect(),
            Cuts::At(places) => places.clone(),
        };
        ends.push(body.len());
        let mut begin = 0;
        let mut piece = |end: usize| {
            let piece = body.slice(begin..end);
            begin = end;
            piece
        };
        ends.into_iter().map(&mut piece).filter(|piece| !piece.is_empty()).collect()
    }
}

impl fmt::Display for Cuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cuts::Whole => f.write_str("whole"),
            Cuts::EveryByte => f.write_str("byte by byte"),
            Cuts::At(places) => write!(f, "cut at {places:?}"),
        }
    }
}

/// A recording, ready to be asked for.
pub(crate) struct Replay<'r> {
    recording: &'r Recording,
    config: String,
    body: Bytes,
}

impl<'r> Replay<'r> {
    pub(crate) fn of(recording: &'r Recording) -> Self {
        let Recording { provider, model, dialect, .. } = recording;
        let config = json!({
            "providers": { provider: {
                "dialect": dialect,
                "base_url": format!("http://{provider}.test/v1"),
                "keys": [],
            } },
            // Whatever the model of the recording can do, it did; and where it did it. OpenAI's that think are asked elsewhere.
            "models": { format!("{provider}/{model}"): {
                "tools": true, "vision": true, "json_schema": true, "reasoning": *dialect != "openai",
            } },
            "stream": { "on_break": "error" },
        });
        let config = config.to_string();
        Self { recording, config, body: Bytes::copy_from_slice(&recording.body) }
    }

    /// What the caller hears.
    pub(crate) fn run(&self, cuts: &Cuts) -> Heard {
        let (status, headers, body) = self.ask(cuts, &self.request());
        Heard::read(status, &headers, &body)
    }

    /// One exchange in a world of its own: nobody remembers an earlier one.
    fn ask(&self, cuts: &Cuts, request: &Value) -> (u16, Headers, Vec<u8>) {
        let sim = SimHost::seeded(1);
        let (status, headers) = (self.recording.status, self.recording.headers.clone());
        let pieces = cuts.pieces(&self.body);
        // The only provider has only one answer.
        let host = Rc::new(Divert::new(sim.handle(), move |_, _| {
            let headers = headers.iter().cloned().collect();
            let body = Box::new(Given::pieces(pieces.clone()));
            Box::pin(ready(Ok(UpstreamResponse { status, headers, body })))
        }));
        let plan = Plan::from_json(&self.config);
        let gateway = Gateway::new(plan, Secrets::from_iter([("", ""); 0]), Door::open());
        let request = Request {
            method: "POST".into(),
            path: "/v1/chat/completions".into(),
            headers: Headers::from_iter([("content-type", "application/json")]),
            body: Box::new(Given::whole(request.to_string())),
        };
        let exchange = async {
            let response = gateway.fetch(host, request).await;
            let body = match response.body {
                ResponseBody::Whole(pieces) => pieces.concat(),
                ResponseBody::Stream(stream) => stream.collect::<Vec<Bytes>>().await.concat(),
            };
            (response.status, response.headers, body)
        };
        sim.world().run(exchange).unwrap_or_else(|stuck| panic!("{stuck}"))
    }

    /// A request to which the recording could be the answer.
    fn request(&self) -> Value {
        let Recording { provider, model, streamed, expect, .. } = self.recording;
        let mut request = json!({
            "model": format!("{provider}/{model}"),
            "messages": [{ "role": "user", "content": "Hello?" }],
        });
        if *streamed {
            request["stream"] = json!(true);
            request["stream_options"] = json!({ "include_usage": true });
        }
        if !expect.tools.is_empty() {
            request["tools"] = expect.tools.iter().map(declared).collect();
        }
        request
    }
}

fn declared(tool: &Tool) -> Value {
    json!({ "type": "function", "function": { "name": tool.name, "parameters": { "type": "object" } } })
}

/// What the caller of a recording gets, for people.
pub(crate) fn shown(recording: &Recording) -> String {
    let replay = Replay::of(recording);
    let (status, headers, body) = replay.ask(&Cuts::Whole, &replay.request());
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{status}\n{}\n\n{}", headers.join("\n"), String::from_utf8_lossy(&body))
}
