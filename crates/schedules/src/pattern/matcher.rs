//! One condition on one value of an event.

use std::fmt;
use std::net::IpAddr;

use serde_json::{Number, Value, json};

/// A condition on a leaf: a text, a number, true, false or null.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matcher {
    Text(String),
    /// A text that is an address: however the event writes it.
    Address(IpAddr),
    Number(ExactNumber),
    Bool(bool),
    Null,
    Prefix(String),
    PrefixIgnoreCase(String),
    Suffix(String),
    SuffixIgnoreCase(String),
    EqualsIgnoreCase(String),
    Wildcard(Wildcard),
    Numeric(NumericRange),
    Cidr(Cidr),
    Exists(bool),
    /// None of these, which are of one kind.
    AnythingBut(Vec<Matcher>),
}

impl Matcher {
    /// Whether a leaf of the event meets it. `Exists(false)` is about what is not there: no leaf meets it.
    pub fn matches(&self, leaf: &Value) -> bool {
        match (self, leaf) {
            (Matcher::Exists(exists), _) => *exists,
            (Matcher::AnythingBut(excluded), _) => {
                !excluded.iter().any(|matcher| matcher.matches(leaf))
            }
            (Matcher::Bool(expected), Value::Bool(found)) => expected == found,
            (Matcher::Null, Value::Null) => true,
            (Matcher::Number(expected), Value::Number(found)) => expected.matches(found),
            (Matcher::Numeric(range), Value::Number(found)) => {
                micros(found).is_some_and(|micros| range.contains(micros))
            }
            (_, Value::String(text)) => self.matches_text(text),
            _ => false,
        }
    }

    fn matches_text(&self, text: &str) -> bool {
        match self {
            Matcher::Text(expected) => text == expected,
            Matcher::Address(expected) => {
                text.parse().is_ok_and(|found: IpAddr| found == *expected)
            }
            Matcher::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Matcher::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Matcher::EqualsIgnoreCase(expected) => lower(text).eq(lower(expected)),
            Matcher::PrefixIgnoreCase(prefix) => begins_with(lower(text), lower(prefix)),
            Matcher::SuffixIgnoreCase(suffix) => {
                begins_with(lower(text).rev(), lower(suffix).rev())
            }
            Matcher::Wildcard(wildcard) => wildcard.matches(text),
            Matcher::Cidr(cidr) => text.parse().is_ok_and(|address| cidr.contains(address)),
            _ => false,
        }
    }

    /// Whether only texts can meet it.
    pub fn is_of_texts(&self) -> bool {
        !matches!(
            self,
            Matcher::Number(_)
                | Matcher::Bool(_)
                | Matcher::Null
                | Matcher::Numeric(_)
                | Matcher::Exists(_)
                | Matcher::AnythingBut(_)
        )
    }

    /// As patterns write it.
    fn to_json(&self) -> Value {
        match self {
            Matcher::Text(text) => json!(text),
            Matcher::Address(address) => json!(address.to_string()),
            Matcher::Number(number) => Value::String(number.text.clone()),
            Matcher::Bool(value) => json!(value),
            Matcher::Null => Value::Null,
            Matcher::Prefix(text) => json!({"prefix": text}),
            Matcher::PrefixIgnoreCase(text) => json!({"prefix": {"equals-ignore-case": text}}),
            Matcher::Suffix(text) => json!({"suffix": text}),
            Matcher::SuffixIgnoreCase(text) => json!({"suffix": {"equals-ignore-case": text}}),
            Matcher::EqualsIgnoreCase(text) => json!({"equals-ignore-case": text}),
            Matcher::Wildcard(wildcard) => json!({"wildcard": wildcard.to_string()}),
            Matcher::Numeric(_) | Matcher::AnythingBut(_) => Value::Null,
            Matcher::Cidr(cidr) => json!({"cidr": cidr.text}),
            Matcher::Exists(exists) => json!({"exists": exists}),
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Matcher::Number(number) => formatter.write_str(&number.text),
            Matcher::Numeric(range) => write!(formatter, "{{\"numeric\":{range}}}"),
            Matcher::AnythingBut(excluded) => {
                let excluded: Vec<String> = excluded.iter().map(Matcher::to_string).collect();
                write!(formatter, "{{\"anything-but\":[{}]}}", excluded.join(","))
            }
            _ => write!(formatter, "{}", self.to_json()),
        }
    }
}

fn lower(text: &str) -> impl DoubleEndedIterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

fn begins_with(
    mut text: impl Iterator<Item = char>,
    mut prefix: impl Iterator<Item = char>,
) -> bool {
    prefix.all(|expected| text.next() == Some(expected))
}

/// A number as it is compared: in millionths.
///
/// Only numbers between -5·10⁹ and 5·10⁹ with at most six decimals are numbers for comparisons; the others (account ids)
/// equal only themselves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExactNumber {
    micros: Option<i64>,
    /// As the pattern has it.
    text: String,
    number: Option<Number>,
}

impl ExactNumber {
    pub fn new(text: &str) -> ExactNumber {
        ExactNumber {
            micros: text_micros(text).ok(),
            text: text.into(),
            number: text.parse().ok(),
        }
    }

    fn matches(&self, found: &Number) -> bool {
        match (self.micros, micros(found)) {
            (Some(expected), Some(found)) => expected == found,
            _ => self.number.as_ref() == Some(found),
        }
    }
}

const MAX_MICROS: i64 = 5_000_000_000 * 1_000_000;

fn micros(number: &Number) -> Option<i64> {
    match number.as_i64() {
        Some(whole) => whole
            .checked_mul(1_000_000)
            .filter(|micros| (-MAX_MICROS..=MAX_MICROS).contains(micros)),
        None => text_micros(&number.to_string()).ok(),
    }
}

/// A JSON number in millionths; else what Event Ruler says of it.
pub(super) fn text_micros(text: &str) -> Result<i64, &'static str> {
    const TOO_LARGE: &str = "Value must be between -5.0E9 and 5.0E9, inclusive";
    const TOO_FINE: &str = "Only values upto 6 decimals are supported";
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => (true, mantissa),
        None => (false, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    let trimmed = significant.trim_end_matches('0');
    // The value is `trimmed` · 10^power.
    let Ok(exponent) = exponent.parse::<i32>() else {
        return Err(if exponent.starts_with('-') {
            TOO_FINE
        } else {
            TOO_LARGE
        });
    };
    let shift = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let power =
        i64::from(exponent) - shift(fraction.len()) + shift(significant.len() - trimmed.len());
    if power < -6 {
        return Err(TOO_FINE);
    }
    if shift(trimmed.len()) + power > 10 {
        return Err(TOO_LARGE);
    }
    // At most ten digits before the point and six behind it.
    let scale = 10i64
        .checked_pow(u32::try_from(power + 6).unwrap_or(u32::MAX))
        .ok_or(TOO_LARGE)?;
    let micros = trimmed
        .parse::<i64>()
        .ok()
        .and_then(|value| value.checked_mul(scale));
    match micros.filter(|micros| *micros <= MAX_MICROS) {
        Some(micros) if negative => Ok(-micros),
        Some(micros) => Ok(micros),
        None => Err(TOO_LARGE),
    }
}

/// `["=", 5]`, `[">", 0, "<=", 5]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NumericRange {
    /// In millionths, both inclusive.
    pub least: i64,
    pub most: i64,
    /// As the pattern has it.
    pub text: String,
}

impl NumericRange {
    fn contains(&self, micros: i64) -> bool {
        (self.least..=self.most).contains(&micros)
    }
}

impl fmt::Display for NumericRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A text with `*` for any number of characters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wildcard {
    /// What stands between the stars; at least one.
    parts: Vec<String>,
}

impl Wildcard {
    /// Reads `a*b`; `\*` and `\\` mean the character. Positions count the quotation mark, as Event Ruler does.
    pub fn parse(text: &str) -> Result<Wildcard, String> {
        let mut parts = vec![];
        let mut part = String::new();
        let mut characters = text.char_indices().peekable();
        while let Some((index, character)) = characters.next() {
            match character {
                '*' => {
                    if characters.peek().is_some_and(|(_, next)| *next == '*') {
                        return Err(format!(
                            "Consecutive wildcard characters at pos {}",
                            index + 1
                        ));
                    }
                    parts.push(std::mem::take(&mut part));
                }
                '\\' => match characters.next() {
                    Some((_, next @ ('*' | '\\'))) => part.push(next),
                    _ => return Err(format!("Invalid escape character at pos {}", index + 1)),
                },
                _ => part.push(character),
            }
        }
        parts.push(part);
        Ok(Wildcard { parts })
    }

    /// Takes the leftmost place of each part, which never is a wrong choice: so the time is linear in the text.
    fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|only| only == text);
        };
        let rest = text
            .strip_prefix(first.as_str())
            .and_then(|rest| rest.strip_suffix(last.as_str()));
        let Some(mut rest) = rest else {
            return false;
        };
        for part in middle {
            match rest.split_once(part.as_str()) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
        true
    }
}

impl fmt::Display for Wildcard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| part.replace('\\', "\\\\").replace('*', "\\*"))
            .collect();
        formatter.write_str(&parts.join("*"))
    }
}

/// A block of addresses. It begins at the address that is written, whatever its last bits are, as in Event Ruler.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cidr {
    first: IpAddr,
    last: IpAddr,
    text: String,
}

impl Cidr {
    pub fn parse(text: &str) -> Result<Cidr, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let [address, bits] = parts[..] else {
            return Err("Malformed CIDR, one '/' required".into());
        };
        let Ok(bits) = bits.parse::<i32>() else {
            return Err("Malformed CIDR, mask bits must be an integer".into());
        };
        let Ok(bits) = u32::try_from(bits) else {
            return Err("Malformed CIDR, mask bits must not be negative".into());
        };
        let Ok(first) = address.parse::<IpAddr>() else {
            return Err(format!("Nonstandard IP address: {address}"));
        };
        let last = match first {
            IpAddr::V4(_) if bits > 31 => return Err("IPv4 mask bits must be < 32".into()),
            IpAddr::V6(_) if bits > 127 => return Err("IPv6 mask bits must be < 128".into()),
            IpAddr::V4(address) => IpAddr::V4((address.to_bits() | (u32::MAX >> bits)).into()),
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() | (u128::MAX >> bits)).into()),
        };
        Ok(Cidr {
            first,
            last,
            text: text.into(),
        })
    }

    fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && (self.first..=self.last).contains(&address)
    }
}
