//! Which server it is, and starting one in the background where there is none.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::api::Api;
use super::args::{NewServerArgs, PlaceArgs};
use crate::args::Output;
use crate::client::args::ServerArgs;
use crate::client::server::Server;
use crate::error::CliError;
use crate::serve::options::{ServeOptions, default_data_dir};

const DEFAULT_LISTEN: &str = "127.0.0.1:8083";
/// A listener on this machine or the next one answers at once.
const CONNECT: Duration = Duration::from_secs(5);
/// Lines of a server's log that are shown when it cannot start.
const LOG_LINES: usize = 12;

/// Where a server is, or would be.
pub struct Place {
    pub url: String,
    data: Option<PathBuf>,
    /// `--data` says which server is meant: whoever else listens at the usual address is not asked.
    is_by_data: bool,
    region: Option<String>,
    profile: Option<String>,
    config: Option<PathBuf>,
}

/// A server that was started.
pub struct Started {
    pub pid: u32,
    pub data: String,
    pub log: PathBuf,
}

impl Started {
    pub fn json(&self) -> Value {
        json!({"pid": self.pid, "data": self.data, "log": self.log})
    }
}

fn is_same(folder: &Path, other: &Path) -> bool {
    let real = |folder: &Path| std::fs::canonicalize(folder).ok();
    real(folder).is_some_and(|folder| real(other) == Some(folder))
}

impl Place {
    pub fn find(args: &PlaceArgs, listen: Option<&str>) -> Result<Place, CliError> {
        let mut options = ServeOptions {
            data: args.data.clone(),
            listen: listen.map(str::to_owned),
            ..ServeOptions::default()
        };
        if let Some(config) = &args.config {
            options = options.with_file(config)?;
        }
        let data = options.data.or_else(default_data_dir);
        let holder = data.as_deref().and_then(store_sqlite::holder);
        let address = holder.and_then(|holder| holder.address);
        let listen = options.listen.as_deref().unwrap_or(DEFAULT_LISTEN);
        let url = match (&args.server, address) {
            (Some(server), _) => server.trim_end_matches('/').to_owned(),
            (None, Some(address)) => format!("http://{address}"),
            (None, None) => format!("http://{listen}"),
        };
        Ok(Place {
            url,
            data,
            is_by_data: args.data.is_some() && args.server.is_none(),
            region: args.region.clone(),
            profile: args.profile.clone(),
            config: args.config.clone(),
        })
    }

    /// The server, if one answers.
    pub fn connect(&self) -> Result<Option<Api>, CliError> {
        if !self.is_open() {
            return Ok(None);
        }
        let api = self.api()?;
        let wanted = self.data.as_ref().filter(|_| self.is_by_data);
        let is_other = wanted.is_some_and(|wanted| !is_same(wanted, Path::new(&api.data)));
        Ok((!is_other).then_some(api))
    }

    fn api(&self) -> Result<Api, CliError> {
        Api::of(Server::connect(&ServerArgs {
            server: self.url.clone(),
            region: self.region.clone(),
            profile: self.profile.clone(),
            output: Output::Text,
        })?)
    }

    /// `127.0.0.1:8083`; None for what is not plain HTTP.
    fn address(&self) -> Option<&str> {
        let rest = self.url.strip_prefix("http://")?;
        rest.split('/').next()
    }

    fn is_open(&self) -> bool {
        let Some(address) = self.address() else {
            // Nothing of ours; whoever is asked tells.
            return true;
        };
        let with_port = match address.rsplit_once(':') {
            Some(_) => address.to_owned(),
            None => format!("{address}:80"),
        };
        let addresses = with_port.to_socket_addrs().into_iter().flatten();
        addresses
            .filter(|address| address.port() != 0)
            .any(|address| TcpStream::connect_timeout(&address, CONNECT).is_ok())
    }

    fn is_loopback(&self) -> bool {
        let addresses = self.address().map(ToSocketAddrs::to_socket_addrs);
        let mut addresses = addresses.into_iter().flatten().flatten().peekable();
        addresses.peek().is_some() && addresses.all(|address| address.ip().is_loopback())
    }

    /// The server, started if it has to be.
    pub fn connect_or_start(
        &mut self,
        args: &NewServerArgs,
    ) -> Result<(Api, Option<Started>), CliError> {
        if let Some(api) = self.connect()? {
            return Ok((api, None));
        }
        if !self.is_loopback() {
            return Err(CliError::user(format!("no server answers at {}", self.url))
                .with_hint("`up` starts one on this machine alone: --server URL or STEPWRIGHT_SERVER name another"));
        }
        let started = self.start(args)?;
        Ok((self.api()?, Some(started)))
    }

    /// Starts a server that goes on when this process ends, and waits until it is ready.
    fn start(&mut self, args: &NewServerArgs) -> Result<Started, CliError> {
        let failed =
            |error: std::io::Error| CliError::user(format!("a server cannot be started: {error}"));
        let data = self.data.as_ref().ok_or_else(|| {
            CliError::user(
                "there is no place for the server's data: neither XDG_DATA_HOME nor HOME is set",
            )
            .with_hint("--data DIR names one")
        })?;
        let data = std::path::absolute(data).map_err(failed)?;
        std::fs::create_dir_all(&data).map_err(|error| {
            CliError::user(format!("{} cannot be made: {error}", data.display()))
        })?;
        let log = data.join("serve.log");
        let written = OpenOptions::new().create(true).append(true).open(&log);
        let written = written.map_err(|error| {
            CliError::user(format!("{} cannot be written: {error}", log.display()))
        })?;
        let begin = written.metadata().map_or(0, |metadata| metadata.len());
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.args(["serve", "--background", "--output", "json", "--listen"]);
        command.arg(self.address().unwrap_or(DEFAULT_LISTEN));
        command.arg("--data").arg(&data);
        let texts = [
            ("--endpoint-url", &args.endpoint_url),
            ("--account", &args.account),
            ("--region", &self.region),
            ("--profile", &self.profile),
        ];
        for (option, value) in texts {
            if let Some(value) = value {
                command.arg(option).arg(value);
            }
        }
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        // Ctrl-C at this terminal is not meant for it.
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(written)
            .spawn();
        let mut child = child.map_err(failed)?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut line)
                .map_err(failed)?;
        }
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        let Some(url) = ready["url"].as_str() else {
            // It has told why in its log; its end comes before that of its output.
            let _ = child.wait();
            return Err(CliError::user(format!(
                "the server does not start:\n{}",
                last_lines(&log, begin)
            ))
            .with_hint(format!("all of it is in {}", log.display())));
        };
        self.url = url.to_owned();
        Ok(Started {
            pid: child.id(),
            data: data.display().to_string(),
            log,
        })
    }
}

/// What a log has got since it was `begin` bytes long.
fn last_lines(log: &Path, begin: u64) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = text.get(begin as usize..).unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LOG_LINES);
    lines.get(from..).unwrap_or_default().join("\n")
}

/// Ends a server that `up` has started, and waits until it has let go of its data.
pub fn end(api: &Api) -> Result<(), CliError> {
    use rustix::process::{Pid, Signal, kill_process};
    let failed = |why: String| {
        CliError::user(format!(
            "the server (process {}) cannot be ended: {why}",
            api.pid
        ))
    };
    let pid = i32::try_from(api.pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| failed("it did not tell its process".to_owned()))?;
    let lock = File::open(Path::new(&api.data).join("lock"));
    kill_process(pid, Signal::TERM).map_err(|error| failed(error.to_string()))?;
    if let Ok(lock) = lock {
        // It holds the lock as long as it lives.
        lock.lock_shared()
            .map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}
