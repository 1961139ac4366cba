//! Where the services around Step Functions are.

use std::sync::Arc;

/// What ARNs say of a server.
#[derive(Debug, Clone)]
pub struct Place {
    /// `aws`
    pub partition: Arc<str>,
    pub region: Arc<str>,
    /// Twelve digits.
    pub account: Arc<str>,
}
