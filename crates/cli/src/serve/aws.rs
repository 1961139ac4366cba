//! Where the calls of tasks go, and whose account it is.

use std::sync::Arc;

use connectors::aws::{AwsConfig, ConfigError, Options};

use super::logs::Log;
use super::options::Settings;
use crate::error::CliError;
use crate::wiring::means::no_aws;

const DEFAULT_REGION: &str = "us-east-1";

/// What the server reaches.
pub struct Aws {
    /// Calls nobody where AWS cannot be called.
    pub config: Arc<AwsConfig>,
    /// Why AWS cannot be called.
    pub unavailable: Option<String>,
}

impl Aws {
    pub async fn resolve(settings: &Settings) -> Result<Aws, CliError> {
        let mut options = Options {
            endpoint_url: settings.endpoint_url.clone(),
            region: settings.region.clone(),
            profile: settings.profile.clone(),
        };
        if options.region.is_none() {
            let named = AwsConfig::named_region(&options).await;
            options.region = Some(named.unwrap_or_else(|| DEFAULT_REGION.to_owned()));
        }
        let region = options.region.clone();
        match AwsConfig::resolve(options).await {
            Ok(config) => Ok(Aws {
                config: Arc::new(config),
                unavailable: None,
            }),
            Err(
                error @ (ConfigError::NoCredentials { .. } | ConfigError::CredentialsFailed { .. }),
            ) => Ok(Aws {
                config: no_aws(region.as_deref()),
                unavailable: Some(error.to_string()),
            }),
            Err(error) => Err(CliError::user(error.to_string())),
        }
    }

    /// AWS itself, and not an endpoint of another.
    pub fn is_real(&self) -> bool {
        self.unavailable.is_none() && self.config.is_aws_itself()
    }

    /// Where calls go, for people.
    pub fn described(&self, settings: &Settings) -> String {
        match (&self.unavailable, &settings.endpoint_url) {
            (Some(_), _) => "nowhere: no AWS credentials".to_owned(),
            (None, Some(url)) => url.clone(),
            (None, None) if self.config.is_aws_itself() => {
                format!(
                    "AWS, with credentials of {}",
                    self.config.credentials_source()
                )
            }
            (None, None) => "the endpoint that AWS_ENDPOINT_URL or the profile names".to_owned(),
        }
    }

    pub fn tell(&self, log: &Log) {
        if let Some(why) = &self.unavailable {
            log.warning(
                "tasks cannot call AWS before the next start; everything else works",
                &[("reason", why)],
            );
        }
    }
}
