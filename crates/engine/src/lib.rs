//! Pure shard logic (timers, concurrency, effect intents) and the thin driver that performs its actions.
