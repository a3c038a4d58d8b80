//! How long a target takes: percentiles over its latest answers, and how long it takes at present.

use crate::host::Millis;

/// The latest times.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    /// As they came, in a ring.
    times: Vec<u32>,
    next: usize,
    /// The same in order: a percentile is asked for more often than a time is added.
    sorted: Vec<u32>,
    /// The mean in which each new time counts a tenth, and when the last one came.
    lately: Option<(f64, Millis)>,
}

/// What is older says nothing about the present.
const FRESH: Millis = 60_000;
/// How much a new time counts.
const NEW: f64 = 0.1;

/// Enough for a p99 that means something, few enough to keep in order.
const KEPT: usize = 128;

impl Latency {
    /// Remembers one.
    pub fn add(&mut self, milliseconds: Millis, now: Millis) {
        let new = milliseconds as f64;
        let mean = self.lately(now).map_or(new, |mean| mean + NEW * (new - mean));
        self.lately = Some((mean, now));
        let time = u32::try_from(milliseconds).unwrap_or(u32::MAX);
        if self.times.len() < KEPT {
            self.times.push(time);
        } else if let Some(oldest) = self.times.get_mut(self.next) {
            if let Ok(place) = self.sorted.binary_search(oldest) {
                self.sorted.remove(place);
            }
            *oldest = time;
            self.next = (self.next + 1) % KEPT;
        }
        let place = self.sorted.partition_point(|known| *known < time);
        self.sorted.insert(place, time);
    }

    /// How many it remembers.
    #[must_use]
    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// Milliseconds that the last answers took, the latest counting most; `None` when none came for a minute.
    #[must_use]
    pub fn lately(&self, now: Millis) -> Option<f64> {
        self.lately.filter(|(_, at)| now.saturating_sub(*at) < FRESH).map(|(mean, _)| mean)
    }

    /// Milliseconds that this share (0 to 1) of the latest answers took at most: the nearest rank.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Option<Millis> {
        let rank = (self.sorted.len() as f64 * share.clamp(0.0, 1.0)).ceil() as usize;
        self.sorted.get(rank.saturating_sub(1)).map(|time| Millis::from(*time))
    }

    /// Milliseconds that the next answer exceeds with this chance at most, as far as the latest ones tell. One rank
    /// above the percentile, because the next one is not among them: of 128 it falls behind the 122nd in 5.4 %.
    #[must_use]
    pub fn seldom_exceeded(&self, chance: f64) -> Option<Millis> {
        let count = self.sorted.len();
        let rank = ((count + 1) as f64 * (1.0 - chance)).ceil() as usize;
        self.sorted.get(rank.min(count).saturating_sub(1)).map(|time| Millis::from(*time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_latest_answers() {
        let mut latency = Latency::default();
        assert_eq!(latency.percentile(0.5), None);
        assert_eq!(latency.seldom_exceeded(0.05), None);
        (1..=100).for_each(|time| latency.add(time, 0));
        assert_eq!(latency.percentile(0.5), Some(50));
        assert_eq!(latency.percentile(0.99), Some(99));
        assert_eq!(latency.percentile(0.95), Some(95));
        assert_eq!(latency.seldom_exceeded(0.05), Some(96));
        assert_eq!(latency.seldom_exceeded(0.0), Some(100));
        (0..128).for_each(|_| latency.add(7, 0));
        assert_eq!(latency.percentile(1.0), Some(7), "the old ones are forgotten");
        assert_eq!(latency.seldom_exceeded(0.05), Some(7));
    }

    #[test]
    fn the_present_follows_the_latest_answers_and_is_unknown_after_a_minute() {
        let mut latency = Latency::default();
        assert_eq!(latency.lately(0), None);
        latency.add(100, 0);
        latency.add(200, 1_000);
        assert_eq!(latency.lately(60_999), Some(110.0));
        assert_eq!(latency.lately(61_000), None);
        latency.add(500, 61_000);
        assert_eq!(latency.lately(61_000), Some(500.0), "what was is forgotten");
    }
}
