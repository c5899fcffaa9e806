//! `checks!(Name)`: whether the sandbox makes a verification. It does, always; only a build with the
//! feature `switches` can do without one, for the test of `cargo xtask conform`.

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
