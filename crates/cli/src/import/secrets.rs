//! Finds what looks like a secret in a definition: it is said where, and never shown.

use serde_json::Value;

/// Where something looks like a secret: a path of names, and what it looks like.
pub fn suspects(definition: &Value) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    visit(definition, "", "", &mut found);
    found
}

fn visit(value: &Value, path: &str, name: &str, found: &mut Vec<(String, &'static str)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                visit(value, &format!("{path}/{name}"), name, found);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                visit(item, &format!("{path}/{number}"), name, found);
            }
        }
        Value::String(text) => {
            if let Some(what) = looks_like(name, text) {
                found.push((path.to_owned(), what));
            }
        }
        _ => {}
    }
}

fn looks_like(name: &str, text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    let is_key_id = |word: &str| {
        ["AKIA", "ASIA"].iter().any(|start| word.starts_with(start))
            && word.len() == 20
            && word
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    if text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(is_key_id)
    {
        return Some("an AWS access key id");
    }
    let has_scheme = |scheme: &str| {
        let rest = text.split(scheme).nth(1).unwrap_or_default();
        let word: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
        word.len() >= 12 && !word.contains(['$', '{', '<'])
    };
    if has_scheme("Bearer ") || has_scheme("Basic ") {
        return Some("an authorization header");
    }
    // References to where secrets are kept, paths and expressions are as they should be.
    let is_reference = text.starts_with(['$', '{', '<', '/'])
        || text.starts_with("arn:")
        || text.starts_with("States.")
        || text.contains("{%")
        || text.contains("${");
    let name = name.to_ascii_lowercase().replace(['-', '_'], "");
    const NAMES: [&str; 7] = [
        "password",
        "passwd",
        "secret",
        "apikey",
        "accesskey",
        "privatekey",
        "authtoken",
    ];
    let is_named = NAMES.iter().any(|suspect| name.ends_with(suspect));
    (is_named && !is_reference && text.len() >= 6).then_some("a password or a key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_are_told_and_references_are_left_alone() {
        let definition = json!({"States": {"A": {"Parameters": {
            "Password": "correct horse", "ApiKey.$": "$.key", "api_key": "${Key}", "SecretId": "db/password",
            "Headers": {"Authorization": ["Bearer abcdefghijklmnop"]},
            "Text": format!("id AKIA{}", "ABCDEFGHIJKLMNOP"), "Token": "Bearer {}"
        }}}});
        assert_eq!(
            suspects(&definition),
            [
                (
                    "/States/A/Parameters/Password".to_owned(),
                    "a password or a key"
                ),
                (
                    "/States/A/Parameters/Headers/Authorization/0".to_owned(),
                    "an authorization header"
                ),
                (
                    "/States/A/Parameters/Text".to_owned(),
                    "an AWS access key id"
                ),
            ]
        );
    }
}
