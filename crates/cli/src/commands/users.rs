//! `stepwright users`: who may sign in to the console.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use serde_json::json;

use crate::args::Output;
use crate::error::CliError;
use crate::serve::login::users;
use crate::serve::options::default_data_dir;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  stepwright users add ada --data /var/lib/stepwright
  pass show stepwright/ada | stepwright users add ada --password-stdin
  stepwright users list
  stepwright users remove ada        their sessions end at once

A server with --credentials wants people to sign in to its console. A server that runs sees changes at once.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct UsersArgs {
    #[command(subcommand)]
    pub command: UsersCommand,

    /// The server's data directory [default: $XDG_DATA_HOME/stepwright or ~/.local/share/stepwright]
    #[arg(long, value_name = "DIR", env = "STEPWRIGHT_DATA", value_hint = ValueHint::DirPath, global = true)]
    pub data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// Add a user
    Add(WithPassword),
    /// Show all users
    List {
        /// Lines for people, or a list
        #[arg(long, value_enum, default_value = "text")]
        output: Output,
    },
    /// Remove a user; their sessions end
    Remove {
        /// The user
        name: String,
    },
    /// Give a user a new password; their sessions end
    Password(WithPassword),
}

#[derive(Debug, Args)]
pub struct WithPassword {
    /// The user
    pub name: String,

    /// Read the password from the first line of standard input
    #[arg(long)]
    pub password_stdin: bool,
}

pub fn users(args: &UsersArgs) -> Result<u8, CliError> {
    let data = args.data.clone().or_else(default_data_dir).ok_or_else(|| {
        CliError::user("there is no place for the data: neither XDG_DATA_HOME nor HOME is set")
            .with_hint("--data DIR names one")
    })?;
    match &args.command {
        UsersCommand::Add(of) => users::add(&data, &of.name, &password(of)?)?,
        UsersCommand::Password(of) => users::set_password(&data, &of.name, &password(of)?)?,
        UsersCommand::Remove { name } => users::remove(&data, name)?,
        UsersCommand::List { output } => {
            let users = users::list(&data)?;
            match output {
                Output::Json => terminal::print_json(&json!(users.names().collect::<Vec<_>>()))?,
                Output::Text => {
                    let lines: String = users.names().map(|name| format!("{name}\n")).collect();
                    terminal::print(&lines)?;
                }
            }
        }
    }
    Ok(0)
}

fn password(of: &WithPassword) -> Result<String, CliError> {
    if of.password_stdin {
        return line();
    }
    if !std::io::stdin().is_terminal() {
        return Err(
            CliError::user("there is no terminal to ask for the password")
                .with_hint("--password-stdin reads it from standard input"),
        );
    }
    let first = terminal::secret("Password: ")?;
    match terminal::secret("Once more: ")? == first {
        true => Ok(first),
        false => Err(CliError::user("the passwords are not the same")),
    }
}

fn line() -> Result<String, CliError> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| CliError::user(format!("standard input cannot be read: {error}")))?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
