//! Two counts over the last minute, in slots of one second: of all, and of those that matter.

use crate::host::Millis;

/// The counts of the last minute.
#[derive(Debug)]
pub struct Minute([Slot; SLOTS]);

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    second: u64,
    all: u32,
    some: u32,
}

const SLOTS: usize = 60;

impl Default for Minute {
    fn default() -> Self {
        Self([Slot::default(); SLOTS])
    }
}

impl Minute {
    /// Counts more of all, and more of those that matter.
    pub fn add(&mut self, all: u32, some: u32, now: Millis) {
        let second = now / 1_000;
        if let Some(slot) = self.0.get_mut((second % SLOTS as u64) as usize) {
            if slot.second != second {
                *slot = Slot { second, ..Slot::default() };
            }
            slot.all += all;
            slot.some += some;
        }
    }

    /// All of the last minute, and those that matter.
    #[must_use]
    pub fn counts(&self, now: Millis) -> (u64, u64) {
        let second = now / 1_000;
        let recent =
            self.0.iter().filter(|slot| slot.second + SLOTS as u64 > second && slot.second <= second);
        recent.fold((0, 0), |(all, some), slot| (all + u64::from(slot.all), some + u64::from(slot.some)))
    }
}
