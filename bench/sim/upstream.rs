//! The host of an experiment: providers that draw what they do with a call from the seed, and nothing on record but
//! how many calls there were.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use steadfast::host::{Host, Level, Millis, UpstreamRequest, UpstreamResponse};
use steadfast::sim::provider::{self, Asked};
use steadfast::sim::{Behaviour, Random, World};

/// What providers do.
pub(crate) trait Nature {
    /// What this one does with a call. The draws are those of the provider, the request and the turn (how often
    /// the request has called it before), so that whoever asks in whatever way meets the same fate.
    fn behaviour(&self, provider: &str, now: Millis, draws: &Random) -> Behaviour;
}

/// The world of one experiment; clones are handles of the same one.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) world: World,
    seed: u64,
    nature: Rc<dyn Nature>,
    calls: Rc<Cell<u64>>,
}

/// The host of one request.
struct OneHost {
    upstream: Upstream,
    request: u64,
    called: RefCell<Vec<String>>,
    random: Random,
}

/// More calls than that no request makes of one provider.
const TURNS: u64 = 64;

impl Upstream {
    pub(crate) fn new(seed: u64, nature: impl Nature + 'static) -> Self {
        Self { world: World::default(), seed, nature: Rc::new(nature), calls: Rc::default() }
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.get()
    }

    pub(crate) fn host(&self, request: u64) -> Rc<dyn Host> {
        let random = Random::split(self.seed, "core", request);
        Rc::new(OneHost { upstream: self.clone(), request, called: RefCell::default(), random })
    }
}

impl Host for OneHost {
    fn fetch(&self, request: UpstreamRequest) -> LocalBoxFuture<'static, Result<UpstreamResponse, String>> {
        let Upstream { world, seed, nature, calls } = &self.upstream;
        calls.set(calls.get() + 1);
        let name = request.url.trim_start_matches("http://").split('.').next().unwrap_or_default();
        let turn = self.called.borrow().iter().filter(|known| *known == name).count() as u64;
        let draws = Random::split(*seed, name, self.request * TURNS + turn);
        let behaviour = nature.behaviour(name, world.clock().now(), &draws);
        let asked = Asked::read(&request.body.concat());
        // A host of its own: the answer's clock is the world's, and no state of ours is touched by it.
        let clock: Rc<dyn Host> = self.upstream.host(self.request);
        self.called.borrow_mut().push(name.to_owned());
        provider::answer(&clock, &behaviour, &asked, &mut || draws.next())
    }

    fn sleep(&self, milliseconds: Millis) -> LocalBoxFuture<'static, ()> {
        self.upstream.world.clock().sleep(milliseconds).boxed_local()
    }

    fn now(&self) -> Millis {
        self.upstream.world.clock().now()
    }

    fn unix_now(&self) -> Millis {
        self.now()
    }

    fn random(&self) -> u64 {
        self.random.next()
    }

    fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        self.upstream.world.spawn(future);
    }

    fn log(&self, _level: Level, _line: &str) {}
}

/// A request for a completion.
pub(crate) fn body(model: &str, stream: bool) -> Bytes {
    format!(r#"{{"model":"{model}","stream":{stream},"messages":[{{"role":"user","content":"Hello?"}}]}}"#)
        .into()
}
