//! Client tokens of deletions: whoever repeats one is answered as before.

use std::collections::VecDeque;

const KEPT: usize = 1_000;
/// SDKs repeat within seconds.
const LIFETIME_MILLIS: i64 = 15 * 60 * 1000;

/// In memory: after a restart a deletion that is repeated finds nothing to delete.
#[derive(Default)]
pub struct Tokens(VecDeque<(i64, String)>);

impl Tokens {
    pub fn remember(&mut self, now_millis: i64, resource: &str, token: &str) {
        self.0
            .push_back((now_millis, format!("{resource} {token}")));
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    pub fn knows(&self, now_millis: i64, resource: &str, token: &str) -> bool {
        let wanted = format!("{resource} {token}");
        let mut known = self.0.iter();
        known.any(|(at, known)| *known == wanted && now_millis - at < LIFETIME_MILLIS)
    }
}
