//! PutPermission, RemovePermission: the resource policy of a bus. It is stored and shown, not enforced.

use serde::Deserialize;
use serde_json::{Value, json};

use super::records::Bus;
use super::{Members, Shared, error, input, parsed};
use crate::wire::{ServiceCall, ServiceError};

/// Characters of a policy (EventBridge User Guide, "Quotas": 10,240).
const MAX_POLICY: usize = 10_240;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutInput {
    event_bus_name: Option<String>,
    action: Option<String>,
    principal: Option<String>,
    statement_id: Option<String>,
    condition: Option<Condition>,
    policy: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    r#type: String,
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RemoveInput {
    event_bus_name: Option<String>,
    statement_id: Option<String>,
    #[serde(default)]
    remove_all_permissions: bool,
}

impl Shared {
    pub(super) fn put_permission(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: PutInput = input(call)?;
        let name = self.place.bus_name(given.event_bus_name.as_deref());
        let arn = self.place.bus_arn(name);
        self.change_policy(call, name, |before| match &given.policy {
            Some(policy) => whole(policy).map(Some),
            None => with_statement(before, self.statement(&given, &arn)?).map(Some),
        })
    }

    pub(super) fn remove_permission(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: RemoveInput = input(call)?;
        let name = self.place.bus_name(given.event_bus_name.as_deref());
        self.change_policy(call, name, |before| {
            if given.remove_all_permissions {
                return Ok(None);
            }
            let Some(policy) = before else {
                return Err(error::not_found("EventBus does not have a policy."));
            };
            let mut statements = statements(policy);
            let number = statements.len();
            statements
                .retain(|statement| statement["Sid"].as_str() != given.statement_id.as_deref());
            if statements.len() == number {
                let message = "Statement with the provided id does not exist.";
                return Err(error::not_found(message));
            }
            Ok((!statements.is_empty()).then(|| document(statements)))
        })
    }

    fn change_policy(
        &self,
        call: &ServiceCall,
        name: &str,
        decide: impl FnOnce(Option<&Value>) -> Result<Option<Value>, ServiceError>,
    ) -> Result<Members, ServiceError> {
        self.change(call, &self.place.bus_arn(name), |transaction| {
            let bus = self.bus(name)?;
            let policy = decide(bus.policy.as_ref())?;
            let is_too_long = |policy: &Value| policy.to_string().len() > MAX_POLICY;
            if policy.as_ref().is_some_and(is_too_long) {
                return Err(ServiceError::new(
                    "PolicyLengthExceededException",
                    400,
                    format!("A policy can have at most {MAX_POLICY} characters."),
                ));
            }
            let bus = Bus {
                policy,
                modified_millis: call.now_millis,
                ..Bus::clone(&bus)
            };
            transaction.put(&self.buses, name, bus);
            Ok(Members::new())
        })
    }

    /// The statement that the members of PutPermission describe.
    fn statement(&self, given: &PutInput, bus_arn: &str) -> Result<Value, ServiceError> {
        let missing =
            |what: &str| error::validation(format!("Parameter {what} must be specified."));
        let principal = given
            .principal
            .as_deref()
            .ok_or_else(|| missing("Principal"))?;
        let sid = given
            .statement_id
            .as_deref()
            .ok_or_else(|| missing("StatementId"))?;
        let action = given.action.as_deref().ok_or_else(|| missing("Action"))?;
        if action != "events:PutEvents" {
            let message = "Provided value in parameter 'action' is not supported.";
            return Err(error::validation(message));
        }
        if given.condition.is_some() && principal != "*" {
            return Err(ServiceError::new(
                "InvalidParameterValue",
                400,
                "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.",
            ));
        }
        let principal = match principal {
            "*" => json!("*"),
            account => {
                let partition = &self.place.partition;
                json!({ "AWS": format!("arn:{partition}:iam::{account}:root") })
            }
        };
        let mut statement = json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": principal,
            "Action": action,
            "Resource": bus_arn,
        });
        if let Some(Condition { r#type, key, value }) = &given.condition {
            statement["Condition"] = json!({ r#type: { key: value } });
        }
        Ok(statement)
    }
}

/// A policy that was given as text.
fn whole(text: &str) -> Result<Value, ServiceError> {
    let policy = parsed(text).ok().filter(Value::is_object);
    policy.ok_or_else(|| error::validation("This policy contains invalid Json"))
}

/// The last statement with an id counts.
fn with_statement(before: Option<&Value>, statement: Value) -> Result<Value, ServiceError> {
    let mut statements = before.map(statements).unwrap_or_default();
    statements.retain(|other| other["Sid"] != statement["Sid"]);
    statements.push(statement);
    Ok(document(statements))
}

fn statements(policy: &Value) -> Vec<Value> {
    match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement) => vec![statement.clone()],
        None => Vec::new(),
    }
}

fn document(statements: Vec<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}
