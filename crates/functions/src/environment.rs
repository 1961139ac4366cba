//! The variables of a function's processes.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::launch::Launch;
use crate::log::Labels;
use crate::{FunctionSpec, HostOptions};

/// Everything that a process has in its environment, apart from the address of its Runtime API (Lambda developer
/// guide, "Using Lambda environment variables", for the names; the paths are those of this machine).
pub(crate) fn environment(
    options: &HostOptions,
    common: &BTreeMap<String, String>,
    spec: &FunctionSpec,
    launch: &Launch,
    labels: &Labels,
) -> BTreeMap<OsString, OsString> {
    let mut environment: BTreeMap<OsString, OsString> = BTreeMap::new();
    let mut set = |name: &str, value: OsString| drop(environment.insert(name.into(), value));
    set("PATH", options.search_path.clone());
    // Nothing of the user's home is a function's business, above all not the credentials in it.
    set("HOME", "/nonexistent".into());
    set("AWS_CONFIG_FILE", "/dev/null".into());
    set("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".into());
    set("AWS_EC2_METADATA_DISABLED", "true".into());
    let interpreter = launch.interpreter.as_ref();
    if let Some(base) = interpreter.and_then(|found| found.user_base.as_ref()) {
        set("PYTHONUSERBASE", base.into());
    }
    if spec.runtime.starts_with("nodejs") {
        // The version of Node.js is not the function's choice; the host tells what there is.
        set(
            "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
            "true".into(),
        );
    }
    set("LANG", "en_US.UTF-8".into());
    set("PYTHONUTF8", "1".into());
    // The code may be a folder under version control.
    set("PYTHONDONTWRITEBYTECODE", "1".into());
    set("TZ", ":UTC".into());
    for (name, value) in common.iter().chain(&spec.environment) {
        set(name, value.into());
    }
    for (name, folders) in launch
        .search_paths
        .iter()
        .filter(|(_, folders)| !folders.is_empty())
    {
        let own = environment.remove(OsStr::new(name)).unwrap_or_default();
        let own = std::env::split_paths(&own).filter(|folder| !folder.as_os_str().is_empty());
        // A folder with a colon in its name cannot be searched by anybody.
        if let Ok(all) = std::env::join_paths(own.chain(folders.iter().cloned())) {
            environment.insert(name.into(), all);
        }
    }
    let mut set = |name: &str, value: OsString| drop(environment.insert(name.into(), value));
    set("_HANDLER", spec.handler.clone().into());
    set("LAMBDA_TASK_ROOT", launch.code_dir.clone().into());
    set(
        "AWS_EXECUTION_ENV",
        format!("AWS_Lambda_{}", spec.runtime).into(),
    );
    set("AWS_LAMBDA_FUNCTION_NAME", spec.name.clone().into());
    set("AWS_LAMBDA_FUNCTION_VERSION", spec.version.clone().into());
    set(
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        spec.memory_mib.to_string().into(),
    );
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into());
    set(
        "AWS_LAMBDA_LOG_GROUP_NAME",
        format!("/aws/lambda/{}", spec.name).into(),
    );
    set(
        "AWS_LAMBDA_LOG_STREAM_NAME",
        labels.log_stream.as_ref().into(),
    );
    environment
}
