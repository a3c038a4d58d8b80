//! The languages that callers speak.
//!
//! Inside, everybody speaks OpenAI's Chat Completions. A surface says a caller's request in it, and says
//! what comes back in the caller's own words: a whole answer, a stream event by event, an error. It knows
//! no provider, and nobody else knows that the caller speaks otherwise; the one exception is a provider of
//! the caller's own language, to whom his own words go (see [`native`](crate::dialect::native)).

pub mod messages;
mod names;
pub mod responses;
mod turn;
mod voice;

use bytes::Bytes;

use crate::catalog::Dialect;
use crate::chat::request::{Ask, Form, Native, Purpose, Renamed};
use crate::error::ApiError;
use crate::json::{self, Object, Writer, quoted};
use crate::text;

use self::voice::Tongue;
pub use self::voice::Voice;

/// A language that callers speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// OpenAI's Chat Completions.
    Chat,
    /// Anthropic's Messages.
    Messages,
    /// The same, to be counted only.
    MessagesCount,
    /// OpenAI's Responses.
    Responses,
    /// OpenAI's Embeddings.
    Embeddings,
}

/// What a vendor did not sign, or another one did, bears this mark on its way to the caller and back.
pub(crate) const MARK: &str = "steadfast:";

/// What another vendor signed, opaque to the caller: it comes back as it went. `said` is JSON text, in the common
/// language.
fn sealed(said: &str) -> String {
    quoted(&format!("{MARK}{said}"))
}

/// What stands behind the mark, if it is there.
fn unsealed(json: &str) -> Option<String> {
    json::text(json)?.strip_prefix(MARK).map(str::to_owned)
}

/// What the common language does not carry.
struct Bound {
    language: &'static str,
    /// Why only a target of the caller's own language can answer.
    why: Option<String>,
    /// What the others do not hear of.
    lost: Vec<String>,
    /// The last message is the beginning of an answer.
    begun: bool,
    /// The tools that others know otherwise.
    renamed: Vec<Renamed>,
    /// Tools stand among the items of the conversation, or are looked for in its course.
    loads_tools: bool,
}

impl Bound {
    fn new(language: &'static str) -> Self {
        Self { language, why: None, lost: Vec::new(), begun: false, renamed: Vec::new(), loads_tools: false }
    }

    /// Notes what the others do not hear of, once.
    fn loses(&mut self, what: &str) {
        let note = format!("dropped {what}");
        if self.lost.len() < MOST_LOST && !self.lost.contains(&note) {
            self.lost.push(note);
        }
    }

    /// Notes the members of which no word is said to others.
    fn loses_others(&mut self, object: &Object<'_>, is_said: &dyn Fn(&str) -> bool) {
        for (name, value) in object.members() {
            if !is_said(name) && json::says_something(value) {
                self.loses(name);
            }
        }
    }

    /// Notes that only this language can say a thing of that name.
    fn to(&mut self, what: &str, name: &str) {
        if self.why.is_none() {
            let what = format!("{what}`{name}`");
            // It may be the caller's own word.
            let what = text::shortened(&what, LONGEST_WORD);
            self.why = Some(format!("only {} can say {what}", self.language));
        }
    }

    /// Notes a tool of that kind, which is left to the provider: only this language can say it. Beside functions a search
    /// is a wish, be it in the web, as Codex always brings one, or among tools that others are offered anyway.
    fn leaves(&mut self, kind: &str, functions: &Writer) {
        let is_search = WISHES.iter().any(|wish| kind.starts_with(wish));
        if is_search && !functions.is_empty() {
            self.loses(&format!("the tool {kind}"));
        } else {
            self.to("the tool ", kind);
        }
    }
}

const WISHES: [&str; 3] = ["web_search", "web_fetch", "tool_search"];

const LONGEST_WORD: usize = 100;
/// More than a trail has room for.
const MOST_LOST: usize = 20;

/// A member that is not as it has to be, and what was expected there.
struct Wrong {
    place: String,
    expected: &'static str,
}

#[inline(never)]
fn wrong(place: &str, expected: &'static str) -> Wrong {
    Wrong { place: place.to_owned(), expected }
}

/// Offers the functions among tools (lists, as JSON texts) as the common language has them, each name once: whether there are
/// any, for where there is nothing to choose from, a choice is refused. `read` writes all of one but its name, and says how
/// it is called; `None`: it is none, and cannot be said as one.
fn offers(
    lists: &[&str],
    bound: &mut Bound,
    chat: &mut Writer,
    read: fn(&Object<'_>, &mut Writer) -> Option<Form>,
) -> Result<bool, Wrong> {
    let (mut out, mut others) = (Writer::list(), Vec::new());
    let mut known = Vec::new();
    let mut add = |tool: Object<'_>, space: Option<&str>| {
        let mut function = Writer::object();
        let Some(form) = read(&tool, &mut function) else {
            others.push(tool.word("type").to_owned());
            return;
        };
        let name = if form == Form::Search { Some(SEARCH) } else { tool.value("name") };
        let renamed = name.and_then(|name| names::renamed(space, name, form));
        let heard = renamed.as_ref().map(|tool| tool.heard.as_str()).or(name).map(str::to_owned);
        if known.len() < MOST_TOOLS && heard.is_some() && known.contains(&heard) {
            // The same one again, or another that would be called so too.
            let is_same = match &renamed {
                Some(tool) => bound.renamed.contains(tool),
                None => bound.renamed.iter().all(|tool| Some(&tool.heard) != heard.as_ref()),
            };
            if !is_same {
                bound.loses("a tool that has another's name");
            }
            return;
        }
        function.maybe("name", heard.as_deref());
        out.put(r#"{"type":"function","function":$}"#, &[&function.finish()]);
        known.push(heard);
        bound.renamed.extend(renamed);
    };
    for list in lists {
        each_tool(list, &mut add).ok_or_else(|| wrong("tools", "a list of tools"))?;
    }
    bound.loads_tools |= bound.renamed.iter().any(|tool| tool.own.form == Form::Search);
    let notes =
        [(Form::Function, "tools sent under other names"), (Form::Custom, "custom tools sent as functions")];
    for (form, note) in notes {
        if bound.renamed.iter().any(|tool| tool.own.form == form) {
            bound.lost.push(note.to_owned());
        }
    }
    others.iter().for_each(|kind| bound.leaves(kind, &out));
    chat.unless_empty("tools", &out);
    Ok(!out.is_empty())
}

/// Each tool is looked for among those before it: of more than any model is offered, the rest goes out as it came.
const MOST_TOOLS: usize = 1_000;

/// The name of a search among further tools, which has none of its own.
const SEARCH: &str = "\"tool_search\"";

/// Visits the tools of a list, with the namespace that each is in, if any; `None`: it is no list of tools.
fn each_tool<'l>(list: &'l str, visit: &mut dyn FnMut(Object<'l>, Option<&str>)) -> Option<()> {
    for tool in json::elements(list)? {
        let tool = json::object(tool)?;
        let mut is_space = false;
        if tool.is("type", "\"namespace\"") {
            for inner in tool.list("tools").objects() {
                is_space = true;
                visit(inner, tool.said("name"));
            }
        }
        if !is_space {
            visit(tool, None);
        }
    }
    Some(())
}

impl From<Wrong> for ApiError {
    fn from(Wrong { place, expected }: Wrong) -> Self {
        Self::invalid_request(Some(&place), format!("`{place}` is wrong: expected {expected}."))
    }
}

/// The members of a body.
fn opened(body: &[u8]) -> Result<Object<'_>, ApiError> {
    Object::read(body).map_err(|error| {
        ApiError::invalid_request(None, format!("The body must be one JSON object: {error}."))
    })
}

/// Nothing is kept between requests, here or at the provider: who continues by such a name (the whole conversation goes
/// into `whole`) would be heard without what came before.
fn refuse_memory(object: &Object<'_>, names: &[&str], whole: &str) -> Result<(), ApiError> {
    let Some(name) = names.iter().find(|name| object.said(name).is_some()) else { return Ok(()) };
    let message = format!(
        "`{name}` is not taken: this gateway keeps no conversation, and the next request may go to another provider. \
         Send the whole conversation in `{whole}`."
    );
    Err(ApiError::invalid_request(Some(name), message))
}

/// A request in the caller's own language (`body`, of which `object` was read), which is `chat` in the common one.
fn asked(
    purpose: Purpose,
    dialect: Dialect,
    body: &Bytes,
    object: &Object<'_>,
    chat: String,
    bound: Bound,
    cleaned: Option<String>,
) -> Result<Ask, ApiError> {
    let mut ask = Ask::read_for(purpose, chat.into())?;
    ask.native = Some(Native {
        dialect,
        body: body.clone(),
        outline: object.outline(),
        bound: bound.why,
        lost: bound.lost,
        cleaned,
        begun: bound.begun,
        renamed: bound.renamed,
        loads_tools: bound.loads_tools,
    });
    Ok(ask)
}

impl Surface {
    /// The language of an endpoint, by its path.
    #[must_use]
    pub fn of(path: &str) -> Self {
        match path {
            "/v1/messages" => Self::Messages,
            "/v1/messages/count_tokens" => Self::MessagesCount,
            // There is nothing there; but that is said in the caller's language.
            path if path.starts_with("/v1/messages/") => Self::Messages,
            "/v1/responses" => Self::Responses,
            "/v1/embeddings" => Self::Embeddings,
            _ => Self::Chat,
        }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// 400 `invalid_request`, with the field and what was expected there.
    pub fn read(self, body: Bytes) -> Result<Ask, ApiError> {
        match self {
            Self::Chat => Ask::read(body),
            Self::Messages => messages::request::read(Purpose::Chat, body),
            Self::MessagesCount => messages::request::read(Purpose::Count, body),
            Self::Responses => responses::request::read(body),
            Self::Embeddings => Ask::read_for(Purpose::Embeddings, body),
        }
    }

    /// Says a whole answer (a `chat.completion`) to this request.
    #[must_use]
    pub fn answer(self, ask: &Ask, body: Vec<Bytes>) -> Vec<Bytes> {
        match self {
            Self::Chat | Self::Embeddings | Self::MessagesCount => body,
            Self::Messages => vec![messages::answer::write(&body.concat(), ask.renamed()).into()],
            Self::Responses => vec![responses::answer::write(ask, &body.concat()).into()],
        }
    }

    /// What says a stream in answer to this request; `None`: it goes out as it is.
    #[must_use]
    pub fn voice(self, ask: &Ask) -> Option<Voice> {
        let tongue: Box<dyn Tongue> = match self {
            Self::Chat | Self::Embeddings | Self::MessagesCount => return None,
            Self::Messages => Box::new(messages::stream::Messages::new(ask.renamed())),
            Self::Responses => Box::new(responses::stream::Responses::new(ask)),
        };
        Some(Voice::new(tongue))
    }

    /// Says an error.
    #[must_use]
    pub fn error(self, error: &ApiError, id: &str) -> String {
        match self {
            Self::Chat | Self::Responses | Self::Embeddings => error.body(),
            Self::Messages | Self::MessagesCount => messages::error::write(error, id),
        }
    }
}

#[cfg(test)]
mod tests;
