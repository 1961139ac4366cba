//! Why a function's own `bootstrap` does not start.

use std::fs;
use std::io;
use std::path::Path;

/// `ENOEXEC`, on Linux and macOS alike.
const EXEC_FORMAT_ERROR: i32 = 8;

/// Lambda's words for a `bootstrap` that does not start, which are those of Go.
pub(crate) fn entrypoint_error(error: &io::Error) -> String {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory",
        io::ErrorKind::PermissionDenied => "permission denied",
        _ if error.raw_os_error() == Some(EXEC_FORMAT_ERROR) => "exec format error",
        _ => return format!("fork/exec /var/task/bootstrap: {error}"),
    };
    format!("fork/exec /var/task/bootstrap: {reason}")
}

/// For people: why a `bootstrap` that is there does not run on this machine.
pub(crate) fn explain(program: &Path, error: &io::Error) -> Option<String> {
    if error.kind() == io::ErrorKind::PermissionDenied {
        return Some("bootstrap is not executable: chmod +x".to_owned());
    }
    let bytes = fs::read(program).ok()?;
    let here = std::env::consts::ARCH;
    let elf_machine = match bytes.as_slice() {
        [0x7f, b'E', b'L', b'F', header @ ..] => header.get(14..16),
        _ => None,
    };
    let built_for = match elf_machine {
        Some([0x3e, 0]) => "x86_64",
        Some([0xb7, 0]) => "aarch64",
        Some(_) => "another processor",
        None if bytes.starts_with(b"#!") => {
            return Some(
                "the program that bootstrap names in its first line is not on this machine"
                    .to_owned(),
            );
        }
        None => {
            let system = std::env::consts::OS;
            return Some(format!(
                "bootstrap is neither a script with `#!` in its first line nor a program for {system}"
            ));
        }
    };
    Some(if built_for != here {
        format!("bootstrap was built for {built_for}, and this machine is {here}")
    } else if std::env::consts::OS != "linux" {
        "bootstrap was built for Linux, and this machine is none".to_owned()
    } else {
        "bootstrap needs a dynamic loader (C library) that is not on this machine; a static build (musl) runs everywhere".to_owned()
    })
}
