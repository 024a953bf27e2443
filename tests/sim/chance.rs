//! Chance for the simulated world: the same seed gives the same world, on every platform (SplitMix64).

/// A source of random numbers.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Seeded.
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x5eed_0f5e_ed0f_5eed)
    }

    /// The part of a seed that belongs to something with a name: what else happens moves it not.
    pub fn of(seed: u64, name: &str) -> Self {
        // FNV-1a; the first numbers of close seeds are mixed well by SplitMix64.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
        Self::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ hash)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 when that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { usize::try_from(self.bits() % bound as u64).unwrap_or(0) }
    }

    /// A number of `from..to`.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = u64::try_from((to - from).max(1)).unwrap_or(1);
        from + i64::try_from(self.bits() % width).unwrap_or(0)
    }

    /// True in `percent` of a hundred cases.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// An index into `weights`, as often as its weight says.
    pub fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        weights
            .iter()
            .position(|weight| {
                let here = left < *weight;
                left = left.saturating_sub(*weight);
                here
            })
            .unwrap_or(0)
    }

    /// Any order.
    pub fn shuffle<T>(&mut self, of: &mut [T]) {
        for last in (1..of.len()).rev() {
            of.swap(last, self.below(last + 1));
        }
    }
}
