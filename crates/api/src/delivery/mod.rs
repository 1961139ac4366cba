//! What has to reach a target: a schedule's occurrence, an event that a rule matched, an asynchronous invocation.

mod record;

pub use record::{Delivery, DeliveryError, Origin, Target};

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What a target answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Delivered {
    /// Of a state machine.
    pub execution_arn: Option<Arc<str>>,
}

pub type DeliverFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Delivered, DeliveryError>> + Send + 'a>>;

/// Whoever can reach targets.
pub trait Targets: Send + Sync {
    /// One attempt. A delivery may be attempted again after a crash: its id is the call's key.
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> DeliverFuture<'a>;

    /// Sends what could not be delivered to its dead-letter queue, with the attributes that AWS sets.
    fn bury<'a>(&'a self, delivery: &'a Delivery) -> DeliverFuture<'a>;
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Delivered(Delivered),
    /// It is tried again.
    Failed(DeliveryError),
    /// It is not tried again; whether its dead-letter queue has it.
    Dropped {
        error: DeliveryError,
        is_buried: bool,
    },
}
