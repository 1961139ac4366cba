/// A function as `Invoke`'s `FunctionName` may name it: name, partial ARN or ARN, each with an optional qualifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionName<'a> {
    /// The bare name.
    pub name: &'a str,
    /// The account of an ARN or partial ARN.
    pub account_id: Option<&'a str>,
    /// The region of an ARN.
    pub region: Option<&'a str>,
    /// Version or alias.
    pub qualifier: Option<&'a str>,
}

impl<'a> FunctionName<'a> {
    /// Takes an identifier apart. `None` if it has none of the documented forms (API reference, `Invoke`, FunctionName).
    pub fn parse(identifier: &'a str) -> Option<Self> {
        let parts: Vec<&str> = identifier.split(':').collect();
        let (account_id, region, rest) = match parts.as_slice() {
            ["arn", _, "lambda", region, account, "function", rest @ ..] => {
                (Some(*account), Some(*region), rest)
            }
            [account, "function", rest @ ..] => (Some(*account), None, rest),
            ["function", rest @ ..] => (None, None, rest),
            rest => (None, None, rest),
        };
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] if !qualifier.is_empty() => (*name, Some(*qualifier)),
            _ => return None,
        };
        let valid = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        valid.then_some(Self {
            name,
            account_id,
            region,
            qualifier,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::FunctionName;

    fn parts(identifier: &str) -> Option<(&str, Option<&str>)> {
        FunctionName::parse(identifier).map(|name| (name.name, name.qualifier))
    }

    #[test]
    fn every_documented_form_is_understood() {
        assert_eq!(parts("check"), Some(("check", None)));
        assert_eq!(parts("check:live"), Some(("check", Some("live"))));
        assert_eq!(parts("123456789012:function:check"), Some(("check", None)));
        assert_eq!(
            parts("arn:aws:lambda:eu-west-1:123456789012:function:check"),
            Some(("check", None))
        );
        assert_eq!(
            FunctionName::parse("arn:aws:lambda:eu-west-1:123456789012:function:check:$LATEST"),
            Some(FunctionName {
                name: "check",
                account_id: Some("123456789012"),
                region: Some("eu-west-1"),
                qualifier: Some("$LATEST"),
            })
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for identifier in [
            "",
            "a b",
            "check:",
            "a:b:c",
            "arn:aws:sns:eu-west-1:123456789012:topic",
            "function:",
        ] {
            assert_eq!(parts(identifier), None, "{identifier}");
        }
    }
}
