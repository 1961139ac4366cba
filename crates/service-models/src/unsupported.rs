//! Operations that Step Functions does not offer.

use crate::model::Operation;

/// Why a task cannot use an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsupported {
    /// AWS lists it as unsupported.
    ByStepFunctions,
    /// It sends or answers a stream of events, which a task cannot hold.
    EventStream,
}

/// Step Functions Developer Guide, "Supported AWS SDK service integrations": (ARN segment, operations).
const LISTED: &[(&str, &[&str])] = &[
    (
        "applicationdiscovery",
        &["DescribeExportConfigurations", "ExportConfigurations"],
    ),
    ("cloudwatchlogs", &["StartLiveTail"]),
    (
        "codedeploy",
        &[
            "BatchGetDeploymentInstances",
            "GetDeploymentInstance",
            "ListDeploymentInstances",
            "SkipWaitTimeForInstanceTermination",
        ],
    ),
    ("comprehendmedical", &["DetectEntities"]),
    ("dataexchange", &["SendApiAsset"]),
    (
        "directconnect",
        &[
            "AllocateConnectionOnInterconnect",
            "DescribeConnectionLoa",
            "DescribeConnectionsOnInterconnect",
            "DescribeInterconnectLoa",
        ],
    ),
    ("efs", &["CreateTags"]),
    ("emr", &["DescribeJobFlows"]),
    (
        "iot",
        &[
            "AttachPrincipalPolicy",
            "DetachPrincipalPolicy",
            "ListPolicyPrincipals",
            "ListPrincipalPolicies",
        ],
    ),
    ("iotdeviceadvisor", &["ListTestCases"]),
    ("lambda", &["InvokeAsync"]),
    ("mediapackage", &["RotateChannelCredentials"]),
    ("rdsdata", &["ExecuteSql"]),
    ("s3", &["SelectObjectContent"]),
    ("shield", &["DeleteSubscription"]),
    (
        "sts",
        &[
            "AssumeRole",
            "AssumeRoleWithSAML",
            "AssumeRoleWithWebIdentity",
        ],
    ),
];

impl Operation {
    /// Why Step Functions does not offer this operation; `None` when it does.
    pub fn unsupported(self) -> Option<Unsupported> {
        let listed = LISTED
            .iter()
            .find(|(segment, _)| *segment == self.service().segment());
        if listed.is_some_and(|(_, operations)| operations.contains(&self.name())) {
            return Some(Unsupported::ByStepFunctions);
        }
        let streams = |shape: crate::Shape| {
            shape
                .members()
                .any(|member| member.shape().is_event_stream())
        };
        let stream = self.input().is_some_and(streams) || self.output().is_some_and(streams);
        stream.then_some(Unsupported::EventStream)
    }
}
