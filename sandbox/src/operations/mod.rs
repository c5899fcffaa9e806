//! The operations of the contract, by what they are about.

pub(crate) mod approval;
pub(crate) mod balances;
pub(crate) mod checkouts;
pub(crate) mod payments;
