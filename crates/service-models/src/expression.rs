//! The JMESPath expressions of paginators and waiters, in the names that a workflow sees.

use crate::model::{Shape, ShapeKind};

/// `DBInstances[].DBInstanceStatus` over the wire's names becomes `DbInstances[].DbInstanceStatus`. What is no member of
/// `shape` (functions, names that a projection made) stays as it is.
pub fn with_sfn_names(expression: &str, shape: Shape) -> String {
    let mut renamed = String::with_capacity(expression.len());
    // The shape that the next name is looked up in, and those of the brackets and parentheses around it.
    let mut current = Some(shape);
    let mut scopes = vec![Some(shape)];
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '`' | '"' => quoted(rest, first),
            c if c.is_ascii_alphabetic() || c == '_' => rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, tail) = rest.split_at(length);
        rest = tail;
        if first.is_ascii_alphabetic() || first == '_' {
            let member = current
                .filter(|shape| shape.kind() == ShapeKind::Structure)
                .and_then(|shape| shape.members().find(|member| member.name() == token));
            renamed.push_str(member.map_or(token, |member| member.sfn_name()));
            current = member.map(|member| member.shape());
            continue;
        }
        renamed.push_str(token);
        match first {
            '.' => {}
            '*' => current = current.and_then(|shape| Some(shape.map_members()?.1.shape())),
            '[' => {
                let item = current.and_then(|shape| shape.list_member());
                current = item.map(|item| item.shape());
                scopes.push(current);
            }
            ']' => current = scopes.pop().flatten(),
            '(' => {
                let around = scopes.last().copied().flatten();
                scopes.push(around);
                current = around;
            }
            ')' => current = scopes.pop().and(None),
            // An operator: what follows starts where the brackets around it do.
            _ => current = scopes.last().copied().flatten(),
        }
    }
    renamed
}

/// Bytes up to and with the closing quote.
fn quoted(text: &str, quote: char) -> usize {
    let closing = text[1..].find(quote); // quotes are ASCII
    closing.map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn names_are_those_of_step_functions() {
        for (segment, action, expression, expected) in [
            (
                "rds",
                "describeDBInstances",
                "DBInstances[].DBInstanceStatus",
                "DbInstances[].DbInstanceStatus",
            ),
            (
                "rds",
                "describeDBInstances",
                "length(DBInstances) == `0`",
                "length(DbInstances) == `0`",
            ),
            (
                "ecs",
                "describeServices",
                "length(services[?!(length(deployments) == `1` && runningCount == desiredCount)]) == `0`",
                "length(Services[?!(length(Deployments) == `1` && RunningCount == DesiredCount)]) == `0`",
            ),
            (
                "s3",
                "listObjects",
                "NextMarker || Contents[-1].Key",
                "NextMarker || Contents[-1].Key",
            ),
            (
                "ecs",
                "describeServices",
                "services[?status != 'services'].status | [0]",
                "Services[?Status != 'services'].Status | [0]",
            ),
            ("ecs", "describeServices", "')]é`", "')]é`"),
        ] {
            let operation = catalog().service(segment).unwrap().operation(action);
            let output = operation.unwrap().output().unwrap();
            assert_eq!(with_sfn_names(expression, output), expected);
        }
    }

    /// Each simple path of a waiter leads to a member.
    #[test]
    fn every_path_of_a_waiter_is_renamed_or_the_same() {
        for service in catalog().services() {
            for waiter in service.waiters() {
                let operation = service.operation(waiter.operation).unwrap();
                let Some(output) = operation.output() else {
                    continue;
                };
                for acceptor in &waiter.acceptors {
                    let renamed = with_sfn_names(acceptor.argument, output);
                    assert!(renamed.eq_ignore_ascii_case(acceptor.argument), "{renamed}");
                }
            }
        }
    }
}
