//! `backup` and `restore`: the data directory of a server, while it serves, and back.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde_json::json;
use store_sqlite::{BackupProgress, RestoreError};

use crate::args::Output;
use crate::error::CliError;
use crate::serve::options::default_data_dir;
use crate::terminal;

const BACKUP_EXAMPLES: &str = "\
Examples:
  stepwright backup /var/backups/stepwright-$(date +%F).db
  stepwright backup nightly.db --data /var/lib/stepwright --output json

The server goes on meanwhile. The file is complete and checked when the command ends; without success there is none.";

#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub struct BackupArgs {
    /// The file to write
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// The server's data directory [default: $XDG_DATA_HOME/stepwright or ~/.local/share/stepwright]
    #[arg(long, value_name = "DIR", env = "STEPWRIGHT_DATA", value_hint = ValueHint::DirPath)]
    pub data: Option<PathBuf>,

    /// Text for people, or an object
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

const RESTORE_EXAMPLES: &str = "\
Examples:
  stepwright restore nightly.db --data /var/lib/stepwright
  stepwright restore nightly.db --force      in the place of what is there, which is moved aside

What ran at the time of the backup goes on when a server starts on the directory: calls that were out then may be made again.";

#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub struct RestoreArgs {
    /// The backup
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// The data directory to fill; no server may have it open [default: $XDG_DATA_HOME/stepwright or ~/.local/share/stepwright]
    #[arg(long, value_name = "DIR", env = "STEPWRIGHT_DATA", value_hint = ValueHint::DirPath)]
    pub data: Option<PathBuf>,

    /// Also when the directory is not empty: its database is moved aside
    #[arg(long)]
    pub force: bool,

    /// Text for people, or an object
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
}

pub fn backup(args: &BackupArgs) -> Result<u8, CliError> {
    let directory = directory(args.data.as_ref())?;
    let is_shown = args.output == Output::Text && terminal::stderr_is_live();
    let mut pages = 0;
    let progress = |progress: BackupProgress| {
        pages = progress.pages;
        if is_shown && progress.pages > 0 {
            let done = progress.pages - progress.remaining_pages;
            terminal::tell(&format!("\r\x1b[K{} %", done * 100 / progress.pages));
        }
    };
    let written = store_sqlite::backup(&directory, &args.file, progress);
    if is_shown {
        terminal::tell("\r\x1b[K");
    }
    written.map_err(|error| CliError::user(error.to_string()))?;
    let bytes = pages * 4096;
    match args.output {
        Output::Json => terminal::print_json(&json!({"file": args.file, "bytes": bytes}))?,
        Output::Text => {
            terminal::print(&format!("{} ({} KiB)\n", args.file.display(), bytes / 1024))?
        }
    }
    Ok(0)
}

pub fn restore(args: &RestoreArgs) -> Result<u8, CliError> {
    let directory = directory(args.data.as_ref())?;
    let aside = store_sqlite::restore(&args.file, &directory, args.force).map_err(|error| {
        let message = CliError::user(error.to_string());
        match error {
            RestoreError::NotEmpty(_) => message.with_hint("--force moves its database aside"),
            _ => message,
        }
    })?;
    match args.output {
        Output::Json => terminal::print_json(&json!({"data": directory, "movedAside": aside}))?,
        Output::Text => {
            if let Some(aside) = aside {
                terminal::tell(&format!("what was there is now {}\n", aside.display()));
            }
            terminal::print(&format!("restored into {}\n", directory.display()))?;
        }
    }
    Ok(0)
}

fn directory(named: Option<&PathBuf>) -> Result<PathBuf, CliError> {
    named.cloned().or_else(default_data_dir).ok_or_else(|| {
        CliError::user("there is no place for the data: neither XDG_DATA_HOME nor HOME is set")
            .with_hint("--data DIR names one")
    })
}
