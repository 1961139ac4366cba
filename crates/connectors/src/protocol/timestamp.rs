//! Timestamps on the wire and in results.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::{Number, Value};
use service_models::TimestampFormat;

/// Reads an argument: an ISO 8601 text, an HTTP date, or seconds since 1970 as a number.
pub fn parse(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => parse_text(text),
        Value::Number(seconds) => from_seconds(seconds.as_f64()?),
        _ => None,
    }
}

/// Reads ISO 8601, an HTTP date or seconds since 1970.
pub fn parse_text(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()))
        .or_else(|| {
            text.parse::<jiff::civil::DateTime>()
                .ok()?
                .to_zoned(jiff::tz::TimeZone::UTC)
                .ok()
                .map(|z| z.timestamp())
        })
        .or_else(|| from_seconds(text.parse::<f64>().ok()?))
}

/// Services send milliseconds at most; floating point noise below them is not kept.
fn from_seconds(seconds: f64) -> Option<Timestamp> {
    let millis = (seconds * 1000.0).round();
    if !millis.is_finite() || millis.abs() > 1e16 {
        return None;
    }
    Timestamp::from_millisecond(millis as i64).ok()
}

/// A normalized argument (ISO 8601 text) as the wire wants it.
pub fn format(value: &Value, format: TimestampFormat) -> String {
    let Some(timestamp) = parse(value) else {
        return value.as_str().unwrap_or_default().to_owned();
    };
    match format {
        TimestampFormat::Iso8601 => iso8601(timestamp),
        TimestampFormat::Rfc822 => timestamp.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        TimestampFormat::UnixTimestamp => unix(timestamp).to_string(),
    }
}

/// Seconds since 1970, whole when they are.
pub fn unix(timestamp: Timestamp) -> Number {
    let millis = timestamp.as_millisecond();
    if millis % 1000 == 0 {
        return Number::from(millis / 1000);
    }
    Number::from_f64(millis as f64 / 1000.0).unwrap_or_else(|| Number::from(millis / 1000))
}

/// As Java's `Instant` prints it, which is what results of Step Functions show: no fraction, or three, six or nine digits.
pub fn iso8601(timestamp: Timestamp) -> String {
    let seconds = timestamp.strftime("%Y-%m-%dT%H:%M:%S");
    let nanos = timestamp.subsec_nanosecond().unsigned_abs();
    match nanos {
        0 => format!("{seconds}Z"),
        n if n % 1_000_000 == 0 => format!("{seconds}.{:03}Z", n / 1_000_000),
        n if n % 1_000 == 0 => format!("{seconds}.{:06}Z", n / 1_000),
        n => format!("{seconds}.{n:09}Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_form_is_read() {
        for (value, expected) in [
            (json!("2024-05-06T07:08:09Z"), "2024-05-06T07:08:09Z"),
            (
                json!("2024-05-06T09:08:09.5+02:00"),
                "2024-05-06T07:08:09.500Z",
            ),
            (json!("2024-05-06T07:08:09"), "2024-05-06T07:08:09Z"),
            (
                json!("Mon, 06 May 2024 07:08:09 GMT"),
                "2024-05-06T07:08:09Z",
            ),
            (json!(1714979289), "2024-05-06T07:08:09Z"),
            (json!(1714979289.123), "2024-05-06T07:08:09.123Z"),
            (json!("1714979289"), "2024-05-06T07:08:09Z"),
        ] {
            assert_eq!(
                parse(&value).map(iso8601).as_deref(),
                Some(expected),
                "{value}"
            );
        }
        for value in [
            json!("soon"),
            json!(1e300),
            json!("nan"),
            json!(true),
            json!(null),
            json!(""),
        ] {
            assert_eq!(parse(&value), None, "{value}");
        }
    }

    #[test]
    fn every_form_is_written() {
        let time = json!("2024-05-06T07:08:09.250Z");
        assert_eq!(
            format(&time, TimestampFormat::Iso8601),
            "2024-05-06T07:08:09.250Z"
        );
        assert_eq!(
            format(&time, TimestampFormat::Rfc822),
            "Mon, 06 May 2024 07:08:09 GMT"
        );
        assert_eq!(
            format(&time, TimestampFormat::UnixTimestamp),
            "1714979289.25"
        );
        assert_eq!(
            format(
                &json!("2024-05-06T07:08:09Z"),
                TimestampFormat::UnixTimestamp
            ),
            "1714979289"
        );
    }
}
