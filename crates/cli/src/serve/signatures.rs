//! Who may call: the file of access keys, read again when it has changed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use connectors::aws::{AccessKeys, SignatureError, Verifier};
use http::{Request, StatusCode};

use super::http::answers::Refusal;
use super::logs::Log;
use crate::error::CliError;

/// How often the file is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub struct Signatures {
    path: PathBuf,
    verifier: Verifier,
    log: Arc<Log>,
    state: Mutex<State>,
}

struct State {
    keys: Arc<AccessKeys>,
    modified: Option<SystemTime>,
    looked: Instant,
}

impl Signatures {
    pub fn open(path: PathBuf, region: &str, log: Arc<Log>) -> Result<Signatures, CliError> {
        let modified = modified(&path);
        let keys = read(&path).map_err(|error| {
            CliError::user(format!("the credentials file {} cannot be used: {error}", path.display())).with_hint(
                "it has the format of ~/.aws/credentials: [NAME], aws_access_key_id = …, aws_secret_access_key = …",
            )
        })?;
        Ok(Signatures {
            verifier: Verifier::new(region),
            path,
            log,
            state: Mutex::new(State {
                keys: Arc::new(keys),
                modified,
                looked: Instant::now(),
            }),
        })
    }

    /// The access key id of the caller. `service`: what the request is for, as signatures name it.
    pub fn verify<B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        service: &str,
        now: SystemTime,
    ) -> Result<String, Refusal> {
        let keys = self.keys();
        let verified = self.verifier.verify(request, service, &keys, now);
        verified.map(str::to_owned).map_err(|error| refusal(&error))
    }

    /// Reads the file again: SIGHUP.
    pub fn reload(&self) {
        let modified = modified(&self.path);
        // The file is read without the lock; whoever reads it later finds the same or something newer.
        let read = read(&self.path);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.modified = modified;
        match read {
            Ok(keys) => {
                self.log.info(
                    "credentials read again",
                    &[("file", &self.path.display()), ("access_keys", &keys.len())],
                );
                state.keys = Arc::new(keys);
            }
            Err(error) => self.log.error(
                "credentials cannot be read again; those of before stay valid",
                &[("file", &self.path.display()), ("error", &error)],
            ),
        }
    }

    fn keys(&self) -> Arc<AccessKeys> {
        let has_changed = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.looked.elapsed() < LOOK_AGAIN {
                return state.keys.clone();
            }
            state.looked = Instant::now();
            state.modified != modified(&self.path)
        };
        if has_changed {
            self.reload();
        }
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.keys.clone()
    }
}

fn read(path: &PathBuf) -> Result<AccessKeys, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    AccessKeys::parse(&text)
}

fn modified(path: &PathBuf) -> Option<SystemTime> {
    std::fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
}

fn refusal(error: &SignatureError) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, error.code(), error.to_string())
}
