//! How often one client, one address and one handle may be asked about, and how long a client may take.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use xp2p::ErrorCode;

use crate::failure::Failure;

/// What the operator allows. A rate is requests in a second, with as many at once; `0` is no limit.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Signed requests of one key.
    pub client: u32,
    /// Lookups of one handle, and lookups from one address.
    pub lookup: u32,
    /// Requests from one address.
    pub address: u32,
    /// Connections at once. Further ones wait.
    pub connections: usize,
    /// How long a client may take to send a header, how long to send a body, and how long a connection
    /// may be idle.
    pub patience: Duration,
    /// Whether a balancer in front says in `X-Forwarded-For` whom it asks for.
    pub trust_forwarded_for: bool,
}

impl Default for Limits {
    /// So much that only somebody who means it meets a limit: tests and loads come from one address.
    fn default() -> Self {
        Self {
            client: 5000,
            lookup: 5000,
            address: 10_000,
            connections: 800,
            patience: Duration::from_secs(30),
            trust_forwarded_for: false,
        }
    }
}

/// One limit for each key.
struct Limiter<K: Hash + Eq + Clone>(Option<RateLimiter<K, DashMapStateStore<K>, DefaultClock>>);

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(rate: u32) -> Self {
        Self(NonZeroU32::new(rate).map(|rate| RateLimiter::keyed(Quota::per_second(rate))))
    }

    fn admit(&self, key: &K) -> Result<(), Failure> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(limiter.clock().now());
            // Whole seconds, and none too few.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Failure::Later { code: ErrorCode::RateLimited, seconds: seconds.max(1) }
        })
    }

    fn forget(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// What is counted.
pub(crate) struct Limiters {
    client: Limiter<String>,
    lookup_of: Limiter<String>,
    lookup_from: Limiter<IpAddr>,
    address: Limiter<IpAddr>,
}

impl Limiters {
    pub fn new(limits: &Limits) -> Self {
        Self {
            client: Limiter::new(limits.client),
            lookup_of: Limiter::new(limits.lookup),
            lookup_from: Limiter::new(limits.lookup),
            address: Limiter::new(limits.address),
        }
    }

    /// Admits a request whose signature by this key was verified: nobody else can use its allowance up.
    pub fn admit_client(&self, key: &str) -> Result<(), Failure> {
        self.client.admit(&key.to_owned())
    }

    pub fn admit_lookup(&self, handle: &str, from: IpAddr) -> Result<(), Failure> {
        self.lookup_from.admit(&network(from))?;
        self.lookup_of.admit(&handle.to_owned())
    }

    pub fn admit_address(&self, address: IpAddr) -> Result<(), Failure> {
        self.address.admit(&network(address))
    }

    /// Forgets whoever has not asked for a while.
    pub fn forget(&self) {
        self.client.forget();
        self.lookup_of.forget();
        self.lookup_from.forget();
        self.address.forget();
    }
}

/// One subscriber has a whole network of IPv6: RFC 6177 section 2.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_an_allowance_of_its_own() {
        let limiter = Limiter::new(2);
        for key in ["a", "b"] {
            assert!(limiter.admit(&key).is_ok() && limiter.admit(&key).is_ok());
            let Err(Failure::Later { code, seconds }) = limiter.admit(&key) else { panic!() };
            assert_eq!((code, seconds), (ErrorCode::RateLimited, 1));
        }
        let none = Limiter::new(0);
        assert!((0..1000).all(|_| none.admit(&"a").is_ok()));
    }

    #[test]
    fn the_addresses_of_one_subscriber_are_one() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
