//! What the documentation says about providers, models, failures and configurations is what the code says.
//!
//! `docs/providers.md` is written by this test. After a change of the catalogue:
//! `UPDATE_DOCS=1 cargo test --features sim --test docs`.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use steadfast::Plan;
use steadfast::catalog::{
    self, ALIASES, ContentShape, KeyIn, LAUNCH, Model, Prefill, Quirks, StreamUsage, Tier, TokenLimit,
    ToolChoice, ToolIds,
};
use steadfast::class::{Again, Class, Classes, Harm, Next};
use steadfast::config::Timeouts;

#[test]
fn the_page_of_providers_is_up_to_date() {
    let file = root().join("docs/providers.md");
    let made = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, &made).unwrap();
    }
    assert!(
        fs::read_to_string(&file).unwrap_or_default() == made,
        "docs/providers.md is stale; renew it with: UPDATE_DOCS=1 cargo test --features sim --test docs"
    );
}

#[test]
fn every_model_in_the_documentation_is_in_the_catalogue() {
    let mut seen = BTreeSet::new();
    for (file, text) in pages() {
        for word in words(&text) {
            let Some((provider, model)) = word.split_once('/').filter(|_| !word.ends_with(".rs")) else {
                continue;
            };
            let known = match provider {
                "sim" => simulated().contains(word),
                _ if catalog::provider(provider).is_some() => catalog::model(provider, model).is_some(),
                _ => continue,
            };
            assert!(known, "{file} names {word}, which the catalogue does not have");
            seen.insert(word.to_owned());
        }
    }
    assert!(seen.len() > 20, "only {seen:?} were found");
}

#[test]
fn every_model_that_an_example_asks_for_can_be_had() {
    for (file, text) in pages() {
        for asked in asked_for(&text) {
            let route = ["premium", "standard", "budget", "auto"].contains(&asked);
            let ours = text.contains(&format!("\"{asked}\": {{"));
            let bare = catalog::models_named(asked).next().is_some();
            // With a slash it was looked at above.
            assert!(asked.contains('/') || route || ours || bare, "{file} asks for {asked}");
        }
    }
}

#[test]
fn every_configuration_in_the_documentation_is_valid() {
    let mut count = 0;
    for (file, text) in pages() {
        for block in blocks(&text, "json") {
            let shown: Value =
                serde_json::from_str(block).unwrap_or_else(|error| panic!("{file}: {error}\n{block}"));
            let is_config = ["providers", "models", "routes", "timeouts", "retry", "alerts", "auth"]
                .iter()
                .any(|field| shown.get(field).is_some());
            if is_config {
                count += 1;
                if let Err(errors) = Plan::from_json(block) {
                    panic!("{file}: {errors}\n{block}");
                }
            }
        }
    }
    assert!(count >= 3, "only {count} configurations were found");
}

/// The rows of the table of classes: what each allows, in the same words everywhere.
#[test]
fn the_page_of_failures_says_what_each_class_allows() {
    let page = fs::read_to_string(root().join("docs/faults.md")).unwrap();
    for class in Class::ALL {
        let name = format!("| `{class}` |");
        let row = page.lines().find(|line| line.starts_with(&name));
        let row = row.unwrap_or_else(|| panic!("docs/faults.md has no row for {class}"));
        let policy = class.policy();
        let again = match policy.again {
            Again::No => "no |",
            Again::Backoff => "up to `retries` times",
            Again::LastHope => "only as the last hope",
            Again::AfterWait => "another key at once; else after the wait",
            Again::OtherKey => "with another key",
        };
        let next = match policy.next {
            Next::Yes if Classes::DEFAULT.contains(class) => "| yes",
            Next::Yes => "only if `on` names it",
            Next::LargerWindow => "only a larger window",
            Next::No => "| never |",
        };
        let harm = match policy.harm {
            Harm::None => "nothing |",
            Harm::Target => "counts for the breaker |",
            Harm::RestsKey => "the key rests for this model",
            Harm::SpendsKey => "the key rests for 5 minutes",
            Harm::RestsTarget => "the target rests for 10 minutes",
        };
        for words in [again, next, harm] {
            assert!(row.contains(words), "the row of {class} does not say {words:?}: {row}");
        }
    }
}

#[test]
fn the_page_of_failures_gives_the_clocks_their_defaults() {
    let page = fs::read_to_string(root().join("docs/faults.md")).unwrap();
    let (plain, thinking) = (Timeouts::STANDARD, Timeouts::REASONING);
    for (name, plain, thinking) in [
        ("headers_ms", plain.headers, thinking.headers),
        ("first_token_ms", plain.first_token, thinking.first_token),
        ("idle_ms", plain.idle, thinking.idle),
        ("attempt_ms", plain.attempt, thinking.attempt),
        ("deadline_ms", plain.deadline, thinking.deadline),
        ("stream_ms", plain.stream, thinking.stream),
    ] {
        let cells = format!("| `{name}` | {plain} | {thinking} |");
        assert!(page.contains(&cells), "docs/faults.md does not say {cells}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages that people read, each with its name.
fn pages() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> =
        ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].iter().map(|name| root().join(name)).collect();
    let docs = fs::read_dir(root().join("docs")).unwrap();
    files.extend(
        docs.map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "md")),
    );
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, text)
    };
    files.into_iter().map(read).collect()
}

/// Everything that could be a model's id: runs of its characters, a full stop at the end of a sentence cut off.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    text.split(move |c: char| !is_part(c)).map(|word| word.trim_end_matches(['.', '/', '-']))
}

/// What stands behind `"model":` and `model=` in the examples.
fn asked_for(text: &str) -> impl Iterator<Item = &str> {
    ["\"model\": \"", "model=\"", "model: \""]
        .into_iter()
        .flat_map(|before| text.split(before).skip(1))
        .filter_map(|after| after.split('"').next())
}

/// The code blocks of that language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let start = format!("```{language}\n");
    text.split(start.as_str()).skip(1).filter_map(|after| after.split("```").next()).collect()
}

fn simulated() -> BTreeSet<String> {
    let config: Value = serde_json::from_str(steadfast::sim::live::CONFIG).unwrap();
    let models = config.get("models").and_then(Value::as_object).unwrap();
    models.keys().cloned().collect()
}

fn page() -> String {
    let mut page = String::from(HEAD);
    page += "\n| provider | base URL | secret | to be known | source |\n|---|---|---|---|---|\n";
    let launch = LAUNCH.iter().filter_map(|name| catalog::provider(name));
    let others = catalog::providers().iter().filter(|row| !LAUNCH.contains(&row.name));
    for row in launch.chain(others) {
        let url = match row.base_url {
            "" => "yours: set `base_url`".to_owned(),
            url => format!("`{url}`"),
        };
        let keys = row.keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let keys = if keys.is_empty() { "none; needs an entry in `providers`".to_owned() } else { keys };
        let (done, known) = (acted_on(&row.quirks), known_only(&row.quirks));
        let mut known_of_it = done;
        if !known.is_empty() {
            known_of_it.push(format!("*not acted on yet:* {}", known.join("; ")));
        }
        let known_of_it = if known_of_it.is_empty() { "–".to_owned() } else { known_of_it.join("; ") };
        let _ =
            writeln!(page, "| **{}** | {url} | {keys} | {known_of_it} | [page]({}) |", row.name, row.source);
    }
    page += MODELS;
    page += "\n| model | context | longest answer | input | output | cached input | can | tier | source |\n";
    page += "|---|--:|--:|--:|--:|--:|---|---|---|\n";
    catalog::models().iter().for_each(|model| page += &line(model));
    page += TIERS;
    for (name, tier) in [("premium", Tier::Premium), ("standard", Tier::Standard), ("budget", Tier::Budget)] {
        let models = catalog::tier(tier).iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "- `{name}`: {models}");
    }
    page += RETIRED;
    page += "\n| retired name | what is asked instead |\n|---|---|\n";
    for (retired, current) in ALIASES {
        let _ = writeln!(page, "| `{retired}` | `{current}` |");
    }
    page
}

const HEAD: &str = "\
# Providers and models

*This page is made from the catalogue in `src/catalog/`; change that and run
`UPDATE_DOCS=1 cargo test --features sim --test docs`.*

A provider is switched on by its key: set the secret, and its models can be asked as `provider/model`. Where several
names are listed, they are names for the same key, and the first that is set counts. A provider that is not in
the table needs an entry in the configuration with `dialect`, `base_url` and `keys`; see the
[README](../README.md#configuration). All of them are asked in OpenAI's format, Anthropic and Gemini through their
own OpenAI-compatible addresses.

\"To be known\" says where a provider departs from OpenAI's format and what steadfast does about it. What is marked
*not acted on yet* is on record in the catalogue, but requests and answers pass as they are.
";

const MODELS: &str = "
## Models

**Prices are in USD per million tokens, as of November 2026; they change, so look at the page named in each row before
you rely on one.** Those of Anthropic, DeepSeek and OpenAI's newest are from these pages. Prices and windows of Doubao,
Qwen, Gemini, GLM-5.3, GPT-5.4, GPT-4o, xAI, Moonshot, Groq and Mistral Medium were read from catalogues of third parties
and are still to be held against them. A price is the list price for short prompts; several vendors ask more beyond some
length. Qwen's are those of the Beijing region; Doubao's were converted from yuan at 6.74 to the dollar. The
configuration's `models` overrides any of these facts. A model that is not in the table can be asked all the same,
if its provider is known: steadfast then presumes that it has tools, vision and JSON schemas and takes time to
think, and reports no cost.

Context and longest answer are in tokens. \"Can\" lists what the vendor's page confirms.
";

const TIERS: &str = "
## The routes that exist by default

A configuration may define these names itself. `premium` degrades to `standard` and `standard` to `budget` when all
of their models failed. Models whose provider has no key are passed over. `auto` stands for every model in the table.

";

const RETIRED: &str = "
## Retired names

A request for one of these asks the model beside it, and the answer says so in its `model`. An entry in the
configuration's `models` under the retired name switches that off: the name then goes out as it is.
";

fn line(model: &Model) -> String {
    let price = |usd: Option<f64>| usd.map_or("–".to_owned(), |usd| format!("{usd}"));
    let can = model.capabilities;
    let can: Vec<_> = [
        (can.tools, "tools"),
        (can.vision, "vision"),
        (can.json_schema, "JSON schema"),
        (can.reasoning, "reasoning"),
        (can.prefill, "prefill"),
    ]
    .into_iter()
    .filter_map(|(has, what)| has.then_some(what))
    .collect();
    format!(
        "| `{}` | {} | {} | {} | {} | {} | {} | {} | [page]({}) |\n",
        model.id,
        grouped(model.context),
        if model.output == 0 { "–".to_owned() } else { grouped(model.output) },
        price(model.price.map(|price| price.input)),
        price(model.price.map(|price| price.output)),
        price(model.price.and_then(|price| price.cached)),
        can.join(", "),
        format!("{:?}", model.tier).to_lowercase(),
        model.source,
    )
}

/// `1048576` as `1,048,576`.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The departures that requests and answers are adapted to.
fn acted_on(quirks: &Quirks) -> Vec<String> {
    let mut said = Vec::new();
    if quirks.key_in == KeyIn::ApiKeyHeader {
        said.push("the key goes in the header `api-key`".into());
    }
    match quirks.token_limit {
        TokenLimit::AsSent => {}
        TokenLimit::MaxTokens => said.push("`max_completion_tokens` is sent as `max_tokens`".into()),
        TokenLimit::MaxCompletionTokens => {
            said.push("`max_tokens` is sent as `max_completion_tokens`".into())
        }
    }
    if quirks.stream_usage == StreamUsage::Always {
        said.push("its streams count tokens unasked, so `stream_options` is not sent".into());
    }
    if !quirks.sends_done {
        said.push("its streams end without `[DONE]`; the caller gets one".into());
    }
    if !quirks.sends_finish {
        said.push("its streams end without a `finish_reason`, which is not taken for a cut".into());
    }
    if quirks.opens_with_filter_results {
        said.push("the opening chunk of filter results is dropped".into());
    }
    match quirks.prefill {
        Prefill::None => {}
        Prefill::Trailing => said.push("carries on from an assistant message at the end".into()),
        Prefill::Prefix { .. } => {
            said.push("carries on from an assistant message with `prefix: true`".into())
        }
        Prefill::Partial => said.push("carries on from an assistant message with `partial: true`".into()),
    }
    said
}

/// The departures that are only on record.
fn known_only(quirks: &Quirks) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(most) = quirks.max_temperature {
        said.push(format!("`temperature` above {most} is refused or capped"));
    }
    if quirks.seed_field != "seed" {
        said.push(format!("`seed` is called `{}`", quirks.seed_field));
    }
    match quirks.tool_choice {
        ToolChoice::Any => {}
        ToolChoice::NotRequired => said.push("`tool_choice` does not take `required`".into()),
        ToolChoice::AutoOnly => said.push("`tool_choice` takes `auto` alone".into()),
        ToolChoice::RequiredIsAny => said.push("`tool_choice: required` is called `any`".into()),
    }
    if !quirks.strict_tools {
        said.push("tools do not take `strict`".into());
    }
    if quirks.tool_ids == ToolIds::NineAlphanumerics {
        said.push("ids of tool calls must be nine letters and digits".into());
    }
    if !quirks.json_schema {
        said.push("a JSON schema is accepted and ignored".into());
    }
    if quirks.needs_user_message {
        said.push("a conversation without a user message is refused".into());
    }
    if quirks.finish_repeats {
        said.push("the finish reason comes twice".into());
    }
    match quirks.content {
        ContentShape::Text => {}
        ContentShape::Parts => said.push("`content` may be a list of parts".into()),
        ContentShape::Object => said.push("`content` may be a JSON object".into()),
    }
    if quirks.reasoning_beside_completion {
        said.push("`completion_tokens` leaves reasoning out".into());
    }
    if quirks.foreign_service_tier {
        said.push("`service_tier` holds words that strict clients refuse".into());
    }
    said
}
