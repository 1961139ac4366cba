//! Real Python processes, driven through the public interface.

mod failures;
mod processes;
mod results;
mod support;
