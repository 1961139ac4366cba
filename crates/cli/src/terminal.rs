//! Standard output and standard error: colour, closed pipes, JSON for machines.

use std::io::{ErrorKind, IsTerminal, Write};

use anstream::ColorChoice;
use serde_json::Value;

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

/// A reader that went away (`| head`) is no error of ours; anything else is said once, on standard error.
pub fn ignore_closed_pipe(result: std::io::Result<()>) {
    if let Err(error) = result
        && error.kind() != ErrorKind::BrokenPipe
    {
        eprintln!("stepwright: standard output cannot be written: {error}");
    }
}

/// Indented for people at a terminal, one line for everything else.
pub fn print_json(value: &Value) {
    let stdout = std::io::stdout();
    let text = if stdout.is_terminal() {
        format!("{value:#}")
    } else {
        value.to_string()
    };
    ignore_closed_pipe(writeln!(stdout.lock(), "{text}"));
}

pub fn print_error(message: &str, hint: Option<&str>) {
    let (red, cyan, reset) = if stderr_has_colour() {
        ("\x1b[1;31m", "\x1b[1;36m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    eprintln!("{red}error{reset}: {message}");
    if let Some(hint) = hint {
        eprintln!("  {cyan}hint{reset}: {hint}");
    }
}

/// The execution's output: as it is, indented for people at a terminal.
pub fn print_result(output: &query::Payload) {
    let stdout = std::io::stdout();
    let text = if stdout.is_terminal() {
        format!("{:#}", output.value())
    } else {
        output.text().to_string()
    };
    ignore_closed_pipe(writeln!(stdout.lock(), "{text}"));
}
