//! How long ed25519-dalek takes natively, for `cargo xtask bench`: microseconds to sign and to verify
//! 300 bytes, the least of several rounds, on one line.

use std::hint::black_box;
use std::time::Instant;

use xp2p::signature::SigningKey;

fn main() {
    let key = SigningKey::from_seed([7; 32]);
    let public_key = key.public_key();
    let message = [1; 300];
    let signature = key.sign(&message);
    let sign = least(|| {
        black_box(key.sign(black_box(&message)));
    });
    let verify = least(|| public_key.verify(black_box(&message), &signature).unwrap());
    println!("{sign} {verify}");
}

fn least(mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..20 {
        let start = Instant::now();
        for _ in 0..200 {
            work();
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / 200.0);
    }
    best
}
