//! Policy documents: what IAM refuses of them before anything is stored.

use serde_json::Value;

use super::error::malformed;
use crate::wire::ServiceError;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Who may assume a role.
    Trust,
    /// What whoever has it may do.
    Permissions,
}

/// # Errors
/// `MalformedPolicyDocument`.
pub fn check(document: &str, kind: Kind) -> Result<(), ServiceError> {
    let syntax = || malformed("Syntax errors in policy.");
    let document: Value = serde_json::from_str(document).map_err(|_| {
        malformed(match kind {
            Kind::Trust => "This policy contains invalid Json",
            Kind::Permissions => "The policy is not in the valid JSON format.",
        })
    })?;
    let fields = document.as_object().ok_or_else(syntax)?;
    if fields
        .keys()
        .any(|name| !["Version", "Id", "Statement"].contains(&name.as_str()))
    {
        return Err(syntax());
    }
    match fields.get("Version") {
        None | Some(Value::Null) => {}
        Some(Value::String(version)) if version == "2012-10-17" || version == "2008-10-17" => {}
        Some(_) => return Err(syntax()),
    }
    let statements = match fields.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Err(syntax()),
    };
    statements
        .iter()
        .try_for_each(|statement| check_statement(statement, kind))
}

fn check_statement(statement: &Value, kind: Kind) -> Result<(), ServiceError> {
    let effect = statement["Effect"].as_str();
    if !matches!(effect, Some("Allow" | "Deny")) {
        return Err(malformed("Syntax errors in policy."));
    }
    let texts = |names: [&str; 2]| -> Option<Vec<&str>> {
        let value = names.iter().find_map(|name| statement.get(*name))?;
        Some(match value {
            Value::String(text) => vec![text.as_str()],
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        })
    };
    let actions = texts(["Action", "NotAction"]).unwrap_or_default();
    if actions.is_empty() {
        return Err(malformed("Policy statement must contain actions."));
    }
    if actions
        .iter()
        .any(|action| *action != "*" && !action.contains(':'))
    {
        return Err(malformed(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ));
    }
    let has = |name: &str| statement.get(name).is_some_and(|value| !value.is_null());
    let names_principal = has("Principal") || has("NotPrincipal");
    let resources = texts(["Resource", "NotResource"]);
    match (kind, resources) {
        (Kind::Trust, Some(_)) => Err(malformed("Has prohibited field Resource.")),
        (Kind::Trust, None) if !names_principal => {
            Err(malformed("Missing required field Principal."))
        }
        (Kind::Trust, None) => Ok(()),
        (Kind::Permissions, _) if names_principal => {
            Err(malformed("Policy document should not specify a principal."))
        }
        (Kind::Permissions, resources) => {
            let resources = resources.unwrap_or_default();
            if resources.is_empty() {
                return Err(malformed("Policy statement must contain resources."));
            }
            match resources
                .iter()
                .find(|one| **one != "*" && !one.starts_with("arn:"))
            {
                None => Ok(()),
                Some(other) => Err(malformed(format!(
                    "Resource {other} must be in ARN format or \"*\"."
                ))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_policy_is_refused() {
        let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"a"},"Action":"sts:AssumeRole"}}"#;
        check(trust, Kind::Trust).unwrap();
        let allow = r#"{"Statement":[{"Effect":"Allow","Action":["s3:Get*","*"],"Resource":["*","arn:aws:s3:::b"]}]}"#;
        check(allow, Kind::Permissions).unwrap();
        for (document, kind, message) in [
            ("{", Kind::Trust, "This policy contains invalid Json"),
            (
                "{",
                Kind::Permissions,
                "The policy is not in the valid JSON format.",
            ),
            ("[]", Kind::Trust, "Syntax errors in policy."),
            (
                r#"{"Statement":[]}"#,
                Kind::Trust,
                "Syntax errors in policy.",
            ),
            (
                r#"{"Statement":{"Effect":"Maybe"}}"#,
                Kind::Trust,
                "Syntax errors in policy.",
            ),
            (
                trust,
                Kind::Permissions,
                "Policy document should not specify a principal.",
            ),
            (allow, Kind::Trust, "Has prohibited field Resource."),
            (
                r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#,
                Kind::Permissions,
                "Policy statement must contain actions.",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3:Get","Resource":"bucket"}}"#,
                Kind::Permissions,
                "Resource bucket must be in ARN format or \"*\".",
            ),
        ] {
            let error = check(document, kind).unwrap_err();
            assert_eq!(error.message, message, "{document}");
        }
    }
}
