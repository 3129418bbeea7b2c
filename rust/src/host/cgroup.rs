//! The limits of the control group, v1 or v2, as SkyPilot reads them. A file with content that no kernel writes is
//! `Unclear`: the native declines.

use std::ffi::CStr;

use rustix::io::Errno;

use super::files;

/// A control group file has content that no kernel writes.
#[derive(Debug)]
pub struct Unclear;

impl std::error::Error for Unclear {}

impl std::fmt::Display for Unclear {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("a control group file says something that no kernel writes")
    }
}

/// A limit, and the files that it is read from.
pub struct Limit<T> {
    /// The files that the original opens, in order, up to the one after which it opens no more.
    pub files: &'static [&'static CStr],
    /// The limit; `None` where there is none, or one of the files can't be read.
    pub value: Option<T>,
}

fn is_v2() -> bool {
    files::stat(b"/sys/fs/cgroup/cgroup.controllers").is_ok_and(|stat| files::is_regular(&stat))
}

/// The CPU limit in cores, rounded down.
pub fn cpu_limit() -> Result<Limit<i64>, Unclear> {
    const V1: &[&CStr] = &[c"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", c"/sys/fs/cgroup/cpu/cpu.cfs_period_us"];
    const V2: &[&CStr] = &[c"/sys/fs/cgroup/cpu.max"];
    if is_v2() {
        let Some(text) = read(V2[0])? else { return Ok(Limit { files: V2, value: None }) };
        let (quota, period) = text.split_once(' ').ok_or(Unclear)?;
        let value = if quota == "max" { None } else { Some(cores(number(quota)?, number(period)?)?) };
        return Ok(Limit { files: V2, value });
    }
    let Some(quota) = read(V1[0])? else { return Ok(Limit { files: &V1[..1], value: None }) };
    if quota == "-1" {
        // There is no limit, so the period isn't looked at.
        return Ok(Limit { files: V1, value: None });
    }
    let Some(period) = read(V1[1])? else { return Ok(Limit { files: V1, value: None }) };
    Ok(Limit { files: V1, value: Some(cores(number(&quota)?, number(&period)?)?) })
}

/// The memory limit in bytes.
pub fn memory_limit() -> Result<Limit<u64>, Unclear> {
    const V1: &[&CStr] = &[c"/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    const V2: &[&CStr] = &[c"/sys/fs/cgroup/memory.max"];
    let files = if is_v2() { V2 } else { V1 };
    let value = match read(files[0])?.as_deref() {
        None | Some("max" | "") => None,
        Some(text) => Some(number(text)?).filter(|&limit| limit > 0),
    };
    Ok(Limit { files, value })
}

fn cores(quota: u64, period: u64) -> Result<i64, Unclear> {
    if quota == 0 || period == 0 {
        return Err(Unclear);
    }
    Ok((quota as f64 / period as f64) as i64)
}

/// The text, without the newline at its end; `None` if the file can't be read.
fn read(path: &CStr) -> Result<Option<String>, Unclear> {
    let bytes = match files::read_small(path) {
        Ok(bytes) => bytes,
        Err(Errno::NOMEM) => return Err(Unclear), // the original would not take it for a file that can't be read
        Err(_) => return Ok(None),
    };
    let text = String::from_utf8(bytes).ok().filter(|text| text.is_ascii()).ok_or(Unclear)?;
    Ok(Some(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
}

/// The number in plain decimal digits. `int` and `float` would take more (signs, underscores, blanks): that is
/// `Unclear`.
fn number(text: &str) -> Result<u64, Unclear> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unclear);
    }
    text.parse().map_err(|_| Unclear)
}
