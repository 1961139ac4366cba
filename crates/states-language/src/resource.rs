//! A Task's `Resource`, taken apart.

use thiserror::Error;

/// What a Task calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// As written, with substitutions resolved.
    pub arn: String,
    pub kind: ResourceKind,
    pub pattern: Pattern,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceKind {
    /// `arn:aws:states:::aws-sdk:ec2:rebootInstances`: the service's ARN segment and the action, in their canonical forms.
    AwsSdk { service: String, action: String },
    /// `arn:aws:states:::lambda:invoke`.
    Optimized { service: String, action: String },
    /// `arn:aws:lambda:…:function:NAME`: the input is the payload, the output the answer.
    LambdaFunction,
    /// `arn:aws:states:…:activity:NAME`.
    Activity,
}

/// The suffix of an integration's ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    RequestResponse,
    /// `.sync`
    Sync,
    /// `.sync:2`
    Sync2,
    /// `.waitForTaskToken`
    WaitForTaskToken,
}

impl Pattern {
    /// What an ARN ends with; empty for the plain call.
    pub fn suffix(self) -> &'static str {
        match self {
            Pattern::RequestResponse => "",
            Pattern::Sync => ".sync",
            Pattern::Sync2 => ".sync:2",
            Pattern::WaitForTaskToken => ".waitForTaskToken",
        }
    }
}

/// Why a `Resource` is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResourceError {
    #[error("Value is not a valid resource ARN")]
    NotAnArn,
    /// In AWS's words.
    #[error(
        "The resource provided {0} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."
    )]
    NotRecognized(String),
}

impl Resource {
    /// Takes an ARN apart. Any partition will do; whether service, action and pattern exist is another question.
    pub fn parse(arn: &str) -> Result<Resource, ResourceError> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, service, _region, _account, rest] = parts[..] else {
            return Err(ResourceError::NotAnArn);
        };
        let not_recognized = || ResourceError::NotRecognized(arn.to_owned());
        if partition.is_empty() || rest.is_empty() {
            return Err(ResourceError::NotAnArn);
        }
        let resource = |kind, pattern| {
            Ok(Resource {
                arn: arn.to_owned(),
                kind,
                pattern,
            })
        };
        match service {
            "lambda"
                if rest
                    .strip_prefix("function:")
                    .is_some_and(|name| !name.is_empty()) =>
            {
                resource(ResourceKind::LambdaFunction, Pattern::RequestResponse)
            }
            "states"
                if rest
                    .strip_prefix("activity:")
                    .is_some_and(|name| !name.is_empty()) =>
            {
                resource(ResourceKind::Activity, Pattern::RequestResponse)
            }
            "states" => {
                let (rest, pattern) = split_pattern(rest);
                let parts: Vec<String> = rest.split(':').map(str::to_owned).collect();
                match <[String; 3]>::try_from(parts) {
                    Ok([sdk, service, action])
                        if sdk == "aws-sdk" && !service.is_empty() && !action.is_empty() =>
                    {
                        resource(ResourceKind::AwsSdk { service, action }, pattern)
                    }
                    Err(parts) => match <[String; 2]>::try_from(parts) {
                        Ok([service, action]) if !service.is_empty() && !action.is_empty() => {
                            resource(ResourceKind::Optimized { service, action }, pattern)
                        }
                        _ => Err(not_recognized()),
                    },
                    _ => Err(not_recognized()),
                }
            }
            _ => Err(not_recognized()),
        }
    }

    /// `resourceType` of the Task events: `lambda`, `aws-sdk:ec2`. Empty for functions and activities, whose events have none.
    pub fn event_resource_type(&self) -> String {
        match &self.kind {
            ResourceKind::AwsSdk { service, .. } => format!("aws-sdk:{service}"),
            ResourceKind::Optimized { service, .. } => service.clone(),
            ResourceKind::LambdaFunction | ResourceKind::Activity => String::new(),
        }
    }

    /// `resource` of the Task events: the action with the pattern's suffix, or the ARN.
    pub fn event_resource(&self) -> String {
        let suffix = self.pattern.suffix();
        match &self.kind {
            ResourceKind::AwsSdk { action, .. } | ResourceKind::Optimized { action, .. } => {
                format!("{action}{suffix}")
            }
            ResourceKind::LambdaFunction | ResourceKind::Activity => self.arn.clone(),
        }
    }
}

fn split_pattern(action: &str) -> (&str, Pattern) {
    let patterns = [
        (".sync:2", Pattern::Sync2),
        (".sync", Pattern::Sync),
        (".waitForTaskToken", Pattern::WaitForTaskToken),
    ];
    patterns
        .into_iter()
        .find_map(|(suffix, pattern)| action.strip_suffix(suffix).map(|action| (action, pattern)))
        .unwrap_or((action, Pattern::RequestResponse))
}
