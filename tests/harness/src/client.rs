//! The Step Functions API without an SDK: AWS JSON 1.0, unsigned.

use std::fmt;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::ROLE_ARN;
use crate::http::Connection;

/// Between two looks at something that is not yet as wanted.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// On the loopback interface nobody checks it, but it names the service.
fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

#[derive(Debug)]
pub enum CallError {
    /// An answer, and it is an error: `code` without its namespace, as the SDKs name the exception.
    Api {
        status: u16,
        code: String,
        message: String,
    },
    /// No answer: what was asked for may have been done or not.
    Io(io::Error),
}

impl CallError {
    pub fn code(&self) -> Option<&str> {
        match self {
            CallError::Api { code, .. } => Some(code),
            CallError::Io(_) => None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Api {
                status,
                code,
                message,
            } => write!(f, "{status} {code}: {message}"),
            CallError::Io(error) => write!(f, "no answer: {error}"),
        }
    }
}

impl std::error::Error for CallError {}

/// One connection, opened when it is first needed and again after an error.
pub struct Client {
    address: String,
    connection: Option<Connection>,
}

impl Client {
    pub fn new(address: &str) -> Client {
        Client {
            address: address.to_owned(),
            connection: None,
        }
    }

    /// One call, never repeated.
    pub fn call(&mut self, operation: &str, parameters: &Value) -> Result<Value, CallError> {
        let body = parameters.to_string();
        answer(self.exchange(operation, body.as_bytes()))
    }

    /// An operation of EventBridge.
    pub fn events(&mut self, operation: &str, parameters: &Value) -> Result<Value, CallError> {
        let body = parameters.to_string();
        let head = self.json_head("events", "1.1", &format!("AWSEvents.{operation}"));
        answer(self.send(&head, body.as_bytes()))
    }

    /// An operation of a service that speaks REST and JSON: `scheduler`, `POST /schedules/NAME`.
    pub fn rest(
        &mut self,
        service: &str,
        method_and_path: &str,
        parameters: &Value,
    ) -> Result<Value, CallError> {
        let head = format!(
            "{method_and_path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nAuthorization: {}\r\n",
            self.address,
            authorization(service)
        );
        answer(self.send(&head, parameters.to_string().as_bytes()))
    }

    /// The answer's status and body as they are.
    pub fn exchange(&mut self, operation: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let head = self.json_head("states", "1.0", &format!("AWSStepFunctions.{operation}"));
        self.send(&head, body)
    }

    fn json_head(&self, service: &str, version: &str, target: &str) -> String {
        format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-{version}\r\nX-Amz-Target: {target}\r\nAuthorization: {}\r\n",
            self.address,
            authorization(service)
        )
    }

    fn send(&mut self, head: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(&self.address)?,
        };
        let answer = connection.send(head, body)?;
        self.connection = (!answer.closes).then_some(connection);
        Ok((answer.status, answer.body))
    }

    /// The ARN of a new Standard state machine.
    pub fn create_state_machine(
        &mut self,
        name: &str,
        definition: &Value,
    ) -> Result<String, CallError> {
        let created = self.call(
            "CreateStateMachine",
            &json!({"name": name, "definition": definition.to_string(), "roleArn": ROLE_ARN}),
        )?;
        text(&created, "stateMachineArn")
    }

    /// The ARN of the execution.
    pub fn start(
        &mut self,
        state_machine_arn: &str,
        name: &str,
        input: &str,
    ) -> Result<String, CallError> {
        let started = self.call(
            "StartExecution",
            &json!({"stateMachineArn": state_machine_arn, "name": name, "input": input}),
        )?;
        text(&started, "executionArn")
    }

    /// DescribeExecution when the execution is no longer RUNNING, or as it is after `patience`.
    pub fn wait_for_end(
        &mut self,
        execution_arn: &str,
        patience: Duration,
    ) -> Result<Value, CallError> {
        let deadline = Instant::now() + patience;
        loop {
            let described =
                self.call("DescribeExecution", &json!({"executionArn": execution_arn}))?;
            if described["status"] != "RUNNING" || Instant::now() > deadline {
                return Ok(described);
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// All events, page by page.
    pub fn history(&mut self, execution_arn: &str) -> Result<Vec<Value>, CallError> {
        let mut events = Vec::new();
        let mut parameters = json!({"executionArn": execution_arn, "maxResults": 1000});
        loop {
            let mut page = self.call("GetExecutionHistory", &parameters)?;
            if let Value::Array(more) = page["events"].take() {
                events.extend(more);
            }
            match page["nextToken"].take() {
                Value::Null => return Ok(events),
                token => parameters["nextToken"] = token,
            }
        }
    }
}

fn answer(answered: io::Result<(u16, Vec<u8>)>) -> Result<Value, CallError> {
    let (status, body) = answered.map_err(CallError::Io)?;
    let body: Value = serde_json::from_slice(&body)
        .map_err(|error| CallError::Io(io::Error::new(io::ErrorKind::InvalidData, error)))?;
    if status == 200 {
        return Ok(body);
    }
    let kind = body["__type"].as_str().unwrap_or_default();
    let message = body["message"].as_str().or(body["Message"].as_str());
    Err(CallError::Api {
        status,
        code: kind.rsplit('#').next().unwrap_or(kind).to_owned(),
        message: message.unwrap_or_default().to_owned(),
    })
}

fn text(answer: &Value, member: &str) -> Result<String, CallError> {
    answer[member].as_str().map(str::to_owned).ok_or_else(|| {
        let what = format!("no {member} in {answer}");
        CallError::Io(io::Error::new(io::ErrorKind::InvalidData, what))
    })
}
