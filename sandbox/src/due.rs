//! What time brings about without anybody asking: checkouts and links expire, and reviews end.
//!
//! Every process on a database looks. Whoever comes second finds it done, because each thing is looked up
//! again in the transaction that does it.

use std::sync::Arc;
use std::time::Duration;

use crate::Platform;
use crate::failure::Failure;
use crate::storage::links::{self, Link};
use crate::storage::{checkouts, holds};
use crate::{checkout, link, review};

const EVERY: Duration = Duration::from_millis(500);

/// Does what is due, again and again.
pub(crate) async fn attend(platform: Arc<Platform>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let caught_up = async {
            platform.refresh().await?;
            catch_up(&platform).await
        };
        if let Err(cause) = caught_up.await {
            tracing::warn!(%cause, "what is due could not be looked up");
        }
    }
}

async fn catch_up(platform: &Platform) -> Result<(), Failure> {
    let now = platform.clock.now();
    let mut transaction = platform.storage.read().await?;
    let overdue = checkouts::overdue(&mut transaction, now).await?;
    let mut reviewed = holds::due(&mut transaction, now).await?;
    reviewed.retain(|_| checks!(ReviewEnds));
    let links = links::due(&mut transaction, now).await?;
    drop(transaction);
    for id in &overdue {
        note(id, checkout::expire(platform, id).await);
    }
    for id in &reviewed {
        note(id, review::end(platform, id).await);
    }
    for Link { id, .. } in &links {
        note(id, link::expire(platform, id).await);
    }
    Ok(())
}

/// What fails holds nothing else up, and is tried again.
fn note(id: &str, done: Result<(), Failure>) {
    if let Err(cause) = done {
        tracing::warn!(%cause, id, "what is due could not be done");
    }
}
