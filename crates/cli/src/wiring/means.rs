//! What a run has at hand before its first state: functions, mocks, and AWS if it needs it.

use std::sync::Arc;

use connectors::aws::{AwsConfig, ConfigError, Options};
use connectors::mocks::{MockFile, MockPlan};
use states_language::machine::Machine;
use tokio::runtime::Runtime;

use super::needs::{self, Aws};
use crate::args::RunArgs;
use crate::error::CliError;
use crate::input;
use crate::template::{Function, Template};

pub struct Means {
    /// The template's functions.
    pub declared: Vec<Function>,
    pub mocks: Option<MockPlan>,
    /// None: no call reaches AWS, and functions have no credentials.
    pub config: Option<Arc<AwsConfig>>,
    /// Why there is none although the run could do with it.
    pub unavailable: Option<String>,
    /// `--strict`: names that AWS refuses are refused.
    pub strict_names: bool,
    /// Whether the definition reaches AWS itself with it.
    reaches_real_aws: bool,
}

impl Means {
    /// `machine_names`: under what the machine may stand in a mock file.
    pub fn resolve(
        args: &RunArgs,
        machine: &Machine,
        template: Option<&Template>,
        machine_names: &[String],
        runtime: &Runtime,
    ) -> Result<Means, CliError> {
        let declared = declared(template)?;
        let mocks = mock_plan(args, machine_names)?;
        let mocked: Vec<&str> = mocks.iter().flat_map(MockPlan::states).collect();
        let is_local = |name: &str| find(&declared, name).is_some();
        // Without a mock a rehearsal reads; any other run with mocks calls nobody.
        let is_answered = |state: &str| match args.dry_run {
            true => mocked.contains(&state),
            false => mocks.is_some(),
        };
        let aws = needs::aws(machine, &is_local, &is_answered);
        let (config, unavailable) =
            match wanted(args, aws, &declared) {
                Wanted::No => (None, None),
                wanted => match runtime.block_on(AwsConfig::resolve(aws_options(args))) {
                    Ok(config) => (Some(Arc::new(config)), None),
                    Err(
                        error @ (ConfigError::NoCredentials { .. } | ConfigError::NoRegion { .. }),
                    ) if wanted == Wanted::IfThere => (None, Some(error.to_string())),
                    Err(error) => return Err(CliError::user(error.to_string())),
                },
            };
        // An endpoint of AWS's for a single service leads there whatever the general one is.
        let leads_to_aws = |config: &Arc<AwsConfig>| {
            config.is_aws_itself()
                || needs::services(machine).any(|service| config.leads_to_aws(service))
        };
        let reaches_real_aws = aws != Aws::Never && config.as_ref().is_some_and(leads_to_aws);
        Ok(Means {
            declared,
            mocks,
            config,
            unavailable,
            strict_names: args.strict,
            reaches_real_aws,
        })
    }

    /// The configuration, when the definition reaches AWS itself with it.
    pub fn real_account(&self) -> Option<&Arc<AwsConfig>> {
        self.config.as_ref().filter(|_| self.reaches_real_aws)
    }

    /// The function that runs here under this name or ARN.
    pub fn local(&self, identifier: &str) -> Option<&Function> {
        find(&self.declared, identifier)
    }
}

/// The functions with code beside the template.
pub fn declared(template: Option<&Template>) -> Result<Vec<Function>, CliError> {
    template.map_or(Ok(Vec::new()), Template::local_functions)
}

fn find<'f>(declared: &'f [Function], identifier: &str) -> Option<&'f Function> {
    declared
        .iter()
        .find(|function| function.is_named(identifier))
}

/// Whether a run has to have credentials and region.
#[derive(PartialEq, Eq)]
enum Wanted {
    No,
    /// For functions, and for functions that turn out not to be local.
    IfThere,
    Required,
}

fn wanted(args: &RunArgs, aws: Aws, declared: &[Function]) -> Wanted {
    match aws {
        // Mocks answer; but functions are given what the command line names.
        Aws::Never if args.mocks.is_some() => {
            match args.endpoint_url.is_none() && args.profile.is_none() {
                true => Wanted::No,
                false => Wanted::IfThere,
            }
        }
        Aws::Surely => Wanted::Required,
        Aws::Perhaps if declared.is_empty() => Wanted::Required,
        Aws::Perhaps => Wanted::IfThere,
        Aws::Never if declared.is_empty() => Wanted::No,
        Aws::Never => Wanted::IfThere,
    }
}

/// What the command line says about AWS.
pub fn aws_options(args: &RunArgs) -> Options {
    Options {
        endpoint_url: args.endpoint_url.clone(),
        region: args.region.clone(),
        profile: args.profile.clone(),
    }
}

fn mock_plan(args: &RunArgs, machine_names: &[String]) -> Result<Option<MockPlan>, CliError> {
    let (Some(path), Some(case)) = (&args.mocks, &args.case) else {
        return Ok(None);
    };
    let wrong = |error: connectors::mocks::MockError| {
        CliError::user(format!("{}: {error}", path.display()))
    };
    let file = MockFile::parse(&input::read_text(path)?).map_err(wrong)?;
    let name = machine_names
        .iter()
        .find(|name| file.machines().any(|known| known == name.as_str()))
        .unwrap_or(&machine_names[0]);
    file.plan(name, case).map(Some).map_err(wrong)
}

/// A configuration for what needs one although no call may reach AWS: whoever calls is told so first.
pub fn no_aws(region: Option<&str>) -> Arc<AwsConfig> {
    let region = region.unwrap_or("us-east-1");
    Arc::new(AwsConfig::fixed(
        "http://127.0.0.1:1",
        region,
        "none",
        "none",
    ))
}
