//! Where a call goes, and for which region and service it is signed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use service_models::endpoint::{self, EndpointError, Params};
use service_models::{ContextValue, Operation, Service};

use super::config::{AwsConfig, is_aws};
use super::context_path;
use crate::protocol::arguments::json_text;

/// Why a call has no place to go to.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error(transparent)]
    Rules(#[from] EndpointError),
    /// The value would be part of the host's name, and the request go to a host of the value's choice.
    #[error(
        "the value {value:?} of '{member}' cannot be part of a host name (1 to 63 letters, digits and hyphens)"
    )]
    HostLabel { member: &'static str, value: String },
    /// Endpoints for several regions at once: multi-region access points of S3, global endpoints of EventBridge.
    #[error("requests to {url} are signed with {schemes}, and only sigv4 is supported")]
    Signature { url: String, schemes: String },
}

/// The endpoint rules' answer for a call.
#[derive(Debug)]
pub struct Target {
    /// Without a slash at the end.
    pub url: String,
    pub signing_name: String,
    pub signing_region: String,
    pub single_encoding: bool,
    pub headers: Vec<(String, Vec<String>)>,
}

impl Target {
    /// Whether the URL goes on behind the host.
    pub fn has_path(&self) -> bool {
        self.url
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('/'))
    }
}

/// Answers of the endpoint rules, kept.
#[derive(Debug, Default)]
pub struct Endpoints {
    /// Of operations whose endpoint does not depend on the arguments, by operation.
    fixed: Mutex<HashMap<OperationKey, Arc<Target>>>,
    /// Of the others, by operation and the parameters of the rules.
    known: Mutex<HashMap<(OperationKey, String), Arc<Target>>>,
    /// Regions of buckets that are not in the client's own, as S3 told.
    buckets: Mutex<HashMap<String, String>>,
}

/// Service and operation.
type OperationKey = (&'static str, &'static str);

/// Calls with a bucket or an ARN in their endpoint could fill the memory of a long run otherwise.
const MAX_KNOWN: usize = 1000;

impl Endpoints {
    /// `account_id` is the account of the call's credentials, where they tell it.
    pub fn target(
        &self,
        config: &AwsConfig,
        operation: Operation,
        arguments: &Map<String, Value>,
        account_id: Option<&str>,
    ) -> Result<Arc<Target>, TargetError> {
        let key = (operation.service().boto_name(), operation.name());
        if let Some(target) = lock(&self.fixed).get(&key) {
            return Ok(target.clone());
        }
        let overridden = config.endpoint_override(operation.service());
        let params = self.params(
            config,
            overridden.as_deref(),
            operation,
            arguments,
            account_id,
        );
        let resolve = || {
            let target = resolve(config, overridden.is_some(), operation, arguments, &params)?;
            Ok::<_, TargetError>(Arc::new(target))
        };
        match Dependence::of(operation) {
            Dependence::None => {
                let target = resolve()?;
                lock(&self.fixed).insert(key, target.clone());
                Ok(target)
            }
            Dependence::Parameters => {
                let key = (key, Value::from_iter(params.clone()).to_string());
                if let Some(target) = lock(&self.known).get(&key) {
                    return Ok(target.clone());
                }
                let target = resolve()?;
                insert(&self.known, key, target.clone());
                Ok(target)
            }
            Dependence::HostLabels => resolve(),
        }
    }

    /// Remembers that the call's bucket is in another region. False if there is none.
    pub fn moved(&self, arguments: &Map<String, Value>, region: String) -> bool {
        let bucket = arguments.get("Bucket").and_then(Value::as_str);
        if let Some(bucket) = bucket {
            insert(&self.buckets, bucket.to_owned(), region);
        }
        bucket.is_some()
    }

    fn params(
        &self,
        config: &AwsConfig,
        overridden: Option<&str>,
        operation: Operation,
        arguments: &Map<String, Value>,
        account_id: Option<&str>,
    ) -> Params {
        let mut params = Params::new();
        let mut set = |name: &str, value: Value| params.insert(name.to_owned(), value);
        set("Region", config.region.as_str().into());
        match overridden {
            Some(url) => {
                set("Endpoint", url.into());
            }
            // FIPS and dual stack choose among AWS's own endpoints.
            None => {
                set("UseFIPS", config.use_fips.into());
                set("UseDualStack", config.use_dual_stack.into());
            }
        }
        let settings = &config.settings;
        match operation.service().boto_name() {
            "s3" | "s3control" => {
                let bucket = arguments.get("Bucket").and_then(Value::as_str);
                if let Some(region) =
                    bucket.and_then(|bucket| lock(&self.buckets).get(bucket).cloned())
                {
                    set("Region", region.into());
                }
                // Only AWS's own servers surely answer to a bucket in front of their name.
                set(
                    "ForcePathStyle",
                    overridden.is_some_and(|url| !is_aws(url)).into(),
                );
                set("UseGlobalEndpoint", settings.s3_global_endpoint.into());
                set("UseArnRegion", settings.s3_use_arn_region.into());
                let disabled = settings.s3_disable_multiregion_access_points;
                set("DisableMultiRegionAccessPoints", disabled.into());
                // Sessions of directory buckets are only faster than a signature for each request.
                set("DisableS3ExpressSessionAuth", true.into());
            }
            "sts" => {
                set("UseGlobalEndpoint", settings.sts_global_endpoint.into());
            }
            "dynamodb" if overridden.is_none() => {
                set("AccountId", account_id.into());
                let mode = config.sdk.account_id_endpoint_mode().cloned();
                set(
                    "AccountIdEndpointMode",
                    mode.unwrap_or_default().to_string().into(),
                );
            }
            _ => {}
        }
        for (name, value) in operation.static_context_params() {
            set(
                name,
                match value {
                    ContextValue::Boolean(value) => Value::Bool(*value),
                    ContextValue::Text(value) => Value::from(*value),
                },
            );
        }
        for (name, path) in operation.operation_context_params() {
            set(name, context_path::evaluate(path, arguments).into());
        }
        let members = operation
            .input()
            .into_iter()
            .flat_map(|input| input.members());
        for member in members {
            if let (Some(name), Some(value)) =
                (member.context_param(), arguments.get(member.name()))
            {
                set(name, value.clone());
            }
        }
        params
    }
}

/// Where AWS answers an operation in a region, whatever stands for AWS in the client's own.
pub fn in_region(
    config: &AwsConfig,
    operation: Operation,
    region: &str,
) -> Result<Target, TargetError> {
    if !is_host_label(region) {
        return Err(TargetError::HostLabel {
            member: "SourceRegion",
            value: region.to_owned(),
        });
    }
    let params = Params::from_iter([
        ("Region".to_owned(), region.into()),
        ("UseFIPS".to_owned(), config.use_fips.into()),
        ("UseDualStack".to_owned(), config.use_dual_stack.into()),
    ]);
    resolve(config, false, operation, &Map::new(), &params)
}

/// What of a call its endpoint depends on.
enum Dependence {
    None,
    /// Arguments, credentials or the bucket's region, through the parameters of the rules.
    Parameters,
    /// Arguments that become part of the host's name.
    HostLabels,
}

impl Dependence {
    fn of(operation: Operation) -> Dependence {
        let members = || {
            operation
                .input()
                .into_iter()
                .flat_map(|input| input.members())
        };
        if members().any(|member| member.is_host_label()) {
            return Dependence::HostLabels;
        }
        let is_fixed = operation.service().boto_name() != "dynamodb"
            && operation.operation_context_params().is_empty()
            && members().all(|member| member.context_param().is_none());
        match is_fixed {
            true => Dependence::None,
            false => Dependence::Parameters,
        }
    }
}

fn resolve(
    config: &AwsConfig,
    is_overridden: bool,
    operation: Operation,
    arguments: &Map<String, Value>,
    params: &Params,
) -> Result<Target, TargetError> {
    let service: &'static Service = operation.service();
    let endpoint = endpoint::resolve(service, params)?;
    let mut url = endpoint.url.trim_end_matches('/').to_owned();
    if !is_overridden {
        url = with_host_prefix(operation, &url, arguments)?;
    }
    let scheme = endpoint.sigv4().cloned();
    if scheme.is_none() && !endpoint.auth_schemes.is_empty() && !operation.is_unauthenticated() {
        let schemes = endpoint
            .auth_schemes
            .iter()
            .map(|scheme| scheme.name.as_str());
        let schemes = schemes.collect::<Vec<_>>().join(" or ");
        return Err(TargetError::Signature { url, schemes });
    }
    Ok(Target {
        url,
        signing_name: scheme
            .as_ref()
            .and_then(|s| s.signing_name.clone())
            .unwrap_or_else(|| service.signing_name().to_owned()),
        signing_region: scheme
            .as_ref()
            .and_then(|s| s.signing_region.clone())
            .or_else(|| Some(params.get("Region")?.as_str()?.to_owned()))
            .unwrap_or_else(|| config.region.clone()),
        single_encoding: scheme.is_some_and(|s| s.disable_double_encoding)
            || service.signature_version().starts_with("s3"),
        headers: endpoint.headers,
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn insert<K: std::hash::Hash + Eq, V>(known: &Mutex<HashMap<K, V>>, key: K, value: V) {
    let mut known = lock(known);
    if known.len() >= MAX_KNOWN {
        known.clear();
    }
    known.insert(key, value);
}

/// The URL of an endpoint with the operation's host prefix, its labels filled: `{AccountId}.` becomes `123456789012.`.
/// `arguments` are normalized.
pub fn with_host_prefix(
    operation: Operation,
    url: &str,
    arguments: &Map<String, Value>,
) -> Result<String, TargetError> {
    let (Some(prefix), Some((scheme, rest))) = (operation.host_prefix(), url.split_once("://"))
    else {
        return Ok(url.to_owned());
    };
    let mut filled = prefix.to_owned();
    for member in operation
        .input()
        .into_iter()
        .flat_map(|input| input.members())
        .filter(|member| member.is_host_label())
    {
        let value = arguments
            .get(member.name())
            .map(json_text)
            .unwrap_or_default();
        if !is_host_label(&value) {
            return Err(TargetError::HostLabel {
                member: member.name(),
                value,
            });
        }
        filled = filled.replace(&format!("{{{}}}", member.name()), &value);
    }
    Ok(format!("{scheme}://{filled}{rest}"))
}

/// RFC 1123, section 2.1, which leaves out all that could end the host's name.
fn is_host_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use service_models::catalog;

    #[test]
    fn host_prefixes_are_filled() {
        let sync = catalog()
            .service("sfn")
            .unwrap()
            .operation("startSyncExecution")
            .unwrap();
        let url = "https://states.eu-west-1.amazonaws.com";
        assert_eq!(
            with_host_prefix(sync, url, &Map::new()).unwrap(),
            "https://sync-states.eu-west-1.amazonaws.com"
        );
        let control = catalog()
            .service("s3control")
            .unwrap()
            .operation("listJobs")
            .unwrap();
        let filled = |account_id: Value| {
            let arguments = Map::from_iter([("AccountId".to_owned(), account_id)]);
            with_host_prefix(control, "https://s3", &arguments)
        };
        assert_eq!(filled("1234".into()).unwrap(), "https://1234.s3");
        for hostile in ["", "evil.example/", "a.b", "a b", "ä", &"1".repeat(64)] {
            let error = filled(hostile.into()).unwrap_err();
            assert!(
                matches!(&error, TargetError::HostLabel { member: "AccountId", value } if value == hostile),
                "{error}"
            );
        }
    }

    #[test]
    fn an_override_goes_first_and_has_no_host_prefix() {
        let config = AwsConfig::fixed("http://localhost:5000/", "eu-north-1", "a", "b");
        let sync = catalog()
            .service("sfn")
            .unwrap()
            .operation("startSyncExecution")
            .unwrap();
        let target = Endpoints::default()
            .target(&config, sync, &Map::new(), None)
            .unwrap();
        assert_eq!(target.url, "http://localhost:5000");
        assert_eq!(
            (target.signing_name.as_str(), target.signing_region.as_str()),
            ("states", "eu-north-1")
        );
    }

    fn target(
        config: &AwsConfig,
        service: &str,
        action: &str,
        arguments: Value,
    ) -> Result<Arc<Target>, TargetError> {
        let operation = catalog().service(service).unwrap().operation(action);
        let account_id = Some("123456789012");
        let arguments = arguments.as_object().unwrap();
        Endpoints::default().target(config, operation.unwrap(), arguments, account_id)
    }

    fn url(config: &AwsConfig, service: &str, action: &str, arguments: Value) -> String {
        target(config, service, action, arguments)
            .unwrap()
            .url
            .clone()
    }

    #[test]
    fn buckets_stand_before_awss_hosts_and_behind_others() {
        let bucket = |name: &str| json!({"Bucket": name, "Key": "k"});
        let aws = AwsConfig::of_aws("eu-north-1");
        let get = |config: &AwsConfig, name: &str| url(config, "s3", "getObject", bucket(name));
        assert_eq!(get(&aws, "b-1"), "https://b-1.s3.eu-north-1.amazonaws.com");
        assert_eq!(get(&aws, "b.1"), "https://s3.eu-north-1.amazonaws.com/b.1");
        let own = |url: &str| AwsConfig::fixed(url, "eu-north-1", "a", "b");
        for host in [
            "http://127.0.0.1:5000",
            "http://localhost:5000",
            "https://minio.example.com",
        ] {
            assert_eq!(get(&own(host), "b-1"), format!("{host}/b-1"));
        }
        let private = own("https://bucket.vpce-1.s3.eu-north-1.vpce.amazonaws.com");
        assert_eq!(
            get(&private, "b-1"),
            "https://b-1.bucket.vpce-1.s3.eu-north-1.vpce.amazonaws.com"
        );
        let point = "arn:aws:s3:eu-west-1:123456789012:accesspoint/p";
        let of_point = target(&aws, "s3", "getObject", bucket(point)).unwrap();
        assert_eq!(
            (of_point.url.as_str(), of_point.signing_region.as_str()),
            (
                "https://p-123456789012.s3-accesspoint.eu-west-1.amazonaws.com",
                "eu-west-1"
            )
        );
        assert!(of_point.single_encoding);
    }

    #[test]
    fn a_bucket_that_moved_is_asked_in_its_region() {
        let aws = AwsConfig::of_aws("eu-north-1");
        let get = catalog()
            .service("s3")
            .unwrap()
            .operation("getObject")
            .unwrap();
        let arguments = json!({"Bucket": "b-1", "Key": "k"});
        let (endpoints, arguments) = (Endpoints::default(), arguments.as_object().unwrap());
        let mut urls = Vec::new();
        for moved in [false, true] {
            if moved {
                assert!(endpoints.moved(arguments, "eu-west-3".to_owned()));
            }
            urls.push(
                endpoints
                    .target(&aws, get, arguments, None)
                    .unwrap()
                    .url
                    .clone(),
            );
        }
        assert_eq!(
            urls,
            [
                "https://b-1.s3.eu-north-1.amazonaws.com",
                "https://b-1.s3.eu-west-3.amazonaws.com"
            ]
        );
    }

    #[test]
    fn settings_choose_among_awss_endpoints() {
        let mut aws = AwsConfig::of_aws("us-east-1");
        let caller = |config: &AwsConfig| url(config, "sts", "getCallerIdentity", json!({}));
        let buckets = |config: &AwsConfig| url(config, "s3", "listBuckets", json!({}));
        assert_eq!(caller(&aws), "https://sts.us-east-1.amazonaws.com");
        assert_eq!(buckets(&aws), "https://s3.us-east-1.amazonaws.com");
        aws.settings.sts_global_endpoint = true;
        aws.settings.s3_global_endpoint = true;
        assert_eq!(caller(&aws), "https://sts.amazonaws.com");
        assert_eq!(buckets(&aws), "https://s3.amazonaws.com");
        let mut aws = AwsConfig::of_aws("us-west-2");
        let instances = |config: &AwsConfig| url(config, "ec2", "describeInstances", json!({}));
        aws.use_fips = true;
        assert_eq!(instances(&aws), "https://ec2-fips.us-west-2.amazonaws.com");
        aws.use_fips = false;
        aws.use_dual_stack = true;
        assert_eq!(instances(&aws), "https://ec2.us-west-2.api.aws");
        let china = AwsConfig::of_aws("cn-north-1");
        assert_eq!(instances(&china), "https://ec2.cn-north-1.amazonaws.com.cn");
        let roles = target(&aws, "iam", "listRoles", json!({})).unwrap();
        assert_eq!(roles.signing_region, "us-east-1", "a global service");
    }

    #[test]
    fn tables_are_asked_at_their_accounts_endpoint() {
        let aws = AwsConfig::of_aws("eu-north-1");
        let own = "https://123456789012.ddb.eu-north-1.amazonaws.com";
        let arn = "arn:aws:dynamodb:eu-north-1:210987654321:table/t";
        let theirs = "https://210987654321.ddb.eu-north-1.amazonaws.com";
        let dynamodb = |action, arguments| url(&aws, "dynamodb", action, arguments);
        assert_eq!(dynamodb("getItem", json!({"TableName": "t"})), own);
        assert_eq!(dynamodb("getItem", json!({"TableName": arn})), theirs);
        assert_eq!(
            dynamodb("batchGetItem", json!({"RequestItems": {arn: {}}})),
            theirs
        );
        let local = AwsConfig::fixed("http://localhost:8000", "eu-north-1", "a", "b");
        let get = url(&local, "dynamodb", "getItem", json!({"TableName": "t"}));
        assert_eq!(get, "http://localhost:8000");
    }

    #[test]
    fn endpoints_of_several_regions_are_refused() {
        let aws = AwsConfig::of_aws("eu-north-1");
        let bucket = json!({"Bucket": "arn:aws:s3::123456789012:accesspoint:m.mrap", "Key": "k"});
        let refused = [
            target(&aws, "s3", "getObject", bucket),
            target(
                &aws,
                "eventbridge",
                "putEvents",
                json!({"EndpointId": "abc.def"}),
            ),
        ];
        for refused in refused {
            let error = refused.unwrap_err().to_string();
            assert!(
                error.contains("sigv4a, and only sigv4 is supported"),
                "{error}"
            );
        }
    }
}
