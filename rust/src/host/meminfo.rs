//! The machine's memory, from `/proc/meminfo`, which containers virtualise and `sysinfo(2)` does not.

use std::ffi::CStr;

use super::files;

/// Where the kernel, or a container's stand-in for it, says so.
pub const PATH: &CStr = c"/proc/meminfo";

/// The fields that psutil wants; without one of them it warns, or works out another.
const WANTED: [&[u8]; 8] =
    [b"MemTotal", b"MemFree", b"Buffers", b"Cached", b"Shmem", b"Active", b"Inactive", b"MemAvailable"];

/// The total in bytes. `None` where the file can't be read, or isn't what psutil reads without a word.
pub fn total() -> Option<u64> {
    let bytes = files::read_small(PATH).ok()?;
    let mut values = [None; WANTED.len()];
    for line in bytes.strip_suffix(b"\n")?.split(|&byte| byte == b'\n') {
        let (name, value) = field(line)?;
        if let Some(at) = WANTED.iter().position(|wanted| *wanted == name) {
            values[at] = Some(value.checked_mul(1024)?);
        }
    }
    let [total, .., available] = values;
    let all_there = values.iter().all(Option::is_some) && available != Some(0);
    total.filter(|_| all_there)
}

/// `name:   number kB`, or without a unit.
fn field(line: &[u8]) -> Option<(&[u8], u64)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let blanks = value.iter().take_while(|&&byte| byte == b' ').count();
    let digits = value[blanks..].strip_suffix(b" kB").unwrap_or(&value[blanks..]);
    let is_plain = name.iter().all(|byte| byte.is_ascii_graphic()) && !digits.is_empty();
    digits
        .iter()
        .try_fold(0_u64, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
            number.checked_mul(10)?.checked_add(digit)
        })
        .filter(|_| is_plain)
        .map(|number| (name, number))
}
