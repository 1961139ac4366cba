//! The command line of `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

const EXPORT_EXAMPLES: &str = "\
Examples:
  stepwright export terraform examples/rolling-restart --out infrastructure
  stepwright export cloudformation template.yaml > plain.yaml
  stepwright export sam restart.asl.json --var TopicArn=arn:aws:sns:…
  stepwright export asl . --resolve --var AWS::AccountId=123456789012 --region eu-central-1
  stepwright export yaml restart.asl.json > restart.asl.yaml

The role of each state machine allows what its definition does and nothing else. What of the template has no place in the \
format is said on standard error and in comments.

Exit codes:
  0  written
  2  usage, the template or the definition is wrong, or files would be overwritten";

#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub struct ExportArgs {
    /// What to write
    #[arg(value_enum)]
    pub format: Format,

    /// A definition, a SAM or CloudFormation template, or a folder with a template
    #[arg(value_name = "FILE|FOLDER", value_hint = ValueHint::AnyPath)]
    pub path: PathBuf,

    /// The folder to write into [default: one text on standard output]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,

    /// Overwrite files that are there with another content
    #[arg(long, requires = "out")]
    pub force: bool,

    /// A value for `${NAME}` in a definition, or for a parameter of the template
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,

    /// The same, in the words of `sam deploy`
    #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
    pub parameter_overrides: Vec<String>,

    /// A file of such values: an object in JSON or YAML, or what `terraform show -json` prints
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub var_file: Vec<PathBuf>,

    /// asl and yaml: put values in place of all `${NAME}`, as a local run has them
    #[arg(long)]
    pub resolve: bool,

    /// asl and yaml: the state machine of a template that has several, by its logical id
    #[arg(long, value_name = "ID")]
    pub state_machine: Option<String>,

    /// asl and yaml with --resolve: the AWS region
    #[arg(long)]
    pub region: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A Terraform module
    Terraform,
    /// An AWS SAM template
    Sam,
    /// A CloudFormation template without SAM
    Cloudformation,
    /// The definition in JSON
    Asl,
    /// The definition in YAML
    Yaml,
}
