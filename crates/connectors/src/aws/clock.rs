//! The time of signatures. AWS refuses a signature whose time is minutes away from its own; every answer tells AWS's time,
//! and from a refusal on signatures follow it (AWS SDKs: clock skew correction).

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};
use jiff::fmt::rfc2822::DateTimeParser;

/// Codes that speak of the time.
const SKEWED: &[&str] = &[
    "RequestTimeTooSkewed",
    "RequestExpired",
    "RequestInTheFuture",
];
/// Codes that may: the signature is wrong for some reason.
const PERHAPS_SKEWED: &[&str] = &[
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
];
/// The difference from which on a wrong signature is put down to the clock.
const TELLING_MILLIS: u64 = 4 * 60 * 1000;

/// This machine's clock and how far AWS's is ahead of it.
#[derive(Debug, Default)]
pub struct Clock {
    ahead_millis: AtomicI64,
}

impl Clock {
    pub fn now(&self) -> SystemTime {
        corrected(SystemTime::now(), self.ahead_millis())
    }

    /// How many milliseconds AWS's clock is ahead, as far as is known now.
    pub fn ahead_millis(&self) -> i64 {
        self.ahead_millis.load(Ordering::Relaxed)
    }

    /// Takes the time from a refusal with this code when it was refused for its time, which was that of a clock so far
    /// `ahead`: another call may have corrected it meanwhile. Answers whether the next signature will have another time, so
    /// that another attempt is worth it.
    pub fn learn(&self, ahead_millis: i64, code: &str, headers: &HeaderMap) -> bool {
        self.learn_at(SystemTime::now(), ahead_millis, code, headers)
    }

    fn learn_at(
        &self,
        now: SystemTime,
        ahead_millis: i64,
        code: &str,
        headers: &HeaderMap,
    ) -> bool {
        let surely = SKEWED.contains(&code);
        if !surely && !PERHAPS_SKEWED.contains(&code) {
            return false;
        }
        let date = headers
            .get(header::DATE)
            .and_then(|date| date.to_str().ok());
        let Some(server) = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok())
        else {
            return false;
        };
        let Some(now_millis) = unix_millis(now) else {
            return false;
        };
        let server = server.as_millisecond();
        let off = server.abs_diff(now_millis.saturating_add(ahead_millis));
        if off < 1000 || (!surely && off < TELLING_MILLIS) {
            return false;
        }
        self.ahead_millis
            .store(server.saturating_sub(now_millis), Ordering::Relaxed);
        true
    }
}

/// A time by a clock that is so far ahead.
pub fn corrected(time: SystemTime, ahead_millis: i64) -> SystemTime {
    let by = Duration::from_millis(ahead_millis.unsigned_abs());
    let corrected = match ahead_millis >= 0 {
        true => time.checked_add(by),
        false => time.checked_sub(by),
    };
    corrected.unwrap_or(time)
}

fn unix_millis(time: SystemTime) -> Option<i64> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::DATE, text.parse().unwrap())])
    }

    /// 2015-08-30T12:36:00Z
    const NOW: Duration = Duration::from_secs(1_440_938_160);

    #[test]
    fn refusals_for_the_time_correct_it() {
        let now = SystemTime::UNIX_EPOCH + NOW;
        for (text, seconds) in [
            ("Sun, 30 Aug 2015 13:36:00 GMT", 3600),
            ("Sun, 30 Aug 2015 11:36:00 GMT", -3600),
        ] {
            let clock = Clock::default();
            assert!(clock.learn_at(
                now,
                clock.ahead_millis(),
                "RequestTimeTooSkewed",
                &date(text)
            ));
            let expected = NOW.as_secs().checked_add_signed(seconds).unwrap();
            assert_eq!(
                corrected(now, clock.ahead_millis()),
                SystemTime::UNIX_EPOCH + Duration::from_secs(expected)
            );
            assert!(
                !clock.learn_at(
                    now,
                    clock.ahead_millis(),
                    "RequestTimeTooSkewed",
                    &date(text)
                ),
                "the time was right"
            );
            assert!(clock.learn_at(
                now,
                clock.ahead_millis(),
                "RequestTimeTooSkewed",
                &date("Sun, 30 Aug 2015 12:36:00 GMT")
            ));
            assert_eq!(
                corrected(now, clock.ahead_millis()),
                now,
                "the machine's clock was set"
            );
        }
    }

    #[test]
    fn a_wrong_signature_is_put_down_to_the_clock_when_it_is_far_off() {
        let now = SystemTime::UNIX_EPOCH + NOW;
        let clock = Clock::default();
        assert!(!clock.learn_at(
            now,
            clock.ahead_millis(),
            "InvalidSignatureException",
            &date("Sun, 30 Aug 2015 12:39:00 GMT")
        ));
        assert!(clock.learn_at(
            now,
            clock.ahead_millis(),
            "InvalidSignatureException",
            &date("Sun, 30 Aug 2015 12:41:00 GMT")
        ));
    }

    #[test]
    fn other_answers_tell_nothing() {
        let now = SystemTime::UNIX_EPOCH + NOW;
        let clock = Clock::default();
        let hour = date("Sun, 30 Aug 2015 13:36:00 GMT");
        assert!(!clock.learn_at(now, clock.ahead_millis(), "AccessDeniedException", &hour));
        for headers in [
            HeaderMap::new(),
            date("yesterday"),
            date("Sun, 30 Aug 99999 13:36:00 GMT"),
        ] {
            assert!(!clock.learn_at(now, clock.ahead_millis(), "RequestExpired", &headers));
        }
        assert_eq!(corrected(now, clock.ahead_millis()), now);
    }
}
