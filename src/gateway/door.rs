//! Who may come in: caller keys, and origins that may call from a browser.

use crate::config::ConfigErrors;
use crate::config::{Auth, Plan};
use crate::error::ApiError;
use crate::host::Headers;
use crate::secret::CallerKeys;

use super::http::{Request, Response, ResponseBody};

/// The door of a gateway.
#[derive(Clone, Debug)]
pub struct Door {
    auth: Auth,
    keys: CallerKeys,
    origins: Vec<String>,
}

impl Door {
    /// A door without a lock: for JavaScript, where the application itself is the caller.
    #[must_use]
    pub fn open() -> Self {
        Self { auth: Auth::None, keys: CallerKeys::default(), origins: Vec::new() }
    }

    /// A door that these keys open, unless the plan says `auth: "none"`.
    #[must_use]
    pub fn locked(keys: CallerKeys) -> Self {
        Self { auth: Auth::Keys, keys, origins: Vec::new() }
    }

    /// The door as the plan wants it. A door without a lock stays one.
    #[must_use]
    pub(super) fn with(self, plan: &Plan) -> Self {
        let auth = if self.auth == Auth::None { Auth::None } else { plan.auth };
        Self { auth, origins: plan.cors.clone(), ..self }
    }

    /// Lets a caller in who shows a valid key, or anybody where none is needed.
    pub(super) fn admit(&self, request: &Request) -> Result<(), ApiError> {
        if self.auth == Auth::None {
            return Ok(());
        }
        if self.keys.is_empty() {
            let message = "This gateway has no caller keys, so nobody may use it: set the secret STEADFAST_KEYS \
                (`wrangler secret put STEADFAST_KEYS`, or in .dev.vars), or say `\"auth\": \"none\"` in the configuration.";
            return Err(ApiError::new(503, "not_configured", message));
        }
        let bearer = request.headers.find("authorization").and_then(|value| {
            let (scheme, key) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
        });
        // Some SDKs send both, one of them for somebody else.
        let shown = [bearer, request.headers.find("x-api-key").map(str::trim)];
        match shown.iter().flatten().any(|key| self.keys.contains(key)) {
            true => Ok(()),
            false => Err(ApiError::invalid_api_key(shown.iter().any(Option::is_some))),
        }
    }

    /// Answers a browser that asks before it calls (Fetch Standard, "CORS-preflight fetch").
    pub(super) fn preflight(&self, request: &Request) -> Response {
        let mut headers = Headers::default();
        let origin = request.headers.find("origin");
        if origin.is_some_and(|origin| self.allows(origin)) {
            headers.push("access-control-allow-methods", "GET, POST, OPTIONS");
            if let Some(wanted) = request.headers.find("access-control-request-headers") {
                headers.push("access-control-allow-headers", wanted);
            }
            headers.push("access-control-max-age", "86400");
        }
        Response::new(204, headers, ResponseBody::Whole(Vec::new()))
    }

    /// Lets a page of a listed origin read the answer.
    pub(super) fn expose(&self, origin: Option<&str>, headers: &mut Headers) {
        if self.origins.is_empty() {
            return;
        }
        headers.push("vary", "origin");
        if let Some(origin) = origin.filter(|origin| self.allows(origin)) {
            headers.push("access-control-allow-origin", origin);
            headers.push("access-control-expose-headers", EXPOSED);
        }
    }

    fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(origin))
    }
}

const EXPOSED: &str = "x-steadfast-model, x-steadfast-route, x-steadfast-trail, x-steadfast-degraded, x-request-id, request-id, retry-after, x-should-retry";

/// 503: what is wrong with the configuration, for those who may know.
pub(super) fn config_invalid(errors: &ConfigErrors, known: bool) -> ApiError {
    let message = if known {
        format!(
            "The configuration of this gateway is invalid, so it answers nothing until it is mended:\n{errors}"
        )
    } else {
        "The configuration of this gateway is invalid; its log says what is wrong.".into()
    };
    ApiError::new(503, "config_invalid", message)
}
