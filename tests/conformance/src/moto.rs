//! moto in place of AWS: it ends with the value, and forgets everything between cases.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use connectors::aws::{AwsClient, AwsConfig};
use connectors::{CallRequest, Connectors, ResourceRef};
use harness::python;
use serde_json::Value;
use service_models::catalog;

use crate::calls::ConnectorCalls;

pub struct Moto {
    process: Child,
    url: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Moto {
    /// An error says what is not there on this machine.
    pub fn start() -> Result<Moto, String> {
        let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("../moto/server.py");
        let mut process = Command::new(python()?)
            .arg(server)
            .arg("--until-stdin-closes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut ready = String::new();
        let stdout = process.stdout.take().ok_or("no standard output")?;
        let mut moto = Moto {
            process,
            url: String::new(),
        };
        BufReader::new(stdout)
            .read_line(&mut ready)
            .map_err(|error| error.to_string())?;
        let ready: Value = serde_json::from_str(&ready)
            .map_err(|error| format!("moto says {ready:?}: {error}"))?;
        let url = ready["endpointUrl"].as_str().ok_or("moto has no address")?;
        moto.url = url.to_owned();
        Ok(moto)
    }

    /// Empty, then set up as the case wants it. What a set-up call answers (a queue's address) takes the place of what AWS
    /// answered, everywhere in the case.
    pub fn set_up(&self, case: &mut Value) -> Result<ConnectorCalls, String> {
        self.reset()?;
        let config = AwsConfig::fixed(&self.url, "us-east-1", "testing", "testing");
        let connectors = Connectors::new(AwsClient::new(Arc::new(config)), None);
        let calls = ConnectorCalls::new(connectors).map_err(|error| error.to_string())?;
        for index in 0..case["setup"].as_array().map_or(0, Vec::len) {
            let step = case["setup"][index].clone();
            let answer = self.call(&calls, &step)?;
            let recorded = step["response"].as_object().into_iter().flatten();
            for (field, was) in recorded {
                let (Some(was), Some(is)) = (was.as_str(), answer[field].as_str()) else {
                    return Err(format!("{step} answered {answer}"));
                };
                let text = case.to_string().replace(was, is);
                *case = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            }
        }
        Ok(calls)
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn call(&self, calls: &ConnectorCalls, step: &Value) -> Result<Value, String> {
        let (Some(service), Some(action)) = (step["service"].as_str(), step["op"].as_str()) else {
            return Err(format!("no call: {step}"));
        };
        let service = catalog()
            .service_by_any_name(service)
            .ok_or_else(|| format!("no service {service}"))?;
        let mut arguments = step["params"].clone();
        if action == "PutObject" && arguments.get("ContentType").is_none() {
            // The recording's client named no type, and this is S3's own then; the SDK for Java names another one.
            arguments["ContentType"] = "binary/octet-stream".into();
        }
        let request = CallRequest {
            resource: ResourceRef::AwsSdk {
                service: service.segment().to_owned(),
                action: action.to_owned(),
            },
            arguments,
            role_arn: None,
            call_key: action.to_owned(),
            execution_arn: None,
        };
        calls
            .runtime
            .block_on(calls.connectors.call(&request))
            .map_err(|error| format!("{step}: {error}"))
    }

    fn reset(&self) -> Result<(), String> {
        let address = self.url.trim_start_matches("http://");
        let request = format!(
            "POST /moto-api/reset HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let exchange = || {
            let mut stream = TcpStream::connect(address)?;
            stream.write_all(request.as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).map(|_| answer)
        };
        match exchange() {
            Ok(answer) if answer.contains(" 200 ") => Ok(()),
            Ok(answer) => Err(answer),
            Err(error) => Err(error.to_string()),
        }
    }
}
