//! `rate(…)`, `cron(…)` and `at(…)`.

use jiff::civil::DateTime;

use crate::cron::Cron;

/// Whose expressions: those of rules and of the Scheduler differ a little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// EventBridge rules: UTC only, no `at`, and a rate's unit is singular with 1 and plural with anything else.
    Rule,
    /// EventBridge Scheduler.
    Scheduler,
}

/// When something is due, without zone and bounds: those are a [`Timetable`](crate::Timetable)'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression(pub(crate) Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Rate {
        every_millis: i64,
        /// It begins at the start, not one interval later.
        at_once: bool,
    },
    Cron(Cron),
    At(DateTime),
}

/// A text that is no schedule expression. It reads as AWS's error, with the reason behind it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} Reason: {reason}.", self.aws())]
pub struct ExpressionError {
    text: String,
    dialect: Dialect,
    /// What is wrong; a sentence without full stop.
    pub reason: String,
}

impl ExpressionError {
    /// What AWS says, all of it.
    pub fn aws(&self) -> String {
        match self.dialect {
            Dialect::Rule => "Parameter ScheduleExpression is not valid.".into(),
            Dialect::Scheduler => format!("Invalid Schedule Expression {}.", self.text),
        }
    }
}

impl Expression {
    /// Reads an expression.
    ///
    /// ```
    /// use schedules::{Dialect, Expression};
    /// assert!(Expression::parse("cron(0 8 ? * MON-FRI *)", Dialect::Rule).is_ok());
    /// let error = Expression::parse("rate(1 minutes)", Dialect::Rule).unwrap_err();
    /// assert_eq!(error.to_string(), "Parameter ScheduleExpression is not valid. Reason: with 1 the unit is singular: rate(1 minute).");
    /// ```
    ///
    /// # Errors
    /// It is none of this dialect, or one that no day ever meets (31 February).
    pub fn parse(text: &str, dialect: Dialect) -> Result<Expression, ExpressionError> {
        let kind = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            Some(("rate", inner)) => rate(inner, dialect),
            Some(("cron", inner)) => Cron::parse(inner).map(Kind::Cron),
            Some(("at", inner)) if dialect == Dialect::Scheduler => at(inner).map(Kind::At),
            Some(("at", _)) => {
                Err("rules have no at(…): use a schedule of EventBridge Scheduler".into())
            }
            _ if dialect == Dialect::Rule => Err("it is neither rate(…) nor cron(…)".into()),
            _ => Err("it is none of rate(…), cron(…) and at(…)".into()),
        };
        kind.map(Expression).map_err(|reason| ExpressionError {
            text: text.into(),
            dialect,
            reason,
        })
    }

    /// Whether it is due only once: `at(…)`.
    pub fn is_one_time(&self) -> bool {
        matches!(self.0, Kind::At(_))
    }
}

fn rate(inner: &str, dialect: Dialect) -> Result<Kind, String> {
    const MINUTE_MILLIS: i64 = 60_000;
    let parts: Vec<&str> = inner.split_whitespace().collect();
    let [value, unit] = parts[..] else {
        return Err("a rate is a number and a unit: rate(5 minutes)".into());
    };
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    let value: i64 = match value.parse() {
        Ok(value) if is_number && value > 0 => value,
        _ => return Err(format!("{value:?} is no positive whole number")),
    };
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    let unit_millis = match singular {
        "minute" => MINUTE_MILLIS,
        "hour" => 60 * MINUTE_MILLIS,
        "day" => 24 * 60 * MINUTE_MILLIS,
        _ => {
            return Err(format!(
                "the unit {unit:?} is none of minutes, hours and days"
            ));
        }
    };
    // The Scheduler's documentation names both forms and asks for neither.
    if dialect == Dialect::Rule && (value == 1) != (unit == singular) {
        return Err(match value {
            1 => format!("with 1 the unit is singular: rate(1 {singular})"),
            _ => format!("with {value} the unit is plural: rate({value} {singular}s)"),
        });
    }
    let every_millis = value
        .checked_mul(unit_millis)
        // So that a sum of an instant and an interval stays within the calendar.
        .filter(|millis| *millis <= 1000 * 366 * 24 * 60 * MINUTE_MILLIS)
        .ok_or_else(|| format!("{value} {unit} are more than a thousand years"))?;
    Ok(Kind::Rate {
        every_millis,
        at_once: dialect == Dialect::Scheduler,
    })
}

fn at(inner: &str) -> Result<DateTime, String> {
    let has_form = inner.len() == 19
        && inner
            .bytes()
            .zip(*b"dddd-dd-ddTdd:dd:dd")
            .all(|(byte, form)| match form {
                b'd' => byte.is_ascii_digit(),
                form => byte == form,
            });
    if !has_form {
        return Err(format!("{inner:?} is not of the form yyyy-mm-ddThh:mm:ss"));
    }
    // A leap second is no time of a schedule.
    let seconds = inner.get(17..).unwrap_or_default();
    match inner.parse() {
        Ok(local) if seconds < "60" => Ok(local),
        _ => Err(format!("there is no date and time {inner}")),
    }
}
