//! The question before a run that can change a real account.

use std::io::{BufRead, IsTerminal, Write};

use crate::error::CliError;
use crate::terminal;

/// Asks whether to go on. Without a terminal nobody can answer, and `--yes` has to be given.
pub fn ask() -> Result<(), CliError> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(CliError::user(
            "this run can change the AWS account above, and there is no terminal to ask at; nothing was called",
        )
        .with_hint("--yes goes on without the question, --expect-account ID makes sure of the account, --dry-run writes nothing"));
    }
    terminal::tell("Go on? [y/N] ");
    drop(std::io::stderr().flush());
    let mut answer = String::new();
    // What cannot be read is no consent.
    let read = std::io::stdin().lock().read_line(&mut answer);
    if !answer.ends_with('\n') {
        // Ctrl-D leaves the line of the question open.
        terminal::tell("\n");
    }
    let answer = answer.trim().to_ascii_lowercase();
    match read.is_ok() && matches!(answer.as_str(), "y" | "yes") {
        true => Ok(()),
        false => Err(CliError::user("not started: nothing was called")),
    }
}
