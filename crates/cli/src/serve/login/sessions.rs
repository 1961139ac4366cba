//! Sessions: who holds the token of one is its user. What is stored is a hash of it, in the file `sessions` of the data directory, so
//! that a restart ends none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::file;
use super::users::Users;
use crate::error::CliError;
use crate::serve::http::answers::Refusal;

const IDLE_MILLIS: i64 = 12 * 60 * 60 * 1000;
pub const MAX_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How late the file may say that a session was used.
const NOTE_MILLIS: i64 = 5 * 60 * 1000;
/// Of one user; a further one ends the one that was idle for longest.
const EACH: usize = 50;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    user: String,
    /// Of the user's password as it was: a new one ends the session.
    password: String,
    started_millis: i64,
    used_millis: i64,
}

impl Session {
    fn is_over(&self, now_millis: i64) -> bool {
        now_millis - self.used_millis > IDLE_MILLIS || now_millis - self.started_millis > MAX_MILLIS
    }
}

pub struct Sessions {
    path: PathBuf,
    /// By the hash of their tokens: looking one up tells nothing about a token by the time it takes.
    open: BTreeMap<String, Session>,
}

impl Sessions {
    pub fn open(data: &Path) -> Result<Sessions, CliError> {
        let path = data.join("sessions");
        let text = file::read(&path).map_err(CliError::user)?;
        // What cannot be read ends the sessions, no more.
        let open = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(Sessions {
            path,
            open: open.unwrap_or_default(),
        })
    }

    /// Starts one; its token.
    pub fn start(&mut self, user: &str, users: &Users, now_millis: i64) -> Result<String, Refusal> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|_| Refusal::internal())?;
        let token = BASE64_URL_SAFE_NO_PAD.encode(random);
        self.open.retain(|_, session| !session.is_over(now_millis));
        let mut own: Vec<_> = (self.open.iter())
            .filter(|(_, session)| session.user == user)
            .map(|(hash, session)| (session.used_millis, hash.clone()))
            .collect();
        own.sort();
        for (_, hash) in own.iter().rev().skip(EACH - 1) {
            self.open.remove(hash);
        }
        let session = Session {
            user: user.to_owned(),
            password: fingerprint(users.hash(user).unwrap_or_default()),
            started_millis: now_millis,
            used_millis: now_millis,
        };
        self.open.insert(fingerprint(&token), session);
        self.write()?;
        Ok(token)
    }

    /// Whose session it is, if it goes on.
    pub fn user(&mut self, token: &str, users: &Users, now_millis: i64) -> Option<String> {
        let hash = fingerprint(token);
        let session = self.open.get_mut(&hash)?;
        let is_as_it_was = users
            .hash(&session.user)
            .is_some_and(|password| fingerprint(password) == session.password);
        if session.is_over(now_millis) || !is_as_it_was {
            self.open.remove(&hash);
            // It is over even if that cannot be written.
            let _ = self.write();
            return None;
        }
        let user = session.user.clone();
        if now_millis - session.used_millis > NOTE_MILLIS {
            session.used_millis = now_millis;
            let _ = self.write();
        }
        Some(user)
    }

    pub fn end(&mut self, token: &str) -> Result<(), Refusal> {
        match self.open.remove(&fingerprint(token)) {
            Some(_) => self.write(),
            None => Ok(()),
        }
    }

    fn write(&self) -> Result<(), Refusal> {
        let text = serde_json::to_string(&self.open).map_err(|_| Refusal::internal())?;
        file::write(&self.path, &text).map_err(|error| {
            let status = http::StatusCode::SERVICE_UNAVAILABLE;
            Refusal::new(status, "ServiceUnavailable", error)
        })
    }
}

fn fingerprint(secret: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(secret))
}

#[cfg(test)]
mod tests {
    use super::super::users;
    use super::*;

    const HOUR: i64 = 60 * 60 * 1000;

    #[test]
    fn a_session_ends_when_it_is_idle_old_or_its_user_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        users::add(data, "ada", "correct horse").unwrap();
        let known = users::list(data).unwrap();
        let mut sessions = Sessions::open(data).unwrap();
        let token = sessions.start("ada", &known, 0).unwrap();
        assert!(
            !std::fs::read_to_string(data.join("sessions"))
                .unwrap()
                .contains(&token)
        );
        // A restart ends none.
        let mut sessions = Sessions::open(data).unwrap();
        for hours in (0..=7 * 24).step_by(11) {
            let user = sessions.user(&token, &known, hours * HOUR);
            assert_eq!(user.as_deref(), Some("ada"), "{hours}");
        }
        assert_eq!(sessions.user(&token, &known, 7 * 24 * HOUR + 1), None);

        let token = sessions.start("ada", &known, 0).unwrap();
        assert_eq!(sessions.user(&token, &known, 12 * HOUR + 1), None);
        let token = sessions.start("ada", &known, 0).unwrap();
        users::set_password(data, "ada", "battery staple").unwrap();
        assert_eq!(sessions.user(&token, &users::list(data).unwrap(), 1), None);
        assert_eq!(sessions.user(&token, &known, 1), None, "it is gone");
    }

    #[test]
    fn one_user_has_only_so_many() {
        let folder = tempfile::tempdir().unwrap();
        let mut sessions = Sessions::open(folder.path()).unwrap();
        let users = Users::default();
        for at in 0..60 {
            sessions.start("ada", &users, at).unwrap();
        }
        assert_eq!(sessions.open.len(), EACH);
        assert_eq!(
            sessions.open.values().map(|one| one.started_millis).min(),
            Some(10)
        );
    }
}
