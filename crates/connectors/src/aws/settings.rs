//! The settings of AWS's SDKs and tools beside region, credentials and endpoints: from the environment, else from the
//! profile (AWS SDKs and Tools Reference Guide, "Settings reference"). What cannot be understood is told before the run
//! begins.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aws_config::profile::ProfileSet;

use super::config::ConfigError;
use super::retry::DEFAULT_MAX_ATTEMPTS;
use super::trust::Trust;

#[derive(Debug, Clone)]
pub struct Settings {
    /// The first attempt included.
    pub max_attempts: u32,
    /// The certificates of `AWS_CA_BUNDLE` or `ca_bundle`, instead of the system's.
    pub trust: Trust,
    /// Where they are, as an absolute path: for functions.
    pub ca_bundle: Option<PathBuf>,
    /// `s3.amazonaws.com` instead of `s3.us-east-1.amazonaws.com`.
    pub s3_global_endpoint: bool,
    /// `sts.amazonaws.com` instead of the regions' endpoints.
    pub sts_global_endpoint: bool,
    /// Whether an ARN's region goes before the client's.
    pub s3_use_arn_region: Option<bool>,
    pub s3_disable_multiregion_access_points: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            max_attempts: DEFAULT_MAX_ATTEMPTS,
            trust: Trust::default(),
            ca_bundle: None,
            s3_global_endpoint: false,
            sts_global_endpoint: false,
            s3_use_arn_region: None,
            s3_disable_multiregion_access_points: false,
        }
    }
}

impl Settings {
    pub fn read(profile: &ProfileSet) -> Result<Settings, ConfigError> {
        proxies()?;
        let of = |env: &'static str, key: &'static str| Setting::find(profile, env, key);
        if let Some(mode) = of("AWS_RETRY_MODE", "retry_mode") {
            // The modes differ in what they retry how often; this client has one way, the standard one.
            mode.one_of(&["standard", "adaptive", "legacy"])?;
        }
        let max_attempts = match of("AWS_MAX_ATTEMPTS", "max_attempts") {
            None => DEFAULT_MAX_ATTEMPTS,
            Some(setting) => match setting.value.trim().parse() {
                Ok(number) if number > 0 => number,
                _ => return Err(setting.invalid("a number of attempts from 1 on")),
            },
        };
        let ca_bundle = of("AWS_CA_BUNDLE", "ca_bundle").map(|setting| {
            let path = PathBuf::from(&setting.value);
            std::path::absolute(&path).unwrap_or(path)
        });
        let is_legacy = |setting: Option<Setting>| match setting {
            None => Ok(false),
            Some(setting) => setting
                .one_of(&["regional", "legacy"])
                .map(|value| value == "legacy"),
        };
        let boolean = |env, key| match of(env, key) {
            None => Ok(None),
            Some(setting) => setting
                .one_of(&["true", "false"])
                .map(|value| Some(value == "true")),
        };
        Ok(Settings {
            max_attempts,
            trust: match &ca_bundle {
                None => Trust::default(),
                Some(path) => Trust::bundle(path)?,
            },
            ca_bundle,
            s3_global_endpoint: is_legacy(of(
                "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
                "s3_us_east_1_regional_endpoint",
            ))?,
            sts_global_endpoint: is_legacy(of(
                "AWS_STS_REGIONAL_ENDPOINTS",
                "sts_regional_endpoints",
            ))?,
            s3_use_arn_region: boolean("AWS_S3_USE_ARN_REGION", "s3_use_arn_region")?,
            s3_disable_multiregion_access_points: boolean(
                "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS",
                "s3_disable_multiregion_access_points",
            )?
            .unwrap_or(false),
        })
    }
}

/// A value and where it stands.
struct Setting {
    place: String,
    value: String,
}

impl Setting {
    fn find(profile: &ProfileSet, env: &'static str, key: &'static str) -> Option<Setting> {
        let from_env = std::env::var(env).ok().map(|value| Setting {
            place: env.to_owned(),
            value,
        });
        let from_profile = || {
            profile.get(key).map(|value| Setting {
                place: format!("{key} of the profile {}", profile.selected_profile()),
                value: value.to_owned(),
            })
        };
        from_env
            .filter(|setting| !setting.value.is_empty())
            .or_else(from_profile)
            .filter(|setting| !setting.value.is_empty())
    }

    /// The value in lower case when it is one of these.
    fn one_of(&self, known: &'static [&'static str]) -> Result<&'static str, ConfigError> {
        known
            .iter()
            .find(|known| known.eq_ignore_ascii_case(self.value.trim()))
            .copied()
            .ok_or_else(|| self.invalid(&known.join(" or ")))
    }

    fn invalid(&self, expected: &str) -> ConfigError {
        ConfigError::InvalidSetting {
            place: self.place.clone(),
            value: self.value.clone(),
            expected: expected.to_owned(),
        }
    }
}

/// The environment's proxies, for functions that are to go the same way; none of them leads to this machine. A proxy that
/// cannot be understood would be passed by, and the requests go where nobody wanted them. The values may hold a password and
/// are not shown.
pub fn proxies() -> Result<BTreeMap<String, String>, ConfigError> {
    const THIS_MACHINE: &str = "localhost,127.0.0.1,::1";
    const NAMES: &[&str] = &[
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ];
    let mut proxies = BTreeMap::new();
    for name in NAMES {
        let Ok(value) = std::env::var(name) else {
            continue;
        };
        // `proxy:3128` stands for `http://proxy:3128`.
        let url = match value.contains("://") {
            true => value.clone(),
            false => format!("http://{value}"),
        };
        if !value.is_empty() && super::http_client::host(&url).is_none() {
            return Err(ConfigError::InvalidProxy { name });
        }
        proxies.insert((*name).to_owned(), value);
    }
    if !proxies.is_empty() {
        let given = ["no_proxy", "NO_PROXY"].map(|name| std::env::var(name).ok());
        let given = given.into_iter().flatten().find(|value| !value.is_empty());
        let direct: Vec<String> = given.into_iter().chain([THIS_MACHINE.to_owned()]).collect();
        for name in ["no_proxy", "NO_PROXY"] {
            proxies.insert(name.to_owned(), direct.join(","));
        }
    }
    Ok(proxies)
}
