//! Who hears of what happens, and how often: which alert is due where, and which is held back.
//!
//! 1. Every alert has a kind and a subject. To each listener (the log, each webhook) the same one is told once
//!    in its cooldown; those in between are counted, and the next one says how many they were.
//! 2. A breaker's state is told even so: if the last word of a cooldown was held back, it is said afterwards,
//!    or somebody would believe for ever what is no longer true.
//! 3. Failed requests are an alert when in the last minute there were at least [`ENOUGH_REQUESTS`] and more
//!    than [`FAILED_SHARE`] of them failed; spending is one at each further [`SPEND_STEP`].

use crate::config::{Alert, AlertEvent};
use crate::host::Millis;

use super::event::Event;
use super::window::Minute;

/// Fewer requests a minute say nothing about a rate.
pub const ENOUGH_REQUESTS: u64 = 10;
/// A larger share of failed requests is worth an alert.
pub const FAILED_SHARE: f64 = 0.1;
/// In USD.
pub const SPEND_STEP: f64 = 10.0;

/// The log repeats itself more often than a webhook, for nobody is woken by it.
const LOG_COOLDOWN: Millis = 60_000;
/// Callers may name any model; so many alerts are remembered at most.
const MOST_TOLD: usize = 500;

/// An alert that is to be told now.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// To whom: the name of the secret that holds the webhook's address, or the log.
    pub webhook: Option<String>,
    /// What.
    pub event: Event,
    /// How many of the same were held back before it.
    pub suppressed: u32,
}

/// Who was told what, and the counts behind it.
#[derive(Debug)]
pub struct Alerts {
    listeners: Vec<Listener>,
    told: Vec<Told>,
    /// What happened between requests, and waits for one to be told with.
    noted: Option<Event>,
    requests: Minute,
    spent: f64,
}

#[derive(Debug)]
struct Listener {
    webhook: Option<String>,
    /// `None`: everything.
    on: Option<Vec<AlertEvent>>,
    cooldown: Millis,
}

#[derive(Debug)]
struct Told {
    listener: usize,
    kind: AlertEvent,
    subject: String,
    at: Millis,
    suppressed: u32,
    /// The state that was held back and is still true.
    held: Option<Event>,
}

impl Alerts {
    /// Nobody was told anything yet.
    #[must_use]
    pub fn new(configured: &[Alert]) -> Self {
        let listeners = listeners(configured);
        Self { listeners, told: Vec::new(), noted: None, requests: Minute::default(), spent: 0.0 }
    }

    /// From now on others listen. Who still does, for the same, is not told again what he was told.
    pub fn go_on(&mut self, configured: &[Alert]) {
        let former = std::mem::replace(&mut self.listeners, listeners(configured));
        for mut told in std::mem::take(&mut self.told) {
            let Some(known) = former.get(told.listener) else { continue };
            let is_same = |other: &Listener| (&other.webhook, &other.on) == (&known.webhook, &known.on);
            if let Some(place) = self.listeners.iter().position(is_same) {
                told.listener = place;
                self.told.push(told);
            }
        }
    }

    /// Something happened beside all requests: the next one that ends raises it.
    pub fn note(&mut self, event: Event) {
        self.noted = Some(event);
    }

    /// What was noted since this was last asked.
    pub fn noted(&mut self) -> Option<Event> {
        self.noted.take()
    }

    /// Something happened: who is to be told now.
    pub fn raise(&mut self, event: &Event, now: Millis) -> Vec<Due> {
        let mut due = Vec::new();
        for (place, listener) in self.listeners.iter().enumerate() {
            let mut known = None;
            for told in &mut self.told {
                if told.listener == place && told.subject == event.subject() {
                    if Some(told.kind) == event.ends() {
                        told.held = None;
                    } else if told.kind == event.kind() {
                        known = Some(told);
                    }
                }
            }
            match known {
                _ if !listener.hears_of(event.kind()) => {}
                Some(told) if told.rests(listener, now) => {
                    told.suppressed += 1;
                    told.held = event.ends().is_some().then(|| event.clone());
                }
                Some(told) => due.push(told.again(listener, event.clone(), now)),
                None => {
                    if self.told.len() >= MOST_TOLD {
                        let listeners = &self.listeners;
                        self.told.retain(|told| {
                            listeners.get(told.listener).is_some_and(|listener| told.rests(listener, now))
                        });
                    }
                    if self.told.len() < MOST_TOLD {
                        let mut told = Told::new(place, event, now);
                        due.push(told.again(listener, event.clone(), now));
                        self.told.push(told);
                    }
                }
            }
        }
        due
    }

    /// States that were held back and whose cooldown is over.
    pub fn overdue(&mut self, now: Millis) -> Vec<Due> {
        let mut due = Vec::new();
        for told in &mut self.told {
            let Some(listener) = self.listeners.get(told.listener) else { continue };
            if !told.rests(listener, now)
                && let Some(event) = told.held.take()
            {
                told.suppressed = told.suppressed.saturating_sub(1);
                due.push(told.again(listener, event, now));
            }
        }
        due
    }

    /// A request is over: an alert, if too many fail.
    pub fn outcome(&mut self, failed: bool, now: Millis) -> Option<Event> {
        self.requests.add(1, failed.into(), now);
        if !failed {
            return None;
        }
        let (requests, failed) = self.requests.counts(now);
        let too_many = requests >= ENOUGH_REQUESTS && failed as f64 > requests as f64 * FAILED_SHARE;
        too_many.then_some(Event::ErrorRate { failed, requests })
    }

    /// Money was spent: an alert, if that is a further step.
    pub fn spent(&mut self, usd: f64) -> Option<Event> {
        let steps = |usd: f64| (usd / SPEND_STEP).floor();
        let before = self.spent;
        self.spent += usd;
        (steps(self.spent) > steps(before)).then_some(Event::Spend { usd: self.spent })
    }
}

/// The log, which hears all, and the webhooks.
fn listeners(configured: &[Alert]) -> Vec<Listener> {
    let mut listeners = vec![Listener { webhook: None, on: None, cooldown: LOG_COOLDOWN }];
    for alert in configured {
        listeners.push(Listener {
            webhook: Some(alert.webhook.clone()),
            on: Some(alert.on.clone()),
            cooldown: alert.cooldown.saturating_mul(1_000),
        });
    }
    listeners
}

impl Listener {
    fn hears_of(&self, kind: AlertEvent) -> bool {
        self.on.as_ref().is_none_or(|on| on.contains(&kind))
    }
}

impl Told {
    fn new(listener: usize, event: &Event, now: Millis) -> Self {
        let subject = event.subject().to_owned();
        Self { listener, kind: event.kind(), subject, at: now, suppressed: 0, held: None }
    }

    /// A clock that has jumped back ends a rest.
    fn rests(&self, listener: &Listener, now: Millis) -> bool {
        now.checked_sub(self.at).is_some_and(|ago| ago < listener.cooldown)
    }

    fn again(&mut self, listener: &Listener, event: Event, now: Millis) -> Due {
        self.at = now;
        self.held = None;
        Due { webhook: listener.webhook.clone(), event, suppressed: std::mem::take(&mut self.suppressed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::Class;

    const EVERYTHING: [AlertEvent; 7] = [
        AlertEvent::BreakerOpen,
        AlertEvent::BreakerClosed,
        AlertEvent::KeyRefused,
        AlertEvent::Degraded,
        AlertEvent::ErrorRate,
        AlertEvent::Spend,
        AlertEvent::ConfigInvalid,
    ];

    /// One webhook that hears of these and rests for 300 s.
    fn alerts(on: &[AlertEvent]) -> Alerts {
        Alerts::new(&[Alert { on: on.to_vec(), webhook: "HOOK".into(), cooldown: 300 }])
    }

    fn open(target: &str) -> Event {
        Event::BreakerOpen { target: target.into(), class: Some(Class::Overloaded) }
    }

    fn closed(target: &str) -> Event {
        Event::BreakerClosed { target: target.into() }
    }

    fn degraded(from: &str) -> Event {
        Event::Degraded { from: from.into(), to: "budget".into(), class: Class::Timeout }
    }

    /// What the webhook is told, and how many were held back before it.
    fn told(due: Vec<Due>) -> Vec<(AlertEvent, u32)> {
        let to_webhook = due.into_iter().filter(|due| due.webhook.is_some());
        to_webhook.map(|due| (due.event.kind(), due.suppressed)).collect()
    }

    #[test]
    fn the_same_is_told_once_in_a_cooldown_and_the_next_says_how_many_there_were() {
        let mut alerts = alerts(&EVERYTHING);
        assert_eq!(told(alerts.raise(&degraded("a"), 1_000)), [(AlertEvent::Degraded, 0)]);
        assert_eq!(told(alerts.raise(&degraded("a"), 1_000)), []);
        assert_eq!(told(alerts.raise(&degraded("a"), 300_999)), []);
        assert_eq!(told(alerts.raise(&degraded("b"), 2_000)), [(AlertEvent::Degraded, 0)], "another subject");
        assert_eq!(told(alerts.raise(&degraded("a"), 301_000)), [(AlertEvent::Degraded, 2)]);
        assert_eq!(told(alerts.raise(&degraded("a"), 601_000)), [(AlertEvent::Degraded, 0)]);
    }

    #[test]
    fn one_key_is_one_subject_whatever_model_it_was_refused_for() {
        let refused =
            |target: &str, key: &str| Event::KeyRefused { target: target.into(), key: Some(key.into()) };
        let mut alerts = alerts(&EVERYTHING);
        assert_eq!(told(alerts.raise(&refused("a/x", "A_KEY"), 0)).len(), 1);
        assert_eq!(told(alerts.raise(&refused("a/y", "A_KEY"), 0)).len(), 0);
        assert_eq!(told(alerts.raise(&refused("a/x", "A_KEY_2"), 0)).len(), 1);
    }

    #[test]
    fn a_webhook_hears_what_it_asked_for_and_the_log_hears_all() {
        let mut alerts = alerts(&[AlertEvent::Spend]);
        let due = alerts.raise(&open("a/x"), 0);
        assert_eq!(due, [Due { webhook: None, event: open("a/x"), suppressed: 0 }]);
        assert_eq!(alerts.raise(&Event::Spend { usd: 10.0 }, 0).len(), 2);
    }

    #[test]
    fn a_state_that_was_held_back_is_told_once_the_cooldown_is_over() {
        let mut alerts = alerts(&EVERYTHING);
        assert_eq!(told(alerts.raise(&open("a/x"), 0)), [(AlertEvent::BreakerOpen, 0)]);
        assert_eq!(told(alerts.raise(&closed("a/x"), 10_000)), [(AlertEvent::BreakerClosed, 0)]);
        assert_eq!(told(alerts.raise(&open("a/x"), 20_000)), [], "and it stays open");
        assert_eq!(told(alerts.overdue(299_999)), []);
        assert_eq!(told(alerts.overdue(300_000)), [(AlertEvent::BreakerOpen, 0)]);
        assert_eq!(told(alerts.overdue(900_000)), [], "once");
    }

    #[test]
    fn a_state_that_has_passed_is_not_told_afterwards() {
        let mut alerts = alerts(&EVERYTHING);
        alerts.raise(&open("a/x"), 0);
        alerts.raise(&closed("a/x"), 10_000);
        alerts.raise(&open("a/x"), 20_000);
        alerts.raise(&closed("a/x"), 30_000);
        assert_eq!(told(alerts.overdue(300_000)), []);
        assert_eq!(told(alerts.overdue(310_000)), [(AlertEvent::BreakerClosed, 0)], "it is the last word");
    }

    #[test]
    fn a_state_that_has_passed_is_not_told_to_whoever_hears_only_of_its_beginning_either() {
        let mut alerts = alerts(&[AlertEvent::BreakerOpen]);
        alerts.raise(&open("a/x"), 0);
        alerts.raise(&closed("a/x"), 10_000);
        alerts.raise(&open("a/x"), 20_000);
        assert_eq!(told(alerts.raise(&closed("a/x"), 30_000)), []);
        assert_eq!(told(alerts.overdue(400_000)), []);
    }

    #[test]
    fn without_a_cooldown_everything_is_told() {
        let mut alerts =
            Alerts::new(&[Alert { on: EVERYTHING.to_vec(), webhook: "HOOK".into(), cooldown: 0 }]);
        assert!((0..5).all(|_| told(alerts.raise(&degraded("a"), 7)).len() == 1));
    }

    #[test]
    fn who_goes_on_listening_is_not_told_again() {
        let alert = |webhook: &str, on: &[AlertEvent], cooldown| Alert {
            on: on.to_vec(),
            webhook: webhook.into(),
            cooldown,
        };
        let mut alerts = alerts(&EVERYTHING);
        alerts.raise(&degraded("a"), 0);
        alerts.spent(9.0);
        alerts.go_on(&[alert("NEW", &EVERYTHING, 300), alert("HOOK", &EVERYTHING, 600)]);
        let due = alerts.raise(&degraded("a"), 30_000);
        assert_eq!(due.iter().map(|due| due.webhook.as_deref()).collect::<Vec<_>>(), [Some("NEW")]);
        assert_eq!(told(alerts.raise(&degraded("a"), 599_999)).len(), 1, "the new cooldown holds");
        assert!(alerts.spent(1.0).is_some(), "what was spent, was spent");
        alerts.go_on(&[alert("HOOK", &[AlertEvent::Degraded], 600)]);
        assert_eq!(told(alerts.raise(&degraded("a"), 599_999)).len(), 1, "another wish, another listener");
    }

    #[test]
    fn a_clock_that_jumps_back_silences_nobody() {
        let mut alerts = alerts(&EVERYTHING);
        alerts.raise(&degraded("a"), 1_000_000);
        assert_eq!(told(alerts.raise(&degraded("a"), 10)).len(), 1);
    }

    #[test]
    fn a_flood_of_subjects_is_bounded() {
        let mut alerts = alerts(&EVERYTHING);
        let due: usize = (0..2_000).map(|number| alerts.raise(&open(&format!("a/{number}")), 5).len()).sum();
        assert_eq!((due, alerts.told.len()), (MOST_TOLD, MOST_TOLD));
        assert_eq!(alerts.raise(&open("b/y"), 400_000).len(), 2, "what is long ago makes way");
        assert_eq!(alerts.told.len(), 2);
    }

    #[test]
    fn a_rate_of_errors_needs_enough_requests_and_a_large_enough_share() {
        let mut alerts = alerts(&EVERYTHING);
        assert!((0..9).all(|_| alerts.outcome(true, 500).is_none()), "too few to tell");
        assert_eq!(alerts.outcome(true, 500), Some(Event::ErrorRate { failed: 10, requests: 10 }));
        assert_eq!(alerts.outcome(true, 61_000), None, "a minute later they are forgotten");

        (0..98).for_each(|_| assert_eq!(alerts.outcome(false, 200_000), None));
        (0..10).for_each(|_| assert_eq!(alerts.outcome(true, 200_000), None));
        assert_eq!(alerts.outcome(true, 200_000), Some(Event::ErrorRate { failed: 11, requests: 109 }));
        assert_eq!(alerts.outcome(false, 200_000), None, "a success is no news");
    }

    #[test]
    fn each_further_step_of_spending_is_told() {
        let mut alerts = alerts(&EVERYTHING);
        assert_eq!(alerts.spent(9.99), None);
        assert_eq!(alerts.spent(0.0), None);
        assert!(matches!(alerts.spent(0.5), Some(Event::Spend { usd }) if (usd - 10.49).abs() < 1e-9));
        assert_eq!(alerts.spent(9.0), None);
        assert!(alerts.spent(25.0).is_some(), "several steps at once are one alert");
    }
}
