//! Schedule expressions with time zones, event patterns and input transformers of EventBridge. No clock, no I/O: instants come in as
//! milliseconds since 1970.
