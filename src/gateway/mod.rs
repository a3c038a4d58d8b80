//! `fetch(Request) -> Response`: the one place where all the ideas meet.

mod alert;
mod chat;
pub(crate) mod core;
mod door;
mod http;
mod models;
pub(crate) mod record;
#[cfg(any(feature = "worker", test))]
pub(crate) mod rehearsal;
mod status;

use std::rc::Rc;

use crate::config::ConfigErrors;
use crate::config::Plan;
use crate::error::ApiError;
use crate::health::event::Event;
use crate::host::{Host, Level};
use crate::json::{filled, quoted};
use crate::secret::Secrets;
use crate::surface::Surface;
use crate::text;

use self::core::Core;
pub use self::door::Door;
pub use self::http::{Request, Response, ResponseBody};

/// A gateway: a configuration, the secrets it names, and what it remembers of its targets.
pub struct Gateway {
    state: Result<Rc<Core>, ConfigErrors>,
    door: Door,
}

impl Gateway {
    /// A gateway over a configuration. An invalid one still answers: with what is wrong with it, to
    /// holders of a key.
    #[must_use]
    pub fn new(plan: Result<Plan, ConfigErrors>, secrets: Secrets, door: Door) -> Self {
        let door = match &plan {
            Ok(plan) => door.with(plan),
            Err(_) => door,
        };
        Self { state: plan.map(|plan| Rc::new(Core::new(plan, secrets))), door }
    }

    /// The same gateway in the place of another one, for a new configuration of what is running: it goes on
    /// with what is remembered of the providers that are the same in both.
    #[must_use]
    pub fn succeeding(mut self, former: &Gateway) -> Self {
        if let (Ok(core), Ok(former)) = (&mut self.state, &former.state)
            && let Some(core) = Rc::get_mut(core)
        {
            core.succeed(former);
        }
        self
    }

    /// Another configuration was to take this one's place, and is invalid: who listens for alerts hears of it.
    pub fn stays(&self) {
        if let Ok(core) = &self.state {
            core.alerts.borrow_mut().note(Event::ConfigInvalid);
        }
    }

    /// Answers a request. The host serves this request alone.
    pub async fn fetch(&self, host: Rc<dyn Host>, request: Request) -> Response {
        let id = request_id(&request, &*host);
        let surface = Surface::of(path(&request));
        let origin = request.headers.find("origin").map(str::to_owned);
        let mut response = match self.route(&host, &id, request).await {
            Ok(response) => response,
            Err(error) => {
                host.log(Level::Info, &record::refused(&id, &error, host.unix_now()));
                Response::error(&error, surface, &id)
            }
        };
        response.headers.push("x-request-id", &id);
        // Anthropic's clients look for it under this name, and tell requests apart by it.
        if matches!(surface, Surface::Messages | Surface::MessagesCount) {
            response.headers.push("request-id", &id);
        }
        self.door.expose(origin.as_deref(), &mut response.headers);
        response
    }

    /// What `GET /status` answers, as JSON text; `None` while the configuration is invalid.
    #[must_use]
    pub fn status(&self, host: &dyn Host) -> Option<String> {
        let core = self.state.as_ref().ok()?;
        Some(status::report(core, host))
    }

    async fn route(&self, host: &Rc<dyn Host>, id: &str, request: Request) -> Result<Response, ApiError> {
        match self.way(&**host, &request)? {
            Way::Answered(response) => Ok(response),
            Way::ToModels(core) => {
                let surface = Surface::of(path(&request));
                chat::completions(core, host, id, surface, request).await
            }
        }
    }

    fn way(&self, host: &dyn Host, request: &Request) -> Result<Way<'_>, ApiError> {
        let path = path(request);
        let method = request.method.as_str();
        let only = |allow: &'static str| match method == allow || (allow == "GET" && method == "HEAD") {
            true => Ok(()),
            false => Err(ApiError::method_not_allowed(method, path, allow)),
        };
        let said =
            |name, text| Ok(Way::Answered(Response::json(200, filled(r#"{"$":$}"#, &[name, &quoted(text)]))));
        if method == "OPTIONS" {
            return Ok(Way::Answered(self.door.preflight(request)));
        }
        if path == "/" {
            only("GET")?;
            return said("steadfast", WELCOME);
        }
        if path == "/healthz" {
            only("GET")?;
            return said("status", "ok");
        }
        let admitted = self.door.admit(request);
        let core = match &self.state {
            Ok(core) => core,
            Err(errors) => return Err(door::config_invalid(errors, admitted.is_ok())),
        };
        admitted.map_err(|error| if core.is_keyless() { error.and(NO_PROVIDER_KEY) } else { error })?;
        core.health.borrow_mut().since(host.unix_now());
        let response = match path {
            "/v1/chat/completions"
            | "/v1/messages"
            | "/v1/messages/count_tokens"
            | "/v1/responses"
            | "/v1/embeddings" => {
                only("POST")?;
                return Ok(Way::ToModels(core));
            }
            "/v1/models" => {
                only("GET")?;
                models::list(core, host)
            }
            "/status" => {
                only("GET")?;
                status::show(core, host)
            }
            _ => match path.strip_prefix("/v1/models/") {
                Some(model) => {
                    only("GET")?;
                    models::one(core, host, model)?
                }
                None => return Err(ApiError::not_found(path)),
            },
        };
        Ok(Way::Answered(response))
    }
}

/// Where a request leads.
enum Way<'c> {
    /// No further.
    Answered(Response),
    /// To the models, with what is in its body.
    ToModels(&'c Rc<Core>),
}

/// The path of a request, without what is asked of it.
fn path(request: &Request) -> &str {
    let ends = |byte: &u8| matches!(byte, b'?' | b'#');
    let end = request.path.as_bytes().iter().position(ends).unwrap_or(request.path.len());
    request.path.get(..end).unwrap_or_default()
}

const WELCOME: &str = "Here answer POST /v1/chat/completions, /v1/responses and /v1/embeddings, as OpenAI's API does, \
    and /v1/messages, as Anthropic's does; GET /v1/models lists the models, \
    GET /status how they fare.";

/// The caller's own id, when it is one that may stand in a log; else a new one.
fn request_id(request: &Request, host: &dyn Host) -> String {
    let own = request
        .headers
        .find("x-request-id")
        .filter(|id| (1..=128).contains(&id.len()) && text::is_of(id, "_.-"));
    own.map_or_else(|| format!("sf-{:016x}", host.random()), str::to_owned)
}

const NO_PROVIDER_KEY: &str = " It has no provider key either: set one of OPENAI_API_KEY, ANTHROPIC_API_KEY, \
    GEMINI_API_KEY, DEEPSEEK_API_KEY, QWEN_API_KEY, ZHIPU_API_KEY, DOUBAO_API_KEY, or those your configuration names.";

/// The test build's way to prove that a panic is survived.
#[cfg(feature = "test-panic")]
#[expect(clippy::panic, reason = "this is what it is for")]
fn panic_if_asked(request: &Request) {
    if request.headers.find("x-steadfast-test-panic") == Some("1") {
        panic!("asked to");
    }
}

/// The same, once the head of a stream is sent.
#[cfg(feature = "test-panic")]
#[expect(clippy::panic, reason = "this is what it is for")]
fn panics_in_stream(request: &Request) -> impl Fn(Response) -> Response + use<> {
    use futures::{StreamExt as _, stream};
    let asked = request.headers.find("x-steadfast-test-panic") == Some("in stream");
    move |mut response| {
        if asked && let ResponseBody::Stream(_) = response.body {
            response.body = ResponseBody::Stream(stream::poll_fn(|_| panic!("asked to")).boxed_local());
        }
        response
    }
}
