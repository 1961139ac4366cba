//! From a declaration to what its processes are started with: the code's folder, the program, the packages.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::InvokeError;
use crate::files;
use crate::interpreter::{Interpreter, Runtime};
use crate::log::Labels;
use crate::packages::{Packages, Search};
use crate::{Code, FunctionSpec, HostOptions};

/// Speaks the Runtime API for a Python function; fed to the interpreter on standard input.
const PYTHON_BOOTSTRAP: &[u8] = include_bytes!("bootstrap.py");

/// The same for Node.js.
const NODE_BOOTSTRAP: &[u8] = include_bytes!("bootstrap.cjs");

/// How much of a function's memory V8 may use for old objects, in percent; the rest is for everything else.
const HEAP_PERCENT: u64 = 90;

/// What the processes of a function are started with, besides their environment.
pub(crate) struct Launch {
    pub(crate) arguments: Vec<OsString>,
    /// What the program reads on standard input.
    pub(crate) script: Option<&'static [u8]>,
    /// `LAMBDA_TASK_ROOT`.
    pub(crate) code_dir: PathBuf,
    /// `None`: the `bootstrap` of the code or of a layer.
    pub(crate) interpreter: Option<Interpreter>,
    /// Folders that follow those which the function itself puts into a variable.
    pub(crate) search_paths: Vec<(&'static str, Vec<PathBuf>)>,
    layers: Vec<PathBuf>,
    /// Code of the template lives here as long as its function.
    _inline: Option<TempDir>,
}

impl Launch {
    pub(crate) async fn prepare(
        spec: &FunctionSpec,
        runtime: Runtime,
        interpreter: Option<Interpreter>,
        options: &HostOptions,
        labels: &Labels,
    ) -> Result<Self, InvokeError> {
        let warnings = interpreter
            .as_ref()
            .and_then(|found| found.warning(runtime, &spec.runtime));
        for warning in spec.warnings.iter().cloned().chain(warnings) {
            labels.say(warning);
        }
        let (code_dir, inline) = code_dir(spec, runtime, labels)?;
        let layers = layers(spec)?;
        let mut launch = Self {
            arguments: Vec::new(),
            script: None,
            code_dir,
            interpreter,
            search_paths: vec![
                ("PATH", below(&layers, &["bin"])),
                ("LD_LIBRARY_PATH", below(&layers, &["lib"])),
            ],
            layers,
            _inline: inline,
        };
        let failed = |reason| InvokeError::Packages {
            function: spec.name.clone(),
            reason,
        };
        let say = |text: String| labels.say(text);
        let Some(found) = &launch.interpreter else {
            return Ok(launch);
        };
        let (major, minor) = found.version;
        let search = |layers| Search {
            code_dir: &launch.code_dir,
            layers,
            interpreter: found,
            search_path: &options.search_path,
            cache_dir: options.cache_dir.as_deref(),
            say: &say,
        };
        match runtime {
            Runtime::Python { .. } => {
                let site = format!("python/lib/python{major}.{minor}/site-packages");
                let of_layers = below(&launch.layers, &["python", &site]);
                let packages = search(&of_layers).python().await.map_err(failed)?;
                launch
                    .search_paths
                    .push(("PYTHONPATH", in_order(packages, of_layers)));
                launch.arguments = vec!["-u".into(), "-".into(), spec.name.clone().into()];
                launch.script = Some(PYTHON_BOOTSTRAP);
            }
            Runtime::Node { major: wanted } => {
                let versioned = format!("nodejs/node{major}/node_modules");
                let of_layers = below(&launch.layers, &["nodejs/node_modules", &versioned]);
                let packages = search(&of_layers).node(wanted).await.map_err(failed)?;
                launch
                    .search_paths
                    .push(("NODE_PATH", in_order(packages, of_layers)));
                launch.arguments = heap_limit(spec).into_iter().collect();
                launch
                    .arguments
                    .extend(["-".into(), spec.name.clone().into()]);
                launch.script = Some(NODE_BOOTSTRAP);
            }
            Runtime::Provided => {}
        }
        Ok(launch)
    }

    /// The program to start. The error is Lambda's word for a missing one.
    pub(crate) fn program(&self) -> Result<PathBuf, String> {
        if let Some(interpreter) = &self.interpreter {
            return Ok(interpreter.executable.clone());
        }
        let folders = [&self.code_dir].into_iter().chain(&self.layers);
        folders
            .map(|folder| folder.join("bootstrap"))
            .find(|program| program.exists())
            .ok_or_else(|| {
                "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned()
            })
    }
}

/// Where the code is, and its folder if it stands in the template.
fn code_dir(
    spec: &FunctionSpec,
    runtime: Runtime,
    labels: &Labels,
) -> Result<(PathBuf, Option<TempDir>), InvokeError> {
    let folder = match &spec.code {
        Code::Folder(folder) => folder,
        Code::Inline(text) => {
            let name = match runtime {
                Runtime::Python { .. } => "index.py",
                Runtime::Node { .. } => "index.js",
                Runtime::Provided => {
                    return Err(InvokeError::InlineCode {
                        function: spec.name.clone(),
                        runtime: spec.runtime.clone(),
                    });
                }
            };
            return inline(name, text).map_err(|source| InvokeError::Start {
                function: spec.name.clone(),
                source,
            });
        }
    };
    let folder = match folder {
        file if !file.is_file() => file.as_path(),
        archive
            if archive
                .extension()
                .is_some_and(|ending| ending == "zip" || ending == "jar") =>
        {
            return Err(InvokeError::CodeNotFound {
                function: spec.name.clone(),
                path: archive.clone(),
                source: io::Error::other(
                    "an archive is not run locally, only the folder that it was made from",
                ),
            });
        }
        // A package of one file.
        file => file.parent().unwrap_or(file),
    };
    let can_run = |folder: &Path| has_handler(folder, &spec.handler, runtime);
    let chosen = match spec.built_dir.as_deref().filter(|built| can_run(built)) {
        Some(built) if !can_run(folder) => {
            if is_newer(folder, built) {
                labels.say(
                    "what `sam build` made is older than the code; it runs as it was built"
                        .to_owned(),
                );
            }
            built
        }
        Some(built) if !is_newer(folder, built) => built,
        _ => folder,
    };
    if matches!(runtime, Runtime::Node { .. })
        && !can_run(chosen)
        && has_typescript(chosen, &spec.handler)
    {
        labels.say("its code is TypeScript: `sam build` has to translate it first".to_owned());
    }
    let canonical = fs::canonicalize(chosen).map_err(|source| InvokeError::CodeNotFound {
        function: spec.name.clone(),
        path: chosen.to_owned(),
        source,
    })?;
    Ok((canonical, None))
}

fn inline(name: &str, text: &str) -> io::Result<(PathBuf, Option<TempDir>)> {
    let folder = tempfile::Builder::new().prefix("stepwright-").tempdir()?;
    fs::write(folder.path().join(name), text)?;
    Ok((fs::canonicalize(folder.path())?, Some(folder)))
}

/// Whether a file of `source` was changed after `sam build` made `built`.
fn is_newer(source: &Path, built: &Path) -> bool {
    // The files keep the times that they had; this one is written by each build.
    let template = built.parent().map(|folder| folder.join("template.yaml"));
    let modified = |path: &Path| {
        fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    let built = template
        .as_deref()
        .and_then(modified)
        .or_else(|| files::newest(built));
    files::newest(source) > built
}

/// Whether a folder has the file that a handler is in.
fn has_handler(folder: &Path, handler: &str, runtime: Runtime) -> bool {
    let module = |dotted: bool| match handler.rsplit_once('.') {
        Some((module, _)) if dotted => module.replace('.', "/"),
        _ => node_module(handler),
    };
    let exists = |module: &str, endings: &[&str]| {
        endings
            .iter()
            .any(|ending| folder.join(format!("{module}{ending}")).exists())
    };
    match runtime {
        Runtime::Python { .. } => exists(&module(true), &[".py", "/__init__.py"]),
        Runtime::Node { .. } => exists(&module(false), &[".js", ".mjs", ".cjs", "/index.js"]),
        Runtime::Provided => folder.join("bootstrap").exists(),
    }
}

fn has_typescript(folder: &Path, handler: &str) -> bool {
    let module = node_module(handler);
    [".ts", ".mts", ".cts"]
        .iter()
        .any(|ending| folder.join(format!("{module}{ending}")).exists())
}

/// The file of a handler of Node.js: all up to the first dot of the last part of the path.
fn node_module(handler: &str) -> String {
    let start = handler.rfind('/').map_or(0, |slash| slash + 1);
    let end = handler[start..]
        .find('.')
        .map_or(handler.len(), |dot| start + dot);
    handler[..end].to_owned()
}

fn layers(spec: &FunctionSpec) -> Result<Vec<PathBuf>, InvokeError> {
    // Later layers are laid over earlier ones.
    let layers = spec.layers.iter().rev().map(|layer| {
        fs::canonicalize(layer).map_err(|source| InvokeError::CodeNotFound {
            function: spec.name.clone(),
            path: layer.clone(),
            source,
        })
    });
    layers.collect()
}

/// The folders of these names that layers have.
fn below(layers: &[PathBuf], names: &[&str]) -> Vec<PathBuf> {
    let all = layers
        .iter()
        .flat_map(|layer| names.iter().map(|name| layer.join(name)));
    all.filter(|folder| folder.is_dir()).collect()
}

fn in_order(packages: Packages, layers: Vec<PathBuf>) -> Vec<PathBuf> {
    packages
        .declared
        .into_iter()
        .chain(layers)
        .chain(packages.sdk)
        .collect()
}

/// The size of V8's heap, unless the function has its own opinion.
fn heap_limit(spec: &FunctionSpec) -> Option<OsString> {
    let options = spec.environment.get("NODE_OPTIONS");
    if options.is_some_and(|options| options.replace('_', "-").contains("--max-old-space-size")) {
        return None;
    }
    let mib = u64::from(spec.memory_mib).max(crate::memory::SMALLEST_MIB) * HEAP_PERCENT / 100;
    Some(format!("--max-old-space-size={mib}").into())
}

/// For people: why a `bootstrap` that is there does not run on this machine.
pub(crate) fn explain_bootstrap(program: &Path, error: &io::Error) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_handler() {
        assert_eq!(node_module("index.handler"), "index");
        assert_eq!(node_module("src/app.deep.handler"), "src/app");
        assert_eq!(node_module("src.d/app.handler"), "src.d/app");
        assert_eq!(node_module("index"), "index");
    }
}
