//! The commands for a running server, as `--help` shows them.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::args::Output;

/// Which server, and how its answer is told.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// The server
    #[arg(long, value_name = "URL", env = "STEPWRIGHT_SERVER", default_value = "http://127.0.0.1:8083", value_hint = ValueHint::Url)]
    pub server: String,

    /// The region in signatures [default: from the environment or the profile]
    #[arg(long)]
    pub region: Option<String>,

    /// The AWS profile with the keys, for a server that wants signatures
    #[arg(long)]
    pub profile: Option<String>,

    /// Text for people, or what the API answers
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

const START_EXAMPLES: &str = "\
Examples:
  stepwright start restart --input '{\"max\": 2}'
  stepwright start restart --input @input.json --name maintenance-2026-11 --follow
  stepwright start arn:aws:states:us-east-1:123456789012:stateMachine:restart:prod --wait --output json | jq .status

Exit codes, with --wait or --follow:
  0 SUCCEEDED   1 FAILED   3 TIMED_OUT   4 ABORTED
Without: 0 when it has started. 2: usage is wrong, the server refuses or does not answer.

Ctrl-C while waiting stops the waiting, not the execution.";

#[derive(Debug, Args)]
#[command(after_help = START_EXAMPLES)]
pub struct StartArgs {
    /// The state machine: its name, or the ARN of it, of a version or of an alias
    pub state_machine: String,

    /// The input: JSON, @FILE, file://FILE, or - for standard input [default: {}]
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub input: Option<String>,

    /// The execution's name [default: a UUID]; the same name and input again start nothing new
    #[arg(long)]
    pub name: Option<String>,

    #[command(flatten)]
    pub wait: WaitArgs,

    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Debug, Args)]
pub struct WaitArgs {
    /// Wait for the end, print the output, and exit as `run` does
    #[arg(long)]
    pub wait: bool,

    /// Show the execution while it runs, as `run` does, and wait for its end
    #[arg(long)]
    pub follow: bool,
}

const LIST_EXAMPLES: &str = "\
Examples:
  stepwright list                                  state machines
  stepwright list restart                          its executions, newest first
  stepwright list restart --status FAILED --limit 5
  stepwright list activities
  stepwright list arn:aws:states:us-east-1:123456789012:mapRun:restart/Each:…    children of a Map Run
  stepwright list --output json | jq -r '.[].name'";

#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub struct ListArgs {
    /// A state machine (name or ARN; also of a version, an alias or a Map Run) whose executions are listed; `activities`;
    /// `runs`: what `stepwright run` has kept [default: list state machines]
    pub of: Option<String>,

    /// Only executions with this status
    #[arg(long, value_enum, ignore_case = true)]
    pub status: Option<StatusName>,

    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub limit: usize,

    #[command(flatten)]
    pub server: ServerArgs,
}

/// As the API spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusName {
    #[value(name = "RUNNING")]
    Running,
    #[value(name = "SUCCEEDED")]
    Succeeded,
    #[value(name = "FAILED")]
    Failed,
    #[value(name = "TIMED_OUT")]
    TimedOut,
    #[value(name = "ABORTED")]
    Aborted,
    #[value(name = "PENDING_REDRIVE")]
    PendingRedrive,
}

const DESCRIBE_EXAMPLES: &str = "\
Examples:
  stepwright describe restart                      a state machine
  stepwright describe restart/maintenance-2026-11  an execution
  stepwright describe restart --output json | jq -r .definition";

#[derive(Debug, Args)]
#[command(after_help = DESCRIBE_EXAMPLES)]
pub struct DescribeArgs {
    /// A state machine's name, an execution (STATE_MACHINE/NAME), or the ARN of anything
    pub what: String,

    #[command(flatten)]
    pub server: ServerArgs,
}

const HISTORY_EXAMPLES: &str = "\
Examples:
  stepwright history restart/maintenance-2026-11
  stepwright history restart/maintenance-2026-11 --reverse --limit 10
  stepwright history restart/maintenance-2026-11 --output json | jq '.events[] | select(.type == \"TaskFailed\")'

An execution is named by its ARN, as STATE_MACHINE/NAME, or by NAME alone when only one state machine has it.";

#[derive(Debug, Args)]
#[command(after_help = HISTORY_EXAMPLES)]
pub struct HistoryArgs {
    /// The execution: STATE_MACHINE/NAME or its ARN
    pub execution: String,

    /// Latest event first
    #[arg(long)]
    pub reverse: bool,

    /// Leave inputs and outputs out
    #[arg(long)]
    pub no_data: bool,

    /// How many events at most [default: all]
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,

    #[command(flatten)]
    pub server: ServerArgs,
}

const LOGS_EXAMPLES: &str = "\
Examples:
  stepwright logs restart/maintenance-2026-11           what happened, a line each
  stepwright logs restart/maintenance-2026-11 --follow  and what happens, until it ends";

#[derive(Debug, Args)]
#[command(after_help = LOGS_EXAMPLES)]
pub struct LogsArgs {
    /// The execution: STATE_MACHINE/NAME or its ARN
    pub execution: String,

    /// Go on until the execution ends
    #[arg(long, short)]
    pub follow: bool,

    #[command(flatten)]
    pub server: ServerArgs,
}

const STOP_EXAMPLES: &str = "\
Examples:
  stepwright stop restart/maintenance-2026-11 --cause 'wrong window'
  stepwright stop restart/maintenance-2026-11 --drain
  stepwright stop 3f0c…                            a run of `stepwright run`, by the beginning of its ID

--drain winds it down: no further Map item starts, what runs finishes, then the Map fails with Stepwright.Drained, so that Catch \
and clean-up run. Without it the execution ends at once as ABORTED, and no clean-up runs.";

#[derive(Debug, Args)]
#[command(after_help = STOP_EXAMPLES)]
pub struct StopArgs {
    /// The execution: STATE_MACHINE/NAME, its ARN, or the ID of a run of `stepwright run`
    pub execution: String,

    /// Wind it down instead of ending it at once
    #[arg(long, conflicts_with_all = ["error", "cause"])]
    pub drain: bool,

    /// The error of the ABORTED execution
    #[arg(long)]
    pub error: Option<String>,

    /// Why, for the history
    #[arg(long)]
    pub cause: Option<String>,

    #[command(flatten)]
    pub server: ServerArgs,
}

const PAUSE_EXAMPLES: &str = "\
Examples:
  stepwright pause restart/maintenance-2026-11
  stepwright resume restart/maintenance-2026-11

A paused execution starts nothing: calls that are out finish and their answers are kept, timers wait. A run of `stepwright run` ends \
its process once no call is out.";

#[derive(Debug, Args)]
#[command(after_help = PAUSE_EXAMPLES)]
pub struct PauseArgs {
    /// The execution: STATE_MACHINE/NAME, its ARN, or the ID of a run of `stepwright run`
    pub execution: String,

    #[command(flatten)]
    pub server: ServerArgs,
}

const RESUME_EXAMPLES: &str = "\
Examples:
  stepwright resume                                the latest run that a crash or a lost terminal cut short
  stepwright resume 3f0c                           a certain one, by the beginning of its ID (`stepwright list runs`)
  stepwright resume restart/maintenance-2026-11    a paused execution on a server

A resumed run goes on where its last durable step ended. A call that was out then is made again if that does no harm (it reads, or its \
service knows it by a token); otherwise its attempt fails with Stepwright.OutcomeUnknown, which Retry and Catch see.";

#[derive(Debug, Args)]
#[command(after_help = RESUME_EXAMPLES)]
pub struct ResumeArgs {
    /// The ID of a run, or an execution on a server: STATE_MACHINE/NAME or its ARN [default: the latest interrupted run]
    pub execution: Option<String>,

    #[command(flatten)]
    pub server: ServerArgs,
}

const REDRIVE_EXAMPLES: &str = "\
Examples:
  stepwright redrive restart/maintenance-2026-11 --follow

The failed step runs again; what had succeeded is not repeated. For Standard executions that ended without success.";

#[derive(Debug, Args)]
#[command(after_help = REDRIVE_EXAMPLES)]
pub struct RedriveArgs {
    /// The execution: STATE_MACHINE/NAME or its ARN
    pub execution: String,

    #[command(flatten)]
    pub wait: WaitArgs,

    #[command(flatten)]
    pub server: ServerArgs,
}

const CREATE_EXAMPLES: &str = "\
Examples:
  stepwright create restart.asl.yaml
  stepwright create restart.asl.json --name restart-prod --var TopicArn=arn:aws:sns:… --publish
  stepwright create api.asl.json --type EXPRESS --output json | jq -r .stateMachineArn";

#[derive(Debug, Args)]
#[command(after_help = CREATE_EXAMPLES)]
pub struct CreateArgs {
    /// The definition: Amazon States Language in JSON or YAML
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// The state machine's name [default: the file's, up to its first dot]
    #[arg(long)]
    pub name: Option<String>,

    #[arg(
        long = "type",
        value_enum,
        default_value = "STANDARD",
        ignore_case = true
    )]
    pub kind: MachineType,

    #[command(flatten)]
    pub definition: DefinitionArgs,

    #[command(flatten)]
    pub server: ServerArgs,
}

/// What creating and updating have in common.
#[derive(Debug, Args)]
pub struct DefinitionArgs {
    /// The role that it runs in; a server outside of AWS does not look at it [create's default: one named StepwrightExecution]
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,

    /// A value for `${NAME}` in the definition
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,

    /// A file of such values: an object in JSON or YAML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub var_file: Vec<PathBuf>,

    /// Publish a version
    #[arg(long)]
    pub publish: bool,

    /// What is new in the version
    #[arg(long, requires = "publish")]
    pub version_description: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MachineType {
    #[value(name = "STANDARD")]
    Standard,
    #[value(name = "EXPRESS")]
    Express,
}

const UPDATE_EXAMPLES: &str = "\
Examples:
  stepwright update restart.asl.yaml
  stepwright update restart.asl.yaml --state-machine restart-prod --publish

What runs goes on with the definition that it was started with.";

#[derive(Debug, Args)]
#[command(after_help = UPDATE_EXAMPLES)]
pub struct UpdateArgs {
    /// The definition: Amazon States Language in JSON or YAML
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// The state machine's name or ARN [default: the file's name, up to its first dot]
    #[arg(long, value_name = "NAME")]
    pub state_machine: Option<String>,

    #[command(flatten)]
    pub definition: DefinitionArgs,

    #[command(flatten)]
    pub server: ServerArgs,
}

const DELETE_EXAMPLES: &str = "\
Examples:
  stepwright delete restart
  stepwright delete arn:aws:states:us-east-1:123456789012:stateMachine:restart:3    a version

A state machine whose executions run is deleted when the last of them has ended.";

#[derive(Debug, Args)]
#[command(after_help = DELETE_EXAMPLES)]
pub struct DeleteArgs {
    /// A state machine's name, or the ARN of one, of a version, an alias or an activity
    pub what: String,

    #[command(flatten)]
    pub server: ServerArgs,
}
