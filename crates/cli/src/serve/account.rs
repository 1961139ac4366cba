//! The account of all ARNs, kept with the data: an execution must not find itself in another account after a restart.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use store::{DocumentWrite, Error, Store};

use super::aws::Aws;
use super::logs::Log;
use super::options::Settings;
use crate::error::CliError;
use crate::safety::account;
use crate::template::ACCOUNT_ID;

const COLLECTION: &str = "settings";
const KEY: &str = "account";

/// Finds the account: that of `--account`, else the credentials' own, else the one that the data has, else AWS's example.
pub async fn settle(
    settings: &Settings,
    aws: &Aws,
    store: &Arc<dyn Store>,
    log: &Log,
) -> Result<String, CliError> {
    let data = &settings.data;
    let kept = kept(&**store, data)?;
    if let Some(given) = &settings.account {
        keep(&**store, data, kept.as_deref(), given)?;
        return Ok(given.clone());
    }
    let asked = match aws.is_real() {
        true => Some(account::caller(&aws.config).await),
        false => None,
    };
    let account = match (asked, &kept) {
        (Some(Ok(caller)), Some(kept)) if caller.account_id != *kept => {
            return Err(CliError::user(format!(
                "the data in {} belongs to account {kept}, and the credentials to {} ({})",
                settings.data.display(),
                caller.account_id,
                caller.arn
            ))
            .with_hint(format!(
                "--profile NAME chooses other credentials, --data DIR other data; --account {kept} goes on with both"
            )));
        }
        (Some(Ok(caller)), _) => caller.account_id,
        (Some(Err(error)), Some(kept)) => {
            log.warning(
                "the account of the credentials is not known",
                &[("error", &error), ("account", kept)],
            );
            kept.clone()
        }
        (Some(Err(error)), None) => return Err(error),
        (None, Some(kept)) => kept.clone(),
        (None, None) => ACCOUNT_ID.to_owned(),
    };
    keep(&**store, data, kept.as_deref(), &account)?;
    Ok(account)
}

fn kept(store: &dyn Store, data: &Path) -> Result<Option<String>, CliError> {
    let document = store.document(COLLECTION, KEY);
    let Some(document) = document.map_err(|error| unusable(data, &error))? else {
        return Ok(None);
    };
    let body: Option<Value> = serde_json::from_str(&document.body).ok();
    let account = body.as_ref().and_then(|body| body["account"].as_str());
    match account {
        Some(account) => Ok(Some(account.to_owned())),
        None => {
            let detail = "the account that it belongs to cannot be read";
            Err(unusable(data, &Error::Corrupt(detail.to_owned())))
        }
    }
}

fn keep(store: &dyn Store, data: &Path, kept: Option<&str>, account: &str) -> Result<(), CliError> {
    if kept == Some(account) {
        return Ok(());
    }
    let write = DocumentWrite {
        collection: COLLECTION.into(),
        key: KEY.into(),
        expected_version: None,
        body: Some(
            json!({ "format": 1, "account": account })
                .to_string()
                .into(),
        ),
    };
    let written = store.write(vec![write], None);
    written.map_err(|error| unusable(data, &error))
}

/// The server cannot start on this data.
pub fn unusable(data: &Path, error: &Error) -> CliError {
    let data = data.display();
    let unusable = CliError::user(format!("the data in {data} cannot be used: {error}"));
    match error {
        Error::Corrupt(_) => unusable.with_hint(format!(
            "nothing was thrown away; bring back a backup: stepwright restore BACKUP --data {data} --force"
        )),
        _ => unusable,
    }
}
