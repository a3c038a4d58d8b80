//! A world at work, and what somebody sees who watches every call, every caller and the log.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::{self, Either, FutureExt as _, LocalBoxFuture};
use serde_json::Value;
use steadfast::host::{Body, Headers, Host, Level, Millis, UpstreamRequest, UpstreamResponse};
use steadfast::sim::provider::Asked;
use steadfast::sim::{Behaviour, Given, SimHost};
use steadfast::{Door, Gateway, Request, ResponseBody, Secrets};

use crate::act;
use crate::world::{Dice, Plan, SECRETS};

/// One call upstream.
pub(crate) struct Seen {
    pub(crate) request: usize,
    pub(crate) target: String,
    pub(crate) key: String,
    pub(crate) started: Millis,
    pub(crate) ended: Cell<Option<Millis>>,
    pub(crate) behaviour: String,
    pub(crate) refused_prefill: bool,
    /// Which piece of the answer the caller waited for; 0: the head.
    pub(crate) turn: usize,
    /// The breaker's state.
    pub(crate) breaker: String,
    /// Others of the same request that ran when it began.
    pub(crate) beside: usize,
}

/// What a caller saw.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) streamed: bool,
    pub(crate) raw: Vec<u8>,
    pub(crate) started: Millis,
    pub(crate) head_at: Option<Millis>,
    pub(crate) ended_at: Option<Millis>,
    pub(crate) left_at: Option<Millis>,
}

pub(crate) struct Watch {
    pub(crate) plan: Plan,
    pub(crate) sim: SimHost,
    pub(crate) seen: RefCell<Vec<Rc<Seen>>>,
    pub(crate) told: RefCell<Vec<Told>>,
    pub(crate) log: RefCell<Vec<(usize, String)>>,
    pub(crate) violations: RefCell<Vec<String>>,
    /// What was posted to the webhook.
    pub(crate) posts: RefCell<Vec<String>>,
    turns: Vec<Cell<usize>>,
    gateway: RefCell<Weak<Gateway>>,
}

/// The host of one request.
struct OneHost {
    watch: Rc<Watch>,
    request: usize,
}

struct Running {
    seen: Rc<Seen>,
    sim: SimHost,
}

impl Running {
    fn end(&self) {
        if self.seen.ended.get().is_none() {
            self.seen.ended.set(Some(self.sim.now()));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

struct WatchedBody {
    body: Box<dyn Body>,
    running: Running,
}

impl Body for WatchedBody {
    fn read(&mut self, at_least: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        async move {
            let read = self.body.read(at_least).await;
            if !matches!(read, Ok(Some(_))) {
                self.running.end();
            }
            read
        }
        .boxed_local()
    }
}

/// Lets a world happen.
pub(crate) fn happen(seed: u64) -> Rc<Watch> {
    let plan = Plan::of(seed);
    let settled = steadfast::Plan::from_json(&plan.config.to_string());
    if let Err(errors) = &settled {
        panic!("the configuration of world {seed} is wrong: {errors}\n{:#}", plan.config);
    }
    let secrets: Secrets = SECRETS.into_iter().collect();
    let gateway = Rc::new(Gateway::new(settled, secrets, Door::open()));
    let count = plan.requests.len();
    let watch = Rc::new(Watch {
        plan,
        sim: SimHost::seeded(seed),
        seen: RefCell::default(),
        told: RefCell::new((0..count).map(|_| Told::default()).collect()),
        log: RefCell::default(),
        violations: RefCell::default(),
        posts: RefCell::default(),
        turns: (0..count).map(|_| Cell::new(0)).collect(),
        gateway: RefCell::new(Rc::downgrade(&gateway)),
    });
    let callers = (0..count).map(|request| caller(&watch, &gateway, request));
    let world = watch.sim.world();
    if let Err(stuck) = world.run(future::join_all(callers)) {
        watch.violates("bounded time", None, &stuck.to_string());
        return watch;
    }
    if let Err(stuck) = world.settle() {
        watch.violates("bounded time", None, &format!("afterwards: {stuck}"));
    }
    if world.clock().timers() > 0 {
        watch.violates("nothing is left", None, &format!("{} timers", world.clock().timers()));
    }
    watch
}

async fn caller(watch: &Rc<Watch>, gateway: &Gateway, request: usize) {
    let asking = &watch.plan.requests[request];
    watch.sim.sleep(asking.at).await;
    watch.told.borrow_mut()[request].started = watch.sim.now();
    match asking.leaves {
        None => exchange(watch, gateway, request).await,
        Some(patience) => {
            let exchange = exchange(watch, gateway, request).boxed_local();
            if let Either::Right((_, exchange)) = future::select(exchange, watch.sim.sleep(patience)).await {
                drop(exchange);
                watch.told.borrow_mut()[request].left_at = Some(watch.sim.now());
            }
        }
    }
    let running = watch.running(request);
    if running > 0 {
        watch.violates("no attempt outlives its request", Some(request), &format!("{running} still run"));
    }
    let lines = watch.log.borrow().iter().filter(|(of, _)| *of == request).count();
    if lines != 1 {
        watch.violates("one line in the log", Some(request), &format!("{lines} lines"));
    }
}

async fn exchange(watch: &Rc<Watch>, gateway: &Gateway, request: usize) {
    let asking = &watch.plan.requests[request];
    let host: Rc<dyn Host> = Rc::new(OneHost { watch: watch.clone(), request });
    let post = Request {
        method: "POST".into(),
        path: "/v1/chat/completions".into(),
        headers: Headers::from_iter([
            ("content-type", "application/json"),
            ("x-request-id", &format!("r{request}")),
        ]),
        body: Box::new(Given::whole(asking.body.to_string())),
    };
    let started = watch.sim.now();
    let response = gateway.fetch(host, post).await;
    watch.is_in_time(request, started, "the head");
    let streamed = matches!(response.body, ResponseBody::Stream(_));
    watch.runs_at_most(request, usize::from(streamed), "when the answer is there");
    {
        let told = &mut watch.told.borrow_mut()[request];
        (told.status, told.headers, told.streamed) = (response.status, response.headers, streamed);
        told.head_at = Some(watch.sim.now());
    }
    match response.body {
        ResponseBody::Whole(pieces) => {
            watch.told.borrow_mut()[request].raw = pieces.concat();
        }
        ResponseBody::Stream(mut pieces) => loop {
            watch.turns[request].set(watch.turns[request].get() + 1);
            let calls = watch.seen.borrow().len();
            let leg = watch.of(request).into_iter().find(|seen| seen.ended.get().is_none());
            let Some(piece) = pieces.next().await else { break };
            let anew = watch.seen.borrow()[calls..].iter().any(|seen| seen.request == request);
            if let (true, Some(broke)) = (anew, leg.and_then(|leg| leg.ended.get())) {
                watch.is_in_time(
                    request,
                    broke.max(watch.told.borrow()[request].head_at.unwrap_or(0)),
                    "a rescue",
                );
            }
            watch.runs_at_most(request, 1, "while one streams");
            let is_end = piece.ends_with(b"data: [DONE]\n\n")
                || piece.windows(15).any(|window| window == b"data: {\"error\":");
            watch.told.borrow_mut()[request].raw.extend_from_slice(&piece);
            if is_end {
                watch.runs_at_most(request, 0, "when all was said");
            }
            if asking.dawdles > 0 {
                watch.sim.sleep(asking.dawdles).await;
            }
        },
    }
    watch.told.borrow_mut()[request].ended_at = Some(watch.sim.now());
}

impl Watch {
    pub(crate) fn violates(&self, law: &str, request: Option<usize>, how: &str) {
        let who = request.map(|request| format!(" [request {request}]")).unwrap_or_default();
        self.violations.borrow_mut().push(format!("{law}{who}: {how}"));
    }

    pub(crate) fn of(&self, request: usize) -> Vec<Rc<Seen>> {
        self.seen.borrow().iter().filter(|seen| seen.request == request).cloned().collect()
    }

    fn running(&self, request: usize) -> usize {
        let seen = self.seen.borrow();
        seen.iter().filter(|seen| seen.request == request && seen.ended.get().is_none()).count()
    }

    fn runs_at_most(&self, request: usize, most: usize, when: &str) {
        let running = self.running(request);
        if running > most {
            self.violates(
                "losers are cancelled",
                Some(request),
                &format!("{running} run {when}, at {} ms", self.sim.now()),
            );
        }
    }

    fn is_in_time(&self, request: usize, from: Millis, what: &str) {
        let bound = self.plan.requests[request].deadline;
        let took = self.sim.now().saturating_sub(from);
        if bound > 0 && took > bound + SLACK {
            self.violates(
                "the deadline is kept",
                Some(request),
                &format!("{what} took {took} ms of {bound}"),
            );
        }
    }
}

/// Milliseconds that a deadline may be missed by.
const SLACK: Millis = 1;

impl OneHost {
    /// Somebody is told of something: after the answer, and without a word of it.
    fn alerted(&self, body: &str) {
        let watch = &self.watch;
        let violates = |how: &str| watch.violates("an alert keeps its place", Some(self.request), how);
        if watch.running(self.request) > 0 {
            violates("it is sent while an answer is under way");
        }
        for asking in &watch.plan.requests {
            let mut words = asking.text.split_whitespace().filter(|word| word.contains('-')).chain(["Hello"]);
            if words.any(|word| body.contains(word)) {
                violates(&format!("it quotes: {body}"));
            }
        }
        let again = watch.posts.borrow().iter().filter(|post| *post == body).count();
        if again >= 3 && watch.plan.alerts_cool_down {
            violates(&format!("it is sent for the {}th time: {body}", again + 1));
        }
        watch.posts.borrow_mut().push(body.to_owned());
        let dice = Dice::of(watch.plan.seed, "hooks", watch.posts.borrow().len() as u64);
        let behaviours =
            [Behaviour::status(200), Behaviour::status(500), Behaviour::resets(), Behaviour::never_answers()];
        watch.sim.script("hooks/", [dice.pick(&behaviours).clone()]);
    }
}

impl Host for OneHost {
    fn fetch(&self, request: UpstreamRequest) -> LocalBoxFuture<'static, Result<UpstreamResponse, String>> {
        let watch = &self.watch;
        let sim = watch.sim.clone();
        let bytes = request.body.concat();
        let asked = Asked::read(&bytes);
        if request.url.starts_with("http://hooks.test/") {
            self.alerted(&String::from_utf8_lossy(&bytes));
            return sim.fetch(request);
        }
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let provider = request.url.trim_start_matches("http://").split('.').next().unwrap_or_default();
        let target = format!("{provider}/{}", asked.model);
        let key = request.headers.find("authorization").unwrap_or_default();
        let key = key.trim_start_matches("Bearer ").to_owned();
        let turn = watch.seen.borrow().iter().filter(|seen| seen.target == target).count();
        let dice = Dice::of(watch.plan.seed, &target, turn as u64);
        let meant = &watch.plan.requests[self.request];
        let temper = watch.plan.targets.iter().find(|(name, _)| *name == target).map(|(_, temper)| temper);
        let act = match temper {
            Some(temper) => act::act(temper, &dice, &asked, &body, &key, &watch.plan, meant),
            None => Err(format!("nobody configured {target}")),
        };
        let (name, refused_prefill) = match act {
            Ok(act) => {
                sim.script(&target, [act.behaviour]);
                (act.name, act.refused_prefill)
            }
            Err(why) => {
                watch.violates("no text is made up", Some(self.request), &why);
                sim.script(&target, [Behaviour::status(500)]);
                ("is confused".to_owned(), false)
            }
        };
        let beside = watch.running(self.request);
        if beside >= 5 {
            watch.violates("at most five at once", Some(self.request), &format!("{} run", beside + 1));
        }
        let seen = Rc::new(Seen {
            request: self.request,
            breaker: watch.breaker(&target, &sim),
            target,
            key,
            started: sim.now(),
            ended: Cell::new(None),
            behaviour: name,
            refused_prefill,
            turn: watch.turns[self.request].get(),
            beside,
        });
        watch.seen.borrow_mut().push(seen.clone());
        let running = Running { seen, sim: sim.clone() };
        let fetched = sim.fetch(request);
        async move {
            let mut response = fetched.await?;
            response.body = Box::new(WatchedBody { body: response.body, running });
            Ok(response)
        }
        .boxed_local()
    }

    fn sleep(&self, milliseconds: Millis) -> LocalBoxFuture<'static, ()> {
        self.watch.sim.sleep(milliseconds)
    }

    fn now(&self) -> Millis {
        self.watch.sim.now()
    }

    fn unix_now(&self) -> Millis {
        self.watch.sim.unix_now()
    }

    fn random(&self) -> u64 {
        self.watch.sim.random()
    }

    fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        self.watch.sim.spawn(future);
    }

    fn log(&self, level: Level, line: &str) {
        if level != Level::Info || !line.contains(&format!(r#""id":"r{}""#, self.request)) {
            return self.watch.sim.log(level, line);
        }
        self.watch.log.borrow_mut().push((self.request, line.to_owned()));
    }
}

impl Watch {
    /// The state of a target's breaker, as `GET /status` tells it.
    fn breaker(&self, target: &str, sim: &SimHost) -> String {
        let (Some(_), Some(gateway)) = (self.plan.max_open, self.gateway.borrow().upgrade()) else {
            return String::new();
        };
        let get = Request {
            method: "GET".into(),
            path: "/status".into(),
            headers: Headers::from_iter([("x-request-id", "status")]),
            body: Box::new(Given::default()),
        };
        let response = gateway.fetch(sim.handle(), get).now_or_never().expect("the status is there at once");
        let ResponseBody::Whole(pieces) = response.body else { panic!("a stream of status") };
        let status: Value = serde_json::from_slice(&pieces.concat()).expect("JSON");
        status["targets"][target]["breaker"].as_str().unwrap_or_default().to_owned()
    }
}
