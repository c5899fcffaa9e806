//! The dispatcher: takes what is due, sends it, and notes what came of it.
//!
//! The promise is "at least once". Who takes a delivery has it for itself for a while, so that several
//! sandboxes on one database do not all send it; who then dies leaves it to be sent again.

use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use tokio::sync::watch;
use tokio::task::JoinSet;
use xp2p::canonical::HttpRequest;
use xp2p::signature::{MAX_LIFETIME, SignatureParameters, sign};

use super::Unanswered;
use crate::failure::Failure;
use crate::journal::Change;
use crate::settings::ENVIRONMENT;
use crate::storage::deliveries::{self, Due, Outcome};
use crate::{Clock, Platform, storage};

/// How often the dispatcher looks for what is due.
const LOOK: Duration = Duration::from_millis(200);
/// The most deliveries that one process sends at a time.
const AT_A_TIME: usize = 64;
/// How long a delivery belongs to the process that took it: longer than it can take, by the system's
/// clock, because it is an arrangement between processes, and the platform's clock can be moved.
const LEASE: i64 = 10;
/// Seconds from a failed attempt to the next one. The last pause is repeated.
const PAUSES: [i64; 6] = [5, 30, 2 * 60, 10 * 60, 60 * 60, 3 * 60 * 60];
/// How long after the event the last attempt is made.
const FOR_SECONDS: i64 = 3 * 24 * 60 * 60;

/// Sends what is due, until it is told to stop. What is under way then is ended, which takes no longer
/// than one answer may.
pub(crate) async fn dispatch(platform: Arc<Platform>, mut stop: watch::Receiver<bool>) {
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            () = tokio::time::sleep(LOOK) => {}
        }
        while under_way.try_join_next().is_some() {}
        if let Err(cause) = platform.refresh().await {
            tracing::warn!(%cause, "the clock and the faults could not be looked up");
        }
        match take(&platform, AT_A_TIME - under_way.len()).await {
            Ok(taken) => {
                for due in taken {
                    under_way.spawn(deliver(platform.clone(), due));
                }
            }
            // The next look finds the same.
            Err(failure) if failure.is_busy() => {}
            Err(cause) => tracing::warn!(%cause, "no deliveries could be taken"),
        }
    }
    while under_way.join_next().await.is_some() {}
}

/// Takes deliveries that are due, for this process alone.
async fn take(platform: &Platform, at_most: usize) -> Result<Vec<Due>, Failure> {
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let (now, instant) = (platform.clock.now(), Clock::system().now());
    // Nothing is due most of the time, and reading keeps nobody from writing.
    let mut transaction = platform.storage.read().await?;
    if deliveries::due(&mut transaction, now, instant, at_most).await?.is_empty() {
        return Ok(Vec::new());
    }
    drop(transaction);
    let mut transaction = platform.storage.write().await?;
    let taken = deliveries::due(&mut transaction, now, instant, at_most).await?;
    for due in &taken {
        deliveries::claim(&mut transaction, due, instant + LEASE).await?;
    }
    transaction.commit().await?;
    Ok(taken)
}

/// Sends one event to one webhook, and notes what came of it. Every delivery passes here.
async fn deliver(platform: Arc<Platform>, due: Due) {
    let at = platform.clock.now();
    let sent = match send(&platform, &due, at).await {
        // Once more in the same moment, as a platform does that was not sure of the first time.
        Ok(_) if platform.faults.duplicate_event(&due.event_type) => {
            send(&platform, &due, at).await
        }
        sent => sent,
    };
    let answered = match sent {
        Ok(answered) => answered,
        Err(cause) => {
            return tracing::error!(%cause, delivery = due.id, "a delivery was not signed");
        }
    };
    let status = match answered {
        Ok(status) => Some(status),
        Err(cause) => {
            tracing::info!(%cause, delivery = due.id, "no answer to a delivery");
            None
        }
    };
    let noted = storage::retry(|| async {
        let mut transaction = platform.storage.write().await?;
        let number = deliveries::note_attempt(&mut transaction, &due.id, at, status).await?;
        let outcome = outcome(&due, status, number, platform.clock.now());
        deliveries::settle(&mut transaction, &due, outcome).await?;
        Ok(transaction.commit().await?)
    });
    match noted.await {
        Ok(()) => platform.journal.tell(Change::Other("deliveries")),
        Err(cause) => {
            tracing::warn!(%cause, delivery = due.id, "what came of a delivery could not be noted");
        }
    }
}

/// Signs and sends the event. Fails where it could not be signed; what the receiver answered, or why it
/// did not, is inside.
async fn send(platform: &Platform, due: &Due, at: i64) -> Result<Result<u16, Unanswered>, Failure> {
    let request = signed(platform, due, at).await?;
    Ok(platform.webhooks.send(&request).await)
}

/// The event as it is sent: with the profile of `contract/signing.md`, a new signature for each attempt.
async fn signed(platform: &Platform, due: &Due, now: i64) -> Result<HttpRequest, Failure> {
    let mut transaction = platform.storage.read().await?;
    let signer = platform.signer.active(&mut transaction, now).await?;
    drop(transaction);
    let created = u64::try_from(now).unwrap_or(0);
    let nonce = Base64UrlUnpadded::encode_string(&random::<16>()?);
    let parameters =
        SignatureParameters::new(ENVIRONMENT, created, created + MAX_LIFETIME, &nonce)?;
    let request = HttpRequest::new("POST", due.url.as_str())
        .with_json(due.body.clone().into_bytes())
        .with_field("idempotency-key", format!("\"{}\"", due.event));
    #[cfg(feature = "switches")]
    let request = crate::careless::event(request);
    let signed = sign(&request, signer.signing_key(), &parameters)?.apply_to(request);
    #[cfg(feature = "switches")]
    let signed = crate::careless::delivery(signed, &parameters)?;
    Ok(signed)
}

/// What becomes of a delivery after an attempt, the first of which has number 1.
fn outcome(due: &Due, status: Option<u16>, number: i64, now: i64) -> Outcome {
    let taken = if checks!(EventRedirect) { 200..300 } else { 200..400 };
    if status.is_some_and(|status| taken.contains(&status)) {
        return Outcome::Delivered;
    }
    if !checks!(Redelivery) {
        return Outcome::GivenUp;
    }
    let next = now + pause(number);
    if next > due.created_at + FOR_SECONDS { Outcome::GivenUp } else { Outcome::Again(next) }
}

/// The pause after an attempt, up to a fifth longer than it stands in the table, so that the deliveries
/// of a server that was away do not all come back at once.
fn pause(number: i64) -> i64 {
    let last = PAUSES.len() - 1;
    let pause = PAUSES[usize::try_from(number - 1).unwrap_or(last).min(last)];
    // Without randomness the pause is as the table has it.
    let [random] = random::<1>().unwrap_or_default();
    pause + pause * i64::from(random) / (5 * 256)
}

fn random<const COUNT: usize>() -> Result<[u8; COUNT], Failure> {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes).map_err(|_| Failure::Randomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_for_three_days_and_end() {
        let due = Due { created_at: 1000, ..Due::default() };
        let (mut now, mut number, mut before) = (1000, 1, 0);
        while let Outcome::Again(next) = outcome(&due, Some(500), number, now) {
            let pause = next - now;
            assert!(pause >= before * 5 / 6, "{pause} after {before}");
            (before, now, number) = (pause, next, number + 1);
        }
        let waited = now - due.created_at;
        assert!((FOR_SECONDS - 4 * 60 * 60..=FOR_SECONDS).contains(&waited), "{waited}");
        // `attempts` of the contract has room for 64.
        assert!((20..40).contains(&number), "{number}");
    }

    #[test]
    fn only_a_status_from_200_to_299_is_taken_for_delivered() {
        let due = Due::default();
        for (status, delivered) in
            [(200, true), (204, true), (299, true), (199, false), (301, false)]
        {
            let outcome = outcome(&due, Some(status), 1, 0);
            assert_eq!(matches!(outcome, Outcome::Delivered), delivered, "{status}");
        }
        assert!(matches!(outcome(&due, None, 1, 0), Outcome::Again(5..=6)));
        assert!(matches!(outcome(&due, None, 1, FOR_SECONDS), Outcome::GivenUp));
    }
}
