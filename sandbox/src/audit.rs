//! The audit: everything the ledger promises, added up again from the legs.
//!
//! It trusts nothing that was derived from the legs, not even the triggers, because a copy, a broken
//! disk or an older program may have written without them.

use sqlx::FromRow;
use sqlx::query_as;

use crate::failure::StartError;
use crate::receipt::ReceiptSigner;
use crate::settings;
use crate::storage::ledger::signed_value;
use crate::storage::payments::Payment;
use crate::storage::statement::{self, Filter};
use crate::storage::{Connection, Storage, development, replay};
use crate::{Clock, Database};

/// What an audit found.
#[derive(Debug, Default)]
pub struct Report {
    /// How many transfers, legs and payments there are.
    pub transfers: i64,
    /// See `transfers`.
    pub legs: i64,
    /// See `transfers`.
    pub payments: i64,
    /// What every account has: handle, decimal, currency.
    pub balances: Vec<(String, String, String)>,
    /// One sentence for each thing that is off. Empty when the books are in order.
    pub findings: Vec<String>,
}

/// A query that finds what must not be there, and what it means to find it.
struct Check {
    meaning: &'static str,
    query: &'static str,
}

const CHECKS: [Check; 16] = [
    Check {
        meaning: "a leg belongs to no transfer",
        query: "SELECT transfer AS subject FROM legs
                WHERE NOT EXISTS (SELECT 1 FROM transfers WHERE transfers.id = legs.transfer)",
    },
    Check {
        meaning: "a transfer has fewer than two legs",
        query: "SELECT id AS subject FROM transfers
                WHERE (SELECT count(*) FROM legs WHERE legs.transfer = transfers.id) < 2",
    },
    Check {
        meaning: "the legs of a transfer do not sum to zero",
        query: "SELECT transfer AS subject FROM legs GROUP BY transfer, currency HAVING sum(minor) <> 0",
    },
    Check {
        meaning: "a balance is not the sum of its legs",
        query: "SELECT coalesce(balances.account, added.account) AS subject
                FROM (SELECT account, currency, sum(minor) AS minor FROM legs GROUP BY account, currency)
                     AS added
                FULL JOIN balances
                  ON balances.account = added.account AND balances.currency = added.currency
                WHERE balances.minor IS NULL OR added.minor IS NULL OR balances.minor <> added.minor",
    },
    Check {
        meaning: "an account that may not be in debt is",
        query: "SELECT account AS subject FROM legs JOIN accounts ON accounts.id = legs.account
                WHERE accounts.kind <> 'system' GROUP BY account, currency HAVING sum(minor) < 0",
    },
    Check {
        meaning: "a transfer of a payment has no payment",
        query: "SELECT id AS subject FROM transfers WHERE kind = 'payment'
                AND NOT EXISTS (SELECT 1 FROM payments WHERE payments.transfer = transfers.id)",
    },
    Check {
        meaning: "a payment's legs are not what it says",
        query: "SELECT id AS subject FROM payments
                WHERE (SELECT count(*) FROM legs WHERE legs.transfer = payments.transfer) <> 2
                   OR NOT EXISTS (SELECT 1 FROM legs
                       WHERE legs.transfer = payments.transfer AND account = payer_account
                         AND legs.currency = payments.currency AND legs.minor = -payments.minor)
                   OR NOT EXISTS (SELECT 1 FROM legs
                       WHERE legs.transfer = payments.transfer AND account = payee_account
                         AND legs.currency = payments.currency AND legs.minor = payments.minor)",
    },
    Check {
        meaning: "a transfer of a refund has no refund",
        query: "SELECT id AS subject FROM transfers WHERE kind = 'refund'
                AND NOT EXISTS (SELECT 1 FROM refunds WHERE refunds.transfer = transfers.id)",
    },
    Check {
        meaning: "a refund's legs are not what it says, from the payee back to the payer",
        query: "SELECT refunds.id AS subject FROM refunds
                LEFT JOIN payments ON payments.id = refunds.payment
                WHERE (SELECT count(*) FROM legs WHERE legs.transfer = refunds.transfer) <> 2
                   OR NOT EXISTS (SELECT 1 FROM legs
                       WHERE legs.transfer = refunds.transfer AND account = payments.payee_account
                         AND legs.currency = refunds.currency AND legs.minor = -refunds.minor)
                   OR NOT EXISTS (SELECT 1 FROM legs
                       WHERE legs.transfer = refunds.transfer AND account = payments.payer_account
                         AND legs.currency = refunds.currency AND legs.minor = refunds.minor)",
    },
    Check {
        meaning: "refunds are over their payment, or in another currency",
        query: "SELECT id AS subject FROM payments
                WHERE minor < (SELECT coalesce(sum(minor), 0) FROM refunds WHERE payment = payments.id)
                   OR EXISTS (SELECT 1 FROM refunds
                       WHERE payment = payments.id AND refunds.currency <> payments.currency)",
    },
    Check {
        meaning: "an answer was stored for two payments, or a paid one without its payment",
        query: "SELECT idempotency_key AS subject FROM answers
                WHERE (payment IS NULL AND status = 201
                       AND (operation = 'POST /v1/payments' OR operation LIKE 'POST /v1/checkouts/%/approve'))
                   OR (payment IS NOT NULL AND status <> 201)
                UNION ALL
                SELECT payment AS subject FROM answers WHERE payment IS NOT NULL
                GROUP BY payment HAVING count(*) > 1",
    },
    Check {
        meaning: "a checkout is paid without a payment, or not paid with one",
        query: "SELECT id AS subject FROM checkouts
                WHERE (status = 'paid'
                       AND NOT EXISTS (SELECT 1 FROM payments WHERE checkout = checkouts.id))
                   OR (status <> 'paid'
                       AND EXISTS (SELECT 1 FROM payments WHERE checkout = checkouts.id))
                UNION ALL
                SELECT checkout AS subject FROM payments WHERE checkout IS NOT NULL
                GROUP BY checkout HAVING count(*) > 1",
    },
    Check {
        meaning: "a payment is not what its checkout asked for",
        query: "SELECT id AS subject FROM payments
                WHERE checkout IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checkouts
                    WHERE checkouts.id = payments.checkout
                      AND checkouts.payee_account = payments.payee_account
                      AND checkouts.currency = payments.currency
                      AND checkouts.minor = payments.minor
                      AND checkouts.request_digest = payments.request_digest
                      AND checkouts.asked_by = payments.asked_by)",
    },
    Check {
        meaning: "what is held is not what the open holds sum to",
        query: "SELECT coalesce(added.currency, held.currency) AS subject
                FROM (SELECT currency, sum(minor) AS minor FROM holds WHERE released IS NULL
                      GROUP BY currency) AS added
                FULL JOIN (SELECT currency, sum(minor) AS minor FROM legs
                           WHERE account = 'acct_holding' GROUP BY currency) AS held
                  ON held.currency = added.currency
                WHERE coalesce(added.minor, 0) <> coalesce(held.minor, 0)",
    },
    Check {
        meaning: "a hold's transfers are not what it says",
        query: "SELECT holds.id AS subject FROM holds
                JOIN transfers ON transfers.id = placed OR transfers.id = released
                WHERE (SELECT count(*) FROM legs WHERE legs.transfer = transfers.id) <> 2
                   OR kind <> CASE WHEN transfers.id = placed THEN 'hold' ELSE 'release' END
                   OR NOT EXISTS (SELECT 1 FROM legs
                       WHERE legs.transfer = transfers.id AND legs.account = holds.account
                         AND legs.currency = holds.currency AND legs.minor = holds.minor
                             * CASE WHEN transfers.id = placed THEN -1 ELSE 1 END)
                   OR NOT EXISTS (SELECT 1 FROM legs
                       WHERE legs.transfer = transfers.id AND legs.account = 'acct_holding'
                         AND legs.currency = holds.currency AND legs.minor = holds.minor
                             * CASE WHEN transfers.id = placed THEN 1 ELSE -1 END)",
    },
    Check {
        meaning: "a checkout is approved and nothing is held for it, or something is held for another",
        query: "SELECT id AS subject FROM checkouts
                WHERE (status = 'approved' AND NOT EXISTS (SELECT 1 FROM holds
                           WHERE holds.checkout = checkouts.id AND released IS NULL))
                   OR (status <> 'approved' AND EXISTS (SELECT 1 FROM holds
                           WHERE holds.checkout = checkouts.id AND released IS NULL))",
    },
];

#[derive(FromRow)]
struct Subject {
    subject: String,
}

/// Adds up a sandbox's database, which may be in use.
///
/// # Errors
///
/// When the database is not there, or cannot be read. That the books are off is no error: it stands in
/// the report.
pub async fn audit(database: &Database, clock: &Clock) -> Result<Report, StartError> {
    if *database == Database::Memory {
        let reason = "what is in memory can be read by its own process only";
        return Err(StartError::Database(reason.into()));
    }
    let storage = Storage::open_existing(database).await?;
    let mut transaction = storage.read().await?;
    clock.set_moved(development::clock_ahead(&mut transaction).await?);
    drop(transaction);
    let report = add_up(&storage, clock).await;
    storage.close().await;
    report
}

/// The same for a database that is open.
pub(crate) async fn add_up(storage: &Storage, clock: &Clock) -> Result<Report, StartError> {
    let mut transaction = storage.read().await?;
    let mut report = Report::default();
    for Check { meaning, query } in CHECKS {
        for Subject { subject } in query_as(query).fetch_all(&mut *transaction).await? {
            report.findings.push(format!("{meaning}: {subject}"));
        }
    }
    sums(&mut transaction, &mut report).await?;
    answers(&mut transaction, clock, &mut report).await?;
    receipts(&mut transaction, &mut report).await?;
    (report.transfers, report.legs) =
        query_as("SELECT (SELECT count(*) FROM transfers), (SELECT count(*) FROM legs)")
            .fetch_one(&mut *transaction)
            .await?;
    Ok(report)
}

/// Sums by currency, and the balance sheet.
async fn sums(connection: &mut Connection, report: &mut Report) -> Result<(), sqlx::Error> {
    for sum in statement::sums(connection).await? {
        if sum.minor != 0 {
            report.findings.push(format!("all legs in {} sum to {}", sum.currency, sum.minor));
        }
    }
    for balance in statement::balances(connection, &Filter::default()).await? {
        let exponent = settings::currency(&balance.currency).map_or(0, |known| known.exponent());
        let value = signed_value(balance.minor, exponent);
        report.balances.push((balance.handle, value, balance.currency));
    }
    Ok(())
}

/// A payment whose answer may still be asked for must have it. One that was reviewed was answered before
/// it was made.
async fn answers(
    connection: &mut Connection,
    clock: &Clock,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    let lost: Vec<Subject> = query_as(
        "SELECT id AS subject FROM payments WHERE created_at > $1
         AND NOT EXISTS (SELECT 1 FROM answers WHERE answers.payment = payments.id)
         AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.checkout = payments.checkout)",
    )
    .bind(clock.now() - replay::ANSWERS_ARE_KEPT)
    .fetch_all(connection)
    .await?;
    let findings =
        lost.iter().map(|lost| format!("a payment has no stored answer: {}", lost.subject));
    report.findings.extend(findings);
    Ok(())
}

/// Every payment has a receipt of a key of ours, and the receipt says what the payment says.
async fn receipts(connection: &mut Connection, report: &mut Report) -> Result<(), StartError> {
    let seeds: Vec<(Vec<u8>,)> =
        query_as("SELECT seed FROM platform_keys").fetch_all(&mut *connection).await?;
    let signers = seeds.iter().map(|(seed,)| ReceiptSigner::from_seed(seed));
    let signers = signers.collect::<Result<Vec<_>, _>>()?;
    let payments: Vec<Payment> =
        query_as("SELECT * FROM standing_payments").fetch_all(connection).await?;
    report.payments = i64::try_from(payments.len()).unwrap_or(i64::MAX);
    for payment in &payments {
        let claims = signers.iter().find_map(|signer| signer.read(&payment.receipt));
        if !claims.is_some_and(|claims| agrees(payment, &claims)) {
            report.findings.push(format!("a receipt is not of its payment: {}", payment.id));
        }
    }
    Ok(())
}

fn agrees(payment: &Payment, claims: &serde_json::Value) -> bool {
    payment.amount().is_ok_and(|amount| claims["amount"]["value"] == amount.value())
        && claims["amount"]["currency"] == payment.currency
        && claims["jti"] == payment.id
        && claims["iat"] == payment.created_at
        && claims["payer"]["account"] == payment.payer_account
        && claims["payee"]["account"] == payment.payee_account
        && claims["request_digest"] == payment.request_digest
}
