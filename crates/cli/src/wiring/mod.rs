//! Puts the rooms together for one run: functions, mocks, AWS and the engine's port for calls.

pub mod calls;
pub mod ledger;
pub mod local;
pub mod means;
pub mod needs;
pub mod other_names;
pub mod performer;
pub mod world;

use connectors::ResourceRef;
use states_language::resource::{Resource, ResourceKind};

/// A resource as the connectors name it. Activities never get here: they are refused before the run.
pub fn resource_ref(resource: &Resource) -> ResourceRef {
    match &resource.kind {
        ResourceKind::AwsSdk { service, action } => ResourceRef::AwsSdk {
            service: service.clone(),
            action: action.clone(),
        },
        ResourceKind::Optimized { service, action } => ResourceRef::Optimized {
            service: service.clone(),
            action: action.clone(),
        },
        ResourceKind::LambdaFunction | ResourceKind::Activity => ResourceRef::LambdaFunction {
            arn: resource.arn.clone(),
        },
    }
}

/// `aws`, `aws-cn`, `aws-us-gov`, …
pub fn partition(region: &str) -> String {
    let partition = service_models::endpoint::partition(region);
    let name = partition
        .as_ref()
        .and_then(|partition| partition["name"].as_str());
    name.unwrap_or("aws").to_owned()
}
