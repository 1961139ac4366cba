//! What the checks need to know about AWS's services.

/// The services, actions and members that AWS SDK integrations have.
pub trait ActionCatalog {}

/// The embedded catalog of `service-models`.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmbeddedCatalog;

impl ActionCatalog for EmbeddedCatalog {}
