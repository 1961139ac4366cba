//! Repeatable randomness: a mixing function for seeds, and the generator that AWS uses where a seed is given.

/// Spreads the bits of `x` (the finalizer of SplitMix64: Steele, Lea, Flood, 2014), so that neighbouring seeds give unrelated values.
pub fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A version 4 UUID made of `seed`.
pub fn uuid(seed: u64) -> String {
    let high = mix(seed);
    let low = mix(high ^ 0x5555_5555_5555_5555);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0x0FFF,
        (low >> 48) & 0x3FFF | 0x8000,
        low & 0xFFFF_FFFF_FFFF
    )
}

/// The linear congruential generator of `java.util.Random`: on AWS `$random(42)` is its first double for seed 42.
pub(crate) struct JavaRandom(u64);

impl JavaRandom {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;

    pub(crate) fn new(seed: i64) -> Self {
        JavaRandom((seed as u64 ^ Self::MULTIPLIER) & Self::MASK)
    }

    fn next(&mut self, bits: u32) -> u64 {
        self.0 = self.0.wrapping_mul(Self::MULTIPLIER).wrapping_add(0xB) & Self::MASK;
        self.0 >> (48 - bits)
    }

    /// A number of at least 0 and below 1.
    pub(crate) fn next_double(&mut self) -> f64 {
        let high = self.next(26) << 27;
        (high + self.next(27)) as f64 / (1u64 << 53) as f64
    }

    /// An integer of at least 0 and below `bound`, every one equally likely.
    pub(crate) fn next_below(&mut self, bound: u64) -> u64 {
        if let Ok(bound) = u32::try_from(bound)
            && bound <= i32::MAX as u32
        {
            return u64::from(self.next_int(bound));
        }
        let word = self.next(32) << 32 | self.next(32);
        ((u128::from(word) * u128::from(bound)) >> 64) as u64
    }

    /// `nextInt(bound)` for a bound of 1 to 2^31 - 1.
    fn next_int(&mut self, bound: u32) -> u32 {
        if bound.is_power_of_two() {
            return ((u64::from(bound) * self.next(31)) >> 31) as u32;
        }
        loop {
            let bits = self.next(31) as u32;
            let value = bits % bound.max(1);
            // Draws from the incomplete last bucket are rejected.
            if bits - value <= (i32::MAX as u32) - (bound - 1) {
                return value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeded_double_is_javas() {
        assert_eq!(JavaRandom::new(42).next_double(), 0.7275636800328681);
    }

    #[test]
    fn seeded_integers_are_javas_and_in_range() {
        // new java.util.Random(42).nextInt(10) is 0, then 3.
        let mut random = JavaRandom::new(42);
        assert_eq!((random.next_below(10), random.next_below(10)), (0, 3));
        for seed in 0..1000 {
            assert!(JavaRandom::new(seed).next_below(7) < 7);
            assert!(JavaRandom::new(seed).next_below(8) < 8);
            assert!(JavaRandom::new(seed).next_below(1) == 0);
            assert!(JavaRandom::new(seed).next_below(1 << 40) < 1 << 40);
        }
    }

    #[test]
    fn uuids_have_version_and_variant() {
        for seed in 0..1000 {
            let uuid = uuid(seed);
            assert_eq!(uuid.len(), 36);
            assert_eq!(uuid.as_bytes()[14], b'4');
            assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
        }
    }
}
