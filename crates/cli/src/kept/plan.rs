//! What a run was asked to do, for the one who resumes it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use query::Payload;
use serde::{Deserialize, Serialize};
use states_language::source::Source;

use crate::args::RunArgs;
use crate::error::CliError;
use crate::safety::account::{self, Caller};

/// The folder's `run.json`. Credentials are not in it: whoever resumes brings theirs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    pub format: u32,
    pub execution_arn: String,
    /// Milliseconds since 1970.
    pub started_millis: i64,
    /// The account that the run works on, when it is a real one: it is resumed with no other.
    pub account_id: Option<String>,
    pub input: String,
    /// The definition's text: the file may change while the run rests.
    pub definition: String,
    pub args: RunArgs,
}

const FORMAT: u32 = 1;

impl Plan {
    pub fn new(
        args: &RunArgs,
        source: &Source,
        input: &Payload,
        execution_arn: &str,
        account_id: Option<&str>,
    ) -> Plan {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let all = |paths: &[PathBuf]| paths.iter().map(|path| absolute(path)).collect();
        Plan {
            format: FORMAT,
            execution_arn: execution_arn.to_owned(),
            started_millis: Timestamp::now().as_millisecond(),
            account_id: account_id.map(str::to_owned),
            input: input.text().to_string(),
            definition: source.text().to_owned(),
            args: RunArgs {
                file: absolute(&args.file),
                template: args.template.as_deref().map(absolute),
                var_file: all(&args.var_file),
                history: args.history.as_deref().map(absolute),
                ..args.clone()
            },
        }
    }

    /// Refuses to go on with another account than the one that it began with.
    pub fn check_account(&self, caller: Option<&Caller>) -> Result<(), CliError> {
        match (&self.account_id, caller) {
            (Some(began), Some(caller)) => account::check(began, caller),
            (None, None) => Ok(()),
            (Some(began), None) => Err(CliError::user(format!(
                "the run began on AWS account {began}, and the configuration leads elsewhere now"
            ))
            .with_hint("AWS_ENDPOINT_URL and the profile decide where calls go")),
            (None, Some(caller)) => Err(CliError::user(format!(
                "the run began away from AWS, and the configuration leads to AWS account {} now",
                caller.account_id
            ))
            .with_hint("AWS_ENDPOINT_URL and the profile decide where calls go")),
        }
    }

    /// # Errors
    /// Paths that are no Unicode have no place in JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// None for what no release that is this old wrote.
    pub fn from_json(text: &str) -> Option<Plan> {
        let plan: Plan = serde_json::from_str(text).ok()?;
        (plan.format == FORMAT).then_some(plan)
    }
}
