//! Accounts: whom a handle belongs to.

use alloc::string::String;

use super::Handle;
use crate::error::{ErrorCode, Result};

/// The id of an account, such as `acct_lutece00`. Unlike a handle it is never given to somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// Reads `acct_` and 8 to 40 digits and small letters.
    ///
    /// # Errors
    ///
    /// `account_malformed` at `account`.
    pub fn parse(text: &str) -> Result<Self> {
        let allowed = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
        match text.strip_prefix("acct_") {
            Some(name) if (8..=40).contains(&name.len()) && name.bytes().all(allowed) => {
                Ok(Self(text.into()))
            }
            _ => Err(ErrorCode::AccountMalformed.at("account")),
        }
    }

    /// The id as it is written on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One side of a payment: an account, and the handle it was known by at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    handle: Handle,
    account: AccountId,
}

impl Party {
    /// The account with the handle it is known by.
    pub const fn new(handle: Handle, account: AccountId) -> Self {
        Self { handle, account }
    }

    /// The handle, for people.
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The account, for money.
    pub const fn account(&self) -> &AccountId {
        &self.account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_its_own_form() {
        assert_eq!(AccountId::parse("acct_lutece00").unwrap().as_str(), "acct_lutece00");
        for text in ["", "acct_", "acct_seven_7", "acct_LUTECE00", "pay_lutece00", "acct_lutece-0"]
        {
            assert_eq!(
                AccountId::parse(text).unwrap_err().code(),
                ErrorCode::AccountMalformed,
                "{text}"
            );
        }
    }
}
