//! From a declaration to what its processes are started with: the code's folder, the program, the packages.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::code::code_dir;
use crate::error::InvokeError;
use crate::interpreter::{Interpreter, Runtime};
use crate::log::Labels;
use crate::packages::{Packages, Search};
use crate::{FunctionSpec, HostOptions};

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
