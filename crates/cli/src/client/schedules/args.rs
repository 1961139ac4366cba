//! `schedules`, as `--help` shows it.

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use crate::client::args::ServerArgs;

const EXAMPLES: &str = "\
Examples:
  stepwright schedules                             all schedules, and rules with a schedule expression
  stepwright schedules show nightly                the next ten times, the last results, the policies
  stepwright schedules run ops/nightly             now, beside the timetable
  stepwright schedules pause nightly
  stepwright schedules policy nightly --missed catch-up --overlap queue
  stepwright schedules --output json | jq -r '.[] | select(.State == \"ENABLED\") | .Name'

Times are local (TZ). A schedule is named GROUP/NAME, a rule BUS/NAME; NAME alone where only one has it; or the ARN.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct SchedulesArgs {
    #[command(subcommand)]
    pub command: Option<SchedulesCommand>,

    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Debug, Subcommand)]
pub enum SchedulesCommand {
    /// Show the next ten times, the last results and the policies
    Show(NamedArgs),
    /// Let it happen once now, beside its timetable
    Run(RunNowArgs),
    /// Let it do nothing until it is resumed
    Pause(NamedArgs),
    /// Let its timetable go on; what passed meanwhile is not made up for
    Resume(NamedArgs),
    /// Say what becomes of missed and of overlapping occurrences
    Policy(PolicyArgs),
}

#[derive(Debug, Args)]
pub struct NamedArgs {
    /// GROUP/NAME, NAME or the ARN
    pub name: String,

    #[command(flatten)]
    pub server: ServerArgs,
}

const RUN_EXAMPLES: &str = "\
Examples:
  stepwright schedules run nightly
  stepwright schedules run nightly --output json | jq -r '.Results[].ExecutionArn'

Exit codes: 0 it is handed over, or waits for the execution before it; 1 the target refused it, or its overlap policy left it out.";

#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
pub struct RunNowArgs {
    #[command(flatten)]
    pub named: NamedArgs,
}

const POLICY_EXAMPLES: &str = "\
Examples:
  stepwright schedules policy nightly --missed only-last
  stepwright schedules policy ops/nightly --overlap cancel-running

--missed, of occurrences that passed while the server was down: catch-up (each, in order), only-last [default], skip.
--overlap, when the execution that it started before still runs: allow [default, as AWS], skip, queue, cancel-running.";

#[derive(Debug, Args)]
#[command(after_help = POLICY_EXAMPLES)]
#[command(group(ArgGroup::new("policy").args(["missed", "overlap"]).required(true).multiple(true)))]
pub struct PolicyArgs {
    /// Occurrences that passed while the server was down
    #[arg(long, value_enum, ignore_case = true)]
    pub missed: Option<MissedName>,

    /// An execution that it started before still runs
    #[arg(long, value_enum, ignore_case = true)]
    pub overlap: Option<OverlapName>,

    #[command(flatten)]
    pub named: NamedArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MissedName {
    #[value(aliases = ["CATCH_UP", "catch up"])]
    CatchUp,
    #[value(aliases = ["ONLY_LAST", "only last", "only the last", "only-the-last"])]
    OnlyLast,
    Skip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OverlapName {
    Allow,
    Skip,
    Queue,
    #[value(aliases = ["CANCEL_RUNNING", "cancel running", "cancel the running one", "cancel-the-running-one"])]
    CancelRunning,
}

impl MissedName {
    pub fn name(self) -> &'static str {
        match self {
            MissedName::CatchUp => "CATCH_UP",
            MissedName::OnlyLast => "ONLY_LAST",
            MissedName::Skip => "SKIP",
        }
    }
}

impl OverlapName {
    pub fn name(self) -> &'static str {
        match self {
            OverlapName::Allow => "ALLOW",
            OverlapName::Skip => "SKIP",
            OverlapName::Queue => "QUEUE",
            OverlapName::CancelRunning => "CANCEL_RUNNING",
        }
    }
}
