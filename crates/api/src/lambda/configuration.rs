//! What a function is configured with: checked, completed and shown as `FunctionConfiguration` has it.

use serde_json::{Map, Value, json};

use super::record::Version;
use super::{Lambda, error, name};
use crate::wire::ServiceError;

/// Seconds.
pub(super) const TIMEOUT: u32 = 3;
/// MiB.
pub(super) const MEMORY: u32 = 128;
/// MiB.
pub(super) const STORAGE: u32 = 512;

/// Quota "Environment variables", all of them together.
const MAX_ENVIRONMENT_BYTES: usize = 4096;

/// What Lambda sets itself ("Defined runtime environment variables", reserved).
const RESERVED_VARIABLES: &[&str] = &[
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

/// Members that are taken over as they are.
const PLAIN: &[&str] = &[
    "Role",
    "Handler",
    "Runtime",
    "Description",
    "Timeout",
    "MemorySize",
    "TracingConfig",
    "EphemeralStorage",
    "Architectures",
];

/// Members that would make a function behave otherwise than it does here, and what to say of them.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("FileSystemConfigs", "File systems cannot be mounted"),
    ("ImageConfig", "Functions do not run as container images"),
    ("CodeSigningConfigArn", "Signatures of code are not checked"),
    ("TenancyConfig", "There is no tenant isolation"),
    ("CapacityProviderConfig", "There are no capacity providers"),
    ("DurableConfig", "There are no durable functions"),
    ("RuntimeConfig", "There are no custom runtimes of this kind"),
    ("AcceleratorConfig", "There are no accelerators"),
];

/// The configuration that a function is created with.
pub(super) fn of_new(
    name: &str,
    members: &Map<String, Value>,
) -> Result<Map<String, Value>, ServiceError> {
    let mut configuration = Map::from_iter([
        ("Description".to_owned(), json!("")),
        ("Timeout".to_owned(), TIMEOUT.into()),
        ("MemorySize".to_owned(), MEMORY.into()),
        ("TracingConfig".to_owned(), json!({"Mode": "PassThrough"})),
        ("EphemeralStorage".to_owned(), json!({"Size": STORAGE})),
        ("Architectures".to_owned(), json!(["x86_64"])),
        ("SnapStart".to_owned(), snap_start("None")),
        ("LoggingConfig".to_owned(), logging(name, &Map::new())),
    ]);
    if ["Runtime", "Handler"]
        .iter()
        .any(|member| !members.contains_key(*member))
    {
        return Err(error::invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ));
    }
    change(&mut configuration, name, members)?;
    Ok(configuration)
}

/// Changes what a request names.
pub(super) fn change(
    configuration: &mut Map<String, Value>,
    name: &str,
    members: &Map<String, Value>,
) -> Result<(), ServiceError> {
    let is_empty = |value: &Value| match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    for (member, why) in UNSUPPORTED {
        if members.get(*member).is_some_and(|value| !is_empty(value)) {
            return Err(error::unsupported(&format!("{why} ({member})")));
        }
    }
    if members
        .get("Layers")
        .is_some_and(|layers| !is_empty(layers))
    {
        return Err(error::unsupported(
            "Layers are not supported: put what they hold into the deployment package; there are none",
        ));
    }
    for member in PLAIN {
        if let Some(value) = members.get(*member) {
            configuration.insert((*member).to_owned(), value.clone());
        }
    }
    let mut set = |member: &str, value: Option<Value>| match value {
        Some(value) => drop(configuration.insert(member.to_owned(), value)),
        None => drop(configuration.shift_remove(member)),
    };
    if let Some(environment) = members.get("Environment") {
        let variables = environment.get("Variables").and_then(Value::as_object);
        let variables = variables.filter(|variables| !variables.is_empty());
        variables.map_or(Ok(()), check_variables)?;
        set(
            "Environment",
            variables.map(|variables| json!({"Variables": variables})),
        );
    }
    if let Some(target) = members.get("DeadLetterConfig") {
        let arn = target.get("TargetArn").filter(|arn| !is_empty(arn));
        let is_target = |arn: &str| {
            [":sqs:", ":sns:"]
                .iter()
                .any(|service| arn.contains(service))
        };
        if let Some(arn) = arn.and_then(Value::as_str)
            && !is_target(arn)
        {
            return Err(error::invalid(format!(
                "The provided dead letter target {arn} is neither a queue (SQS) nor a topic (SNS)."
            )));
        }
        set("DeadLetterConfig", arn.map(|arn| json!({"TargetArn": arn})));
    }
    if let Some(key) = members.get("KMSKeyArn") {
        set("KMSKeyArn", (!is_empty(key)).then(|| key.clone()));
    }
    if let Some(vpc) = members.get("VpcConfig") {
        let list = |member: &str| vpc.get(member).cloned().unwrap_or(json!([]));
        let (subnets, groups) = (list("SubnetIds"), list("SecurityGroupIds"));
        let dual_stack = vpc.get("Ipv6AllowedForDualStack").cloned();
        let shown = json!({
            "SubnetIds": subnets, "SecurityGroupIds": groups, "VpcId": "",
            "Ipv6AllowedForDualStack": dual_stack.unwrap_or(json!(false)),
        });
        set(
            "VpcConfig",
            (!is_empty(&subnets) || !is_empty(&groups)).then_some(shown),
        );
    }
    if let Some(apply_on) = members
        .get("SnapStart")
        .and_then(|start| start.get("ApplyOn")?.as_str())
    {
        set("SnapStart", Some(snap_start(apply_on)));
    }
    if let Some(wanted) = members.get("LoggingConfig").and_then(Value::as_object) {
        set("LoggingConfig", Some(logging(name, wanted)));
    }
    check_timeout(configuration)
}

/// The model permits more, for functions of other kinds.
fn check_timeout(configuration: &Map<String, Value>) -> Result<(), ServiceError> {
    let limits = [
        ("Timeout", "timeout", 900),
        ("MemorySize", "memorySize", 10_240),
    ];
    for (member, shown, limit) in limits {
        let value = configuration.get(member).and_then(Value::as_u64);
        if let Some(value) = value.filter(|value| *value > limit) {
            let message = format!(
                "1 validation error detected: Value '{value}' at '{shown}' failed to satisfy constraint: \
                 Member must have value less than or equal to {limit}"
            );
            return Err(ServiceError::new("ValidationException", 400, message));
        }
    }
    Ok(())
}

fn check_variables(variables: &Map<String, Value>) -> Result<(), ServiceError> {
    let reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|name| RESERVED_VARIABLES.contains(name))
        .collect();
    if !reserved.is_empty() {
        return Err(error::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided \
             contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let size = |(name, value): (&String, &Value)| name.len() + value.as_str().map_or(0, str::len);
    if variables.iter().map(size).sum::<usize>() > MAX_ENVIRONMENT_BYTES {
        // The message does not repeat the variables: there may be secrets in them.
        return Err(error::invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have provided \
             exceeded the 4KB limit.",
        ));
    }
    Ok(())
}

fn snap_start(apply_on: &str) -> Value {
    json!({"ApplyOn": apply_on, "OptimizationStatus": "Off"})
}

fn logging(name: &str, wanted: &Map<String, Value>) -> Value {
    let text = |member: &str| {
        wanted
            .get(member)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let format = text("LogFormat").unwrap_or("Text");
    let group = text("LogGroup").map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned);
    let mut logging = json!({"LogFormat": format, "LogGroup": group});
    if format == "JSON" {
        for member in ["ApplicationLogLevel", "SystemLogLevel"] {
            logging[member] = text(member).unwrap_or("INFO").into();
        }
    }
    logging
}

impl Lambda {
    /// A version as `FunctionConfiguration`; its ARN ends with the qualifier, if there is one.
    pub(super) fn shown(
        &self,
        name: &str,
        version: &Version,
        qualifier: Option<&str>,
    ) -> Map<String, Value> {
        let mut shown = version.configuration.clone();
        let runtime = format!(
            "arn:{}:lambda:{}::runtime:local",
            self.options().partition,
            self.options().region
        );
        let more = [
            ("FunctionName", name.into()),
            ("FunctionArn", self.arn(name, qualifier).into()),
            ("CodeSize", version.code.bytes().into()),
            ("CodeSha256", base64_of(version.code.sha256()).into()),
            (
                "LastModified",
                timestamp(version.last_modified_millis).into(),
            ),
            ("Version", version.number.as_str().into()),
            ("RevisionId", version.revision_id.as_str().into()),
            ("State", "Active".into()),
            ("LastUpdateStatus", "Successful".into()),
            ("PackageType", "Zip".into()),
            (
                "RuntimeVersionConfig",
                json!({"RuntimeVersionArn": runtime}),
            ),
        ];
        shown.extend(more.map(|(member, value)| (member.to_owned(), value)));
        shown
    }

    /// The same, with the qualifier that a published version's own ARN has.
    pub(super) fn shown_version(&self, name: &str, version: &Version) -> Map<String, Value> {
        let qualifier = (version.number != name::LATEST).then_some(version.number.as_str());
        self.shown(name, version, qualifier)
    }
}

/// `CodeSha256` of a hexadecimal hash.
pub(super) fn base64_of(hex: &str) -> String {
    use base64::Engine as _;
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | *digit as u8))
        .collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// `2026-11-23T06:24:11.000+0000`
pub(super) fn timestamp(millis: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}
