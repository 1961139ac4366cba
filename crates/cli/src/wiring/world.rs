//! Everything that a run can reach: local functions, mocks, AWS.

use std::sync::{Arc, Mutex};

use api::lambda::Lambda;
use connectors::Connectors;
use connectors::aws::{AwsClient, AwsConfig};
use functions::{FunctionHost, FunctionSpec, HostOptions, LogLine, LogSink, LogStream};

use super::local::{Functions, cache_dir, environment_of, region_alone};
use super::means::Means;
use super::other_names::OtherNames;
use super::performer::Performer;
use crate::progress::Progress;
use crate::safety::dry_run::DryRun;
use crate::template::{ACCOUNT_ID, Function, Template};

/// Processes that one function may have at once; AWS allows 1,000 concurrent executions, a laptop less.
const PROCESSES_PER_FUNCTION: u16 = 32;

pub struct World {
    performer: Arc<Performer>,
    functions: Arc<Functions>,
}

impl World {
    /// Wires the means of a run; with `dry_run` they are only read with. `config` stands in where they have none.
    pub fn prepare(
        means: Means,
        config: Arc<AwsConfig>,
        template: Option<&Template>,
        dry_run: Option<Arc<DryRun>>,
        progress: &Arc<Progress>,
    ) -> World {
        let reaches_aws = means.config.is_some();
        let other_names = (!means.strict_names).then(|| OtherNames::new(progress.clone()));
        let progress = progress.clone();
        let log: LogSink = Arc::new(move |line: LogLine| {
            if line.stream != LogStream::Platform {
                progress.function_log(&line.function, line.stream == LogStream::Stderr, &line.text);
            }
        });
        let functions = wire_functions(None, means.declared, template, &config, reaches_aws, log);
        let connectors = Connectors::new(AwsClient::new(config), Some(functions.clone()))
            .strict_names(means.strict_names);
        let performer = Performer {
            connectors,
            other_names,
            functions: functions.clone(),
            mocks: means.mocks,
            reaches_aws,
            unavailable: means.unavailable,
            dry_run,
            is_server: false,
        };
        World {
            performer: Arc::new(performer),
            functions,
        }
    }

    pub fn performer(&self) -> Arc<Performer> {
        self.performer.clone()
    }

    /// Ends the functions' processes.
    pub async fn shut_down(&self) {
        self.functions.host.shut_down().await;
    }
}

/// The functions that run here: those of a server's Lambda API, those of the template. `reaches_aws`: they get the credentials of
/// `config`, else its region alone.
pub fn wire_functions(
    lambda: Option<Lambda>,
    declared: Vec<Function>,
    template: Option<&Template>,
    config: &Arc<AwsConfig>,
    reaches_aws: bool,
    log: LogSink,
) -> Arc<Functions> {
    let specs: Vec<FunctionSpec> = declared
        .iter()
        .filter_map(|function| function.spec.as_ref().ok())
        .cloned()
        .collect();
    let account = template.map_or(ACCOUNT_ID, Template::account_id);
    let host = function_host(specs, account, config, reaches_aws, log.clone());
    let elsewhere = template.map(Template::functions_elsewhere);
    Arc::new(Functions {
        lambda,
        host,
        declared,
        elsewhere: Mutex::new(elsewhere.unwrap_or_default()),
        log,
    })
}

/// Runs functions.
pub fn function_host(
    specs: Vec<FunctionSpec>,
    account_id: &str,
    config: &Arc<AwsConfig>,
    reaches_aws: bool,
    log: LogSink,
) -> Arc<FunctionHost> {
    Arc::new(FunctionHost::new(HostOptions {
        specs,
        common_environment: match reaches_aws {
            true => environment_of(config),
            false => functions::fixed_environment(region_alone(config.region())),
        },
        search_path: std::env::var_os("PATH").unwrap_or_default(),
        cache_dir: cache_dir(),
        account_id: account_id.to_owned(),
        region: config.region().to_owned(),
        max_processes_per_function: PROCESSES_PER_FUNCTION,
        log,
    }))
}
