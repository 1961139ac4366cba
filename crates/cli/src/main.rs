//! The `stepwright` binary.

mod actions;
mod args;
mod client;
mod commands;
mod error;
mod export;
mod import;
mod input;
mod kept;
mod progress;
mod project;
mod report;
mod safety;
mod serve;
mod template;
mod terminal;
mod wiring;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use error::CliError;

fn main() -> ExitCode {
    // The panic itself is told by the hook of the standard library.
    let result = std::panic::catch_unwind(|| perform(Cli::parse().command))
        .unwrap_or_else(|_| Err(CliError::Internal("an unexpected panic".to_owned())));
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let hint = match &error {
                CliError::User { hint, .. } => hint.as_deref(),
                CliError::Output(_) => None,
                CliError::Internal(_) => Some(
                    "this is a fault of Stepwright: please report it with the command and the definition",
                ),
            };
            terminal::print_error(&error.to_string(), hint);
            ExitCode::from(error.exit_code())
        }
    }
}

fn perform(command: Command) -> Result<u8, CliError> {
    match command {
        Command::Run(args) => commands::run::run(&args),
        Command::Validate(args) => commands::validate::validate(&args),
        Command::Match(args) => commands::match_event::match_event(&args),
        Command::Actions(args) => commands::actions::actions(&args),
        Command::Action(args) => commands::action::action(&args),
        Command::Export(args) => export::export(&args),
        Command::Import(command) => import::import(&command),
        Command::Serve(args) => commands::serve::serve(*args),
        Command::Up(args) => project::up(&args),
        Command::Plan(args) => project::plan(&args),
        Command::Down(args) => project::down(&args),
        Command::Start(args) => client::executions::start(&args),
        Command::List(args) => client::machines::list(&args),
        Command::Describe(args) => client::machines::describe(&args),
        Command::History(args) => client::executions::history(&args),
        Command::Logs(args) => client::executions::logs(&args),
        Command::Stop(args) => commands::resume::stop(&args),
        Command::Pause(args) => commands::resume::pause(&args),
        Command::Resume(args) => commands::resume::resume(&args),
        Command::Redrive(args) => client::executions::redrive(&args),
        Command::Create(args) => client::machines::create(&args),
        Command::Update(args) => client::machines::update(&args),
        Command::Delete(args) => client::machines::delete(&args),
        Command::Functions(args) => client::functions::functions(&args),
        Command::Schedules(args) => client::schedules::schedules(&args),
        Command::Users(args) => commands::users::users(&args),
        Command::Backup(args) => commands::backup::backup(&args),
        Command::Restore(args) => commands::backup::restore(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "stepwright", &mut script);
            let script = String::from_utf8_lossy(&script).into_owned();
            terminal::print(&actions::completion::script(shell, script)).map(|()| 0)
        }
        Command::CompleteAction { written } => {
            terminal::print(&actions::completion::candidates(&written)).map(|()| 0)
        }
    }
}
