//! The Lambda API: functions with their code, versions and aliases, permissions and tags as they are declared, invocations.
//!
//! Functions run as processes of this machine (`functions`). What only concerns AWS's own machinery (roles, permissions, VPCs,
//! tracing, architectures) is stored and shown; what would make a function behave otherwise and is not here (layers, images,
//! file systems) is refused.

mod aliases;
mod code;
mod configuration;
mod create;
mod error;
mod event_invoke;
mod invoke;
mod name;
mod permissions;
mod read;
mod record;
mod settings;
mod tags;
#[cfg(test)]
mod tests;
mod update;
mod versions;

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use functions::{Code, FunctionHost, FunctionSpec, Retired};
use serde_json::{Map, Value};
use store::Store;

pub use invoke::{InvocationType, Invoke, Invoked};

use crate::delivery::Deliveries;
use crate::table::{Table, Transaction};
use crate::wire::{AwsService, Output, ServiceCall, ServiceError, ServiceFuture};
use code::Packages;
use record::{Alias, Function, Version};

/// Where the service is, and what it works with.
#[derive(Clone)]
pub struct Options {
    /// `aws`, as in every ARN.
    pub partition: Arc<str>,
    pub region: Arc<str>,
    /// Twelve digits.
    pub account: Arc<str>,
    /// Where packages are unpacked. It is this service's alone, and emptied when it is opened.
    pub code_dir: PathBuf,
    /// Runs the functions; may have others besides.
    pub host: Arc<FunctionHost>,
    /// Takes asynchronous invocations.
    pub deliveries: Deliveries,
    /// For code in S3.
    pub objects: Arc<dyn Objects>,
}

/// An object's bytes, or the error's code and message.
pub type ObjectFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<u8>, (String, String)>> + Send + 'a>>;

/// Reads objects of S3.
pub trait Objects: Send + Sync {
    fn get<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        version: Option<&'a str>,
    ) -> ObjectFuture<'a>;
}

/// The service. Cloning is cheap; clones are the same.
#[derive(Clone)]
pub struct Lambda(Arc<Shared>);

struct Shared {
    store: Arc<dyn Store>,
    tables: Tables,
    packages: Packages,
    options: Options,
    /// Held from deciding on a change to having committed it.
    changes: Mutex<()>,
    /// Invocations under way of functions with reserved concurrency.
    running: Mutex<HashMap<String, u32>>,
    /// Changes whose old code may still be in use. Counted up with `changes` held.
    retiring: AtomicUsize,
}

struct Tables {
    functions: Table<Function>,
    versions: Table<Version>,
    aliases: Table<Alias>,
}

impl Lambda {
    /// Reads what is stored and declares it to the host.
    ///
    /// # Errors
    /// The store's; `Corrupt` also for a folder of code that cannot be made.
    pub fn open(store: &Arc<dyn Store>, options: Options) -> Result<Lambda, store::Error> {
        make_empty(&options.code_dir).map_err(|error| {
            let folder = options.code_dir.display();
            store::Error::Unavailable(format!("the folder {folder} for functions' code: {error}"))
        })?;
        let lambda = Lambda(Arc::new(Shared {
            store: store.clone(),
            tables: Tables {
                functions: Table::open(store, "functions")?,
                versions: Table::open(store, "function-versions")?,
                aliases: Table::open(store, "function-aliases")?,
            },
            packages: Packages::open(store, options.code_dir.clone())?,
            options,
            changes: Mutex::default(),
            running: Mutex::default(),
            retiring: AtomicUsize::default(),
        }));
        for (name, function) in lambda.tables().functions.all() {
            // Nothing runs yet.
            let _ = lambda.declare(&name, &function.latest);
        }
        for (key, version) in lambda.tables().versions.all() {
            if let Some((name, _)) = key.rsplit_once(':') {
                let _ = lambda.declare(name, &version);
            }
        }
        lambda.forget_packages()?;
        Ok(lambda)
    }

    fn options(&self) -> &Options {
        &self.0.options
    }

    fn tables(&self) -> &Tables {
        &self.0.tables
    }

    fn packages(&self) -> &Packages {
        &self.0.packages
    }

    /// Nothing else is changed as long as it is held.
    fn lock(&self) -> MutexGuard<'_, ()> {
        self.0
            .changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn transaction(&self, call: &ServiceCall, name: &str) -> Transaction {
        Transaction::new(&self.0.store, Some(call.audit(&self.arn(name, None))))
    }

    /// Writes a function or a version, which the caller then declares. Where it stays open whether it was written, what the tables hold
    /// now is declared: whoever repeats the request finds it there.
    fn commit(&self, change: Transaction, name: &str) -> Result<(), ServiceError> {
        let written = change.commit();
        if let Err(store::Error::Indeterminate(_)) = &written
            && let Some(function) = self.tables().functions.get(name)
        {
            let versions = self.versions_of(name);
            let all = versions.iter().chain([&function.latest]);
            self.clean_up(all.map(|version| self.declare(name, version)).collect());
        }
        Ok(written?)
    }

    /// Tells the host of a version, new or changed.
    fn declare(&self, name: &str, version: &Version) -> Retired {
        let code = match &version.code {
            record::Code::Package { sha256, .. } => self.packages().folder(sha256),
            record::Code::LocalFolder { path, .. } => path.into(),
        };
        let text = |member| version.text(member).unwrap_or_default().to_owned();
        let storage = version.configuration.get("EphemeralStorage");
        let storage = storage.and_then(|storage| storage.get("Size")?.as_u64());
        self.options().host.put(FunctionSpec {
            version: version.number.clone(),
            code: Code::Folder(code),
            environment: version.environment(),
            timeout_seconds: version
                .number_of("Timeout")
                .unwrap_or(configuration::TIMEOUT),
            memory_mib: version
                .number_of("MemorySize")
                .unwrap_or(configuration::MEMORY),
            storage_mib: storage
                .and_then(|size| u32::try_from(size).ok())
                .unwrap_or(configuration::STORAGE),
            ..FunctionSpec::new(name, &text("Runtime"), &text("Handler"), "")
        })
    }

    /// Takes away the packages that nothing names any more, once nothing runs on them. The caller holds the lock.
    fn clean_up(&self, retired: Vec<Retired>) {
        let lambda = self.clone();
        self.0.retiring.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            for retired in retired {
                retired.ended().await;
            }
            lambda.0.retiring.fetch_sub(1, Ordering::Relaxed);
            // What stays behind is found at the next start.
            drop(tokio::task::spawn_blocking(move || lambda.forget_packages()).await);
        });
    }

    fn forget_packages(&self) -> Result<(), store::Error> {
        let _changes = self.lock();
        if self.0.retiring.load(Ordering::Relaxed) > 0 {
            // Invocations that began before another change may run on what nothing names: the last of the changes sees to it.
            return Ok(());
        }
        let functions = self.tables().functions.all();
        let versions = self.tables().versions.all();
        let of_functions = functions.iter().map(|(_, function)| &function.latest);
        let all = of_functions.chain(versions.iter().map(|(_, version)| &**version));
        let named: HashSet<&str> = all.map(|version| version.code.sha256()).collect();
        self.packages().retain(|sha256| named.contains(sha256))
    }

    /// Operations that only look at the tables or change them.
    fn control(&self, call: &ServiceCall) -> Result<Map<String, Value>, ServiceError> {
        match call.operation {
            "UpdateFunctionConfiguration" => self.update_configuration(call),
            "GetFunction" => self.get_function(call),
            "GetFunctionConfiguration" => self.get_configuration(call),
            "ListFunctions" => self.list_functions(call),
            "DeleteFunction" => self.delete_function(call),
            "PublishVersion" => self.publish_version(call),
            "ListVersionsByFunction" => self.list_versions(call),
            "CreateAlias" => self.create_alias(call),
            "UpdateAlias" => self.update_alias(call),
            "GetAlias" => self.get_alias(call),
            "DeleteAlias" => self.delete_alias(call),
            "ListAliases" => self.list_aliases(call),
            "AddPermission" => self.add_permission(call),
            "RemovePermission" => self.remove_permission(call),
            "GetPolicy" => self.get_policy(call),
            "TagResource" => self.tag_resource(call),
            "UntagResource" => self.untag_resource(call),
            "ListTags" => self.list_tags(call),
            "PutFunctionEventInvokeConfig" | "UpdateFunctionEventInvokeConfig" => {
                self.put_event_invoke_config(call)
            }
            "GetFunctionEventInvokeConfig" => self.get_event_invoke_config(call),
            "DeleteFunctionEventInvokeConfig" => self.delete_event_invoke_config(call),
            "ListFunctionEventInvokeConfigs" => self.list_event_invoke_configs(call),
            _ => self.settings(call),
        }
    }

    async fn answer(&self, call: ServiceCall) -> Result<Output, ServiceError> {
        match call.operation {
            "Invoke" => self.invoke_operation(call).await,
            "InvokeAsync" => self.invoke_async_operation(call).await,
            "CreateFunction" | "UpdateFunctionCode" => {
                let archive = self.fetch_code(&call.input.members).await?;
                let lambda = self.clone();
                let answer = move || match call.operation {
                    "CreateFunction" => lambda.create_function(&call, archive),
                    _ => lambda.update_code(&call, archive),
                };
                blocking(answer).await.map(Output::of)
            }
            _ => {
                let lambda = self.clone();
                blocking(move || lambda.control(&call))
                    .await
                    .map(Output::of)
            }
        }
    }

    /// Whether a function of this name, partial ARN or ARN is here. A qualifier need not be.
    pub fn has(&self, identifier: &str) -> bool {
        let named = self.parse(identifier, None);
        named.is_ok_and(|named| self.tables().functions.get(&named.name).is_some())
    }
}

impl AwsService for Lambda {
    fn name(&self) -> &'static str {
        "lambda"
    }

    fn has_resource_of(&self, _operation: &str, members: &Map<String, Value>) -> bool {
        let named = members
            .get("FunctionName")
            .or_else(|| members.get("Resource"));
        named
            .and_then(Value::as_str)
            .is_some_and(|identifier| self.has(identifier))
    }

    fn call<'a>(&'a self, call: ServiceCall) -> ServiceFuture<'a> {
        Box::pin(self.answer(call))
    }
}

fn make_empty(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    code::unpack::remove(folder)?;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// Does what may wait for the store or the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|failed| Err(error::internal(failed.to_string())))
}
