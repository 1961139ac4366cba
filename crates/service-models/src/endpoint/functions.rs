//! The functions of the rule language. Null is "no value".

use serde_json::{Value, json};

/// Calls a function; `None` when there is no such function or it has other arguments.
pub fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    use Value::{Bool, String};
    Some(match (name, arguments) {
        ("isSet", [value]) => Bool(!value.is_null()),
        ("not", [value]) => Bool(value.is_null() || *value == false),
        ("booleanEquals" | "stringEquals", [a, b]) => Bool(!a.is_null() && a == b),
        ("getAttr", [value, String(path)]) => get_attr(value, path),
        ("substring", [text, start, stop, reverse]) => {
            substring(text.as_str()?, start, stop, *reverse == true)?
        }
        ("parseURL", [String(url)]) => parse_url(url).unwrap_or(Value::Null),
        ("uriEncode", [String(text)]) => String(uri_encode(text)),
        ("isValidHostLabel", [label, dots]) => Bool(
            label
                .as_str()
                .is_some_and(|l| is_host_label(l, *dots == true)),
        ),
        ("aws.partition", [region]) => {
            crate::endpoint::partition(region.as_str()?).unwrap_or(Value::Null)
        }
        ("aws.parseArn", [String(arn)]) => parse_arn(arn).unwrap_or(Value::Null),
        ("aws.isVirtualHostableS3Bucket", [bucket, dots]) => Bool(
            bucket
                .as_str()
                .is_some_and(|b| is_virtual_hostable_bucket(b, *dots == true)),
        ),
        (
            "substring" | "parseURL" | "uriEncode" | "aws.partition" | "aws.parseArn",
            [Value::Null, ..],
        ) => Value::Null,
        _ => return None,
    })
}

/// `a.b[0]` of a value; null when it is not there.
pub fn get_attr(value: &Value, path: &str) -> Value {
    let mut current = value;
    for part in path.split('.') {
        let (key, index) = match part.split_once('[') {
            Some((key, index)) => (
                key,
                index
                    .strip_suffix(']')
                    .and_then(|index| index.parse::<usize>().ok()),
            ),
            None => (part, None),
        };
        if !key.is_empty() {
            current = &current[key];
        }
        if part.contains('[') {
            current = index
                .and_then(|index| current.get(index))
                .unwrap_or(&Value::Null);
        }
    }
    current.clone()
}

/// Characters `start..stop`, counted from the end when `reverse`; null for other than ASCII and for too short texts.
fn substring(text: &str, start: &Value, stop: &Value, reverse: bool) -> Option<Value> {
    let start = usize::try_from(start.as_u64()?).ok()?;
    let stop = usize::try_from(stop.as_u64()?).ok()?;
    if !text.is_ascii() || start >= stop || text.len() < stop {
        return Some(Value::Null);
    }
    let range = if reverse {
        text.len() - stop..text.len() - start
    } else {
        start..stop
    };
    Some(json!(text[range]))
}

fn parse_url(url: &str) -> Option<Value> {
    let (scheme, rest) = url.split_once("://")?;
    if !matches!(scheme, "http" | "https") || rest.contains('?') || rest.contains('#') {
        return None;
    }
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    if authority.is_empty() || authority.contains(char::is_whitespace) {
        return None;
    }
    let host = if authority.starts_with('[') {
        authority.split_inclusive(']').next().unwrap_or(authority)
    } else {
        authority.split(':').next().unwrap_or(authority)
    };
    let normalized = if path.ends_with('/') {
        path.to_owned()
    } else {
        format!("{path}/")
    };
    Some(json!({
        "scheme": scheme,
        "authority": authority,
        "path": path,
        "normalizedPath": normalized,
        "isIp": is_ipv4(host) || host.starts_with('['),
    }))
}

fn uri_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn is_host_label(label: &str, allow_dots: bool) -> bool {
    if allow_dots && label.contains('.') {
        return label.split('.').all(|part| is_host_label(part, false));
    }
    (1..=63).contains(&label.len())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_virtual_hostable_bucket(bucket: &str, allow_dots: bool) -> bool {
    (3..=63).contains(&bucket.len())
        && is_host_label(bucket, allow_dots)
        && !bucket.chars().any(|c| c.is_ascii_uppercase())
        && !is_ipv4(bucket)
}

fn is_ipv4(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok()
}

fn parse_arn(arn: &str) -> Option<Value> {
    let mut parts = arn.splitn(6, ':');
    if parts.next()? != "arn" {
        return None;
    }
    let (partition, service) = (parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    if partition.is_empty() || service.is_empty() || resource.is_empty() {
        return None;
    }
    let resource_id: Vec<&str> = resource.split([':', '/']).collect();
    Some(json!({
        "partition": partition,
        "service": service,
        "region": region,
        "accountId": account,
        "resourceId": resource_id,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substrings_count_from_either_end() {
        let substring = |start: u64, stop: u64, reverse: bool| {
            call(
                "substring",
                &[
                    json!("bucket--use1"),
                    json!(start),
                    json!(stop),
                    json!(reverse),
                ],
            )
            .unwrap()
        };
        assert_eq!(substring(0, 6, false), "bucket");
        assert_eq!(substring(0, 4, true), "use1");
        assert_eq!(substring(4, 6, true), "--");
        assert_eq!(substring(0, 40, false), Value::Null);
        assert_eq!(substring(3, 3, false), Value::Null);
    }

    #[test]
    fn urls_are_taken_apart() {
        let url = parse_url("https://[::1]:8000/a/b").unwrap();
        assert_eq!(url["isIp"], true);
        assert_eq!(url["normalizedPath"], "/a/b/");
        assert_eq!(parse_url("http://127.0.0.1:5000").unwrap()["isIp"], true);
        assert_eq!(
            parse_url("http://localhost:5000").unwrap()["authority"],
            "localhost:5000"
        );
        assert_eq!(parse_url("ftp://host"), None);
        assert_eq!(parse_url("https://host/?query"), None);
    }

    #[test]
    fn arns_need_their_parts() {
        let arn = parse_arn("arn:aws:s3:us-west-2:1:accesspoint:mine/object").unwrap();
        assert_eq!(get_attr(&arn, "resourceId[1]"), "mine");
        assert_eq!(get_attr(&arn, "resourceId[9]"), Value::Null);
        assert_eq!(parse_arn("arn:aws:s3:::"), None);
        assert_eq!(parse_arn("a:b:c:d:e:f"), None);
    }

    #[test]
    fn buckets_that_fit_a_host_name() {
        assert!(is_virtual_hostable_bucket("my-bucket", false));
        assert!(!is_virtual_hostable_bucket("my.bucket", false));
        assert!(is_virtual_hostable_bucket("my.bucket", true));
        assert!(!is_virtual_hostable_bucket("My-bucket", true));
        assert!(!is_virtual_hostable_bucket("127.0.0.1", true));
        assert!(!is_virtual_hostable_bucket("ab", true));
    }

    #[test]
    fn unknown_functions_are_told() {
        assert_eq!(call("shout", &[json!("a")]), None);
        assert_eq!(
            call("uriEncode", &[json!("a b/ü")]),
            Some(json!("a%20b%2F%C3%BC"))
        );
    }
}
