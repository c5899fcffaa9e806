//! The simulation finds nothing, and notices when any one safeguard is left out.

use std::process::{Command, Output};

fn simulate(words: &[&str]) -> Output {
    let simulator = Command::new(env!("CARGO_BIN_EXE_xp2p-simulator")).args(words).output();
    simulator.expect("the simulator was built with this test")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What is found without a safeguard, within 1,000 seeds; and that its seed finds it again alone.
#[track_caller]
fn found_without(safeguard: &str) -> String {
    let output = simulate(&["--without", safeguard, "--seeds", "1000"]);
    let printed_at_first = printed(&output);
    assert!(!output.status.success(), "nothing was found: {printed_at_first}");
    let found = printed_at_first.lines().find(|line| line.starts_with("seed "));
    let found = found.expect(&printed_at_first).to_owned();
    let (seed, _) = found["seed ".len()..].split_once(':').expect("a seed");
    let again = simulate(&["--without", safeguard, "--seed", seed]);
    assert!(printed(&again).contains(&found), "{found} is not found again: {}", printed(&again));
    found
}

#[test]
fn requirement_8_nothing_is_lost_and_nothing_paid_twice() {
    // Fails as well where something that can go wrong never did.
    let output = simulate(&["--seeds", "2000"]);
    assert!(output.status.success(), "{}", printed(&output));
    assert!(printed(&output).contains("2000 seeds, "), "{}", printed(&output));
}

#[test]
fn requirement_8_a_key_for_each_attempt_is_noticed() {
    assert!(found_without("key-per-intent").contains("paid twice"));
}

#[test]
fn requirement_6_a_platform_that_forgets_nonces_is_noticed() {
    let found = found_without("stored-nonce");
    assert!(found.contains("answered again") || found.contains("refused and is paid"), "{found}");
}

#[test]
fn requirement_8_an_answer_that_is_kept_apart_is_noticed() {
    let found = found_without("answer-in-transaction");
    assert!(found.contains("paid twice") || found.contains("no stored answer"), "{found}");
}

#[test]
fn requirement_8_tabs_without_a_lock_are_noticed() {
    // Of two intents for one order, both can be paid, or the one that its tab knows refused.
    let found = found_without("lock-between-tabs");
    assert!(found.contains("paid twice") || found.contains("refused and is paid"), "{found}");
}
