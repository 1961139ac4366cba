//! CreateFunction, and the code that a function is created or updated with.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::code::folder::fingerprint;
use super::code::unpack::UnpackError;
use super::name::{LATEST, key};
use super::record::{Code, Function, Version};
use super::{Lambda, configuration, error, tags};
use crate::wire::{ServiceCall, ServiceError};

/// Of an uploaded archive, as Lambda's own message names it.
const MAX_ARCHIVE_BYTES: usize = 70_167_211;

/// The code that a request brings along.
pub(super) enum Brought {
    Archive(Vec<u8>),
    /// `Code.LocalFolder`, a member of this server's own: an absolute path.
    LocalFolder(String),
}

impl Lambda {
    /// The code of `Code` (CreateFunction) or of the members themselves (UpdateFunctionCode), from wherever it is.
    pub(super) async fn fetch_code(
        &self,
        members: &Map<String, Value>,
    ) -> Result<Brought, ServiceError> {
        let code = match members.get("Code") {
            Some(code) => code.as_object(),
            None => Some(members),
        };
        let text = |member: &str| code?.get(member)?.as_str();
        if text("ImageUri").is_some()
            || members
                .get("PackageType")
                .is_some_and(|kind| kind == "Image")
        {
            return Err(error::unsupported(
                "Container images are not supported (ImageUri, PackageType Image): only zip archives and folders run",
            ));
        }
        if let Some(archive) = text("ZipFile") {
            let archive = BASE64.decode(archive).map_err(|_| {
                error::invalid("Could not unzip uploaded file. Please check your file, then try to upload again. It is not Base64.")
            })?;
            return match archive.len() {
                0 => Err(error::invalid("Uploaded file must be a non-empty zip")),
                _ => Ok(Brought::Archive(archive)),
            };
        }
        if let Some(folder) = text("LocalFolder") {
            return Ok(Brought::LocalFolder(folder.to_owned()));
        }
        let (Some(bucket), Some(key)) = (text("S3Bucket"), text("S3Key")) else {
            return Err(error::invalid("Please provide a source for function code."));
        };
        let object = self
            .options()
            .objects
            .get(bucket, key, text("S3ObjectVersion"));
        match object.await {
            Ok(archive) => Ok(Brought::Archive(archive)),
            Err((code, message)) => Err(error::invalid(format!(
                "Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
            ))),
        }
    }

    /// Checks what was brought. Takes its time, so it comes before the lock.
    pub(super) fn check_code(
        &self,
        brought: &Brought,
        operation: &str,
    ) -> Result<(), ServiceError> {
        let archive = match brought {
            Brought::Archive(archive) => archive,
            Brought::LocalFolder(folder) if !Path::new(folder).is_absolute() => {
                return Err(error::invalid(format!(
                    "LocalFolder '{folder}' is not an absolute path."
                )));
            }
            Brought::LocalFolder(_) => return Ok(()),
        };
        if archive.len() > MAX_ARCHIVE_BYTES {
            return Err(error::request_too_large(MAX_ARCHIVE_BYTES, operation));
        }
        self.packages()
            .check(archive)
            .map_err(|refused| match refused {
                UnpackError::Io { .. } => error::internal(refused.to_string()),
                refused => error::invalid(refused.to_string()),
            })
    }

    /// Keeps what was brought.
    pub(super) fn put_code(&self, brought: &Brought) -> Result<Code, ServiceError> {
        match brought {
            Brought::Archive(archive) => Ok(Code::Package {
                sha256: self.packages().put(archive)?,
                bytes: archive.len() as u64,
            }),
            Brought::LocalFolder(path) => {
                let (sha256, bytes) = fingerprint(Path::new(path)).map_err(|error| {
                    error::invalid(format!("LocalFolder '{path}' cannot be read: {error}."))
                })?;
                Ok(Code::LocalFolder {
                    path: path.clone(),
                    sha256,
                    bytes,
                })
            }
        }
    }

    pub(super) fn create_function(
        &self,
        call: &ServiceCall,
        brought: Brought,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let name = self.unqualified(members)?;
        // A function's name is shorter than an ARN may be.
        if name.len() > 64 {
            let message = format!(
                "1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: \
                 Member must have length less than or equal to 64"
            );
            return Err(ServiceError::new("ValidationException", 400, message));
        }
        let configuration = configuration::of_new(&name, members)?;
        let tags = tags::of(members)?;
        let exists = || error::conflict(format!("Function already exist: {name}"));
        if self.tables().functions.get(&name).is_some() {
            return Err(exists());
        }
        self.check_code(&brought, call.operation)?;

        let _changes = self.lock();
        if self.tables().functions.get(&name).is_some() {
            return Err(exists());
        }
        let latest = Version {
            number: LATEST.to_owned(),
            configuration,
            code: self.put_code(&brought)?,
            last_modified_millis: call.now_millis,
            revision_id: Uuid::new_v4().to_string(),
        };
        let mut function = Function {
            latest: latest.clone(),
            next_version: 1,
            tags,
            reserved_concurrency: None,
            policies: Default::default(),
            event_invoke: Default::default(),
            recursive_loop: None,
            runtime_management: Default::default(),
        };
        let published = members
            .get("Publish")
            .is_some_and(|publish| publish == true);
        let published = published.then(|| self.next_version(&mut function, call, None));
        let mut change = self.transaction(call, &name);
        change.put(&self.tables().functions, name.as_str(), function);
        if let Some(version) = &published {
            change.put(
                &self.tables().versions,
                key(&name, &version.number),
                version.clone(),
            );
        }
        self.commit(change, &name)?;
        for version in published.iter().chain([&latest]) {
            // It is new: nothing runs on it.
            let _ = self.declare(&name, version);
        }
        Ok(self.shown_version(&name, published.as_ref().unwrap_or(&latest)))
    }
}
