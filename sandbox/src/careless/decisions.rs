//! How a careless platform carries an approval out.

use super::Switch;
use crate::checkout::advance;
use crate::failure::Failure;
use crate::operation::{Order, Work};
use crate::settlement::{Purpose, examine};
use crate::storage::checkouts::{Checkout, Status};

/// What is paid, where a platform takes the approval for what was asked.
pub(crate) fn approved<'a>(purpose: Purpose<'a>, order: &'a Order) -> Purpose<'a> {
    if Switch::ApprovalDigest.is_off() {
        Purpose { request_digest: &order.request_digest, ..purpose }
    } else if Switch::ApprovalOrigin.is_off() {
        Purpose { origin: order.origin.as_deref(), ..purpose }
    } else {
        purpose
    }
}

/// Ends a checkout that cannot be paid now, where a platform lets nobody else pay it.
pub(crate) async fn end_unpaid(
    work: &mut Work<'_>,
    checkout: &Checkout,
    purpose: &Purpose<'_>,
) -> Result<(), Failure> {
    if Switch::RefusalVoids.is_off() && examine(work, purpose).await.is_err() {
        advance(work, &mut checkout.clone(), Status::Declined).await?;
    }
    Ok(())
}
