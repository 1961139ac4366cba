//! Reads the six fields.

use std::ops::RangeInclusive;

use jiff::civil::DateTime;

use super::{Cron, DayOfMonth, DayOfWeek, Days, YEAR_WORDS, YEARS};

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// What a field is called, may hold, and calls it.
struct Field {
    name: &'static str,
    range: RangeInclusive<u16>,
    /// Of the values from the first on.
    names: &'static [&'static str],
    /// A range whose end is before its start goes on at the other end.
    wraps: bool,
}

const MINUTES: Field = field("minutes", 0..=59, &[]);
const HOURS: Field = field("hours", 0..=23, &[]);
const DAY_OF_MONTH: Field = field("day-of-month", 1..=31, &[]);
const MONTH: Field = field("month", 1..=12, &MONTHS);
const DAY_OF_WEEK: Field = field("day-of-week", 1..=7, &WEEKDAYS);
const YEAR: Field = Field {
    wraps: false,
    ..field(
        "year",
        YEARS.start().unsigned_abs()..=YEARS.end().unsigned_abs(),
        &[],
    )
};

const fn field(
    name: &'static str,
    range: RangeInclusive<u16>,
    names: &'static [&'static str],
) -> Field {
    Field {
        name,
        range,
        names,
        wraps: true,
    }
}

impl Cron {
    /// Reads the text between the parentheses. What is wrong comes back as a sentence without full stop.
    pub fn parse(text: &str) -> Result<Cron, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, day_of_month, month, day_of_week, year] = fields[..] else {
            return Err(format!(
                "cron has six fields (minutes hours day-of-month month day-of-week year), here are {}",
                fields.len()
            ));
        };
        let days = match (day_of_month, day_of_week) {
            ("?", "?") => {
                return Err(
                    "one of day-of-month and day-of-week has to say a day: both are ?".into(),
                );
            }
            (of_month, "?") => Days::OfMonth(list(&DAY_OF_MONTH, of_month, day_of_month_item)?),
            ("?", of_week) => Days::OfWeek(days_of_week(of_week)?),
            _ => return Err("one of day-of-month and day-of-week has to be ?".into()),
        };
        let bits = |field: &Field, text| {
            let items = list(field, text, plain)?;
            Ok::<u64, String>(
                items
                    .iter()
                    .flatten()
                    .fold(0, |bits, value| bits | 1 << value),
            )
        };
        let mut years = [0; YEAR_WORDS];
        for value in list(&YEAR, year, plain)?.into_iter().flatten() {
            let bit = usize::from(value - YEAR.range.start());
            if let Some(word) = years.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
        }
        let cron = Cron {
            minutes: bits(&MINUTES, minutes)?,
            hours: bits(&HOURS, hours)? as u32,
            months: bits(&MONTH, month)? as u16,
            years,
            days,
        };
        if cron.at_or_after(DateTime::MIN).is_none() {
            return Err(format!(
                "there is no such day: day-of-month {day_of_month}, month {month}, day-of-week {day_of_week}, year {year}"
            ));
        }
        Ok(cron)
    }
}

/// The items of a field between commas.
fn list<T>(
    field: &Field,
    text: &str,
    item: fn(&Field, &str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    text.split(',').map(|text| item(field, text)).collect()
}

/// `*`, `5`, `MON-FRI`, each perhaps with `/2`: the values.
fn plain(field: &Field, text: &str) -> Result<Vec<u16>, String> {
    let (values, step) = match text.split_once('/') {
        Some((values, step)) => (values, Some(step_width(field, step)?)),
        None => (text, None),
    };
    let (start, end) = (*field.range.start(), *field.range.end());
    let (first, last) = if values == "*" {
        (start, end)
    } else if let Some((first, last)) = values.split_once('-') {
        (field.value(first)?, field.value(last)?)
    } else {
        let first = field.value(values)?;
        // `5/15` is from the fifth on.
        (first, if step.is_some() { end } else { first })
    };
    let length = if first <= last {
        last - first
    } else if field.wraps {
        end - first + 1 + last - start
    } else {
        return Err(format!("{} {values:?} runs backwards", field.name));
    };
    let size = end - start + 1;
    Ok((0..=length)
        .step_by(usize::from(step.unwrap_or(1)))
        .map(|offset| start + (first - start + offset) % size)
        .collect())
}

fn step_width(field: &Field, text: &str) -> Result<u16, String> {
    let most = match field.name {
        "minutes" | "hours" => *field.range.end(),
        _ => field.range.end() - field.range.start() + 1,
    };
    number(text)
        .filter(|step| (1..=most).contains(step))
        .ok_or_else(|| {
            format!(
                "the step {text:?} of {} is not between 1 and {most}",
                field.name
            )
        })
}

fn day_of_month_item(field: &Field, text: &str) -> Result<DayOfMonth, String> {
    let upper = text.to_ascii_uppercase();
    if upper == "L" {
        return Ok(DayOfMonth::BeforeLast(0));
    }
    if upper == "LW" {
        return Ok(DayOfMonth::LastWeekday);
    }
    if let Some(days) = upper.strip_prefix("L-") {
        let days = number(days).filter(|days| (1..=30).contains(days));
        return days
            .and_then(|days| i8::try_from(days).ok())
            .map(DayOfMonth::BeforeLast)
            .ok_or_else(|| format!("{text:?} is not L-1 to L-30"));
    }
    if let Some(day) = upper.strip_suffix('W') {
        return Ok(DayOfMonth::NearestWeekday(small(field.value(day)?)));
    }
    let days = plain(field, text)?;
    Ok(DayOfMonth::Set(
        days.iter().fold(0, |bits, day| bits | 1 << day),
    ))
}

fn days_of_week(text: &str) -> Result<Vec<DayOfWeek>, String> {
    let items = list(&DAY_OF_WEEK, text, day_of_week_item)?;
    if items.len() > 1
        && items
            .iter()
            .any(|item| matches!(item, DayOfWeek::Nth { .. }))
    {
        return Err(format!(
            "day-of-week {text:?}: with # there can be only one expression"
        ));
    }
    Ok(items)
}

fn day_of_week_item(field: &Field, text: &str) -> Result<DayOfWeek, String> {
    let upper = text.to_ascii_uppercase();
    if upper == "L" {
        // The last day of the week.
        return Ok(DayOfWeek::Set(1 << 7));
    }
    if let Some((day, nth)) = upper.split_once('#') {
        let nth = number(nth)
            .filter(|nth| (1..=5).contains(nth))
            .ok_or_else(|| format!("{text:?}: after # comes 1 to 5"))?;
        return Ok(DayOfWeek::Nth {
            day: small(field.value(day)?),
            nth: small(nth),
        });
    }
    if let Some(day) = upper.strip_suffix('L') {
        return Ok(DayOfWeek::Last(small(field.value(day)?)));
    }
    let days = plain(field, text)?;
    Ok(DayOfWeek::Set(
        days.iter().fold(0, |bits, day| bits | 1 << day),
    ))
}

impl Field {
    fn value(&self, text: &str) -> Result<u16, String> {
        let named = self
            .names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(index) => u16::try_from(index)
                .ok()
                .map(|index| self.range.start() + index),
            None => number(text).filter(|value| self.range.contains(value)),
        };
        value.ok_or_else(|| {
            let names = match (self.names.first(), self.names.last()) {
                (Some(first), Some(last)) => format!(" or {first} to {last}"),
                _ => String::new(),
            };
            let (start, end) = (self.range.start(), self.range.end());
            format!("{} {text:?} is not {start} to {end}{names}", self.name)
        })
    }
}

/// Digits only: no sign, no white space.
fn number(text: &str) -> Option<u16> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// Of a value that a field has checked.
fn small(value: u16) -> i8 {
    i8::try_from(value).unwrap_or(i8::MAX)
}
