//! Dates with times, and the time between two: read where they lie in memory.

use pyo3::ffi;
use pyo3::types::PyAnyMethods;

use super::Object;
use super::class::{c_name, is_on_heap};

/// The fields of a `datetime`, whatever its time zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fields {
    /// 1 to 9999
    pub year: i32,
    /// 1 to 12
    pub month: i32,
    /// 1 to 31
    pub day: i32,
    /// 0 to 23
    pub hour: i32,
    /// 0 to 59
    pub minute: i32,
    /// 0 to 59
    pub second: i32,
    /// 0 to 999,999
    pub microsecond: i32,
}

/// The fields of an exact `datetime.datetime`, unless it is one of an hour that a clock shows for the second time.
pub fn fields(object: &Object<'_>) -> Option<Fields> {
    if !is_exact(object, b"datetime.datetime") {
        return None;
    }
    let datetime = object.as_ptr();
    // SAFETY: an exact datetime, which we hold, and whose struct these read.
    unsafe {
        (ffi::PyDateTime_DATE_GET_FOLD(datetime) == 0).then(|| Fields {
            year: ffi::PyDateTime_GET_YEAR(datetime),
            month: ffi::PyDateTime_GET_MONTH(datetime),
            day: ffi::PyDateTime_GET_DAY(datetime),
            hour: ffi::PyDateTime_DATE_GET_HOUR(datetime),
            minute: ffi::PyDateTime_DATE_GET_MINUTE(datetime),
            second: ffi::PyDateTime_DATE_GET_SECOND(datetime),
            microsecond: ffi::PyDateTime_DATE_GET_MICROSECOND(datetime),
        })
    }
}

/// The seconds of an exact `datetime.timedelta` that has no fraction of one.
pub fn whole_seconds(object: &Object<'_>) -> Option<i64> {
    if !is_exact(object, b"datetime.timedelta") {
        return None;
    }
    let delta = object.as_ptr();
    // SAFETY: an exact timedelta, which we hold, and whose struct these read.
    let (days, seconds, microseconds) = unsafe {
        (
            ffi::PyDateTime_DELTA_GET_DAYS(delta),
            ffi::PyDateTime_DELTA_GET_SECONDS(delta),
            ffi::PyDateTime_DELTA_GET_MICROSECONDS(delta),
        )
    };
    (microseconds == 0).then_some(i64::from(days) * 86_400 + i64::from(seconds))
}

/// Whether the object's class is CPython's own static class of that name, which no class made in Python is.
fn is_exact(object: &Object<'_>, name: &[u8]) -> bool {
    let class = object.get_type();
    c_name(&class) == name && !is_on_heap(&class)
}
