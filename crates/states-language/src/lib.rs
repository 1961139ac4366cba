//! Definition text (JSON or YAML) to an immutable, validated [`Machine`](machine::Machine), or diagnostics with positions.

pub mod machine;
pub mod resource;
