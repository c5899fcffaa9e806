//! How long ed25519-dalek takes natively, with its tables and every instruction of the machine:
//! microseconds to sign 300 bytes, the least of several rounds. `cargo xtask bench` runs it.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::Instant;

use ed25519_dalek::{Signer, SigningKey};

fn main() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let message = [1; 300];
    let mut least = f64::INFINITY;
    for _ in 0..20 {
        let start = Instant::now();
        for _ in 0..200 {
            black_box(key.sign(black_box(&message)));
        }
        least = least.min(start.elapsed().as_secs_f64() * 1e6 / 200.0);
    }
    println!("{least}");
}
