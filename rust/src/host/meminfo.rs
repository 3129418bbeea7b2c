//! The machine's memory, from `/proc/meminfo`: psutil reads it too, and containers virtualise it, unlike `sysinfo(2)`.

use std::ffi::CStr;

use super::files;

/// The file in which the kernel, or a container's stand-in for it, says how much memory there is.
pub const PATH: &CStr = c"/proc/meminfo";

/// The fields that psutil reads. Where one is missing, psutil warns or estimates it.
const WANTED: [&[u8]; 8] =
    [b"MemTotal", b"MemFree", b"Buffers", b"Cached", b"Shmem", b"Active", b"Inactive", b"MemAvailable"];

/// The total in bytes. `None` where the file can't be read, or has content that psutil may warn about.
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

/// The name and the number of a line `name:   number kB`; the unit may be missing.
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
