//! Which calls only read: derived from the models, and overridden on the command line.

use connectors::ResourceRef;
use service_models::Operation;

use crate::actions::{operation_name, resolve};
use crate::args::RunArgs;
use crate::error::CliError;

/// What the user knows better than the models.
#[derive(Debug, Clone, Default)]
pub struct Access {
    reads: Vec<Operation>,
    writes: Vec<Operation>,
}

impl Access {
    /// `--assume-read` and `--assume-write`.
    pub fn of(args: &RunArgs) -> Result<Access, CliError> {
        let parse = |names: &[String]| -> Result<Vec<Operation>, CliError> {
            names.iter().map(|name| operation(name)).collect()
        };
        let access = Access {
            reads: parse(&args.assume_read)?,
            writes: parse(&args.assume_write)?,
        };
        match access
            .reads
            .iter()
            .find(|read| contains(&access.writes, **read))
        {
            Some(both) => Err(CliError::user(format!(
                "{} is given to --assume-read and to --assume-write",
                operation_name(*both)
            ))),
            None => Ok(access),
        }
    }

    /// Whether a call changes nothing. An unknown one may change things.
    pub fn is_read(&self, resource: &ResourceRef) -> bool {
        connectors::operation(resource).is_some_and(|operation| {
            contains(&self.reads, operation)
                || (operation.is_read() && !contains(&self.writes, operation))
        })
    }
}

fn contains(operations: &[Operation], wanted: Operation) -> bool {
    let key = |operation: Operation| (operation.service().segment(), operation.name());
    operations
        .iter()
        .any(|operation| key(*operation) == key(wanted))
}

/// The operation that is meant, as `stepwright action` understands it.
fn operation(name: &str) -> Result<Operation, CliError> {
    let action = resolve(&[name.to_owned()])?;
    let none = || CliError::user(format!("{name} calls no AWS API: nothing is known of it"));
    action.operation().ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_by_the_names_people_use() {
        for given in [
            "cloudwatchlogs:startQuery",
            "logs:StartQuery",
            "elbv2:describe_rules",
            "lambda:invoke",
        ] {
            assert!(operation(given).is_ok(), "{given}");
        }
        for given in ["ec2", "ec2:rebootEverything", "nothing:get", ":", ""] {
            assert!(operation(given).is_err(), "{given}");
        }
    }

    #[test]
    fn the_command_line_goes_before_the_models() {
        let sdk = |action: &str| ResourceRef::AwsSdk {
            service: "ec2".to_owned(),
            action: action.to_owned(),
        };
        let derived = Access::default();
        assert!(derived.is_read(&sdk("describeInstances")));
        assert!(!derived.is_read(&sdk("rebootInstances")));
        let overridden = Access {
            reads: vec![operation("ec2:RebootInstances").unwrap()],
            writes: vec![operation("ec2:describeInstances").unwrap()],
        };
        assert!(!overridden.is_read(&sdk("describeInstances")));
        assert!(overridden.is_read(&sdk("rebootInstances")));
        assert!(
            overridden.is_read(&sdk("describeVolumes")),
            "all others stay"
        );
    }

    #[test]
    fn a_function_is_invoked_under_one_name() {
        let function = ResourceRef::LambdaFunction {
            arn: "arn:aws:lambda:x:1:function:f".to_owned(),
        };
        let invoke = ResourceRef::Optimized {
            service: "lambda".to_owned(),
            action: "invoke".to_owned(),
        };
        let trusted = Access {
            reads: vec![operation("lambda:invoke").unwrap()],
            writes: Vec::new(),
        };
        for resource in [function, invoke] {
            assert!(!Access::default().is_read(&resource));
            assert!(trusted.is_read(&resource));
        }
    }
}
