//! The command line, as `--help` shows it.

use std::path::PathBuf;

use crate::client::args as client;
use crate::client::functions::args::FunctionsArgs;
use crate::client::schedules::args::SchedulesArgs;
use crate::commands::backup::{BackupArgs, RestoreArgs};
use crate::commands::users::UsersArgs;
use crate::export::args::ExportArgs;
use crate::import::ImportCommand;
use crate::project::args as project;
use crate::safety::account::parse_account_id;
use crate::serve::options::ServeOptions;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use serde::{Deserialize, Serialize};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// AWS Step Functions workflows, anywhere.
#[derive(Debug, Parser)]
#[command(name = "stepwright", version, styles = STYLES, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a workflow to its end
    Run(Box<RunArgs>),
    /// Check definitions as AWS would
    Validate(ValidateArgs),
    /// Tell whether an event matches an event pattern, and why not
    Match(MatchArgs),
    /// Find AWS actions that a task can call
    Actions(ActionsArgs),
    /// Show an AWS action: parameters, result, errors, an example
    Action(ActionArgs),
    /// Write a workflow for Terraform, SAM or CloudFormation, or its plain definition
    Export(ExportArgs),
    /// Write the state machines of an account, or of a server, as files
    #[command(subcommand)]
    Import(ImportCommand),
    /// Serve the AWS Step Functions API, durably
    Serve(Box<ServeArgs>),
    /// Make what a template describes on a server, and start one where none answers
    Up(Box<project::UpArgs>),
    /// Show what `up` would change
    Plan(Box<project::PlanArgs>),
    /// Take away what `up` has made
    Down(Box<project::DownArgs>),
    /// Start an execution on a server
    Start(client::StartArgs),
    /// List a server's state machines, executions, activities
    List(client::ListArgs),
    /// Show one of them
    Describe(client::DescribeArgs),
    /// Show an execution's events
    History(client::HistoryArgs),
    /// Show what an execution does, a line each
    Logs(client::LogsArgs),
    /// End an execution, at once or gently
    Stop(client::StopArgs),
    /// Let an execution start nothing further for now
    Pause(client::PauseArgs),
    /// Go on with what was paused or interrupted
    Resume(client::ResumeArgs),
    /// Run the failed step of an execution again
    Redrive(client::RedriveArgs),
    /// Create a state machine on a server
    Create(client::CreateArgs),
    /// Give a state machine a new definition
    Update(client::UpdateArgs),
    /// Delete a state machine, version, alias or activity
    Delete(client::DeleteArgs),
    /// Show a server's functions and their logs, invoke one
    Functions(FunctionsArgs),
    /// Show a server's schedules and when they are due; run, pause and resume them
    Schedules(SchedulesArgs),
    /// Say who may sign in to the console of a server that asks for signatures
    Users(UsersArgs),
    /// Copy a server's data to a file while it serves
    Backup(BackupArgs),
    /// Make a data directory from a backup
    Restore(RestoreArgs),
    /// Print a shell's completion script
    Completions { shell: clap_complete::Shell },
    /// What the completion scripts ask for
    #[command(hide = true)]
    CompleteAction {
        #[arg(allow_hyphen_values = true, default_value = "")]
        written: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Output {
    Text,
    Json,
}

const RUN_EXAMPLES: &str = "\
Examples:
  stepwright run restart.asl.json --input @input.json
  stepwright run restart.asl.json --input '{\"max\": 2}' --var TopicArn=arn:aws:sns:…
  stepwright run restart.asl.json --mocks mocks.json --case OneServerFails --virtual-time
  stepwright run restart.asl.json --endpoint-url http://127.0.0.1:5000 --output json | jq .status
  stepwright run restart.asl.json --profile ops --dry-run --output json | jq .policy
  stepwright run restart.asl.json --profile ops --expect-account 123456789012 --yes

Exit codes:
  0  SUCCEEDED; or a dry run that came as far as it can
  1  FAILED
  2  usage or configuration is wrong, or the definition cannot run
  3  TIMED_OUT
  4  ABORTED
  70 an error inside Stepwright, or a result that cannot be written
  75 paused, or its terminal is lost: `stepwright resume` goes on

Ctrl-C once drains: no further Map item starts, what runs finishes, then the Map fails with Stepwright.Drained, so that Catch \
and clean-up run. Ctrl-C twice aborts and lists what was done.";

#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[command(after_help = RUN_EXAMPLES)]
pub struct RunArgs {
    /// The definition: Amazon States Language in JSON or YAML
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// The input: JSON, @FILE, file://FILE, or - for standard input [default: {}]
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub input: Option<String>,

    /// A value for `${NAME}` in the definition, or for a parameter of the template
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,

    /// A file of such values: an object in JSON or YAML, or what `terraform show -json` prints
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub var_file: Vec<PathBuf>,

    /// The SAM template with the functions and substitutions [default: template.yaml beside FILE or one folder up]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub template: Option<PathBuf>,

    /// Where every AWS call goes instead of AWS
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,

    /// The AWS region [default: from the environment or the profile]
    #[arg(long)]
    pub region: Option<String>,

    /// The AWS profile
    #[arg(long)]
    pub profile: Option<String>,

    /// Answers in place of AWS: a mock configuration file of Step Functions Local
    #[arg(long, value_name = "FILE", requires = "case", value_hint = ValueHint::FilePath)]
    pub mocks: Option<PathBuf>,

    /// The test case of the mock file
    #[arg(long, value_name = "NAME", requires = "mocks")]
    pub case: Option<String>,

    /// Go on without the question when the definition can change a real account
    #[arg(long)]
    pub yes: bool,

    /// Refuse to run unless the credentials belong to this AWS account
    #[arg(long, value_name = "ID", env = "STEPWRIGHT_EXPECT_ACCOUNT", value_parser = parse_account_id)]
    pub expect_account: Option<String>,

    /// Really read, and tell what would be written instead of writing it; at the end a list, and the IAM policy that the run needs
    #[arg(long)]
    pub dry_run: bool,

    /// Take an action for one that only reads
    #[arg(long, value_name = "SERVICE:ACTION")]
    pub assume_read: Vec<String>,

    /// Take an action for one that writes
    #[arg(long, value_name = "SERVICE:ACTION")]
    pub assume_write: Vec<String>,

    /// Refuse names in parameters that AWS refuses: those of the wire, and those in another case
    #[arg(long)]
    pub strict: bool,

    /// Waits, backoffs and timeouts cost no real time
    #[arg(long)]
    pub virtual_time: bool,

    /// Keep nothing: the execution ends with this process, and cannot be resumed
    #[arg(long)]
    pub ephemeral: bool,

    /// Write the events as GetExecutionHistory answers them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub history: Option<PathBuf>,

    /// What stands on standard output at the end
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,

    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
}

const SERVE_EXAMPLES: &str = "\
Examples:
  stepwright serve
  stepwright serve --endpoint-url http://127.0.0.1:5000 --data ./data
  stepwright serve --template template.yaml --aws-limits
  stepwright serve --listen 0.0.0.0:8083 --credentials callers.ini
  stepwright serve --config /etc/stepwright/stepwright.toml --log-format json

Each option can also be an environment variable (STEPWRIGHT_ENDPOINT_URL) or stand in the configuration file \
(endpoint-url = \"…\"). The command line goes first, the file last.

SIGTERM and Ctrl-C finish what is being answered and leave open work for the next start; a second one ends at once. \
SIGHUP reads the file of --credentials again.";

#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub struct ServeArgs {
    /// A file with these options, in TOML
    #[arg(long, value_name = "FILE", env = "STEPWRIGHT_CONFIG", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    #[command(flatten)]
    pub options: ServeOptions,

    /// What is told on standard output when the server is ready
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,

    /// Started by `stepwright up`, and to be ended by `stepwright down`
    #[arg(long, hide = true)]
    pub background: bool,
}

const VALIDATE_EXAMPLES: &str = "\
Examples:
  stepwright validate *.asl.json
  stepwright validate restart.asl.yaml --output json
  terraform show -json > state.json; stepwright validate restart.asl.json --var-file state.json

Exit codes:
  0  AWS would accept all files
  1  AWS would not
  2  a file cannot be read";

#[derive(Debug, Args)]
#[command(after_help = VALIDATE_EXAMPLES)]
pub struct ValidateArgs {
    /// Definitions in JSON or YAML
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,

    /// A value for `${NAME}`; without one it may stand for anything
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,

    /// A file of such values: an object in JSON or YAML, or what `terraform show -json` prints
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub var_file: Vec<PathBuf>,

    /// Findings for people, or a list with an object a file
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

const MATCH_EXAMPLES: &str = "\
Examples:
  stepwright match '{\"source\": [\"aws.states\"]}' '{\"source\": \"aws.states\", \"detail\": {\"status\": \"FAILED\"}}'
  stepwright match @pattern.json @event.json
  aws events describe-rule --name R --query EventPattern --output text | stepwright match - @event.json
  stepwright match @pattern.json @event.json --output json | jq -r '.mismatches[].path'

Exit codes:
  0  the event matches
  1  it does not
  2  the pattern or the event is wrong";

#[derive(Debug, Args)]
#[command(after_help = MATCH_EXAMPLES)]
pub struct MatchArgs {
    /// The pattern of a rule: JSON, @FILE, file://FILE, or - for standard input
    #[arg(allow_hyphen_values = true)]
    pub pattern: String,

    /// The whole event, with source and detail: JSON, @FILE, file://FILE, or - for standard input
    #[arg(allow_hyphen_values = true)]
    pub event: String,

    /// Lines for people, or one object
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

const ACTIONS_EXAMPLES: &str = "\
Examples:
  stepwright actions                       all services
  stepwright actions reboot instance       words in any order
  stepwright actions elbv2                 a service by any of its names
  stepwright actions ssm:describeInst      the beginning of an action
  stepwright actions put item --output json | jq -r '.[].resource'

Exit codes:
  0  something is found
  1  nothing is
  2  usage is wrong";

#[derive(Debug, Args)]
#[command(after_help = ACTIONS_EXAMPLES)]
pub struct ActionsArgs {
    /// What to search for: words of an action or of a service [default: list the services]
    #[arg(value_name = "SEARCH", value_hint = ValueHint::Other)]
    pub search: Vec<String>,

    /// Show everything, however long it is
    #[arg(long)]
    pub all: bool,

    /// Lines for people, or a list with an object an action or service
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

const ACTION_EXAMPLES: &str = "\
Examples:
  stepwright action ec2:rebootInstances
  stepwright action elbv2 describe-target-health
  stepwright action arn:aws:states:::sqs:sendMessage.waitForTaskToken
  stepwright action dynamodb:putItem --snippet > put-item.asl.json
  stepwright action ssm:describeInstancePatches --pages --snippet --yaml
  stepwright action rds:describeDBInstances --output json | jq '.errors[].name'";

#[derive(Debug, Args)]
#[command(after_help = ACTION_EXAMPLES)]
pub struct ActionArgs {
    /// The action: ec2:rebootInstances, ec2 reboot-instances, elbv2:describe_load_balancers or a task's Resource
    #[arg(required = true, value_name = "SERVICE:ACTION", value_hint = ValueHint::Other)]
    pub action: Vec<String>,

    /// Levels of nested structures that are shown [default: 3, with --output json 8]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=32))]
    pub depth: Option<u8>,

    /// Print nothing but the definition that calls it
    #[arg(long, conflicts_with = "output")]
    pub snippet: bool,

    /// The definition in YAML
    #[arg(long)]
    pub yaml: bool,

    /// The definition calls it once for each page of its answer (in JSONata)
    #[arg(long)]
    pub pages: bool,

    /// The query language of the definition
    #[arg(
        long,
        value_name = "LANGUAGE",
        default_value = "JSONata",
        ignore_case = true
    )]
    pub query_language: QueryLanguageName,

    /// A page for people, or one object
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

/// Spelled as definitions spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum QueryLanguageName {
    #[value(name = "JSONata")]
    Jsonata,
    #[value(name = "JSONPath")]
    JsonPath,
}
