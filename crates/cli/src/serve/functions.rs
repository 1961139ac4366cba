//! The functions of the Lambda API: their host, where their code is unpacked, and code in S3.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::functions::{FunctionHost, LogSink};
use api::delivery::Deliveries;
use api::lambda::{Lambda, ObjectFuture, Objects, Options};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use connectors::aws::{ApiFailure, AwsClient};
use serde_json::{Value, json};
use service_models::catalog;
use sha2::{Digest, Sha256};
use store::Store;
use tempfile::TempDir;

use super::aws::Aws;
use crate::error::CliError;
use crate::wiring::local::cache_dir;
use crate::wiring::partition;
use crate::wiring::world::function_host;

/// The service, and what has to end with the server.
pub struct LambdaFunctions {
    pub service: Lambda,
    pub host: Arc<FunctionHost>,
    /// Where code is unpacked when there is no place for caches.
    _temporary: Option<TempDir>,
}

pub fn open(
    data: &Path,
    aws: &Aws,
    account: &str,
    store: &Arc<dyn Store>,
    deliveries: &Deliveries,
    log: LogSink,
) -> Result<LambdaFunctions, CliError> {
    let region = aws.config.region();
    let reaches_aws = aws.unavailable.is_none();
    let host = function_host(Vec::new(), account, &aws.config, reaches_aws, log);
    let (code_dir, temporary) = code_dir(data)?;
    let options = Options {
        partition: partition(region).into(),
        region: region.into(),
        account: account.into(),
        code_dir,
        host: host.clone(),
        deliveries: deliveries.clone(),
        objects: Arc::new(S3 {
            client: AwsClient::new(aws.config.clone()),
            unavailable: aws.unavailable.clone(),
        }),
    };
    let service = Lambda::open(store, options);
    Ok(LambdaFunctions {
        service: service.map_err(|error| super::account::unusable(data, &error))?,
        host,
        _temporary: temporary,
    })
}

/// Outside of the data directory, so that code does not run beside the data; one for each data directory, which one server has open.
fn code_dir(data: &Path) -> Result<(PathBuf, Option<TempDir>), CliError> {
    let data = std::fs::canonicalize(data).unwrap_or_else(|_| data.to_owned());
    let name = format!("{:x}", Sha256::digest(data.as_os_str().as_encoded_bytes()));
    let name: String = name.chars().take(16).collect();
    if let Some(cache) = cache_dir() {
        let folder = cache.join("code").join(&name);
        if std::fs::create_dir_all(&folder).is_ok() {
            return Ok((folder, None));
        }
    }
    let temporary = tempfile::Builder::new()
        .prefix("stepwright-code-")
        .tempdir();
    let temporary = temporary.map_err(|error| {
        CliError::user(format!(
            "there is no place to unpack functions' code: {error}"
        ))
    })?;
    Ok((temporary.path().join(name), Some(temporary)))
}

struct S3 {
    client: AwsClient,
    /// Why AWS cannot be called.
    unavailable: Option<String>,
}

impl Objects for S3 {
    fn get<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        version: Option<&'a str>,
    ) -> ObjectFuture<'a> {
        Box::pin(async move {
            let failed = |code: &str, message: String| (code.to_owned(), message);
            if let Some(why) = &self.unavailable {
                return Err(failed("SdkClientException", why.clone()));
            }
            let operation = catalog()
                .service("s3")
                .and_then(|s3| s3.operation("getObject"));
            let Some(operation) = operation else {
                let why = "the catalog has no s3:getObject".to_owned();
                return Err(failed("InternalError", why));
            };
            let mut arguments = json!({"Bucket": bucket, "Key": key});
            if let Some(version) = version {
                arguments["VersionId"] = version.into();
            }
            let call_key = uuid::Uuid::new_v4().to_string();
            let answer = self
                .client
                .call(operation, &arguments, &call_key, None)
                .await;
            let answer = answer.map_err(|failure| match failure {
                ApiFailure::Service { error, .. } => {
                    let code = error
                        .code
                        .unwrap_or_else(|| format!("HTTP {}", error.status));
                    (code, error.message.unwrap_or_default())
                }
                ApiFailure::Client { message, .. } => failed("SdkClientException", message),
                ApiFailure::Arguments(errors) => failed("ValidationException", errors.to_string()),
                ApiFailure::Unsupported(why) => failed("SdkClientException", why),
            })?;
            let body = answer.result.get("Body").and_then(Value::as_str);
            Ok(bytes_of(body.unwrap_or_default()))
        })
    }
}

/// The bytes of a blob as results show it: text if they are one, else Base64. An archive begins with `PK`.
fn bytes_of(blob: &str) -> Vec<u8> {
    match blob.starts_with("PK") {
        true => blob.into(),
        false => BASE64.decode(blob).unwrap_or_else(|_| blob.into()),
    }
}
