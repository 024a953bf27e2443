//! Chance, as a value that is passed in: seeded from the system in the daemon, from a number in tests.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A source of random numbers whose sequence depends on its seed alone, on every platform and version.
#[derive(Clone, Debug)]
pub struct Rng(ChaCha20Rng);

impl Rng {
    /// Seeded by the operating system.
    ///
    /// # Errors
    /// When the system gives no randomness; nothing may then be minted.
    pub fn from_system() -> Result<Self, std::io::Error> {
        let mut seed = [0; 32];
        fill_from_system(&mut seed)?;
        Ok(Self(ChaCha20Rng::from_seed(seed)))
    }

    /// Seeded by a number: the same number gives the same sequence.
    pub fn from_seed(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    /// A uniform number below `bound`; zero when `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0.next_u64() % bound }
    }

    /// A uniform number in −100…100, to move a wait by up to ten per cent.
    pub fn jitter(&mut self) -> i64 {
        i64::try_from(self.below(201)).unwrap_or(100) - 100
    }

    /// Random octets.
    pub fn fill(&mut self, octets: &mut [u8]) {
        self.0.fill_bytes(octets);
    }
}

/// Random octets straight from the system, for keys.
///
/// # Errors
/// As [`Rng::from_system`].
pub fn fill_from_system(octets: &mut [u8]) -> Result<(), std::io::Error> {
    getrandom::fill(octets).map_err(|_| std::io::Error::other("the system gives no randomness"))
}
