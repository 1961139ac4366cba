//! Who may use the console of a server that wants signatures: browsers cannot sign, so people sign in. Users and sessions are files
//! of the data directory; a session may do what the keys of the API may.

mod attempts;
mod file;
mod sessions;
pub mod users;

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use tokio::sync::Semaphore;

use self::attempts::Attempts;
use self::sessions::{MAX_MILLIS, Sessions};
use self::users::{Users, UsersFile};
use super::console::UI;
use super::http::answers::Refusal;
use super::logs::Log;
use crate::error::CliError;

/// Each takes 19 MiB and a core for some time.
const PASSWORDS_AT_ONCE: usize = 2;
/// Of the console, where nobody is signed in or a session is over.
pub const SIGN_IN: &str = "SignInRequired";

pub struct Login {
    users: UsersFile,
    sessions: Mutex<Sessions>,
    attempts: Mutex<Attempts>,
    passwords: Semaphore,
    /// Browsers do not tell the ports of one host apart.
    cookie: String,
    log: Arc<Log>,
}

impl Login {
    pub fn open(data: &Path, port: u16, log: Arc<Log>) -> Result<Login, CliError> {
        Ok(Login {
            users: UsersFile::open(data)?,
            sessions: Mutex::new(Sessions::open(data)?),
            attempts: Mutex::default(),
            passwords: Semaphore::new(PASSWORDS_AT_ONCE),
            cookie: format!("stepwright-session-{port}"),
            log,
        })
    }

    pub fn has_users(&self) -> bool {
        !self.users().is_empty()
    }

    /// Whether the request comes out of a browser, which has no signature to give.
    pub fn is_for(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        !headers.contains_key(header::AUTHORIZATION)
            && (uri.path().starts_with(UI)
                || headers.contains_key("sec-fetch-site")
                || headers.contains_key(header::ORIGIN)
                || self.token(headers).is_some())
    }

    /// Who is signed in. The guard has seen that `Origin` is this server's if it is there; where something may change it has to be.
    ///
    /// # Errors
    /// Nobody is, or another page sends the request.
    pub fn user(
        &self,
        method: &Method,
        headers: &HeaderMap,
        now_millis: i64,
    ) -> Result<String, Refusal> {
        let Some(token) = self.token(headers) else {
            return Err(sign_in("Sign in to go on."));
        };
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let is_own = matches!(site, None | Some(b"same-origin" | b"none"));
        if !is_own || !reads && !headers.contains_key(header::ORIGIN) {
            return Err(Refusal::forbidden(
                "A request with the cookie of a session has to come from a page of this server.",
            ));
        }
        let users = self.users();
        let user = self.sessions().user(token, &users, now_millis);
        user.ok_or_else(|| sign_in("Your session is over. Sign in again to go on."))
    }

    /// The cookie of a new session.
    ///
    /// # Errors
    /// In the same words and as late whether there is such a user or not.
    pub async fn sign_in(
        &self,
        headers: &HeaderMap,
        user: &str,
        password: String,
        source: IpAddr,
        now_millis: i64,
    ) -> Result<HeaderValue, Refusal> {
        let begun = self.attempts().begin(user, source, now_millis);
        if let Err(wait_millis) = begun {
            return Err(Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyAttempts",
                format!(
                    "Too many attempts. Try again in {} s.",
                    wait_millis.div_euclid(1000) + 1
                ),
            ));
        }
        let permit = self.passwords.acquire().await;
        let _permit = permit.map_err(|_| Refusal::internal())?;
        let users = self.users();
        let hash = users.hash(user).map(str::to_owned);
        let is_right =
            tokio::task::spawn_blocking(move || users::verify(&password, hash.as_deref()));
        if !is_right.await.map_err(|_| Refusal::internal())? {
            self.log.warning("sign-in refused", &[("source", &source)]);
            return Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "SignInFailed",
                "The user name or the password is wrong.",
            ));
        }
        self.attempts().succeeded(user, source);
        // The one that this browser had: nobody can use it any more.
        if let Some(before) = self.token(headers) {
            self.sessions().end(before)?;
        }
        let token = self.sessions().start(user, &users, now_millis)?;
        self.log
            .info("signed in", &[("user", &user), ("source", &source)]);
        self.set_cookie(headers, &token, MAX_MILLIS / 1000)
    }

    /// Ends the request's session if there is one; the cookie goes in any case.
    pub fn sign_out(&self, headers: &HeaderMap) -> Result<HeaderValue, Refusal> {
        if let Some(token) = self.token(headers) {
            self.sessions().end(token)?;
        }
        self.set_cookie(headers, "", 0)
    }

    fn set_cookie(
        &self,
        headers: &HeaderMap,
        token: &str,
        seconds: i64,
    ) -> Result<HeaderValue, Refusal> {
        // A proxy in front speaks TLS; that it may say so to us opens nothing.
        let forwarded = headers.get("x-forwarded-proto").map(HeaderValue::as_bytes);
        let secure = if forwarded == Some(b"https") {
            "; Secure"
        } else {
            ""
        };
        let text = format!(
            "{}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}",
            self.cookie
        );
        HeaderValue::from_str(&text).map_err(|_| Refusal::internal())
    }

    fn token<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let cookies = headers.get_all(header::COOKIE).iter();
        let mut cookies = cookies.filter_map(|value| value.to_str().ok());
        cookies.find_map(|value| {
            let mut pairs = value.split(';').filter_map(|pair| pair.split_once('='));
            pairs.find_map(|(name, value)| (name.trim() == self.cookie).then(|| value.trim()))
        })
    }

    fn users(&self) -> Arc<Users> {
        self.users.read(|error| {
            self.log.error(
                "the file of users cannot be read; those of before stay",
                &[("error", &error)],
            );
        })
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn sign_in(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, SIGN_IN, message)
}
