//! The README's examples: each configuration that it shows is run over the simulator, and what stands below it is
//! what came of that.

use serde_json::{Value, json};
use steadfast::catalog;
use steadfast::sim::{Behaviour, SimHost, base_url};
use steadfast::{Door, Gateway, Plan, Secrets};

use super::support::{Story, hello, hello_streamed};
use super::what_happens::seen;

/// What came of the configuration below a heading.
type Happens = fn(&str) -> String;

/// The headings, and what stands in the blocks below the configuration there.
const EXAMPLES: [(&str, &[Happens]); 12] = [
    (
        "#### Fallback",
        &[|readme| {
            let story = world(&example(readme, "#### Fallback"));
            story.script("openai/gpt-5.4-mini", [Behaviour::status(503).after(212)]);
            story.script("deepseek/deepseek-flash", good(655));
            seen(&story.ask("chat"))
        }],
    ),
    (
        "#### Hedge",
        &[|readme| {
            let story = world(&example(readme, "#### Hedge"));
            story.script("openai/gpt-5.4-mini", good(9_000)).script("qwen/qwen-plus", good(610));
            seen(&story.ask("steady"))
        }],
    ),
    (
        "#### Race",
        &[|readme| {
            let story = world(&example(readme, "#### Race"));
            story.script("deepseek/deepseek-flash", good(2_400));
            story.script("qwen/qwen-turbo", [Behaviour::status(503).after(35)]);
            story.script("zhipu/glm-4.7-flash", good(480));
            seen(&story.ask("quick"))
        }],
    ),
    (
        "#### Tiers",
        &[|readme| {
            let story = world(&example(readme, "#### Tiers"));
            story.script("openai/gpt-6.1-sol", [Behaviour::status(503).after(180)]);
            story.script("deepseek/deepseek-flash", good(655));
            seen(&story.ask("premium"))
        }],
    ),
    (
        "#### A floor and a cap",
        &[|readme| {
            let story = world(&example(readme, "#### Tiers"));
            story.script("openai/gpt-6.1-sol", [Behaviour::status(503).after(180)]);
            story.script("deepseek/deepseek-flash", [Behaviour::status(504).after(90)]);
            seen(&story.chat(&serde_json::from_str(&example(readme, "#### A floor and a cap")).unwrap()))
        }],
    ),
    (
        "#### Balance by weight",
        &[|readme| {
            let story = world(&example(readme, "#### Balance by weight"));
            story.script("openai/gpt-5.4-mini", good(700)).script("lab/llama", good(420));
            let served: Vec<String> =
                (0..1000).map(|_| story.ask("split").header("x-steadfast-model").to_owned()).collect();
            let count = |name: &str| served.iter().filter(|model| *model == name).count();
            ["openai/gpt-5.4-mini", "lab/llama"]
                .map(|name| format!("{name}: {} of 1000", count(name)))
                .join("\n")
        }],
    ),
    (
        "#### Balance by latency",
        &[|readme| {
            let story = world(&example(readme, "#### Balance by latency"));
            story.script("deepseek/deepseek-flash", good(700)).script("qwen/qwen-plus", good(420));
            story.script("zhipu/glm-4.7", good(950));
            let served: Vec<String> =
                (0..1000).map(|_| story.ask("nearest").header("x-steadfast-model").to_owned()).collect();
            let count = |name: &str| served.iter().filter(|model| *model == name).count();
            ["qwen/qwen-plus", "deepseek/deepseek-flash", "zhipu/glm-4.7"]
                .map(|name| format!("{name}: {} of 1000", count(name)))
                .join("\n")
        }],
    ),
    (
        "#### Auto",
        &[|readme| {
            let story = world(&example(readme, "#### Auto"));
            story.script("openai/gpt-5.4-mini", good(500)).script("deepseek/deepseek-flash", good(700));
            story.script("qwen/qwen-plus", good(650));
            for _ in 0..60 {
                story.ask("best");
            }
            let mut body = hello("best");
            body["steadfast"] = json!({ "trail": true });
            let answer = story.chat(&body);
            let ranking = answer.json()["steadfast"]["ranking"].to_string();
            format!("{}\n\n{{…, \"steadfast\": {{…, \"ranking\": {ranking}}}}}", seen(&answer))
        }],
    ),
    (
        "#### Strategies in strategies",
        &[|readme| {
            let story = world(&example(readme, "#### Strategies in strategies"));
            story.script("deepseek/deepseek-flash", [Behaviour::status(503).after(120)]);
            story.script("qwen/qwen-plus", [Behaviour::resets().after(45)]);
            story.script("openai/gpt-5.4-mini", good(655));
            seen(&story.ask("mixed"))
        }],
    ),
    (
        "#### When a stream breaks",
        &[|readme| {
            let story = world(&example(readme, "#### When a stream breaks"));
            let whole = Behaviour::answers("The Seine rises in Burgundy and flows to the sea.");
            story.script("deepseek/deepseek-flash", [whole.clone().after(640).every(20).cut_after(5)]);
            story.script("qwen/qwen-plus", [whole.after(480)]);
            seen(&story.chat(&hello_streamed("chat")))
        }],
    ),
    (
        "### Alerts",
        &[|readme| {
            let story = world(&example(readme, "### Alerts"));
            story.script("openai/gpt-5.4-mini", [Behaviour::status(401).after(60)]);
            story.ask("openai/gpt-5.4-mini");
            story.comes_to_rest();
            let posted =
                story.attempts().into_iter().find(|attempt| attempt.provider == "hooks").expect("an alert");
            serde_json::to_string_pretty(&posted.json()).unwrap()
        }],
    ),
    (
        "## The seed program",
        &[
            |readme| {
                let story = world(&example(readme, "## The seed program"));
                story.script("deepseek/deepseek-flash", [Behaviour::never_answers()]);
                story.script("qwen/qwen-plus", [Behaviour::status(503).after(213)]);
                story.script("zhipu/glm-4.7-flash", good(1_303));
                seen(&story.ask("chain"))
            },
            |readme| {
                let story = world(&example(readme, "## The seed program"));
                story.script("deepseek/deepseek-flash", [Behaviour::status(503).after(157)]);
                let limited = Behaviour::status(429).header("retry-after", "30").after(62);
                story.script("qwen/qwen-plus", [limited]);
                story.script("zhipu/glm-4.7-flash", [Behaviour::never_answers()]);
                story.script("openai/gpt-5.4-mini", [Behaviour::status(401).after(88)]);
                let answer = story.ask("chain");
                let error = answer.error();
                let whole = seen(&answer);
                let head = whole.split_once("\n\n").unwrap().0;
                format!(
                    "{head}\n\n{{\"error\": {{\"code\": {}, \"type\": {}, \"param\": {},\n  \"message\": {},\n  \"attempts\": [{},\n    …]}}}}",
                    error["code"], error["type"], error["param"], error["message"], error["attempts"][0]
                )
            },
        ],
    ),
];

/// The README with what came of its examples.
pub(crate) fn readme(readme: &str) -> String {
    let mut text = readme.to_owned();
    for (heading, blocks) in EXAMPLES {
        for (number, happens) in blocks.iter().enumerate() {
            let (start, end) = shown(&text, heading, number);
            text.replace_range(start..end, &happens(&text));
        }
    }
    text
}

fn good(milliseconds: u64) -> [Behaviour; 1] {
    [Behaviour::answers("Hello.").after(milliseconds)]
}

/// The JSON below a heading.
fn example(text: &str, heading: &str) -> String {
    let below = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}")).1;
    let block = below.split_once("```json\n").unwrap_or_else(|| panic!("{heading} shows no JSON")).1;
    block.split_once("```").unwrap().0.to_owned()
}

/// Where a block of what came stands, below that JSON.
fn shown(text: &str, heading: &str, number: usize) -> (usize, usize) {
    let json = example(text, heading);
    let from = text.find(&format!("\n{heading}\n")).unwrap();
    let mut end = from + text[from..].find(&json).unwrap() + json.len() + "```".len();
    let mut start = end;
    for _ in 0..=number {
        start = end + text[end..].find("\n```\n").expect("a block with what came of it") + "\n```\n".len();
        end = start + text[start..].find("\n```").unwrap() + "\n```".len();
    }
    (start, end - "\n```".len())
}

/// A world in which the providers that a configuration names are simulated, and have keys.
fn world(config: &str) -> Story {
    let mut config: Value = serde_json::from_str(config).unwrap();
    let mut keys = vec![("SLACK_WEBHOOK_URL".to_owned(), "http://hooks.test/services/T0".to_owned())];
    let named = |name: &str| config.to_string().contains(&format!("\"{name}/")) || name == "openai";
    let known = ["openai", "deepseek", "qwen", "zhipu"].into_iter().filter(|name| named(name));
    let known: Vec<&str> = known.collect();
    let own: Vec<String> =
        config["providers"].as_object().map(|own| own.keys().cloned().collect()).unwrap_or_default();
    for name in known.into_iter().chain(own.iter().map(String::as_str)) {
        config["providers"][name]["base_url"] = json!(base_url(name));
        let names = catalog::provider(name).map_or(vec!["LAB_API_KEY"], |row| row.keys.to_vec());
        keys.push((names[0].to_owned(), format!("key-of-{name}")));
    }
    let plan = Plan::from_json(&config.to_string());
    let secrets: Secrets = keys.iter().map(|(name, key)| (name.as_str(), key.as_str())).collect();
    Story { host: SimHost::seeded(1), gateway: Gateway::new(plan, secrets, Door::open()) }
}
