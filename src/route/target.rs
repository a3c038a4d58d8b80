//! One target: with this key or another, and again when its failure allows it.

use std::rc::Rc;

use crate::class::{Again, Class};
use crate::config::Target;
use crate::failure::Failure;
use crate::health::breaker::Ticket;
use crate::health::keys::Pick;
use crate::host::Millis;
use crate::secret::{Secret, Secrets};
use crate::text;

use super::attempt::{Told, Won, attempt, told};
use super::call::Call;
use super::hope::Hope;
use super::permits::Permit;

/// Asks a target until it answers, or until its failure does not allow to ask again.
pub(crate) async fn ask(
    call: &Rc<Call>,
    target: &Rc<Target>,
    path: &str,
    hope: Hope,
) -> Result<Box<Won>, Failure> {
    if let Some(class) = call.is_out(target) {
        return Err(Failure::new(class, "it has failed in this request").falling_back(true).unasked());
    }
    // It may stand in the plan twice, by way of another route; as the last hope it is asked again, as in its own place.
    let was_asked = call.trail.borrow().was_overloaded(&target.id, call.counts_from());
    if was_asked && !hope.alone {
        return Err(Failure::new(Class::Overloaded, "it was asked already").unasked());
    }
    if let Some(reason) = call.in_vain(target, path) {
        return Err(pass_over(call, target, path, reason));
    }
    let mut retries = u32::from(was_asked);
    let mut failure: Option<Failure> = None;
    let mut same = None;
    let mut tried = Vec::new();
    loop {
        if call.time_left() == Some(0) {
            return Err(failure.unwrap_or_else(|| pass_over(call, target, path, out_of_time())));
        }
        let permit = call.permits.take().await;
        // Another runner of a race has failed for all of them while this one waited for its turn.
        if call.is_settled() {
            return Err(failure.unwrap_or_else(Failure::passed_over));
        }
        let key = match same.take() {
            Some(same) => Ok(same),
            None => key(call, target, &tried),
        };
        let leave = key.and_then(|(key, secret)| {
            let told = told(call, target, secret.as_ref())?;
            let forced = call.is_forced(target);
            let ticket = call.core.health.borrow_mut().admit(target, forced, call.now());
            // Somebody else became the probe while we waited, or our own failure opened the breaker.
            let ticket = ticket.ok_or_else(|| resting(target, 0, false, Class::Server))?;
            Ok(Leave { key, secret, told, ticket, permit })
        });
        let leave = match leave {
            Ok(leave) => leave,
            Err(reason) => return Err(failure.unwrap_or_else(|| pass_over(call, target, path, reason))),
        };
        let used = (leave.key, leave.secret.clone());
        tried.push(leave.key);
        let failed = match attempt(call, target, path, leave, &hope).await {
            Ok(won) => {
                call.learn(target);
                return Ok(won);
            }
            Err(failed) => failed,
        };
        if failed.class == Class::InvalidRequest && call.can_do_without(target, &failed) {
            (failure, same) = (Some(failed), Some(used));
            continue;
        }
        match again(call, target, &failed, &tried, &mut retries, hope.alone) {
            None => {
                if !failed.falls_back {
                    call.settle(target, failed.class);
                }
                return Err(failed);
            }
            Some(Once::OtherKey) => {}
            Some(Once::More(wait)) => {
                // The same key, unless another one is back before it.
                let first = match failed.retry_after {
                    Some(_) => first_back(call, target),
                    None => Pick::Missing,
                };
                call.host.sleep(wait).await;
                same = Some(if let Pick::Key(key, secret) = first { (key, secret) } else { used });
            }
        }
        failure = Some(failed);
    }
}

/// What an attempt needs before it may begin.
pub(crate) struct Leave {
    /// The key's place in its pool, and the key.
    pub(crate) key: usize,
    pub(crate) secret: Option<Secret>,
    /// What is said to it.
    pub(crate) told: Told,
    /// The breaker's.
    pub(crate) ticket: Ticket,
    /// One of the few that may be under way at once.
    pub(crate) permit: Permit,
}

/// The key to ask with.
fn key(call: &Call, target: &Target, tried: &[usize]) -> Result<(usize, Option<Secret>), Failure> {
    let found = match call.pick(target, tried) {
        Pick::Resting { .. } if call.is_forced(target) => first_back(call, target),
        pick => pick,
    };
    match found {
        Pick::Key(key, secret) => Ok((key, secret)),
        Pick::Missing => Err(no_key(target, &call.core.secrets)),
        Pick::Resting { wait, stated, class } => Err(resting(target, wait, stated, class)),
    }
}

/// The key that is back before the others, or has never gone.
fn first_back(call: &Call, target: &Target) -> Pick {
    let mut health = call.core.health.borrow_mut();
    health.pool(&target.provider, &call.core.secrets).least_bad(&target.model, call.now())
}

/// How the same target is asked once more.
enum Once {
    OtherKey,
    /// After that many milliseconds, with the same key.
    More(Millis),
}

fn again(
    call: &Call,
    target: &Target,
    failed: &Failure,
    tried: &[usize],
    retries: &mut u32,
    alone: bool,
) -> Option<Once> {
    let retry = call.core.plan.retry;
    let another_key = || matches!(call.pick(target, tried), Pick::Key(..));
    match failed.class.policy().again {
        Again::No => return None,
        Again::OtherKey => return another_key().then_some(Once::OtherKey),
        Again::AfterWait if another_key() => return Some(Once::OtherKey),
        Again::LastHope if !alone => return None,
        // The gateway before the provider has waited already, for longer than anybody should twice.
        Again::Backoff if failed.status == Some(504) => return None,
        Again::AfterWait | Again::LastHope | Again::Backoff => {}
    }
    let wait = match failed.retry_after {
        Some(stated) => {
            let mut health = call.core.health.borrow_mut();
            let pool = health.pool(&target.provider, &call.core.secrets);
            match pool.pick(&target.model, &[], call.now()) {
                Pick::Resting { wait, .. } => wait.min(stated),
                _ => stated,
            }
        }
        None => backoff(call, *retries),
    };
    let in_time = call.time_left().is_none_or(|left| wait < left);
    let is_short = failed.retry_after.is_none() || wait <= retry.max_wait;
    let allowed = *retries < retry.retries && in_time && is_short;
    if !allowed || !call.core.health.borrow_mut().budget.withdraw(call.now()) {
        return None;
    }
    *retries += 1;
    Some(Once::More(wait))
}

/// Full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015): anywhere between nothing and the
/// doubled bound, so that those who failed together do not come back together.
fn backoff(call: &Call, retries: u32) -> Millis {
    let retry = call.core.plan.retry;
    let bound = retry.backoff.saturating_mul(1 << retries.min(20)).min(retry.max_backoff);
    call.host.random() % (bound + 1)
}

/// Puts a target that was not asked into the trail.
fn pass_over(call: &Call, target: &Target, path: &str, reason: Failure) -> Failure {
    let place = call.trail.borrow_mut().open(&target.id, path, call.now(), false);
    call.failed(place, &reason);
    reason.unasked()
}

fn no_key(target: &Target, secrets: &Secrets) -> Failure {
    let names = &target.provider.keys;
    // Copied from where it was shortened, perhaps.
    if let Some(name) = names.iter().find(|name| secrets.find(name).is_some()) {
        return Failure::new(Class::Auth, format!("no key: {name} holds a character that no key has"));
    }
    let shown =
        if target.provider.keys_are_alternatives { names.get(..1).unwrap_or_default() } else { names };
    Failure::new(Class::Auth, format!("no key: set {}", text::joined(shown, " or ")))
}

fn resting(target: &Target, wait: Millis, stated: bool, class: Class) -> Failure {
    let who = if stated { "as the provider asked" } else { "after its last failure" };
    let mut failure = Failure::new(class, format!("left alone for another {wait} ms, {who}"));
    failure.retry_after = Some(wait);
    failure.falling_back(target.on.contains(class))
}

fn out_of_time() -> Failure {
    Failure::new(Class::Timeout, "the deadline of the request has passed").falling_back(false)
}
