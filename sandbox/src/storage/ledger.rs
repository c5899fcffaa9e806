//! Double entry: money moves only as legs that sum to zero. The triggers of the first migration hold
//! whoever writes to that, this file included.

use super::Connection;

/// What one account gets, or gives when it is negative, in minor units.
pub(crate) struct Leg<'a> {
    pub account: &'a str,
    pub currency: &'a str,
    pub minor: i64,
}

/// Writes the legs, then the transfer that seals them.
pub(crate) async fn post(
    connection: &mut Connection,
    transfer: &str,
    kind: &str,
    legs: &[Leg<'_>],
    now: i64,
) -> Result<(), sqlx::Error> {
    for leg in legs {
        sqlx::query(
            "INSERT INTO legs (transfer, account, currency, minor) VALUES ($1, $2, $3, $4)",
        )
        .bind(transfer)
        .bind(leg.account)
        .bind(leg.currency)
        .bind(leg.minor)
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query("INSERT INTO transfers (id, kind, created_at) VALUES ($1, $2, $3)")
        .bind(transfer)
        .bind(kind)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

/// What an account has, in minor units.
pub(crate) async fn balance(
    connection: &mut Connection,
    account: &str,
    currency: &str,
) -> Result<i64, sqlx::Error> {
    let minor =
        sqlx::query_scalar("SELECT minor FROM balances WHERE account = $1 AND currency = $2")
            .bind(account)
            .bind(currency)
            .fetch_optional(connection)
            .await?;
    Ok(minor.unwrap_or(0))
}

/// Minor units as a decimal with the currency's decimals and, unlike an amount, perhaps a sign.
pub(crate) fn signed_value(minor: i64, exponent: u32) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", minor.unsigned_abs(), width = exponent as usize + 1);
    match digits.split_at(digits.len() - exponent as usize) {
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_a_sign_and_the_decimals_of_their_currency() {
        assert_eq!(signed_value(-1250, 2), "-12.50");
        assert_eq!(signed_value(5, 2), "0.05");
        assert_eq!(signed_value(0, 2), "0.00");
        assert_eq!(signed_value(-7, 0), "-7");
        assert_eq!(signed_value(1, 3), "0.001");
        assert_eq!(signed_value(i64::MIN, 2), "-92233720368547758.08");
    }
}
