//! Milliseconds since 1970 to AWS's texts and back. Nothing here reads a clock.

use jiff::Timestamp;

/// `2016-12-05T21:29:29.123Z`, as in the context object.
pub fn iso_of_millis(millis: i64) -> String {
    match Timestamp::from_millisecond(millis) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => String::from("1970-01-01T00:00:00.000Z"),
    }
}

/// Seconds with milliseconds as fraction, as the AWS JSON protocol writes times.
pub fn seconds_of_millis(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

/// An ISO-8601 extended offset date-time (`2016-12-05T21:29:29Z`, `…+01:00`, up to nine digits of fraction) to a
/// point in time. AWS insists on the capital `T` and on `Z` or an offset.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || bytes.get(10) != Some(&b'T') {
        return None;
    }
    let has_zone = text.ends_with('Z') || matches!(bytes.get(bytes.len() - 6), Some(b'+' | b'-'));
    if !has_zone || !text.is_ascii() || text.contains(['[', ',']) {
        return None;
    }
    text.parse().ok()
}

/// Milliseconds since 1970, rounded up so that a Wait never ends early.
pub fn ceil_millis(time: Timestamp) -> i64 {
    let nanos = time.as_nanosecond();
    let millis = nanos.div_euclid(1_000_000) + i128::from(nanos.rem_euclid(1_000_000) != 0);
    i64::try_from(millis).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_takes_offset_date_times_only() {
        let millis = |text| parse_timestamp(text).map(ceil_millis);
        assert_eq!(millis("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(millis("1970-01-01T01:00:01+01:00"), Some(1000));
        assert_eq!(millis("1970-01-01T00:00:01.000000001Z"), Some(1001));
        for bad in [
            "2016-12-05 21:29:29Z",
            "2016-12-05T21:29:29",
            "2016-13-05T21:29:29Z",
            "2016-12-05T25:29:29Z",
            "",
            "now",
            "2016-12-05t21:29:29z",
        ] {
            assert_eq!(parse_timestamp(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(iso_of_millis(1_480_973_369_000), "2016-12-05T21:29:29.000Z");
    }
}
