//! The pure step function: execution state and input to events, commands and changes.
