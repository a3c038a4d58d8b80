//! What a built-in provider is: an address, the names of its secret, and its departures from OpenAI.
//!
//! Every field of [`Quirks`] stands for something seen on the wire or said on a vendor's page. A
//! vendor whose requests or answers cannot be put right by these fields is a dialect of its own and
//! does not belong here.

use super::source::Source;
use crate::words::{Pairs, Words, words};

/// A vendor, and how its chat endpoint is spoken to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Provider {
    /// The part of a model's id before the first slash.
    pub name: &'static str,
    /// What `/chat/completions` is appended to. Empty where each account has a host of its own: the
    /// configuration must then give `base_url`.
    pub base_url: &'static str,
    /// Environment names under which the key is accepted. The first is the one that messages name:
    /// always the provider's name in capitals with `_API_KEY`; then the vendor's own names. Empty
    /// for a provider that needs no key, which therefore serves only when a configuration lists it.
    pub keys: &'static [&'static str],
    /// The language it speaks.
    pub dialect: Dialect,
    /// Where its format departs from OpenAI's.
    pub quirks: Quirks,
    /// The vendor's page about this endpoint.
    pub source: Source,
}

/// The languages that providers speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's Chat Completions, or nearly.
    OpenAi,
    /// Anthropic's Messages.
    Anthropic,
    /// Gemini's `generateContent`.
    Gemini,
    /// OpenAI's Responses.
    Responses,
}

impl Dialect {
    /// The name in configurations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Responses => "responses",
        }
    }
}

/// How an OpenAI-shaped endpoint departs from OpenAI's own.
///
/// A row says only what differs: `Quirks { sends_done: false, ..Quirks::STANDARD }`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quirks {
    // What the request must look like.
    /// Where the key goes.
    pub key_in: KeyIn,
    /// Which name of the output limit it takes.
    pub token_limit: TokenLimit,
    /// Higher temperatures are refused or capped: clamp to this number and say so in the trail.
    pub max_temperature: Option<&'static str>,
    /// What `seed` is called here.
    pub seed_field: &'static str,
    /// Which values of `tool_choice` it takes.
    pub tool_choice: ToolChoice,
    /// Whether `tools[].function.strict` may be sent.
    pub strict_tools: bool,
    /// Whether each part of a function's schema must say its type.
    pub typed_schemas: bool,
    /// Which ids of tool calls it takes back.
    pub tool_ids: ToolIds,
    /// Whether a `json_schema` in `response_format` binds the answer. Where it is silently ignored
    /// the target counts as unable, whatever the model could do elsewhere.
    pub json_schema: bool,
    /// Whether JSON of no certain form may be asked for without a word about it in the messages.
    pub json_unspoken: bool,
    /// Whether a conversation without a user message is refused.
    pub needs_user_message: bool,
    /// Whether a content may be a list of texts alone; else they go out as one text.
    pub text_lists: bool,
    /// What stands beside calls of tools when nothing is said.
    pub unsaid: Unsaid,
    /// Whether a message may say who of several speaks.
    pub names: bool,
    /// Whether it refuses a user who speaks right after a tool, an instruction once the conversation has begun, and an
    /// assistant at the end who is not told to carry on.
    pub strict_order: bool,
    /// Whether it has OpenAI's `/responses` beside its chat endpoint: callers of Responses are passed on to it.
    pub responses: bool,
    /// Which of a caller's tools that endpoint takes.
    pub caller_tools: CallerTools,
    /// Whether its chat endpoint lets a model think that is given tools; else such a request is made of `/responses`.
    pub thinks_with_tools: bool,
    /// Whether it reads files in a conversation, of models that read images.
    pub files: bool,
    /// Whether its chat fetches a file that lies elsewhere.
    pub fetches_files: bool,
    /// Whether it fetches an image that lies elsewhere; else the image itself must be sent.
    pub addresses: bool,
    /// Whether its models in the catalogue hear.
    pub hears: bool,
    /// Whether an answer can be held to a JSON schema while it is streamed, or while tools may be called.
    pub schema_besides: bool,
    /// Whether `developer` is a role here; else such a message goes out as `system`.
    pub developer_role: bool,
    /// How it is told to think, or not to.
    pub thinking: Thinking,
    /// Models of its that are told otherwise, by the beginnings of their names; the first that fits counts.
    pub apart: &'static [Apart],
    /// The efforts that models whose names begin so refuse, each with the nearest that they take.
    pub efforts: &'static [(&'static str, Pairs)],
    /// Whether it gives one answer alone, whatever `n` asks for.
    pub one_choice: bool,
    /// Fields that it refuses, and that change an answer without being what it is about: they are left out, and
    /// the trail says so.
    pub refuses: Words,
    /// Whether it refuses whatever it does not know: what other vendors alone understand is left out too.
    pub refuses_unknown: bool,
    /// How it takes back what a model thought in earlier turns.
    pub thoughts_back: ThoughtsBack,
    /// How it is told to carry on from text that has been delivered already. It does so only for a
    /// model whose [`prefill`](super::Capabilities::prefill) is set too.
    pub prefill: Prefill,

    // What the answer looks like.
    /// When a stream says what it used.
    pub stream_usage: StreamUsage,
    /// Whether a complete stream ends with `[DONE]`. For the documentation: from anybody, the finish reason followed
    /// by the end of the body is a complete answer too.
    pub sends_done: bool,
    /// Whether a 429 that speaks of the quota is a matter of a minute: it is what it says for a limit of tokens a
    /// minute too.
    pub quota_comes_back: bool,
}

impl Quirks {
    /// The format as OpenAI documents it, with every field passed on as the caller wrote it.
    pub const STANDARD: Self = Self {
        key_in: KeyIn::Bearer,
        token_limit: TokenLimit::AsSent,
        max_temperature: None,
        seed_field: "seed",
        tool_choice: ToolChoice::Any,
        strict_tools: true,
        typed_schemas: false,
        tool_ids: ToolIds::Any,
        json_schema: true,
        json_unspoken: true,
        needs_user_message: false,
        text_lists: true,
        unsaid: Unsaid::Any,
        names: true,
        strict_order: false,
        responses: false,
        caller_tools: CallerTools::Any,
        thinks_with_tools: true,
        files: true,
        fetches_files: false,
        addresses: true,
        hears: false,
        schema_besides: true,
        developer_role: true,
        thinking: Thinking::AsSent,
        apart: &[],
        efforts: &[],
        one_choice: false,
        refuses: words![],
        refuses_unknown: false,
        thoughts_back: ThoughtsBack::No,
        prefill: Prefill::None,
        stream_usage: StreamUsage::OnRequest,
        sends_done: true,
        quota_comes_back: false,
    };

    /// Whether this is OpenAI's own chat, at its maker's or at Azure: the one that does not let a model think that is given
    /// tools. What else it alone refuses goes with that.
    pub fn is_openai(&self) -> bool {
        !self.thinks_with_tools
    }

    /// How this model is told to think, or not to, and which tools to call.
    pub fn of(&self, model: &str) -> (Thinking, ToolChoice) {
        let apart = self.apart.iter().find(|apart| model.starts_with(apart.models));
        apart.map_or((self.thinking, self.tool_choice), |apart| (apart.thinking, apart.tool_choice))
    }
}

/// Models that are told otherwise than their vendor's others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Apart {
    /// How their names begin.
    pub models: &'static str,
    /// How they are told to think, or not to.
    pub thinking: Thinking,
    /// Which values of `tool_choice` they take.
    pub tool_choice: ToolChoice,
}

/// The header that carries the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyIn {
    /// `authorization: Bearer …`
    Bearer,
    /// `api-key: …`, as Azure wants it.
    ApiKeyHeader,
}

/// The name of the output limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenLimit {
    /// Either name is understood, or nothing is known: what the caller wrote is sent.
    AsSent,
    /// Only `max_tokens`.
    MaxTokens,
    /// Only `max_completion_tokens`.
    MaxCompletionTokens,
    /// Either, and not both.
    One,
    /// Only `max_completion_tokens` of OpenAI's models, which may have any name; either, and not both, of other vendors'.
    ByFamily,
    /// Either; a `max_tokens` of more than 32,768 is refused while a model thinks, the other is not.
    Longer,
}

/// Which kinds of tools a caller of Responses may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerTools {
    /// All of OpenAI's, or nothing is known.
    Any,
    /// Any, but of custom ones `apply_patch` alone.
    Patches,
    /// These kinds; and nobody may say how far a search goes.
    Of(&'static [&'static str]),
}

/// Which values of `tool_choice` are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// All of OpenAI's.
    Any,
    /// No `required`: `auto` goes in its place. A named one only while the model does not think.
    NotRequired,
    /// `required` and a named one only while the model does not think.
    Unthinking,
    /// No named one: `required` goes in its place.
    NotNamed,
    /// Neither `required` nor a named one: `auto` goes in their place.
    NotForced,
    /// Nothing but `auto`.
    AutoOnly,
    /// `required` is spelled `any`.
    RequiredIsAny,
}

/// Which ids of tool calls are taken back in the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolIds {
    /// Whatever another provider made.
    Any,
    /// Nine letters and digits: others are replaced, the same one everywhere.
    NineAlphanumerics,
    /// Forty characters at most, which vLLM's are longer than: such are replaced in the same way.
    Forty,
}

/// What stands in the place of a text beside calls of tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsaid {
    /// An empty text or `null`.
    Any,
    /// An empty text alone.
    Text,
    /// Not even a `content`.
    Nothing,
}

/// The words for thinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinking {
    /// Nothing is known: what the caller wrote is sent.
    AsSent,
    /// `reasoning_effort`; the switches of other vendors are refused.
    Effort,
    /// `enable_thinking`, true or false.
    Switch {
        /// Whether it takes `reasoning_effort` besides, unless there is a `thinking_budget`.
        effort: bool,
    },
    /// `thinking`, an object of `type`: `enabled` or `disabled`.
    Kind {
        /// Whether it takes `reasoning_effort` besides.
        effort: bool,
        /// Whether `disabled` is taken; else the least effort goes in its place, where there is one.
        off: bool,
    },
}

/// How the thoughts of earlier turns are taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThoughtsBack {
    /// Not at all; what a caller writes of them is ignored.
    No,
    /// Not at all: a message that bears them is refused, or anything else beyond what the vendor lists.
    Refused,
    /// As `reasoning_content`, and some refuse a call of a tool without it.
    Content,
    /// As `reasoning_details`, signatures of whatever vendor in them.
    Details,
}

/// How a trailing assistant message is continued instead of answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefill {
    /// It is not: the model is asked in words.
    None,
    /// By being last; nothing is added to it.
    Trailing,
    /// With `"prefix": true` in it. `path` goes between the base URL and `/chat/completions`: empty,
    /// or where the vendor keeps the feature.
    Prefix {
        /// Begins with a slash, or is empty.
        path: &'static str,
    },
    /// With `"partial": true` in it.
    Partial,
}

/// When a stream says what it used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamUsage {
    /// When `stream_options.include_usage` asks for it.
    OnRequest,
    /// Always. `stream_options` is not sent: needless to some, refused by others.
    Always,
}
