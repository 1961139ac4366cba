//! Standard output and standard error: colour, closed pipes, JSON for machines.

use std::io::{ErrorKind, IsTerminal, Write};

use anstream::ColorChoice;
use serde_json::Value;

use crate::actions::Page;
use crate::error::CliError;

pub fn stdout_has_colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != ColorChoice::Never
}

pub fn stderr_has_colour() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
}

/// Whether standard error shows a moving picture.
pub fn stderr_is_live() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Columns and rows of the terminal that standard output is.
pub fn stdout_size() -> Option<(usize, usize)> {
    let (columns, rows) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some((columns.0.into(), rows.0.into()))
}

/// An empty page as wide as the terminal, or as fits into one where there is none.
pub fn page() -> Page {
    let columns = stdout_size().map_or(100, |(columns, _)| columns.clamp(40, 140));
    Page::new(columns, stdout_has_colour())
}

/// Writes to standard output. A reader that went away (`| head`) is no error of ours.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::Output(format!(
            "standard output cannot be written: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Writes to standard error; when nobody reads it there is nobody to tell.
pub fn tell(text: &str) {
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}

/// Indented for people at a terminal, one line for everything else.
pub fn print_json(value: &Value) -> Result<(), CliError> {
    print(&match std::io::stdout().is_terminal() {
        true => format!("{value:#}\n"),
        false => format!("{value}\n"),
    })
}

pub fn print_error(message: &str, hint: Option<&str>) {
    let (red, cyan, reset) = if stderr_has_colour() {
        ("\x1b[1;31m", "\x1b[1;36m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    tell(&format!("{red}error{reset}: {message}\n"));
    if let Some(hint) = hint {
        tell(&format!("  {cyan}hint{reset}: {hint}\n"));
    }
}

/// The execution's output: as it is, indented for people at a terminal.
pub fn print_result(output: &query::Payload) -> Result<(), CliError> {
    print(&match std::io::stdout().is_terminal() {
        true => format!("{:#}\n", output.value()),
        false => format!("{}\n", output.text()),
    })
}

/// Asks at the terminal for what nobody is to see: it is not echoed.
pub fn secret(prompt: &str) -> Result<String, CliError> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    use std::io::BufRead;

    let stdin = std::io::stdin();
    let unusable =
        |error: std::io::Error| CliError::user(format!("the terminal cannot be used: {error}"));
    let usual = tcgetattr(&stdin).map_err(|error| unusable(error.into()))?;
    let mut quiet = usual.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    quiet.local_modes.insert(LocalModes::ECHONL);
    tcsetattr(&stdin, OptionalActions::Flush, &quiet).map_err(|error| unusable(error.into()))?;
    tell(prompt);
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    let restored = tcsetattr(&stdin, OptionalActions::Now, &usual);
    read.map_err(unusable)?;
    restored.map_err(|error| unusable(error.into()))?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
