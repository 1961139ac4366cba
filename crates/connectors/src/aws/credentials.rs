//! Credentials: where they come from, and keeping them until they expire.

use std::time::{Duration, SystemTime};

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
use aws_smithy_types::error::display::DisplayErrorContext;
use tokio::sync::Mutex;

/// Credentials that end sooner than this are replaced.
const REFRESH_BEFORE: Duration = Duration::from_secs(300);
/// What one source may take: SSO and STS are calls over the network.
const SOURCE_TIMEOUT: Duration = Duration::from_secs(20);

/// A source of credentials whose last answer is kept while it lasts.
#[derive(Debug)]
pub struct CachedCredentials {
    provider: SharedCredentialsProvider,
    current: Mutex<Option<Credentials>>,
}

impl CachedCredentials {
    pub fn new(
        provider: SharedCredentialsProvider,
        current: Option<Credentials>,
    ) -> CachedCredentials {
        CachedCredentials {
            provider,
            current: Mutex::new(current),
        }
    }

    /// Credentials that are good for a while.
    pub async fn get(&self) -> Result<Credentials, String> {
        let mut current = self.current.lock().await;
        if let Some(credentials) = current.as_ref().filter(|credentials| is_fresh(credentials)) {
            return Ok(credentials.clone());
        }
        match self.provider.provide_credentials().await {
            Ok(credentials) => {
                *current = Some(credentials.clone());
                Ok(credentials)
            }
            Err(error) => Err(DisplayErrorContext(&error).to_string()),
        }
    }
}

fn is_fresh(credentials: &Credentials) -> bool {
    credentials
        .expiry()
        .is_none_or(|expiry| expiry > SystemTime::now() + REFRESH_BEFORE)
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
    /// Asks one source after the other.
    pub async fn find(&self) -> Result<CachedCredentials, Missing> {
        let mut tried = Vec::new();
        for (source, provider) in self.providers() {
            let answer = tokio::time::timeout(SOURCE_TIMEOUT, provider.provide_credentials()).await;
            match answer {
                Ok(Ok(credentials)) => {
                    return Ok(CachedCredentials::new(provider, Some(credentials)));
                }
                Ok(Err(CredentialsError::CredentialsNotLoaded(_))) => tried.push(source),
                Ok(Err(error)) => {
                    return Err(Missing::Failed {
                        source,
                        message: DisplayErrorContext(&error).to_string(),
                    });
                }
                Err(_) => {
                    let message = format!("no answer within {} seconds", SOURCE_TIMEOUT.as_secs());
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
