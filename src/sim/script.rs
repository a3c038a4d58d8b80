//! What a provider does with one attempt, as plain data that reads like a story:
//! `Behaviour::answers("…").after(300).cut_after(4)`.
//!
//! One story serves both kinds of request. Asked for a stream, the provider sends the parts one by one;
//! otherwise it folds them into one body, and an ending that is not a good one then breaks that body in
//! the middle.

use bytes::Bytes;

use super::delay::Delay;
use crate::host::Millis;

/// What a provider does with one attempt.
///
/// | field | unless told otherwise |
/// |---|---|
/// | `opening` | headers with the status 200 |
/// | `latency`, `first`, `gap` | no time at all |
/// | `end` | the body ends as it should |
/// | `pieces_of` | one event of a stream is one piece on the wire |
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// Until the headers, or until the connection fails.
    pub latency: Delay,
    /// How the answer begins, if it does.
    pub opening: Opening,
    /// Headers beside `content-type`; one of the same name replaces that.
    pub headers: Vec<(String, String)>,
    /// What the body says.
    pub content: Content,
    /// From the headers to the first token, or to the first piece of a body of bytes.
    pub first: Delay,
    /// Between two tokens or pieces.
    pub gap: Delay,
    /// How the body ends.
    pub end: End,
    /// Cut everything into pieces of that many bytes, wherever that falls.
    pub pieces_of: Option<usize>,
}

/// How an answer begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// With a status and headers.
    Status(u16),
    /// Not: the connection fails before the headers, in these words.
    Fails(String),
    /// Not, and nobody says so: silence on an open connection.
    Never,
}

/// What the body of an answer says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A chat completion.
    Completion(Vec<Part>),
    /// An error object.
    Error(ErrorObject),
    /// These bytes in these pieces, whatever was asked.
    Pieces(Vec<Bytes>),
}

/// A part of a completion: an event of the stream, or what is folded into the one body.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A chunk that says only who speaks.
    Role,
    /// A token of the answer.
    Text(String),
    /// A token of the thoughts before it.
    Reasoning(String),
    /// A token of a refusal.
    Refusal(String),
    /// The beginning of a tool call, with its name.
    ToolCall(String),
    /// A token of the arguments of that call.
    Arguments(String),
    /// Why the answer is over.
    Finish(String),
    /// What it cost; the tokens are counted when they are not stated. Sent in a stream if asked for.
    Usage {
        /// Tokens of the prompt and of the completion.
        stated: Option<(u64, u64)>,
    },
    /// `[DONE]`.
    Done,
    /// A comment line.
    Comment(String),
    /// An error object where a chunk should be, or in place of the whole body.
    Error(ErrorObject),
    /// These bytes as they are; they are left out of a folded body.
    Raw(Bytes),
    /// Time passes.
    Pause(Delay),
}

/// An error as OpenAI writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorObject {
    /// For people.
    pub message: String,
    /// `type`.
    pub kind: String,
    /// For programs.
    pub code: Option<String>,
}

/// How a body ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// As it should: the connection says that this was all.
    Closes,
    /// The connection is reset, one gap after the last piece.
    Breaks,
    /// Nothing more comes, and the connection stays open.
    Stalls,
    /// The same part again and again, for ever. In an answer that is not streamed: blank lines.
    Repeats {
        /// What comes.
        part: Part,
        /// How often.
        every: Millis,
    },
}

impl Part {
    /// Whether the model had to make it up, which takes time.
    #[must_use]
    pub fn is_token(&self) -> bool {
        matches!(
            self,
            Self::Text(_) | Self::Reasoning(_) | Self::Refusal(_) | Self::ToolCall(_) | Self::Arguments(_)
        )
    }
}

impl ErrorObject {
    /// An error of that kind.
    #[must_use]
    pub fn new(kind: &str, code: &str, message: &str) -> Self {
        Self {
            message: message.to_owned(),
            kind: kind.to_owned(),
            code: Some(code.to_owned()).filter(|code| !code.is_empty()),
        }
    }

    /// What OpenAI says with that status.
    #[must_use]
    pub fn of(status: u16) -> Self {
        let (kind, code, message) = match status {
            401 => ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
            403 => ("invalid_request_error", "", "You are not allowed to use this model."),
            404 => (
                "invalid_request_error",
                "model_not_found",
                "The model does not exist or you do not have access to it.",
            ),
            429 => ("requests", "rate_limit_exceeded", "Rate limit reached for requests."),
            503 => (
                "service_unavailable_error",
                "server_is_overloaded",
                "The model is overloaded. Please try again later.",
            ),
            500.. => ("server_error", "", "The server had an error while processing your request."),
            _ => ("invalid_request_error", "", "The request could not be understood."),
        };
        Self::new(kind, code, message)
    }
}
