//! What is asked for: from loose text to an immutable request that names exactly one account.
//!
//! A [`PaymentIntent`] is what a page or a person states: a handle, an amount, perhaps a reference and
//! a note. A [`PaymentRequest`] is what a payer signs: the same, pinned to the account that the handle
//! belonged to when it was looked up, so that a handle which changes hands afterwards pays nobody.

mod account;
mod handle;
mod idempotency;
mod text;

pub use account::{AccountId, Party};
pub use text::is_displayable;
pub(crate) use text::note;

use alloc::string::String;

pub use handle::Handle;
pub use idempotency::IdempotencyKey;

use crate::amount::Amount;
use crate::error::Result;

/// What somebody wants to pay, not yet bound to an account.
///
/// ```
/// use xp2p::{Amount, PaymentIntent};
/// let intent = PaymentIntent::new("@lutece", Amount::parse("12.50", "EUR")?)?
///     .with_reference("order-1042")?
///     .with_note("two books")?;
/// assert_eq!(intent.payee().as_str(), "lutece");
/// # Ok::<(), xp2p::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentIntent {
    payee: Handle,
    amount: Amount,
    reference: Option<String>,
    note: Option<String>,
}

impl PaymentIntent {
    /// An intent to pay `amount` to the holder of the handle `to`, written with or without `@`.
    ///
    /// # Errors
    ///
    /// `handle_malformed` at `to`.
    pub fn new(to: &str, amount: Amount) -> Result<Self> {
        Self::of(to, amount, None, None)
    }

    /// All of it at once.
    pub(crate) fn of(
        to: &str,
        amount: Amount,
        reference: Option<&str>,
        note: Option<&str>,
    ) -> Result<Self> {
        Ok(Self {
            payee: Handle::parse(to).map_err(|error| error.at("to"))?,
            amount,
            reference: reference.map(text::reference).transpose()?,
            note: note.map(text::note).transpose()?,
        })
    }

    /// Adds the payee's own number for this payment: 1 to 64 visible ASCII characters.
    ///
    /// # Errors
    ///
    /// `reference_malformed` at `reference`.
    pub fn with_reference(mut self, reference: &str) -> Result<Self> {
        self.reference = Some(text::reference(reference)?);
        Ok(self)
    }

    /// Adds what the payer tells the payee: 1 to 280 characters, none of them a control character.
    ///
    /// # Errors
    ///
    /// `note_malformed` at `note`.
    pub fn with_note(mut self, note: &str) -> Result<Self> {
        self.note = Some(text::note(note)?);
        Ok(self)
    }

    /// The payee's handle.
    pub const fn payee(&self) -> &Handle {
        &self.payee
    }

    /// The amount.
    pub const fn amount(&self) -> &Amount {
        &self.amount
    }

    /// Pins the payee to the account its handle was found to belong to.
    #[must_use]
    pub fn pin(self, account: AccountId) -> PaymentRequest {
        let Self { payee, amount, reference, note } = self;
        PaymentRequest { payee: Party::new(payee, account), amount, reference, note }
    }
}

/// What a payer signs. It cannot be changed once made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRequest {
    payee: Party,
    amount: Amount,
    reference: Option<String>,
    note: Option<String>,
}

impl PaymentRequest {
    /// Who is paid.
    pub const fn payee(&self) -> &Party {
        &self.payee
    }

    /// How much.
    pub const fn amount(&self) -> &Amount {
        &self.amount
    }

    /// The payee's own number for this payment.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// What the payer tells the payee.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}
