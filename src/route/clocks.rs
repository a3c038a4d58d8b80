//! When an attempt has taken too long, by what it waits for: the clocks of one attempt, as they are configured and
//! as the request shortens them.

use crate::config::{Target, Timeouts};
use crate::host::Millis;

use super::alarm::{Alarm, Due};
use super::call::Call;
use super::hope::Hope;

/// An error's body that takes longer is an error without a body.
const ERROR_BODY_TIME: Millis = 3_000;
/// Large prompts take longer to read: so much more time for so many bytes.
const BYTES_A_SECOND: usize = 64 << 10;

/// The clocks of one attempt, by what it waits for.
pub(super) struct Clocks<'c> {
    call: &'c Call,
    timeouts: Timeouts,
    started: Millis,
    hope: &'c Hope,
}

impl<'c> Clocks<'c> {
    /// Of an attempt on this target.
    pub(super) fn of(call: &'c Call, target: &Target, started: Millis, hope: &'c Hope) -> Self {
        Self { call, timeouts: call.timeouts(target), started, hope }
    }

    /// An answer in one piece sends its headers when it is finished, and the last hope is not given
    /// up for being slow: for both, only the bounds of the whole count.
    pub(super) fn until_headers(&self, alarm: &mut Alarm) {
        self.until(self.timeouts.headers, alarm);
    }

    pub(super) fn until_content(&self, alarm: &mut Alarm) {
        self.until(0, alarm);
    }

    fn until(&self, headers: Millis, alarm: &mut Alarm) {
        let whole = self.first(0, 0);
        if self.call.ask.stream {
            alarm.set_unless_last(self.first(headers, self.timeouts.first_token), self.hope, whole);
        } else {
            alarm.set(whole);
        }
    }

    /// Content is here and held back: nothing is shown yet, so the bounds of the whole count as well.
    pub(super) fn until_more(&self) -> Option<Due> {
        let idle = Due::first(&[
            (self.call.now(), self.timeouts.idle, "idle"),
            (self.started, self.timeouts.stream, "stream"),
        ]);
        Due::earlier(self.first(0, 0), idle)
    }

    pub(super) fn until_error(&self) -> Option<Due> {
        let now = self.call.now();
        let soon = Due::first(&[(now, ERROR_BODY_TIME, "error body")]);
        Due::earlier(self.first(0, 0), soon)
    }

    fn first(&self, headers: Millis, first_token: Millis) -> Option<Due> {
        let grace = (self.call.ask.body.len() / BYTES_A_SECOND) as Millis * 1_000;
        let longer = |clock: Millis| if clock > 0 { clock.saturating_add(grace) } else { 0 };
        Due::first(&[
            (self.started, longer(headers), "headers"),
            (self.started, longer(first_token), "first_token"),
            (self.started, self.timeouts.attempt, "attempt"),
            (self.call.counts_from(), self.call.deadline, "deadline"),
        ])
    }
}
