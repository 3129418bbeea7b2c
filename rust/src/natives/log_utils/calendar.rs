//! Moments by the calendar, and the time between two of them as pendulum's compiled part counts it.

use crate::cpython::datetime::Fields;

/// The microseconds of a second.
pub const SECOND: i64 = 1_000_000;

/// The microseconds of a day.
const DAY: i64 = 86_400 * SECOND;

/// The days of the calendar's cycle of 400 years.
const CYCLE: i64 = 146_097;

/// The days from the first of March of the year 0, at which the years of these calculations begin, to 1970.
const TO_1970: i64 = 719_468;

/// A moment, and what a clock shows then in some time zone.
#[derive(Clone, Copy)]
pub struct Moment {
    /// Microseconds since 1970, in UTC.
    pub instant: i64,
    clock: Fields,
    /// Seconds by which the clock is ahead of UTC.
    offset: i32,
}

/// The time between two moments: in units of the calendar, and in whole seconds.
pub struct Between {
    /// Years
    pub years: i32,
    /// Months beside the years.
    pub months: i32,
    /// Weeks beside the months.
    pub weeks: i32,
    /// Days beside the weeks.
    pub days: i32,
    /// Hours beside the days.
    pub hours: i32,
    /// Minutes beside the hours.
    pub minutes: i32,
    /// All of it.
    pub seconds: i64,
}

impl Moment {
    /// The moment so many microseconds after 1970, by a clock in UTC.
    pub fn in_utc(instant: i64) -> Self {
        let (days, time) = (instant.div_euclid(DAY) + TO_1970, instant.rem_euclid(DAY));
        let (cycle, day) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
        // Of the cycle: a leap day every four years, but for three of the four centuries.
        let year = (day - day / 1460 + day / 36_524 - day / (CYCLE - 1)) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        // Five months from March, August and January on have 153 days.
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
        let second = time / SECOND;
        let clock = Fields {
            year: (year + 400 * cycle) as i32,
            month: month as i32,
            day: day as i32,
            hour: (second / 3600) as i32,
            minute: (second / 60 % 60) as i32,
            second: (second % 60) as i32,
            microsecond: (time % SECOND) as i32,
        };
        Self { instant, clock, offset: 0 }
    }

    /// The moment at which a clock shows this, that is so many seconds ahead of UTC.
    pub fn at(clock: Fields, offset: i32) -> Self {
        let (year, month) =
            if clock.month > 2 { (clock.year, clock.month - 3) } else { (clock.year - 1, clock.month + 9) };
        let (cycle, year) = (i64::from(year.div_euclid(400)), year.rem_euclid(400));
        let day = 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 + clock.day - 1;
        let days = cycle * CYCLE + i64::from(day) - TO_1970;
        let seconds = clock.hour * 3600 + clock.minute * 60 + clock.second - offset;
        Self { instant: days * DAY + i64::from(seconds) * SECOND + i64::from(clock.microsecond), clock, offset }
    }

    /// The clock, set back to UTC. pendulum leaves a day 0 or 32, an hour 24 and a minute 60 as they are.
    fn set_back(&self) -> Fields {
        let mut clock = self.clock;
        if self.offset != 0 {
            clock.hour -= self.offset / 3600;
            clock.minute -= self.offset % 3600 / 60;
            clock.second -= self.offset % 60;
            carry(&mut clock.second, &mut clock.minute, 60);
            carry(&mut clock.minute, &mut clock.hour, 60);
            carry(&mut clock.hour, &mut clock.day, 24);
        }
        clock
    }
}

/// Brings what is below 0 or above the size of the next larger unit into that one.
fn carry(small: &mut i32, large: &mut i32, size: i32) {
    let by = if *small < 0 { -1 } else { i32::from(*small > size) };
    *small -= by * size;
    *large += by;
}

impl Between {
    /// The time from a moment to a later one.
    pub fn of(earlier: &Moment, later: &Moment) -> Self {
        let (mut from, mut to, mut sign) = (earlier.set_back(), later.set_back(), 1);
        if from > to {
            (from, to, sign) = (to, from, -1);
        }
        let (mut years, mut months, mut days) = (to.year - from.year, to.month - from.month, to.day - from.day);
        let (mut hours, mut minutes) = (to.hour - from.hour, to.minute - from.minute);
        let mut seconds = to.second - from.second;
        seconds -= i32::from(to.microsecond < from.microsecond);
        borrow(&mut seconds, &mut minutes, 60);
        borrow(&mut minutes, &mut hours, 60);
        borrow(&mut hours, &mut days, 24);
        if days < 0 {
            let of_last = days_before(&to);
            let more = days_of(to.year, to.month) - of_last;
            if days == more {
                days = 0; // from the last day of a month to that of another: whole months
                months += 1;
            } else if days < more {
                days += of_last.max(from.day);
            } else {
                days += of_last;
            }
            months -= 1;
        }
        borrow(&mut months, &mut years, 12);
        Self {
            years: sign * years,
            months: sign * months,
            weeks: sign * (days / 7),
            days: days.abs() % 7,
            hours: sign * hours,
            minutes: sign * minutes,
            seconds: (later.instant - earlier.instant) / SECOND,
        }
    }
}

/// Fills up what is below 0 with one of the next larger unit.
fn borrow(small: &mut i32, large: &mut i32, size: i32) {
    if *small < 0 {
        *small += size;
        *large -= 1;
    }
}

/// The days of the month before that of `clock`.
fn days_before(clock: &Fields) -> i32 {
    if clock.month == 1 { days_of(clock.year - 1, 12) } else { days_of(clock.year, clock.month - 1) }
}

/// The days of a month.
fn days_of(year: i32, month: i32) -> i32 {
    match month {
        2 => 28 + i32::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
