//! Random numbers that can be had again: the same seed, the same numbers.

use std::cell::Cell;

/// The generator `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014): one word of state, any seed is good, and not for secrets.
#[derive(Clone, Debug)]
pub struct Random(Cell<u64>);

impl Random {
    /// Starts from that seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// A generator of its own for whatever goes by that name, so that what one draws does not move what
    /// another gets.
    #[must_use]
    pub fn split(seed: u64, name: &str, turn: u64) -> Self {
        let mixed =
            name.bytes().fold(seed ^ turn, |mixed, byte| Self::seeded(mixed ^ u64::from(byte)).next());
        Self::seeded(mixed)
    }

    /// Sixty-four random bits.
    pub fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_paper() {
        // The first outputs for the seed 1234567 of the authors' reference implementation.
        let random = Random::seeded(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn each_name_and_each_turn_has_its_own_numbers() {
        let first = Random::split(7, "a/x", 0).next();
        assert_eq!(first, Random::split(7, "a/x", 0).next());
        assert_ne!(first, Random::split(7, "a/x", 1).next());
        assert_ne!(first, Random::split(7, "b/x", 0).next());
        assert_ne!(first, Random::split(8, "a/x", 0).next());
    }
}
