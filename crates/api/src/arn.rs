//! ARNs of Step Functions' resources: taken apart, and made.

use crate::Error;

/// `arn:PARTITION:states:REGION:ACCOUNT:` and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arn<'a> {
    pub partition: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    pub resource: Resource<'a>,
}

/// What an ARN names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource<'a> {
    StateMachine {
        name: &'a str,
        qualifier: Qualifier<'a>,
    },
    Activity {
        name: &'a str,
    },
    /// `execution:MACHINE:NAME`; `label` of a child of a Distributed Map: `execution:MACHINE/LABEL:NAME`.
    Execution {
        state_machine: &'a str,
        label: Option<&'a str>,
        name: &'a str,
    },
    /// `express:MACHINE:NAME:ID`.
    Express {
        state_machine: &'a str,
        label: Option<&'a str>,
        name: &'a str,
        id: &'a str,
    },
    /// `mapRun:MACHINE/LABEL:ID`.
    MapRun {
        state_machine: &'a str,
        label: &'a str,
        id: &'a str,
    },
}

/// What follows a state machine's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qualifier<'a> {
    None,
    /// `:7`, from 1.
    Version(u64),
    /// `:NAME`
    Alias(&'a str),
    /// `/LABEL`: a Distributed Map's child workflow.
    Label(&'a str),
}

impl<'a> Arn<'a> {
    /// # Errors
    /// [`Error::InvalidArn`].
    pub fn parse(text: &'a str) -> Result<Arn<'a>, Error> {
        let Some(rest) = text.strip_prefix("arn:") else {
            return Err(invalid(format!("Invalid ARN prefix: {text}")));
        };
        let mut parts = rest.splitn(5, ':');
        let mut part = || parts.next().unwrap_or_default();
        let (partition, service, region, account, resource) =
            (part(), part(), part(), part(), part());
        if partition.is_empty() || service.is_empty() {
            return Err(invalid(format!("Invalid ARN prefix: {text}")));
        }
        if service != "states" {
            return Err(invalid(format!("Invalid ARN service: {text}")));
        }
        if region.is_empty() || !region.bytes().all(is_region) {
            return Err(invalid(format!("Invalid ARN region: {text}")));
        }
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid(format!("Invalid ARN account: {text}")));
        }
        let resource = Resource::parse(resource)
            .ok_or_else(|| invalid(format!("Invalid ARN resource: {text}")))?;
        Ok(Arn {
            partition,
            region,
            account,
            resource,
        })
    }

    /// The word of its resource in AWS's errors.
    fn type_word(&self) -> &'static str {
        match self.resource {
            Resource::StateMachine { .. } => "statemachine",
            Resource::Activity { .. } => "activity",
            Resource::Execution { .. } => "execution",
            Resource::Express { .. } => "express",
            Resource::MapRun { .. } => "maprun",
        }
    }

    /// The error of an operation that is not for this kind of resource.
    pub(crate) fn wrong_type(&self) -> Error {
        invalid(format!(
            "Resource type not valid in this context: {}",
            self.type_word()
        ))
    }
}

impl<'a> Resource<'a> {
    fn parse(text: &'a str) -> Option<Resource<'a>> {
        let mut parts = text.split(':');
        let (kind, first) = (parts.next()?, parts.next()?);
        let rest: Vec<&str> = parts.collect();
        let (name, label) = match first.split_once('/') {
            Some((name, label)) => (name, Some(label)),
            None => (first, None),
        };
        if !is_segment(name) || !label.is_none_or(is_segment) {
            return None;
        }
        if !rest.iter().copied().all(is_segment) {
            return None;
        }
        match (kind, rest.as_slice(), label) {
            ("stateMachine", [], None) => Some(Resource::StateMachine {
                name,
                qualifier: Qualifier::None,
            }),
            ("stateMachine", [], Some(label)) => Some(Resource::StateMachine {
                name,
                qualifier: Qualifier::Label(label),
            }),
            ("stateMachine", [qualifier], None) => Some(Resource::StateMachine {
                name,
                qualifier: Qualifier::parse(qualifier)?,
            }),
            ("activity", [], None) => Some(Resource::Activity { name }),
            ("execution", [execution], label) => Some(Resource::Execution {
                state_machine: name,
                label,
                name: execution,
            }),
            ("express", [execution, id], label) => Some(Resource::Express {
                state_machine: name,
                label,
                name: execution,
                id,
            }),
            ("mapRun", [id], Some(label)) => Some(Resource::MapRun {
                state_machine: name,
                label,
                id,
            }),
            _ => None,
        }
    }
}

impl<'a> Qualifier<'a> {
    fn parse(text: &'a str) -> Option<Qualifier<'a>> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            let version = text.parse().ok().filter(|version| *version > 0)?;
            Some(Qualifier::Version(version))
        } else {
            Some(Qualifier::Alias(text))
        }
    }
}

fn invalid(reason: String) -> Error {
    Error::InvalidArn(reason)
}

fn is_region(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// One name inside an ARN: what [`is_name`] allows. Names may have letters of any script.
fn is_segment(text: &str) -> bool {
    !text.is_empty() && is_name(text)
}

/// Names of state machines, executions and activities: no white space, brackets, wildcards, special or control characters
/// (API reference, "name" of CreateStateMachine). The length is the model's business.
pub fn is_name(text: &str) -> bool {
    const REFUSED: &str = "<>{}[]?*\"#%\\^|~`$&,;:/\u{fffe}\u{ffff}\u{10ffff}";
    !text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || REFUSED.contains(c))
}

/// # Errors
/// [`Error::InvalidName`].
pub fn check_name(name: &str) -> Result<(), Error> {
    if is_name(name) {
        Ok(())
    } else {
        Err(Error::InvalidName(name.to_owned()))
    }
}
