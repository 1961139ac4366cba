//! Copies from another region. The service there wants to be asked too, so the request has that region's request with it,
//! as a presigned URL. The SDKs make it unless it is given: of `ec2:CopySnapshot`, and of RDS (Neptune, DocumentDB) when
//! `SourceRegion` is given.

use std::time::Duration;

use serde_json::{Map, Value};
use service_models::{Operation, Protocol};

use crate::protocol::{WireRequest, percent_encode};

/// As long as a signature can be good for.
pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A copy from another region that is to be made.
pub struct CrossRegionCopy<'a> {
    pub source_region: &'a str,
    /// The member for the presigned URL.
    url_member: &'static str,
    is_ec2: bool,
}

/// None when the operation is no such copy, or does not tell from where.
pub fn copy<'a>(
    operation: Operation,
    arguments: &'a Map<String, Value>,
) -> Option<CrossRegionCopy<'a>> {
    Some(CrossRegionCopy {
        url_member: url_member(operation)?,
        source_region: arguments.get("SourceRegion")?.as_str()?,
        is_ec2: operation.service().protocol() == Protocol::Ec2,
    })
}

fn url_member(operation: Operation) -> Option<&'static str> {
    let input = operation.input()?;
    let named = |name: &str| {
        let mut members = input.members().map(|member| member.name());
        members.find(|member| member.eq_ignore_ascii_case(name))
    };
    named("SourceRegion").and(named("PresignedUrl"))
}

impl CrossRegionCopy<'_> {
    /// Adds the presigned URL to the form that the request is. `presigned` makes it of a query string.
    pub fn complete(
        &self,
        request: &mut WireRequest,
        region: &str,
        presigned: impl FnOnce(&str) -> Result<String, String>,
    ) -> Result<(), String> {
        let body = std::mem::take(&mut request.body);
        let mut form = String::from_utf8(body).map_err(|error| error.to_string())?;
        let has = |form: &str, name: &str| {
            form.split('&')
                .any(|field| field.split('=').next() == Some(name))
        };
        if !self.is_ec2 {
            // A member of the SDKs only.
            let fields = form.split('&').filter(|field| !has(field, "SourceRegion"));
            form = fields.collect::<Vec<_>>().join("&");
        }
        if !has(&form, self.url_member) {
            let mut asked_there = form.clone();
            if !has(&form, "DestinationRegion") {
                asked_there.push_str(&format!("&DestinationRegion={region}"));
            }
            let url = presigned(&asked_there)?;
            if self.is_ec2 {
                form = asked_there;
            }
            form.push_str(&format!(
                "&{}={}",
                self.url_member,
                percent_encode(&url, b"")
            ));
        }
        request.body = form.into_bytes();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use service_models::catalog;

    #[test]
    fn copies_are_those_that_the_sdks_know() {
        let operations = catalog()
            .services()
            .flat_map(|service| service.operations());
        let copies: Vec<String> = operations
            .filter(|operation| url_member(*operation).is_some())
            .map(|operation| format!("{}:{}", operation.service().segment(), operation.action()))
            .collect();
        let expected = [
            "docdb:copyDBClusterSnapshot",
            "docdb:createDBCluster",
            "ec2:copySnapshot",
            "neptune:copyDBClusterSnapshot",
            "neptune:createDBCluster",
            "rds:copyDBClusterSnapshot",
            "rds:copyDBSnapshot",
            "rds:createDBCluster",
            "rds:createDBInstanceReadReplica",
            "rds:startDBInstanceAutomatedBackupsReplication",
        ];
        assert_eq!(copies, expected);
    }

    fn form(service: &str, action: &str, arguments: Value) -> String {
        let operation = catalog()
            .service(service)
            .unwrap()
            .operation(action)
            .unwrap();
        let arguments = arguments.as_object().unwrap();
        let mut request = crate::protocol::serialize(operation, arguments).unwrap();
        if let Some(copy) = copy(operation, arguments) {
            let signed = |query: &str| Ok(format!("https://{}/?{query}&S=1", copy.source_region));
            copy.complete(&mut request, "eu-north-1", signed).unwrap();
        }
        let form = String::from_utf8(request.body).unwrap();
        let (_, fields) = form.split_once("&Version=").unwrap();
        fields.split_once('&').unwrap().1.to_owned()
    }

    #[test]
    fn requests_have_the_source_regions_request_with_them() {
        let copy = json!({"SourceDBSnapshotIdentifier": "s", "SourceRegion": "eu-west-1"});
        assert_eq!(
            form("rds", "copyDBSnapshot", copy),
            "SourceDBSnapshotIdentifier=s&PreSignedUrl=https%3A%2F%2Feu-west-1%2F%3FAction%3DCopyDBSnapshot%26Version%3D\
             2014-10-31%26SourceDBSnapshotIdentifier%3Ds%26DestinationRegion%3Deu-north-1%26S%3D1"
        );
        let copy = json!({"SourceRegion": "eu-west-1", "SourceSnapshotId": "s"});
        assert_eq!(
            form("ec2", "copySnapshot", copy),
            "SourceRegion=eu-west-1&SourceSnapshotId=s&DestinationRegion=eu-north-1&PresignedUrl=https%3A%2F%2Feu-west-1\
             %2F%3FAction%3DCopySnapshot%26Version%3D2016-11-15%26SourceRegion%3Deu-west-1%26SourceSnapshotId%3Ds%26\
             DestinationRegion%3Deu-north-1%26S%3D1"
        );
        // The member's place in the model decides the order.
        let given = json!({"SourceDBSnapshotIdentifier": "s", "PreSignedUrl": "u", "SourceRegion": "eu-west-1"});
        assert_eq!(
            form("rds", "copyDBSnapshot", given),
            "SourceDBSnapshotIdentifier=s&PreSignedUrl=u"
        );
        let local = json!({"SourceDBSnapshotIdentifier": "s"});
        assert_eq!(
            form("rds", "copyDBSnapshot", local),
            "SourceDBSnapshotIdentifier=s"
        );
    }
}
