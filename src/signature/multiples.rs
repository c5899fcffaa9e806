//! Multiples of the curve's base point, for signing.

use alloc::boxed::Box;
use core::array;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::traits::Identity;
use curve25519_dalek::{EdwardsPoint, Scalar};
use subtle::{ConditionallySelectable, ConstantTimeEq};

/// How many bits of a scalar are looked up at once.
const TEETH: usize = 4;
/// How many tables there are: each saves a part of the doublings.
const COMBS: usize = 4;
/// How far apart two bits that stand beside each other in the rows of a comb are in the scalar.
const ROWS: usize = 256 / (TEETH * COMBS);

/// Combs to multiply the base point with: Lim and Lee, "More flexible exponentiation with
/// precomputation", CRYPTO '94.
///
/// A scalar's bits are laid out in 16 rows of 4 combs with 4 teeth. A comb holds every sum of its
/// teeth, so that a row costs one addition for each comb and all of them one doubling: 64 additions and
/// 16 doublings in place of 64 and 252. The table of 10 KB is made when a key is, in about the time of two
/// signatures, and is no constant because a compressed wasm would grow by all of it.
pub(super) struct Multiples {
    combs: Box<[[EdwardsPoint; 1 << TEETH]; COMBS]>,
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
            let mut sums = [EdwardsPoint::identity(); 1 << TEETH];
            for tooth in 0..TEETH {
                for below in 0..1 << tooth {
                    sums[below | 1 << tooth] = sums[below] + powers[tooth * COMBS + comb];
                }
            }
            sums
        };
        Self { combs: Box::new(array::from_fn(comb)) }
    }

    /// The base point times a secret: which instructions run and which places of memory are read does
    /// not depend on the scalar.
    pub fn times(&self, scalar: &Scalar) -> EdwardsPoint {
        let bytes = scalar.as_bytes();
        let bit = |index: usize| bytes[index / 8] >> (index % 8) & 1;
        let mut product = EdwardsPoint::identity();
        for row in (0..ROWS).rev() {
            product += product;
            for (comb, sums) in self.combs.iter().enumerate() {
                let index = |tooth: usize| (tooth * COMBS + comb) * ROWS + row;
                let teeth = (0..TEETH).fold(0, |teeth, tooth| teeth | bit(index(tooth)) << tooth);
                product += select(sums, teeth);
            }
        }
        product
    }
}

/// The point at an index, having read all of them.
fn select(points: &[EdwardsPoint; 1 << TEETH], index: u8) -> EdwardsPoint {
    let mut selected = EdwardsPoint::identity();
    for (candidate, point) in (0_u8..).zip(points) {
        selected.conditional_assign(point, candidate.ct_eq(&index));
    }
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
