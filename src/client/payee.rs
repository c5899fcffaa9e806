//! Whom a handle belongs to: `GET /v1/handles/{handle}`.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::canonical::{HttpRequest, Json};
use crate::error::{ErrorCode, Result};
use crate::request::{AccountId, Handle, Party};
use crate::transport::{HttpResponse, Platform};

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
        Self::from_json(&holder, handle)
            .map_err(|error| error.with_code(ErrorCode::PlatformAnswerInvalid))
    }

    fn from_json(holder: &Json, handle: &Handle) -> Result<Self> {
        let refused = |member| ErrorCode::PlatformAnswerInvalid.at(member);
        if holder.text("handle")? != handle.as_str() {
            return Err(refused("handle"));
        }
        let kind = match holder.text("kind")? {
            "person" => PayeeKind::Person,
            "merchant" => PayeeKind::Merchant,
            _ => return Err(refused("kind")),
        };
        let party = Party::new(handle.clone(), AccountId::parse(holder.text("account")?)?);
        Ok(Self { party, name: holder.text("name")?.to_owned(), kind })
    }
}
