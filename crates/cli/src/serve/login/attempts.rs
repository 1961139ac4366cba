//! Guesses of passwords: the more have failed, the longer the next one has to wait. It counts for a user at an address, for an
//! address, and a little for a user from everywhere, which slows guesses from many addresses down and locks nobody out.

use std::collections::HashMap;
use std::net::IpAddr;

/// Counters that are kept; the one that was used longest ago goes first.
const KEPT: usize = 4096;
/// What has not failed for so long is forgotten.
const FORGET_MILLIS: i64 = 60 * 60 * 1000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Whose {
    UserAt(String, IpAddr),
    Address(IpAddr),
    User(String),
}

impl Whose {
    /// Failures that cost nothing, and the longest wait.
    fn patience(&self) -> (u32, i64) {
        match self {
            Whose::UserAt(..) => (5, 60_000),
            // It may be that of a proxy, behind which everybody is.
            Whose::Address(_) => (20, 2_000),
            Whose::User(_) => (50, 2_000),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last_millis: i64,
}

#[derive(Debug, Default)]
pub struct Attempts(HashMap<Whose, Failures>);

impl Attempts {
    /// Counts an attempt as failed until it succeeds, so that many at once are many.
    ///
    /// # Errors
    /// It comes too early, by so many milliseconds.
    pub fn begin(&mut self, user: &str, source: IpAddr, now_millis: i64) -> Result<(), i64> {
        let wait = whose(user, source)
            .iter()
            .map(|whose| self.wait(whose, now_millis))
            .max();
        if let Some(wait @ 1..) = wait {
            return Err(wait);
        }
        for whose in whose(user, source) {
            self.count(whose, now_millis);
        }
        Ok(())
    }

    pub fn succeeded(&mut self, user: &str, source: IpAddr) {
        let [user_at, others @ ..] = whose(user, source);
        self.0.remove(&user_at);
        for whose in others {
            if let Some(failures) = self.0.get_mut(&whose) {
                failures.count = failures.count.saturating_sub(1);
            }
        }
    }

    fn wait(&self, whose: &Whose, now_millis: i64) -> i64 {
        let (free, longest) = whose.patience();
        let Some(failures) = self.0.get(whose) else {
            return 0;
        };
        let beyond = failures.count.saturating_sub(free);
        if beyond == 0 {
            return 0;
        }
        let pause = (1000_i64 << beyond.min(20)).min(longest);
        failures.last_millis + pause - now_millis
    }

    fn count(&mut self, whose: Whose, now_millis: i64) {
        if !self.0.contains_key(&whose) && self.0.len() >= KEPT {
            self.0
                .retain(|_, failures| now_millis - failures.last_millis < FORGET_MILLIS);
            let oldest = self
                .0
                .iter()
                .min_by_key(|(_, failures)| failures.last_millis);
            let oldest = oldest.map(|(whose, _)| whose.clone());
            if let Some(oldest) = oldest.filter(|_| self.0.len() >= KEPT) {
                self.0.remove(&oldest);
            }
        }
        let failures = self.0.entry(whose).or_insert(Failures {
            count: 0,
            last_millis: now_millis,
        });
        if now_millis - failures.last_millis >= FORGET_MILLIS {
            failures.count = 0;
        }
        failures.count += 1;
        failures.last_millis = now_millis;
    }
}

fn whose(user: &str, source: IpAddr) -> [Whose; 3] {
    // A name that is longer than any is nobody's.
    let user: String = user.chars().take(64).collect();
    // Who has one address of IPv6 has the 2^64 beside it. A listener on [::] sees those of IPv4 as one such network.
    let source = match source.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
        address => address,
    };
    [
        Whose::UserAt(user.clone(), source),
        Whose::Address(source),
        Whose::User(user),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn guesses_wait_longer_and_longer_and_others_do_not() {
        let mut attempts = Attempts::default();
        for _ in 0..6 {
            attempts.begin("ada", address(1), 0).unwrap();
        }
        assert_eq!(attempts.begin("ada", address(1), 1), Err(1999));
        attempts.begin("ada", address(2), 1).unwrap();
        attempts.begin("ada", address(1), 2000).unwrap();
        assert_eq!(attempts.begin("ada", address(1), 2000), Err(4000));
        attempts.begin("ada", address(1), 6000).unwrap();
        attempts.succeeded("ada", address(1));
        attempts.begin("ada", address(1), 6000).unwrap();
    }

    #[test]
    fn an_address_that_tries_many_names_waits() {
        let mut attempts = Attempts::default();
        let tried = (0..100).filter(|n| attempts.begin(&format!("user{n}"), address(1), 0).is_ok());
        assert_eq!(tried.count(), 21);
        attempts.begin("user1", address(2), 0).unwrap();
    }

    #[test]
    fn addresses_of_ipv4_are_apart_at_a_listener_of_both() {
        let mapped =
            |last| IpAddr::from(std::net::Ipv4Addr::from([192, 0, 2, last]).to_ipv6_mapped());
        let mut attempts = Attempts::default();
        let tried = (0..100).filter(|_| attempts.begin("ada", mapped(1), 0).is_ok());
        assert_eq!(tried.count(), 6);
        attempts.begin("ada", mapped(2), 1).unwrap();
    }

    #[test]
    fn a_user_who_is_guessed_at_from_everywhere_waits_two_seconds_at_most() {
        let mut attempts = Attempts::default();
        for n in 0..=255 {
            let _ = attempts.begin("ada", address(n), 0);
        }
        let wait = attempts
            .begin("ada", IpAddr::from([198, 51, 100, 1]), 1)
            .unwrap_err();
        assert!(wait <= 2000, "{wait}");
    }

    #[test]
    fn no_more_is_kept_than_so_much() {
        let mut attempts = Attempts::default();
        for n in 0..6_000_u32 {
            let source = IpAddr::from(n.to_be_bytes());
            let _ = attempts.begin(&format!("user{n}"), source, i64::from(n));
        }
        assert!(attempts.0.len() <= KEPT);
    }
}
