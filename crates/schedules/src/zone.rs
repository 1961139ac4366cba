//! Time zones by their IANA names.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

/// A time zone with its rules of daylight saving, past and to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

/// A name that is no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{name}\" is no time zone{}; names are those of the IANA database, such as Europe/Berlin or UTC", hint(.name))]
pub struct ZoneError {
    pub name: String,
}

fn hint(name: &str) -> String {
    match TimeZoneDatabase::bundled().get(name) {
        Ok(found) => match found.iana_name() {
            Some(right) => format!(" (\"{right}\" is)"),
            None => String::new(),
        },
        Err(_) => String::new(),
    }
}

impl Zone {
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }

    /// The zone of this name. Capitals matter, as on AWS.
    ///
    /// # Errors
    /// No zone of the IANA database is called that.
    pub fn named(name: &str) -> Result<Zone, ZoneError> {
        TimeZoneDatabase::bundled()
            .get(name)
            .ok()
            .filter(|zone| zone.iana_name() == Some(name))
            .map(Zone)
            .ok_or_else(|| ZoneError { name: name.into() })
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What a clock in this zone shows at an instant (milliseconds since 1970).
    /// None: the instant is beyond the years that have a calendar.
    pub(crate) fn local(&self, millis: i64) -> Option<DateTime> {
        let instant = jiff::Timestamp::from_millisecond(millis).ok()?;
        Some(self.0.to_datetime(instant))
    }

    /// When a clock in this zone shows this.
    pub(crate) fn instant(&self, local: DateTime) -> Option<Instant> {
        let ambiguous = self.0.to_ambiguous_timestamp(local);
        let skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
        let millis = ambiguous.compatible().ok()?.as_millisecond();
        Some(Instant { millis, skipped })
    }
}

/// An instant of a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Milliseconds since 1970: the first of the two when clocks show the time twice; as much later as clocks
    /// are put forward when they never show it.
    pub millis: i64,
    /// No clock shows this time.
    pub skipped: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_exact_names() {
        for name in [
            "UTC",
            "Europe/Berlin",
            "America/Argentina/Buenos_Aires",
            "Etc/GMT+5",
            "US/Pacific",
        ] {
            assert_eq!(Zone::named(name).unwrap().name(), name);
        }
        for name in [
            "",
            "Mars/Phobos",
            "Europe",
            "+02:00",
            "UTC ",
            "../etc/passwd",
        ] {
            assert!(Zone::named(name).is_err(), "{name}");
        }
        let error = Zone::named("europe/berlin").unwrap_err().to_string();
        assert!(
            error.starts_with("\"europe/berlin\" is no time zone (\"Europe/Berlin\" is);"),
            "{error}"
        );
    }
}
