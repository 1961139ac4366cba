//! Region, credentials and endpoints of a run, resolved before its first state.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileRegionProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::ServiceConfigKey;
use service_models::{Service, catalog};

use super::checksum::Checksums;
use super::compression;
use super::credentials::{CachedCredentials, Missing, Sources, quick_imds, reasons};
use super::http_client;
use super::settings::{self, Settings};
use super::trust::Trust;

/// What the user said on the command line; everything else comes from where AWS's tools look.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where all calls go, instead of AWS.
    pub endpoint_url: Option<String>,
    pub region: Option<String>,
    pub profile: Option<String>,
}

/// Why there is no configuration. Each says what was looked at and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("the endpoint {url} is no URL such as http://localhost:5000")]
    InvalidEndpoint { url: String },
    #[error("the region {region:?} is no name such as eu-west-1")]
    InvalidRegion { region: String },
    #[error("cannot read the AWS configuration files: {message}")]
    Files { message: String },
    #[error("there is no profile {name} in ~/.aws/config or ~/.aws/credentials (known: {known})")]
    UnknownProfile { name: String, known: String },
    #[error("{place} is {value:?}, which is not {expected}")]
    InvalidSetting {
        place: String,
        value: String,
        expected: String,
    },
    #[error("the proxy in {name} is no URL such as http://proxy:3128")]
    InvalidProxy { name: &'static str },
    #[error(
        "cannot use the CA bundle {path} (AWS_CA_BUNDLE or the profile's ca_bundle): {message}"
    )]
    InvalidCaBundle { path: String, message: String },
    #[error(
        "no AWS region: looked at --region, AWS_REGION, AWS_DEFAULT_REGION, the profile {profile} in ~/.aws/config and the \
         EC2 instance metadata. Give one of them, for instance --region eu-west-1"
    )]
    NoRegion { profile: String },
    #[error(
        "no AWS credentials. Looked at: {}. Set one of them up (`aws configure`, `aws sso login`, --profile NAME), or give \
         --endpoint-url for a local API server", tried.join("; ")
    )]
    NoCredentials { tried: Vec<String> },
    #[error("no AWS credentials: {source_name} failed: {message}")]
    CredentialsFailed {
        source_name: String,
        message: String,
    },
}

/// What AWS's SDKs in a function's process need to work like the run. It is not to be printed.
#[derive(Clone)]
pub struct FunctionEnvironment {
    /// Region, credentials and endpoints, as environment variables.
    pub variables: BTreeMap<String, String>,
    /// From then on a process should be started with newer credentials; `None` when these do not expire.
    pub replace_after: Option<SystemTime>,
}

/// A resolved configuration.
#[derive(Debug, Clone)]
pub struct AwsConfig {
    pub(super) region: String,
    /// From the options: goes before everything else.
    endpoint_url: Option<String>,
    ignores_configured_endpoints: bool,
    has_local_endpoint: bool,
    credentials_source: String,
    pub(super) use_fips: bool,
    pub(super) use_dual_stack: bool,
    pub(super) settings: Settings,
    pub(super) credentials: Arc<CachedCredentials>,
    pub(super) sdk: SdkConfig,
}

/// It becomes a part of host names.
fn is_region(region: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !region.is_empty() && region.chars().all(is_part)
}

impl AwsConfig {
    /// Finds region and credentials.
    ///
    /// A general endpoint (`--endpoint-url`, `AWS_ENDPOINT_URL`, the profile's `endpoint_url`) that is not AWS's (moto,
    /// LocalStack, a test server) needs a signature, but no real credentials: when there are none, `test`/`test` is used,
    /// and `us-east-1` when there is no region. An endpoint of one service alone changes nothing here: the calls of all
    /// others go to AWS.
    pub async fn resolve(options: Options) -> Result<AwsConfig, ConfigError> {
        if let Some(url) = options
            .endpoint_url
            .as_ref()
            .filter(|url| http_client::host(url).is_none())
        {
            return Err(ConfigError::InvalidEndpoint { url: url.clone() });
        }
        let profile = load_profile(&options).await?;
        let profile_name = profile.selected_profile().to_owned();
        let settings = Settings::read(&profile)?;
        let http_client = http_client::for_credentials(settings.trust.clone());
        let sdk = load_sdk_config(&options, http_client.clone(), settings.max_attempts).await;
        let ignores_configured_endpoints = ignores_configured_endpoints(&sdk);
        let general = options.endpoint_url.as_deref().or(sdk.endpoint_url());
        let is_local = general.is_some_and(|url| !is_aws(url));

        let provider = ProviderConfig::without_region().with_http_client(http_client);
        let imds = (!is_local).then(|| quick_imds(&provider));
        let region = match find_region(&options, &provider, imds.clone()).await {
            Some(region) => region,
            None if is_local => "us-east-1".to_owned(),
            None => {
                return Err(ConfigError::NoRegion {
                    profile: profile_name,
                });
            }
        };
        if !is_region(&region) {
            return Err(ConfigError::InvalidRegion { region });
        }
        let region_value = Region::new(region.clone());
        let sources = Sources {
            config: provider.with_region(Some(region_value.clone())),
            profile_option: options.profile.clone(),
            profile_name,
            imds,
        };
        let (credentials_source, credentials) = match sources.find().await {
            Ok(found) => found,
            Err(Missing::Nowhere(_)) if is_local => {
                ("local endpoint".to_owned(), local_credentials())
            }
            Err(Missing::Nowhere(tried)) => return Err(ConfigError::NoCredentials { tried }),
            Err(Missing::Failed { source, message }) => {
                return Err(ConfigError::CredentialsFailed {
                    source_name: source,
                    message,
                });
            }
        };
        let credentials = Arc::new(credentials);
        let sdk = sdk
            .into_builder()
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .region(region_value)
            .credentials_provider(SharedCredentialsProvider::new(Provider(
                credentials.clone(),
            )))
            .build();
        Ok(AwsConfig {
            region,
            has_local_endpoint: is_local
                && (options.endpoint_url.is_some() || !ignores_configured_endpoints),
            endpoint_url: options.endpoint_url,
            ignores_configured_endpoints,
            credentials_source,
            use_fips: sdk.use_fips().unwrap_or(false),
            use_dual_stack: sdk.use_dual_stack().unwrap_or(false),
            settings,
            credentials,
            sdk,
        })
    }

    /// The region that option, environment or profile name: for what has to know it before, and without, credentials.
    pub async fn named_region(options: &Options) -> Option<String> {
        let provider = ProviderConfig::without_region();
        find_region(options, &provider, None).await
    }

    /// A configuration that looks nowhere: one endpoint, given keys.
    pub fn fixed(
        endpoint_url: &str,
        region: &str,
        access_key_id: &str,
        secret_access_key: &str,
    ) -> AwsConfig {
        let keys = Credentials::new(access_key_id, secret_access_key, None, None, "fixed");
        let provider = SharedCredentialsProvider::new(keys.clone());
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .time_source(SharedTimeSource::default())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .region(Region::new(region.to_owned()))
            .endpoint_url(endpoint_url)
            .credentials_provider(provider.clone())
            .http_client(http_client::for_credentials(Trust::default()))
            .build();
        AwsConfig {
            region: region.to_owned(),
            endpoint_url: Some(endpoint_url.to_owned()),
            ignores_configured_endpoints: false,
            has_local_endpoint: true,
            credentials_source: "fixed".to_owned(),
            use_fips: false,
            use_dual_stack: false,
            settings: Settings::default(),
            credentials: Arc::new(CachedCredentials::new(provider, Some(keys))),
            sdk,
        }
    }

    /// Like [`AwsConfig::fixed`], with AWS's own endpoints.
    #[cfg(test)]
    pub(super) fn of_aws(region: &str) -> AwsConfig {
        AwsConfig {
            endpoint_url: None,
            has_local_endpoint: false,
            ..AwsConfig::fixed("http://unused", region, "a", "b")
        }
    }

    /// The same for another region.
    ///
    /// # Errors
    /// [`ConfigError::InvalidRegion`].
    pub fn in_region(&self, region: &str) -> Result<AwsConfig, ConfigError> {
        if !is_region(region) {
            let region = region.to_owned();
            return Err(ConfigError::InvalidRegion { region });
        }
        let sdk = self.sdk.clone().into_builder();
        Ok(AwsConfig {
            region: region.to_owned(),
            sdk: sdk.region(Region::new(region.to_owned())).build(),
            ..self.clone()
        })
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether calls go to AWS itself: there is no general endpoint, or it is one of AWS's. Endpoints of single services do
    /// not change that, for the calls of all others go to AWS.
    pub fn is_aws_itself(&self) -> bool {
        !self.has_local_endpoint
    }

    /// Whether the calls of a service go to AWS itself: all but those with an endpoint of another kind.
    pub fn leads_to_aws(&self, service: &Service) -> bool {
        self.endpoint_override(service)
            .is_none_or(|url| is_aws(&url))
    }

    /// Which of the sources gave the credentials, in words.
    pub fn credentials_source(&self) -> &str {
        &self.credentials_source
    }

    pub(super) fn checksums(&self) -> Checksums {
        Checksums {
            request: self.sdk.request_checksum_calculation().unwrap_or_default(),
            response: self.sdk.response_checksum_validation().unwrap_or_default(),
        }
    }

    /// The size from which on request bodies are compressed where a service offers it.
    pub(super) fn min_compression_bytes(&self) -> usize {
        if self.sdk.disable_request_compression() == Some(true) {
            return usize::MAX;
        }
        let configured = self.sdk.request_min_compression_size_bytes();
        configured.map_or(compression::DEFAULT_MIN_BYTES, |bytes| bytes as usize)
    }

    /// Whether signatures have this machine's time whatever AWS says.
    pub(super) fn keeps_clock(&self) -> bool {
        self.sdk.disable_clock_skew_correction() == Some(true)
    }

    /// Where a service's calls go instead of AWS, by the first of: the option, `AWS_ENDPOINT_URL_<SERVICE>`,
    /// `AWS_ENDPOINT_URL`, the profile's `services` section, the profile's `endpoint_url`.
    pub fn endpoint_override(&self, service: &Service) -> Option<String> {
        // An endpoint of AWS's own is one service's (in a VPC, say); who calls, STS alone can tell.
        let is_elsewhere = |url: &&String| service.boto_name() == "sts" && is_aws(url);
        if let Some(url) = self.endpoint_url.as_ref().filter(|url| !is_elsewhere(url)) {
            return Some(url.clone());
        }
        if self.ignores_configured_endpoints {
            return None;
        }
        let key = ServiceConfigKey::builder()
            .service_id(service.service_id())
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        self.sdk
            .service_config()?
            .load_config(key)
            .filter(|url| !url.is_empty())
    }

    /// The environment for a function's process that is started now. Endpoints are those of [`Self::endpoint_override`].
    pub async fn function_environment(&self) -> Result<FunctionEnvironment, ConfigError> {
        let timed =
            self.credentials
                .timed()
                .await
                .map_err(|message| ConfigError::CredentialsFailed {
                    source_name: "the source that worked before".to_owned(),
                    message,
                })?;
        let credentials = timed.credentials;
        let mut variables = BTreeMap::from([
            ("AWS_REGION".to_owned(), self.region.clone()),
            ("AWS_DEFAULT_REGION".to_owned(), self.region.clone()),
            (
                "AWS_ACCESS_KEY_ID".to_owned(),
                credentials.access_key_id().to_owned(),
            ),
            (
                "AWS_SECRET_ACCESS_KEY".to_owned(),
                credentials.secret_access_key().to_owned(),
            ),
        ]);
        if let Some(token) = credentials.session_token() {
            variables.insert("AWS_SESSION_TOKEN".to_owned(), token.to_owned());
        }
        if let Some(path) = &self.settings.ca_bundle {
            let path = path.display().to_string();
            // Node knows no AWS_CA_BUNDLE.
            variables.insert("NODE_EXTRA_CA_CERTS".to_owned(), path.clone());
            variables.insert("AWS_CA_BUNDLE".to_owned(), path);
        }
        variables.extend(settings::proxies()?);
        let general = self.endpoint_url.as_deref().or(self.sdk.endpoint_url());
        if let Some(url) = general {
            variables.insert("AWS_ENDPOINT_URL".to_owned(), url.to_owned());
        }
        for service in catalog().services() {
            let own = self.endpoint_override(service);
            if let Some(url) = own.filter(|url| Some(url.as_str()) != general) {
                let suffix = service.endpoint_env_suffix();
                variables.insert(format!("AWS_ENDPOINT_URL_{suffix}"), url);
            }
        }
        Ok(FunctionEnvironment {
            variables,
            replace_after: timed.replace_after,
        })
    }
}

/// The profiles, with the chosen one selected. It exists, unless nobody asked for it by name.
async fn load_profile(options: &Options) -> Result<ProfileSet, ConfigError> {
    let chosen = options.profile.clone().map(std::borrow::Cow::Owned);
    let profiles =
        aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), chosen)
            .await
            .map_err(|error| ConfigError::Files {
                message: reasons(&error),
            })?;
    let name = profiles.selected_profile();
    if name != "default" && profiles.get_profile(name).is_none() {
        let mut known: Vec<&str> = profiles.profiles().collect();
        known.sort_unstable();
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        let name = name.to_owned();
        return Err(ConfigError::UnknownProfile { name, known });
    }
    Ok(profiles)
}

/// What `aws-config` knows besides region and credentials: endpoints, FIPS, dual stack.
async fn load_sdk_config(
    options: &Options,
    http_client: SharedHttpClient,
    max_attempts: u32,
) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client)
        // Without it the loader looks for these settings itself, and panics at wrong ones.
        .retry_config(RetryConfig::standard().with_max_attempts(max_attempts))
        .region(options.region.clone().map(Region::new))
        .no_credentials();
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}

/// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` or the profile's `ignore_configured_endpoint_urls`.
fn ignores_configured_endpoints(sdk: &SdkConfig) -> bool {
    let key = ServiceConfigKey::builder()
        .service_id("none")
        .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .profile("ignore_configured_endpoint_urls")
        .build();
    let value = key
        .ok()
        .and_then(|key| sdk.service_config()?.load_config(key));
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

async fn find_region(
    options: &Options,
    provider: &ProviderConfig,
    imds: Option<aws_config::imds::Client>,
) -> Option<String> {
    if let Some(region) = &options.region {
        return Some(region.clone());
    }
    if let Some(region) = EnvironmentVariableRegionProvider::new().region().await {
        return Some(region.to_string());
    }
    let mut profile = ProfileFileRegionProvider::builder().configure(provider);
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
    }
    if let Some(region) = profile.build().region().await {
        return Some(region.to_string());
    }
    let provider = ImdsRegionProvider::builder()
        .configure(provider)
        .imds_client(imds?)
        .build();
    provider.region().await.map(|region| region.to_string())
}

/// Whether a URL is one of AWS's own.
pub(super) fn is_aws(url: &str) -> bool {
    const DOMAINS: &[&str] = &[
        "amazonaws.com",
        "amazonaws.com.cn",
        "amazonaws.eu",
        "amazonwebservices.com.cn",
        "amazonwebservices.eu",
        "aws",
        "aws.dev",
        // Of the isolated partitions.
        "adc-e.uk",
        "aws.scloud",
        "ic.gov",
        "sgov.gov",
    ];
    http_client::host(url).is_some_and(|host| {
        // A name may be written as complete: `amazonaws.com.`
        let host = host.strip_suffix('.').unwrap_or(&host);
        DOMAINS.iter().any(|domain| {
            host.strip_suffix(domain)
                .is_some_and(|rest| rest.ends_with('.'))
        })
    })
}

/// What local API servers take: any keys do.
fn local_credentials() -> CachedCredentials {
    let keys = Credentials::new("test", "test", None, None, "local endpoint");
    CachedCredentials::new(SharedCredentialsProvider::new(keys.clone()), Some(keys))
}

/// Gives the run's credentials to `aws-config`'s own clients (STS for roles).
#[derive(Debug)]
struct Provider(Arc<CachedCredentials>);

impl aws_credential_types::provider::ProvideCredentials for Provider {
    fn provide_credentials<'a>(
        &'a self,
    ) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        use aws_credential_types::provider::error::CredentialsError;
        aws_credential_types::provider::future::ProvideCredentials::new(async {
            self.0.get().await.map_err(CredentialsError::provider_error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_aws_are_recognized() {
        for url in [
            "https://ec2.eu-north-1.amazonaws.com",
            "https://x.api.aws/",
            "https://a.amazonaws.com.cn",
            "https://EC2.eu-north-1.amazonaws.com.",
        ] {
            assert!(is_aws(url), "{url}");
        }
        for region in [
            "us-east-1",
            "us-gov-west-1",
            "cn-north-1",
            "eusc-de-east-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "eu-isoe-west-1",
            "us-isof-south-1",
        ] {
            let partition = service_models::endpoint::partition(region).unwrap();
            for suffix in ["dnsSuffix", "dualStackDnsSuffix"] {
                let suffix = partition[suffix].as_str().unwrap();
                assert!(
                    is_aws(&format!("https://ec2.{region}.{suffix}")),
                    "{suffix}"
                );
            }
        }
        for url in [
            "http://localhost:5000",
            "http://moto:5000",
            "https://amazonaws.com.evil.example",
            "http://notamazonaws.com",
        ] {
            assert!(!is_aws(url), "{url}");
        }
    }
}
