//! Runs the binary as a shell would, in a folder and an environment of the test's own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The repository.
pub fn root() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    crates.join("../..").canonicalize().unwrap()
}

/// A folder with the files of one test. What is run in it sees nothing of the environment of the tests but PATH.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        folder.write("home/.keep", "");
        folder
    }

    /// A folder with one definition, `machine.asl.json`.
    pub fn with(definition: &str) -> Folder {
        let folder = Folder::new();
        folder.write("machine.asl.json", definition);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Folder {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn read_json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// The binary with arguments. `AWS_EC2_METADATA_DISABLED`: machines of a CI often have roles of their own.
    pub fn command<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> Invocation {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stepwright"));
        command
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path("home"))
            .env("AWS_EC2_METADATA_DISABLED", "true");
        for argument in arguments {
            command.arg(argument.as_ref());
        }
        Invocation {
            command,
            stdin: None,
        }
    }

    /// `stepwright run machine.asl.json` with options, written as in a shell (no quotes: blanks separate).
    pub fn run(&self, options: &str) -> Outcome {
        let all = format!("run machine.asl.json {options}");
        self.command(all.split_whitespace()).go()
    }

    /// The events of `--history history.json`.
    pub fn events(&self) -> Vec<Value> {
        let history = self.read_json("history.json");
        assert_eq!(history.as_object().unwrap().len(), 1, "only `events`");
        history["events"].as_array().unwrap().clone()
    }
}

/// What is about to be run.
pub struct Invocation {
    command: Command,
    stdin: Option<Vec<u8>>,
}

impl Invocation {
    pub fn args(mut self, arguments: &[&str]) -> Invocation {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<str>) -> Invocation {
        self.command.env(name, value.as_ref());
        self
    }

    pub fn env_remove(mut self, name: &str) -> Invocation {
        self.command.env_remove(name);
        self
    }

    pub fn stdin(mut self, text: &str) -> Invocation {
        self.stdin = Some(text.into());
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn go(self) -> Outcome {
        self.start().wait()
    }

    /// To be started in another way: in a terminal.
    pub fn into_command(self) -> Command {
        self.command
    }

    /// Starts it; its standard error can be followed.
    pub fn start(mut self) -> Running {
        let started = Instant::now();
        let mut child = self
            .command
            .stdin(if self.stdin.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if let Some(text) = self.stdin {
            child.stdin.take().unwrap().write_all(&text).unwrap();
        }
        let mut stdout = child.stdout.take().unwrap();
        let stdout = thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Running {
            child,
            stdout,
            stderr,
            seen: String::new(),
            started,
        }
    }
}

/// The binary at work.
pub struct Running {
    child: Child,
    stdout: JoinHandle<String>,
    stderr: BufReader<std::process::ChildStderr>,
    seen: String,
    started: Instant,
}

impl Running {
    /// Reads standard error up to a line that contains `text`.
    #[track_caller]
    pub fn until(&mut self, text: &str) {
        loop {
            let mut line = String::new();
            let read = self.stderr.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "no line with {text:?} in:\n{}", self.seen);
            self.seen.push_str(&line);
            if line.contains(text) {
                return;
            }
        }
    }

    /// Ctrl-C.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// As by a crash of the machine: nothing is written any more.
    pub fn kill(mut self) {
        self.signal(Signal::KILL);
        self.child.wait().unwrap();
    }

    #[track_caller]
    pub fn wait(mut self) -> Outcome {
        let pid = Pid::from_child(&self.child);
        let (done, finished) = std::sync::mpsc::channel::<()>();
        let watchdog = thread::spawn(move || {
            let hangs = finished
                .recv_timeout(PATIENCE)
                .is_err_and(|error| error == std::sync::mpsc::RecvTimeoutError::Timeout);
            if hangs {
                // It may just have ended.
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        self.stderr.read_to_string(&mut self.seen).unwrap();
        let status = self.child.wait().unwrap();
        drop(done);
        watchdog.join().unwrap();
        let took = self.started.elapsed();
        let Some(code) = status.code() else {
            panic!("ended by {status} after {took:?}:\n{}", self.seen);
        };
        Outcome {
            code,
            stdout: self.stdout.join().unwrap(),
            stderr: self.seen,
            took,
        }
    }
}

/// How it ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Outcome {
    #[track_caller]
    pub fn exits(self, code: i32) -> Outcome {
        assert_eq!(
            self.code, code,
            "exit code\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Standard output, which has to be one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {:?}\n{}", self.stdout, self.stderr))
    }

    /// All of standard output.
    #[track_caller]
    pub fn prints(self, stdout: &str) -> Outcome {
        assert_eq!(self.stdout, stdout, "{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Outcome {
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "no {text:?} in:\n{}",
                self.stderr
            );
        }
        self
    }

    #[track_caller]
    pub fn says_nothing_of(self, texts: &[&str]) -> Outcome {
        for text in texts {
            assert!(!self.stderr.contains(text), "{text:?} in:\n{}", self.stderr);
        }
        self
    }

    #[track_caller]
    pub fn within(self, seconds: u64) -> Outcome {
        assert!(
            self.took < Duration::from_secs(seconds),
            "took {:?}",
            self.took
        );
        self
    }

    /// Refused before the first state: exit code 2, nothing on standard output, no state entered.
    #[track_caller]
    pub fn refused(self) -> Outcome {
        let outcome = self
            .exits(2)
            .says(&["error"])
            .says_nothing_of(&["00:00:0", "FAILED  "]);
        assert_eq!(outcome.stdout, "");
        outcome
    }
}

/// An HTTP server that answers each request with the same bytes, whatever is asked.
pub struct Server {
    pub address: SocketAddr,
    pub requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn answering(status: &str, content_type: &str, body: &str) -> Server {
        Server::sending(format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ))
    }

    /// Answers each request, given as text, with an XML document.
    pub fn replying(reply: impl Fn(&str) -> String + Send + 'static) -> Server {
        Server::serving(move |request, mut stream| {
            let body = reply(request);
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            drop(stream.write_all(answer.as_bytes()));
        })
    }

    /// Sends the bytes and closes the connection.
    pub fn sending(bytes: String) -> Server {
        Server::serving(move |_, mut stream| {
            // A client that has gone is no failure of the server.
            drop(stream.write_all(bytes.as_bytes()));
        })
    }

    /// Takes connections and never answers.
    pub fn silent() -> Server {
        let held = Mutex::new(Vec::new());
        Server::serving(move |_, stream| held.lock().unwrap().push(stream))
    }

    /// Sends whoever asks on to the same path of another server, one after the other, once a message has come for each.
    pub fn redirecting(to: &str, gate: Receiver<()>) -> Server {
        let to = to.to_owned();
        Server::serving(move |request, mut stream| {
            let path = request.split(' ').nth(1).unwrap();
            // A gate that is gone is open.
            gate.recv().unwrap_or(());
            let answer = format!(
                "HTTP/1.1 302 Found\r\nLocation: {to}{path}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            drop(stream.write_all(answer.as_bytes()));
        })
    }

    fn serving(answer: impl Fn(&str, TcpStream) + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read_request(&mut stream);
                seen.lock().unwrap().push(request.clone());
                answer(&request, stream);
            }
        });
        Server { address, requests }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

pub fn read_request(stream: &mut impl Read) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head + &String::from_utf8_lossy(&body)
}

/// One request to a server on this machine; the body of its answer.
#[track_caller]
pub fn http(address: &str, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("HTTP/1.1 200"),
        "{method} {path}: {answer}"
    );
    body.to_owned()
}

/// The output of another program, which has to succeed.
#[track_caller]
pub fn succeeded(output: std::io::Result<Output>) -> String {
    let output = output.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    String::from_utf8(output.stdout).unwrap()
}
