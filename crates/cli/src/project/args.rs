//! `up`, `plan` and `down`, as `--help` shows them.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::args::Output;
use crate::safety::account::parse_account_id;

const UP_EXAMPLES: &str = "\
Examples:
  stepwright up                                      the template of this folder
  stepwright up examples/rolling-restart --watch
  stepwright up --stack staging --var Stage=staging --var AlarmTopic=arn:aws:sns:eu-west-1:123456789012:alarms
  stepwright up --endpoint-url http://127.0.0.1:5000 --data ./data
  stepwright up --server http://10.0.0.5:8083 --prune --output json | jq .changes

The file is a SAM or CloudFormation template. Where no server answers on this machine, one is started in the background; \
`stepwright down` takes the stack away again, and ends that server.

Exit codes:
  0  everything is as the file says
  2  usage or the template is wrong, or the server refuses something: what was made until then stays, and the next `up` goes on
  70 an error inside Stepwright";

/// Make what a template describes
#[derive(Debug, Args)]
#[command(after_help = UP_EXAMPLES)]
pub struct UpArgs {
    #[command(flatten)]
    pub template: TemplateArgs,

    #[command(flatten)]
    pub place: PlaceArgs,

    #[command(flatten)]
    pub server: NewServerArgs,

    /// Remove what left the file
    #[arg(long)]
    pub prune: bool,

    /// Go on: do it again with every save
    #[arg(long)]
    pub watch: bool,

    /// Text for people, or one object (with --watch one a line)
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

const PLAN_EXAMPLES: &str = "\
Examples:
  stepwright plan
  stepwright plan examples/rolling-restart --output json | jq '.changes[] | select(.action != \"none\")'

Exit codes:
  0  there is nothing to do
  2  usage or the template is wrong
  5  there is something to do
  70 an error inside Stepwright";

/// Show what `up` would change
#[derive(Debug, Args)]
#[command(after_help = PLAN_EXAMPLES)]
pub struct PlanArgs {
    #[command(flatten)]
    pub template: TemplateArgs,

    #[command(flatten)]
    pub place: PlaceArgs,

    /// The account of a server that is yet to be started [default: 123456789012]
    #[arg(long, value_name = "ID", value_parser = parse_account_id)]
    pub account: Option<String>,

    /// As if what left the file were removed
    #[arg(long)]
    pub prune: bool,

    /// Text for people, or one object
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

const DOWN_EXAMPLES: &str = "\
Examples:
  stepwright down                            the stack of this folder
  stepwright down --stack staging --yes

Exit codes:
  0  the stack is gone, or there was none
  2  usage is wrong, executions run (--yes goes on), or the server refuses something";

/// Take away what `up` has made
#[derive(Debug, Args)]
#[command(after_help = DOWN_EXAMPLES)]
pub struct DownArgs {
    /// The template or its folder, whose name is that of the stack [default: this folder]
    #[arg(value_name = "TEMPLATE|FOLDER", value_hint = ValueHint::AnyPath)]
    pub path: Option<PathBuf>,

    /// The stack [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,

    #[command(flatten)]
    pub place: PlaceArgs,

    /// Go on although executions of its state machines run
    #[arg(long)]
    pub yes: bool,

    /// Text for people, or one object
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

/// Which template, with which values.
#[derive(Debug, Args)]
pub struct TemplateArgs {
    /// A template, or a folder with template.yaml [default: this folder]
    #[arg(value_name = "TEMPLATE|FOLDER", value_hint = ValueHint::AnyPath)]
    pub path: Option<PathBuf>,

    /// What it is called on the server [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,

    /// A value for a parameter; of a resource that is elsewhere what it is (`Topic=ARN`, `Key.Arn=ARN`)
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,

    /// A file of such values: an object in JSON or YAML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub var_file: Vec<PathBuf>,

    /// Values for parameters, as `sam deploy` takes them
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    pub parameter_overrides: Vec<String>,
}

/// Which server.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// The server [default: the one that has --data open; without --data http://127.0.0.1:8083]
    #[arg(long, value_name = "URL", env = "STEPWRIGHT_SERVER", value_hint = ValueHint::Url)]
    pub server: Option<String>,

    /// The server's data directory [default: that of `serve`]
    #[arg(long, value_name = "DIR", env = "STEPWRIGHT_DATA", value_hint = ValueHint::DirPath)]
    pub data: Option<PathBuf>,

    /// The configuration file of the server
    #[arg(long, value_name = "FILE", env = "STEPWRIGHT_CONFIG", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// The region [default: the server's]
    #[arg(long)]
    pub region: Option<String>,

    /// The AWS profile: of the server's calls, or with the keys for a server that wants signatures
    #[arg(long)]
    pub profile: Option<String>,
}

/// How a server is started where none answers.
#[derive(Debug, Args)]
pub struct NewServerArgs {
    /// Where the started server listens; port 0 takes a free one [default: 127.0.0.1:8083]
    #[arg(long, value_name = "ADDRESS", env = "STEPWRIGHT_LISTEN")]
    pub listen: Option<String>,

    /// Where its AWS calls go instead of AWS
    #[arg(long, value_name = "URL", env = "STEPWRIGHT_ENDPOINT_URL", value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,

    /// The account of all its ARNs
    #[arg(long, value_name = "ID", env = "STEPWRIGHT_ACCOUNT", value_parser = parse_account_id)]
    pub account: Option<String>,
}
