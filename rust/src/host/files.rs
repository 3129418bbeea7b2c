//! Files and directories, with the system calls' own errors.

use std::ffi::CStr;

use rustix::fd::OwnedFd;
use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

/// `stat(path)`, links followed.
pub fn stat(path: &[u8]) -> Result<Stat, Errno> {
    retry(|| rustix::fs::stat(path))
}

/// Whether it is a regular file.
pub fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// Whether it is a directory.
pub fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// Opens a regular file for reading, with its status; `None` for anything else.
///
/// Looks before it opens: to open a FIFO or a terminal is already something that others notice. Should the path become
/// one in between, opening it doesn't wait, and it is closed again.
pub fn open_regular(path: &[u8]) -> Result<Option<(OwnedFd, Stat)>, Errno> {
    if !is_regular(&stat(path)?) {
        return Ok(None);
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = retry(|| rustix::fs::open(path, flags, Mode::empty()))?;
    let stat = rustix::fs::fstat(&file)?;
    Ok(is_regular(&stat).then_some((file, stat)))
}

/// The whole of a small file of the kernel's (below /proc or /sys), whose size nobody knows before it is read.
pub fn read_small(path: &CStr) -> Result<Vec<u8>, Errno> {
    let file = retry(|| rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()))?;
    let mut all = vec![0; 8192];
    let mut length = 0;
    loop {
        if length == all.len() {
            all.resize(all.len() * 2, 0);
        }
        match retry(|| rustix::io::read(&file, &mut all[length..]))? {
            0 => break,
            count => length += count,
        }
    }
    all.truncate(length);
    Ok(all)
}

/// How many entries a directory has, `.` and `..` left out.
pub fn count_entries(path: &[u8]) -> Result<usize, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY | OFlags::NONBLOCK;
    let directory = retry(|| rustix::fs::open(path, flags, Mode::empty()))?;
    let mut entries = rustix::fs::Dir::new(directory)?;
    let mut count = 0;
    while let Some(entry) = entries.read() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        count += usize::from(name != b"." && name != b"..");
    }
    Ok(count)
}

fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}
