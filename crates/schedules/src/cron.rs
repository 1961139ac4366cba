//! The six fields of `cron(…)`: minutes, hours, day of the month, month, day of the week, year.

mod parse;

use jiff::civil::{Date, DateTime};

/// Years that a cron expression can name.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;
const YEAR_WORDS: usize = 4;

/// Local times at full minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    /// Bit sets.
    minutes: u64,
    hours: u32,
    /// Bit 1 is January.
    months: u16,
    /// Bit 0 is 1970.
    years: [u64; YEAR_WORDS],
    days: Days,
}

/// One of the two day fields; the other one is `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    OfMonth(Vec<DayOfMonth>),
    OfWeek(Vec<DayOfWeek>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayOfMonth {
    /// Bit 1 is the first.
    Set(u32),
    /// `L`, `L-3`: so many days before the last one.
    BeforeLast(i8),
    /// `15W`: the day from Monday to Friday that is nearest and in the same month.
    NearestWeekday(i8),
    /// `LW`
    LastWeekday,
}

/// Days are 1 (Sunday) to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayOfWeek {
    Set(u8),
    /// `6L`: the last Friday of the month.
    Last(i8),
    /// `6#3`: the third Friday of the month.
    Nth {
        day: i8,
        nth: i8,
    },
}

impl Cron {
    /// The first local time that is not before `from`. It looks at some 2,800 months at most.
    pub fn at_or_after(&self, from: DateTime) -> Option<DateTime> {
        let from_date = from.date();
        for year in from_date.year().max(*YEARS.start())..=*YEARS.end() {
            if !self.has_year(year) {
                continue;
            }
            for month in 1..=12 {
                if (year, month) < (from_date.year(), from_date.month())
                    || self.months & (1 << month) == 0
                {
                    continue;
                }
                let mut days = self.days.of(year, month);
                while days != 0 {
                    let day = days.trailing_zeros();
                    days &= days - 1;
                    let date = Date::new(year, month, i8::try_from(day).ok()?).ok()?;
                    if date < from_date {
                        continue;
                    }
                    let earliest = if date == from_date {
                        from.time()
                    } else {
                        Default::default()
                    };
                    if let Some(time) = self.time_at_or_after(earliest) {
                        return Some(date.to_datetime(time));
                    }
                }
            }
        }
        None
    }

    fn time_at_or_after(&self, from: jiff::civil::Time) -> Option<jiff::civil::Time> {
        // The next full minute, as a number of the day.
        let whole = from.second() == 0 && from.subsec_nanosecond() == 0;
        let from = i16::from(from.hour()) * 60 + i16::from(from.minute()) + i16::from(!whole);
        for hour in from / 60..24 {
            if self.hours & (1 << hour) == 0 {
                continue;
            }
            let minute = if hour == from / 60 { from % 60 } else { 0 };
            let minutes = self.minutes >> minute << minute;
            if minutes != 0 {
                let minute = i8::try_from(minutes.trailing_zeros()).ok()?;
                return jiff::civil::Time::new(i8::try_from(hour).ok()?, minute, 0, 0).ok();
            }
        }
        None
    }

    fn has_year(&self, year: i16) -> bool {
        let bit = usize::from((year - YEARS.start()).unsigned_abs());
        self.years
            .get(bit / 64)
            .is_some_and(|word| word & (1 << (bit % 64)) != 0)
    }
}

impl Days {
    /// A bit for each day of the month that is meant; bit 1 is the first.
    fn of(&self, year: i16, month: i8) -> u32 {
        let Ok(first) = Date::new(year, month, 1) else {
            return 0;
        };
        let length = first.days_in_month();
        // Of the first: 0 is Sunday.
        let first_weekday = first.weekday().to_sunday_zero_offset();
        let weekday = |day: i8| (first_weekday + day - 1) % 7 + 1;
        let within = |day: i8| {
            if (1..=length).contains(&day) {
                1u32 << day
            } else {
                0
            }
        };
        let bits = match self {
            Days::OfMonth(items) => items.iter().fold(0, |bits, item| {
                bits | match *item {
                    DayOfMonth::Set(set) => set,
                    DayOfMonth::BeforeLast(days) => within(length - days),
                    DayOfMonth::NearestWeekday(day) if day <= length => {
                        within(nearest_weekday(day, weekday(day), length))
                    }
                    DayOfMonth::NearestWeekday(_) => 0,
                    DayOfMonth::LastWeekday => {
                        within(nearest_weekday(length, weekday(length), length))
                    }
                }
            }),
            Days::OfWeek(items) => (1..=length).fold(0, |bits, day| {
                let is_meant = items.iter().any(|item| match *item {
                    DayOfWeek::Set(set) => set & (1 << weekday(day)) != 0,
                    DayOfWeek::Last(last) => weekday(day) == last && day + 7 > length,
                    DayOfWeek::Nth { day: nth_day, nth } => {
                        weekday(day) == nth_day && (day - 1) / 7 + 1 == nth
                    }
                });
                bits | u32::from(is_meant) << day
            }),
        };
        // The days that this month has.
        bits & (((1u64 << (length + 1)) - 2) as u32)
    }
}

/// The day from Monday to Friday nearest to a day, without leaving the month.
fn nearest_weekday(day: i8, weekday: i8, length: i8) -> i8 {
    match weekday {
        7 if day == 1 => 3,
        7 => day - 1,
        1 if day == length => day - 2,
        1 => day + 1,
        _ => day,
    }
}
