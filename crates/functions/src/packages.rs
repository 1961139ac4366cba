//! Packages that a function finds on Lambda and may not find here: those that it declares, when they are not installed
//! beside its code, and the AWS SDK, which every runtime of Lambda has.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;

use crate::files;
use crate::installation::Installation;
use crate::interpreter::Interpreter;

const REQUIREMENTS: &str = include_str!("requirements.py");

/// Folders in the order in which they are to be searched, after the function's own.
#[derive(Debug, Default)]
pub(crate) struct Packages {
    /// Declared by the function.
    pub(crate) declared: Option<PathBuf>,
    /// The AWS SDK.
    pub(crate) sdk: Option<PathBuf>,
}

/// What packages are looked for with.
pub(crate) struct Search<'a> {
    pub(crate) code_dir: &'a Path,
    /// Folders of layers with packages.
    pub(crate) layers: &'a [PathBuf],
    pub(crate) interpreter: &'a Interpreter,
    pub(crate) search_path: &'a OsStr,
    pub(crate) cache_dir: Option<&'a Path>,
    pub(crate) say: &'a (dyn Fn(String) + Send + Sync),
}

#[derive(Deserialize)]
struct PythonAnswer {
    satisfied: bool,
    /// The requirements file and all that it names on this machine.
    sources: Vec<PathBuf>,
    sdk: bool,
}

/// What tells one state of a file or folder from another.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    if path.is_dir() {
        return Ok(format!("{} {:?}", path.display(), files::newest(path)).into());
    }
    fs::read(path)
}

/// The places of dependencies that are files and folders; package.json names them by their full path from now on.
fn local_dependencies(package: &mut Value, folder: &Path) -> Vec<PathBuf> {
    let dependencies = package.get_mut("dependencies");
    let dependencies = dependencies.and_then(Value::as_object_mut);
    let mut local = Vec::new();
    for place in dependencies.into_iter().flat_map(|all| all.values_mut()) {
        let path = place.as_str().and_then(|text| {
            text.strip_prefix("file:")
                .or_else(|| text.starts_with('.').then_some(text))
        });
        if let Some(path) = path.map(|path| folder.join(path)) {
            *place = format!("file:{}", path.display()).into();
            local.push(path);
        }
    }
    local
}

impl Search<'_> {
    pub(crate) async fn python(&self) -> Result<Packages, String> {
        let file = self.code_dir.join("requirements.txt");
        let declared = file.exists().then_some(file.as_path());
        let wants_sdk = !files::mentions(self.code_dir, &["py"], &["boto3", "botocore"]).is_empty();
        if declared.is_none() && !wants_sdk {
            return Ok(Packages::default());
        }
        let mut packages = Packages::default();
        let mut answer = self.python_answer(declared, None).await?;
        if !answer.satisfied {
            let install = |target: &Path| {
                let mut command = self.pip(target);
                command.arg("-r").arg(&file);
                Ok(command)
            };
            let title = "requirements.txt with pip";
            let sources: Result<Vec<_>, _> =
                answer.sources.iter().map(|path| content(path)).collect();
            let sources =
                sources.map_err(|error| format!("requirements cannot be read: {error}"))?;
            let ingredients = sources.iter().map(Vec::as_slice).collect();
            let folder = self.install_python(title, ingredients, install).await?;
            answer = self.python_answer(None, Some(&folder)).await?;
            packages.declared = Some(folder);
        }
        if wants_sdk && !answer.sdk {
            let install = |target: &Path| {
                let mut command = self.pip(target);
                command.arg("boto3");
                Ok(command)
            };
            let title = "the AWS SDK (boto3) with pip";
            packages.sdk = Some(self.install_python(title, vec![b"boto3"], install).await?);
        }
        Ok(packages)
    }

    async fn install_python(
        &self,
        title: &str,
        ingredients: Vec<&[u8]>,
        install: impl FnOnce(&Path) -> io::Result<Command>,
    ) -> Result<PathBuf, String> {
        let (major, minor) = self.interpreter.version;
        let installation = Installation {
            prefix: format!("python{major}.{minor}"),
            ingredients,
            title: format!("{title} (Python {major}.{minor})"),
        };
        installation.folder(self.cache()?, self.say, install).await
    }

    /// `pip install` into a folder, with the user's own configuration: indexes, proxies, certificates.
    fn pip(&self, target: &Path) -> Command {
        let mut command = self.with_path(&self.interpreter.executable);
        command
            .args(["-m", "pip", "install", "--target"])
            .arg(target)
            .args(["--quiet", "--no-input", "--disable-pip-version-check"])
            .current_dir(self.code_dir)
            // From Python 3.11 on: the function's types.py is not the library's.
            .env("PYTHONSAFEPATH", "1")
            .env("PIP_USER", "0")
            .env("PIP_REQUIRE_VIRTUALENV", "0")
            .env_remove("PYTHONHOME")
            .env_remove("PYTHONPATH");
        command
    }

    async fn python_answer(
        &self,
        requirements: Option<&Path>,
        installed: Option<&Path>,
    ) -> Result<PythonAnswer, String> {
        let mut command = self.with_path(&self.interpreter.executable);
        command
            .args(["-c", REQUIREMENTS])
            .arg(requirements.unwrap_or(Path::new("")))
            .arg(self.code_dir)
            .args(installed)
            .args(self.layers)
            .current_dir(self.code_dir)
            .env_remove("PYTHONHOME")
            .env_remove("PYTHONPATH")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(base) = &self.interpreter.user_base {
            command.env("PYTHONUSERBASE", base);
        }
        let output = command.output().await;
        let output =
            output.map_err(|error| format!("its packages cannot be looked up: {error}"))?;
        serde_json::from_slice(&output.stdout).map_err(|_| {
            let said = String::from_utf8_lossy(&output.stderr);
            format!("its packages cannot be looked up: {}", said.trim_end())
        })
    }

    pub(crate) async fn node(&self, runtime_major: u32) -> Result<Packages, String> {
        let mut packages = Packages::default();
        let declared = self.declared_in_package_json()?;
        if declared
            .iter()
            .any(|name| !self.has_node_package(name, None))
        {
            packages.declared = Some(self.install_package_json().await?.join("node_modules"));
        }
        let mut mentioned = files::mentions(
            self.code_dir,
            &["js", "mjs", "cjs", "ts", "mts", "cts"],
            &["@aws-sdk/", "@smithy/"],
        );
        // Version 2 of the SDK is on Lambda up to Node.js 16.
        if runtime_major <= 16
            && !files::mentions(self.code_dir, &["js", "cjs"], &["'aws-sdk", "\"aws-sdk"])
                .is_empty()
        {
            mentioned.insert("aws-sdk".to_owned());
        }
        mentioned.retain(|name| !self.has_node_package(name, packages.declared.as_deref()));
        if !mentioned.is_empty() {
            packages.sdk = Some(
                self.install_node_sdk(&mentioned)
                    .await?
                    .join("node_modules"),
            );
        }
        Ok(packages)
    }

    fn declared_in_package_json(&self) -> Result<Vec<String>, String> {
        let Some(package) = self.package_json()? else {
            return Ok(Vec::new());
        };
        let declared = package.get("dependencies").and_then(Value::as_object);
        Ok(declared
            .into_iter()
            .flat_map(|names| names.keys().cloned())
            .collect())
    }

    fn package_json(&self) -> Result<Option<Value>, String> {
        let text = match fs::read(self.code_dir.join("package.json")) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("package.json cannot be read: {error}")),
        };
        let package = serde_json::from_slice(&text);
        package
            .map(Some)
            .map_err(|error| format!("package.json is not JSON: {error}"))
    }

    /// Whether Node.js finds a package from the code, as it looks for it: in each folder above, then in layers.
    fn has_node_package(&self, name: &str, installed: Option<&Path>) -> bool {
        let above = self
            .code_dir
            .ancestors()
            .map(|folder| folder.join("node_modules"));
        let others = self.layers.iter().map(PathBuf::as_path).chain(installed);
        above
            .chain(others.map(Path::to_owned))
            .any(|folder| folder.join(name).is_dir())
    }

    async fn install_package_json(&self) -> Result<PathBuf, String> {
        let read = |name: &str| fs::read(self.code_dir.join(name)).ok();
        let lock = ["npm-shrinkwrap.json", "package-lock.json"];
        let lock = lock.iter().find_map(|name| Some((*name, read(name)?)));
        let npmrc = read(".npmrc");
        let mut package = self.package_json()?.unwrap_or(Value::Null);
        let local = local_dependencies(&mut package, self.code_dir);
        // A lock has their places from the project on, which is elsewhere.
        let lock = lock.filter(|_| local.is_empty());
        // npm tells which of them is missing.
        let local: Vec<Vec<u8>> = local.iter().filter_map(|path| content(path).ok()).collect();
        if let Some(fields) = package.as_object_mut() {
            // They belong to the whole project, which is not there.
            fields.shift_remove("scripts");
            if lock.is_none() {
                // They would be looked up although they are left out; `npm ci` wants them to be those of the lock.
                fields.shift_remove("devDependencies");
            }
        }
        let package = package.to_string();
        let mut ingredients = vec![package.as_bytes()];
        ingredients.extend(lock.iter().map(|(_, text)| text.as_slice()));
        ingredients.extend(npmrc.as_deref());
        ingredients.extend(local.iter().map(Vec::as_slice));
        let title = match lock {
            Some((name, _)) => format!("the packages of {name} with npm"),
            None => "the packages of package.json with npm".to_owned(),
        };
        let install = |folder: &Path| {
            fs::write(folder.join("package.json"), &package)?;
            if let Some((name, text)) = &lock {
                fs::write(folder.join(name), text)?;
            }
            if let Some(text) = &npmrc {
                fs::write(folder.join(".npmrc"), text)?;
            }
            let action = if lock.is_some() { "ci" } else { "install" };
            Ok(self.npm(folder, action))
        };
        self.install_node(title, ingredients, install).await
    }

    async fn install_node_sdk(&self, names: &BTreeSet<String>) -> Result<PathBuf, String> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let install = |folder: &Path| {
            fs::write(folder.join("package.json"), "{}")?;
            let mut command = self.npm(folder, "install");
            command.args(names.iter().map(|name| match *name {
                "aws-sdk" => "aws-sdk@2",
                name => name,
            }));
            Ok(command)
        };
        let title = format!("the AWS SDK ({}) with npm", names.join(", "));
        let ingredients = names.iter().map(|name| name.as_bytes()).collect();
        self.install_node(title, ingredients, install).await
    }

    async fn install_node(
        &self,
        title: String,
        ingredients: Vec<&[u8]>,
        install: impl FnOnce(&Path) -> io::Result<Command>,
    ) -> Result<PathBuf, String> {
        let (major, _) = self.interpreter.version;
        let installation = Installation {
            prefix: format!("nodejs{major}"),
            ingredients,
            title: format!("{title} (Node.js {major})"),
        };
        installation.folder(self.cache()?, self.say, install).await
    }

    /// `npm` in a folder, with the user's own configuration.
    fn npm(&self, folder: &Path, action: &str) -> Command {
        let mut command = self.with_path(Path::new("npm"));
        command
            .args([
                action,
                "--omit=dev",
                // Local packages with what they need themselves; a link would lead out of the folder.
                "--install-links",
                "--no-audit",
                "--no-fund",
                "--no-update-notifier",
            ])
            .args(["--loglevel=error", "--progress=false"])
            .current_dir(folder)
            .env_remove("NODE_OPTIONS");
        command
    }

    fn with_path(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("PATH", self.search_path);
        command
    }

    fn cache(&self) -> Result<&Path, String> {
        self.cache_dir.ok_or_else(|| {
            "its packages are not installed beside its code, and there is no folder to install them into: \
             HOME or XDG_CACHE_HOME has to be set"
                .to_owned()
        })
    }
}
