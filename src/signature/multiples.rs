//! Multiples of the curve's base point, for signing.

use alloc::boxed::Box;
use core::array;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::traits::Identity;
use curve25519_dalek::{EdwardsPoint, Scalar};
use subtle::{Choice, ConditionallyNegatable, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::product::product_and_sum;

/// How many bits of a scalar are looked up at once.
const TEETH: usize = 4;
/// How many tables there are: each saves a part of the doublings.
const COMBS: usize = 8;
/// How many times each comb is applied, and how far its places are apart in the scalar.
const ROWS: usize = 256 / (TEETH * COMBS);
/// The sums of a comb: the last tooth is always added, the others are added or subtracted.
const SUMS: usize = 1 << (TEETH - 1);

/// Combs to multiply the base point B with: Lim and Lee, "More flexible exponentiation with
/// precomputation", CRYPTO '94, with the signed digits of Hamburg, "Fast and compact elliptic-curve
/// cryptography", 2012, section 3.3.
///
/// The 256 bits of a scalar are read as signs: sum of (2 b - 1) 2^i = 2 s - (2^256 - 1). A comb holds
/// what its teeth can add up to, half of it, since the other half is its negative. A row then costs one
/// addition for each comb and one doubling for all: 64 additions and 8 doublings in place of 64 and
/// 252. The 10 KB are made when a key is, in the time of a few signatures, and are no constant because a
/// compressed wasm would grow by all of them.
pub(super) struct Multiples {
    combs: Box<[[EdwardsPoint; SUMS]; COMBS]>,
    /// (2^256 - 1) B, by which the signs fall short.
    shortfall: EdwardsPoint,
}

impl Multiples {
    pub fn of_base_point() -> Self {
        let mut next = ED25519_BASEPOINT_POINT;
        let powers: [EdwardsPoint; TEETH * COMBS] = array::from_fn(|_| {
            let power = next;
            for _ in 0..ROWS {
                next += next;
            }
            power
        });
        let comb = |comb: usize| {
            let tooth = |tooth: usize| powers[tooth * COMBS + comb];
            let mut sums = [tooth(TEETH - 1); SUMS];
            for lower in 0..TEETH - 1 {
                sums[0] -= tooth(lower);
            }
            for lower in 0..TEETH - 1 {
                for below in 0..1 << lower {
                    sums[below | 1 << lower] = sums[below] + tooth(lower) + tooth(lower);
                }
            }
            sums
        };
        let combs = Box::new(array::from_fn(comb));
        Self { combs, shortfall: next - ED25519_BASEPOINT_POINT }
    }

    /// The base point times a secret: which instructions run and which places of memory are read does
    /// not depend on the scalar.
    pub fn times(&self, scalar: &Scalar) -> EdwardsPoint {
        let halved = Zeroizing::new(product_and_sum(scalar.as_bytes(), &HALF, &[0; 32]));
        let bytes = halved.as_bytes();
        let bit = |index: usize| bytes[index / 8] >> (index % 8) & 1;
        let mut product = EdwardsPoint::identity();
        for row in (0..ROWS).rev() {
            product += product;
            for (comb, sums) in self.combs.iter().enumerate() {
                let tooth = |tooth: usize| bit((tooth * COMBS + comb) * ROWS + row);
                let lower = (0..TEETH - 1).fold(0, |lower, bit| lower | tooth(bit) << bit);
                product += select(sums, lower, tooth(TEETH - 1));
            }
        }
        product + self.shortfall
    }
}

/// 1/2 modulo the order of the base point (RFC 8032 section 5.1). `Scalar::div_by_2` would link code
/// that nothing else here needs.
const HALF: [u8; 32] = [
    0xf7, 0xe9, 0x7a, 0x2e, 0x8d, 0x31, 0x09, 0x2c, 0x6b, 0xce, 0x7b, 0x51, 0xef, 0x7c, 0x6f, 0x0a,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08,
];

/// The sum of a comb with these signs of its teeth, having read all sums.
fn select(sums: &[EdwardsPoint; SUMS], lower: u8, last: u8) -> EdwardsPoint {
    // Where the last tooth is subtracted, this is the negative of the sum with all signs changed.
    let mask = (SUMS - 1) as u8;
    let index = lower ^ (mask * (1 - last));
    let mut selected = sums[0];
    for (candidate, sum) in (0_u8..).zip(sums).skip(1) {
        selected.conditional_assign(sum, candidate.ct_eq(&index));
    }
    selected.conditional_negate(Choice::from(1 - last));
    selected
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ends_of_the_range_are_right() {
        let multiples = Multiples::of_base_point();
        for scalar in [Scalar::ZERO, Scalar::ONE, -Scalar::ONE] {
            assert_eq!(multiples.times(&scalar), EdwardsPoint::mul_base(&scalar));
        }
    }

    proptest! {
        #[test]
        fn multiples_are_those_of_curve25519_dalek(bytes: [u8; 32]) {
            let scalar = Scalar::from_bytes_mod_order(bytes);
            let product = Multiples::of_base_point().times(&scalar);
            prop_assert_eq!(product, EdwardsPoint::mul_base(&scalar));
        }
    }
}
