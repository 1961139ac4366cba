//! Real processes, driven through the public interface.

mod failures;
mod limits;
mod node;
mod packages;
mod processes;
mod provided;
mod results;
mod support;
