//! Models as botocore publishes them to the binary form that this crate reads.
//!
//! For the generator of the catalog and for tests that bring models of their own; only with the feature `encode`.

mod model;
mod writer;

use anyhow::Result;
use serde_json::{Map, Value};

use crate::catalog::Service;

pub use model::{encode, encode_metadata};
pub use writer::Writer;

/// The files of one service.
pub struct ServiceSource {
    /// Folder name in botocore, such as `elbv2`; boto3's and the AWS CLI's name of the service.
    pub folder: String,
    pub model: Value,
    pub paginators: Map<String, Value>,
    pub waiters: Map<String, Value>,
    pub endpoint_rules: Value,
}

/// What has been encoded.
#[derive(Debug, Default)]
pub struct Counts {
    pub operations: usize,
    pub shapes: usize,
    pub members: usize,
    pub errors: usize,
    pub paginators: usize,
    pub waiters: usize,
}

/// A service that the catalog does not have. It lives as long as the program.
///
/// # Errors
/// When the model lacks what every model has.
pub fn service(source: &ServiceSource) -> Result<&'static Service> {
    let mut metadata = Writer::default();
    encode_metadata(source, &mut metadata)?;
    let model = encode(source, &mut Counts::default())?;
    let service = Service::decoded(metadata.finish(), model, source.endpoint_rules.clone())?;
    Ok(Box::leak(Box::new(service)))
}
