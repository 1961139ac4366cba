//! `functions`, as `--help` shows it.

use clap::{Args, Subcommand};

use crate::client::args::ServerArgs;

const EXAMPLES: &str = "\
Examples:
  stepwright functions                             all functions
  stepwright functions show resize                 configuration, versions, aliases
  stepwright functions invoke resize --payload '{\"width\": 80}'
  stepwright functions invoke resize --payload @event.json --qualifier live --output json | jq .Payload
  stepwright functions logs resize --since 1h --follow

A function is named as Lambda's API takes it: NAME, NAME:QUALIFIER, or the ARN.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct FunctionsArgs {
    #[command(subcommand)]
    pub command: Option<FunctionsCommand>,

    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Debug, Subcommand)]
pub enum FunctionsCommand {
    /// Show configuration, versions and aliases
    Show(ShowArgs),
    /// Invoke a function and show its result and the end of its log
    Invoke(InvokeArgs),
    /// Show what a function prints
    Logs(LogsArgs),
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// NAME or the ARN, of a version or an alias too
    pub name: String,

    #[command(flatten)]
    pub server: ServerArgs,
}

const INVOKE_EXAMPLES: &str = "\
Examples:
  stepwright functions invoke resize
  stepwright functions invoke resize --payload '{\"width\": 80}' --qualifier 3
  stepwright functions invoke resize --payload @event.json --async

Exit codes: 0 the function has answered (with --async: its event is queued); 1 the function failed; 2 usage is wrong, or the server refuses.
The result goes to standard output, the end of the log to standard error.";

#[derive(Debug, Args)]
#[command(after_help = INVOKE_EXAMPLES)]
pub struct InvokeArgs {
    /// NAME or the ARN
    pub name: String,

    /// The event: JSON, @FILE, file://FILE, or - for standard input [default: {}]
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub payload: Option<String>,

    /// Version or alias
    #[arg(long)]
    pub qualifier: Option<String>,

    /// Do not wait: the server tries up to three times
    #[arg(long = "async")]
    pub is_async: bool,

    #[command(flatten)]
    pub server: ServerArgs,
}

const LOGS_EXAMPLES: &str = "\
Examples:
  stepwright functions logs resize
  stepwright functions logs resize --since 1h
  stepwright functions logs resize --follow        until Ctrl-C";

#[derive(Debug, Args)]
#[command(after_help = LOGS_EXAMPLES)]
pub struct LogsArgs {
    /// NAME or the ARN
    pub name: String,

    /// How far back: 30s, 10m, 2h, 1d
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub since: jiff::SignedDuration,

    /// Go on with what is printed from now on
    #[arg(long)]
    pub follow: bool,

    #[command(flatten)]
    pub server: ServerArgs,
}

fn duration(text: &str) -> Result<jiff::SignedDuration, String> {
    // A day has 24 hours here.
    let (number, is_days) = match text.strip_suffix('d') {
        Some(days) => (format!("{days}h"), true),
        None => (text.to_owned(), false),
    };
    let parsed = number.parse::<jiff::SignedDuration>();
    let parsed = parsed.map_err(|_| "a duration is written 30s, 10m, 2h or 1d".to_owned())?;
    let factor = if is_days { 24 } else { 1 };
    let duration = parsed
        .checked_mul(factor)
        .filter(|duration| !duration.is_negative());
    duration.ok_or_else(|| "a duration is positive, and no longer than time".to_owned())
}
