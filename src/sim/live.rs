//! The provider `sim`: for a first start without any key.
//!
//! It answers over a real host, in real time, without a network. Its models have their faults in their
//! names, so that a newcomer can watch a fallback happen; every answer says that it is simulated.

use std::borrow::Cow;
use std::rc::Rc;

use super::delay::Delay;
use super::divert::Divert;
use super::provider::{self, Asked};
use super::script::{Behaviour, ErrorObject};
use crate::host::Host;
use crate::json::{self, Edit, filled};

/// Where the provider `sim` is: a name that no network can ever know (RFC 2606, section 2).
pub const BASE_URL: &str = "http://sim.invalid/v1";

/// The configuration of a start without any other.
pub const CONFIG: &str = r#"{
  "providers": {
    "sim": { "dialect": "openai", "base_url": "http://sim.invalid/v1", "keys": [] }
  },
  "models": {
    "sim/steady":  { "context": 131072, "price": { "input": 1, "output": 2 }, "reasoning": false },
    "sim/slow":    { "context": 131072, "price": { "input": 0.5, "output": 1 }, "reasoning": false },
    "sim/down":    { "context": 131072, "price": { "input": 0.1, "output": 0.2 }, "reasoning": false },
    "sim/flaky":   { "context": 131072, "price": { "input": 0.2, "output": 0.4 }, "reasoning": false },
    "sim/cut":     { "context": 131072, "price": { "input": 0.2, "output": 0.4 }, "reasoning": false },
    "sim/limited": { "context": 131072, "price": { "input": 0.1, "output": 0.2 }, "reasoning": false }
  },
  "routes": {
    "premium":  { "fallback": ["sim/flaky", "sim/steady"] },
    "standard": { "fallback": ["sim/down", "sim/steady"], "degrade_to": "budget" },
    "budget":   { "fallback": ["sim/limited", "sim/steady"] },
    "hasty":    { "fallback": [
      { "model": "sim/slow", "timeouts": { "first_token_ms": 1500, "attempt_ms": 2000 } },
      "sim/steady"
    ] },
    "broken":   { "fallback": ["sim/cut", "sim/steady"] },
    "quick":    { "race": ["sim/slow", "sim/steady", "sim/down"] },
    "auto":     { "auto": ["sim/steady", "sim/flaky", "sim/slow"] }
  }
}"#;

/// What is run when the simulator is on: [`CONFIG`] when nothing was written, else what was written and the
/// provider `sim` beside its own.
#[must_use]
pub fn configuration(written: Option<&str>) -> Cow<'_, str> {
    let Some(written) = written else { return Cow::Borrowed(CONFIG) };
    // What is no object is left as it is: whoever reads it says what is wrong with it.
    let Some(config) = json::object(written.trim_start_matches('\u{feff}')) else {
        return Cow::Borrowed(written);
    };
    let written_providers = config.value("providers").unwrap_or("{}");
    let mut edit = Edit::new(&config);
    if let Some(providers) = json::object(written_providers)
        && providers.value("sim").is_none()
    {
        let mut more = Edit::new(&providers);
        more.set("sim", filled(r#"{"dialect":"openai","base_url":"$","keys":[]}"#, &[BASE_URL]));
        edit.set("providers", more.text().unwrap_or_default());
    }
    edit.text().map_or(Cow::Borrowed(written), Cow::Owned)
}

/// A host with one provider more: calls to `sim` are answered here, over that host's time; all others go to it.
#[must_use]
pub fn simulated(host: Rc<dyn Host>) -> impl Host {
    Divert::new(host, |host, request| {
        if !request.url.starts_with(BASE_URL) {
            return host.fetch(request);
        }
        let asked = Asked::read(&request.body.concat());
        let mut random = || host.random();
        let behaviour = model(&asked, &mut random);
        provider::answer(host, &behaviour, &asked, &mut random)
    })
}

/// What the model of that name does.
fn model(asked: &Asked, random: &mut dyn FnMut() -> u64) -> Behaviour {
    let answer = || {
        Behaviour::answers(&text(asked))
            .taking(Delay::Between(150, 350))
            .paced(Delay::Between(20, 80), Delay::Between(15, 45))
    };
    match asked.model.as_str() {
        "steady" => answer(),
        "slow" => answer().first_token_after(4_000),
        "down" => refusal(503),
        "flaky" => match random() % 6 {
            0 => refusal(500),
            1 => refusal(429),
            2 => Behaviour::resets().after(80),
            _ => answer(),
        },
        "cut" => answer().cut_after(9),
        "limited" => refusal(429).header("retry-after", "20"),
        unknown => Behaviour::status(404)
            .saying(&format!("The model `{unknown}` does not exist or you do not have access to it.")),
    }
}

fn refusal(status: u16) -> Behaviour {
    let message = ErrorObject::of(status).message;
    Behaviour::status(status).saying(&format!("{message} (simulated)")).taking(Delay::Between(40, 120))
}

/// What every answer says: that it is none. All models say the same, so that one can carry on for another.
fn text(asked: &Asked) -> String {
    let whole = format!(
        "This answer is simulated: no provider was asked. You said: \"{}\" Set the key of a provider to hear a real model.",
        excerpt(&asked.last_said)
    );
    whole.strip_prefix(&asked.begun).map(str::to_owned).unwrap_or(whole)
}

/// The first words, on one line.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 80;
    let words: Vec<&str> = text.split_whitespace().take(LONGEST).collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Headers, Millis, UpstreamRequest};
    use crate::sim::SimHost;
    use bytes::Bytes;
    use serde_json::{Value, json};

    /// The status and the body, or why there is none; and how long that took.
    type Answered = (Result<(u16, Result<Bytes, String>), String>, Millis);

    /// Asks a model.
    fn ask(host: &SimHost, model: &str, stream: bool, said: &str) -> Answered {
        let simulated = simulated(host.handle());
        let body = json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": said}]});
        let begun = host.now();
        let answer = host.world().run(async {
            let mut response = simulated
                .fetch(UpstreamRequest {
                    url: format!("{BASE_URL}/chat/completions"),
                    headers: Headers::default(),
                    body: vec![body.to_string().into()],
                })
                .await?;
            Ok((response.status, response.body.read_all(100_000).await.map(Option::unwrap_or_default)))
        });
        (answer.unwrap(), host.now() - begun)
    }

    #[test]
    fn an_answer_says_that_it_is_simulated_by_whom_and_what_was_said() {
        let host = SimHost::seeded(3);
        let (answer, _) = ask(&host, "steady", false, "What  is\nthe time?");
        let (status, body) = answer.unwrap();
        let body: Value = serde_json::from_slice(&body.unwrap()).unwrap();
        let text = body["choices"][0]["message"]["content"].as_str().unwrap();
        assert_eq!(status, 200);
        assert!(text.contains("is simulated"));
        assert!(text.contains("What is the time?"));
    }

    #[test]
    fn a_long_question_is_quoted_in_short() {
        assert_eq!(excerpt(&"ä".repeat(100)), format!("{}…", "ä".repeat(80)));
        assert_eq!(excerpt(&"ä".repeat(80)), "ä".repeat(80));
    }

    #[test]
    fn each_model_has_its_fault() {
        let host = SimHost::seeded(3);
        let (answer, took) = ask(&host, "slow", true, "Hello?");
        assert_eq!(answer.unwrap().0, 200);
        assert!(took > 4_000);
        assert_eq!(ask(&host, "down", false, "Hello?").0.unwrap().0, 503);
        assert_eq!(ask(&host, "limited", false, "Hello?").0.unwrap().0, 429);
        for stream in [true, false] {
            let (status, body) = ask(&host, "cut", stream, "Hello?").0.unwrap();
            assert_eq!((status, body), (200, Err("connection reset".to_owned())));
        }
        let (status, body) = ask(&host, "nobody", false, "Hello?").0.unwrap();
        assert_eq!(status, 404);
        let body: Value = serde_json::from_slice(&body.unwrap()).unwrap();
        assert_eq!(body["error"]["code"], "model_not_found");
    }

    #[test]
    fn the_flaky_one_fails_about_half_the_time() {
        let host = SimHost::seeded(3);
        let answered =
            (0..400).filter(|_| matches!(ask(&host, "flaky", false, "Hello?").0, Ok((200, _)))).count();
        assert!((150..250).contains(&answered), "{answered} of 400");
    }

    #[test]
    fn all_other_calls_go_to_the_host_beneath() {
        let host = SimHost::seeded(3);
        let simulated = simulated(host.handle());
        let request = UpstreamRequest {
            url: "http://a.test/v1/chat/completions".to_owned(),
            headers: Headers::default(),
            body: vec![r#"{"model":"x"}"#.into()],
        };
        assert!(host.world().run(simulated.fetch(request)).unwrap().is_ok());
        assert_eq!(host.tried(), ["a/x"]);
    }

    #[test]
    fn what_was_written_is_kept_as_it_stands() {
        let sim = r#"{"sim":{"dialect":"openai","base_url":"http://sim.invalid/v1","keys":[]}}"#;
        assert_eq!(
            configuration(Some("\u{feff}{\"routes\": {}}")),
            format!(r#"{{"routes": {{}},"providers":{sim}}}"#)
        );
        // What is wrong with these is said by whoever reads them.
        for own in
            ["nonsense", r#"{"routes":{"a":{}},"routes":{"b":{}}}"#, r#"{"providers":{"sim":{"keys":[]}}}"#]
        {
            assert_eq!(configuration(Some(own)), own);
        }
    }

    #[test]
    fn the_configuration_is_json_and_names_this_address() {
        let config: Value = serde_json::from_str(CONFIG).unwrap();
        assert_eq!(config["providers"]["sim"]["base_url"], BASE_URL);
    }
}
