//! A `stepwright serve` of its own for whoever asks.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::{ACCOUNT_ID, Client, REGION};

/// Nobody listens there: a call that a test did not think of fails at once, and never reaches AWS.
const NOWHERE: &str = "http://127.0.0.1:1";

#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where calls of executions go; nowhere if none is told.
    pub endpoint_url: Option<String>,
    /// A template that names local functions.
    pub template: Option<PathBuf>,
    /// AWS's own limits.
    pub aws_limits: bool,
    /// The data directory; a fresh one that goes with the server if none is told.
    pub data: Option<PathBuf>,
    /// Arguments of no interest to others.
    pub arguments: Vec<String>,
}

/// A running server; it is killed when dropped.
pub struct Server {
    process: Child,
    /// Kept open: a server that says more than its ready line must not find a closed pipe.
    stdout: BufReader<ChildStdout>,
    address: String,
    begun: Instant,
    /// From the start of the process to its ready line.
    pub start_time: Duration,
    log: PathBuf,
    own_data: Option<TempDir>,
}

/// The program that was built beside the running one (by `cargo build -p cli`, or with the workspace), or `STEPWRIGHT_BINARY`.
pub fn stepwright() -> io::Result<PathBuf> {
    if let Some(path) = std::env::var_os("STEPWRIGHT_BINARY") {
        return Ok(path.into());
    }
    let own = std::env::current_exe()?;
    // Tests are in `deps` below it.
    let found = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("stepwright"))
        .find(|path| path.is_file());
    found.ok_or_else(|| io::Error::other("stepwright is not built: cargo build -p cli"))
}

impl Server {
    /// Ready when this returns.
    pub fn start(options: &Options) -> io::Result<Server> {
        let mut server = Server::spawn(options)?;
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The process, which says nothing yet.
    pub fn spawn(options: &Options) -> io::Result<Server> {
        let own_data = match options.data {
            Some(_) => None,
            None => Some(tempfile::tempdir()?),
        };
        let own = own_data.as_ref().map(TempDir::path);
        let data = options
            .data
            .as_deref()
            .or(own)
            .ok_or_else(|| io::Error::other("no data directory"))?;
        let log = data.with_extension("log");
        let mut command = Command::new(stepwright()?);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--output", "json"])
            .args(["--account", ACCOUNT_ID, "--region", REGION])
            .args([
                "--endpoint-url",
                options.endpoint_url.as_deref().unwrap_or(NOWHERE),
            ])
            .arg("--data")
            .arg(data)
            .args(options.aws_limits.then_some("--aws-limits"))
            .args(&options.arguments)
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log)?);
        if let Some(template) = &options.template {
            command.arg("--template").arg(template);
        }
        let begun = Instant::now();
        let mut process = command.spawn()?;
        let stdout = process
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("no standard output"))?;
        Ok(Server {
            process,
            stdout: BufReader::new(stdout),
            address: String::new(),
            begun,
            start_time: Duration::ZERO,
            log,
            own_data,
        })
    }

    pub fn wait_until_ready(&mut self) -> io::Result<()> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        self.start_time = self.begun.elapsed();
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        match ready["address"].as_str() {
            Some(address) => {
                address
                    .trim_start_matches("http://")
                    .clone_into(&mut self.address);
                Ok(())
            }
            None => {
                let why = format!("the server says {line:?}; {}", self.log());
                Err(io::Error::other(why))
            }
        }
    }

    /// `host:port`
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn client(&self) -> Client {
        Client::new(&self.address)
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What it said on standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_else(|error| format!("no log: {error}"))
    }

    /// SIGKILL, and nothing of the process is left when this returns.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
        if self.own_data.is_some() {
            drop(std::fs::remove_file(&self.log));
        }
    }
}
