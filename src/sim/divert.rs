//! A host with another network: a closure answers the calls upstream, and everything else is the host's.

use std::rc::Rc;

use futures::future::LocalBoxFuture;

use crate::host::{Host, Level, Millis, UpstreamRequest, UpstreamResponse};

/// What a host answers to a call upstream.
pub type Fetched = LocalBoxFuture<'static, Result<UpstreamResponse, String>>;

/// A host whose calls upstream go to a closure, which may hand them on to it.
pub struct Divert<F> {
    host: Rc<dyn Host>,
    fetch: F,
}

impl<F: Fn(&Rc<dyn Host>, UpstreamRequest) -> Fetched> Divert<F> {
    /// That host, and who answers in the place of its network.
    #[must_use]
    pub fn new(host: Rc<dyn Host>, fetch: F) -> Self {
        Self { host, fetch }
    }
}

impl<F: Fn(&Rc<dyn Host>, UpstreamRequest) -> Fetched> Host for Divert<F> {
    fn fetch(&self, request: UpstreamRequest) -> Fetched {
        (self.fetch)(&self.host, request)
    }

    fn sleep(&self, milliseconds: Millis) -> LocalBoxFuture<'static, ()> {
        self.host.sleep(milliseconds)
    }

    fn now(&self) -> Millis {
        self.host.now()
    }

    fn unix_now(&self) -> Millis {
        self.host.unix_now()
    }

    fn random(&self) -> u64 {
        self.host.random()
    }

    fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        self.host.spawn(future);
    }

    fn log(&self, level: Level, line: &str) {
        self.host.log(level, line);
    }

    fn keeps_log(&self) -> bool {
        self.host.keeps_log()
    }

    fn is_watched(&self) -> bool {
        self.host.is_watched()
    }

    fn tell(&self, event: &str) {
        self.host.tell(event);
    }

    fn over(&self, summary: &dyn Fn() -> String) {
        self.host.over(summary);
    }
}
