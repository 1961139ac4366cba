//! The optimized integrations: which actions and patterns exist, and the API behind them.
//!
//! Source: Step Functions Developer Guide, "Integrating services" and the pages of the single services.

use service_models::{Operation, catalog};

use crate::resource::Pattern;

/// An action of an optimized integration.
#[derive(Debug)]
pub struct Optimized {
    pub service: &'static str,
    pub action: &'static str,
    patterns: &'static [Pattern],
    pub parameters: Parameters,
}

/// What a task's `Parameters` (`Arguments`) may name.
#[derive(Debug)]
pub enum Parameters {
    /// The input of an API's operation: (segment, action) as in an AWS SDK integration, and names of it that are taken away.
    Api(&'static str, &'static str, &'static [&'static str]),
    /// These names.
    Listed(&'static [&'static str]),
    /// Not known in full.
    Unchecked,
}

use Parameters::{Api, Listed, Unchecked};
use Pattern::{RequestResponse, Sync, Sync2, WaitForTaskToken};

const CALL: &[Pattern] = &[RequestResponse];
const JOB: &[Pattern] = &[RequestResponse, Sync];
const CALLBACK: &[Pattern] = &[RequestResponse, WaitForTaskToken];
const JOB_OR_CALLBACK: &[Pattern] = &[RequestResponse, Sync, WaitForTaskToken];

const fn row(
    service: &'static str,
    action: &'static str,
    patterns: &'static [Pattern],
    parameters: Parameters,
) -> Optimized {
    Optimized {
        service,
        action,
        patterns,
        parameters,
    }
}

#[rustfmt::skip]
static TABLE: &[Optimized] = &[
    row("lambda", "invoke", CALLBACK, Api("lambda", "invoke", &[])),
    row("apigateway", "invoke", CALLBACK, Listed(&["ApiEndpoint", "Method", "Headers", "Stage", "Path", "QueryParameters", "RequestBody", "AllowNullValues", "AuthType"])),
    row("http", "invoke", CALL, Listed(&["ApiEndpoint", "Method", "Headers", "QueryParameters", "RequestBody", "Transform", "InvocationConfig", "Authentication"])),
    row("athena", "startQueryExecution", JOB, Api("athena", "startQueryExecution", &[])),
    row("athena", "stopQueryExecution", CALL, Api("athena", "stopQueryExecution", &[])),
    row("athena", "getQueryExecution", CALL, Api("athena", "getQueryExecution", &[])),
    row("athena", "getQueryResults", CALL, Api("athena", "getQueryResults", &[])),
    row("batch", "submitJob", JOB, Api("batch", "submitJob", &[])),
    row("bedrock", "invokeModel", CALLBACK, Unchecked),
    row("bedrock", "createModelCustomizationJob", JOB, Api("bedrock", "createModelCustomizationJob", &[])),
    row("bedrock-agentcore", "invokeHarness", CALL, Unchecked),
    row("codebuild", "startBuild", JOB, Api("codebuild", "startBuild", &[])),
    row("codebuild", "stopBuild", CALL, Api("codebuild", "stopBuild", &[])),
    row("codebuild", "batchDeleteBuilds", CALL, Api("codebuild", "batchDeleteBuilds", &[])),
    row("codebuild", "batchGetReports", CALL, Api("codebuild", "batchGetReports", &[])),
    row("codebuild", "startBuildBatch", JOB, Api("codebuild", "startBuildBatch", &[])),
    row("codebuild", "retryBuildBatch", JOB, Api("codebuild", "retryBuildBatch", &[])),
    row("codebuild", "stopBuildBatch", CALL, Api("codebuild", "stopBuildBatch", &[])),
    row("codebuild", "deleteBuildBatch", CALL, Api("codebuild", "deleteBuildBatch", &[])),
    row("databrew", "startJobRun", JOB, Api("databrew", "startJobRun", &[])),
    row("dynamodb", "getItem", CALL, Api("dynamodb", "getItem", &[])),
    row("dynamodb", "putItem", CALL, Api("dynamodb", "putItem", &[])),
    row("dynamodb", "updateItem", CALL, Api("dynamodb", "updateItem", &[])),
    row("dynamodb", "deleteItem", CALL, Api("dynamodb", "deleteItem", &[])),
    row("ecs", "runTask", JOB_OR_CALLBACK, Api("ecs", "runTask", &["Count", "StartedBy"])),
    row("eks", "createCluster", JOB_OR_CALLBACK, Api("eks", "createCluster", &[])),
    row("eks", "deleteCluster", JOB_OR_CALLBACK, Api("eks", "deleteCluster", &[])),
    row("eks", "createFargateProfile", JOB_OR_CALLBACK, Api("eks", "createFargateProfile", &[])),
    row("eks", "deleteFargateProfile", JOB_OR_CALLBACK, Api("eks", "deleteFargateProfile", &[])),
    row("eks", "createNodegroup", JOB_OR_CALLBACK, Api("eks", "createNodegroup", &[])),
    row("eks", "deleteNodegroup", JOB_OR_CALLBACK, Api("eks", "deleteNodegroup", &[])),
    row("eks", "call", CALLBACK, Unchecked),
    row("eks", "runJob", JOB_OR_CALLBACK, Unchecked),
    row("elasticmapreduce", "createCluster", JOB, Unchecked),
    row("elasticmapreduce", "terminateCluster", JOB, Unchecked),
    row("elasticmapreduce", "addStep", JOB, Unchecked),
    row("elasticmapreduce", "setClusterTerminationProtection", CALL, Unchecked),
    row("elasticmapreduce", "cancelStep", CALL, Unchecked),
    row("elasticmapreduce", "modifyInstanceFleetByName", CALL, Unchecked),
    row("elasticmapreduce", "modifyInstanceGroupByName", CALL, Unchecked),
    row("emr-containers", "createVirtualCluster", CALL, Api("emrcontainers", "createVirtualCluster", &[])),
    row("emr-containers", "deleteVirtualCluster", JOB, Api("emrcontainers", "deleteVirtualCluster", &[])),
    row("emr-containers", "startJobRun", JOB, Api("emrcontainers", "startJobRun", &[])),
    row("emr-serverless", "createApplication", JOB, Api("emrserverless", "createApplication", &[])),
    row("emr-serverless", "startApplication", JOB, Api("emrserverless", "startApplication", &[])),
    row("emr-serverless", "stopApplication", JOB, Api("emrserverless", "stopApplication", &[])),
    row("emr-serverless", "deleteApplication", JOB, Api("emrserverless", "deleteApplication", &[])),
    row("emr-serverless", "startJobRun", JOB, Api("emrserverless", "startJobRun", &[])),
    row("emr-serverless", "cancelJobRun", JOB, Api("emrserverless", "cancelJobRun", &[])),
    row("events", "putEvents", CALLBACK, Api("eventbridge", "putEvents", &[])),
    row("glue", "startJobRun", JOB, Api("glue", "startJobRun", &[])),
    row("mediaconvert", "createJob", JOB, Api("mediaconvert", "createJob", &[])),
    row("sagemaker", "createTrainingJob", JOB, Api("sagemaker", "createTrainingJob", &[])),
    row("sagemaker", "createTransformJob", JOB, Api("sagemaker", "createTransformJob", &[])),
    row("sagemaker", "createHyperParameterTuningJob", JOB, Api("sagemaker", "createHyperParameterTuningJob", &[])),
    row("sagemaker", "createLabelingJob", JOB, Api("sagemaker", "createLabelingJob", &[])),
    row("sagemaker", "createProcessingJob", JOB, Api("sagemaker", "createProcessingJob", &[])),
    row("sagemaker", "createEndpoint", CALL, Api("sagemaker", "createEndpoint", &[])),
    row("sagemaker", "createEndpointConfig", CALL, Api("sagemaker", "createEndpointConfig", &[])),
    row("sagemaker", "createModel", CALL, Api("sagemaker", "createModel", &[])),
    row("sagemaker", "updateEndpoint", CALL, Api("sagemaker", "updateEndpoint", &[])),
    row("sns", "publish", CALLBACK, Api("sns", "publish", &[])),
    row("sqs", "sendMessage", CALLBACK, Api("sqs", "sendMessage", &[])),
    row("states", "startExecution", &[RequestResponse, Sync, Sync2, WaitForTaskToken], Api("sfn", "startExecution", &[])),
];

impl Optimized {
    /// The patterns that its ARN may end with, the plain call first.
    pub fn patterns(&self) -> &'static [Pattern] {
        self.patterns
    }

    /// Its `Resource`, in the partition `aws`.
    pub fn arn(&self, pattern: Pattern) -> String {
        format!(
            "arn:aws:states:::{}:{}{}",
            self.service,
            self.action,
            pattern.suffix()
        )
    }

    /// The API's operation behind it, where its parameters are those of one.
    pub fn operation(&self) -> Option<Operation> {
        match self.parameters {
            Api(segment, action, _) => catalog().service(segment)?.operation(action),
            Listed(_) | Unchecked => None,
        }
    }

    pub(crate) fn allows(&self, pattern: Pattern) -> bool {
        self.patterns.contains(&pattern)
    }
}

/// All actions of optimized integrations.
pub fn all() -> &'static [Optimized] {
    TABLE
}

/// An action by service and name, the name in any case.
pub fn optimized(service: &str, action: &str) -> Option<&'static Optimized> {
    TABLE
        .iter()
        .find(|row| row.service == service && row.action.eq_ignore_ascii_case(action))
}

/// The actions of a service; none when it is no service of optimized integrations.
pub(crate) fn optimized_actions(service: &str) -> impl Iterator<Item = &'static str> {
    TABLE
        .iter()
        .filter(move |row| row.service == service)
        .map(|row| row.action)
}

/// All services, some of them several times.
pub(crate) fn optimized_services() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|row| row.service)
}

/// Services that Step Functions lists and whose models are no longer published: their actions cannot be checked.
pub const WITHOUT_MODEL: &[&str] = &[
    "apptest",
    "elasticinference",
    "elastictranscoder",
    "evidently",
    "honeycode",
    "iotanalytics",
    "iotfleethub",
    "lookoutmetrics",
    "lookoutvision",
    "opsworks",
    "opsworkscm",
    "privatenetworks",
    "qldb",
    "qldbsession",
    "robomaker",
    "sms",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_an_operation_of_the_catalog() {
        for row in TABLE {
            let Api(segment, action, removed) = row.parameters else {
                continue;
            };
            let service = service_models::catalog().service(segment);
            let operation = service.and_then(|service| service.operation(action));
            let input = operation.and_then(|operation| operation.input());
            let input = input.unwrap_or_else(|| panic!("{segment}:{action}"));
            assert!(
                removed.iter().all(|name| input.member(name).is_some()),
                "{segment}:{action}"
            );
        }
        for segment in WITHOUT_MODEL {
            assert!(
                service_models::catalog().service(segment).is_none(),
                "{segment}"
            );
        }
    }
}
