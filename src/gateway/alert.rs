//! Tells those who should know: the log at once, webhooks when the caller has had the answer.
//!
//! 1. What is due for a webhook waits in the outbox of the gateway, not of the request, and outlives a
//!    configuration. Whichever request ends next takes it along, so nothing is lost with a caller who leaves.
//! 2. It is posted beside the answer (`Host::spawn`) and nobody waits for it: [`TRIES`] tries of [`TRY_TIME`]
//!    each, [`PAUSE`] and twice that in between with as much jitter again. That is 21 s at most; Cloudflare gives
//!    what runs beside an answer 30.
//! 3. Names and numbers only. No word of a prompt, an answer or a provider; no key; and the address of a webhook,
//!    which is a key itself, is shown nowhere.

use std::rc::Rc;

use crate::health::alerts::Due;
use crate::health::event::Event;
use crate::host::{Headers, Host, Level, Millis, UpstreamRequest};
use crate::json::Writer;
use crate::route::alarm::{self, Alarm};
use crate::route::call::Call;
use crate::search;
use crate::shared::Shared;
use crate::text;

use super::core::Core;

/// Tries, the first one included.
const TRIES: u32 = 3;
const TRY_TIME: Millis = 5_000;
const PAUSE: Millis = 1_000;
/// So many are posted beside one answer: a sixth connection is left for whoever else runs.
const AT_ONCE: usize = 5;
/// So many wait at most; beyond that they are in the log alone.
const MOST_WAITING: usize = 50;
/// Names come from callers too; longer ones are cut.
const LONGEST_TEXT: usize = 300;

/// What is to be posted.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: Shared<Vec<Parcel>>,
    /// Webhooks of which the log has said already that they cannot be called.
    complained: Shared<Vec<String>>,
}

#[derive(Debug)]
struct Parcel {
    /// The name of the secret that holds its address.
    webhook: String,
    alert: &'static str,
    body: String,
    tries: u32,
}

impl Call {
    /// Something happened that somebody should hear of.
    pub(crate) fn raise(&self, event: &Event) {
        let due = self.core.alerts.borrow_mut().raise(event, self.host.now());
        due.iter().for_each(|due| self.tell(due));
    }

    /// Money was spent.
    pub(crate) fn raise_spending(&self, usd: f64) {
        let event = self.core.alerts.borrow_mut().spent(usd);
        event.iter().for_each(|event| self.raise(event));
    }

    /// The request is over: counts how it went, and sends off whatever is due.
    pub(crate) fn raise_outcome(&self) {
        let now = self.host.now();
        // A caller who left has seen neither success nor failure.
        let status = self.record.borrow().status();
        if let Some(status) = status {
            let failed = status >= 500 || status == 429;
            let event = self.core.alerts.borrow_mut().outcome(failed, now);
            event.iter().for_each(|event| self.raise(event));
        }
        let noted = self.core.alerts.borrow_mut().noted();
        noted.iter().for_each(|event| self.raise(event));
        let overdue = self.core.alerts.borrow_mut().overdue(now);
        overdue.iter().for_each(|due| self.tell(due));
        post_all(&self.core, &self.host);
    }

    fn tell(&self, due: &Due) {
        let alert = due.event.kind().name();
        let message = self.message(due);
        match &due.webhook {
            None => self.host.log(Level::Warn, &message),
            Some(webhook) => {
                let body = message;
                let parcel = Parcel { webhook: webhook.clone(), alert, body, tries: 0 };
                if let Err(why) = address(&self.core, webhook) {
                    if self.core.outbox.complains(webhook) {
                        undelivered(&*self.host, &parcel, why);
                    }
                } else if let Some(parcel) = self.core.outbox.put(parcel) {
                    undelivered(&*self.host, &parcel, "too many alerts wait already");
                }
            }
        }
    }

    fn message(&self, due: &Due) -> String {
        let clean = |text: &str| {
            let text = self.core.redactor.clean(text.to_owned());
            text::shortened(&text, LONGEST_TEXT).to_owned()
        };
        let why = clean(&due.event.why());
        let mut message = Writer::object();
        if due.webhook.is_some() {
            let more = match due.suppressed {
                0 => String::new(),
                count => format!(" {count} more like this since the last message."),
            };
            let text = format!("steadfast, {}: {why} (Request {}.){more}", due.event.kind().name(), self.id);
            message.string("text", &escaped(&text));
        }
        if let Some((field, value)) = due.event.about() {
            message.string(field, &clean(value));
        }
        message.maybe("level", due.webhook.is_none().then_some("\"warn\""));
        message.whole("at_ms", self.host.unix_now()).string("alert", due.event.kind().name());
        message.string("why", &why).whole("count", due.suppressed.into()).string("id", &self.id);
        message.finish()
    }
}

/// Slack reads `<!channel>` as a command, and names come from callers too
/// (docs.slack.dev, "Formatting message text", "Escaping text").
fn escaped(text: &str) -> String {
    search::replace(&search::replace(&search::replace(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;")
}

impl Outbox {
    /// Takes a parcel in, or gives it back when there is no room.
    fn put(&self, parcel: Parcel) -> Option<Parcel> {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() >= MOST_WAITING {
            return Some(parcel);
        }
        waiting.push(parcel);
        None
    }

    fn next(&self) -> Option<Parcel> {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.is_empty() { None } else { Some(waiting.remove(0)) }
    }

    /// Whether this is the first complaint about a webhook.
    fn complains(&self, webhook: &str) -> bool {
        let mut complained = self.complained.borrow_mut();
        let first = !complained.iter().any(|known| known == webhook);
        if first {
            complained.push(webhook.to_owned());
        }
        first
    }
}

/// Where a webhook is, or why it cannot be called.
fn address<'c>(core: &'c Core, webhook: &str) -> Result<&'c str, &'static str> {
    let address = core.secrets.find(webhook).ok_or("the secret is not set")?.reveal();
    let is =
        |scheme: &str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let is_address = is("https://") || is("http://");
    if is_address { Ok(address) } else { Err("the secret holds no http or https address") }
}

fn undelivered(host: &dyn Host, parcel: &Parcel, why: &str) {
    let mut line = Writer::object();
    line.whole("at_ms", host.unix_now()).string("level", "warn").string("undelivered", parcel.alert);
    line.string("webhook", &parcel.webhook).whole("tries", parcel.tries.into()).string("why", why);
    host.log(Level::Warn, &line.finish());
}

fn post_all(core: &Rc<Core>, host: &Rc<dyn Host>) {
    for _ in 0..AT_ONCE {
        let Some(parcel) = core.outbox.next() else { return };
        let courier = Courier { core: core.clone(), host: host.clone(), parcel: Some(parcel) };
        host.spawn(Box::pin(courier.deliver()));
    }
}

/// On the way with one parcel. Dropped before the end, because the request and all beside it was let go, it
/// puts the parcel back.
struct Courier {
    core: Rc<Core>,
    host: Rc<dyn Host>,
    parcel: Option<Parcel>,
}

enum Refused {
    ForNow(String),
    ForGood(String),
}

impl Courier {
    async fn deliver(mut self) {
        let mut pause = PAUSE;
        while let Some(parcel) = &mut self.parcel {
            parcel.tries += 1;
            let tries = parcel.tries;
            let body = parcel.body.clone();
            let why = match post(&self.core, &self.host, &parcel.webhook, body).await {
                Ok(()) => {
                    self.parcel = None;
                    return;
                }
                Err(Refused::ForNow(_)) if tries < TRIES => {
                    self.host.sleep(pause + self.host.random() % pause).await;
                    pause *= 2;
                    continue;
                }
                Err(Refused::ForNow(why) | Refused::ForGood(why)) => why,
            };
            if let Some(parcel) = self.parcel.take() {
                undelivered(&*self.host, &parcel, &why);
            }
        }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        if let Some(parcel) = self.parcel.take()
            && parcel.tries < TRIES
        {
            self.core.outbox.put(parcel);
        }
    }
}

/// One try. What went wrong is said in our own words: the host's may hold the address.
async fn post(core: &Core, host: &Rc<dyn Host>, webhook: &str, body: String) -> Result<(), Refused> {
    let url = address(core, webhook).map_err(|why| Refused::ForGood(why.to_owned()))?;
    let request = UpstreamRequest { url: url.to_owned(), headers: Headers::json(), body: vec![body.into()] };
    let mut alarm = Alarm::new(host.clone());
    alarm.set(alarm::Due::first(&[(host.now(), TRY_TIME, "try")]));
    let status = match alarm.watch(host.fetch(request)).await {
        Ok(Ok(response)) => response.status,
        Ok(Err(_)) => return Err(Refused::ForNow("it could not be reached".to_owned())),
        Err(_) => return Err(Refused::ForNow(format!("no answer within {TRY_TIME} ms"))),
    };
    match status {
        200..=299 => Ok(()),
        429 | 500..=599 => Err(Refused::ForNow(format!("it answered {status}"))),
        _ => Err(Refused::ForGood(format!("it answered {status}"))),
    }
}
