//! The machine's memory, from `/proc/meminfo`, which containers virtualise and `sysinfo(2)` does not.

use std::ffi::CStr;

use super::files;

/// Where the kernel, or a container's stand-in for it, says so.
pub const PATH: &CStr = c"/proc/meminfo";

/// The fields that psutil wants; without one of them it warns, or works out another.
const WANTED: [&str; 8] = ["MemTotal", "MemFree", "Buffers", "Cached", "Shmem", "Active", "Inactive", "MemAvailable"];

/// The total in bytes. `None` where the file can't be read, or isn't what psutil reads without a word.
pub fn total() -> Option<u64> {
    let bytes = files::read_small(PATH).ok()?;
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.is_ascii())?;
    let mut values = [None; WANTED.len()];
    for line in text.lines() {
        let (name, value) = line.split_once(':')?;
        let value = value.trim_start_matches(' ');
        let digits = value.strip_suffix(" kB").unwrap_or(value);
        if name.contains([' ', '\t']) || digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if let Some(at) = WANTED.iter().position(|wanted| *wanted == name) {
            values[at] = Some(digits.parse::<u64>().ok()?.checked_mul(1024)?);
        }
    }
    let [total, .., available] = values;
    let all_there = values.iter().all(Option::is_some) && available != Some(0);
    total.filter(|_| all_there)
}
