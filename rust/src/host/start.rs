//! When this process began.

use std::sync::OnceLock;

use rustix::time::{ClockId, clock_gettime};

use super::files;

static START: OnceLock<(i64, i64)> = OnceLock::new();

/// Seconds since 1970 and nanoseconds, at least: up to two hundredths of a second early rather than late. A forked process began
/// when the one did that it was forked from, if that has asked before.
pub fn time() -> (i64, i64) {
    *START.get_or_init(|| now_less(age().unwrap_or(0)))
}

/// The process's age in ticks of the kernel, from `/proc/self/stat`.
fn age() -> Option<i64> {
    let stat = files::read_small(c"/proc/self/stat").ok()?;
    // The name, in parentheses, may have blanks and parentheses inside. The start is the 20th field behind it.
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let field = std::str::from_utf8(&stat[end + 1..]).ok()?.split_ascii_whitespace().nth(19)?;
    let since_boot = clock_gettime(ClockId::Boottime);
    let ticks = since_boot.tv_sec.checked_mul(TICKS)? + since_boot.tv_nsec / (1_000_000_000 / TICKS);
    ticks.checked_sub(field.parse().ok()?)
}

/// The kernel's ticks a second, as it shows them: the same on every Linux.
const TICKS: i64 = 100;

fn now_less(ticks: i64) -> (i64, i64) {
    let now = clock_gettime(ClockId::Realtime);
    let nanoseconds = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
        - i128::from(ticks + 1) * (1_000_000_000 / i128::from(TICKS));
    ((nanoseconds / 1_000_000_000) as i64, (nanoseconds % 1_000_000_000) as i64)
}
