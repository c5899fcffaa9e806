//! Payments that are reviewed before they are settled: the amount is set aside, so that the payer cannot
//! spend it elsewhere, and at the end it is given back, and paid if nothing speaks against it.

use crate::Platform;
use crate::books::{Books, OpenBooks};
use crate::checkout::{advance, purpose};
use crate::failure::Failure;
use crate::settlement::{Purpose, examine, settle};
use crate::storage::checkouts::{self, Checkout, Status};
use crate::storage::holds::{self, HOLDING, Hold};
use crate::storage::ledger::{self, Leg};
use crate::storage::{self, new_id};

/// Sets the amount aside for so many seconds, if it could be paid now. Refusals come before the first
/// write.
pub(crate) async fn begin(
    books: &mut impl OpenBooks,
    checkout: &Checkout,
    purpose: &Purpose<'_>,
    seconds: i64,
) -> Result<(), Failure> {
    let mut books = books.books();
    examine(&mut books, purpose).await?;
    let hold = Hold {
        id: new_id("hold"),
        account: purpose.payer.into(),
        currency: checkout.currency.clone(),
        minor: checkout.minor,
        placed: new_id("transfer"),
        checkout: checkout.id.clone(),
        due_at: books.now + seconds,
    };
    move_held(&mut books, &hold, &hold.placed, "hold", hold.minor).await?;
    Ok(holds::insert(books.connection, &hold).await?)
}

/// Gives back what is held for a checkout.
pub(crate) async fn release(
    books: &mut impl OpenBooks,
    checkout: &Checkout,
) -> Result<Hold, Failure> {
    let mut books = books.books();
    let hold = holds::open_for(books.connection, &checkout.id)
        .await?
        .ok_or(Failure::Corrupt("an approved checkout for which nothing is held"))?;
    let transfer = new_id("transfer");
    move_held(&mut books, &hold, &transfer, "release", -hold.minor).await?;
    holds::release(books.connection, &hold, &transfer).await?;
    Ok(hold)
}

/// Ends the review of a checkout, in one transaction: whatever comes in its way, another process or a
/// cancellation, comes before it or after it.
pub(crate) async fn end(platform: &Platform, id: &str) -> Result<(), Failure> {
    storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        let now = platform.clock.now();
        let mut books = Books { platform, connection: &mut transaction, now };
        let mut checkout = checkouts::find(books.connection, id)
            .await?
            .ok_or(Failure::Corrupt("a hold without its checkout"))?;
        if checkout.status != Status::Approved {
            return Ok(());
        }
        let hold = release(&mut books, &checkout).await?;
        let request = checkout.request()?;
        let status = match settle(&mut books, &purpose(&checkout, &request, &hold.account)).await {
            Ok(_) => Status::Paid,
            Err(Failure::Refused(_)) => Status::Declined,
            Err(failure) => return Err(failure),
        };
        advance(&mut books, &mut checkout, status).await?;
        Ok(transaction.commit().await?)
    })
    .await
}

/// Moves an amount from the hold's account to where held money is, or back when it is negative. A
/// payment's own legs are always its payer's and its payee's.
async fn move_held(
    books: &mut Books<'_>,
    hold: &Hold,
    transfer: &str,
    kind: &str,
    minor: i64,
) -> Result<(), sqlx::Error> {
    let currency = &*hold.currency;
    let legs = [
        Leg { account: &hold.account, currency, minor: -minor },
        Leg { account: HOLDING, currency, minor },
    ];
    ledger::post(books.connection, transfer, kind, &legs, books.now).await
}
