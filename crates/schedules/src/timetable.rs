//! When a schedule is due.

use crate::expression::Kind;
use crate::{Expression, Zone};

/// An expression with what it needs to become instants. All instants are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct Timetable {
    pub expression: Expression,
    pub zone: Zone,
    /// Nothing is due before. A rate begins here.
    pub start_millis: Option<i64>,
    /// Nothing is due later.
    pub end_millis: Option<i64>,
    /// When the schedule was made: where a rate without start begins.
    pub created_millis: i64,
}

impl Timetable {
    /// The first instant later than `millis` that something is due at. None: there is none any more.
    ///
    /// - A cron expression means what clocks of the zone show. A time that they skip when they are put forward is left
    ///   out, and one that they show twice when they are put back is due once, the first time. This is how AWS
    ///   documents the Scheduler ("Daylight savings time" in "Schedule types").
    /// - `at` of a time that clocks skip is as much later as they are put forward, and of a time that they show twice the
    ///   first of them. AWS does not document this; a task that is to run once is not lost. It knows neither start nor end.
    /// - A rate counts time that passes: a day is 24 hours whatever clocks show. The Scheduler's begins at its start, or when
    ///   it is created ("your schedule starts invoking its target immediately"), a rule's one interval after it was created.
    pub fn next_after(&self, millis: i64) -> Option<i64> {
        let not_before = match self.start_millis {
            Some(start) => millis.saturating_add(1).max(start),
            None => millis.saturating_add(1),
        };
        let next = match &self.expression.0 {
            Kind::At(local) => {
                return self
                    .zone
                    .instant(*local)
                    .map(|instant| instant.millis)
                    .filter(|at| *at > millis);
            }
            Kind::Rate {
                every_millis,
                at_once,
            } => {
                let begin = self.start_millis.unwrap_or(self.created_millis);
                let first = if *at_once {
                    begin
                } else {
                    begin.checked_add(*every_millis)?
                };
                let passed = not_before.saturating_sub(first).max(0);
                let times = passed / every_millis + i64::from(passed % every_millis != 0);
                first.checked_add(times.checked_mul(*every_millis)?)?
            }
            Kind::Cron(cron) => {
                let mut local = self.zone.local(not_before)?;
                loop {
                    local = cron.at_or_after(local)?;
                    let instant = self.zone.instant(local)?;
                    // In the second of two equal hours the clock shows times that have been due already.
                    if !instant.skipped && instant.millis >= not_before {
                        break instant.millis;
                    }
                    local = local.checked_add(jiff::Span::new().minutes(1)).ok()?;
                }
            }
        };
        (self.end_millis.is_none_or(|end| next <= end)).then_some(next)
    }

    /// All instants later than `after` and not later than `until`, in order.
    pub fn between(&self, after: i64, until: i64) -> impl Iterator<Item = i64> + '_ {
        std::iter::successors(self.next_after(after), |due| self.next_after(*due))
            .take_while(move |due| *due <= until)
    }
}

/// How long after an occurrence a schedule with a flexible window runs: less than the window, and always the same of the
/// same schedule and occurrence, so that a server that was started again does not run it twice.
///
/// `schedule` is what names it, its ARN.
pub fn flexible_delay_millis(schedule: &str, occurrence_millis: i64, window_minutes: u32) -> i64 {
    // FNV-1a, mixed once more: neighbouring occurrences should lie far apart.
    let bytes = schedule.bytes().chain(occurrence_millis.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let window_millis = u64::from(window_minutes) * 60_000;
    let delay = ((hash ^ (hash >> 32)) >> 20)
        .checked_rem(window_millis)
        .unwrap_or(0);
    i64::try_from(delay).unwrap_or(0)
}

#[cfg(test)]
mod tests;
