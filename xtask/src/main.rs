//! Chores of the workspace: `cargo run -p xtask -- COMMAND`.

mod catalog;
mod check_deps;
mod console;
mod test_command;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo run -p xtask -- COMMAND

  catalog [--botocore DIR] [--check]   generate crates/service-models/catalog from the models that botocore publishes
                                       (DIR: botocore's package folder; default: the one `python3` imports);
                                       --check: only say whether the committed files are what would be generated
  test                                 prepare what the tests need and run all of them
  check-deps                           check the edges between our crates against the permitted ones
";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Vec<String>) -> Result<()> {
    let mut arguments = arguments.into_iter();
    match arguments.next().as_deref() {
        Some("catalog") => {
            let mut botocore = None;
            let mut check = false;
            while let Some(argument) = arguments.next() {
                match argument.as_str() {
                    "--check" => check = true,
                    "--botocore" => match arguments.next() {
                        Some(directory) => botocore = Some(PathBuf::from(directory)),
                        None => bail!("--botocore needs a folder"),
                    },
                    other => bail!("unknown argument {other}\n{USAGE}"),
                }
            }
            catalog::run(botocore, check)
        }
        Some("check-deps") => check_deps::run(),
        Some("test") => test_command::run(),
        _ => bail!("{USAGE}"),
    }
}
