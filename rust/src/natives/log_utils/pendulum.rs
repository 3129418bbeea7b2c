//! The names that SkyPilot's functions look up in pendulum, and pendulum's functions from there on.
//!
//! pendulum's top module has functions with the names of other modules of it: these are reached through functions' globals.

use crate::guards::{Guard, Handle, libraries};

/// The class `datetime.datetime`, whose `now` is the clock.
pub static DATETIME: Handle = Handle::new();
/// pendulum's time zone UTC.
pub static UTC: Handle = Handle::new();
/// The class of pendulum's time zones.
pub static TIMEZONE: Handle = Handle::new();
/// The local time zone, once pendulum has looked for it.
pub static LOCAL: Handle = Handle::new();
/// The local time zone that was set for a test.
pub static MOCKED: Handle = Handle::new();

/// For the time between two moments in words, in pendulum 3.1 to 3.3.
pub const PENDULUM: &[Guard] = &[
    // Moments from timestamps.
    Guard::builtin("__import__"),
    Guard::function("pendulum.from_timestamp", "pendulum"),
    Guard::table(
        "pendulum.from_timestamp.__defaults__",
        "d404cc61fa1a7d6b72eedb9c7331c5b69790ac328955ecf77e74cc34014e146b",
    ),
    Guard::c_class("pendulum._datetime.datetime", "datetime.datetime"),
    Guard::table("pendulum.UTC", "cba18c9633a899ab97f72371c16915290f504edc07296b1bee74f7b0d749eecf").kept_as(&UTC),
    Guard::function("pendulum.datetime", "pendulum"),
    Guard::table("pendulum.datetime.__defaults__", "8e760e5db6780e735dd1528f5f6c69f096dce8743a2a7695bcc17445052a302f"),
    Guard::class("pendulum.DateTime", "pendulum.datetime", "DateTime"),
    Guard::class("pendulum.Timezone", "pendulum.tz.timezone", "Timezone").kept_as(&TIMEZONE),
    Guard::class("pendulum.FixedTimezone", "pendulum.tz.timezone", "FixedTimezone"),
    Guard::function("pendulum._safe_timezone", "pendulum"),
    Guard::builtin("pendulum._safe_timezone.@.isinstance"),
    Guard::function("pendulum.Timezone.__eq__", "pendulum.tz.timezone"),
    Guard::function("pendulum.Timezone.convert", "pendulum.tz.timezone"),
    Guard::function("pendulum.Timezone.convert.@.cast", "typing"),
    // The module of `DateTime`, and that of the local time zone.
    Guard::function("pendulum.DateTime.astimezone", "pendulum.datetime"),
    Guard::function("pendulum.DateTime.create", "pendulum.datetime"),
    Guard::function("pendulum.DateTime.diff", "pendulum.datetime"),
    Guard::function("pendulum.DateTime.diff_for_humans", "pendulum.datetime"),
    Guard::function("pendulum.DateTime.in_timezone", "pendulum.datetime"),
    Guard::function("pendulum.DateTime.now", "pendulum.datetime"),
    Guard::function("pendulum.DateTime.timezone", "pendulum.datetime"),
    Guard::function("pendulum.DateTime.tz", "pendulum.datetime"),
    Guard::table(
        "pendulum.DateTime.diff.__defaults__",
        "28f9df4c651bfcb0dce6ac0265d6d2eaf3daa68d967ae899ce2f9f7af77de6be",
    ),
    Guard::table(
        "pendulum.DateTime.diff_for_humans.__defaults__",
        "53325f0ce7c33b7c4b9d28aab9bf92fc7362c2ffa0410f26f51c8d65ac8e7076",
    ),
    Guard::table(
        "pendulum.DateTime.now.__defaults__",
        "e5dea42d9c1eb60a9524130c49345e60e7b5b8e8d4ef3cd59271eb1b7bde2a7e",
    ),
    Guard::builtin("pendulum.DateTime.diff.@.isinstance"),
    Guard::builtin("pendulum.DateTime.diff.@.super"),
    Guard::c_class("pendulum.DateTime.diff.@.datetime.datetime", "datetime.datetime").kept_as(&DATETIME),
    Guard::table("pendulum.DateTime.diff.@.UTC", "cba18c9633a899ab97f72371c16915290f504edc07296b1bee74f7b0d749eecf"),
    Guard::class("pendulum.DateTime.diff.@.Timezone", "pendulum.tz.timezone", "Timezone"),
    Guard::class("pendulum.DateTime.diff.@.FixedTimezone", "pendulum.tz.timezone", "FixedTimezone"),
    Guard::function("pendulum.DateTime.diff.@.local_timezone", "pendulum.tz"),
    Guard::function("pendulum.DateTime.diff.@.local_timezone.@.get_local_timezone", "pendulum.tz.local_timezone"),
    Guard::anything("pendulum.DateTime.diff.@.local_timezone.@.get_local_timezone.@._local_timezone").kept_as(&LOCAL),
    Guard::anything("pendulum.DateTime.diff.@.local_timezone.@.get_local_timezone.@._mock_local_timezone")
        .kept_as(&MOCKED),
    // Intervals.
    Guard::class("pendulum.DateTime.diff.@.Interval", "pendulum.interval", "Interval"),
    Guard::function("pendulum.DateTime.diff.@.Interval.__new__", "pendulum.interval"),
    Guard::function("pendulum.DateTime.diff.@.Interval.__init__", "pendulum.interval"),
    Guard::function("pendulum.DateTime.diff.@.Interval.hours", "pendulum.interval"),
    Guard::function("pendulum.DateTime.diff.@.Interval.in_words", "pendulum.interval"),
    Guard::function("pendulum.DateTime.diff.@.Interval.minutes", "pendulum.interval"),
    Guard::function("pendulum.DateTime.diff.@.Interval.months", "pendulum.interval"),
    Guard::function("pendulum.DateTime.diff.@.Interval.remaining_days", "pendulum.interval"),
    Guard::function("pendulum.DateTime.diff.@.Interval.weeks", "pendulum.interval"),
    Guard::function("pendulum.DateTime.diff.@.Interval.years", "pendulum.interval"),
    Guard::function("pendulum.DateTime.diff.@.Interval._sign", "pendulum.duration"),
    Guard::function("pendulum.DateTime.diff.@.Interval.in_seconds", "pendulum.duration"),
    Guard::function("pendulum.DateTime.diff.@.Interval.invert", "pendulum.duration"),
    Guard::function("pendulum.DateTime.diff.@.Interval.microseconds", "pendulum.duration"),
    Guard::function("pendulum.DateTime.diff.@.Interval.remaining_seconds", "pendulum.duration"),
    Guard::table(
        "pendulum.DateTime.diff.@.Interval.in_words.__defaults__",
        "7a33a5dc9df1f343e38d5ff7a71d6facc44ade59394522a927cf42931dc5e08c",
    ),
    Guard::builtin("pendulum.DateTime.diff.@.Interval.in_words.@.abs"),
    Guard::builtin("pendulum.DateTime.diff.@.Interval.in_words.@.isinstance"),
    Guard::builtin("pendulum.DateTime.diff.@.Interval.in_words.@.super"),
    Guard::c_class("pendulum.DateTime.diff.@.Interval.in_words.@.date", "datetime.date"),
    Guard::c_class("pendulum.DateTime.diff.@.Interval.in_words.@.datetime", "datetime.datetime"),
    Guard::function("pendulum.DateTime.diff.@.Interval.in_words.@.cast", "typing"),
    Guard::c_function("pendulum.DateTime.diff.@.Interval.in_words.@.precise_diff", &["pendulum._pendulum"]),
    Guard::class("pendulum.DateTime.diff.@.Interval.in_words.@.pendulum.Date", "pendulum.date", "Date"),
    Guard::class("pendulum.DateTime.diff.@.Interval.in_words.@.pendulum.DateTime", "pendulum.datetime", "DateTime"),
    Guard::class("pendulum.DateTime.diff.@.Interval.in_words.@.Duration", "pendulum.duration", "Duration"),
    Guard::function("pendulum.DateTime.diff.@.Interval.in_words.@.Duration.__new__", "pendulum.duration"),
    Guard::table(
        "pendulum.DateTime.diff.@.Interval.in_words.@.Duration.__new__.__defaults__",
        "1cbba0d8184f339806b4f05a0720cebc0c22c8e51a9f516364bd68fe3eecc1c2",
    ),
    Guard::builtin("pendulum.Duration.in_words.@.abs"),
    Guard::builtin("pendulum.Duration.in_words.@.int"),
    Guard::builtin("pendulum.Duration.in_words.@.isinstance"),
    Guard::builtin("pendulum.Duration.in_words.@.round"),
    Guard::c_class("pendulum.Duration.in_words.@.timedelta", "datetime.timedelta"),
    Guard::number("pendulum.Duration.in_words.@.SECONDS_PER_DAY", 86_400),
    // Words.
    Guard::function("pendulum.DateTime.diff.@.Interval.in_words.@.pendulum.get_locale", "pendulum.helpers"),
    Guard::function("pendulum.DateTime.diff.@.pendulum.format_diff", "pendulum.helpers"),
    Guard::function("pendulum.format_diff.@.get_locale", "pendulum.helpers"),
    Guard::one_of("pendulum.format_diff.@.pendulum._LOCALE", &["en"]),
    Guard::class(
        "pendulum.formatting.difference_formatter.DifferenceFormatter",
        "pendulum.formatting.difference_formatter",
        "DifferenceFormatter",
    )
    .once_there(),
    Guard::function(
        "pendulum.formatting.difference_formatter.DifferenceFormatter.format",
        "pendulum.formatting.difference_formatter",
    ),
    Guard::function("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.t.cast", "typing"),
    Guard::number("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.DAYS_IN_NEARLY_A_MONTH", 27),
    Guard::number("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.DAYS_OF_WEEK", 7),
    Guard::number(
        "pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.DAYS_THRESHOLD_FOR_HALF_MONTH",
        15,
    ),
    Guard::number(
        "pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.DAYS_THRESHOLD_FOR_HALF_WEEK",
        3,
    ),
    Guard::number("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.FEW_SECONDS_MAX", 10),
    Guard::number("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.HOURS_IN_NEARLY_A_DAY", 22),
    Guard::number("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.MONTHS_IN_NEARLY_A_YEAR", 11),
    Guard::number(
        "pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.MONTHS_THRESHOLD_FOR_HALF_YEAR",
        6,
    ),
    Guard::number("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.SECONDS_OF_MINUTE", 60),
    Guard::one_of("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.KEY_AFTER", &[".after"]),
    Guard::one_of("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.KEY_BEFORE", &[".before"]),
    Guard::one_of("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.KEY_FUTURE", &[".future"]),
    Guard::one_of("pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.KEY_PAST", &[".past"]),
    Guard::class(
        "pendulum.formatting.difference_formatter.DifferenceFormatter.format.@.Locale",
        "pendulum.locales.locale",
        "Locale",
    ),
    Guard::class("pendulum.locales.locale.Locale", "pendulum.locales.locale", "Locale"),
    Guard::class("pendulum.locales.locale.Locale.get.@.Locale", "pendulum.locales.locale", "Locale"),
    Guard::function("pendulum.locales.locale.Locale.get", "pendulum.locales.locale"),
    Guard::function("pendulum.locales.locale.Locale.load", "pendulum.locales.locale"),
    Guard::function("pendulum.locales.locale.Locale.normalize_locale", "pendulum.locales.locale"),
    Guard::function("pendulum.locales.locale.Locale.plural", "pendulum.locales.locale"),
    Guard::function("pendulum.locales.locale.Locale.translation", "pendulum.locales.locale"),
    Guard::table(
        "pendulum.locales.locale.Locale.get.__defaults__",
        "e5dea42d9c1eb60a9524130c49345e60e7b5b8e8d4ef3cd59271eb1b7bde2a7e",
    ),
    Guard::builtin("pendulum.locales.locale.Locale.get.@.isinstance"),
    Guard::function("pendulum.locales.locale.Locale.get.@.cast", "typing"),
    Guard::function("pendulum.locales.locale.Locale.get.@.re.fullmatch", "re"),
    Guard::function("pendulum.locales.locale.Locale.get.@.re.match", "re"),
    Guard::locale("pendulum.locales.locale.Locale", "3c9795a3a4b435f0db06b140ca2cce62b85d41264d7a0d1bf0c31a491f5b8c6a"),
    // The release.
    Guard::library("pendulum", &libraries::PENDULUM),
    Guard::library("pendulum.DateTime.diff.@.pendulum", &libraries::PENDULUM),
    Guard::library("pendulum.format_diff.@.pendulum", &libraries::PENDULUM),
    Guard::library("pendulum.DateTime.diff.@.Interval.in_words.@.pendulum", &libraries::PENDULUM),
];
