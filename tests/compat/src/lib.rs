//! Clients that people have already, unchanged but for the endpoint: `boto3/`, `cli/` and `terraform/` hold what they do,
//! `tests/clients.rs` starts a server for each.
