//! The Step Functions API.
