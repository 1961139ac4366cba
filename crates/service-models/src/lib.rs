//! The embedded catalog of every AWS API: names, shapes, protocols, paginators, waiters, endpoint rules.
//!
//! The facts come from the models that botocore publishes (Apache-2.0, see NOTICE); `xtask catalog` generates the blob in
//! `catalog/`. A small index is decoded on first use, a service's operations and shapes when they are first asked for.
//! What Step Functions makes of the names (ARN segment, error prefix, action and member names) is derived in [`naming`].
//!
//! ```
//! let service = service_models::catalog().service("ec2").unwrap();
//! let reboot = service.operation("rebootInstances").unwrap();
//! let input = reboot.input().unwrap();
//! assert!(input.member("InstanceIds").unwrap().is_required());
//! ```

mod catalog;
mod decode;
#[cfg(feature = "encode")]
pub mod encode;
pub mod endpoint;
pub mod expression;
pub mod format;
mod iam;
mod model;
pub mod naming;
mod read;
pub mod search;
mod unsupported;

pub use catalog::{Catalog, Service, catalog};
pub use model::{
    Acceptor, AcceptorState, Checksum, ContextValue, Expected, Location, Matcher, Member,
    Operation, Paginator, Protocol, Shape, ShapeKind, TimestampFormat, Waiter, XmlNamespace,
};
pub use unsupported::Unsupported;
