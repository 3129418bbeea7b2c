//! The limits of the control group, v1 or v2, as SkyPilot reads them. `Unclear` where a file doesn't say what such files
//! say: the original judges that.

use std::ffi::CStr;

use super::files;

/// The file says something that no kernel writes.
pub struct Unclear;

type Limit<T, E> = Result<Option<T>, E>;

fn is_v2() -> bool {
    files::stat(b"/sys/fs/cgroup/cgroup.controllers").is_ok_and(|stat| files::is_regular(&stat))
}

/// Asked before a file is opened: whether it may be (false: as if it couldn't be), or an error that ends all.
pub trait Ask<E>: FnMut(&CStr) -> Result<bool, E> {}
impl<E, F: FnMut(&CStr) -> Result<bool, E>> Ask<E> for F {}

/// The CPU limit in cores, rounded down; `None` without a limit, or where its file can't be read.
pub fn cpu_limit<E: From<Unclear>>(mut ask: impl Ask<E>) -> Limit<i64, E> {
    if is_v2() {
        let Some(text) = read(c"/sys/fs/cgroup/cpu.max", &mut ask)? else {
            return Ok(None);
        };
        let (quota, period) = text.split_once(' ').ok_or(Unclear)?;
        return if quota == "max" { Ok(None) } else { Ok(Some(cores(number(quota)?, number(period)?)?)) };
    }
    let Some(quota) = read(c"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", &mut ask)? else {
        return Ok(None);
    };
    let period = c"/sys/fs/cgroup/cpu/cpu.cfs_period_us";
    if quota == "-1" {
        // Whatever the period is, there is no limit.
        return ask(period).map(|_| None);
    }
    let Some(period) = read(period, &mut ask)? else {
        return Ok(None);
    };
    Ok(Some(cores(number(&quota)?, number(&period)?)?))
}

/// The memory limit in bytes; `None` without a limit, or where its file can't be read.
pub fn memory_limit<E: From<Unclear>>(mut ask: impl Ask<E>) -> Limit<u64, E> {
    let path = if is_v2() { c"/sys/fs/cgroup/memory.max" } else { c"/sys/fs/cgroup/memory/memory.limit_in_bytes" };
    match read(path, &mut ask)?.as_deref() {
        None | Some("max" | "") => Ok(None),
        Some(text) => Ok(Some(number(text)?).filter(|&limit| limit > 0)),
    }
}

fn cores(quota: u64, period: u64) -> Result<i64, Unclear> {
    if quota == 0 || period == 0 {
        return Err(Unclear);
    }
    Ok((quota as f64 / period as f64) as i64)
}

/// The text, without the newline at its end; `None` if the file can't be read.
fn read<E: From<Unclear>>(path: &CStr, ask: &mut impl Ask<E>) -> Limit<String, E> {
    if !ask(path)? {
        return Ok(None);
    }
    let Ok(bytes) = files::read_small(path) else { return Ok(None) };
    let text = String::from_utf8(bytes).ok().filter(|text| text.is_ascii()).ok_or(Unclear)?;
    Ok(Some(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
}

/// Plain decimal digits: nothing else that `int` or `float` would take.
fn number(text: &str) -> Result<u64, Unclear> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unclear);
    }
    text.parse().map_err(|_| Unclear)
}
