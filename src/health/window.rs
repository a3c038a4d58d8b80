//! Two counts over a window that slides in steps: of all, and of those that matter.

use crate::host::Millis;

/// The counts of the latest slots, which have numbers by their times.
#[derive(Clone, Copy, Debug)]
pub struct Window<const SLOTS: usize>([Slot; SLOTS]);

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    number: u64,
    all: u32,
    some: u32,
}

impl<const SLOTS: usize> Default for Window<SLOTS> {
    fn default() -> Self {
        Self([Slot::default(); SLOTS])
    }
}

impl<const SLOTS: usize> Window<SLOTS> {
    /// Counts more of all, and more of those that matter, in the slot of this number.
    pub fn add(&mut self, all: u32, some: u32, number: u64) {
        add(&mut self.0, all, some, number);
    }

    /// All of the window that ends with the slot of this number, and those that matter.
    #[must_use]
    pub fn counts(&self, number: u64) -> (u64, u64) {
        counts(&self.0, number)
    }
}

// Of any number of slots, so that they are compiled once.

fn add(slots: &mut [Slot], all: u32, some: u32, number: u64) {
    let place = number.checked_rem(slots.len() as u64).unwrap_or(0);
    if let Some(slot) = slots.get_mut(place as usize) {
        if slot.number != number {
            *slot = Slot { number, ..Slot::default() };
        }
        slot.all += all;
        slot.some += some;
    }
}

fn counts(slots: &[Slot], number: u64) -> (u64, u64) {
    let first = (number + 1).saturating_sub(slots.len() as u64);
    let recent = slots.iter().filter(|slot| (first..=number).contains(&slot.number));
    recent.fold((0, 0), |(all, some), slot| (all + u64::from(slot.all), some + u64::from(slot.some)))
}

/// The counts of the last minute, by the second.
#[derive(Debug, Default)]
pub struct Minute(Window<60>);

impl Minute {
    /// Counts more of all, and more of those that matter.
    pub fn add(&mut self, all: u32, some: u32, now: Millis) {
        self.0.add(all, some, now / 1_000);
    }

    /// All of the last minute, and those that matter.
    #[must_use]
    pub fn counts(&self, now: Millis) -> (u64, u64) {
        self.0.counts(now / 1_000)
    }
}
