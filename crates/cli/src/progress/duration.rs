//! Durations as people read them. All are in milliseconds; negative ones count as none.

/// `00:02:10`, since a start: for the beginning of a line.
pub fn stamp(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// `01:52`, `2:00:05`: for a countdown, which shows 0 only when it is over.
pub fn countdown(millis: i64) -> String {
    clock(millis.max(0).saturating_add(999))
}

/// `01:52`, `2:00:05`: for what has gone by.
pub fn clock(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match hours {
        0 => format!("{minutes:02}:{:02}", seconds % 60),
        _ => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
    }
}

/// `0.4 s`, `120 s`, `12 min 30 s`, `2 h 5 min`: for a sentence.
pub fn words(millis: i64) -> String {
    let millis = millis.max(0);
    let seconds = millis / 1000;
    match seconds {
        0..10 if millis % 1000 >= 50 => format!("{:.1} s", millis as f64 / 1000.0),
        0..180 => format!("{seconds} s"),
        180..7200 if seconds % 60 == 0 => format!("{} min", seconds / 60),
        180..7200 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_go_on_past_a_day() {
        assert_eq!(stamp(130_999), "00:02:10");
        assert_eq!(stamp(100 * 3_600_000), "100:00:00");
        assert_eq!(stamp(-5), "00:00:00");
    }

    #[test]
    fn a_countdown_ends_at_its_end() {
        assert_eq!(countdown(112_000), "01:52");
        assert_eq!(countdown(1), "00:01");
        assert_eq!(countdown(0), "00:00");
        assert_eq!(countdown(i64::MAX), clock(i64::MAX));
        assert_eq!(clock(7_205_000), "2:00:05");
    }

    #[test]
    fn sentences_get_the_unit_that_fits() {
        let cases = [0, 400, 1_500, 120_000, 750_000, 1_200_000, 7_500_000];
        assert_eq!(
            cases.map(words),
            [
                "0 s",
                "0.4 s",
                "1.5 s",
                "120 s",
                "12 min 30 s",
                "20 min",
                "2 h 5 min"
            ]
        );
    }
}
