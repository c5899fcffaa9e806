//! Whom a handle belongs to: `GET /v1/handles/{handle}`.

use alloc::string::{String, ToString};

use crate::canonical::HttpRequest;
use crate::error::{Error, Result};
use crate::request::{AccountId, Handle, Party};
use crate::transport::{HttpResponse, Platform, invalid_answer};

/// The request for the holder of a handle.
pub fn payee_request(platform: &Platform, handle: &Handle) -> HttpRequest {
    platform.get(&["/v1/handles/", handle.as_str()].concat())
}

/// The holder of a handle, as the platform knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payee {
    /// The account and the handle it was asked for by.
    pub party: Party,
    /// The name that the platform has checked.
    pub name: String,
    /// Person or merchant.
    pub kind: PayeeKind,
}

/// What sort of payee somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayeeKind {
    /// A person.
    Person,
    /// A merchant.
    Merchant,
}

impl PayeeKind {
    /// The kind as it is written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Merchant => "merchant",
        }
    }
}

impl Payee {
    /// Reads the answer to [`payee_request`].
    ///
    /// # Errors
    ///
    /// The platform's refusal, such as `handle_unknown`; `platform_answer_invalid` when the answer is
    /// about another handle or is not what the contract gives.
    pub fn read(response: &HttpResponse, handle: &Handle) -> Result<Self> {
        let holder = response.json()?;
        let text = |name: &'static str| {
            let text = holder.required(name).and_then(|value| value.text(name));
            text.map_err(|_| invalid_answer().at(name))
        };
        if text("handle")? != handle.as_str() {
            return Err(invalid_answer().at("handle"));
        }
        let account = AccountId::parse(text("account")?);
        let account = account.map_err(|_: Error| invalid_answer().at("account"))?;
        let kind = match text("kind")? {
            "person" => PayeeKind::Person,
            "merchant" => PayeeKind::Merchant,
            _ => return Err(invalid_answer().at("kind")),
        };
        let party = Party::new(handle.clone(), account);
        Ok(Self { party, name: text("name")?.to_string(), kind })
    }
}
