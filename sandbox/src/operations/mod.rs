//! The operations of the contract, by what they are about.

pub(crate) mod account;
pub(crate) mod approval;
pub(crate) mod balances;
pub(crate) mod blocks;
pub(crate) mod checkouts;
pub(crate) mod keys;
pub(crate) mod link_decisions;
pub(crate) mod links;
pub(crate) mod passkey_challenges;
pub(crate) mod passkeys;
pub(crate) mod payments;
pub(crate) mod refunds;
pub(crate) mod webhooks;
