//! Failures in Step Functions' words.
//!
//! `aws-sdk:*` integrations report the errors of the AWS SDK for Java 2, optimized ones those of version 1: other prefixes,
//! other separators in the cause. The forms are those that AWS's executions show.

use serde_json::Value;
use service_models::{Service, naming};

use crate::aws::ApiFailure;
use crate::call::CallError;
use crate::protocol::ServiceError;
use crate::protocol::arguments::ArgumentErrors;

/// An error name and a cause, as in `TaskFailed` events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct TaskFailure {
    pub error: String,
    pub cause: String,
}

impl TaskFailure {
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> TaskFailure {
        TaskFailure {
            error: error.into(),
            cause: cause.into(),
        }
    }
}

impl From<TaskFailure> for CallError {
    fn from(failure: TaskFailure) -> CallError {
        CallError::Failed(failure)
    }
}

/// The failure of an `aws-sdk:*` task: `DynamoDb.ResourceNotFoundException`, `Ec2.Ec2Exception`, `Ssm.SdkClientException`.
pub fn of_sdk_integration(
    service: &'static Service,
    arguments: &Value,
    failure: ApiFailure,
) -> CallError {
    let prefix = service.exception_prefix();
    match failure {
        ApiFailure::Service { error, attempts } => {
            let name = modelled(service, &error)
                .map_or_else(|| format!("{prefix}Exception"), naming::exception);
            TaskFailure::new(
                format!("{prefix}.{name}"),
                sdk_cause(prefix, &error, attempts),
            )
            .into()
        }
        ApiFailure::Client { message, attempts } => TaskFailure::new(
            format!("{prefix}.SdkClientException"),
            message + &attempt_count(attempts),
        )
        .into(),
        ApiFailure::Arguments(errors) => of_arguments(arguments, &errors),
        ApiFailure::Unsupported(message) => CallError::Refused(message),
    }
}

/// The shape of an error that the service declares.
fn modelled(service: &'static Service, error: &ServiceError) -> Option<&'static str> {
    let names = [error.shape.as_deref(), error.code.as_deref()];
    let mut known = names.into_iter().flatten();
    known.find_map(|name| service.exception(name)?.name())
}

fn sdk_cause(prefix: &str, error: &ServiceError, attempts: u32) -> String {
    let mut details = format!(
        "(Service: {prefix}, Status Code: {}, Request ID: {}",
        error.status,
        error.request_id.as_deref().unwrap_or("null"),
    );
    if let Some(id) = &error.extended_request_id {
        details.push_str(&format!(", Extended Request ID: {id}"));
    }
    details.push(')');
    let message = error
        .message
        .as_deref()
        .map(|message| format!("{message} "))
        .unwrap_or_default();
    let is_first = attempts == 1 && !TELLS_FIRST_ATTEMPTS.contains(&prefix);
    message + &details + &attempt_count(if is_first { 0 } else { attempts })
}

/// Services whose refusals of a first attempt count it in what AWS recorded; those of S3 and DynamoDB do not.
const TELLS_FIRST_ATTEMPTS: &[&str] = &["Sfn"];

/// Versions of the SDK since February 2025 (aws/aws-sdk-java-v2#5834) tell how often they tried.
fn attempt_count(attempts: u32) -> String {
    if attempts == 0 {
        String::new()
    } else {
        format!(" (SDK Attempt Count: {attempts})")
    }
}

/// How an optimized integration names things: version 1 of the SDK for Java.
pub struct OptimizedNames {
    /// The prefix of error names: `SNS`.
    pub prefix: &'static str,
    /// The service in causes: `AmazonSNS`.
    pub service_name: &'static str,
    /// The error for codes that the model does not have: `AmazonSNSException`.
    pub base_exception: &'static str,
}

/// The failure of an optimized task: `SNS.InvalidParameterException`, `Lambda.ResourceNotFoundException`.
pub fn of_optimized(
    names: &OptimizedNames,
    service: &'static Service,
    arguments: &Value,
    failure: ApiFailure,
) -> CallError {
    match failure {
        ApiFailure::Service { error, .. } => {
            let name = modelled(service, &error).unwrap_or(names.base_exception);
            let suffix = if name.ends_with("Exception") {
                ""
            } else {
                "Exception"
            };
            TaskFailure::new(
                format!("{}.{name}{suffix}", names.prefix),
                optimized_cause(names, &error),
            )
            .into()
        }
        ApiFailure::Client { message, .. } => {
            TaskFailure::new(format!("{}.SdkClientException", names.prefix), message).into()
        }
        ApiFailure::Arguments(errors) => of_arguments(arguments, &errors),
        ApiFailure::Unsupported(message) => CallError::Refused(message),
    }
}

pub fn optimized_cause(names: &OptimizedNames, error: &ServiceError) -> String {
    let or_null = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
    format!(
        "{} (Service: {}; Status Code: {}; Error Code: {}; Request ID: {}; Proxy: null)",
        or_null(&error.message),
        names.service_name,
        error.status,
        or_null(&error.code),
        or_null(&error.request_id),
    )
}

/// Arguments that do not fit the API: nothing that a Catch could hide.
pub fn of_arguments(arguments: &Value, errors: &ArgumentErrors) -> CallError {
    let cause =
        format!("The Parameters '{arguments}' could not be used to start the Task: [{errors}]");
    TaskFailure::new("States.Runtime", cause).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use service_models::catalog;

    fn service_error(status: u16, code: &str, message: &str) -> ServiceError {
        ServiceError {
            status,
            code: Some(code.to_owned()),
            shape: None,
            message: Some(message.to_owned()),
            request_id: Some("r-1".to_owned()),
            extended_request_id: None,
        }
    }

    fn sdk(segment: &str, error: ServiceError) -> TaskFailure {
        let service = catalog().service(segment).unwrap();
        match of_sdk_integration(
            service,
            &json!({}),
            ApiFailure::Service { error, attempts: 1 },
        ) {
            CallError::Failed(failure) => failure,
            CallError::Refused(message) => panic!("{message}"),
        }
    }

    #[test]
    fn modelled_errors_have_their_name() {
        let failure = sdk(
            "dynamodb",
            service_error(
                400,
                "ResourceNotFoundException",
                "Requested resource not found",
            ),
        );
        assert_eq!(failure.error, "DynamoDb.ResourceNotFoundException");
        assert_eq!(
            failure.cause,
            "Requested resource not found (Service: DynamoDb, Status Code: 400, Request ID: r-1)",
        );
        assert_eq!(
            sdk("rds", service_error(404, "DBInstanceNotFound", "")).error,
            "Rds.DbInstanceNotFoundException"
        );
        assert_eq!(
            sdk("sns", service_error(404, "NotFound", "")).error,
            "Sns.NotFoundException"
        );
    }

    #[test]
    fn refusals_count_attempts_as_recorded() {
        let cause = |segment: &str, attempts| {
            let service = catalog().service(segment).unwrap();
            let error = service_error(400, "InvalidToken", "m");
            match of_sdk_integration(service, &json!({}), ApiFailure::Service { error, attempts }) {
                CallError::Failed(failure) => failure.cause,
                CallError::Refused(message) => panic!("{message}"),
            }
        };
        assert!(cause("sfn", 1).ends_with("r-1) (SDK Attempt Count: 1)"));
        assert!(cause("dynamodb", 1).ends_with("Request ID: r-1)"));
        assert!(cause("dynamodb", 3).ends_with("r-1) (SDK Attempt Count: 3)"));
    }

    /// Two errors of a service with one name could not be told apart in a Catch.
    #[test]
    fn every_error_of_every_service_has_a_name_of_its_own() {
        let mut count = 0;
        let mut odd = Vec::new();
        for service in catalog().services() {
            let mut taken = std::collections::BTreeMap::new();
            for shape in service.exceptions().filter_map(|shape| shape.name()) {
                let name = naming::exception(shape);
                let stem = name.strip_suffix("Exception").unwrap_or_default();
                if stem.is_empty() || stem.ends_with("Exception") || stem.ends_with("Fault") {
                    odd.push(format!("{}: {shape} is {name}", service.segment()));
                }
                if let Some(other) = taken.insert(name, shape) {
                    odd.push(format!("{}: {other} and {shape}", service.segment()));
                }
                count += 1;
            }
        }
        assert!(count > 5_000, "{count}");
        // All three are AWS's own doing: CloudWatch has these errors twice, Config has one for remediation exceptions.
        let expected = [
            "cloudwatch: LimitExceededException and LimitExceededFault",
            "cloudwatch: ResourceNotFound and ResourceNotFoundException",
            "config: NoSuchRemediationExceptionException is NoSuchRemediationExceptionException",
        ];
        assert_eq!(odd, expected);
    }

    #[test]
    fn other_errors_have_the_services() {
        assert_eq!(
            sdk("dynamodb", service_error(400, "ValidationException", "")).error,
            "DynamoDb.DynamoDbException"
        );
        assert_eq!(
            sdk("ec2", service_error(400, "InvalidInstanceID.NotFound", "")).error,
            "Ec2.Ec2Exception"
        );
        let error = ServiceError {
            status: 500,
            code: None,
            shape: None,
            message: None,
            request_id: None,
            extended_request_id: Some("x".into()),
        };
        let failure = sdk("ssm", error);
        assert_eq!(failure.error, "Ssm.SsmException");
        assert_eq!(
            failure.cause,
            "(Service: Ssm, Status Code: 500, Request ID: null, Extended Request ID: x)",
        );
    }

    #[test]
    fn client_errors_count_their_attempts() {
        let failure = ApiFailure::Client {
            message: "Unable to execute HTTP request: Connection refused".into(),
            attempts: 3,
        };
        let failed = of_sdk_integration(catalog().service("ssm").unwrap(), &json!({}), failure);
        let expected = TaskFailure::new(
            "Ssm.SdkClientException",
            "Unable to execute HTTP request: Connection refused (SDK Attempt Count: 3)",
        );
        assert_eq!(failed, CallError::Failed(expected));
    }

    #[test]
    fn arguments_are_quoted() {
        let failure = ApiFailure::Arguments(ArgumentErrors(vec!["one".into(), "two".into()]));
        let failed =
            of_sdk_integration(catalog().service("ssm").unwrap(), &json!({"A": 1}), failure);
        let cause = r#"The Parameters '{"A":1}' could not be used to start the Task: [one, two]"#;
        assert_eq!(
            failed,
            CallError::Failed(TaskFailure::new("States.Runtime", cause))
        );
    }

    #[test]
    fn optimized_integrations_have_the_older_words() {
        let names = OptimizedNames {
            prefix: "SNS",
            service_name: "AmazonSNS",
            base_exception: "AmazonSNSException",
        };
        let service = catalog().service("sns").unwrap();
        let failed = |code: &str| {
            let error = service_error(400, code, "Invalid parameter: x");
            match of_optimized(
                &names,
                service,
                &json!({}),
                ApiFailure::Service { error, attempts: 2 },
            ) {
                CallError::Failed(failure) => failure,
                CallError::Refused(message) => panic!("{message}"),
            }
        };
        let failure = failed("InvalidParameter");
        assert_eq!(failure.error, "SNS.InvalidParameterException");
        assert_eq!(
            failure.cause,
            "Invalid parameter: x (Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter; Request ID: r-1; \
             Proxy: null)",
        );
        assert_eq!(
            failed("SignatureDoesNotMatch").error,
            "SNS.AmazonSNSException"
        );
    }
}
