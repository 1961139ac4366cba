//! The storage contract: record types, the Store trait and the in-memory reference store.
