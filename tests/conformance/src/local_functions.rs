//! Calls that reach local Lambda functions and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use connectors::aws::{AwsClient, AwsConfig};
use connectors::{
    Connectors, FunctionAnswer, FunctionRefusal, LocalFunctions, LocalFuture, LocalInvocation,
};
use engine::{Answer, Calls};
use functions::{FunctionHost, FunctionName, FunctionSpec, HostOptions, InvokeOptions};
use interpreter::{Call, CallKey};
use serde_json::{Map, Value, json};
use store::ExecutionId;

use crate::calls::ConnectorCalls;

pub struct LocalCalls {
    calls: ConnectorCalls,
    host: Arc<Host>,
}

struct Host(FunctionHost);

impl LocalCalls {
    /// Functions from `CreateFunction` calls; their code is written below `folder`.
    pub fn new(setup: &Value, folder: &Path) -> std::io::Result<LocalCalls> {
        let mut specs = Vec::new();
        for params in created(setup) {
            let text = |key: &str| params[key].as_str().unwrap_or_default();
            let code_dir = unpack(params, folder)?;
            let mut spec = FunctionSpec::new(
                text("FunctionName"),
                text("Runtime"),
                text("Handler"),
                code_dir,
            );
            spec.timeout_seconds = params["Timeout"]
                .as_u64()
                .and_then(|seconds| u32::try_from(seconds).ok())
                .unwrap_or(3);
            for (name, value) in params["Environment"]["Variables"]
                .as_object()
                .into_iter()
                .flatten()
            {
                spec.environment
                    .insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
            }
            specs.push(spec);
        }
        let host = FunctionHost::new(HostOptions {
            specs,
            common_environment: functions::fixed_environment(BTreeMap::new()),
            search_path: std::env::var_os("PATH").unwrap_or_default(),
            cache_dir: None,
            account_id: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            max_processes_per_function: 4,
            log: Arc::new(|_| {}),
        });
        let host = Arc::new(Host(host));
        let config = AwsConfig::fixed("http://127.0.0.1:1", "us-east-1", "none", "none");
        let client = AwsClient::new(Arc::new(config));
        let connectors = Connectors::new(client, Some(host.clone()));
        Ok(LocalCalls {
            calls: ConnectorCalls::new(connectors)?,
            host,
        })
    }
}

/// The parameters of each `CreateFunction` call.
fn created(setup: &Value) -> impl Iterator<Item = &Value> {
    let calls = setup.as_array().into_iter().flatten();
    calls
        .filter(|call| call["op"] == "CreateFunction")
        .map(|call| &call["params"])
}

/// Writes a function's code into a folder of its own.
fn unpack(params: &Value, folder: &Path) -> std::io::Result<PathBuf> {
    let code_dir = folder.join(params["FunctionName"].as_str().unwrap_or_default());
    std::fs::create_dir_all(&code_dir)?;
    let files = params["Code"]["ZipFile"]["$zip"].as_object();
    for (file, code) in files.into_iter().flatten() {
        std::fs::write(code_dir.join(file), code.as_str().unwrap_or_default())?;
    }
    Ok(code_dir)
}

/// A template that declares the same functions, for a process that takes one.
pub fn template(setup: &Value, folder: &Path) -> std::io::Result<PathBuf> {
    let mut resources = Map::new();
    for params in created(setup) {
        let function = json!({"Type": "AWS::Serverless::Function", "Properties": {
            "FunctionName": params["FunctionName"],
            "Runtime": params["Runtime"],
            "Handler": params["Handler"],
            "Timeout": params["Timeout"],
            "Environment": params["Environment"],
            "CodeUri": unpack(params, folder)?,
        }});
        resources.insert(format!("Function{}", resources.len()), function);
    }
    let path = folder.join("template.json");
    std::fs::write(&path, json!({"Resources": resources}).to_string())?;
    Ok(path)
}

impl Drop for LocalCalls {
    fn drop(&mut self) {
        self.calls.runtime.block_on(self.host.0.shut_down());
    }
}

impl LocalFunctions for Host {
    /// A function that is not there is refused as Lambda refuses it: there is no Lambda behind these.
    fn invoke<'a>(&'a self, invocation: LocalInvocation<'a>) -> LocalFuture<'a> {
        Box::pin(async move {
            let name = FunctionName::parse(invocation.function_name)?.name;
            let answer = self
                .0
                .invoke(
                    name,
                    invocation.payload.to_owned(),
                    InvokeOptions::default(),
                )
                .await;
            Some(match answer {
                Ok(answer) => Ok(FunctionAnswer {
                    executed_version: Some(answer.executed_version.to_owned()),
                    status_code: 200,
                    function_error: answer.function_error.map(str::to_owned),
                    payload: answer.payload,
                    request_id: answer.request_id,
                    log_result: None,
                }),
                Err(error) => Err(FunctionRefusal {
                    code: error.code().to_owned(),
                    status_code: error.status_code(),
                    message: error.to_string(),
                    request_id: "00000000-0000-4000-8000-000000000000".to_owned(),
                }),
            })
        })
    }
}

impl Calls for LocalCalls {
    fn begin(&self, execution: &ExecutionId, call: Box<Call>, answer: Answer) {
        self.calls.begin(execution, call, answer);
    }

    fn abandon(&self, execution: &ExecutionId, key: CallKey) {
        self.calls.abandon(execution, key);
    }
}
