//! `stepwright run`: one execution, from the definition in git to an honest exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use connectors::Connectors;
use connectors::aws::{AwsClient, AwsConfig};
use engine::{Clock, Committed, Engine, Observer, Options, Ports, StartExecution, StopExecution};
use interpreter::{Event, Identity, Limits, Status, failure};
use query::Payload;
use serde_json::{Value, json};
use states_language::machine::Machine;
use states_language::source::Source;
use states_language::{ParseOptions, substitution, syntax, unsupported, waits_for_others};
use store::{ExecutionId, MemoryStore, Store};
use tokio::runtime::Runtime;

use crate::args::{Output, RunArgs};
use crate::commands::validate::rendered_errors;
use crate::error::CliError;
use crate::input;
use crate::kept::{self, KeptRun, Plan};
use crate::progress::{Progress, ProgressOptions, Style};
use crate::report;
use crate::safety::access::Access;
use crate::safety::account::{self, Caller};
use crate::safety::dry_run::DryRun;
use crate::safety::policy::{self, Place};
use crate::safety::report::Rehearsed;
use crate::safety::{consent, preview, reach};
use crate::template::{ACCOUNT_ID, Template};
use crate::terminal;
use crate::wiring::calls::RunCalls;
use crate::wiring::ledger::Ledger;
use crate::wiring::means::{self, Means};
use crate::wiring::world::World;
use crate::wiring::{needs, partition};

/// What reaches the waiting main thread.
enum Notice {
    Ended(Status),
    Lost(String),
    /// A dry run can go no further, and why.
    DeadEnd(String),
    /// Ctrl-C or SIGTERM.
    Signal,
    /// The terminal is lost (SIGHUP), or `stepwright pause` (SIGUSR1).
    Leave,
    /// `stepwright stop` (SIGUSR2).
    Abort,
}

/// Tells the progress and the main thread what was committed.
struct Watcher {
    progress: Arc<Progress>,
    notices: Sender<Notice>,
}

impl Observer for Watcher {
    fn committed(&self, committed: &Committed<'_>) {
        // Children of a Distributed Map have histories of their own; what became of them is in the parent's.
        if committed.listing.map_run_arn.is_some() {
            return;
        }
        self.progress
            .committed(committed.events, committed.timers, committed.now_millis);
        if *committed.status != Status::Running {
            self.notify(Notice::Ended(committed.status.clone()));
        }
    }

    fn lost(&self, _: &ExecutionId, error: &store::Error) {
        self.notify(Notice::Lost(error.to_string()));
    }

    fn ended(&self) {
        self.notify(Notice::Lost("the engine has ended".to_owned()));
    }
}

/// The status of a dry run that could go no further.
const INCOMPLETE: &str = "INCOMPLETE";

impl Finished {
    fn status_name(&self) -> &'static str {
        match &self.dry_run {
            Some(Rehearsed {
                dead_end: Some(_), ..
            }) => INCOMPLETE,
            _ => self.status.name(),
        }
    }
}

impl Watcher {
    fn notify(&self, notice: Notice) {
        // The receiver lives as long as the engine; when it is gone the run is over.
        drop(self.notices.send(notice));
    }
}

pub fn run(args: &RunArgs) -> Result<u8, CliError> {
    let input = input::execution_input(args.input.as_deref())?;
    let source = input::read_source(&args.file)?;
    perform(args, &source, input, None)
}

/// Goes on with a run that was interrupted, by the plan that it left.
pub fn resume(run: KeptRun, plan: &Plan) -> Result<u8, CliError> {
    let source = Source::new(
        plan.args.file.display().to_string(),
        plan.definition.as_str(),
    );
    let input = Payload::parse(plan.input.as_str())
        .map_err(|error| CliError::user(format!("{} is damaged: {error}", run.dir.display())))?;
    perform(&plan.args, &source, input, Some((run, plan)))
}

fn perform(
    args: &RunArgs,
    source: &Source,
    input: Payload,
    resumed: Option<(KeptRun, &Plan)>,
) -> Result<u8, CliError> {
    let access = Access::of(args)?;
    let vars = input::variables(&args.var_file, &args.vars, Some(source))?;
    let runtime = Runtime::new()
        .map_err(|error| CliError::Internal(format!("no asynchronous runtime: {error}")))?;
    // ARNs in the template are those of the region that the run's calls go to.
    let region = runtime.block_on(AwsConfig::named_region(&means::aws_options(args)));
    let mut template = Template::find(
        args.template.as_deref(),
        &args.file,
        &vars,
        region.as_deref(),
    )?;
    let mut machine = machine(args, source, template.as_ref(), &vars)?;
    let mut names = Names::of(&args.file, template.as_ref());
    let candidates = &names.candidates;
    let mut means = Means::resolve(args, &machine, template.as_ref(), candidates, &runtime)?;

    let caller = caller(args, &means, &runtime)?;
    let real_account = caller.as_ref().filter(|_| means.real_account().is_some());
    if let (Some(caller), Some(template)) = (real_account, &mut template) {
        template.set_account_id(&caller.account_id);
        machine = self::machine(args, source, Some(template), &vars)?;
        names = Names::of(&args.file, Some(template));
        means.declared = means::declared(Some(template))?;
    }
    let local_name = |name: &str| means.local(name).map(|function| function.name.clone());
    let calls = reach::calls(&machine, &access, &local_name);
    match &resumed {
        None => agree(args, &means, caller.as_ref(), &calls)?,
        // It was agreed to when the run began, for that account.
        Some((_, plan)) => plan.check_account(real_account)?,
    }

    let progress = Arc::new(progress(args));
    progress.define(&machine);
    for name in unused_vars(args, source, template.as_ref()) {
        progress.note(&format!(
            "--var {name}: neither the definition nor the template knows this name"
        ));
    }
    let config = means.config.clone();
    let config = config.unwrap_or_else(|| means::no_aws(region.as_deref()));
    let account_id = match real_account {
        Some(caller) => &caller.account_id,
        None => template.as_ref().map_or(ACCOUNT_ID, Template::account_id),
    };
    let id = match &resumed {
        Some((run, _)) => run.id.clone(),
        None => uuid::Uuid::new_v4().to_string(),
    };
    let identity = identity(&names, account_id, config.region(), &id);
    // Virtual time and mocks do not outlive the process.
    let is_kept = !(args.ephemeral || args.virtual_time || args.dry_run || args.mocks.is_some());
    let kept = match resumed {
        Some((run, _)) => Some(run),
        None if is_kept => {
            let account = real_account.map(|caller| caller.account_id.as_str());
            let plan = Plan::new(args, source, &input, &identity.execution_arn, account);
            let run = KeptRun::create(&id, &plan)?;
            kept::remove_old()?;
            Some(run)
        }
        None => None,
    };
    let store: Arc<dyn Store> = match &kept {
        Some(kept) => Arc::new(kept.open()?),
        None => Arc::new(MemoryStore::new()),
    };
    let policy = args.dry_run.then(|| {
        let place = Place {
            partition: partition(config.region()),
            region: config.region().to_owned(),
            account_id: account_id.to_owned(),
        };
        policy::document(&calls, &place)
    });
    drop(calls);
    let (notices, received) = channel();
    let dry_run = args.dry_run.then(|| {
        let rehearsal = AwsClient::for_rehearsal(config.clone(), account_id);
        let notices = notices.clone();
        // When nobody listens any more the run is over.
        let end = Box::new(move |reason| drop(notices.send(Notice::DeadEnd(reason))));
        let rehearsal = Connectors::new(rehearsal, None).strict_names(args.strict);
        Arc::new(DryRun::new(rehearsal, access, progress.clone(), end))
    });
    let world = World::prepare(means, config, template.as_ref(), dry_run.clone(), &progress);
    let history = args.history.as_deref().map(History::create).transpose()?;
    let run = Run {
        machine,
        identity,
        input,
        store,
        notices,
        received,
        is_kept,
    };
    let finished = drive(args, run, &runtime, &progress, &world);
    runtime.block_on(world.shut_down());
    progress.finish();
    let mut finished = match finished? {
        Left::Finished(finished) => finished,
        Left::Paused => {
            terminal::tell(&format!("paused; `stepwright resume {id}` goes on\n"));
            return Ok(PAUSED);
        }
    };
    if let Some(kept) = &kept {
        kept.ended(finished.status.name())?;
    }
    finished.dry_run = dry_run
        .zip(policy)
        .map(|(dry_run, policy)| Rehearsed::of(&dry_run, policy, &finished.events));

    // The result is told even when the history cannot be kept.
    let written = history.map_or(Ok(()), |history| history.write(&finished.events));
    explain(args, &finished);
    print_result(args, &finished)?;
    written?;
    Ok(exit_code(&finished))
}

/// Whose account it is: asked when it is a real one, or one is expected.
fn caller(args: &RunArgs, means: &Means, runtime: &Runtime) -> Result<Option<Caller>, CliError> {
    let expected = args.expect_account.as_deref();
    let Some(config) = &means.config else {
        // Nothing of this run reaches an account.
        return Ok(None);
    };
    if means.real_account().is_none() && expected.is_none() {
        return Ok(None);
    }
    let caller = runtime.block_on(account::caller(config))?;
    if let Some(expected) = expected {
        account::check(expected, &caller)?;
    }
    Ok(Some(caller))
}

/// Shows what the run can do to a real account, and asks.
fn agree(
    args: &RunArgs,
    means: &Means,
    caller: Option<&Caller>,
    calls: &[reach::Call<'_>],
) -> Result<(), CliError> {
    let config = match args.dry_run {
        true => means.config.as_ref(),
        false => means.real_account(),
    };
    let Some(config) = config else {
        return Ok(());
    };
    let lines = preview::lines(args, config, caller, calls);
    terminal::tell(&report::render(&lines, terminal::stderr_has_colour()));
    // A function that runs here has the credentials: nobody knows what its code does with them.
    match !args.dry_run && !args.yes && calls.iter().any(|call| !call.is_read) {
        true => consent::ask(),
        false => Ok(()),
    }
}

/// The definition, checked and with every substitution resolved.
fn machine(
    args: &RunArgs,
    source: &Source,
    template: Option<&Template>,
    vars: &BTreeMap<String, String>,
) -> Result<Arc<Machine>, CliError> {
    let file = args.file.as_path();
    let mut options = ParseOptions {
        allow_other_names: !args.strict,
        ..ParseOptions::default()
    };
    if let Some(template) = template {
        options.substitutions = template.substitutions_for(file)?.unwrap_or_default();
        options.substitution_hints = template.substitution_hints_for(file)?;
    }
    options.substitutions.extend(vars.clone());
    let parsed = states_language::parse(source, &options);
    let Some(machine) = parsed.machine else {
        if is_template(source) {
            let message = format!("{} is a template, no definition", file.display());
            return Err(CliError::user(message).with_hint(
                "give the file that its DefinitionUri names; --template takes the template",
            ));
        }
        return Err(rendered_errors(file, source, &parsed.diagnostics));
    };
    let mut refused: Vec<String> = unsupported(&machine)
        .into_iter()
        .chain(waits_for_others(&machine))
        .map(|refused| format!("  the state '{}' uses {}", refused.state, refused.what))
        .collect();
    // A mock answers whatever the protocol.
    if args.mocks.is_none() {
        refused.extend(needs::refusals(&machine));
    }
    if !refused.is_empty() {
        let message = format!(
            "{} uses what this release cannot run yet:\n{}",
            file.display(),
            refused.join("\n")
        );
        return Err(CliError::user(message)
            .with_hint("AWS accepts the definition: `stepwright validate` checks all of it"));
    }
    Ok(machine)
}

/// Names of `--var` that mean nothing here, as misspelt ones do. (A file of values may be made for many definitions.)
fn unused_vars<'a>(
    args: &'a RunArgs,
    source: &Source,
    template: Option<&Template>,
) -> Vec<&'a str> {
    let text = source.text();
    let placeholders: BTreeSet<&str> = text
        .match_indices("${")
        .filter_map(|(at, _)| substitution::placeholder_at(text, at))
        .map(|placeholder| placeholder.name)
        .collect();
    let is_known = |name: &str| {
        placeholders.contains(name) || template.is_some_and(|template| template.has_parameter(name))
    };
    let names = args.vars.iter().filter_map(|var| var.split_once('='));
    names
        .map(|(name, _)| name)
        .filter(|name| !is_known(name))
        .collect()
}

/// A template of SAM or CloudFormation in the place of a definition.
fn is_template(source: &Source) -> bool {
    syntax::parse(source).is_ok_and(|root| root.get("Resources").is_some())
}

struct Names {
    state_machine: String,
    /// Under what the state machine may stand in a mock file, best first.
    candidates: Vec<String>,
}

impl Names {
    fn of(file: &Path, template: Option<&Template>) -> Names {
        let stem = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let stem = stem.split('.').next().unwrap_or("StateMachine").to_owned();
        let mut candidates = template
            .map(|template| template.state_machine_names(file))
            .unwrap_or_default();
        candidates.push(stem);
        Names {
            state_machine: candidates[0].clone(),
            candidates,
        }
    }
}

fn identity(names: &Names, account: &str, region: &str, execution: &str) -> Identity {
    let partition = partition(region);
    let arn =
        |kind: &str, name: &str| format!("arn:{partition}:states:{region}:{account}:{kind}:{name}");
    Identity {
        execution_arn: arn("execution", &format!("{}:{execution}", names.state_machine)).into(),
        execution_name: execution.into(),
        state_machine_arn: arn("stateMachine", &names.state_machine).into(),
        state_machine_name: names.state_machine.as_str().into(),
        role_arn: format!(
            "arn:{partition}:iam::{account}:role/{}",
            names.state_machine
        )
        .into(),
        region: region.into(),
        seed: uuid::Uuid::new_v4().as_u64_pair().0,
        child_of: None,
    }
}

fn progress(args: &RunArgs) -> Progress {
    let style = match (args.quiet, terminal::stderr_is_live()) {
        (true, _) => Style::Quiet,
        (false, true) => Style::Live,
        (false, false) => Style::Plain,
    };
    let options = ProgressOptions {
        style,
        colour: terminal::stderr_has_colour(),
        width: None,
        virtual_time: args.virtual_time || args.dry_run,
    };
    Progress::new(options, Box::new(std::io::stderr()))
}

/// What is to be run, and where it is told from.
struct Run {
    machine: Arc<Machine>,
    identity: Identity,
    input: Payload,
    store: Arc<dyn Store>,
    notices: Sender<Notice>,
    received: Receiver<Notice>,
    is_kept: bool,
}

struct Finished {
    execution_arn: ExecutionId,
    status: Status,
    events: Vec<Event>,
    started_millis: i64,
    real: std::time::Duration,
    /// Of an aborted run: what had been done, and what was under way.
    calls: Option<(Vec<report::CallLine>, Vec<report::CallLine>)>,
    dry_run: Option<Rehearsed>,
}

/// How a run was left.
enum Left {
    Finished(Finished),
    /// It can be resumed.
    Paused,
}

/// How often a pausing run looks whether its last call is back.
const LEDGER_LOOK: Duration = Duration::from_millis(20);

/// The exit code of a run that can be resumed.
const PAUSED: u8 = 75;

fn drive(
    args: &RunArgs,
    run: Run,
    runtime: &Runtime,
    progress: &Arc<Progress>,
    world: &World,
) -> Result<Left, CliError> {
    let Run {
        machine,
        identity,
        input,
        store,
        notices,
        received,
        is_kept,
    } = run;
    let calls = Arc::new(RunCalls::new(runtime.handle().clone(), world.performer()));
    let watcher = Arc::new(Watcher {
        progress: progress.clone(),
        notices: notices.clone(),
    });
    let clock = if args.virtual_time || args.dry_run {
        Clock::virtual_time()
    } else {
        Clock::real()
    };
    let started_millis = clock.now_millis();
    let begun = Instant::now();
    let options = Options {
        limits: Limits::default(),
        clock,
        ..Options::default()
    };
    let ports = Ports {
        calls: calls.clone(),
        machines: Arc::new(machine.clone()),
        observer: watcher,
    };
    let execution_arn = identity.execution_arn.clone();
    let earlier = kept::earlier(&*store, &execution_arn)?;
    let earlier_status = earlier.as_ref().map(|earlier| earlier.status.clone());
    if let Some(earlier) = &earlier {
        progress.committed(&earlier.events, &[], started_millis);
    }
    listen_for_signals(runtime, notices.clone(), is_kept)
        .map_err(|error| CliError::Internal(format!("signals cannot be heard: {error}")))?;
    let engine = Engine::open(store, ports, options)
        .map_err(|error| CliError::Internal(format!("the engine cannot start: {error}")))?;
    let status = match earlier_status {
        Some(Status::Running) => {
            // It may have been paused.
            engine.unpause(&execution_arn, None, Box::new(drop));
            wait(&engine, &execution_arn, &received, progress, calls.ledger())?
        }
        // It ended before anybody was told.
        Some(ended) => Some(ended),
        None => {
            let start = StartExecution::new(machine, identity, input);
            // How it goes on is told by the observer.
            let refused = move |started: Result<_, engine::StartError>| {
                if let Err(error) = started {
                    drop(notices.send(Notice::Lost(error.to_string())));
                }
            };
            engine.start(start, Box::new(refused));
            wait(&engine, &execution_arn, &received, progress, calls.ledger())?
        }
    };
    let Some(status) = status else {
        engine.shut_down();
        return Ok(Left::Paused);
    };
    let events = engine
        .history(&execution_arn)
        .map_err(|error| CliError::Internal(error.to_string()))?;
    let is_aborted = matches!(status, Status::Aborted(_)) && !args.dry_run;
    let aborted = is_aborted.then(|| calls.ledger().report());
    let calls = aborted.map(|(writes, open)| {
        (
            report::call_lines(&events, &writes),
            report::call_lines(&events, &open),
        )
    });
    Ok(Left::Finished(Finished {
        execution_arn,
        status,
        events,
        started_millis,
        real: begun.elapsed(),
        calls,
        dry_run: None,
    }))
}

/// Waits for the end; None: it was paused. The first signal drains, the second aborts.
fn wait(
    engine: &Engine,
    id: &ExecutionId,
    received: &Receiver<Notice>,
    progress: &Progress,
    ledger: &Ledger,
) -> Result<Option<Status>, CliError> {
    let mut signals = 0;
    let mut is_leaving = false;
    loop {
        if is_leaving && ledger.is_idle() {
            return Ok(None);
        }
        let notice = match is_leaving {
            true => received.recv_timeout(LEDGER_LOOK),
            false => received.recv().map_err(RecvTimeoutError::from),
        };
        match notice {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Notice::Ended(status)) => return Ok(Some(status)),
            Ok(Notice::DeadEnd(reason)) => abort(engine, id, &reason),
            Ok(Notice::Lost(error)) => return Err(CliError::Internal(error)),
            Ok(Notice::Signal) => {
                signals += 1;
                if signals == 1 {
                    progress.note("draining: what runs finishes, no further Map item starts, then clean-up runs. Ctrl-C again aborts.");
                    engine.drain(id, None, Box::new(drop));
                } else {
                    progress.note("aborting");
                    abort(engine, id, "Aborted from the command line.");
                }
            }
            Ok(Notice::Leave) => {
                progress.note("pausing: calls that are out finish");
                engine.pause(id, None, Box::new(drop));
                is_leaving = true;
            }
            Ok(Notice::Abort) => abort(engine, id, "Stopped from the command line."),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(CliError::Internal("the engine has gone".into()));
            }
        }
    }
}

fn abort(engine: &Engine, id: &ExecutionId, cause: &str) {
    let stop = StopExecution {
        cause: Some(cause.into()),
        ..StopExecution::default()
    };
    // Its end is told by the observer.
    engine.stop(id, stop, Box::new(drop));
}

/// Signals as notices. From its return on none of them ends the process.
fn listen_for_signals(
    runtime: &Runtime,
    notices: Sender<Notice>,
    is_kept: bool,
) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let _inside = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut pause = signal(SignalKind::user_defined1())?;
    let mut abort = signal(SignalKind::user_defined2())?;
    runtime.spawn(async move {
        loop {
            let notice = tokio::select! {
                _ = interrupt.recv() => Notice::Signal,
                _ = terminate.recv() => Notice::Signal,
                _ = hang_up.recv() => Notice::Leave,
                _ = pause.recv() => Notice::Leave,
                _ = abort.recv() => Notice::Abort,
            };
            let notice = match notice {
                // There is nothing to come back to.
                Notice::Leave if !is_kept => Notice::Signal,
                other => other,
            };
            if notices.send(notice).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// The file of `--history`. It is opened before the first state: a wrong name should not be found out after hours of work.
struct History<'a> {
    path: &'a Path,
    file: File,
}

impl History<'_> {
    fn create(path: &Path) -> Result<History<'_>, CliError> {
        match File::create(path) {
            Ok(file) => Ok(History { path, file }),
            Err(error) => Err(CliError::user(unwritable(path, &error))),
        }
    }

    fn write(mut self, events: &[Event]) -> Result<(), CliError> {
        let events: Vec<Value> = events.iter().map(Event::to_json).collect();
        let text = format!("{:#}\n", json!({ "events": events }));
        self.file
            .write_all(text.as_bytes())
            .map_err(|error| CliError::Output(unwritable(self.path, &error)))
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}

/// What virtual time came to, why it failed, what an abort left behind.
fn explain(args: &RunArgs, finished: &Finished) {
    let colour = terminal::stderr_has_colour();
    let ended_millis = finished
        .events
        .last()
        .map_or(finished.started_millis, |event| event.timestamp_millis);
    if args.virtual_time && !args.quiet {
        terminal::tell(&report::summary(
            &finished.events,
            finished.started_millis,
            ended_millis,
            finished.real,
        ));
    }
    let is_told = finished.status_name() == INCOMPLETE;
    if !is_told && !matches!(finished.status, Status::Succeeded { .. }) {
        terminal::tell(&report::failure(&finished.events, &finished.status, colour));
    }
    if let Some(dry_run) = &finished.dry_run {
        let lines = dry_run.lines(&finished.status, args.output == Output::Text);
        terminal::tell(&report::render(&lines, colour));
    }
    if let Some((writes, open)) = &finished.calls {
        terminal::tell(&report::aborted(writes, open, colour));
        if args.mocks.is_some() {
            terminal::tell("With --mocks: only calls of local functions were real.\n");
        }
    }
}

fn print_result(args: &RunArgs, finished: &Finished) -> Result<(), CliError> {
    match (args.output, &finished.status) {
        (Output::Json, _) => terminal::print_json(&result_json(finished)),
        (Output::Text, Status::Succeeded { output }) => terminal::print_result(output),
        (Output::Text, _) => Ok(()),
    }
}

fn exit_code(finished: &Finished) -> u8 {
    match &finished.status {
        _ if finished.status_name() == INCOMPLETE => 0,
        Status::Succeeded { .. } => 0,
        Status::Running | Status::Failed(_) => 1,
        Status::TimedOut(_) => 3,
        Status::Aborted(_) => 4,
    }
}

fn result_json(finished: &Finished) -> Value {
    let (output, error, cause) = match &finished.status {
        Status::Succeeded { output } => (output.value().clone(), Value::Null, Value::Null),
        Status::Running => (Value::Null, Value::Null, Value::Null),
        Status::Failed(failure) | Status::Aborted(failure) | Status::TimedOut(failure) => {
            let text = |text: &Option<Arc<str>>| text.as_deref().map_or(Value::Null, Value::from);
            let error = match &finished.status {
                Status::TimedOut(_) => failure::names::TIMEOUT.into(),
                _ => text(&failure.error),
            };
            (Value::Null, error, text(&failure.cause))
        }
    };
    let mut result = json!({
        "status": finished.status_name(),
        "output": output,
        "error": error,
        "cause": cause,
        "executionArn": finished.execution_arn.as_ref(),
    });
    if let Some(dry_run) = &finished.dry_run {
        result["wouldDo"] = dry_run.would_do();
        result["policy"] = dry_run.policy.clone();
    }
    result
}
