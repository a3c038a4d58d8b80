//! What is said about a request when it is over: the closing comment of a stream, the `steadfast` object of
//! a body, and one line in the log. Never a word of the prompt or of the answer.

use crate::chat::request::Ask;
use crate::chat::usage::Usage;
use crate::class::Class;
use crate::error::ApiError;
use crate::host::Millis;
use crate::json::Writer;
use crate::route::call::Call;
use crate::route::trail::{Trail, ascii};
use crate::text;

/// What came of a request so far.
#[derive(Debug)]
pub(crate) struct Record {
    asked: String,
    stream: bool,
    status: Option<u16>,
    code: Option<String>,
    model: Option<String>,
    route: Option<String>,
    degraded: Option<Degraded>,
    ranking: Option<String>,
    usage: Option<Usage>,
    cost: Option<f64>,
}

const LONGEST_CODE: usize = 64;

/// A lower route answered: which one, in the place of which, and how the last target of that failed.
#[derive(Debug)]
struct Degraded {
    from: String,
    to: String,
    why: Class,
}

impl Record {
    pub(crate) fn new(ask: &Ask) -> Self {
        Self {
            asked: ask.model.clone(),
            stream: ask.stream,
            status: None,
            code: None,
            model: None,
            route: None,
            degraded: None,
            ranking: None,
            usage: None,
            cost: None,
        }
    }

    pub(crate) fn answered(&mut self, model: &str, route: &str) {
        self.status = Some(200);
        self.model = Some(model.to_owned());
        self.route = Some(route.to_owned());
    }

    /// Answered without asking anybody.
    pub(crate) fn guessed(&mut self) {
        self.status = Some(200);
    }

    /// A provider's own code may be anything, words of the prompt too: one that is no name is not told.
    pub(crate) fn failed(&mut self, status: u16, code: &str) {
        self.status = Some(status);
        self.code = (code.len() <= LONGEST_CODE && text::is_of(code, "_.-")).then(|| code.to_owned());
    }

    /// How it ended, unless the caller left before.
    pub(crate) fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whoever was degraded to may have been degraded himself: then that one answered.
    pub(crate) fn degraded(&mut self, from: &str, to: &str, why: Class) -> String {
        let below = self.degraded.take().filter(|below| below.from == to);
        let to = below.map_or_else(|| to.to_owned(), |below| below.to);
        self.degraded = Some(Degraded { from: from.to_owned(), to: to.clone(), why });
        to
    }

    /// How `auto` ranked its candidates: JSON text.
    pub(crate) fn ranked(&mut self, ranking: String) {
        self.ranking = Some(ranking);
    }

    /// What the header `x-steadfast-degraded` says.
    pub(crate) fn degradation(&self) -> Option<String> {
        let Degraded { from, to, why } = self.degraded.as_ref()?;
        Some(format!("{} -> {} ({why})", ascii(from), ascii(to)))
    }

    /// Usage and cost add up over the parts of an answer. Without a price there is no cost.
    pub(crate) fn spent(&mut self, usage: &Usage, usd: Option<f64>) {
        let sum = self.usage.get_or_insert_default();
        *sum = sum.and(usage);
        if let Some(usd) = usd {
            *self.cost.get_or_insert_default() += usd;
        }
    }

    /// The line of the log.
    pub(crate) fn line(&self, id: &str, trail: &Trail, took: Millis, unix_now: Millis) -> String {
        // Nobody answered and nobody failed: the caller left.
        let status = self.status.unwrap_or(499);
        let mut line = Writer::object();
        line.whole("at_ms", unix_now).string("id", id).whole("status", status.into());
        line.string("asked", text::shortened(&self.asked, 200));
        line.flag("stream", self.stream).whole("ms", took);
        self.tell(&mut line, &trail.json(false));
        line.finish()
    }

    fn tell(&self, out: &mut Writer, trail: &str) {
        out.maybe_string("code", self.code.as_deref());
        out.maybe_string("model", self.model.as_deref());
        out.maybe_string("route", self.route.as_deref());
        out.maybe_string("degraded", self.degradation().as_deref());
        out.maybe("ranking", self.ranking.as_deref());
        out.member("trail", trail);
        if let Some(usage) = &self.usage {
            out.member("usage", &usage.shown());
        }
        if let Some(usd) = self.cost {
            out.decimal("cost_usd", usd);
        }
    }
}

impl Call {
    /// The `steadfast` object: trail, usage and cost, as JSON text.
    pub(crate) fn summary(&self) -> String {
        let mut summary = Writer::object();
        summary.string("id", &self.id);
        self.record.borrow().tell(&mut summary, &self.trail.borrow().json(true));
        summary.finish()
    }
}

/// The line of a request that was refused before anybody could be asked.
pub(crate) fn refused(id: &str, error: &ApiError, unix_now: Millis) -> String {
    let mut line = Writer::object();
    line.whole("at_ms", unix_now)
        .string("id", id)
        .whole("status", error.status.into())
        .string("code", &error.code);
    line.finish()
}
