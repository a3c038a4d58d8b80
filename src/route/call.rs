//! One request on its way: what was asked, what was tried, and what it is allowed to do.

use std::cell::Cell;
use std::rc::Rc;

use crate::chat::needs::{self, Capability};
use crate::chat::request::{Ask, Purpose, is_asked_for_more};
use crate::chat::usage::Usage;
use crate::class::{Class, Harm};
use crate::config::{Degrade, Node, OnBreak, Target, TimeoutChoices, Timeouts};
use crate::dialect::refused::{self, Refused};
use crate::dialect::{self, CarriesOn};
use crate::failure::Failure;
use crate::gateway::core::Core;
use crate::gateway::record::Record;
use crate::health::event::Event;
use crate::health::keys::Pick;
use crate::host::{Host, Level, Millis};
use crate::shared::Shared;
use crate::stream::seam::Manner;
use crate::table::Table;
use crate::text;

use super::attempt::Won;
use super::permits::Permits;
use super::trail::{Entry, Trail};

/// One request. Shared by its attempts and by the stream that carries its answer; when the last of
/// them lets go, it writes its line to the log.
pub(crate) struct Call {
    pub(crate) core: Rc<Core>,
    pub(crate) host: Rc<dyn Host>,
    pub(crate) id: String,
    pub(crate) ask: Ask,
    /// What is done about it.
    pub(crate) strategy: Rc<Node>,
    /// Headers of the caller that providers may see.
    pub(crate) passed_on: Vec<(&'static str, String)>,
    pub(crate) started: Millis,
    /// How many attempts may be under way at once.
    pub(crate) permits: Rc<Permits>,
    counts_from: Cell<Millis>,
    rest: Shared<Option<CarriesOn>>,
    /// What targets refused of what they were sent, and in which words: they are asked without it from then on.
    refused: Shared<Vec<(String, Refused, String)>>,
    /// Milliseconds from the start (or from the break of a stream) until content must be there; 0: no such bound.
    pub(crate) deadline: Millis,
    pub(crate) trail: Shared<Trail>,
    pub(crate) record: Shared<Record>,
    /// The latest answer that said nothing, for when all of them say nothing.
    pub(crate) held: Cell<Option<Box<Won>>>,
    /// The prompt was too long for a window of that many tokens.
    too_long_for: Cell<u32>,
    /// The least bad target, asked although it is left alone.
    forced: Shared<Option<String>>,
    /// Somebody's failure is everybody's answer: nobody is asked any more.
    settled: Cell<bool>,
    /// Targets that may not be asked again in this request, and why.
    out: Shared<Table<String, Class>>,
}

impl Call {
    pub(crate) fn new(
        core: Rc<Core>,
        host: Rc<dyn Host>,
        id: String,
        ask: Ask,
        strategy: Rc<Node>,
        passed_on: Vec<(&'static str, String)>,
    ) -> Rc<Self> {
        let started = host.now();
        let base = core.plan.timeouts.deadline.unwrap_or(Timeouts::STANDARD.deadline);
        Rc::new(Self {
            deadline: shorter(base, ask.options.timeouts.deadline),
            record: Shared::new(Record::new(&ask)),
            core,
            host,
            id,
            ask,
            strategy,
            passed_on,
            started,
            permits: Permits::new(),
            counts_from: Cell::new(started),
            rest: Shared::default(),
            refused: Shared::default(),
            trail: Shared::default(),
            held: Cell::default(),
            too_long_for: Cell::new(0),
            forced: Shared::default(),
            settled: Cell::new(false),
            out: Shared::default(),
        })
    }

    /// The clocks of an attempt on this target: its own, shortened by the request's.
    pub(crate) fn timeouts(&self, target: &Target) -> Timeouts {
        Timeouts { deadline: self.deadline, ..target.timeouts.with(&self.ask.options.timeouts, shorter) }
    }

    /// Whether this clock says more of the request than of the target: the caller has shortened clocks, or others have used
    /// up what there was, and the target had less time than it nearly always needs.
    pub(crate) fn cuts_short(&self, target: &Target, clock: &str, started: Millis) -> bool {
        let is_shortened = self.ask.options.timeouts != TimeoutChoices::default();
        if matches!(clock, "idle" | "stream") {
            return is_shortened; // What came before is no measure of how long the rest takes.
        }
        let is_shorter = is_shortened || (clock == "deadline" && started > self.counts_from());
        let took = self.now().saturating_sub(started);
        is_shorter && self.usual(target).is_some_and(|usual| took < usual)
    }

    /// Milliseconds that are left until the deadline.
    pub(crate) fn time_left(&self) -> Option<Millis> {
        (self.deadline > 0)
            .then(|| self.counts_from().saturating_add(self.deadline).saturating_sub(self.now()))
    }

    /// Whether this target could be asked now.
    pub(crate) fn may_ask(&self, target: &Target, path: &str) -> bool {
        self.is_out(target).is_none()
            && self.in_vain(target, path).is_none()
            && matches!(self.pick(target, &[]), Pick::Key(..))
    }

    /// The time within which this target nearly always shows content, once enough is known of it.
    pub(crate) fn usual(&self, target: &Target) -> Option<Millis> {
        self.core.health.borrow().target(&target.id)?.tally.usual(self.ask.stream)
    }

    /// Milliseconds that this target takes at present, to the first content or in all, as this request
    /// counts them. Nothing is known of a strategy.
    pub(crate) fn lately(&self, node: &Node) -> Option<f64> {
        self.core.health.borrow().target(&node.target()?.id)?.tally.lately(self.ask.stream, self.now())
    }

    /// How this target failed in this request, if so that it may not be asked again.
    pub(crate) fn is_out(&self, target: &Target) -> Option<Class> {
        self.out.borrow().get(&target.id).copied()
    }

    /// Why this target, at this place of the plan, may not be asked or would be in vain, if so.
    pub(crate) fn in_vain(&self, target: &Target, path: &str) -> Option<Failure> {
        let needed = self.too_long_for.get();
        if needed > 0 && target.facts.context.is_some_and(|window| window <= needed) {
            let why = format!("its window is no larger than {needed} tokens");
            return Some(Failure::new(Class::ContextLength, why));
        }
        // Whoever goes on is asked in the common language, also after thoughts alone.
        let bound = self.ask.native.as_ref().and_then(|native| native.bound.as_deref());
        let barred = dialect::barred(&self.ask, target)
            .or(bound.filter(|_| self.rest.borrow().is_some()))
            .or(Some("it is configured to give more than a text")
                .filter(|_| is_asked_for_more(target) && self.is_carried_on()))
            .map(str::to_owned)
            .or_else(|| self.other_space(target))
            .or_else(|| {
                self.lacks(target)
                    .map(|capability| format!("it is not known as one that {}", capability.does()))
            })
            .or_else(|| self.ask.options.bar(path, &target.provider.name, &target.model, target.facts.price));
        barred.map(|why| Failure::new(Class::InvalidRequest, why).falling_back(true))
    }

    /// Vectors of one space are not to be mixed with those of another: all targets are held to the space of the
    /// first. Why this one is of another, if so.
    fn other_space(&self, target: &Target) -> Option<String> {
        if self.ask.purpose != Purpose::Embeddings {
            return None;
        }
        let plan = &self.core.plan;
        let mut why = None;
        self.strategy.any_target(&mut |_, first| {
            if plan.space(target) != plan.space(first) {
                let whose = &first.id;
                why = Some(format!(
                    "its vectors cannot be compared with those of {whose}: see `embedding` of `models`"
                ));
            }
            true
        });
        why
    }

    /// What this target is known not to do, of what the request needs.
    pub(crate) fn lacks(&self, target: &Target) -> Option<Capability> {
        let lacking =
            needs::may_lack(target, || self.ask.marks()).then(|| self.ask.needs().unmet_by(target)).flatten();
        lacking
            .filter(|lacking| *lacking != Capability::Links || dialect::is_asked_in_chat(&self.ask, target))
    }

    /// Everybody is left alone: this one is asked all the same.
    pub(crate) fn force(&self, target: &Target) {
        self.forced.replace(Some(target.id.clone()));
    }

    pub(crate) fn is_forced(&self, target: &Target) -> bool {
        self.forced.borrow().as_deref() == Some(&target.id)
    }

    /// A key for this target; `tried` are the places of those that were used already.
    pub(crate) fn pick(&self, target: &Target, tried: &[usize]) -> Pick {
        self.core.health.borrow_mut().pick(target, tried, &self.core.secrets, self.now())
    }

    /// This target failed in a way after which nobody else is asked. Whoever is asked already may still answer,
    /// and if his stream breaks, this one would say the same again.
    pub(crate) fn settle(&self, target: &Target, class: Class) {
        self.settled.set(true);
        self.rule_out(target, class);
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.settled.get()
    }

    /// The prompt was too long for this target: only a larger window may take it.
    pub(crate) fn too_long_for(&self, target: &Target) {
        let window = target.facts.context.unwrap_or(0);
        self.too_long_for.set(self.too_long_for.get().max(window));
    }

    /// The stream of this target broke, or it refused the request: it is out for the rest of the request.
    pub(crate) fn rule_out(&self, target: &Target, class: Class) {
        self.out.borrow_mut().insert(target.id.clone(), class);
    }

    /// Whether nobody is left who could be asked.
    pub(crate) fn is_exhausted(&self) -> bool {
        !super::is_open(self, &self.strategy)
    }

    /// Whether all who were asked so far failed in that way.
    pub(crate) fn all_were(&self, class: Class) -> bool {
        self.trail.borrow().all_were(class)
    }

    /// Whoever answers now carries on from here, or, without a rest, anew; the deadline counts from now.
    pub(crate) fn carry_on_from(&self, rest: Option<CarriesOn>) {
        self.rest.replace(rest);
        self.settled.set(false);
        self.counts_from.set(self.now());
    }

    /// What this target is to carry on from, if it is: by a prefill as long as it has not refused one.
    pub(crate) fn carries_on(&self, target: &Target) -> Option<CarriesOn> {
        let refused = self.has_refused(target, Refused::Prefill).is_some();
        let manner = if refused { Manner::Words } else { dialect::manner(target) };
        self.rest.borrow().clone().map(|rest| CarriesOn { manner, ..rest })
    }

    /// This target refused what it was sent. `true` when it can be asked without what it does not take, or what may be
    /// to blame.
    pub(crate) fn can_do_without(&self, target: &Target, failure: &Failure) -> bool {
        if self.refused.borrow().len() >= MOST_REFUSED {
            return false;
        }
        let rest = self.carries_on(target);
        let sent = || dialect::request(&self.ask, target, None, rest.as_ref(), &mut Vec::new()).ok();
        let mut refused = refused::read(target, failure, &sent);
        if refused.is_empty()
            && rest.as_ref().is_some_and(|rest| rest.manner != Manner::Words && !rest.text.is_empty())
        {
            refused.push(Refused::Prefill);
        }
        let mut is_news = false;
        for refused in refused {
            if self.has_refused(target, refused).is_none() {
                self.refused.borrow_mut().push((target.id.clone(), refused, failure.message.clone()));
                is_news = true;
            }
        }
        is_news
    }

    /// The members of the body that this target refuses, in this request or lately.
    pub(crate) fn refused_members(&self, target: &Target) -> Vec<&'static str> {
        let mut members = self.news_of(target, &|_, _| true);
        if let Some(known) = self.core.health.borrow().target(&target.id) {
            known.refused(self.now()).for_each(|member| members.push(member));
        }
        members
    }

    /// It answered without what it had refused: whoever asks next leaves that out from the start.
    pub(crate) fn learn(&self, target: &Target) {
        for member in self.news_of(target, &refused::is_for_all) {
            self.core.health.borrow_mut().target_mut(&target.id).refuses(member, self.now());
        }
    }

    /// The members that it refused in this request, in such words.
    fn news_of(&self, target: &Target, is_meant: &dyn Fn(&str, &str) -> bool) -> Vec<&'static str> {
        let mut members = Vec::new();
        for (id, refused, words) in self.refused.borrow().iter() {
            if let Refused::Member(name) = refused
                && *id == target.id
                && is_meant(name, words)
            {
                members.push(*name);
            }
        }
        members
    }

    /// In which words this target has refused that, if it has.
    pub(crate) fn has_refused(&self, target: &Target, what: Refused) -> Option<String> {
        let refused = self.refused.borrow();
        let words = refused.iter().find(|(id, refused, _)| *id == target.id && *refused == what);
        words.map(|(.., words)| words.clone())
    }

    /// Whether somebody carries on what another has begun, with what the gateway put into the request for that.
    pub(crate) fn is_carried_on(&self) -> bool {
        self.rest.borrow().as_ref().is_some_and(|rest| !rest.text.is_empty())
    }

    /// What the clock says.
    #[inline(never)]
    pub(crate) fn now(&self) -> Millis {
        self.host.now()
    }

    /// An attempt has failed, or was none.
    pub(crate) fn failed(&self, place: usize, failure: &Failure) {
        let now = self.now();
        self.trail.borrow_mut().change(place, &mut |entry| entry.failed(failure, now));
        self.show("end", place, None);
    }

    /// From when on the deadline counts.
    pub(crate) fn counts_from(&self) -> Millis {
        self.counts_from.get()
    }

    /// What happens when the stream breaks after content was shown.
    pub(crate) fn on_break(&self) -> OnBreak {
        self.ask.options.on_break.unwrap_or(self.core.plan.stream.on_break)
    }

    /// A lower route answers.
    pub(crate) fn degraded(&self, lower: &Degrade, why: &Failure) {
        let to = self.record.borrow_mut().degraded(&lower.from, &lower.to, why.class);
        let harms = |class: Class| class.policy().harm != Harm::None;
        let failed = |entry: &Entry| entry.class().is_some_and(harms);
        // A request that is too long, or that nobody there may or can answer, is itself why: its last word may be that all the
        // same where somebody failed.
        if harms(why.class) || self.trail.borrow().entries().iter().any(failed) {
            self.raise(&Event::Degraded { from: lower.from.clone(), to, class: why.class });
        }
    }

    /// The provider's words without any key in them.
    pub(crate) fn clean(&self, mut failure: Failure) -> Failure {
        let about = &mut *failure;
        self.clean_text(&mut about.message);
        for text in [&mut about.code, &mut about.kind, &mut about.param].into_iter().flatten() {
            self.clean_text(text);
        }
        failure
    }

    /// Redacted first and shortened then: half a key is a secret too. What is far beyond is not even redacted: a provider
    /// may say megabytes, and each key is sought in all of them.
    fn clean_text(&self, text: &mut String) {
        text.truncate(text::shortened(text, MOST_WORDS).len());
        *text = self.core.redactor.clean(std::mem::take(text));
        text.truncate(text::shortened(text, LONGEST_WORDS).len());
    }

    /// Tells whoever watches what has become of an attempt: `start`, `content`, `end`; `continued` and `restarted`
    /// for one that takes over `after` so many characters.
    pub(crate) fn show(&self, event: &'static str, attempt: usize, after: Option<usize>) {
        if !self.host.is_watched() {
            return;
        }
        let now = self.now();
        let Some(mut told) = self.trail.borrow().entry(attempt, now) else { return };
        told.string("event", event).string("id", &self.id).whole("at_ms", now.saturating_sub(self.started));
        told.maybe_whole("after", after.map(|after| after as u64));
        self.host.tell(&told.finish());
    }

    /// An answer, or a part of one, cost that much: in USD, where there is a price.
    pub(crate) fn spent(&self, target: &Target, usage: &Usage) -> Option<f64> {
        let usd = target.facts.price.as_ref().map(|price| usage.cost(price));
        self.record.borrow_mut().spent(usage, usd);
        self.raise_spending(usd.unwrap_or_default());
        let mut health = self.core.health.borrow_mut();
        health.target_mut(&target.id).tally.spent(usage, usd);
        usd
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.host.keeps_log() {
            let took = self.now().saturating_sub(self.started);
            let line = self.record.borrow().line(&self.id, &self.trail.borrow(), took, self.host.unix_now());
            self.host.log(Level::Info, &self.core.redactor.clean(line));
        }
        self.host.over(&|| self.summary());
        self.raise_outcome();
    }
}

/// So many wishes are given up in one request: a vendor may name one at a time, and each costs an attempt.
const MOST_REFUSED: usize = 8;

/// A provider's words are kept up to here; HTML pages are longer.
const LONGEST_WORDS: usize = 2_000;
/// So much of them is redacted before.
const MOST_WORDS: usize = 32 * LONGEST_WORDS;

/// A wish may only shorten; 0 is no bound.
fn shorter(own: Millis, wished: Option<Millis>) -> Millis {
    match (own, wished.unwrap_or(0)) {
        (own, 0) => own,
        (0, wished) => wished,
        (own, wished) => own.min(wished),
    }
}
