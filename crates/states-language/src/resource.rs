//! A Task's `Resource`, taken apart.

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

impl Resource {
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
        let suffix = match self.pattern {
            Pattern::RequestResponse => "",
            Pattern::Sync => ".sync",
            Pattern::Sync2 => ".sync:2",
            Pattern::WaitForTaskToken => ".waitForTaskToken",
        };
        match &self.kind {
            ResourceKind::AwsSdk { action, .. } | ResourceKind::Optimized { action, .. } => format!("{action}{suffix}"),
            ResourceKind::LambdaFunction | ResourceKind::Activity => self.arn.clone(),
        }
    }
}
