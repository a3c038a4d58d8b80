//! `docs/providers.md`, made from the catalogue.

use std::fmt::Write as _;

use steadfast::catalog::{
    self, ALIASES, CallerTools, Dialect, KeyIn, LAUNCH, Model, Prefill, Quirks, StreamUsage, Thinking,
    ThoughtsBack, Tier, TokenLimit, ToolChoice, ToolIds, Unsaid,
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
        let mut known: Vec<_> = in_its_own_words(row.dialect).map(str::to_owned).into_iter().collect();
        known.extend(acted_on(&row.quirks));
        let known = if known.is_empty() { "–".to_owned() } else { known.join("; ") };
        let _ = writeln!(page, "| **{}** | {url} | {keys} | {known} | [page]({}) |", row.name, row.source);
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
    for (retired, current) in ALIASES.iter() {
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
or left out, and the trail says so (\"temperature lowered to 1\", \"dropped seed\"); what cannot be said at all is a 400.

\"To be known\" says where a provider departs from OpenAI's format and what steadfast does about it. What vendors
and servers in general do otherwise is put right for all of them, those in no table included: a finish reason that
comes twice or in other words, `content` as a list or an object, ids and names of tool calls that are repeated or
missing, counts in every chunk or in other places, `service_tier` in other words, chunks that say nothing.

## What a target cannot do

A request is never sent to a target that would lose what it is about, and what only shapes the answer does not keep
it from being answered:

| the request has | and the target does not take it |
|---|---|
| tools, images, files, sounds, a JSON schema | it is passed over; if nobody is left, a 400 says who could |
| a prompt longer than its window | it is asked once at most, and then only those with a larger window are |
| a forced tool, a high temperature, a limit beyond its longest answer, `strict`, `n` above 1 | it gets what it takes, and the trail notes it |
| `reasoning_effort`, `enable_thinking`, `thinking` | the wish is said in the vendor's words |
| `logprobs`, penalties, stops, sampling parameters | they are left out, and the trail notes it |
| a wish of that kind that no table says it refuses, but its 400 does | it is asked once more without, at once, and not told of it again for an hour |
| tools or images, of which it says itself that it does not take them | the next target is asked, and it need not rest |
| the beginning of an answer to carry on from | it is asked in words |

Notes stand in `x-steadfast-trail` (`groq/openai/gpt-oss-120b ok 655ms (dropped logprobs)`) and as `notes` in the
trail of the body and of the closing comment. What is known of a model can be set right in the configuration's
`models`; of a model that is in no table, everything but a prefill is presumed. `GET /v1/models` shows what counts.
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
of their models failed. Models whose provider has no key are passed over. `auto` stands for every model
in the table of the seven launch providers, and of those that the configuration has an entry for.

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
        (can.fixed_sampling, "no sampling parameters"),
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

/// What thinks and is told how hard.
const BOUND: Thinking = Thinking::Kind { effort: true, off: false };

/// The departures that requests and answers are adapted to.
fn acted_on(quirks: &Quirks) -> Vec<String> {
    let mut said = Vec::new();
    if quirks.key_in == KeyIn::ApiKeyHeader {
        said.push("the key goes in the header `api-key`".into());
    }
    match quirks.token_limit {
        TokenLimit::AsSent => {}
        TokenLimit::MaxTokens => said.push("`max_completion_tokens` is sent as `max_tokens`".into()),
        TokenLimit::ByFamily => said.push(
            "`max_tokens` is sent as `max_completion_tokens`, of models whose names are not those of other vendors".into(),
        ),
        TokenLimit::One => said.push("of `max_tokens` and `max_completion_tokens` one is sent".into()),
        TokenLimit::Longer => {
            said.push("a `max_tokens` of more than 32,768 is sent as `max_completion_tokens`".into())
        }
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
    if quirks.quota_comes_back {
        said.push("its 429 for a used-up quota is taken for a rate limit".into());
    }
    if quirks.responses {
        said.push("callers of Responses are passed on to its `/responses`".into());
    }
    match quirks.caller_tools {
        CallerTools::Any => {}
        CallerTools::Patches => {
            said.push("asked by its chat when they bring a custom tool other than `apply_patch`".into());
        }
        CallerTools::Of(_) => {
            said.push(
                "asked by its chat when they bring namespaces or custom tools; passed over when they bring others that it does not know"
                    .into(),
            );
        }
    }
    if !quirks.names {
        said.push("`name` is left out of messages".into());
    }
    if !quirks.files {
        said.push("takes no files".into());
    }
    if quirks.fetches_files {
        said.push("fetches files from their addresses".into());
    }
    if !quirks.addresses {
        said.push("takes no images by their address, and is passed over when there are any".into());
    }
    if !quirks.schema_besides {
        said.push("passed over when a JSON schema is asked for in a stream, or beside tools".into());
    }
    if !quirks.thinks_with_tools {
        said.push(
            "models that think and are given tools are asked by `/responses`, for its chat refuses that"
                .into(),
        );
        said.push("passed over when there are more than 128 tools, but for callers of Responses".into());
        said.push("choices at the top of a tool's schema become members of it".into());
        said.push("`metadata` goes to its chat with `store: true` alone".into());
        said.push("models that cannot think (`gpt-4…`) are not told how, nor how much to say".into());
    }
    match quirks.thoughts_back {
        ThoughtsBack::No => {}
        ThoughtsBack::Refused => {
            said.push("refuses what it does not know in a message (`reasoning_content`, `refusal`), which is left out".into());
        }
        ThoughtsBack::Content => {
            said.push("thoughts of callers of Messages and Responses go back as `reasoning_content`".into())
        }
        ThoughtsBack::Details => said.push("takes `reasoning_details` back, the others do not".into()),
    }
    match quirks.prefill {
        Prefill::None => {}
        Prefill::Trailing => said.push("carries on from an assistant message at the end".into()),
        Prefill::Prefix { .. } => {
            said.push("carries on from an assistant message with `prefix: true`".into())
        }
        Prefill::Partial => said.push("carries on from an assistant message with `partial: true`".into()),
    }
    if let Some(most) = quirks.max_temperature {
        said.push(format!("`temperature` is lowered to {most}"));
    }
    if quirks.seed_field != "seed" {
        said.push(format!("`seed` is sent as `{}`", quirks.seed_field));
    }
    match quirks.tool_choice {
        ToolChoice::Any => {}
        ToolChoice::NotRequired => {
            said.push("`tool_choice: required` is sent as `auto`; where a tool is named it is told not to think, or, if it is to, `auto`".into());
        }
        ToolChoice::Unthinking => {
            said.push(
                "where a tool has to be called it is told not to think, or, if it is to, `auto`".into(),
            );
        }
        ToolChoice::NotNamed => said.push(
            "where a tool is named, `tool_choice` is sent as `required`, of some older models as `auto`"
                .into(),
        ),
        ToolChoice::NotForced => said.push("a forced tool is sent as `tool_choice: auto`".into()),
        ToolChoice::AutoOnly => {
            said.push("any `tool_choice` is sent as `auto`, and with `none` no tools".into())
        }
        ToolChoice::RequiredIsAny => said.push("`tool_choice: required` is sent as `any`".into()),
    }
    if !quirks.strict_tools {
        said.push("`strict` is left out of tools".into());
    }
    if quirks.typed_schemas {
        said.push("what has no type in a tool's schema gets one".into());
    }
    match quirks.tool_ids {
        ToolIds::Any => {}
        ToolIds::NineAlphanumerics => said.push("ids of tool calls become nine letters and digits".into()),
        ToolIds::Forty => {
            said.push("ids of tool calls become nine letters and digits where they are too long".into());
        }
    }
    if !quirks.json_schema {
        said.push("passed over when a JSON schema is asked for, which it would ignore".into());
    }
    if quirks.one_choice {
        said.push("`n` is sent as 1".into());
    }
    if quirks.refuses.iter().next().is_some() {
        let refused: Vec<_> = quirks.refuses.iter().map(|name| format!("`{name}`")).collect();
        said.push(format!("left out: {}", refused.join(", ")));
    }
    if !quirks.json_unspoken {
        said.push(
            "where JSON is asked for and not spoken of, a word about it goes before the messages".into(),
        );
    }
    if quirks.refuses_unknown {
        said.push(
            "what others alone understand (`top_k`, `cache_control` and their like) is left out".into(),
        );
    }
    match quirks.thinking {
        Thinking::AsSent => {}
        Thinking::Effort => said.push("other vendors' switches for thinking are left out".into()),
        Thinking::Switch { .. } => {
            said.push("a wish to think, or not to, is sent as `enable_thinking`".into())
        }
        Thinking::Kind { .. } => {
            said.push("a wish to think, or not to, is sent as `thinking: {type}`".into())
        }
    }
    let bound: Vec<_> = quirks.apart.iter().filter(|apart| apart.thinking == BOUND).collect();
    if !bound.is_empty() {
        let names: Vec<_> = bound.iter().map(|apart| format!("`{}`", apart.models)).collect();
        said.push(format!(
            "models whose names begin with {} think whatever is said, and are told `reasoning_effort: low` where they are \
             not to",
            names.join(", ")
        ));
    }
    if !quirks.efforts.is_empty() {
        said.push("an effort that a model does not take is sent as the nearest that it does".into());
    }
    if !quirks.developer_role {
        said.push("`developer` is sent as `system`".into());
    }
    if quirks.strict_order {
        said.push(
            "between a tool and a user an assistant says `OK.`, one at the end gets `prefix: true`, and an instruction in \
             the midst is sent as the user's"
                .into(),
        );
    }
    if !quirks.text_lists {
        said.push("a list of texts is sent as one text".into());
    }
    match quirks.unsaid {
        Unsaid::Any => {}
        Unsaid::Text => said.push("`null` beside calls of tools is sent as an empty text".into()),
        Unsaid::Nothing => said.push("an empty text beside calls of tools is left out".into()),
    }
    if quirks.needs_user_message {
        said.push("a conversation without a user gets one".into());
    }
    said
}
