//! What a request needs of a model, told from its bytes.

use super::marks::Marks;
use crate::catalog::{self, Dialect};
use crate::config::Target;
use crate::json::Object;
use crate::search;

/// What a request needs of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// It calls tools.
    pub tools: bool,
    /// There are images in it.
    pub vision: bool,
    /// There are images in it that lie elsewhere.
    pub addresses: bool,
    /// There are files in it.
    pub files: bool,
    /// There are files in it that lie at OpenAI.
    pub held: bool,
    /// There are files in it that lie elsewhere.
    pub linked: bool,
    /// There are sounds in it.
    pub sounds: bool,
    /// The answer is to follow a JSON schema.
    pub json_schema: bool,
    /// And is streamed, or may call tools.
    pub schema_besides: bool,
    /// It is to be thought about. Who does not think may answer all the same.
    pub reasoning: bool,
    /// So many tokens, guessed, must fit into the window.
    pub context: u32,
}

/// What an answer is about: a target that cannot do it is not asked, for the caller would mind its absence more
/// than that of an answer. What only shapes an answer is left out of the request instead, and noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Calling tools.
    Tools,
    /// Reading images, and files of which each page is one.
    Vision,
    /// Fetching images.
    Addresses,
    /// Reading files.
    Files,
    /// Reading files that lie elsewhere.
    Links,
    /// Hearing.
    Sounds,
    /// Holding to a JSON schema.
    JsonSchema,
    /// And that in a stream, or where tools may be called.
    SchemaBesides,
}

impl Capability {
    /// What a model with it does.
    #[must_use]
    pub fn does(self) -> &'static str {
        match self {
            Self::Tools => "calls tools",
            Self::Vision => "reads images and files",
            Self::Addresses => "fetches images from their addresses",
            Self::Files => "reads files",
            Self::Links => "reads files that lie there or elsewhere",
            Self::Sounds => "hears",
            Self::JsonSchema => "holds to a JSON schema",
            Self::SchemaBesides => "holds to a JSON schema in a stream or beside tools",
        }
    }

    /// The field of the request that asks for it.
    #[must_use]
    pub fn param(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Vision | Self::Addresses | Self::Files | Self::Links | Self::Sounds => "messages",
            Self::JsonSchema | Self::SchemaBesides => "response_format",
        }
    }

    /// The field of the configuration's `models` that says so; `None`: it is the provider who cannot.
    #[must_use]
    pub fn fact(self) -> Option<&'static str> {
        match self {
            Self::Tools => Some("tools"),
            Self::Vision => Some("vision"),
            Self::JsonSchema => Some("json_schema"),
            _ => None,
        }
    }
}

impl Needs {
    /// Reads them off a request, in whose messages these words stand.
    #[must_use]
    pub fn of(object: &Object<'_>, body: &[u8], marks: Marks) -> Self {
        let messages = object.bytes("messages").unwrap_or_default();
        let has = |name: &str| search::contains(messages, name);
        let tools = object.said("tools").or(object.said("functions")).is_some();
        let vision = marks.has("image_url");
        let files = has_files(marks);
        let json_schema =
            object.value("response_format").is_some_and(|format| search::contains(format, "\"json_schema\""));
        Self {
            tools,
            vision,
            // What a search has found has addresses too.
            addresses: vision
                && ["\"url\":\"http", "\"url\": \"http", "\"image_url\":\"http"].into_iter().any(has),
            sounds: marks.has("input_audio"),
            files,
            // Others' ids look otherwise: Mistral's are UUIDs.
            held: files && ["\"file_id\":\"file-", "\"file_id\": \"file-"].into_iter().any(has),
            linked: files && ["\"file_data\":\"http", "\"file_data\": \"http"].into_iter().any(has),
            json_schema,
            schema_besides: json_schema && (tools || object.is("stream", "true")),
            reasoning: object.inside("reasoning_effort").is_some_and(|effort| !LEAST.contains(&effort)),
            context: u32::try_from(tokens(body)).unwrap_or(u32::MAX),
        }
    }

    /// Whether this target can do it.
    #[must_use]
    pub fn are_met_by(&self, target: &Target) -> bool {
        self.unmet_by(target).is_none() && target.facts.context.is_none_or(|window| window > self.context)
    }

    /// What this target is known not to do, of what is needed; last what its chat alone does not.
    #[must_use]
    pub fn unmet_by(&self, target: &Target) -> Option<Capability> {
        let can = target.facts.capabilities;
        let quirks = &target.provider.quirks;
        [
            (Capability::Tools, self.tools && !can.tools),
            (Capability::Vision, (self.vision || self.files) && !can.vision),
            (Capability::Files, self.files && !quirks.files),
            (Capability::Addresses, self.addresses && !quirks.addresses),
            (Capability::Sounds, self.sounds && is_deaf(target)),
            (Capability::JsonSchema, self.json_schema && !can.json_schema),
            (Capability::SchemaBesides, self.schema_besides && !quirks.schema_besides),
            (Capability::Links, is_shut(target) && (self.linked || self.held && !quirks.is_openai())),
        ]
        .into_iter()
        .find_map(|(capability, is_unmet)| is_unmet.then_some(capability))
    }
}

/// Efforts by which no thoughts are asked for, or as few as can be.
const LEAST: [&str; 3] = ["none", "minimal", ""];

/// Whether the catalogue knows that it hears nothing.
fn is_deaf(target: &Target) -> bool {
    let (provider, model) = (&target.provider, &target.model);
    !provider.quirks.hears && provider.known && catalog::model(&provider.name, model).is_some()
}

/// Whether its chat reads no file but one that is sent, or one that OpenAI holds: it would refuse the whole request.
fn is_shut(target: &Target) -> bool {
    let provider = &target.provider;
    provider.dialect == Dialect::OpenAi && provider.known && !provider.quirks.fetches_files
}

fn has_files(marks: Marks) -> bool {
    marks.has("file_data") || marks.has("file_id")
}

/// Whether a target could lack anything that a request with these marks may need.
#[must_use]
pub fn may_lack(target: &Target, marks: impl FnOnce() -> Marks) -> bool {
    let (can, quirks) = (target.facts.capabilities, &target.provider.quirks);
    let takes_all = quirks.files && quirks.addresses && quirks.schema_besides && !is_deaf(target);
    !(can.tools && can.vision && can.json_schema && takes_all) || is_shut(target) && has_files(marks())
}

/// A guess at the tokens of a request: English has four bytes a token, and an image or a file so many, however many bytes
/// it has.
#[must_use]
pub fn tokens(body: &[u8]) -> u64 {
    let (mut bytes, mut files, mut over) = (body.len(), 0, 0);
    for at in search::places(body, ";base64,") {
        if at < over {
            continue; // A text may be full of them: each stretch counts once.
        }
        let data = body.get(at..).unwrap_or_default();
        let length = memchr::memchr(b'"', data).unwrap_or(data.len());
        bytes = bytes.saturating_sub(length);
        files += 1;
        over = at + length;
    }
    bytes.div_ceil(4) as u64 + files * A_FILE
}

/// What Anthropic counts for an image of common size (its guide to vision, "Evaluate image size").
const A_FILE: u64 = 1_500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_full_of_marks_is_one_file_at_most_and_read_once() {
        let body = format!(r#"{{"content":"{}"}}"#, ";base64,".repeat(200_000));
        assert_eq!(tokens(body.as_bytes()), A_FILE + 4);
    }
}
