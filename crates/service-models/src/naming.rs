//! What Step Functions makes of AWS's names.
//!
//! Step Functions calls services through the AWS SDK for Java 2 and shows its names: the error prefix and ARN segment
//! are its names of service clients, actions its method names, members its getters with the first letter upper-cased
//! (Step Functions Developer Guide, "Supported AWS SDK service integrations"; the rules were checked against the 389
//! prefixes published there).

use std::borrow::Cow;

/// Words that cannot be method names in Java, or that the SDK's own classes already use; their members get the suffix `Value`.
const RESERVED: &[&str] = &[
    "abstract",
    "assert",
    "boolean",
    "break",
    "builder",
    "byte",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "equals",
    "extends",
    "false",
    "final",
    "finalize",
    "finally",
    "float",
    "for",
    "getClass",
    "goto",
    "hashCode",
    "if",
    "implements",
    "import",
    "instanceof",
    "int",
    "interface",
    "long",
    "native",
    "new",
    "notify",
    "notifyAll",
    "null",
    "overrideConfiguration",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "sdkFields",
    "sdkHttpResponse",
    "short",
    "static",
    "strictfp",
    "super",
    "switch",
    "synchronized",
    "this",
    "throw",
    "throws",
    "toBuilder",
    "toString",
    "transient",
    "true",
    "try",
    "void",
    "volatile",
    "wait",
    "while",
];

/// Members that the Java SDK renames by hand: (service id, structure, member, its name there).
const RENAMED: &[(&str, &str, &str, &str)] = &[
    ("DynamoDB", "AttributeValue", "NULL", "Nul"),
    ("DynamoDB Streams", "AttributeValue", "NULL", "Nul"),
    ("EC2", "FpgaImage", "Public", "IsPublic"),
    ("EC2", "Image", "Public", "PublicLaunchPermissions"),
    (
        "CloudFormation",
        "ListStacksInput",
        "StackStatusFilter",
        "StackStatusFilters",
    ),
    (
        "Elastic Beanstalk",
        "CreatePlatformVersionResult",
        "Builder",
        "PlatformBuilder",
    ),
];

/// Members that the Java SDK adds by hand, all of them texts that never go out under these names: (service id, structures,
/// their names). The model's own `Bucket`, `Key` and `CopySource` stay beside them.
const ADDED: &[(&str, &[&str], &[&str])] = &[(
    "S3",
    &["CopyObjectRequest", "UploadPartCopyRequest"],
    &[
        "DestinationBucket",
        "DestinationKey",
        "SourceBucket",
        "SourceKey",
        "SourceVersionId",
    ],
)];

/// The prefix of a service's error names, such as `DynamoDb` for the service id `DynamoDB`.
pub fn exception_prefix(service_id: &str) -> String {
    let name = pascal_case(service_id);
    let name = name
        .strip_prefix("Amazon")
        .or_else(|| name.strip_prefix("Aws"))
        .unwrap_or(&name);
    name.strip_suffix("Service").unwrap_or(name).to_owned()
}

/// An operation's action in an ARN, such as `describeDBInstances` for `DescribeDBInstances`.
pub fn action(operation: &str) -> String {
    uncapitalize(operation)
}

/// A member's name in arguments and results: `DbInstanceIdentifier` for `DBInstanceIdentifier`. Most stay as they are,
/// but for the case of the first letter.
pub fn member(service_id: &str, structure: &str, name: &'static str) -> Cow<'static, str> {
    let renamed = RENAMED
        .iter()
        .find(|(s, t, m, _)| *m == name && *s == service_id && *t == structure);
    if let Some((.., renamed)) = renamed {
        return Cow::Borrowed(renamed);
    }
    if is_plain(name) {
        return Cow::Borrowed(name);
    }
    let mut java = uncapitalize(name);
    if RESERVED.binary_search(&java.as_str()).is_ok() {
        java.push_str("Value");
    }
    let java = capitalize(&java);
    if java == name {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(java)
    }
}

/// Whether a name is as most are, one capital and then a word, and stays as it is. A model has thousands.
fn is_plain(name: &str) -> bool {
    let [first, second, ..] = name.as_bytes() else {
        return false;
    };
    let java = || std::iter::once(first.to_ascii_lowercase()).chain(name.bytes().skip(1));
    first.is_ascii_uppercase()
        && second.is_ascii_lowercase()
        && RESERVED
            .binary_search_by(|reserved| reserved.bytes().cmp(java()))
            .is_err()
}

/// The members that a structure has in the Java SDK alone.
pub(crate) fn added_members(service_id: &str, structure: &str) -> &'static [&'static str] {
    ADDED
        .iter()
        .find(|(service, structures, _)| *service == service_id && structures.contains(&structure))
        .map_or(&[], |(.., names)| names)
}

/// The last part of an error name: `DbInstanceNotFoundException` for the shape `DBInstanceNotFoundFault`.
pub fn exception(shape: &str) -> String {
    let stem = shape
        .strip_suffix("Fault")
        .or_else(|| shape.strip_suffix("Exception"))
        .unwrap_or(shape);
    pascal_case(stem) + "Exception"
}

/// Words, each with its first letter upper-cased and the others lower-cased, joined.
fn pascal_case(name: &str) -> String {
    words(name)
        .iter()
        .map(|word| capitalize(&word.to_ascii_lowercase()))
        .collect()
}

/// A name with its first letter upper-cased.
pub(crate) fn capitalized(name: &'static str) -> Cow<'static, str> {
    match name.starts_with(|first: char| first.is_lowercase()) {
        true => Cow::Owned(capitalize(name)),
        false => Cow::Borrowed(name),
    }
}

fn capitalize(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// Lower-cases the leading capitals up to the one that starts a word: `VPCId` -> `vpcId`, `MD5OfBody` -> `md5OfBody`.
fn uncapitalize(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let starts_word = |i: usize| {
        characters
            .get(i + 1)
            .is_some_and(|next| next.is_lowercase())
    };
    let lowered = (1..characters.len())
        .find(|&i| !characters[i].is_uppercase() || starts_word(i))
        .unwrap_or(characters.len());
    let lower = characters
        .iter()
        .take(lowered)
        .flat_map(|c| c.to_lowercase());
    lower
        .chain(characters.iter().skip(lowered).copied())
        .collect()
}

/// Splits a name where the Java SDK's code generator does.
fn words(name: &str) -> Vec<String> {
    let separated: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let versions = separate_versions(&separate_versions(&separated, 'v'), 'V');
    let camel = separate(&versions, |c, i| {
        c[i].is_ascii_lowercase()
            && is(c, i + 1, |c| c.is_ascii_uppercase())
            && is(c, i + 2, |c| c.is_ascii_alphanumeric())
    });
    let acronyms = separate(&camel, |c, i| {
        c[i].is_ascii_uppercase()
            && is(c, i + 1, |c| c.is_ascii_uppercase())
            && is(c, i + 2, |c| c.is_ascii_lowercase())
    });
    let digits = separate(&acronyms, |c, i| {
        c[i].is_ascii_digit() && is(c, i + 1, |c| c.is_ascii_alphabetic())
    });
    digits.split_ascii_whitespace().map(str::to_owned).collect()
}

fn is(characters: &[char], index: usize, test: impl Fn(char) -> bool) -> bool {
    characters.get(index).is_some_and(|c| test(*c))
}

/// Puts a space after every character for which `boundary` holds.
fn separate(name: &str, boundary: impl Fn(&[char], usize) -> bool) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut separated = String::with_capacity(name.len() + 4);
    for (i, character) in characters.iter().enumerate() {
        separated.push(*character);
        if boundary(&characters, i) {
            separated.push(' ');
        }
    }
    separated
}

/// Puts spaces around a version such as `v2`, when at least two characters precede it that are not letters of the
/// version's own case: `SESv2` -> `SES v2`, `ApiGatewayV2` -> `ApiGateway V2`, but `Amplifyv2` stays.
fn separate_versions(name: &str, marker: char) -> String {
    let characters: Vec<char> = name.chars().collect();
    let other_case = |c: char| {
        if marker == 'v' {
            !c.is_ascii_lowercase()
        } else {
            !c.is_ascii_uppercase()
        }
    };
    let mut separated = String::with_capacity(name.len() + 4);
    let mut i = 0;
    while i < characters.len() {
        let digits = characters[i + 1..]
            .iter()
            .take_while(|c| c.is_ascii_digit())
            .count();
        let apart = i >= 2 && other_case(characters[i - 1]) && other_case(characters[i - 2]);
        if characters[i] == marker && digits > 0 && apart {
            separated.push(' ');
            separated.extend(&characters[i..=i + digits]);
            separated.push(' ');
            i += digits + 1;
        } else {
            separated.push(characters[i]);
            i += 1;
        }
    }
    separated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn actions_are_method_names() {
        for (operation, expected) in [
            ("DescribeDBInstances", "describeDBInstances"),
            ("RebootInstances", "rebootInstances"),
            ("DescribeInstancePatches", "describeInstancePatches"),
            ("ListBuckets", "listBuckets"),
            ("", ""),
        ] {
            assert_eq!(action(operation), expected);
        }
    }

    #[test]
    fn members_are_getter_names() {
        for (name, expected) in [
            ("instanceIds", "InstanceIds"),
            ("DBInstanceIdentifier", "DbInstanceIdentifier"),
            ("SourceDBClusterIdentifier", "SourceDBClusterIdentifier"),
            ("SSEKMSKeyId", "SsekmsKeyId"),
            ("ETag", "ETag"),
            ("ChecksumCRC32", "ChecksumCRC32"),
            ("ARN", "Arn"),
            ("VPCId", "VpcId"),
            ("DNSName", "DnsName"),
            ("MD5OfMessageBody", "Md5OfMessageBody"),
            ("ec2InstanceId", "Ec2InstanceId"),
            ("BOOL", "Bool"),
            ("SS", "Ss"),
            ("KBId", "KbId"),
            ("equals", "EqualsValue"),
            ("Return", "ReturnValue"),
            ("package", "PackageValue"),
        ] {
            assert_eq!(member("Any", "Any", name), expected);
        }
        assert_eq!(member("DynamoDB", "AttributeValue", "NULL"), "Nul");
        assert_eq!(member("EC2", "Image", "Public"), "PublicLaunchPermissions");
        let filter = member("CloudFormation", "ListStacksInput", "StackStatusFilter");
        assert_eq!(filter, "StackStatusFilters");
    }

    #[test]
    fn exceptions_are_class_names() {
        for (shape, expected) in [
            ("DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
            ("KMSDisabledException", "KmsDisabledException"),
            ("NoSuchKey", "NoSuchKeyException"),
            ("ResourceNotFoundException", "ResourceNotFoundException"),
            ("InvalidToken", "InvalidTokenException"),
        ] {
            assert_eq!(exception(shape), expected);
        }
    }
}
