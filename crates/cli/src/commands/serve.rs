//! `stepwright serve`: the durable server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use connectors::aws::HttpClient;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::args::{Output, ServeArgs};
use crate::error::CliError;
use crate::serve::assembly::Server;
use crate::serve::aws::Aws;
use crate::serve::http::connections::Connections;
use crate::serve::http::elsewhere::Elsewhere;
use crate::serve::http::guard::Guard;
use crate::serve::http::{Access, Front, HttpLimits, listener};
use crate::serve::login::Login;
use crate::serve::logs::Log;
use crate::serve::metrics::Metrics;
use crate::serve::options::Settings;
use crate::serve::retention;
use crate::serve::signals::{Signals, Told};
use crate::serve::signatures::Signatures;
use crate::terminal;

/// A request is hundreds of microseconds of work, most of it on the engine's threads.
const MAX_HTTP_THREADS: usize = 4;
/// Of a request, as AWS has it.
const AWS_BODY_BYTES: usize = 1024 * 1024;
/// Room for the largest payload, escaped within a JSON text.
const BODY_BYTES: usize = 128 * 1024 * 1024;
/// For answers that are under way when the server is told to end.
const DRAIN: Duration = Duration::from_secs(20);

/// For what nobody waits for any more, to end.
const LAST_MOMENT: Duration = Duration::from_secs(2);

pub fn serve(args: ServeArgs) -> Result<u8, CliError> {
    let options = match &args.config {
        Some(path) => args.options.with_file(path)?,
        None => args.options,
    };
    let mut settings = options.resolve()?;
    settings.is_background = args.background;
    let internal = |error: std::io::Error| CliError::Internal(error.to_string());
    let log = Log::new(settings.log_level, settings.log_format).map_err(internal)?;
    let log = Arc::new(log);
    let runtime = runtime().map_err(internal)?;
    let served = runtime.block_on(run(settings, args.output, &log));
    // Nobody is waited for who hangs; all others let go of the store, which then is one file.
    runtime.shutdown_timeout(LAST_MOMENT);
    log.close();
    served.map(|()| 0)
}

fn runtime() -> std::io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread()
        .worker_threads(cores.min(MAX_HTTP_THREADS))
        .enable_all()
        .build()
}

async fn run(settings: Settings, output: Output, log: &Arc<Log>) -> Result<(), CliError> {
    let mut signals = Signals::listen()
        .map_err(|error| CliError::Internal(format!("signals cannot be heard: {error}")))?;
    raise_file_limit();
    let metrics = Arc::new(Metrics::default());
    let aws = Aws::resolve(&settings).await?;
    aws.tell(log);
    let signatures = match &settings.credentials {
        None => None,
        Some(path) => {
            let signatures = Signatures::open(path.clone(), aws.config.region(), log.clone())?;
            Some(Arc::new(signatures))
        }
    };
    // Whoever cannot listen does not begin to work either.
    let listener = TcpListener::bind(&settings.addresses[..])
        .await
        .map_err(|error| cannot_listen(&settings, &error))?;
    let address = listener
        .local_addr()
        .map_err(|error| CliError::Internal(error.to_string()))?;
    let server = Server::open(&settings, &aws, address, &metrics, log).await?;

    let limits = HttpLimits {
        body_bytes: if settings.aws_limits {
            AWS_BODY_BYTES
        } else {
            BODY_BYTES
        },
        requests_in_flight: settings.max_requests,
    };
    let elsewhere = settings.endpoint_url.as_deref().filter(|_| !aws.is_real());
    let elsewhere = elsewhere.map(|url| Elsewhere::new(url, HttpClient::of(&aws.config)));
    let login = match signatures {
        None => None,
        Some(_) => Some(Login::open(&settings.data, address.port(), log.clone())?),
    };
    let (stop, stopped) = watch::channel(false);
    let front = Front::new(
        server.api.clone(),
        Access {
            guard: Guard::new(settings.is_loopback, &settings.allowed_hosts),
            signatures: signatures.clone(),
            login,
        },
        server.console.clone(),
        limits,
        metrics.clone(),
        log.clone(),
        stopped.clone(),
    );
    let front = Arc::new(front.with_elsewhere(elsewhere));
    let connections = Arc::new(Connections::new(settings.max_connections));
    let counted = connections.clone();
    metrics.source(move |page| {
        let open = counted.count();
        page.gauge(
            "stepwright_http_connections",
            "Open connections.",
            open as f64,
        );
    });
    let serving = tokio::spawn(listener::serve(listener, front, connections, stopped));
    let housekeeping = tokio::spawn(retention::run(
        server.store.clone(),
        server.control.clone(),
        settings.retention_days,
        log.clone(),
    ));
    announce(&settings, &aws, address, &server.account, output)?;
    log.info(
        "serving",
        &[("address", &address), ("data", &settings.data.display())],
    );
    if !settings.is_loopback && signatures.is_none() {
        log.warning(
            "whoever reaches this address may call without a signature",
            &[("address", &address)],
        );
    }
    let served = loop {
        tokio::select! {
            told = signals.next() => match told {
                Told::Reload => signatures.iter().for_each(|signatures| signatures.reload()),
                Told::End => break Ok(()),
            },
            // Whoever restarts it finds all that was committed.
            () = server.engine_ended() => break Err(CliError::Internal(
                "a thread of the engine has failed, and its executions rest until the next start".to_owned(),
            )),
        }
    };
    log.info("ending: what is being answered is finished", &[]);
    housekeeping.abort();
    // The listener has ended by itself if nobody hears it.
    let _ = stop.send(true);
    let ended = async {
        // Those who are not done by then are cut off.
        let _ = tokio::time::timeout(DRAIN, serving).await;
        server.close().await;
    };
    tokio::select! {
        () = ended => served,
        () = until_end(&mut signals) => Err(CliError::user("ended at once by a second signal")),
    }
}

async fn until_end(signals: &mut Signals) {
    while signals.next().await != Told::End {}
}

fn cannot_listen(settings: &Settings, error: &std::io::Error) -> CliError {
    let addresses: Vec<String> = settings
        .addresses
        .iter()
        .map(SocketAddr::to_string)
        .collect();
    CliError::user(format!(
        "cannot listen on {}: {error}",
        addresses.join(" or ")
    ))
    .with_hint("--listen 127.0.0.1:0 takes any free port")
}

/// As many files and connections as the machine allows; where it does not, fewer do.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Says that the server is ready, and how it is used.
fn announce(
    settings: &Settings,
    aws: &Aws,
    address: SocketAddr,
    account: &str,
    output: Output,
) -> Result<(), CliError> {
    let url = format!("http://{address}");
    let region = aws.config.region();
    let data = settings.data.display();
    match output {
        Output::Json => terminal::print(&format!(
            "{}\n",
            json!({
                "event": "ready",
                "address": address.to_string(),
                "url": url,
                "data": data.to_string(),
                "account": account,
                "region": region,
                "awsCalls": aws.described(settings),
            })
        )),
        Output::Text => terminal::print(&format!(
            "Stepwright serves AWS Step Functions at {url}\n\
             \x20 data       {data}\n\
             \x20 account    {account}, region {region}\n\
             \x20 AWS calls  {}\n\
             \n\
             Use it:\n\
             \x20 export AWS_ENDPOINT_URL_SFN={url}         (SDKs, Terraform, AWS CLI; or --endpoint-url {url})\n\
             \x20 likewise AWS_ENDPOINT_URL_EVENTBRIDGE, …_SCHEDULER, …_LAMBDA, …_CLOUDWATCH_LOGS, …_IAM and …_STS\n\
             \x20 export AWS_DISABLE_HOST_PREFIX_INJECTION=true   (for StartSyncExecution and TestState)\n",
            aws.described(settings),
        )),
    }
}
