//! The platform's own keys: which one signs, which are published, and how one follows another.
//!
//! They stand in the database, so that all sandboxes on it sign with the same one. A key is published by
//! the commit that makes it, and can sign only later; the ones before it stay published.

use std::sync::{Arc, RwLock};

use zeroize::Zeroizing;

use crate::failure::{Failure, StartError};
use crate::receipt::{PublishedKey, ReceiptSigner};
use crate::storage::{Connection, Storage, platform_keys};

/// See above.
pub(crate) struct Keyring {
    /// The key that signed last, so that its public half is not computed for every receipt.
    last: RwLock<Arc<ReceiptSigner>>,
}

impl Keyring {
    /// Takes the keys from the database, and makes the first one.
    pub async fn open(storage: &Storage, now: i64) -> Result<Self, StartError> {
        let fresh = fresh_seed()?;
        let mut transaction = storage.write().await?;
        let seed = match platform_keys::active(&mut transaction, now).await? {
            Some(seed) => Zeroizing::new(seed),
            None => {
                platform_keys::add(&mut transaction, &fresh[..], 0, now).await?;
                Zeroizing::new(fresh.to_vec())
            }
        };
        transaction.commit().await?;
        Ok(Self { last: RwLock::new(Arc::new(ReceiptSigner::from_seed(&seed)?)) })
    }

    /// The key that signs at this time, looked up in the transaction that needs it.
    pub async fn active(
        &self,
        connection: &mut Connection,
        now: i64,
    ) -> Result<Arc<ReceiptSigner>, Failure> {
        let seed = platform_keys::active(connection, now).await?;
        let seed = Zeroizing::new(seed.ok_or(Failure::Corrupt("no key of the platform"))?);
        // A lock is poisoned by a panic while it was held: nothing in here panics.
        if let Ok(last) = self.last.read()
            && last.is_of(&seed)
        {
            return Ok(last.clone());
        }
        let signer = Arc::new(signer(&seed)?);
        if let Ok(mut last) = self.last.write() {
            *last = signer.clone();
        }
        Ok(signer)
    }

    /// The keys of `/.well-known/jwks.json`, newest first.
    pub async fn published(
        &self,
        connection: &mut Connection,
    ) -> Result<Vec<PublishedKey>, Failure> {
        let seeds = platform_keys::published(connection).await?;
        seeds.into_iter().map(|seed| Ok(signer(&Zeroizing::new(seed))?.published())).collect()
    }

    /// Makes a key that signs from so many seconds on. Those before it stay published, unless they are
    /// withdrawn.
    pub async fn rotate(
        &self,
        storage: &Storage,
        now: i64,
        after: i64,
        withdraw: bool,
    ) -> Result<PublishedKey, Failure> {
        let seed = fresh_seed().map_err(|_| Failure::Randomness)?;
        let mut transaction = storage.write().await?;
        platform_keys::add(&mut transaction, &seed[..], now + after, now).await?;
        if withdraw {
            platform_keys::withdraw_retired(&mut transaction, now).await?;
        }
        transaction.commit().await?;
        Ok(signer(&seed[..])?.published())
    }
}

fn signer(seed: &[u8]) -> Result<ReceiptSigner, Failure> {
    ReceiptSigner::from_seed(seed).map_err(|_| Failure::Corrupt("a receipt key of the wrong form"))
}

fn fresh_seed() -> Result<Zeroizing<[u8; 32]>, StartError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(|_| StartError::Randomness)?;
    Ok(seed)
}
