//! Concurrency, and what clients ask besides: account settings, code signing, runtimes, event sources, URLs.

use serde_json::{Map, Value, json};

use super::code::unpack::MAX_UNPACKED_BYTES;
use super::event_invoke::qualifier;
use super::record::Function;
use super::{Lambda, error};
use crate::wire::{ServiceCall, ServiceError};

/// Concurrent executions of an account, as AWS has it by default.
const CONCURRENCY: u64 = 1000;
/// What has to be left to functions without a reservation.
const MIN_UNRESERVED: u64 = 100;

impl Lambda {
    pub(super) fn settings(&self, call: &ServiceCall) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        match call.operation {
            "PutFunctionConcurrency" => {
                let reserved = members
                    .get("ReservedConcurrentExecutions")
                    .and_then(Value::as_u64);
                self.reserve(call, reserved)?;
                answer(json!({"ReservedConcurrentExecutions": reserved}))
            }
            "DeleteFunctionConcurrency" => {
                self.reserve(call, None)?;
                answer(json!({}))
            }
            "GetFunctionConcurrency" => {
                let function = self.function(&self.unqualified(members)?)?;
                answer(match function.reserved_concurrency {
                    Some(reserved) => json!({"ReservedConcurrentExecutions": reserved}),
                    None => json!({}),
                })
            }
            "GetAccountSettings" => answer(self.account_settings()),
            "GetFunctionCodeSigningConfig" => {
                let named = self.named(members)?;
                self.find(&named, None)?;
                answer(json!({"FunctionName": named.name}))
            }
            "GetFunctionRecursionConfig" => {
                let function = self.function(&self.unqualified(members)?)?;
                let recursive_loop = function.recursive_loop.as_deref().unwrap_or("Terminate");
                answer(json!({"RecursiveLoop": recursive_loop}))
            }
            "PutFunctionRecursionConfig" => {
                let wanted = members.get("RecursiveLoop").and_then(Value::as_str);
                let name = self.unqualified(members)?;
                let _changes = self.lock();
                let mut function = Function::clone(&*self.function(&name)?);
                function.recursive_loop = wanted.map(str::to_owned);
                self.store_function(call, &name, function)?;
                answer(json!({"RecursiveLoop": wanted}))
            }
            "GetRuntimeManagementConfig" | "PutRuntimeManagementConfig" => {
                self.runtime_management(call)
            }
            "ListEventSourceMappings" => answer(json!({"EventSourceMappings": []})),
            "ListLayers" => answer(json!({"Layers": []})),
            "ListFunctionUrlConfigs" => {
                self.function(&self.unqualified(members)?)?;
                answer(json!({"FunctionUrlConfigs": []}))
            }
            "GetEventSourceMapping" | "GetFunctionUrlConfig" | "GetLayerVersion" => Err(
                error::not_found("The resource you requested does not exist."),
            ),
            "ListProvisionedConcurrencyConfigs" => {
                self.function(&self.unqualified(members)?)?;
                answer(json!({"ProvisionedConcurrencyConfigs": []}))
            }
            "CreateEventSourceMapping" => Err(error::unsupported(
                "Event source mappings are not supported: nobody polls queues and streams",
            )),
            "CreateFunctionUrlConfig" => Err(error::unsupported(
                "Function URLs are not supported: functions are invoked by the API",
            )),
            "PublishLayerVersion" => Err(error::unsupported("Layers are not supported")),
            "PutProvisionedConcurrencyConfig" => Err(error::unsupported(
                "Provisioned concurrency is not supported: processes are kept warm as they are used",
            )),
            other => Err(ServiceError::not_served("lambda", other)),
        }
    }

    fn reserve(&self, call: &ServiceCall, reserved: Option<u64>) -> Result<(), ServiceError> {
        let name = self.unqualified(&call.input.members)?;
        let _changes = self.lock();
        let mut function = Function::clone(&*self.function(&name)?);
        let all = self.tables().functions.all();
        let of_others = all.iter().filter(|(other, _)| **other != *name);
        let of_others = of_others.filter_map(|(_, other)| other.reserved_concurrency);
        let of_others: u64 = of_others.map(u64::from).sum();
        if reserved.is_some_and(|reserved| {
            of_others.saturating_add(reserved) > CONCURRENCY - MIN_UNRESERVED
        }) {
            return Err(error::invalid(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its \
                 minimum value of [{MIN_UNRESERVED}]."
            )));
        }
        function.reserved_concurrency = reserved.and_then(|reserved| u32::try_from(reserved).ok());
        self.store_function(call, &name, function)
    }

    fn account_settings(&self) -> Value {
        let functions = self.tables().functions.all();
        let reserved = functions
            .iter()
            .filter_map(|(_, function)| function.reserved_concurrency);
        let reserved: u64 = reserved.map(u64::from).sum();
        json!({
            "AccountLimit": {
                "TotalCodeSize": 75_u64 << 30,
                "CodeSizeUnzipped": MAX_UNPACKED_BYTES,
                "CodeSizeZipped": 50 << 20,
                "ConcurrentExecutions": CONCURRENCY,
                "UnreservedConcurrentExecutions": CONCURRENCY.saturating_sub(reserved),
            },
            "AccountUsage": {"TotalCodeSize": self.packages().bytes(), "FunctionCount": functions.len()},
        })
    }

    /// Kept and shown: the interpreter is that of this machine.
    fn runtime_management(&self, call: &ServiceCall) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let named = self.named(members)?;
        let _changes = self.lock();
        let found = self.find(&named, None)?;
        let stored = found
            .function
            .runtime_management
            .get(qualifier(&named))
            .cloned();
        let mut shown = stored.unwrap_or_default();
        if call.operation == "PutRuntimeManagementConfig" {
            let kept = ["UpdateRuntimeOn", "RuntimeVersionArn"].into_iter();
            shown = kept
                .filter_map(|member| Some((member.to_owned(), members.get(member)?.clone())))
                .collect();
            let mut function = Function::clone(&found.function);
            let of_qualifier = &mut function.runtime_management;
            of_qualifier.insert(qualifier(&named).to_owned(), shown.clone());
            self.store_function(call, &named.name, function)?;
        }
        shown.entry("UpdateRuntimeOn").or_insert("Auto".into());
        let arn = self.arn(&named.name, named.qualifier.as_deref());
        shown.insert("FunctionArn".to_owned(), arn.into());
        Ok(shown)
    }
}

fn answer(value: Value) -> Result<Map<String, Value>, ServiceError> {
    match value {
        Value::Object(members) => Ok(members),
        other => Err(error::internal(format!(
            "an answer that is no object: {other}"
        ))),
    }
}
