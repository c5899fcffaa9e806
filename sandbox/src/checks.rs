//! `checks!(Name)`: whether the sandbox makes a verification. It does, always; only a build with the
//! feature `switches` can do without one, for the test of `cargo xtask conform`. The same build dies where
//! a simulation wants it to.

/// A place at which a simulated process can die: nothing, in any other.
#[cfg(not(feature = "switches"))]
macro_rules! step {
    () => {};
}

/// See above.
#[cfg(feature = "switches")]
macro_rules! step {
    () => {
        $crate::simulated::step().await
    };
}

/// Whether an answer is kept in the transaction that it is about. It is, always; a simulation can do
/// otherwise, to see that it notices.
#[cfg(not(feature = "switches"))]
macro_rules! kept_together {
    () => {
        true
    };
}

/// See above.
#[cfg(feature = "switches")]
macro_rules! kept_together {
    () => {
        !$crate::simulated::keeps_apart()
    };
}

/// The word `true`.
#[cfg(not(feature = "switches"))]
macro_rules! checks {
    ($switch:ident) => {
        true
    };
}

/// Whether the switch is still on.
#[cfg(feature = "switches")]
macro_rules! checks {
    ($switch:ident) => {
        !$crate::careless::Switch::$switch.is_off()
    };
}
