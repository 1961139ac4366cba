//! The server's options: command line, else environment, else configuration file, else default. Each has the same name in all three:
//! `--endpoint-url`, `STEPWRIGHT_ENDPOINT_URL`, `endpoint-url = "…"`.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use clap::builder::BoolishValueParser;
use clap::{Args, Command, ValueHint};
use serde::Deserialize;

use super::logs::{LogFormat, LogLevel};
use crate::error::CliError;
use crate::input;
use crate::safety::account::parse_account_id;

/// What was given; all of it can also stand in the configuration file.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct ServeOptions {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8083]
    #[arg(long, value_name = "ADDRESS", env = "STEPWRIGHT_LISTEN")]
    pub listen: Option<String>,

    /// Where everything is kept [default: $XDG_DATA_HOME/stepwright or ~/.local/share/stepwright]
    #[arg(long, value_name = "DIR", env = "STEPWRIGHT_DATA", value_hint = ValueHint::DirPath)]
    pub data: Option<PathBuf>,

    /// Where the AWS calls of tasks go instead of AWS
    #[arg(long, value_name = "URL", env = "STEPWRIGHT_ENDPOINT_URL", value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,

    /// The region of all ARNs [default: from AWS's environment or profile, else us-east-1]
    #[arg(long, env = "STEPWRIGHT_REGION")]
    pub region: Option<String>,

    /// The account of all ARNs [default: the credentials' own; 123456789012 without AWS]
    #[arg(long, value_name = "ID", env = "STEPWRIGHT_ACCOUNT", value_parser = parse_account_id)]
    pub account: Option<String>,

    /// The AWS profile of the tasks' calls
    #[arg(long, env = "STEPWRIGHT_PROFILE")]
    pub profile: Option<String>,

    /// A SAM template: its Lambda functions run here
    #[arg(long, value_name = "FILE", env = "STEPWRIGHT_TEMPLATE", value_hint = ValueHint::FilePath)]
    pub template: Option<PathBuf>,

    /// Keep to AWS's limits: 256 KiB of data, 25,000 events, requests of 1 MB, …
    #[arg(long, value_name = "BOOL", env = "STEPWRIGHT_AWS_LIMITS", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub aws_limits: Option<bool>,

    /// Who may call: access keys in a file like ~/.aws/credentials; every request must be signed then
    #[arg(long, value_name = "FILE", env = "STEPWRIGHT_CREDENTIALS", value_hint = ValueHint::FilePath)]
    pub credentials: Option<PathBuf>,

    /// Listen elsewhere than on loopback and let anyone call
    #[arg(long, value_name = "BOOL", env = "STEPWRIGHT_INSECURE_NO_AUTH", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub insecure_no_auth: Option<bool>,

    /// Another name that clients call this server by (in the environment separated by commas)
    #[arg(
        long,
        value_name = "NAME",
        env = "STEPWRIGHT_ALLOWED_HOST",
        value_delimiter = ','
    )]
    pub allowed_host: Option<Vec<String>>,

    /// Days that an ended execution and its history are kept [default: 90]
    #[arg(long, value_name = "DAYS", env = "STEPWRIGHT_RETENTION_DAYS")]
    pub retention_days: Option<u32>,

    /// After a crash make open calls again even if they write and their service would not notice
    #[arg(long, value_name = "BOOL", env = "STEPWRIGHT_RESEND_WRITES", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub resend_writes: Option<bool>,

    /// Connections at once [default: 4096]
    #[arg(long, value_name = "NUMBER", env = "STEPWRIGHT_MAX_CONNECTIONS", value_parser = positive)]
    pub max_connections: Option<usize>,

    /// Requests at work at once, workers that wait for an activity's task not counted [default: 1024]
    #[arg(long, value_name = "NUMBER", env = "STEPWRIGHT_MAX_REQUESTS", value_parser = positive)]
    pub max_requests: Option<usize>,

    /// Calls of tasks at once; more of them wait [default: 512]
    #[arg(long, value_name = "NUMBER", env = "STEPWRIGHT_MAX_CALLS", value_parser = positive)]
    pub max_calls: Option<usize>,

    /// Before the second attempt of an asynchronous invocation whose function failed, twice that before the third [default: 60, as on AWS]
    #[arg(long, value_name = "SECONDS", env = "STEPWRIGHT_ASYNC_RETRY_SECONDS")]
    pub async_retry_seconds: Option<u32>,

    /// The source of status events at EventBridge [default: aws.states, and stepwright.states at AWS itself]
    #[arg(long, value_name = "NAME", env = "STEPWRIGHT_EVENT_SOURCE")]
    pub event_source: Option<String>,

    /// The log's form on standard error [default: text]
    #[arg(long, value_enum, env = "STEPWRIGHT_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,

    /// What is logged [default: info]
    #[arg(long, value_enum, env = "STEPWRIGHT_LOG_LEVEL")]
    pub log_level: Option<LogLevel>,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("not a number from 1 on".to_owned()),
        Ok(number) => Ok(number),
    }
}

impl ServeOptions {
    /// Completed by what the file says. Relative paths in it begin at its folder.
    pub fn with_file(self, path: &Path) -> Result<ServeOptions, CliError> {
        let wrong = |message: String| CliError::user(format!("{}: {message}", path.display()));
        let text = input::read_text(path)?;
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| wrong(error.to_string()))?;
        let known = keys();
        if let Some(key) = table.keys().find(|key| !known.contains(key)) {
            let distance = |known: &&String| strsim::damerau_levenshtein(known, key);
            let nearest = known
                .iter()
                .min_by_key(distance)
                .filter(|known| distance(known) <= 3);
            let hint = match nearest {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => format!("known are {}", known.join(", ")),
            };
            return Err(wrong(format!("{key} is no option of the server")).with_hint(hint));
        }
        let mut file: ServeOptions =
            toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        for (name, number) in [
            ("max-connections", file.max_connections),
            ("max-requests", file.max_requests),
            ("max-calls", file.max_calls),
        ] {
            if number == Some(0) {
                return Err(wrong(format!("{name} is not a number from 1 on")));
            }
        }
        if let Some(account) = &file.account {
            parse_account_id(account).map_err(|error| wrong(format!("account: {error}")))?;
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in [&mut file.data, &mut file.credentials, &mut file.template]
            .into_iter()
            .flatten()
        {
            *path = folder.join(&path);
        }
        Ok(self.or(file))
    }

    fn or(self, other: ServeOptions) -> ServeOptions {
        macro_rules! each {
            ($($field:ident)*) => { ServeOptions { $($field: self.$field.or(other.$field)),* } };
        }
        each! {
            listen data endpoint_url region account profile template aws_limits credentials insecure_no_auth allowed_host
            retention_days resend_writes max_connections max_requests max_calls async_retry_seconds event_source log_format log_level
        }
    }

    pub fn resolve(self) -> Result<Settings, CliError> {
        let listen = self.listen.unwrap_or_else(|| "127.0.0.1:8083".to_owned());
        let addresses: Vec<SocketAddr> = listen
            .to_socket_addrs()
            .map_err(|error| {
                CliError::user(format!("--listen {listen} is no address: {error}"))
                    .with_hint("an address and a port, such as 127.0.0.1:8083 or 0.0.0.0:8083")
            })?
            .collect();
        let is_loopback = addresses.iter().all(|address| address.ip().is_loopback());
        let is_insecure = self.insecure_no_auth.unwrap_or(false);
        if !is_loopback && self.credentials.is_none() && !is_insecure {
            return Err(CliError::user(format!(
                "--listen {listen} lets other machines call, and nobody is asked who they are"
            ))
            .with_hint("--credentials FILE says who may call; --insecure-no-auth lets anyone"));
        }
        if self.credentials.is_some() && is_insecure {
            return Err(CliError::user(
                "--credentials and --insecure-no-auth contradict each other",
            ));
        }
        let data = match self.data {
            Some(data) => data,
            None => default_data_dir().ok_or_else(|| {
                CliError::user(
                    "there is no place for the data: neither XDG_DATA_HOME nor HOME is set",
                )
                .with_hint("--data DIR names one")
            })?,
        };
        Ok(Settings {
            addresses,
            is_loopback,
            data,
            endpoint_url: self.endpoint_url,
            region: self.region,
            account: self.account,
            profile: self.profile,
            template: self.template,
            aws_limits: self.aws_limits.unwrap_or(false),
            credentials: self.credentials,
            allowed_hosts: self.allowed_host.unwrap_or_default(),
            retention_days: self.retention_days.unwrap_or(90),
            resend_writes: self.resend_writes.unwrap_or(false),
            max_connections: self.max_connections.unwrap_or(4096),
            max_requests: self.max_requests.unwrap_or(1024),
            max_calls: self.max_calls.unwrap_or(512),
            async_retry_seconds: self.async_retry_seconds.unwrap_or(60),
            event_source: self.event_source,
            log_format: self.log_format.unwrap_or(LogFormat::Text),
            log_level: self.log_level.unwrap_or(LogLevel::Info),
            is_background: false,
        })
    }
}

/// What holds.
#[derive(Debug)]
pub struct Settings {
    /// One listens on the first that can be had.
    pub addresses: Vec<SocketAddr>,
    /// Only this machine reaches the server.
    pub is_loopback: bool,
    pub data: PathBuf,
    pub endpoint_url: Option<String>,
    pub region: Option<String>,
    pub account: Option<String>,
    pub profile: Option<String>,
    pub template: Option<PathBuf>,
    pub aws_limits: bool,
    pub credentials: Option<PathBuf>,
    pub allowed_hosts: Vec<String>,
    pub retention_days: u32,
    pub resend_writes: bool,
    pub max_connections: usize,
    pub max_requests: usize,
    pub max_calls: usize,
    pub async_retry_seconds: u32,
    pub event_source: Option<String>,
    pub log_format: LogFormat,
    pub log_level: LogLevel,
    /// `stepwright up` has started it.
    pub is_background: bool,
}

/// The names of all options, as the file has them.
fn keys() -> Vec<String> {
    let command = ServeOptions::augment_args(Command::new("serve"));
    let names = command
        .get_arguments()
        .filter_map(|argument| argument.get_long());
    names.map(str::to_owned).collect()
}

/// XDG Base Directory Specification.
pub fn default_data_dir() -> Option<PathBuf> {
    let absolute = |name| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let base =
        absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local").join("share")));
    Some(base?.join("stepwright"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_has_the_same_name_everywhere() {
        let command = ServeOptions::augment_args(Command::new("serve"));
        for argument in command.get_arguments() {
            let long = argument.get_long().unwrap();
            let env = argument.get_env().unwrap().to_str().unwrap();
            assert_eq!(
                env,
                format!("STEPWRIGHT_{}", long.to_uppercase().replace('-', "_"))
            );
            let value = match long {
                "aws-limits" | "insecure-no-auth" | "resend-writes" => "true",
                "allowed-host" => "['a', 'b']",
                "log-format" => "'json'",
                "log-level" => "'debug'",
                "account" => "'111122223333'",
                "retention-days" | "async-retry-seconds" => "7",
                _ if long.starts_with("max-") => "7",
                _ => "'text'",
            };
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("stepwright.toml");
            std::fs::write(&path, format!("{long} = {value}\n")).unwrap();
            let read = ServeOptions::default().with_file(&path).unwrap();
            let shown = format!("{read:?}");
            assert_eq!(shown.matches("Some(").count(), 1, "{long}: {shown}");
        }
    }
}
