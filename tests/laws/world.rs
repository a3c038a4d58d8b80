//! A world out of a seed: the configuration, what each target is like, and who asks for what, and when.

use bytes::Bytes;
use serde_json::{Value, json};
use steadfast::host::Millis;
use steadfast::sim::provider::Asked;
use steadfast::sim::{Behaviour, Delay, End, ErrorObject, Part, Random};

/// The keys of the providers.
pub(crate) const SECRETS: [(&str, &str); 4] = [
    ("A_KEY", "sk-first-key-of-a"),
    ("A_KEY_2", "sk-second-key-of-a"),
    ("B_KEY", "sk-key-of-b"),
    ("C_KEY", "sk-key-of-c"),
];

const TARGETS: [&str; 5] = ["a/x", "b/y", "c/z", "a/w", "b/v"];

/// Random choices.
pub(crate) struct Dice(Random);

impl Dice {
    pub(crate) fn of(seed: u64, name: &str, turn: u64) -> Self {
        Self(Random::split(seed, name, turn))
    }

    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.0.next() % bound.max(1)
    }

    fn between(&self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    fn percent(&self, share: u64) -> bool {
        self.below(100) < share
    }

    fn pick<'t, T>(&self, these: &'t [T]) -> &'t T {
        &these[self.below(these.len() as u64) as usize]
    }
}

/// Everything that is decided before time begins.
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) config: Value,
    pub(crate) targets: Vec<(String, Temper)>,
    pub(crate) requests: Vec<Asking>,
    pub(crate) retries: usize,
    pub(crate) budget: f64,
    pub(crate) max_open: Option<Millis>,
    /// A start beside another attempt can be nothing but a hedge.
    pub(crate) hedges_show: bool,
}

/// What a target is like.
#[derive(Debug)]
pub(crate) struct Temper {
    /// So many of a hundred attempts go well.
    good: u64,
    faults: Vec<Fault>,
    latency: (Millis, Millis),
    gap: (Millis, Millis),
    /// It writes everything but ASCII as escapes.
    escapes: bool,
    refuses_prefill: bool,
    carries_on: CarriesOn,
    thinks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum CarriesOn {
    Exactly,
    FromTheStart,
    WithARepetition,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Status(u16),
    Limit,
    Reset,
    Refused,
    Silent,
    KeepsAlive,
    Slow,
    Cut,
    Closed,
    Stall,
    Pause,
    ErrorEvent,
    ErrorInside,
    Empty,
    OnlyThinks,
    Html,
    Nonsense,
    SlowError,
}

const FAULTS: [Fault; 37] = [
    Fault::Status(500),
    Fault::Status(500),
    Fault::Status(502),
    Fault::Status(503),
    Fault::Status(504),
    Fault::Status(529),
    Fault::Status(408),
    Fault::Status(402),
    Fault::Status(401),
    Fault::Status(403),
    Fault::Status(404),
    Fault::Status(400),
    Fault::Limit,
    Fault::Limit,
    Fault::Limit,
    Fault::Limit,
    Fault::Reset,
    Fault::Refused,
    Fault::Silent,
    Fault::KeepsAlive,
    Fault::Slow,
    Fault::Cut,
    Fault::Cut,
    Fault::Cut,
    Fault::Cut,
    Fault::Closed,
    Fault::Closed,
    Fault::Stall,
    Fault::Stall,
    Fault::Pause,
    Fault::ErrorEvent,
    Fault::ErrorInside,
    Fault::Empty,
    Fault::OnlyThinks,
    Fault::Html,
    Fault::Nonsense,
    Fault::SlowError,
];

/// One request.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) at: Millis,
    pub(crate) body: Value,
    /// The text that every target means to say.
    pub(crate) text: String,
    /// The caller leaves after so many milliseconds.
    pub(crate) leaves: Option<Millis>,
    /// The caller takes so long with each piece.
    pub(crate) dawdles: Millis,
    pub(crate) deadline: Millis,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let dice = Dice::of(seed, "world", 0);
        let count = dice.between(2, TARGETS.len() as u64) as usize;
        let names = &TARGETS[..count];
        let timeouts = timeouts(&dice);
        let deadline = timeouts["deadline_ms"].as_u64().unwrap_or_default();
        let mut left = 10;
        let mut strategy = strategy(&dice, names, 3, &mut left);
        if dice.percent(20) {
            strategy["degrade_to"] = json!("low");
        }
        let retries = *dice.pick(&[0_u64, 1, 1, 2, 5]);
        let budget = *dice.pick(&[0.0, 0.2, 0.2, 0.5]);
        let open = *dice.pick(&[200_u64, 1_000, 5_000]);
        let max_open = open * dice.between(1, 4);
        let breaker = match dice.below(5) {
            0 => Value::Bool(false),
            _ => json!({
                "failures": dice.between(1, 4), "ratio": *dice.pick(&[0.2, 0.5, 1.0]),
                "window_ms": *dice.pick(&[1_000, 30_000]), "open_ms": open, "max_open_ms": max_open,
            }),
        };
        let mut models = serde_json::Map::new();
        for name in names {
            let mut facts = json!({ "reasoning": dice.percent(10), "prefill": dice.percent(50) });
            if dice.percent(60) {
                facts["price"] = json!({ "input": dice.below(5), "output": dice.below(20) });
            }
            models.insert((*name).to_owned(), facts);
        }
        let provider = |name: &str, keys: &[&str]| json!({ "dialect": "openai", "base_url": format!("http://{name}.test/v1"), "keys": keys });
        let a_keys: &[&str] = if dice.percent(50) { &["A_KEY", "A_KEY_2"] } else { &["A_KEY"] };
        let hedges_show = shows_hedges(&strategy);
        let config = json!({
            "providers": { "a": provider("a", a_keys), "b": provider("b", &["B_KEY"]), "c": provider("c", &["C_KEY"]) },
            "models": models,
            "routes": { "main": strategy, "low": { "fallback": [dice.pick(names)] } },
            "timeouts": timeouts,
            "retry": {
                "retries": retries, "backoff_ms": *dice.pick(&[0, 20, 250]), "max_backoff_ms": 1_000,
                "max_wait_ms": *dice.pick(&[0, 500, 3_000]), "budget": budget,
            },
            "breaker": breaker,
            "stream": { "on_break": if dice.percent(85) { "continue" } else { "error" } },
        });
        let base = *dice.pick(&[5, 30, 60, 80, 95]);
        let targets = names.iter().map(|name| ((*name).to_owned(), Temper::of(&dice, base))).collect();
        let most = if dice.percent(15) { 30 } else { 7 };
        let requests = (0..dice.between(1, most)).map(|number| Asking::of(&dice, number, deadline)).collect();
        Self {
            seed,
            targets,
            requests,
            retries: retries as usize,
            budget,
            max_open: config["breaker"].is_object().then_some(max_open),
            config,
            hedges_show,
        }
    }
}

fn timeouts(dice: &Dice) -> Value {
    json!({
        "headers_ms": *dice.pick(&[0, 300, 2_000, 10_000]),
        "first_token_ms": *dice.pick(&[0, 400, 3_000, 10_000]),
        "idle_ms": *dice.pick(&[300, 3_000, 30_000]),
        "attempt_ms": *dice.pick(&[0, 1_000, 10_000, 120_000]),
        "deadline_ms": *dice.pick(&[700, 4_000, 30_000, 30_000, 600_000]),
        "stream_ms": *dice.pick(&[0, 0, 0, 5_000]),
    })
}

fn element(dice: &Dice, names: &[&str], depth: u64, left: &mut u64) -> Value {
    if depth > 0 && *left > 1 && dice.percent(40) {
        return strategy(dice, names, depth, left);
    }
    *left = left.saturating_sub(1);
    let name = *dice.pick(names);
    match dice.below(8) {
        0 => json!({ "model": name, "timeouts": { "first_token_ms": 500, "attempt_ms": 2_000 } }),
        1 => json!({ "model": name, "params": { "temperature": 0 } }),
        _ => json!(name),
    }
}

fn strategy(dice: &Dice, names: &[&str], depth: u64, left: &mut u64) -> Value {
    let count = dice.between(1, if depth == 3 { 6 } else { 3 }).max(if depth == 3 { 2 } else { 1 });
    let mut elements: Vec<Value> = (0..count).map(|_| element(dice, names, depth - 1, left)).collect();
    match dice.below(7) {
        0 | 1 => json!({ "fallback": elements }),
        2 => json!({ "fallback": elements, "hedge_ms": *dice.pick(&[50, 300, 1_500]) }),
        3 => json!({ "race": elements }),
        4 => json!({ "race": elements, "stagger_ms": *dice.pick(&[20, 200, 1_000]) }),
        5 => {
            for element in &mut elements {
                if let Value::String(name) = element {
                    *element = json!({ "model": name, "weight": dice.between(1, 5) });
                }
            }
            let by = if elements.len().is_multiple_of(2) { "latency" } else { "weight" };
            json!({ "balance": elements, "by": by })
        }
        _ => json!({ "auto": elements }),
    }
}

/// Without a race, and with a hedge over nothing but targets.
fn shows_hedges(strategy: &Value) -> bool {
    let text = strategy.to_string();
    let elements = strategy["fallback"].as_array();
    strategy["hedge_ms"].is_number()
        && text.matches("hedge_ms").count() == 1
        && ["race", "balance", "auto", "degrade_to"].iter().all(|word| !text.contains(word))
        && elements
            .is_some_and(|elements| elements.iter().all(|one| one.is_string() || one["model"].is_string()))
}

impl Temper {
    fn of(dice: &Dice, base: u64) -> Self {
        let slow = dice.percent(15);
        Self {
            good: if dice.percent(20) { *dice.pick(&[0, 50, 100]) } else { base },
            faults: (0..dice.between(1, 5)).map(|_| *dice.pick(&FAULTS)).collect(),
            latency: if slow { (500, 4_000) } else { (0, *dice.pick(&[0, 60, 600])) },
            gap: (0, *dice.pick(&[0, 5, 40, 200])),
            escapes: dice.percent(15),
            refuses_prefill: dice.percent(15),
            carries_on: *dice.pick(&[
                CarriesOn::Exactly,
                CarriesOn::Exactly,
                CarriesOn::FromTheStart,
                CarriesOn::WithARepetition,
            ]),
            thinks: dice.percent(20),
        }
    }
}

impl Asking {
    fn of(dice: &Dice, number: u64, deadline: Millis) -> Self {
        let stream = dice.percent(70);
        let mut body = json!({ "model": "main", "messages": [{ "role": "user", "content": format!("Hello {number}?") }] });
        let mut own = json!({});
        let mut bound = deadline;
        if stream {
            body["stream"] = json!(true);
            if dice.percent(40) {
                body["stream_options"] = json!({ "include_usage": true });
            }
            match dice.below(12) {
                0 => own["on_break"] = json!("restart"),
                1 => own["on_break"] = json!("error"),
                _ => {}
            }
        }
        if dice.percent(15) {
            let wished = *dice.pick(&[500, 2_000, 20_000]);
            own["timeouts"] = json!({ "deadline_ms": wished });
            bound = if deadline == 0 { wished } else { deadline.min(wished) };
        }
        if dice.percent(20) {
            own["trail"] = json!(true);
        }
        if dice.percent(10) {
            body["models"] = json!(["low", "a/x"]);
        }
        if dice.percent(20) {
            body["max_tokens"] = json!(dice.between(10, 4_000));
        }
        if own != json!({}) {
            body["steadfast"] = own;
        }
        Self {
            at: if dice.percent(50) { 0 } else { dice.below(15_000) },
            body,
            text: text(dice, number),
            leaves: dice.percent(20).then(|| dice.below(*dice.pick(&[50, 600, 4_000]))),
            dawdles: if dice.percent(10) { dice.below(500) } else { 0 },
            deadline: bound,
        }
    }
}

/// Words that are all different; the first character of each is found nowhere else in a word, so that what
/// looks like a repetition is one.
fn text(dice: &Dice, request: u64) -> String {
    const FIRST: [char; 8] = ['A', 'B', '中', '日', 'Ж', '🚀', '😀', 'É'];
    const REST: [char; 12] = ['a', 'b', 'é', 'ü', '文', '字', '🎉', '👍', '"', '\\', '\u{0301}', 'z'];
    let words = (0..dice.between(1, 30)).map(|number| {
        let mut word = dice.pick(&FIRST).to_string();
        word.extend((0..dice.below(5)).map(|_| *dice.pick(&REST)));
        format!("{word}-{request}-{number}.")
    });
    words.collect::<Vec<_>>().join(*dice.pick(&[" ", " ", " ", "\n", "\n\n", ":\n    "]))
}

/// What a target does with an attempt, and what that is called.
pub(crate) struct Act {
    pub(crate) name: String,
    pub(crate) behaviour: Behaviour,
    pub(crate) refused_prefill: bool,
}

/// `Err`: it was asked to carry on from a text that nobody said.
pub(crate) fn act(
    temper: &Temper,
    dice: &Dice,
    asked: &Asked,
    body: &Value,
    key: &str,
    whole: &str,
) -> Result<Act, String> {
    let last = body["messages"].as_array().and_then(|messages| messages.last()).cloned().unwrap_or_default();
    let prefill = !asked.begun.is_empty() && last["role"] == "assistant";
    let latency = Delay::Between(temper.latency.0, temper.latency.1);
    let named = |name: String, behaviour: Behaviour| {
        // Any 400 may be meant for the prefill.
        let refused_prefill = prefill && name.starts_with("Status(400)");
        Ok(Act { name, behaviour: behaviour.taking(latency), refused_prefill })
    };
    let Some(left) = whole.strip_prefix(&asked.begun) else {
        return Err(format!("asked to carry on from {:?}, and the text is {whole:?}", asked.begun));
    };
    if prefill && temper.refuses_prefill {
        let refusal = Behaviour::status(400).saying("This model does not support assistant message prefill");
        return Ok(Act {
            name: "refuses prefill".into(),
            behaviour: refusal.taking(latency),
            refused_prefill: true,
        });
    }
    let (how, text) = continuation(temper.carries_on, &asked.begun, left, whole, prefill);
    let fault = (!dice.percent(temper.good)).then(|| *dice.pick(&temper.faults));
    let mut speech = Speech::new(temper, dice, asked, text);
    let echo = |behaviour: Behaviour| match dice.below(4) {
        0 => behaviour.saying(&format!("The key {key} is not welcome today.")),
        _ => behaviour,
    };
    let Some(fault) = fault else {
        let name = format!("answers {how}");
        return named(name, speech.whole(dice));
    };
    let name = format!("{fault:?} {how}");
    let behaviour = match fault {
        Fault::Status(status) => echo(Behaviour::status(status)),
        Fault::Limit => {
            let limit = echo(Behaviour::status(429));
            match dice.below(5) {
                0 => limit,
                1 => limit.header("retry-after", "0"),
                2 => limit.header("retry-after-ms", &dice.between(1, 900).to_string()),
                3 => limit.header("retry-after", &dice.between(1, 4).to_string()),
                _ => limit.header("retry-after", "20"),
            }
        }
        Fault::Reset => Behaviour::resets(),
        Fault::Refused => Behaviour::refuses(),
        Fault::Silent => Behaviour::never_answers(),
        Fault::KeepsAlive => match dice.below(2) {
            0 => Behaviour::keeps_alive(),
            _ => Behaviour::keeps_clearing_its_throat(),
        },
        Fault::Slow => {
            return Ok(Act {
                name,
                behaviour: speech.whole(dice).after(dice.between(3_000, 30_000)),
                refused_prefill: false,
            });
        }
        Fault::Cut => speech.broken(dice, End::Breaks),
        Fault::Closed => speech.broken(dice, End::Closes),
        Fault::Stall => speech.broken(dice, End::Stalls),
        Fault::Pause => {
            let pause = Part::Pause(Delay::Exactly(*dice.pick(&[200, 2_000, 20_000])));
            let at = dice.below(speech.tokens.len() as u64 + 1) as usize;
            speech.tokens.insert(at, pause);
            speech.whole(dice)
        }
        Fault::ErrorEvent => {
            let error = ErrorObject::new("server_error", "", &format!("boom with {key}"));
            let mut broken = speech.broken(dice, End::Closes);
            if let steadfast::sim::Content::Completion(parts) = &mut broken.content {
                parts.push(Part::Error(error));
            }
            broken
        }
        Fault::ErrorInside => {
            echo(Behaviour::error_inside_a_success(ErrorObject::of(*dice.pick(&[500, 503, 429]))))
        }
        Fault::Empty => match (asked.stream, dice.below(3)) {
            (true, 0) => Behaviour::answers_nothing().without_done().body_stalls(),
            _ => Behaviour::answers_nothing(),
        },
        Fault::OnlyThinks => Behaviour::only_thinks("hm well so"),
        Fault::Html => Behaviour::html(),
        Fault::Nonsense => match dice.below(3) {
            0 => Behaviour::sends(["{\"foo\":1}"]),
            1 => Behaviour::sends(["data: {\"foo\":1}\n\n", "data: [DONE]\n\n"]),
            _ => Behaviour::sends([""; 0]),
        },
        Fault::SlowError => echo(Behaviour::status(*dice.pick(&[500, 429, 503]))).body_stalls(),
    };
    named(name, behaviour)
}

fn continuation<'t>(
    how: CarriesOn,
    begun: &str,
    left: &'t str,
    whole: &'t str,
    prefill: bool,
) -> (String, &'t str) {
    if begun.is_empty() {
        return (String::new(), whole);
    }
    // A fresh start of a few characters cannot be told from a chance.
    let at = begun.len();
    match how {
        CarriesOn::FromTheStart if begun.chars().count() >= 4 => (format!("from the start, not {at}"), whole),
        CarriesOn::WithARepetition => {
            let blank = |text: &str| text.rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
            let word = blank(begun);
            let earlier = blank(begun.get(..word.saturating_sub(1)).unwrap_or_default());
            let from = if prefill { earlier } else { word };
            let again = at - from;
            let is_plain = if from == 0 { begun.chars().count() >= 4 } else { !prefill || again >= 16 };
            if is_plain {
                (format!("from {from}, not {at}"), &whole[from..])
            } else {
                (format!("from {at}"), left)
            }
        }
        _ => (format!("from {at}"), left),
    }
}

/// An answer in the making.
struct Speech {
    thoughts: Vec<Part>,
    tokens: Vec<Part>,
    stream: bool,
    gap: Delay,
    pieces: Option<usize>,
}

impl Speech {
    fn new(temper: &Temper, dice: &Dice, asked: &Asked, text: &str) -> Self {
        let escapes = temper.escapes && asked.stream;
        let size = *dice.pick(&[1, 3, 8, 40]);
        let mut tokens = Vec::new();
        if escapes {
            let units: Vec<u16> = text.encode_utf16().collect();
            for units in units.chunks(size) {
                let inside: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
                tokens.push(Part::Raw(raw(&inside, "null")));
                tokens.push(Part::Pause(Delay::Between(temper.gap.0, temper.gap.1)));
            }
        } else {
            let chars: Vec<char> = text.chars().collect();
            tokens.extend(chars.chunks(size).map(|some| Part::Text(some.iter().collect())));
        }
        let thinks = temper.thinks && asked.begun.is_empty();
        let thoughts =
            if thinks { (0..4).map(|n| Part::Reasoning(format!("hm{n} "))).collect() } else { vec![] };
        Self {
            thoughts,
            tokens,
            stream: asked.stream,
            gap: Delay::Between(temper.gap.0, temper.gap.1),
            pieces: dice.percent(25).then(|| dice.between(1, 40) as usize),
        }
    }

    fn made(self, parts: Vec<Part>) -> Behaviour {
        let mut behaviour = Behaviour::completes(parts).paced(self.gap, self.gap);
        behaviour.pieces_of = self.pieces;
        behaviour
    }

    fn whole(mut self, dice: &Dice) -> Behaviour {
        let mut parts = vec![Part::Role];
        parts.append(&mut self.thoughts);
        let noise = dice.below(6);
        let at = parts.len() + dice.below(self.tokens.len() as u64 + 1) as usize;
        // The last token and the reason in one event.
        let joined = match self.tokens.last() {
            Some(Part::Text(text)) if self.stream && dice.percent(25) => {
                Some(raw(serde_json::to_string(text).unwrap().trim_matches('"'), "\"stop\""))
                    .filter(|_| !text.contains('"'))
            }
            _ => None,
        };
        parts.append(&mut self.tokens);
        match joined {
            Some(event) => {
                parts.pop();
                parts.push(Part::Raw(event));
            }
            None => parts.push(Part::Finish("stop".into())),
        }
        let at = at.min(parts.len() - 1);
        match noise {
            0 => parts.insert(at, Part::Raw(Bytes::from_static(b"data: {\"choices\":[{\"in\n\n"))),
            1 => parts.insert(at, Part::Comment("keep-alive".into())),
            _ => {}
        }
        if dice.percent(70) {
            parts.push(Part::Usage { stated: None });
        }
        let mut behaviour_end = End::Closes;
        if dice.percent(80) || !self.stream {
            parts.push(Part::Done);
        } else if dice.percent(50) {
            behaviour_end = if dice.percent(50) { End::Stalls } else { End::Breaks };
        }
        let mut made = self.made(parts);
        made.end = behaviour_end;
        made
    }

    fn broken(mut self, dice: &Dice, end: End) -> Behaviour {
        let mut parts = vec![Part::Role];
        parts.append(&mut self.thoughts);
        let kept = dice.below(self.tokens.len() as u64) as usize;
        self.tokens.truncate(kept);
        parts.append(&mut self.tokens);
        if !self.stream && end == End::Closes {
            // Half a body, which is no JSON: what else would a body be that ends too early.
            parts.push(Part::Finish("stop".into()));
            let mut made = self.made(parts);
            made.end = End::Breaks;
            return made;
        }
        let mut made = self.made(parts);
        made.end = end;
        made
    }
}

fn raw(inside: &str, finish: &str) -> Bytes {
    format!(
        "data: {{\"id\":\"raw\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{inside}\"}},\"finish_reason\":{finish}}}]}}\n\n"
    )
    .into()
}
