//! A server of the test's own, and raw requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Folder, read_request};

pub const JSON: &str = "Content-Type: application/x-amz-json-1.0\r\n";

/// An answer that takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// `stepwright serve` on a free port, ready. It is killed when dropped.
pub struct Served {
    child: Child,
    stderr: Option<JoinHandle<String>>,
    /// `127.0.0.1:PORT`
    pub address: String,
    /// What it said when it was ready.
    pub ready: Value,
}

impl Served {
    /// In the folder's `data`, with an endpoint where nobody listens.
    #[track_caller]
    pub fn start(folder: &Folder, options: &[&str]) -> Served {
        let mut all = vec![
            "--listen",
            "127.0.0.1:0",
            "--data",
            "data",
            "--endpoint-url",
            "http://127.0.0.1:1",
        ];
        all.extend(options);
        Served::with(folder, &all, &[])
    }

    #[track_caller]
    pub fn with(folder: &Folder, options: &[&str], environment: &[(&str, &str)]) -> Served {
        let arguments = ["serve", "--output", "json"].iter().chain(options);
        let mut invocation = folder.command(arguments);
        for (name, value) in environment {
            invocation = invocation.env(name, value);
        }
        let mut child = invocation
            .into_command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        if line.is_empty() {
            child.wait().unwrap();
            panic!("the server does not start:\n{}", stderr.join().unwrap());
        }
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["event"], "ready");
        Served {
            child,
            stderr: Some(stderr),
            address: ready["address"].as_str().unwrap().to_owned(),
            ready,
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes as they are and reads to the end of the connection.
    #[track_caller]
    pub fn raw(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// One request with headers of one's own; its status and body.
    #[track_caller]
    pub fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let host = match headers.contains("Host:") {
            true => String::new(),
            false => format!("Host: {}\r\n", self.address),
        };
        let answer = self.raw(&format!(
            "{method} {path} HTTP/1.1\r\n{host}{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {answer:?}"));
        (
            head.split(' ').nth(1).unwrap().parse().unwrap(),
            body.to_owned(),
        )
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> (u16, String) {
        self.request("GET", path, "", "")
    }

    /// Calls an operation as a client would; status and body.
    #[track_caller]
    pub fn call(&self, operation: &str, body: &Value) -> (u16, Value) {
        self.call_with(operation, &body.to_string(), "")
    }

    #[track_caller]
    pub fn call_with(&self, operation: &str, body: &str, headers: &str) -> (u16, Value) {
        let headers = format!("{JSON}X-Amz-Target: AWSStepFunctions.{operation}\r\n{headers}");
        let (status, body) = self.request("POST", "/", &headers, body);
        (
            status,
            serde_json::from_str(&body).unwrap_or_else(|_| panic!("{operation}: {body}")),
        )
    }

    /// Calls an operation that has to succeed.
    #[track_caller]
    pub fn ok(&self, operation: &str, body: Value) -> Value {
        let (status, answer) = self.call(operation, &body);
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    /// A new state machine; its ARN.
    #[track_caller]
    pub fn create(&self, name: &str, definition: &Value) -> String {
        let role = "arn:aws:iam::123456789012:role/r";
        let body = json!({ "name": name, "definition": definition.to_string(), "roleArn": role });
        text(&self.ok("CreateStateMachine", body), "stateMachineArn")
    }

    /// The ARN of a new execution.
    #[track_caller]
    pub fn start_execution(&self, machine: &str, input: &str) -> String {
        let body = json!({ "stateMachineArn": machine, "input": input });
        text(&self.ok("StartExecution", body), "executionArn")
    }

    /// Follows an execution until it has a status; its description.
    #[track_caller]
    pub fn until_status(&self, execution: &str, status: &str) -> Value {
        let mut last = 0;
        loop {
            let body =
                json!({ "executionArn": execution, "afterEventId": last, "waitSeconds": 20 });
            let headers = format!("{JSON}X-Amz-Target: Stepwright.FollowExecution\r\n");
            let (code, page) = self.request("POST", "/", &headers, &body.to_string());
            assert_eq!(code, 200, "{page}");
            let page: Value = serde_json::from_str(&page).unwrap();
            if page["status"] == status {
                return self.ok("DescribeExecution", json!({ "executionArn": execution }));
            }
            let events = page["events"].as_array().unwrap();
            last = events
                .last()
                .map_or(last, |event| event["id"].as_u64().unwrap());
            assert_eq!(page["status"], "RUNNING", "{}", self.history(execution));
        }
    }

    #[track_caller]
    pub fn history(&self, execution: &str) -> Value {
        self.ok(
            "GetExecutionHistory",
            json!({ "executionArn": execution, "maxResults": 1000 }),
        )["events"]
            .take()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it by SIGTERM; what it said on standard error.
    #[track_caller]
    pub fn end(mut self) -> String {
        self.signal(Signal::TERM);
        let status = self.child.wait().unwrap();
        let stderr = self.stderr.take().unwrap().join().unwrap();
        assert!(status.success(), "{status}\n{stderr}");
        stderr
    }

    /// Ends it by SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
pub fn text(answer: &Value, member: &str) -> String {
    answer[member]
        .as_str()
        .unwrap_or_else(|| panic!("no {member} in {answer}"))
        .to_owned()
}

/// Whether the other side has closed the connection, which it has to do soon.
pub fn is_closed(mut stream: &TcpStream) -> bool {
    let _ = stream.shutdown(Shutdown::Write);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    matches!(stream.read(&mut [0; 1024]), Ok(0) | Err(_))
}

/// Somebody whom the server calls. Each request can be waited for.
pub struct Called {
    pub url: String,
    requests: Receiver<String>,
}

impl Called {
    /// Answers with what `answer` makes of a request; None: never.
    pub fn new(answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Called {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        thread::spawn(move || {
            // Unanswered ones stay open.
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read_request(&mut stream);
                let answer = answer(&request);
                // The test may be over.
                let _ = sender.send(request);
                match answer {
                    None => held.push(stream),
                    Some(body) => {
                        let _ = write!(
                            stream,
                            "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\
                             Connection: close\r\n\r\n{body}",
                            body.len()
                        );
                    }
                }
            }
        });
        Called { url, requests }
    }

    /// The next request that holds a text; those before it are passed over.
    #[track_caller]
    pub fn next(&self, part: &str) -> String {
        loop {
            let request = self.requests.recv_timeout(PATIENCE);
            let request =
                request.unwrap_or_else(|error| panic!("no request with {part:?}: {error}"));
            if request.contains(part) {
                return request;
            }
        }
    }
}

/// The body of a request or an answer, which has to be JSON.
#[track_caller]
pub fn body(request: &str) -> Value {
    let start = request
        .find("{")
        .unwrap_or_else(|| panic!("no body in {request}"));
    serde_json::from_str(&request[start..]).unwrap_or_else(|error| panic!("{error}: {request}"))
}
