//! Programs of others that tests use where they are. An error says what is not there.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter of the Python environment that `cargo xtask test` prepares.
pub fn python() -> Result<PathBuf, String> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let venv = std::env::var_os("STEPWRIGHT_TEST_VENV").map(PathBuf::from);
    let python = venv
        .unwrap_or_else(|| repository.join(".set-up/venv"))
        .join("bin/python");
    match python.is_file() {
        true => Ok(python),
        false => Err(format!(
            "no {}: `cargo xtask test` makes it",
            python.display()
        )),
    }
}

pub fn aws_cli_installed() -> Result<(), String> {
    installed("aws", "--version")
}

/// The folder of a provider mirror that has the AWS provider, for an installed Terraform: nothing is fetched.
pub fn terraform_mirror() -> Result<PathBuf, String> {
    const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";
    installed("terraform", "-version")?;
    let given = std::env::var_os("STEPWRIGHT_TERRAFORM_MIRROR").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let home = home.map(|home| home.join(".terraform.d/plugins"));
    let usual = [
        "/usr/local/share/terraform/plugins",
        "/usr/share/terraform/plugins",
        "/opt/tf-plugins",
    ];
    given
        .into_iter()
        .chain(home)
        .chain(usual.map(PathBuf::from))
        .find(|mirror| mirror.join(PROVIDER).is_dir())
        .ok_or_else(|| {
            format!("no Terraform mirror with {PROVIDER}; set STEPWRIGHT_TERRAFORM_MIRROR to one")
        })
}

fn installed(program: &str, argument: &str) -> Result<(), String> {
    match Command::new(program).arg(argument).output() {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err(format!("{program} is not installed")),
    }
}
