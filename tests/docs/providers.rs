//! `docs/providers.md`, made from the catalogue.

use std::fmt::Write as _;

use steadfast::catalog::{
    self, ALIASES, ContentShape, Dialect, KeyIn, LAUNCH, Model, Prefill, Quirks, StreamUsage, Tier,
    TokenLimit, ToolChoice, ToolIds,
};

pub(crate) fn page() -> String {
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
        let mut known_of_it =
            in_its_own_words(row.dialect).map(str::to_owned).into_iter().collect::<Vec<_>>();
        known_of_it.extend(done);
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
[README](../README.md#configuration). Most are asked in OpenAI's format; Anthropic and Gemini are asked in their own.

Whichever format a provider has, callers send and get what they are used to. What a model does not take is translated,
or left out, and the trail says so (\"temperature clamped to 1\", \"dropped seed\"); what cannot be said at all is a 400.

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

/// What is said of a provider with a format of its own.
fn in_its_own_words(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Anthropic => Some(
            "asked in its own format, Messages, by the rules of each generation of Claude: thinking and effort, \
             sampling, JSON schemas, how long an answer may be; what it signed of its thoughts travels in \
             `reasoning_details` and goes back to it alone",
        ),
        Dialect::Gemini => Some(
            "asked in its own format, `generateContent`, by the rules of each generation of Gemini: thinking, \
             sampling, penalties, JSON; what it signed of its calls travels in `extra_content` and goes back to it \
             alone; Vertex is the same with another `base_url`",
        ),
        Dialect::OpenAi | Dialect::Responses => None,
    }
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
    if quirks.responses {
        said.push("callers of Responses are passed on to its `/responses`".into());
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
