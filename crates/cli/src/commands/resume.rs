//! `resume`, `pause` and `stop`: of what `run` has kept here, else of an execution on a server.

use rustix::process::{Pid, Signal, kill_process};

use super::run;
use crate::client::args::{PauseArgs, ResumeArgs, StopArgs};
use crate::client::executions;
use crate::error::CliError;
use crate::kept::{self, KeptRun, Listed};
use crate::terminal;

pub fn resume(args: &ResumeArgs) -> Result<u8, CliError> {
    let listed = match &args.execution {
        None => latest()?,
        Some(execution) => match local(execution)? {
            Some(listed) => listed,
            None => return executions::resume(execution, &args.server),
        },
    };
    if let Some(status) = &listed.status {
        return Err(CliError::user(format!(
            "the run {} has ended: {status}",
            listed.run.id
        )));
    }
    if let Some(pid) = listed.run.holder() {
        return Err(CliError::user(format!(
            "the run {} is running, in process {pid}",
            listed.run.id
        )));
    }
    run::resume(listed.run, &listed.plan)
}

/// The latest run that was cut short.
fn latest() -> Result<Listed, CliError> {
    let cut_short = |listed: &Listed| listed.status.is_none() && listed.run.holder().is_none();
    kept::list()?.into_iter().find(cut_short).ok_or_else(|| {
        CliError::user("there is no interrupted run")
            .with_hint("`stepwright list runs` shows all runs that are kept")
    })
}

/// The run that the beginning of an ID names.
fn local(execution: &str) -> Result<Option<Listed>, CliError> {
    match execution.starts_with("arn:") || execution.contains('/') {
        true => Ok(None),
        false => kept::find(execution),
    }
}

pub fn pause(args: &PauseArgs) -> Result<u8, CliError> {
    match local(&args.execution)? {
        Some(listed) => signal(&listed, Signal::USR1, "pauses once no call is out"),
        None => executions::pause(&args.execution, &args.server),
    }
}

pub fn stop(args: &StopArgs) -> Result<u8, CliError> {
    match (local(&args.execution)?, args.drain) {
        (Some(listed), true) => signal(&listed, Signal::TERM, "winds down"),
        (Some(listed), false) => signal(&listed, Signal::USR2, "stops"),
        (None, _) => executions::stop(args),
    }
}

/// Tells the process that holds the run.
fn signal(listed: &Listed, signal: Signal, what: &str) -> Result<u8, CliError> {
    let KeptRun { id, .. } = &listed.run;
    let holder = listed
        .run
        .holder()
        .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    let Some(pid) = holder else {
        let error = CliError::user(match &listed.status {
            Some(status) => format!("the run {id} has ended: {status}"),
            None => format!("the run {id} is not running"),
        });
        return Err(match listed.status {
            Some(_) => error,
            None => error.with_hint(format!("`stepwright resume {id}` goes on with it")),
        });
    };
    kill_process(pid, signal).map_err(|error| {
        CliError::user(format!(
            "the process {pid:?} of the run {id} cannot be told: {error}"
        ))
    })?;
    terminal::print(&format!("{what}\n"))?;
    Ok(0)
}
