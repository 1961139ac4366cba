use proptest::prelude::*;

use super::*;
use crate::Dialect;

fn millis(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn show(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .unwrap()
        .to_string()
}

fn timetable(expression: &str, zone: &str) -> Timetable {
    Timetable {
        expression: Expression::parse(expression, Dialect::Scheduler).unwrap(),
        zone: Zone::named(zone).unwrap(),
        start_millis: None,
        end_millis: None,
        created_millis: 0,
    }
}

/// The next ones after an instant, in UTC.
fn next(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    timetable(expression, zone)
        .between(millis(after), i64::MAX)
        .take(count)
        .map(show)
        .collect()
}

#[test]
fn cron_expressions_mean_days() {
    for (fields, expected) in [
        // The examples of AWS's documentation and its special characters, from Thursday 1 January 2026 on.
        (
            "0 10 * * ? *",
            &["2026-01-01T10:00", "2026-01-02T10:00"] as &[&str],
        ),
        ("15 12 * * ? *", &["2026-01-01T12:15", "2026-01-02T12:15"]),
        (
            "0 18 ? * MON-FRI *",
            &["2026-01-01T18:00", "2026-01-02T18:00", "2026-01-05T18:00"],
        ),
        ("0 8 1 * ? *", &["2026-01-01T08:00", "2026-02-01T08:00"]),
        (
            "0/15 * * * ? *",
            &["2026-01-01T00:00", "2026-01-01T00:15", "2026-01-01T00:30"],
        ),
        (
            "0/10 * ? * MON-FRI *",
            &["2026-01-01T00:00", "2026-01-01T00:10"],
        ),
        (
            "0/5 8-17 ? * MON-FRI *",
            &["2026-01-01T08:00", "2026-01-01T08:05"],
        ),
        (
            "0/30 20-2 ? * MON-FRI *",
            &[
                "2026-01-01T00:00",
                "2026-01-01T00:30",
                "2026-01-01T01:00",
                "2026-01-01T01:30",
                "2026-01-01T02:00",
                "2026-01-01T02:30",
                "2026-01-01T20:00",
            ],
        ),
        (
            "15 10 ? * 6L 2026-2027",
            &["2026-01-30T10:15", "2026-02-27T10:15"],
        ),
        ("0 0 ? * FRIL *", &["2026-01-30T00:00"]),
        ("0 0 ? * L *", &["2026-01-03T00:00", "2026-01-10T00:00"]),
        ("0 0 ? * 3#2 *", &["2026-01-13T00:00", "2026-02-10T00:00"]),
        ("0 0 ? * MON#5 *", &["2026-03-30T00:00", "2026-06-29T00:00"]),
        (
            "0 0 3W * ? *",
            &[
                "2026-01-02T00:00",
                "2026-02-03T00:00",
                "2026-03-03T00:00",
                "2026-04-03T00:00",
                "2026-05-04T00:00",
            ],
        ),
        // The nearest weekday stays in its month: Sunday 1 February is Monday the 2nd, Saturday 1 August the 3rd.
        (
            "0 0 1W * ? *",
            &["2026-01-01T00:00", "2026-02-02T00:00", "2026-03-02T00:00"],
        ),
        ("0 0 31W 5 ? *", &["2026-05-29T00:00"]),
        ("0 0 1W 8 ? *", &["2026-08-03T00:00"]),
        ("0 0 L * ? *", &["2026-01-31T00:00", "2026-02-28T00:00"]),
        ("0 0 LW * ? *", &["2026-01-30T00:00", "2026-02-27T00:00"]),
        (
            "0 0 L-2 2 ? *",
            &["2026-02-26T00:00", "2027-02-26T00:00", "2028-02-27T00:00"],
        ),
        ("0 0 L,15 * ? *", &["2026-01-15T00:00", "2026-01-31T00:00"]),
        // The 30th and 31st of the months that have them.
        (
            "0 0 31 * ? *",
            &["2026-01-31T00:00", "2026-03-31T00:00", "2026-05-31T00:00"],
        ),
        ("0 0 ? * 1 *", &["2026-01-04T00:00"]),
        (
            "0 0 ? * FRI-MON *",
            &[
                "2026-01-02T00:00",
                "2026-01-03T00:00",
                "2026-01-04T00:00",
                "2026-01-05T00:00",
                "2026-01-09T00:00",
            ],
        ),
        (
            "0 0 1 NOV-FEB ? *",
            &[
                "2026-01-01T00:00",
                "2026-02-01T00:00",
                "2026-11-01T00:00",
                "2026-12-01T00:00",
                "2027-01-01T00:00",
            ],
        ),
        (
            "0 0 1 jan,Jul ? *",
            &["2026-01-01T00:00", "2026-07-01T00:00"],
        ),
        (
            "1-31/30 1-1 ? * 1,7 *",
            &["2026-01-03T01:01", "2026-01-03T01:31", "2026-01-04T01:01"],
        ),
        (
            "50-10/20 0 1 1 ? *",
            &["2026-01-01T00:10", "2026-01-01T00:50", "2027-01-01T00:10"],
        ),
        (
            "0 0 1 1 ? 2030/50",
            &[
                "2030-01-01T00:00",
                "2080-01-01T00:00",
                "2130-01-01T00:00",
                "2180-01-01T00:00",
            ],
        ),
        ("59 23 31 12 ? 2199", &["2199-12-31T23:59"]),
        // 29 February on a Monday is there every 28 years, and not in 2100.
        ("0 0 29 2 ? *", &["2028-02-29T00:00", "2032-02-29T00:00"]),
    ] {
        let found = next(
            &format!("cron({fields})"),
            "UTC",
            "2025-12-31T23:59:00Z",
            expected.len(),
        );
        let expected: Vec<String> = expected.iter().map(|time| format!("{time}:00Z")).collect();
        assert_eq!(found, expected, "{fields}");
    }
    assert_eq!(
        next("cron(0 0 1 1 ? 2020)", "UTC", "2026-01-01T00:00:00Z", 1),
        [""; 0]
    );
}

#[test]
fn what_is_no_expression_is_told_why() {
    use Dialect::{Rule, Scheduler};
    for (text, dialect, reason) in [
        (
            "cron(0 8 * * *)",
            Rule,
            "cron has six fields (minutes hours day-of-month month day-of-week year), here are 5",
        ),
        (
            "cron(0 0 31 2 ? *)",
            Rule,
            "there is no such day: day-of-month 31, month 2, day-of-week ?, year *",
        ),
        (
            "cron(0 0 29 FEB ? 2027)",
            Scheduler,
            "there is no such day: day-of-month 29, month FEB, day-of-week ?, year 2027",
        ),
        (
            "cron(0 0 31W 4,6 ? *)",
            Rule,
            "there is no such day: day-of-month 31W, month 4,6, day-of-week ?, year *",
        ),
        (
            "cron(0 8 * * MON *)",
            Rule,
            "one of day-of-month and day-of-week has to be ?",
        ),
        (
            "cron(0 8 * * * *)",
            Rule,
            "one of day-of-month and day-of-week has to be ?",
        ),
        (
            "cron(0 8 ? * ? *)",
            Rule,
            "one of day-of-month and day-of-week has to say a day: both are ?",
        ),
        ("cron(60 * * * ? *)", Rule, "minutes \"60\" is not 0 to 59"),
        (
            "cron(*/60 * * * ? *)",
            Rule,
            "the step \"60\" of minutes is not between 1 and 59",
        ),
        (
            "cron(0/0 * * * ? *)",
            Rule,
            "the step \"0\" of minutes is not between 1 and 59",
        ),
        ("cron(0 24 * * ? *)", Rule, "hours \"24\" is not 0 to 23"),
        (
            "cron(0 0 0 * ? *)",
            Rule,
            "day-of-month \"0\" is not 1 to 31",
        ),
        (
            "cron(0 0 ? * 0 *)",
            Rule,
            "day-of-week \"0\" is not 1 to 7 or SUN to SAT",
        ),
        (
            "cron(0 0 1 13 ? *)",
            Rule,
            "month \"13\" is not 1 to 12 or JAN to DEC",
        ),
        (
            "cron(0 0 1 * ? 1969)",
            Rule,
            "year \"1969\" is not 1970 to 2199",
        ),
        (
            "cron(0 0 1 * ? 2030-2020)",
            Rule,
            "year \"2030-2020\" runs backwards",
        ),
        (
            "cron(0 0 ? * 3#1,6#3 *)",
            Rule,
            "day-of-week \"3#1,6#3\": with # there can be only one expression",
        ),
        ("cron(0 0 ? * 3#6 *)", Rule, "\"3#6\": after # comes 1 to 5"),
        ("cron(? 0 1 * ? *)", Rule, "minutes \"?\" is not 0 to 59"),
        ("cron(0, 0 1 * ? *)", Rule, "minutes \"\" is not 0 to 59"),
        ("cron(+1 0 1 * ? *)", Rule, "minutes \"+1\" is not 0 to 59"),
        (
            "rate(1 minutes)",
            Rule,
            "with 1 the unit is singular: rate(1 minute)",
        ),
        (
            "rate(5 hour)",
            Rule,
            "with 5 the unit is plural: rate(5 hours)",
        ),
        (
            "rate(0 minutes)",
            Scheduler,
            "\"0\" is no positive whole number",
        ),
        (
            "rate(-1 minutes)",
            Scheduler,
            "\"-1\" is no positive whole number",
        ),
        (
            "rate(1.5 hours)",
            Scheduler,
            "\"1.5\" is no positive whole number",
        ),
        (
            "rate(5 seconds)",
            Scheduler,
            "the unit \"seconds\" is none of minutes, hours and days",
        ),
        (
            "rate(9223372036854775807 days)",
            Scheduler,
            "9223372036854775807 days are more than a thousand years",
        ),
        (
            "rate(5)",
            Scheduler,
            "a rate is a number and a unit: rate(5 minutes)",
        ),
        (
            "at(2026-12-01T02:00:00)",
            Rule,
            "rules have no at(…): use a schedule of EventBridge Scheduler",
        ),
        (
            "at(2026-02-30T02:00:00)",
            Scheduler,
            "there is no date and time 2026-02-30T02:00:00",
        ),
        (
            "at(2026-12-01T02:00:60)",
            Scheduler,
            "there is no date and time 2026-12-01T02:00:60",
        ),
        (
            "at(2026-12-01 02:00:00)",
            Scheduler,
            "\"2026-12-01 02:00:00\" is not of the form yyyy-mm-ddThh:mm:ss",
        ),
        (
            "at(2026-12-01T02:00:00Z)",
            Scheduler,
            "\"2026-12-01T02:00:00Z\" is not of the form yyyy-mm-ddThh:mm:ss",
        ),
        ("0 8 * * *", Rule, "it is neither rate(…) nor cron(…)"),
        ("", Scheduler, "it is none of rate(…), cron(…) and at(…)"),
    ] {
        let error = Expression::parse(text, dialect).unwrap_err();
        assert_eq!(error.reason, reason, "{text}");
        let aws = match dialect {
            Rule => "Parameter ScheduleExpression is not valid.".to_owned(),
            Scheduler => format!("Invalid Schedule Expression {text}."),
        };
        assert_eq!(error.to_string(), format!("{aws} Reason: {reason}."));
    }
    for text in ["rate(1 minutes)", "rate(5 minute)", "rate(1 day)"] {
        assert!(Expression::parse(text, Scheduler).is_ok(), "{text}");
    }
}

#[test]
fn times_that_clocks_skip_or_show_twice() {
    // New York: 02:00 to 03:00 is skipped on 8 March 2026, 01:00 to 02:00 is there twice on 1 November 2026.
    let zone = "America/New_York";
    assert_eq!(
        next("cron(30 2 * * ? *)", zone, "2026-03-07T00:00:00Z", 3),
        [
            "2026-03-07T07:30:00Z",
            "2026-03-09T06:30:00Z",
            "2026-03-10T06:30:00Z"
        ]
    );
    assert_eq!(
        next("cron(30 1 * * ? *)", zone, "2026-10-31T12:00:00Z", 2),
        ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
    );
    // From within the second of the two hours.
    assert_eq!(
        next("cron(30 1 * * ? *)", zone, "2026-11-01T06:10:00Z", 1),
        ["2026-11-02T06:30:00Z"]
    );
    assert_eq!(
        next("cron(0/30 * * * ? *)", zone, "2026-11-01T05:00:00Z", 3),
        [
            "2026-11-01T05:30:00Z",
            "2026-11-01T07:00:00Z",
            "2026-11-01T07:30:00Z"
        ]
    );
    assert_eq!(
        next("at(2026-03-08T02:30:00)", zone, "2026-01-01T00:00:00Z", 2),
        ["2026-03-08T07:30:00Z"]
    );
    assert_eq!(
        next("at(2026-11-01T01:30:00)", zone, "2026-01-01T00:00:00Z", 2),
        ["2026-11-01T05:30:00Z"]
    );
    // Lord Howe changes by half an hour, and Apia had no 30 December 2011.
    assert_eq!(
        next(
            "cron(15 2 4 10 ? 2026)",
            "Australia/Lord_Howe",
            "2026-01-01T00:00:00Z",
            1
        ),
        [""; 0]
    );
    assert_eq!(
        next(
            "cron(0 12 ? * * 2011)",
            "Pacific/Apia",
            "2011-12-29T12:00:00Z",
            2
        ),
        ["2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"]
    );
    // A day of a rate is 24 hours.
    assert_eq!(
        next("rate(1 day)", zone, "2026-10-31T00:00:01Z", 2),
        ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"]
    );
}

#[test]
fn start_end_and_creation_bound_a_timetable() {
    let mut rate = timetable("rate(5 minutes)", "UTC");
    rate.created_millis = millis("2026-01-01T00:02:00Z");
    let all = |table: &Timetable, after: &str| -> Vec<String> {
        table
            .between(millis(after), millis("2026-01-01T00:13:00Z"))
            .map(show)
            .collect()
    };
    // The Scheduler's begins at once, a rule's one interval later.
    assert_eq!(
        all(&rate, "2025-12-31T00:00:00Z"),
        [
            "2026-01-01T00:02:00Z",
            "2026-01-01T00:07:00Z",
            "2026-01-01T00:12:00Z"
        ]
    );
    let mut rule = rate.clone();
    rule.expression = Expression::parse("rate(5 minutes)", Dialect::Rule).unwrap();
    assert_eq!(
        all(&rule, "2026-01-01T00:02:00Z"),
        ["2026-01-01T00:07:00Z", "2026-01-01T00:12:00Z"]
    );
    rate.start_millis = Some(millis("2026-01-01T00:03:00Z"));
    rate.end_millis = Some(millis("2026-01-01T00:08:00Z"));
    assert_eq!(
        all(&rate, "2025-12-31T00:00:00Z"),
        ["2026-01-01T00:03:00Z", "2026-01-01T00:08:00Z"]
    );

    let mut cron = timetable("cron(0/5 * * * ? *)", "UTC");
    cron.start_millis = Some(millis("2026-01-01T00:04:00Z"));
    cron.end_millis = Some(millis("2026-01-01T00:10:00Z"));
    assert_eq!(
        all(&cron, "2025-12-31T00:00:00Z"),
        ["2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"]
    );

    // A one-time schedule knows neither.
    let mut at = timetable("at(2026-01-01T00:01:02)", "UTC");
    (at.start_millis, at.end_millis) = (cron.start_millis, Some(0));
    assert_eq!(all(&at, "2025-12-31T00:00:00Z"), ["2026-01-01T00:01:02Z"]);
    assert_eq!(at.next_after(millis("2026-01-01T00:01:02Z")), None);
    for table in [&rate, &cron, &at] {
        assert_eq!(table.next_after(i64::MAX), None);
        assert!(table.next_after(i64::MIN).is_some());
    }
}

#[test]
fn a_delay_is_within_its_window_and_stays_the_same() {
    let delays: Vec<i64> = (0..1000)
        .map(|n| flexible_delay_millis("arn:s", n * 60_000, 15))
        .collect();
    assert_eq!(delays[0], flexible_delay_millis("arn:s", 0, 15));
    assert!(delays.iter().all(|delay| (0..15 * 60_000).contains(delay)));
    let mean = delays.iter().sum::<i64>() / 1000;
    assert!((6 * 60_000..9 * 60_000).contains(&mean), "{mean}");
    assert_ne!(delays[0], flexible_delay_millis("arn:t", 0, 15));
    assert_eq!(flexible_delay_millis("arn:s", 0, 0), 0);
}

/// A field as text and as what it means.
fn field(first: u32, last: u32) -> impl Strategy<Value = (String, Vec<u32>)> {
    let values = first..=last;
    prop_oneof![
        Just(("*".to_owned(), values.clone().collect::<Vec<_>>())),
        values
            .clone()
            .prop_map(|value| (value.to_string(), vec![value])),
        (values.clone(), values.clone()).prop_map(move |(a, b)| {
            let meant = (first..=last).filter(|value| {
                if a <= b {
                    (a..=b).contains(value)
                } else {
                    *value >= a || *value <= b
                }
            });
            (format!("{a}-{b}"), meant.collect())
        }),
        (values.clone(), 1..=last - first).prop_map(move |(a, step)| {
            (
                format!("{a}/{step}"),
                (a..=last).step_by(step as usize).collect(),
            )
        }),
        proptest::collection::vec(values, 2..5).prop_map(|list| {
            let text: Vec<String> = list.iter().map(u32::to_string).collect();
            (text.join(","), list)
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Minute by minute for ten days around a change of the clocks.
    #[test]
    fn a_timetable_is_what_clocks_show(
        minutes in field(0, 59),
        hours in field(0, 23),
        days in field(1, 31),
        by_week in any::<bool>(),
        weekdays in field(1, 7),
        around in prop_oneof![
            Just(("Europe/Berlin", "2026-03-29T01:00:00Z")),
            Just(("Europe/Berlin", "2026-10-25T01:00:00Z")),
            Just(("America/New_York", "2026-11-01T06:00:00Z")),
            Just(("Australia/Lord_Howe", "2026-04-04T15:00:00Z")),
            Just(("America/Sao_Paulo", "2018-11-04T03:00:00Z")),
            Just(("Asia/Kathmandu", "2026-01-31T00:00:00Z")),
        ],
    ) {
        let (zone_name, middle) = around;
        let day_fields = if by_week { format!("? * {}", weekdays.0) } else { format!("{} * ?", days.0) };
        let text = format!("cron({} {} {day_fields} *)", minutes.0, hours.0);
        let table = timetable(&text, zone_name);
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone_name).unwrap();
        let minute = 60_000;
        let (from, until) = (millis(middle) - 7200 * minute, millis(middle) + 7200 * minute);
        let mut shown = std::collections::BTreeSet::new();
        let mut expected = Vec::new();
        // From a day earlier on, for what has been shown already.
        for millis in (from - 1440 * minute..=until).step_by(60_000) {
            let clock = zone.to_datetime(jiff::Timestamp::from_millisecond(millis).unwrap());
            let first_time = shown.insert(clock);
            let weekday = u32::try_from(clock.date().weekday().to_sunday_zero_offset() + 1).unwrap();
            let is_day = if by_week { weekdays.1.contains(&weekday) } else { days.1.contains(&(clock.day() as u32)) };
            let is_time = minutes.1.contains(&(clock.minute() as u32)) && hours.1.contains(&(clock.hour() as u32));
            if first_time && is_day && is_time && millis > from {
                expected.push(millis);
            }
        }
        let found: Vec<i64> = table.between(from, until).collect();
        prop_assert_eq!(found, expected, "{} {}", text, zone_name);
    }

    #[test]
    fn nothing_that_is_written_breaks_it(text in "(cron|rate|at)?\\(?[-0-9A-Z#?*/, :dmLW]{0,40}\\)?") {
        for dialect in [Dialect::Rule, Dialect::Scheduler] {
            if let Ok(expression) = Expression::parse(&text, dialect) {
                let table = Timetable { expression, ..timetable("rate(1 minute)", "America/New_York") };
                for after in [i64::MIN, 0, 1_800_000_000_000, i64::MAX] {
                    if let Some(next) = table.next_after(after) {
                        prop_assert!(next > after);
                    }
                }
            }
        }
    }
}
