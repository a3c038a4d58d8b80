//! A world out of a seed: the configuration, what each target is like, and who asks for what, and when.

use serde_json::{Value, json};
use steadfast::host::Millis;
use steadfast::sim::Random;

/// The keys of the providers, and the address of a webhook, which is a key itself.
pub(crate) const SECRETS: [(&str, &str); 5] = [
    ("A_KEY", "sk-first-key-of-a"),
    ("A_KEY_2", "sk-second-key-of-a"),
    ("B_KEY", "sk-key-of-b"),
    ("C_KEY", "sk-key-of-c"),
    ("HOOK_URL", "http://hooks.test/services/path-like-a-key"),
];

/// The routes, from the best down: each degrades to the next or to none, and the first one is what is asked for.
pub(crate) const TIERS: [&str; 3] = ["premium", "standard", "budget"];

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

    pub(crate) fn between(&self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    pub(crate) fn percent(&self, share: u64) -> bool {
        self.below(100) < share
    }

    pub(crate) fn pick<'t, T>(&self, these: &'t [T]) -> &'t T {
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
    /// The prices of the targets: for a million tokens of the prompt and of the answer.
    pub(crate) prices: Vec<(String, u64, u64)>,
    /// Schemas are held to in streams too.
    pub(crate) verifies: bool,
    /// The same alert is not repeated, so that two of the same are two tries of one.
    pub(crate) alerts_cool_down: bool,
    /// A start beside another attempt can be nothing but a hedge.
    pub(crate) hedges_show: bool,
}

/// What a target is like.
#[derive(Debug)]
pub(crate) struct Temper {
    /// So many of a hundred attempts go well.
    pub(crate) good: u64,
    pub(crate) faults: Vec<Fault>,
    pub(crate) latency: (Millis, Millis),
    pub(crate) gap: (Millis, Millis),
    /// It writes everything but ASCII as escapes.
    pub(crate) escapes: bool,
    pub(crate) refuses_prefill: bool,
    pub(crate) carries_on: CarriesOn,
    pub(crate) thinks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum CarriesOn {
    Exactly,
    FromTheStart,
    WithARepetition,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
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
    /// JSON that does not fit the schema, where that is checked.
    Unfit,
}

const FAULTS: [Fault; 41] = [
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
    Fault::Cut,
    Fault::Cut,
    Fault::Closed,
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
    Fault::Unfit,
];

/// One request.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) at: Millis,
    pub(crate) body: Value,
    pub(crate) form: Form,
    /// The text that every target means to say.
    pub(crate) text: String,
    /// What the tool is then called with.
    pub(crate) arguments: String,
    /// The lowest tier that may answer, by its place in [`TIERS`], and the highest prices.
    pub(crate) least: Option<usize>,
    pub(crate) most: Option<(u64, u64)>,
    /// The caller leaves after so many milliseconds.
    pub(crate) leaves: Option<Millis>,
    /// The caller takes so long with each piece.
    pub(crate) dawdles: Millis,
    pub(crate) deadline: Millis,
}

/// What kind of answer a request is after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    Text,
    /// Two choices that say the same.
    Two,
    /// JSON that fits a schema.
    Schema,
    /// A tool call, perhaps with some words before it.
    Tool,
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
        if dice.percent(10) {
            // A plain one, in which every hedge can be told.
            strategy = json!({ "fallback": names, "hedge_ms": hedge(&dice) });
        }
        if dice.percent(25) {
            strategy["degrade_to"] = json!("standard");
        }
        let mut standard = json!({ "fallback": [dice.pick(names)] });
        if dice.percent(50) {
            standard["degrade_to"] = json!("budget");
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
        let mut prices = Vec::new();
        for name in names {
            let mut facts = json!({ "reasoning": dice.percent(10), "prefill": dice.percent(50) });
            for ability in ["tools", "json_schema"] {
                if dice.percent(15) {
                    facts[ability] = json!(dice.percent(50));
                }
            }
            if dice.percent(60) {
                let (input, output) = (dice.below(5), dice.below(20));
                facts["price"] = json!({ "input": input, "output": output });
                prices.push(((*name).to_owned(), input, output));
            }
            models.insert((*name).to_owned(), facts);
        }
        let provider = |name: &str, keys: &[&str]| json!({ "dialect": "openai", "base_url": format!("http://{name}.test/v1"), "keys": keys });
        let a_keys: &[&str] = if dice.percent(50) { &["A_KEY", "A_KEY_2"] } else { &["A_KEY"] };
        let hedges_show = shows_hedges(&strategy);
        let verifies = dice.percent(40);
        let cooldown = *dice.pick(&[0, 5, 300]);
        let alerts = match dice.percent(40) {
            true => json!([{ "on": ALERTS, "webhook": "HOOK_URL", "cooldown_s": cooldown }]),
            false => json!([]),
        };
        let config = json!({
            "providers": { "a": provider("a", a_keys), "b": provider("b", &["B_KEY"]), "c": provider("c", &["C_KEY"]) },
            "models": models,
            "routes": { "premium": strategy, "standard": standard, "budget": { "fallback": [dice.pick(names)] } },
            "timeouts": timeouts,
            "retry": {
                "retries": retries, "backoff_ms": *dice.pick(&[0, 20, 250]), "max_backoff_ms": 1_000,
                "max_wait_ms": *dice.pick(&[0, 500, 3_000]), "budget": budget,
            },
            "breaker": breaker,
            "stream": { "on_break": if dice.percent(85) { "continue" } else { "error" }, "verify_schema": verifies },
            "alerts": alerts,
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
            prices,
            verifies,
            alerts_cool_down: cooldown > 0,
            config,
            hedges_show,
        }
    }
}

const ALERTS: [&str; 7] =
    ["breaker_open", "breaker_closed", "key_refused", "degraded", "error_rate", "spend", "config_invalid"];

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
        2 => json!({ "fallback": elements, "hedge_ms": hedge(dice) }),
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
        _ if dice.percent(50) => json!({ "auto": elements }),
        _ => {
            json!({ "auto": elements, "weigh": { "price": dice.below(3), "latency": 1, "success": dice.below(3) } })
        }
    }
}

fn hedge(dice: &Dice) -> Value {
    dice.pick(&[json!(50), json!(300), json!(1_500), json!("p95")]).clone()
}

/// Without a race, and with a hedge over nothing but targets.
fn shows_hedges(strategy: &Value) -> bool {
    let text = strategy.to_string();
    let elements = strategy["fallback"].as_array();
    !strategy["hedge_ms"].is_null()
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
        let mut body = json!({ "model": TIERS[0], "messages": [{ "role": "user", "content": format!("Hello {number}?") }] });
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
            body["models"] = json!(["standard", "a/x"]);
        }
        if dice.percent(20) {
            body["max_tokens"] = json!(dice.between(10, 4_000));
        }
        let least = dice.percent(8).then(|| dice.below(TIERS.len() as u64) as usize);
        if let Some(least) = least {
            own["min_tier"] = json!(TIERS[least]);
        }
        let most = dice.percent(8).then(|| (dice.below(5), dice.below(20)));
        if let Some((input, output)) = most {
            own["max_price"] = json!({ "input": input, "output": output });
        }
        if own != json!({}) {
            body["steadfast"] = own;
        }
        let form = match dice.below(20) {
            0 | 1 => Form::Two,
            2 | 3 => Form::Schema,
            4 | 5 => Form::Tool,
            _ => Form::Text,
        };
        let words = text(dice, number);
        let object = |words: &str| json!({ "words": words }).to_string();
        let (text, arguments) = match form {
            Form::Text => (words, String::new()),
            Form::Two => {
                body["n"] = json!(2);
                (words, String::new())
            }
            Form::Schema => {
                let schema = json!({
                    "type": "object", "required": ["words"], "additionalProperties": false,
                    "properties": { "words": { "type": "string" } },
                });
                body["response_format"] = json!({ "type": "json_schema", "json_schema": { "name": "words", "strict": true, "schema": schema } });
                (object(&words), String::new())
            }
            Form::Tool => {
                body["tools"] =
                    json!([{ "type": "function", "function": { "name": "say", "parameters": {} } }]);
                (if dice.percent(50) { text(dice, number + 100) } else { String::new() }, object(&words))
            }
        };
        Self {
            at: if dice.percent(50) { 0 } else { dice.below(15_000) },
            body,
            form,
            text,
            arguments,
            least,
            most,
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
