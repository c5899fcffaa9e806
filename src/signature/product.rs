//! Products of scalars, for signing.

use curve25519_dalek::Scalar;
use zeroize::{Zeroize, Zeroizing};

/// How many words of 32 bits a scalar has.
const WORDS: usize = 8;

/// a b + c modulo the order of the base point (RFC 8032 section 5.1), of numbers in little-endian bytes.
///
/// The operators of `curve25519_dalek` give the same and are written out for speed, which is 900 bytes of
/// compressed wasm beside the reduction that hashes need anyway. Which instructions run does not depend on
/// the scalars. The sum has room: (2^256 - 1)^2 + 2^256 - 1 < 2^512.
pub(super) fn product_and_sum(a: &[u8; 32], b: &[u8; 32], c: &[u8; 32]) -> Scalar {
    let (a, b) = (Zeroizing::new(words(a)), Zeroizing::new(words(b)));
    let mut sum = Zeroizing::new([0; 2 * WORDS]);
    sum[..WORDS].copy_from_slice(&*Zeroizing::new(words(c)));
    for (place, a) in a.iter().enumerate() {
        let mut carry = 0;
        for (word, b) in sum[place..].iter_mut().zip(b.iter()) {
            let wide = u64::from(*a) * u64::from(*b) + u64::from(*word) + carry;
            *word = wide as u32;
            carry = wide >> 32;
        }
        // No row before this one has come so far.
        sum[place + WORDS] = carry as u32;
    }
    let mut bytes = [0; 64];
    for (bytes, word) in bytes.chunks_exact_mut(4).zip(sum.iter()) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    let scalar = Scalar::from_bytes_mod_order_wide(&bytes);
    bytes.zeroize();
    scalar
}

fn words(bytes: &[u8; 32]) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn agree([a, b, c]: [Scalar; 3]) -> bool {
        product_and_sum(a.as_bytes(), b.as_bytes(), c.as_bytes()) == a * b + c
    }

    #[test]
    fn the_ends_of_the_range_are_right() {
        let ends = [Scalar::ZERO, Scalar::ONE, -Scalar::ONE];
        for index in 0..27 {
            assert!(agree([index / 9, index / 3 % 3, index % 3].map(|end| ends[end])));
        }
    }

    proptest! {
        #[test]
        fn it_is_that_of_curve25519_dalek(bytes: [[u8; 32]; 3]) {
            prop_assert!(agree(bytes.map(Scalar::from_bytes_mod_order)));
        }

        #[test]
        fn numbers_over_the_order_are_reduced(bytes: [[u8; 32]; 3]) {
            let [a, b, c] = bytes.each_ref();
            let reduced = bytes.map(Scalar::from_bytes_mod_order);
            prop_assert_eq!(product_and_sum(a, b, c), reduced[0] * reduced[1] + reduced[2]);
        }
    }
}
