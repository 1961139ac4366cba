//! Puts the server together: store, control plane, engine with its ports, API.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::functions::{LogLine, LogSink, LogStream};
use api::Place;
use api::control::records::LogLevel;
use api::delivery::Deliveries;
use api::events::Events;
use api::iam::Iam;
use api::lambda::Lambda;
use api::scheduler::runner::{Report, Runner};
use api::scheduler::{Overview, OwnExecutions, Scheduler};
use api::stacks::Stacks;
use api::sts::Sts;
use api::wire::Registry;
use connectors::Connectors;
use connectors::aws::AwsClient;
use engine::{Engine, Ports};
use interpreter::{Call, CallResult, Limits};
use store::{ExecutionId, Listing, Store};
use store_sqlite::{OpenOptions, SqliteStore};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::account;
use super::aws::Aws;
use super::calls::ServeCalls;
use super::console::{About, Console};
use super::extensions::{Extensions, Followers, ServerDescription};
use super::functions::{self, LambdaFunctions};
use super::local::{Services, ThisServer};
use super::local_logs::LocalLogs;
use super::logs::Log;
use super::metrics::Metrics;
use super::options::Settings;
use super::service::AllApis;
use super::targets::{self, ServeTargets};
use super::telling::client::Client;
use super::telling::execution_logs::{self, Level, LogGroups, Logging};
use super::telling::observer::{FindLogging, Teller};
use super::telling::outbox::Outbox;
use super::telling::status_events::{self, EventBridge};
use super::telling::traces::{self, Collector, Otlp};
use crate::error::CliError;
use crate::template::Template;
use crate::wiring::local::Functions;
use crate::wiring::means::declared;
use crate::wiring::partition;
use crate::wiring::performer::Performer;
use crate::wiring::world::wire_functions;

/// `--event-source none`.
const NO_EVENTS: &str = "none";

/// A server without its listener.
pub struct Server {
    pub account: String,
    pub store: Arc<SqliteStore>,
    pub control: api::ControlPlane,
    pub api: Arc<AllApis>,
    pub console: Arc<Console>,
    engine: Engine,
    runner: Runner,
    deliveries: Deliveries,
    /// Hands status changes to rules.
    status_changes: JoinHandle<()>,
    teller: Arc<Teller>,
    functions: Arc<Functions>,
    lambda: LambdaFunctions,
    logs: LocalLogs,
    this_server: Arc<ThisServer>,
}

impl Server {
    /// Opens the data and lets what is open in it go on.
    pub async fn open(
        settings: &Settings,
        aws: &Aws,
        address: SocketAddr,
        metrics: &Arc<Metrics>,
        log: &Arc<Log>,
    ) -> Result<Server, CliError> {
        let options = OpenOptions {
            address: Some(address.to_string()),
        };
        let sqlite = SqliteStore::open(&settings.data, options);
        let sqlite = Arc::new(sqlite.map_err(|error| CliError::user(error.to_string()))?);
        let store: Arc<dyn Store> = sqlite.clone();
        let account = account::settle(settings, aws, &store, log).await?;
        let region = aws.config.region();
        let damaged = |error: store::Error| account::unusable(&settings.data, &error);
        let now: api::delivery::Clock = Arc::new(|| jiff::Timestamp::now().as_millisecond());
        let options = api::delivery::Options {
            function_pause: Duration::from_secs(settings.async_retry_seconds.into()),
            ..api::delivery::Options::default()
        };
        let deliveries = Deliveries::open(&store, now.clone(), options);
        let deliveries = deliveries.map_err(damaged)?;
        let report = reporter(log);
        deliveries.report_to(report.clone());
        let runner = Runner::open(&store, deliveries.clone(), now.clone(), report.clone());
        let runner = runner.map_err(damaged)?;
        let place = Place {
            partition: partition(region).into(),
            region: region.into(),
            account: account.as_str().into(),
        };
        let scheduler = Scheduler::open(&store, place.clone(), runner.clone(), now(), &*report);
        let scheduler = scheduler.map_err(damaged)?;
        let limits = match settings.aws_limits {
            true => Limits::aws(),
            false => Limits::default(),
        };

        let this_server = ThisServer::new(aws.unavailable.is_none());
        let logs = LocalLogs::open(&settings.data, &store, place.clone(), metrics, log)?;
        let sink = function_lines(&logs, log);
        let lambda = functions::open(
            &settings.data,
            aws,
            &account,
            &store,
            &deliveries,
            sink.clone(),
        )?;
        let functions = functions_here(settings, aws, &account, &lambda.service, sink)?;
        let client = AwsClient::new(aws.config.clone()).with_local_api(this_server.clone());
        let performer = Arc::new(Performer {
            connectors: Connectors::new(client, Some(functions.clone()))
                .strict_names(settings.aws_limits),
            other_names: None,
            functions: functions.clone(),
            mocks: None,
            reaches_aws: aws.unavailable.is_none(),
            unavailable: aws.unavailable.clone(),
            dry_run: None,
            is_server: true,
        });

        let control = api::ControlPlane::open(store.clone()).map_err(damaged)?;
        let teller = Arc::new(teller(settings, aws, &control, &logs, metrics, log));
        let (hub, followers) = (teller.hub.clone(), teller.followers.clone());
        let calls = ServeCalls::new(
            Handle::current(),
            performer.clone(),
            this_server.clone(),
            metrics.clone(),
            log.clone(),
            settings.max_calls,
            settings.resend_writes,
        );
        let ports = Ports {
            calls: Arc::new(calls),
            machines: Arc::new(control.clone()),
            observer: teller.clone(),
        };
        let options = engine::Options {
            limits: limits.clone(),
            ..engine::Options::default()
        };
        let engine = Engine::open(store.clone(), ports, options).map_err(damaged)?;
        let runtime = api::Runtime::new(
            store.clone(),
            engine.clone(),
            hub.clone(),
            limits.clone(),
            Arc::new(Tested(performer)),
        );
        let service = api::Service::new(
            control.clone(),
            runtime,
            api::Options {
                partition: partition(region).into(),
                region: region.into(),
                account: account.as_str().into(),
                max_payload: limits.payload_bytes,
                now: now.clone(),
            },
        );
        let events = Events::open(
            &store,
            deliveries.clone(),
            runner.clone(),
            place.clone(),
            match settings.aws_limits {
                true => api::events::Limits::AWS,
                false => api::events::Limits::default(),
            },
            now(),
            &|what| log.warning(&what, &[]),
        );
        let events = events.map_err(damaged)?;
        let status_changes = tokio::spawn({
            let events = events.clone();
            async move { events.follow(&hub).await }
        });
        let iam = Iam::open(&store, place.partition.clone(), place.account.clone());
        let iam = iam.map_err(damaged)?;
        let sts = Sts::new(place.partition.clone(), place.account.clone());
        let services = Services {
            step_functions: service.clone(),
            others: Registry::new(vec![
                Arc::new(iam),
                Arc::new(logs.service.clone()),
                Arc::new(sts),
                Arc::new(lambda.service.clone()),
                Arc::new(events.clone()),
                Arc::new(scheduler.clone()),
            ]),
        };
        this_server.set(services.clone());
        figures(metrics, &engine, &sqlite, log);
        targets::tell(&deliveries, metrics, log);
        event_figures(metrics, &events);
        deliveries.run(Arc::new(ServeTargets::new(
            this_server.clone(),
            lambda.service.clone(),
            functions.clone(),
            events,
            aws.config.clone(),
            &account,
            aws.unavailable.clone(),
        )));
        runner.run(Arc::new(OwnExecutions {
            service,
            handle: Handle::current(),
        }));
        let console = Console::new(
            About::new(&account, aws, settings),
            store.clone(),
            control.clone(),
            services.step_functions.clone(),
            followers.clone(),
        );
        let extensions = Extensions {
            stacks: Stacks::open(&store).map_err(damaged)?,
            description: Arc::new(ServerDescription {
                version: env!("CARGO_PKG_VERSION"),
                account: account.clone(),
                region: region.to_owned(),
                data: std::path::absolute(&settings.data).unwrap_or_else(|_| settings.data.clone()),
                pid: std::process::id(),
                is_background: settings.is_background,
            }),
            store,
            engine: engine.clone(),
            followers,
            schedules: Overview {
                scheduler,
                events: services.others.get("events").cloned(),
            },
        };
        Ok(Server {
            account,
            api: Arc::new(AllApis::new(services, extensions, sqlite.clone())),
            console: Arc::new(console),
            store: sqlite,
            control,
            engine,
            runner,
            deliveries,
            status_changes,
            teller,
            functions,
            lambda,
            logs,
            this_server,
        })
    }

    /// Comes back when the engine can no longer do all of its work: one of its threads panicked.
    pub async fn engine_ended(&self) {
        self.teller.engine_ended.notified().await;
    }

    /// Lets what runs rest as it was committed. When the last user of the store has gone it is one file.
    pub async fn close(self) {
        self.runner.shut_down().await;
        self.deliveries.shut_down().await;
        let engine = self.engine;
        // A shard that panicked was told by the hook of the standard library.
        let _ = tokio::task::spawn_blocking(move || engine.shut_down()).await;
        self.this_server.clear();
        tokio::join!(
            self.functions.host.shut_down(),
            self.lambda.host.shut_down()
        );
        self.teller.close().await;
        self.logs.close().await;
        // It had time for what the last commits changed.
        self.status_changes.abort();
    }
}

/// What functions print.
fn function_lines(logs: &LocalLogs, log: &Arc<Log>) -> LogSink {
    let (logs, log) = (logs.clone(), log.clone());
    Arc::new(move |line: LogLine| {
        logs.put(&line);
        if line.stream != LogStream::Platform {
            log.info(
                "function",
                &[("function", &line.function), ("text", &line.text)],
            );
        }
    })
}

/// For what goes wrong in the services and is tried again, or leaves something out.
fn reporter(log: &Arc<Log>) -> Report {
    let log = log.clone();
    Arc::new(move |what: String| log.error(&what, &[]))
}

/// Functions of the Lambda API and of the template, for this account.
fn functions_here(
    settings: &Settings,
    aws: &Aws,
    account: &str,
    lambda: &Lambda,
    sink: LogSink,
) -> Result<Arc<Functions>, CliError> {
    let template = match &settings.template {
        None => None,
        Some(path) => {
            let region = Some(aws.config.region());
            let mut template = Template::find(Some(path), path, &BTreeMap::new(), region)?;
            if let Some(template) = &mut template {
                template.set_account_id(account);
            }
            template
        }
    };
    let reaches_aws = aws.unavailable.is_none();
    let declared = declared(template.as_ref())?;
    Ok(wire_functions(
        Some(lambda.clone()),
        declared,
        template.as_ref(),
        &aws.config,
        reaches_aws,
        sink,
    ))
}

fn teller(
    settings: &Settings,
    aws: &Aws,
    control: &api::ControlPlane,
    logs: &LocalLogs,
    metrics: &Arc<Metrics>,
    log: &Arc<Log>,
) -> Teller {
    let reaches_aws = aws.unavailable.is_none();
    let connectors = Connectors::new(AwsClient::new(aws.config.clone()), None);
    let client = Client(Arc::new(connectors));
    // AWS itself refuses sources of others that begin with `aws.`.
    let source = settings
        .event_source
        .clone()
        .unwrap_or_else(|| match aws.is_real() {
            true => "stepwright.states".to_owned(),
            false => "aws.states".to_owned(),
        });
    let status_events = (reaches_aws && source != NO_EVENTS).then(|| {
        let client = client.clone();
        let bridge = EventBridge { client, source };
        Outbox::open(
            "status_event",
            status_events::MAX_ENTRIES,
            bridge,
            metrics,
            log,
        )
    });
    let log_groups = LogGroups::new(logs.service.clone(), reaches_aws.then_some(client));
    let log_events = Outbox::open(
        "log_event",
        execution_logs::MAX_EVENTS,
        log_groups,
        metrics,
        log,
    );
    let collector = Collector::from_environment(|name| std::env::var(name).ok());
    let traces = collector.map(|collector| {
        let otlp = Otlp::new(collector, &aws.config);
        Outbox::open("span", traces::MAX_COMMITS, otlp, metrics, log)
    });
    Teller {
        metrics: metrics.clone(),
        log: log.clone(),
        hub: api::Hub::default(),
        followers: Arc::new(Followers::default()),
        status_events,
        log_events: (find_logging(control.clone()), log_events),
        traces,
        engine_ended: Notify::new(),
        told_of_delay: Mutex::new(None),
    }
}

/// Revisions are in memory while they are used: this costs a look, hardly ever a read.
fn find_logging(control: api::ControlPlane) -> FindLogging {
    Box::new(move |listing: &Listing| {
        let loaded = control.loaded(&listing.revision).ok()?;
        let logging = &loaded.revision.configuration.logging;
        let level = match logging.level {
            LogLevel::All => Level::All,
            LogLevel::Error => Level::Error,
            LogLevel::Fatal => Level::Fatal,
            LogLevel::Off => return None,
        };
        Some(Logging {
            level,
            include_execution_data: logging.include_execution_data,
            log_group_arn: logging.log_group_arn()?.into(),
        })
    })
}

/// Calls of states that are tested.
struct Tested(Arc<Performer>);

impl api::PerformCall for Tested {
    fn perform<'a>(
        &'a self,
        execution: &'a ExecutionId,
        call: &'a Call,
    ) -> Pin<Box<dyn Future<Output = CallResult> + Send + 'a>> {
        Box::pin(self.0.perform(execution, call))
    }
}

/// What the rules of this server see.
fn event_figures(metrics: &Metrics, events: &Events) {
    let events = events.clone();
    metrics.source(move |page| {
        let stats = events.stats();
        page.counter(
            "stepwright_events_total",
            "Events that came to a bus of this server.",
            stats.events as f64,
        );
        page.counter(
            "stepwright_status_changes_missed_total",
            "Status changes of executions that no rule saw: too many at once, or the store failed.",
            stats.status_changes_missed as f64,
        );
    });
}

/// What engine, store and log count themselves.
fn figures(metrics: &Metrics, engine: &Engine, store: &Arc<SqliteStore>, log: &Arc<Log>) {
    let engine = engine.clone();
    metrics.source(move |page| {
        let stats = engine.stats();
        for (name, help, value) in [
            (
                "stepwright_queue_depth",
                "Messages that wait for a shard.",
                stats.queued,
            ),
            (
                "stepwright_open_executions",
                "Executions that have not ended.",
                stats.open_executions,
            ),
            (
                "stepwright_open_waits",
                "Executions that a timer will wake.",
                stats.timers,
            ),
            (
                "stepwright_resident_executions",
                "Executions in memory.",
                stats.resident_executions,
            ),
            (
                "stepwright_resident_bytes",
                "What they take, roughly.",
                stats.resident_bytes,
            ),
            (
                "stepwright_delayed_executions",
                "Executions whose latest steps could not be committed and are tried again.",
                stats.delayed_executions,
            ),
        ] {
            page.gauge(name, help, value as f64);
        }
    });
    let store = store.clone();
    metrics.source(move |page| {
        let stats = store.stats();
        for (name, help, histogram) in [
            (
                "stepwright_commit_seconds",
                "From the begin of a transaction to the end of its sync.",
                &stats.commit_seconds,
            ),
            (
                "stepwright_commit_units",
                "Steps of a transaction.",
                &stats.units_per_commit,
            ),
            (
                "stepwright_checkpoint_seconds",
                "Of the write-ahead log into the file.",
                &stats.checkpoint_seconds,
            ),
        ] {
            page.histogram(
                name,
                help,
                &histogram.buckets,
                histogram.sum,
                histogram.count,
            );
        }
        page.gauge(
            "stepwright_commit_queue_depth",
            "Commits that wait for the writer.",
            stats.queue_depth as f64,
        );
        page.gauge(
            "stepwright_store_file_bytes",
            "The database file.",
            stats.file_bytes as f64,
        );
        page.gauge(
            "stepwright_store_wal_bytes",
            "Its write-ahead log.",
            stats.wal_bytes as f64,
        );
        let refusing = u8::from(stats.refusing.is_some());
        page.gauge(
            "stepwright_store_refusing",
            "Whether nothing is accepted at present.",
            f64::from(refusing),
        );
    });
    let log = log.clone();
    metrics.source(move |page| {
        page.counter(
            "stepwright_log_lines_dropped_total",
            "Log lines that nobody read in time.",
            log.dropped() as f64,
        );
    });
}
