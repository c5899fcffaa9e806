//! Project Wycheproof's vectors for Ed25519, natively.

#[path = "fetch/src/wycheproof.rs"]
mod judge;
mod say;

#[test]
fn requirement_13_signatures_are_judged_as_wycheproof_judges_them() {
    let counts = judge::judge().unwrap();
    assert_eq!(counts.values().sum::<usize>(), 151, "{counts:?}");
    say::say(&format!("Wycheproof, natively: {counts:?}"));
}
