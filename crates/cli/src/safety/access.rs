//! Which calls only read: derived from the models, and overridden on the command line.

use connectors::ResourceRef;
use service_models::{Operation, catalog};

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
        let parse = |option: &str, names: &[String]| -> Result<Vec<Operation>, CliError> {
            names
                .iter()
                .map(|name| operation(name).map_err(|why| wrong(option, name, &why)))
                .collect()
        };
        let access = Access {
            reads: parse("--assume-read", &args.assume_read)?,
            writes: parse("--assume-write", &args.assume_write)?,
        };
        match access
            .reads
            .iter()
            .find(|read| contains(&access.writes, **read))
        {
            Some(both) => Err(CliError::user(format!(
                "{} is given to --assume-read and to --assume-write",
                name(*both)
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

/// `ec2:rebootInstances`: as in a task's `Resource`.
pub fn name(operation: Operation) -> String {
    format!("{}:{}", operation.service().segment(), operation.action())
}

fn contains(operations: &[Operation], wanted: Operation) -> bool {
    let key = |operation: Operation| (operation.service().segment(), operation.name());
    operations
        .iter()
        .any(|operation| key(*operation) == key(wanted))
}

fn operation(name: &str) -> Result<Operation, String> {
    let (service, action) = name
        .split_once(':')
        .ok_or("it is no SERVICE:ACTION such as ec2:rebootInstances")?;
    let found = catalog()
        .service(service)
        .or_else(|| catalog().service_by_any_name(service));
    let found = found.ok_or_else(|| format!("there is no AWS service {service}"))?;
    found
        .operation(action)
        .ok_or_else(|| format!("the AWS service {service} has no action {action}"))
}

fn wrong(option: &str, name: &str, why: &str) -> CliError {
    CliError::user(format!("{option} {name}: {why}")).with_hint(
        "SERVICE:ACTION is written as in a task's Resource, such as ec2:describeInstances",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_by_the_names_people_use() {
        for given in [
            "cloudwatchlogs:startQuery",
            "logs:StartQuery",
            "elbv2:describeRules",
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
