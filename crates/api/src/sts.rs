//! STS: who calls. Roles are stored and shown here, not assumed.

use std::sync::Arc;

use serde_json::{Map, json};

use crate::wire::{AwsService, Output, ServiceCall, ServiceError, ServiceFuture};

pub struct Sts {
    partition: Arc<str>,
    /// Twelve digits.
    account: Arc<str>,
}

impl Sts {
    pub fn new(partition: Arc<str>, account: Arc<str>) -> Sts {
        Sts { partition, account }
    }

    /// Whoever signs is a user of the account, by the access key; who does not is its root.
    fn caller_identity(&self, principal: &str) -> Output {
        let Sts { partition, account } = self;
        let (user_id, resource) = match principal {
            "anonymous" => (&**account, "root".to_owned()),
            principal => (principal, format!("user/{principal}")),
        };
        let members = [
            ("UserId", json!(user_id)),
            ("Account", json!(account)),
            (
                "Arn",
                json!(format!("arn:{partition}:iam::{account}:{resource}")),
            ),
        ];
        let members = members.map(|(name, value)| (name.to_owned(), value));
        Output::of(Map::from_iter(members))
    }
}

impl AwsService for Sts {
    fn name(&self) -> &'static str {
        "sts"
    }

    /// Who calls AWS is somebody else.
    fn has_resource_of(&self, _: &str, _: &Map<String, serde_json::Value>) -> bool {
        false
    }

    fn call<'a>(&'a self, call: ServiceCall) -> ServiceFuture<'a> {
        Box::pin(async move {
            match call.operation {
                "GetCallerIdentity" => Ok(self.caller_identity(&call.caller.principal)),
                other => Err(ServiceError::not_served("sts", other)),
            }
        })
    }
}
