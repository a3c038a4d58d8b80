//! Percentiles.

use steadfast::host::Millis;

/// Times, to be asked for their percentiles when all are there.
#[derive(Default)]
pub(crate) struct Times(Vec<Millis>);

impl Times {
    pub(crate) fn add(&mut self, milliseconds: Millis) {
        self.0.push(milliseconds);
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Milliseconds that these shares took at most: the nearest ranks.
    pub(crate) fn percentiles<const N: usize>(&mut self, shares: [f64; N]) -> [Millis; N] {
        self.0.sort_unstable();
        shares.map(|share| {
            let rank = (self.0.len() as f64 * share).ceil() as usize;
            self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        })
    }
}
