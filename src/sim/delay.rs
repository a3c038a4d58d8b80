//! How long things take: always as long, or drawn from a law by random bits that somebody else draws.

use crate::host::Millis;

/// How long something takes, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// Always as long.
    Exactly(Millis),
    /// Anything from the first up to the second, all equally likely.
    Between(Millis, Millis),
    /// Mostly near the median and sometimes much longer, as real providers are: the logarithm is normally
    /// distributed with the standard deviation `sigma`.
    #[cfg(not(target_arch = "wasm32"))]
    LogNormal {
        /// Half of the delays are shorter.
        median: Millis,
        /// 0.5 is a calm provider; with 1.0 one delay in a hundred is ten times the median.
        sigma: f64,
    },
}

impl Delay {
    /// At once.
    pub const NONE: Delay = Delay::Exactly(0);

    /// One such delay, in milliseconds. It draws only when there is something to draw.
    pub fn draw(self, random: &mut dyn FnMut() -> u64) -> Millis {
        match self {
            Self::Exactly(milliseconds) => milliseconds,
            Self::Between(least, most) => {
                let width = most.saturating_sub(least).saturating_add(1);
                least.saturating_add(random() % width)
            }
            #[cfg(not(target_arch = "wasm32"))]
            Self::LogNormal { median, sigma } => {
                log_normal(median, sigma, uniform(random()), uniform(random()))
            }
        }
    }
}

/// Box and Muller, "A note on the generation of random normal deviates", 1958.
#[cfg(not(target_arch = "wasm32"))]
fn log_normal(median: Millis, sigma: f64, one: f64, other: f64) -> Millis {
    let normal = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos();
    (median as f64 * (sigma * normal).exp()).round() as Millis
}

/// Between 0 and 1, never 0.
#[cfg(not(target_arch = "wasm32"))]
fn uniform(bits: u64) -> f64 {
    ((bits >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Random;

    #[test]
    fn delays_keep_to_their_law() {
        let random = Random::seeded(1);
        let draw = |delay: Delay| delay.draw(&mut || random.next());
        for _ in 0..1_000 {
            assert!((20..=40).contains(&draw(Delay::Between(20, 40))));
        }
        let slow = Delay::LogNormal { median: 800, sigma: 0.5 };
        let below = (0..10_000).filter(|_| draw(slow) < 800).count();
        assert!((4_700..5_300).contains(&below), "{below} of 10000");
        assert_eq!(draw(Delay::Between(9, 3)), 9);
    }
}
