//! Credentials: where they come from, and keeping them until they expire.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

/// How long before their end credentials are replaced; short-lived ones when half of their time is over.
const REFRESH_BEFORE: Duration = Duration::from_secs(300);
/// What one source may take: SSO and STS are calls over the network.
const SOURCE_TIMEOUT: Duration = Duration::from_secs(20);
/// After a source failed, while the credentials at hand are still good.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Credentials and the time from which on newer ones are better; none for those that stay.
#[derive(Debug, Clone)]
pub struct Timed {
    pub credentials: Credentials,
    pub replace_after: Option<SystemTime>,
}

impl Timed {
    fn new(credentials: Credentials) -> Timed {
        let now = SystemTime::now();
        let replace_after = credentials.expiry().map(|expiry| {
            let lifetime = expiry.duration_since(now).unwrap_or_default();
            now + lifetime.saturating_sub(REFRESH_BEFORE).max(lifetime / 2)
        });
        Timed {
            credentials,
            replace_after,
        }
    }

    fn is_fresh(&self) -> bool {
        self.replace_after.is_none_or(|at| at > SystemTime::now())
    }

    fn has_expired(&self) -> bool {
        let expiry = self.credentials.expiry();
        expiry.is_some_and(|expiry| expiry <= SystemTime::now())
    }
}

/// A source of credentials whose last answer is kept while it lasts.
#[derive(Debug)]
pub struct CachedCredentials {
    provider: SharedCredentialsProvider,
    timeout: Duration,
    held: Mutex<Option<Timed>>,
    /// Whoever has it asks the source. When that failed last, and how.
    failure: tokio::sync::Mutex<Option<(Instant, String)>>,
}

impl CachedCredentials {
    pub fn new(
        provider: SharedCredentialsProvider,
        current: Option<Credentials>,
    ) -> CachedCredentials {
        CachedCredentials {
            provider,
            timeout: SOURCE_TIMEOUT,
            held: Mutex::new(current.map(Timed::new)),
            failure: tokio::sync::Mutex::default(),
        }
    }

    /// Credentials that are good for a while.
    pub async fn get(&self) -> Result<Credentials, String> {
        self.timed().await.map(|timed| timed.credentials)
    }

    /// The same, with their time. One caller at a time asks the source, and nobody waits for it but that caller and those
    /// who have nothing to go on with. When the source fails, the old credentials serve until they expire.
    pub async fn timed(&self) -> Result<Timed, String> {
        let asked = Instant::now();
        let mut failure = match self.held() {
            Some(held) if held.is_fresh() => return Ok(held),
            Some(held) if !held.has_expired() => match self.failure.try_lock() {
                Ok(guard) => guard,
                Err(_) => return Ok(held),
            },
            _ => self.failure.lock().await,
        };
        let held = self.held();
        if let Some(held) = held.as_ref().filter(|held| held.is_fresh()) {
            return Ok(held.clone());
        }
        // Those who waited for an answer that never came do not ask the same again, one after the other.
        if let Some((_, message)) = failure.as_ref().filter(|(at, _)| *at > asked) {
            return Err(message.clone());
        }
        match self.ask().await {
            Ok(credentials) => {
                let timed = Timed::new(credentials);
                self.hold(timed.clone());
                *failure = None;
                Ok(timed)
            }
            Err(message) => match held {
                Some(mut held) if !held.has_expired() => {
                    held.replace_after = Some(SystemTime::now() + PAUSE_AFTER_FAILURE);
                    self.hold(held.clone());
                    Ok(held)
                }
                _ => {
                    *failure = Some((Instant::now(), message.clone()));
                    Err(message)
                }
            },
        }
    }

    async fn ask(&self) -> Result<Credentials, String> {
        match tokio::time::timeout(self.timeout, self.provider.provide_credentials()).await {
            Ok(Ok(credentials)) => Ok(credentials),
            Ok(Err(error)) => Err(reasons(&error)),
            Err(_) => Err(no_answer(self.timeout)),
        }
    }

    fn held(&self) -> Option<Timed> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    fn hold(&self, timed: Timed) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(timed);
    }
}

fn no_answer(timeout: Duration) -> String {
    format!("no answer within {} seconds", timeout.as_secs())
}

/// An error and what caused it, each in its own words; an outer one often repeats the inner one's.
pub fn reasons(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = String::new();
    for error in std::iter::successors(Some(error), |error| error.source()) {
        let reason = error.to_string();
        if text.is_empty() {
            text = reason;
        } else if !text.contains(&reason) {
            text = format!("{text}: {reason}");
        }
    }
    text
}

/// The sources, in the order in which the AWS SDKs look.
#[derive(Debug)]
pub struct Sources {
    pub config: ProviderConfig,
    /// `--profile` was given: the environment's keys do not count then, as with the AWS CLI.
    pub profile_option: Option<String>,
    /// Shown in messages.
    pub profile_name: String,
    /// Asks the EC2 instance metadata service; none where it would only cost time.
    pub imds: Option<imds::Client>,
}

/// Why no source gave credentials.
#[derive(Debug)]
pub enum Missing {
    /// None of these has any.
    Nowhere(Vec<String>),
    /// This one should have, but failed.
    Failed { source: String, message: String },
}

impl Sources {
    /// Asks one source after the other. The first with credentials, in words, and these.
    pub async fn find(&self) -> Result<(String, CachedCredentials), Missing> {
        let mut tried = Vec::new();
        for (source, provider) in self.providers() {
            let answer = tokio::time::timeout(SOURCE_TIMEOUT, provider.provide_credentials()).await;
            match answer {
                Ok(Ok(credentials)) => {
                    return Ok((source, CachedCredentials::new(provider, Some(credentials))));
                }
                Ok(Err(error @ CredentialsError::CredentialsNotLoaded(_))) => {
                    // A profile may name one that is not there.
                    let reason = std::error::Error::source(&error);
                    let reason = reason.filter(|_| source.starts_with("profile "));
                    tried.push(
                        reason.map_or(source.clone(), |reason| format!("{source}: {reason}")),
                    );
                }
                Ok(Err(error)) => {
                    return Err(Missing::Failed {
                        source,
                        message: reasons(&error),
                    });
                }
                Err(_) => {
                    let message = no_answer(SOURCE_TIMEOUT);
                    return Err(Missing::Failed { source, message });
                }
            }
        }
        Err(Missing::Nowhere(tried))
    }

    fn providers(&self) -> Vec<(String, SharedCredentialsProvider)> {
        let config = &self.config;
        let mut providers = Vec::new();
        let mut add = |source: &str, provider: SharedCredentialsProvider| {
            providers.push((source.to_owned(), provider))
        };
        if self.profile_option.is_none() {
            let provider = EnvironmentVariableCredentialsProvider::new();
            add(
                "environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)",
                SharedCredentialsProvider::new(provider),
            );
        }
        let mut profile = ProfileFileCredentialsProvider::builder().configure(config);
        if let Some(name) = &self.profile_option {
            profile = profile.profile_name(name);
        }
        add(
            &format!(
                "profile {} in ~/.aws/config and ~/.aws/credentials (keys, role, SSO, process)",
                self.profile_name
            ),
            SharedCredentialsProvider::new(profile.build()),
        );
        add(
            "web identity (AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN)",
            SharedCredentialsProvider::new(
                WebIdentityTokenCredentialsProvider::builder()
                    .configure(config)
                    .build(),
            ),
        );
        add(
            "container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI)",
            SharedCredentialsProvider::new(
                EcsCredentialsProvider::builder().configure(config).build(),
            ),
        );
        if let Some(client) = &self.imds {
            let provider = ImdsCredentialsProvider::builder()
                .configure(config)
                .imds_client(client.clone())
                .build();
            add(
                "EC2 instance metadata",
                SharedCredentialsProvider::new(Quick(provider)),
            );
        }
        providers
    }
}

/// The instance metadata service answers at once or is not there: silence is no failure.
#[derive(Debug)]
struct Quick(ImdsCredentialsProvider);

impl ProvideCredentials for Quick {
    fn provide_credentials<'a>(
        &'a self,
    ) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        aws_credential_types::provider::future::ProvideCredentials::new(async {
            self.0
                .provide_credentials()
                .await
                .map_err(|error| match error {
                    CredentialsError::ProviderTimedOut(_) | CredentialsError::ProviderError(_) => {
                        CredentialsError::not_loaded(error)
                    }
                    other => other,
                })
        })
    }
}

/// A client for the instance metadata service that gives up after about two seconds.
pub fn quick_imds(config: &ProviderConfig) -> imds::Client {
    imds::Client::builder()
        .configure(config)
        .max_attempts(1)
        .connect_timeout(Duration::from_secs(1))
        .read_timeout(Duration::from_secs(1))
        .operation_timeout(Duration::from_secs(2))
        .build()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Answers with credentials of a lifetime, fails, or never answers; counts how often it is asked.
    #[derive(Debug, Clone)]
    struct Source {
        answer: Answer,
        asked: Arc<AtomicUsize>,
    }

    #[derive(Debug, Clone, Copy)]
    enum Answer {
        LastingSeconds(u64),
        Fails,
        Never,
    }

    impl ProvideCredentials for Source {
        fn provide_credentials<'a>(
            &'a self,
        ) -> aws_credential_types::provider::future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            aws_credential_types::provider::future::ProvideCredentials::new(async {
                self.asked.fetch_add(1, Ordering::Relaxed);
                match self.answer {
                    Answer::LastingSeconds(seconds) => Ok(lasting("new", seconds)),
                    Answer::Fails => Err(CredentialsError::provider_error("out of order")),
                    Answer::Never => std::future::pending().await,
                }
            })
        }
    }

    fn lasting(name: &str, seconds: u64) -> Credentials {
        let expiry = SystemTime::now() + Duration::from_secs(seconds);
        Credentials::new(name, "secret", None, Some(expiry), "test")
    }

    /// A cache over a source with credentials that are to be replaced and end in so many seconds.
    fn cache(answer: Answer, held_seconds: Option<u64>) -> (CachedCredentials, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let source = Source {
            answer,
            asked: asked.clone(),
        };
        let mut cache = CachedCredentials::new(SharedCredentialsProvider::new(source), None);
        cache.timeout = Duration::ZERO;
        if let Some(seconds) = held_seconds {
            cache.hold(Timed {
                credentials: lasting("old", seconds),
                replace_after: Some(SystemTime::UNIX_EPOCH),
            });
        }
        (cache, asked)
    }

    #[tokio::test]
    async fn short_lived_credentials_are_used_more_than_once() {
        let (cache, asked) = cache(Answer::LastingSeconds(120), Some(0));
        for _ in 0..3 {
            assert_eq!(cache.get().await.unwrap().access_key_id(), "new");
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_time_of_replacement_is_five_minutes_before_the_end_or_half_way() {
        let after = |seconds: u64| {
            let now = SystemTime::now();
            let at = Timed::new(lasting("x", seconds)).replace_after.unwrap();
            // The clock goes on between the two looks at it.
            at.duration_since(now).unwrap().as_secs_f64().round()
        };
        assert_eq!(after(3600), 3300.0);
        assert_eq!(after(400), 200.0);
        assert_eq!(after(60), 30.0);
        let forever = Credentials::new("a", "b", None, None, "test");
        assert_eq!(Timed::new(forever).replace_after, None);
    }

    #[tokio::test]
    async fn a_source_that_fails_is_survived_while_the_credentials_last() {
        for answer in [Answer::Fails, Answer::Never] {
            let (cache, asked) = cache(answer, Some(60));
            for _ in 0..3 {
                assert_eq!(cache.get().await.unwrap().access_key_id(), "old");
            }
            assert_eq!(
                asked.load(Ordering::Relaxed),
                1,
                "not again for every call: {answer:?}"
            );
        }
    }

    #[tokio::test]
    async fn without_any_the_failure_is_told() {
        let (failing, _) = cache(Answer::Fails, Some(0));
        let message = failing.get().await.unwrap_err();
        assert!(message.contains("out of order"), "{message}");
        assert!(!message.contains("ProviderError"), "no Debug: {message}");
        let (silent, _) = cache(Answer::Never, None);
        assert_eq!(
            silent.get().await.unwrap_err(),
            "no answer within 0 seconds"
        );
    }

    #[tokio::test]
    async fn those_who_wait_share_the_failure() {
        let (cache, asked) = cache(Answer::Never, None);
        let (a, b, c) = tokio::join!(cache.get(), cache.get(), cache.get());
        assert!(a.is_err() && b.is_err() && c.is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert!(cache.get().await.is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 2, "the next one asks again");
    }

    #[tokio::test]
    async fn nobody_waits_who_has_credentials() {
        let (mut cache, _) = cache(Answer::Never, Some(60));
        cache.timeout = SOURCE_TIMEOUT;
        let mut first = Box::pin(cache.get());
        std::future::poll_fn(|context| {
            assert!(first.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        assert_eq!(cache.get().await.unwrap().access_key_id(), "old");
    }
}
