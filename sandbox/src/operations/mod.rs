//! The operations of the contract, by what they are about.

pub(crate) mod payments;
pub(crate) mod refunds;
pub(crate) mod webhooks;
