//! A caller's own request, as far as this target takes it. All else stays as it was written.

use super::seal;
use crate::config::Target;
use crate::dialect::asked::{Asked, dropped};
use crate::json::{Edit, Object};

/// What shapes the drawing of tokens: some models refuse all of it.
pub(super) const SAMPLING: [&str; 2] = ["temperature", "top_p"];

/// Fits a request to the target; `input` are the items that are sent.
pub fn own<'a>(
    object: &'a Object<'a>,
    input: &str,
    target: &'a Target,
    edit: &mut Edit<'_, '_>,
    notes: &mut Vec<String>,
) {
    if let Some(sent) = seal::sent(input, &target.provider.name) {
        edit.set("input", sent);
    }
    let asked = Asked::of(object, target);
    if target.facts.capabilities.fixed_sampling {
        for name in SAMPLING {
            if asked.value(name).is_some() {
                edit.remove(name);
                dropped(notes, name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use crate::config::{Kind, Plan};
    use crate::dialect;
    use crate::surface::Surface;

    #[test]
    fn what_shapes_the_drawing_goes_where_it_is_refused_whoever_asks() {
        let config = json!({
            "providers": { "own": { "dialect": "responses", "base_url": "https://own.test", "keys": [] } },
            "models": { "own/fixed": { "sampling": false } },
        });
        let plan = Plan::from_json(&config.to_string()).unwrap();
        let own = json!({ "model": "m", "temperature": 0.5, "top_p": 0.9, "top_logprobs": 2, "input": "?" });
        let chat =
            json!({ "model": "m", "temperature": 0.5, "top_p": 0.9, "top_logprobs": 2, "messages": [] });
        for (path, body) in [("/v1/responses", own), ("/v1/chat/completions", chat)] {
            for (model, is_taken) in [("own/free", true), ("own/fixed", false)] {
                let node = plan.resolve(model, &|_| true).unwrap();
                let Kind::Target(target) = &node.kind else { panic!("no target") };
                let ask = Surface::of(path).read(Bytes::from(body.to_string())).unwrap();
                let mut notes = Vec::new();
                let request = dialect::request(&ask, target, None, None, &mut notes).map_err(|_| ()).unwrap();
                let sent: Value = serde_json::from_slice(&request.body.concat()).unwrap();
                let has = ["temperature", "top_p", "top_logprobs"].map(|name| sent.get(name).is_some());
                assert_eq!(has, [is_taken, is_taken, true], "{path} {model}");
                assert_eq!(notes.len(), if is_taken { 0 } else { 2 }, "{notes:?}");
            }
        }
    }
}
