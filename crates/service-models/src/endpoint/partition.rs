//! AWS's partitions (`partitions.json`): which one a region belongs to.

use serde_json::Value;

/// The partition that lists `region`, else the one whose pattern it matches, else the first (`aws`), as an object with
/// `name`, `dnsSuffix`, `dualStackDnsSuffix`, `supportsFIPS`, `supportsDualStack`, `implicitGlobalRegion`.
pub fn find(partitions: &Value, region: &str) -> Option<Value> {
    let all = partitions["partitions"].as_array()?;
    let listed = all
        .iter()
        .find(|partition| partition["regions"].get(region).is_some());
    let matching = || {
        all.iter().find(|partition| {
            partition["regionRegex"]
                .as_str()
                .is_some_and(|r| matches(r, region))
        })
    };
    let partition = listed.or_else(matching).or_else(|| all.first())?;
    let mut outputs = partition["outputs"].clone();
    if let Some(region) = listed.and_then(|partition| partition["regions"][region].as_object()) {
        // A region may override outputs of its partition.
        for (key, value) in region {
            outputs[key.as_str()] = value.clone();
        }
    }
    Some(outputs)
}

/// Matches the only form that region patterns have: `^PREFIX\-\w+\-\d+$`, PREFIX a word that may end in `(a|b|c)`.
fn matches(pattern: &str, region: &str) -> bool {
    let Some(prefixes) = prefixes(pattern) else {
        return false;
    };
    prefixes.iter().any(|prefix| {
        let rest = region
            .strip_prefix(prefix.as_str())
            .and_then(|rest| rest.strip_prefix('-'));
        let Some((word, number)) = rest.and_then(|rest| rest.rsplit_once('-')) else {
            return false;
        };
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !word.is_empty()
            && word.chars().all(is_word)
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

fn prefixes(pattern: &str) -> Option<Vec<String>> {
    let prefix = pattern
        .strip_prefix('^')?
        .strip_suffix(r"\-\w+\-\d+$")?
        .replace(r"\-", "-");
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match prefix.split_once('(') {
        None => plain(&prefix).then(|| vec![prefix]),
        Some((start, alternatives)) => {
            let alternatives = alternatives.strip_suffix(')')?.split('|');
            let prefixes: Vec<String> = alternatives
                .map(|alternative| format!("{start}{alternative}"))
                .collect();
            prefixes
                .iter()
                .all(|prefix| plain(prefix))
                .then_some(prefixes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_of_the_known_form() {
        let partitions = crate::catalog().partitions()["partitions"]
            .as_array()
            .unwrap()
            .clone();
        assert!(partitions.len() >= 5);
        for partition in partitions {
            let pattern = partition["regionRegex"].as_str().unwrap();
            assert!(prefixes(pattern).is_some(), "{pattern}");
        }
    }

    #[test]
    fn regions_find_their_partition() {
        for (region, name) in [
            ("eu-north-1", "aws"),
            ("us-gov-west-1", "aws-us-gov"),
            ("cn-north-1", "aws-cn"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-central-77", "aws"),
            ("us-gov-north-9", "aws-us-gov"),
            ("nowhere", "aws"),
        ] {
            assert_eq!(
                crate::endpoint::partition(region).unwrap()["name"],
                name,
                "{region}"
            );
        }
    }
}
