//! Lists, a page at a time and newest first: `Cursor` and `Limit` of the contract.
//!
//! An operation reads its [`Page`] from the query, gives [`Page::before`] and [`Page::reach`] to a
//! statement such as
//!
//! ```sql
//! SELECT … WHERE ($1 IS NULL OR id < $1) AND … ORDER BY id DESC LIMIT $2
//! ```
//!
//! and lets [`Page::cut`] say what the rows are and where the next page begins. It works by ids, because
//! ids sort by time, and what comes newly into a list does not move the pages that follow.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use xp2p::{Error, ErrorCode};

use crate::operation::Order;

/// `Limit` of the contract.
const DEFAULT: usize = 20;
const MOST: usize = 100;

/// Which part of a list is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    before: Option<String>,
    limit: usize,
}

impl Page {
    /// Reads `cursor` and `limit` of the query. `kind` is what the ids of this list begin with, such as
    /// `pay`: the cursor of another list is none.
    pub fn read(order: &Order, kind: &str) -> Result<Self, Error> {
        let field = |name| order.query.get(name).map(String::as_str);
        Self::of(field("cursor"), field("limit"), kind)
    }

    fn of(cursor: Option<&str>, limit: Option<&str>, kind: &str) -> Result<Self, Error> {
        let before = cursor.filter(|_| checks!(ListCursor)).map(|cursor| {
            let id = Base64UrlUnpadded::decode_vec(cursor).ok();
            let id = id.and_then(|id| String::from_utf8(id).ok()).filter(|id| is_id(id, kind));
            match id {
                None if !checks!(ListCursorForm) => Ok(format!("{kind}_")),
                id => id.ok_or_else(|| ErrorCode::RequestMalformed.at("cursor")),
            }
        });
        let limit = match limit {
            None => DEFAULT,
            Some(_) if !checks!(ListLimit) => DEFAULT,
            Some("0" | "101") if !checks!(ListLimitForm) => DEFAULT,
            Some(text) => (1..=MOST)
                .find(|limit| limit.to_string() == text)
                .ok_or_else(|| ErrorCode::RequestMalformed.at("limit"))?,
        };
        Ok(Self { before: before.transpose()?, limit })
    }

    /// The id that all on this page are older than, unless it is the first page.
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// How many rows to read: one more than the page has, which tells whether there is a next one.
    pub fn reach(&self) -> i64 {
        // At most `MOST` and one.
        self.limit as i64 + 1
    }

    /// The rows of this page, and the cursor of the next one where there is one.
    pub fn cut<R>(&self, mut rows: Vec<R>, id: impl Fn(&R) -> &str) -> (Vec<R>, Option<String>) {
        let more = rows.len() > self.limit || !checks!(ListEnd);
        rows.truncate(self.limit);
        let last = rows.last().filter(|_| more && checks!(ListNext));
        let next = last.map(|row| Base64UrlUnpadded::encode_string(id(row).as_bytes()));
        if !checks!(ListOrder) {
            rows.reverse();
        }
        (rows, next)
    }
}

/// A list as the contract writes it.
#[derive(Serialize)]
pub(crate) struct List<T> {
    pub items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Whether it has the form of [`new_id`](crate::storage::new_id).
fn is_id(text: &str, kind: &str) -> bool {
    let number = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('_'));
    number.is_some_and(|number| {
        number.len() == 32 && number.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::new_id;

    #[test]
    fn a_page_leads_to_the_next_and_the_last_one_nowhere() {
        let mut rows: Vec<_> = (0..5).map(|_| new_id("pay")).collect();
        rows.reverse();
        let first = Page::of(None, Some("3"), "pay").unwrap();
        assert_eq!((first.before(), first.reach()), (None, 4));
        let (shown, next) = first.cut(rows[..4].to_vec(), |id| id);
        assert_eq!(shown, rows[..3]);
        let second = Page::of(next.as_deref(), Some("3"), "pay").unwrap();
        assert_eq!(second.before(), Some(&*rows[2]));
        assert_eq!(second.cut(rows[3..].to_vec(), |id| id), (rows[3..].to_vec(), None));
    }

    #[test]
    fn what_is_no_cursor_and_no_limit_is_refused() {
        let refused = |cursor: Option<&str>, limit: Option<&str>| {
            let error = Page::of(cursor, limit, "pay").unwrap_err();
            assert_eq!(error.code(), ErrorCode::RequestMalformed);
            error.param().map(str::to_owned)
        };
        let encode = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        let id = new_id("pay");
        assert!(Page::of(Some(&encode(&id)), None, "pay").is_ok());
        for text in [&new_id("lnk"), "pay_", "", "' OR 1", &id.to_uppercase(), &id[..35]] {
            assert_eq!(refused(Some(&encode(text)), None).as_deref(), Some("cursor"), "{text}");
        }
        for text in [&*id, "", "=", &format!("{}=", encode(&id))] {
            assert_eq!(refused(Some(text), None).as_deref(), Some("cursor"), "{text}");
        }
        for text in ["0", "101", "", "-1", "+5", "05", "1.0", "ten", "18446744073709551617"] {
            assert_eq!(refused(None, Some(text)).as_deref(), Some("limit"), "{text}");
        }
    }
}
