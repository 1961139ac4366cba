//! Everything that a run can reach: local functions, mocks, AWS.

use std::sync::Arc;

use connectors::Connectors;
use connectors::aws::{AwsClient, AwsConfig, ConfigError, Options};
use connectors::mocks::{MockFile, MockPlan};
use functions::{FunctionHost, FunctionSpec, HostOptions, LogLine, LogStream};
use states_language::machine::Machine;
use tokio::runtime::Runtime;

use super::local::{Functions, cache_dir, environment_of, region_alone};
use super::needs::{self, Aws};
use super::performer::Performer;
use crate::args::RunArgs;
use crate::error::CliError;
use crate::input;
use crate::progress::Progress;
use crate::template::{Function, Template};

/// Processes that one function may have at once; AWS allows 1,000 concurrent executions, a laptop less.
const PROCESSES_PER_FUNCTION: u16 = 32;

pub struct World {
    performer: Arc<Performer>,
    functions: Arc<Functions>,
    region: String,
}

impl World {
    /// Resolves all that the definition needs, before its first state. `machine_names`: under what it may stand in a mock file.
    pub fn prepare(
        args: &RunArgs,
        machine: &Machine,
        template: Option<&Template>,
        machine_names: &[String],
        region: Option<&str>,
        progress: &Arc<Progress>,
        runtime: &Runtime,
    ) -> Result<World, CliError> {
        let declared = template
            .map(Template::local_functions)
            .transpose()?
            .unwrap_or_default();
        let specs: Vec<FunctionSpec> = declared
            .iter()
            .filter_map(|function| function.spec.as_ref().ok())
            .cloned()
            .collect();
        let mocks = mock_plan(args, machine_names)?;

        let options = aws_options(args);
        let (config, unavailable) = match wanted(args, machine, &declared, mocks.is_some()) {
            Wanted::No => (None, None),
            Wanted::Required => (
                Some(
                    runtime
                        .block_on(AwsConfig::resolve(options))
                        .map_err(user_error)?,
                ),
                None,
            ),
            Wanted::IfThere => match runtime.block_on(AwsConfig::resolve(options)) {
                Ok(config) => (Some(config), None),
                Err(error @ (ConfigError::NoCredentials { .. } | ConfigError::NoRegion { .. })) => {
                    (None, Some(error.to_string()))
                }
                Err(error) => return Err(user_error(error)),
            },
        };
        let reaches_aws = config.is_some();
        // Without a configuration no call reaches AWS: `perform` answers first.
        let config = Arc::new(config.unwrap_or_else(|| {
            AwsConfig::fixed(
                "http://127.0.0.1:1",
                region.unwrap_or("us-east-1"),
                "none",
                "none",
            )
        }));
        let region = config.region().to_owned();

        let log = progress.clone();
        let host = Arc::new(FunctionHost::new(HostOptions {
            specs,
            common_environment: match reaches_aws {
                true => environment_of(&config),
                false => functions::fixed_environment(region_alone(&region)),
            },
            search_path: std::env::var_os("PATH").unwrap_or_default(),
            cache_dir: cache_dir(),
            account_id: template
                .map_or("123456789012", Template::account_id)
                .to_owned(),
            region: region.clone(),
            max_processes_per_function: PROCESSES_PER_FUNCTION,
            log: Arc::new(move |line: LogLine| {
                log.function_log(&line.function, line.stream == LogStream::Stderr, &line.text)
            }),
        }));
        let functions = Arc::new(Functions { host, declared });
        let connectors = Connectors::new(AwsClient::new(config), Some(functions.clone()));
        let performer = Performer {
            connectors,
            functions: functions.clone(),
            mocks,
            reaches_aws,
            unavailable,
        };
        Ok(World {
            performer: Arc::new(performer),
            functions,
            region,
        })
    }

    pub fn performer(&self) -> Arc<Performer> {
        self.performer.clone()
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// Ends the functions' processes.
    pub async fn shut_down(&self) {
        self.functions.host.shut_down().await;
    }
}

/// Whether a run has to have credentials and region.
enum Wanted {
    No,
    /// For functions, and for functions that turn out not to be local.
    IfThere,
    Required,
}

fn wanted(args: &RunArgs, machine: &Machine, declared: &[Function], is_mocked: bool) -> Wanted {
    let is_local = |identifier: &str| {
        declared
            .iter()
            .any(|function| function.is_named(identifier))
    };
    match needs::aws(machine, &is_local) {
        // Mocks answer; but functions are given what the command line names.
        _ if is_mocked && args.endpoint_url.is_none() && args.profile.is_none() => Wanted::No,
        _ if is_mocked => Wanted::IfThere,
        Aws::Surely => Wanted::Required,
        Aws::Perhaps if declared.is_empty() => Wanted::Required,
        Aws::Perhaps => Wanted::IfThere,
        Aws::Never if declared.is_empty() => Wanted::No,
        Aws::Never => Wanted::IfThere,
    }
}

fn user_error(error: ConfigError) -> CliError {
    CliError::user(error.to_string())
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
