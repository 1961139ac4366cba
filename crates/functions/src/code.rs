//! Which folder of a function is run: its code, or what `sam build` made of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::InvokeError;
use crate::files;
use crate::interpreter::Runtime;
use crate::log::Labels;
use crate::{Code, FunctionSpec};

/// Where the code is, and its folder if it stands in the template.
pub(crate) fn code_dir(
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
