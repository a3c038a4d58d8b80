//! What a target does with an attempt: it means to say what every target means to say, and something comes between.

use bytes::Bytes;
use serde_json::{Value, json};
use steadfast::sim::provider::Asked;
use steadfast::sim::{Behaviour, Content, Delay, End, ErrorObject, Part};

use crate::world::{Asking, CarriesOn, Dice, Fault, Form, Plan, Temper};

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
    plan: &Plan,
    meant: &Asking,
) -> Result<Act, String> {
    let whole = meant.text.as_str();
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
    let mut speech = Speech::new(temper, dice, asked, meant, text);
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
            if let Content::Completion(parts) = &mut broken.content {
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
        Fault::Unfit if meant.form == Form::Schema && (!asked.stream || plan.verifies) => {
            let misfits = ["{\"word\": \"\"}", "{\"words\": 1}", "{\"words\": \"", "words"];
            let misfit: &&str = dice.pick(&misfits);
            Behaviour::answers(misfit)
        }
        Fault::Unfit => speech.whole(dice),
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
    form: Form,
    text: String,
    gap: Delay,
    pieces: Option<usize>,
}

impl Speech {
    fn new(temper: &Temper, dice: &Dice, asked: &Asked, meant: &Asking, text: &str) -> Self {
        let size = *dice.pick(&[1, 3, 8, 40]);
        let gap = Delay::Between(temper.gap.0, temper.gap.1);
        let mut tokens = Vec::new();
        if temper.escapes && asked.stream {
            let units: Vec<u16> = text.encode_utf16().collect();
            for units in units.chunks(size) {
                let inside: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
                tokens.extend(said(&inside, meant.form));
                tokens.push(Part::Pause(gap));
            }
        } else {
            for some in pieces(text, size) {
                match meant.form {
                    Form::Two if asked.stream => tokens.extend(said(&inside(&some), meant.form)),
                    _ => tokens.push(Part::Text(some)),
                }
            }
        }
        if meant.form == Form::Tool {
            tokens.push(Part::ToolCall("say".into()));
            tokens.extend(pieces(&meant.arguments, size).map(Part::Arguments));
        }
        let thinks = temper.thinks && asked.begun.is_empty();
        let thoughts =
            if thinks { (0..4).map(|n| Part::Reasoning(format!("hm{n} "))).collect() } else { vec![] };
        Self {
            thoughts,
            tokens,
            stream: asked.stream,
            form: meant.form,
            text: text.to_owned(),
            gap,
            pieces: dice.percent(25).then(|| dice.between(1, 40) as usize),
        }
    }

    fn made(self, parts: Vec<Part>) -> Behaviour {
        let mut behaviour = Behaviour::completes(parts).paced(self.gap, self.gap);
        if self.form == Form::Two && !self.stream {
            // The simulator folds into one choice.
            let choice = |index: u64| json!({ "index": index, "message": { "role": "assistant", "content": self.text }, "finish_reason": "stop" });
            let body = json!({ "id": "two", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice(0), choice(1)] });
            behaviour.content = Content::Pieces(vec![body.to_string().into()]);
        }
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
                Some(raw(0, &inside(text), "\"stop\"")).filter(|_| !text.contains('"'))
            }
            _ => None,
        };
        parts.append(&mut self.tokens);
        match (joined, self.form) {
            (Some(event), _) => {
                parts.pop();
                parts.push(Part::Raw(event));
            }
            (None, Form::Two) if self.stream => {
                parts.extend([0, 1].map(|index| Part::Raw(raw(index, "", "\"stop\""))));
            }
            (None, Form::Tool) => parts.push(Part::Finish("tool_calls".into())),
            (None, _) => parts.push(Part::Finish("stop".into())),
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

fn pieces(text: &str, size: usize) -> impl Iterator<Item = String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(size).map(|some| some.iter().collect()).collect::<Vec<_>>().into_iter()
}

/// A piece of text, inside of its quotes, by each of the choices.
fn said(inside: &str, form: Form) -> Vec<Part> {
    let choices = if form == Form::Two { 2 } else { 1 };
    (0..choices).map(|index| Part::Raw(raw(index, inside, "null"))).collect()
}

fn inside(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn raw(index: usize, inside: &str, finish: &str) -> Bytes {
    format!(
        "data: {{\"id\":\"raw\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":{index},\"delta\":{{\"content\":\"{inside}\"}},\"finish_reason\":{finish}}}]}}\n\n"
    )
    .into()
}
