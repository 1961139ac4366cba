//! Pages of events: as many as fit of the first, or of the last.

use std::collections::BTreeMap;

use super::segments::Stored;

/// As AWS bounds them.
const MAX_PAGE_BYTES: usize = 1024 * 1024;
pub(super) const MAX_PAGE_EVENTS: usize = 10_000;

/// Where an event stands among others: by time, then as they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub millis: i64,
    pub id: u64,
}

impl Key {
    pub const FIRST: Key = Key {
        millis: i64::MIN,
        id: 0,
    };

    pub fn of(stored: &Stored) -> Key {
        Key {
            millis: stored.event.timestamp_millis,
            id: stored.id,
        }
    }

    /// `123:45`
    pub fn parse(text: &str) -> Option<Key> {
        let (millis, id) = text.split_once(':')?;
        Some(Key {
            millis: millis.parse().ok()?,
            id: id.parse().ok()?,
        })
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.millis, self.id)
    }
}

/// Keeps what fits on a page, whatever comes.
pub(super) struct Page {
    kept: BTreeMap<Key, Stored>,
    bytes: usize,
    limit: usize,
    keeps_last: bool,
    /// Something did not fit.
    pub is_cut: bool,
}

impl Page {
    pub fn first(limit: usize) -> Page {
        Page {
            kept: BTreeMap::new(),
            bytes: 0,
            limit,
            keeps_last: false,
            is_cut: false,
        }
    }

    pub fn last(limit: usize) -> Page {
        Page {
            keeps_last: true,
            ..Page::first(limit)
        }
    }

    pub fn offer(&mut self, stored: Stored) {
        self.bytes += stored.event.message.len();
        self.kept.insert(Key::of(&stored), stored);
        while self.kept.len() > self.limit || (self.bytes > MAX_PAGE_BYTES && self.kept.len() > 1) {
            let dropped = match self.keeps_last {
                true => self.kept.pop_first(),
                false => self.kept.pop_last(),
            };
            let Some((_, dropped)) = dropped else { return };
            self.bytes -= dropped.event.message.len();
            self.is_cut = true;
        }
    }

    /// In order.
    pub fn events(self) -> Vec<Stored> {
        self.kept.into_values().collect()
    }
}
