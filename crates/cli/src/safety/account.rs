//! Whose account a run works on.

use std::sync::Arc;

use connectors::aws::{AwsClient, AwsConfig};
use connectors::{CallError, CallRequest, Connectors, ResourceRef};
use serde_json::{Value, json};

use crate::error::CliError;

/// What `sts:GetCallerIdentity` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account_id: String,
    /// Of the user or the assumed role.
    pub arn: String,
}

/// Asks STS, in the region of the run or at its endpoint. It needs no permission.
pub async fn caller(config: &Arc<AwsConfig>) -> Result<Caller, CliError> {
    let connectors = Connectors::new(AwsClient::new(config.clone()), None);
    let request = CallRequest {
        resource: ResourceRef::AwsSdk {
            service: "sts".to_owned(),
            action: "getCallerIdentity".to_owned(),
        },
        arguments: json!({}),
        role_arn: None,
        call_key: "account".to_owned(),
        execution_arn: None,
    };
    let failed = |why: &str| {
        CliError::user(format!(
            "which AWS account this is cannot be found out (sts:GetCallerIdentity): {why}"
        ))
        .with_hint("check the credentials with `aws sts get-caller-identity`; --endpoint-url names a local API server")
    };
    let answer = connectors
        .call(&request)
        .await
        .map_err(|error| match error {
            CallError::Failed(failure) => failed(&failure.cause),
            CallError::Refused(why) => failed(&why),
        })?;
    let text = |field: &str| answer.get(field).and_then(Value::as_str);
    let is_account_id = |id: &&str| parse_account_id(id).is_ok();
    match (text("Account").filter(is_account_id), text("Arn")) {
        (Some(account_id), Some(arn)) => Ok(Caller {
            account_id: account_id.to_owned(),
            arn: arn.to_owned(),
        }),
        _ => Err(failed("the answer names no account")),
    }
}

/// `--expect-account`.
pub fn check(expected: &str, caller: &Caller) -> Result<(), CliError> {
    if expected == caller.account_id {
        return Ok(());
    }
    let message = format!(
        "the credentials belong to AWS account {} ({}), and {expected} is expected",
        caller.account_id, caller.arn
    );
    Err(CliError::user(message)
        .with_hint("--profile NAME or the environment choose the credentials; --expect-account or STEPWRIGHT_EXPECT_ACCOUNT say which account they must belong to"))
}

/// Twelve digits, for the command line.
pub fn parse_account_id(text: &str) -> Result<String, String> {
    match text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err("an account's id has 12 digits".to_owned()),
    }
}
