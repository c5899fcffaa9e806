//! From where a browser may ask for what only approval keys may: the wallet, an extension, or no page.
//!
//! A page of another origin must not decide anything, whatever key it got hold of. What a browser says
//! about the page that asks, the page cannot change: `Origin` names it where a request goes to another
//! origin or changes something, and `Sec-Fetch-Site` (Fetch Metadata, section 2.4) says how that relates to
//! ours. Apps and programs say neither.

use xp2p::{Error, ErrorCode};

use crate::operation::Order;
use crate::settings::Origin;

/// Extensions have origins of their own, and a key of their own: section 1 of the design.
const EXTENSIONS: [&str; 3] =
    ["chrome-extension://", "moz-extension://", "safari-web-extension://"];

/// Refuses what a page asks that is not the wallet's.
pub(crate) fn refuse_other_pages(
    order: &Order,
    wallet: &Origin,
    platform: &Origin,
) -> Result<(), Error> {
    let Some(origin) = order.origin.as_deref().filter(|_| checks!(WalletOrigin)) else {
        if order.origin_unnamed && checks!(WalletOrigin) {
            return Err(ErrorCode::KeyNotAllowed.at("origin"));
        }
        return refuse_other_sites(order, wallet == platform);
    };
    let wallets = origin == wallet.as_str() && checks!(WalletOwn);
    if wallets || EXTENSIONS.iter().any(|scheme| origin.starts_with(scheme)) {
        return Ok(());
    }
    Err(ErrorCode::KeyNotAllowed.at("origin"))
}

/// A page that reads from its own origin does not say which that is.
fn refuse_other_sites(order: &Order, wallet_is_here: bool) -> Result<(), Error> {
    match order.sec_fetch_site.as_deref() {
        None | Some("none") => Ok(()),
        Some("same-origin") if wallet_is_here => Ok(()),
        Some(_) if !checks!(FetchSite) => Ok(()),
        Some(_) => Err(ErrorCode::KeyNotAllowed.at("sec-fetch-site")),
    }
}
