//! What `stepwright run` keeps of an execution in the user's state directory, so that `stepwright resume` goes on after a lost
//! terminal or a crash: a folder a run, with a database and the plan of the run.

mod plan;

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use interpreter::{Event, Execution, Status};
use store::{ExecutionId, Store};
use store_sqlite::{OpenOptions, SqliteStore};

use crate::error::CliError;

pub use plan::Plan;

/// Runs that ended longer ago are removed when another one starts.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// The plan's file in the folder of a run.
const PLAN: &str = "run.json";

/// Written when the execution has ended: its status.
const ENDED: &str = "ended";

/// The folder of one run.
#[derive(Debug, Clone)]
pub struct KeptRun {
    /// The execution's name.
    pub id: String,
    pub dir: PathBuf,
}

/// A run with what lists show of it.
#[derive(Debug)]
pub struct Listed {
    pub run: KeptRun,
    pub plan: Plan,
    /// None: it has not ended.
    pub status: Option<String>,
}

/// `STEPWRIGHT_STATE_DIR`, or `stepwright` in the user's state directory.
fn state_dir() -> Result<PathBuf, CliError> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(dir) = variable("STEPWRIGHT_STATE_DIR") {
        return Ok(dir);
    }
    if let Some(dir) = variable("XDG_STATE_HOME").filter(|dir| dir.is_absolute()) {
        return Ok(dir.join("stepwright"));
    }
    match variable("HOME") {
        Some(home) => Ok(home.join(".local/state/stepwright")),
        None => Err(CliError::user("no place to keep the execution: HOME is not set")
            .with_hint("set STEPWRIGHT_STATE_DIR, or give --ephemeral: then nothing is kept and nothing can be resumed")),
    }
}

impl KeptRun {
    /// Makes the folder of a new run, for its user alone: inputs and outputs may hold secrets.
    pub fn create(id: &str, plan: &Plan) -> Result<KeptRun, CliError> {
        let run = KeptRun {
            id: id.to_owned(),
            dir: state_dir()?.join("runs").join(id),
        };
        let create = || -> std::io::Result<()> {
            let plan = plan.to_json()?;
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&run.dir)?;
            fs::write(run.dir.join(PLAN), plan)
        };
        create().map_err(|error| {
            CliError::user(format!(
                "the execution cannot be kept in {}: {error}",
                run.dir.display()
            ))
            .with_hint("STEPWRIGHT_STATE_DIR names another place; with --ephemeral nothing is kept")
        })?;
        Ok(run)
    }

    pub fn open(&self) -> Result<SqliteStore, CliError> {
        SqliteStore::open(&self.dir, OpenOptions::default())
            .map_err(|error| CliError::user(error.to_string()))
    }

    /// The execution has ended: nothing is left to resume.
    pub fn ended(&self, status: &str) -> Result<(), CliError> {
        let path = self.dir.join(ENDED);
        fs::write(&path, status).map_err(|error| {
            CliError::Output(format!("{} cannot be written: {error}", path.display()))
        })
    }

    /// The process that holds it now, if one does.
    pub fn holder(&self) -> Option<u32> {
        store_sqlite::holder(&self.dir).map(|holder| holder.pid)
    }

    fn listed(self) -> Option<Listed> {
        let plan = Plan::from_json(&fs::read_to_string(self.dir.join(PLAN)).ok()?)?;
        let status = fs::read_to_string(self.dir.join(ENDED)).ok();
        Some(Listed {
            run: self,
            plan,
            status,
        })
    }
}

/// All runs, latest first.
pub fn list() -> Result<Vec<Listed>, CliError> {
    let dir = state_dir()?.join("runs");
    let entries = match fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(CliError::reading(&dir, error)),
    };
    let mut found: Vec<Listed> = entries
        .flatten()
        .filter_map(|entry| {
            let id = entry.file_name().into_string().ok()?;
            KeptRun {
                id,
                dir: entry.path(),
            }
            .listed()
        })
        .collect();
    found.sort_by_key(|listed| std::cmp::Reverse(listed.plan.started_millis));
    Ok(found)
}

/// The run whose ID begins with `id`.
pub fn find(id: &str) -> Result<Option<Listed>, CliError> {
    let mut matching: Vec<Listed> = list()?
        .into_iter()
        .filter(|listed| listed.run.id.starts_with(id))
        .collect();
    match matching.len() {
        0 | 1 => Ok(matching.pop()),
        several => Err(
            CliError::user(format!("{several} runs have an ID that begins with {id}"))
                .with_hint("`stepwright list runs` shows them; write more of the ID"),
        ),
    }
}

/// Removes what ended long ago. A folder that cannot be removed is left for the next time.
pub fn remove_old() -> Result<(), CliError> {
    let is_old = |dir: &Path| {
        let ended = fs::metadata(dir.join(ENDED)).and_then(|ended| ended.modified());
        ended.is_ok_and(|at| {
            SystemTime::now()
                .duration_since(at)
                .is_ok_and(|age| age > KEPT_FOR)
        })
    };
    for listed in list()?.iter().filter(|listed| is_old(&listed.run.dir)) {
        drop(fs::remove_dir_all(&listed.run.dir));
    }
    Ok(())
}

/// What an execution had come to.
pub struct Earlier {
    pub status: Status,
    pub events: Vec<Event>,
}

/// None: it had not begun.
pub fn earlier(store: &dyn Store, id: &ExecutionId) -> Result<Option<Earlier>, CliError> {
    let damaged = |error: &dyn std::fmt::Display| {
        CliError::Internal(format!("the kept execution cannot be read: {error}"))
    };
    let Some((_, header)) = store.summary(id).map_err(|error| damaged(&error))? else {
        return Ok(None);
    };
    let status = Execution::decode_header(&header)
        .map_err(|error| damaged(&error))?
        .status;
    let events = engine::history(store, id).map_err(|error| damaged(&error))?;
    Ok(Some(Earlier { status, events }))
}
