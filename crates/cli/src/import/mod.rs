//! `stepwright import`: the state machines of an account, or of any endpoint, as files.

mod read;
mod report;
mod secrets;
mod template;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use serde_json::json;

use crate::args::Output;
use crate::error::CliError;
use crate::export::files::Files;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  stepwright import aws --profile ops --region eu-central-1 --out workflows
  stepwright import aws --prefix restart- --out workflows --output json | jq '.stateMachines[] | select(.runsHere | not)'
  stepwright import aws --endpoint-url http://127.0.0.1:8083 --out copy

It only reads: ListStateMachines, DescribeStateMachine, tags, versions, aliases, and the schedules and rules that start them.

Exit codes:
  0  written
  2  usage or configuration is wrong, AWS refuses, or files would be overwritten";

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Definitions, a template that deploys them, and a report of what runs here
    Aws(AwsArgs),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AwsArgs {
    /// Only state machines whose names begin so
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub prefix: String,

    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,

    /// Overwrite files that are there with another content
    #[arg(long)]
    pub force: bool,

    /// Where to read instead of AWS: a server of Stepwright's, or any other endpoint
    #[arg(long, visible_alias = "server", value_name = "URL", value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,

    /// The AWS region [default: from the environment or the profile]
    #[arg(long)]
    pub region: Option<String>,

    /// The AWS profile
    #[arg(long)]
    pub profile: Option<String>,

    /// A summary for people, or the report as an object
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

pub fn import(command: &ImportCommand) -> Result<u8, CliError> {
    let ImportCommand::Aws(args) = command;
    let account = read::read(args)?;
    let report = report::Report::of(&account);
    let mut files = Files::default();
    for machine in &account.machines {
        let path = format!("statemachine/{}.asl.json", machine.file);
        files.text(&path, machine.pretty_definition());
    }
    files.text("template.yaml", template::write(&account));
    files.text("REPORT.md", report.markdown());
    if account.machines.is_empty() {
        let what = match args.prefix.as_str() {
            "" => "there are no state machines".to_owned(),
            prefix => format!("no state machine's name begins with {prefix}"),
        };
        return Err(CliError::user(what)
            .with_hint("--region, --profile and --endpoint-url say where to look"));
    }
    files.write(&args.out, args.force)?;
    match args.output {
        Output::Json => {
            let mut object = report.json();
            let paths = files.list.iter().map(|(path, _)| args.out.join(path));
            object["files"] = json!(paths.collect::<Vec<_>>());
            terminal::print_json(&object)?;
        }
        Output::Text => terminal::print(&report.summary(&args.out))?,
    }
    Ok(0)
}
