//! Files and directories, with the system calls' own errors.

use std::ffi::CStr;

use rustix::buffer::spare_capacity;
use rustix::fd::OwnedFd;
use rustix::fs::{Dir, FileType, Mode, OFlags, Stat};
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

/// Opens a regular file for reading, with its status before that; `None` for anything else.
///
/// Looks before it opens: to open a FIFO or a terminal is already something that others notice. Should the path become
/// one in between, who reads at a position (`pread`) or seeks gets an error there, and has taken nothing out of it.
pub fn open_regular(path: &[u8]) -> Result<Option<(OwnedFd, Stat)>, Errno> {
    let stat = stat(path)?;
    if !is_regular(&stat) {
        return Ok(None);
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = retry(|| rustix::fs::open(path, flags, Mode::empty()))?;
    Ok(Some((file, stat)))
}

/// Opens a file of the kernel's (below /proc or /sys) for reading: nobody notices.
pub fn open_kernels(path: &CStr) -> Result<OwnedFd, Errno> {
    retry(|| rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()))
}

/// The whole of a small file of the kernel's, whose size nobody knows before it is read.
pub fn read_small(path: &CStr) -> Result<Vec<u8>, Errno> {
    let file = open_kernels(path)?;
    let mut all = Vec::with_capacity(8192);
    while retry(|| rustix::io::read(&file, spare_capacity(&mut all)))? > 0 {
        all.reserve(1); // more than there was, where that is full
    }
    Ok(all)
}

/// Opens a directory, to count what is in it.
pub fn open_directory(path: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY | OFlags::NONBLOCK;
    retry(|| rustix::fs::open(path, flags, Mode::empty()))
}

/// How many entries a directory has, `.` and `..` left out: with libc's `readdir`, which has its own view of directories
/// that were removed, as CPython counts them.
pub fn count_entries(directory: OwnedFd) -> Result<usize, Errno> {
    let mut entries = Dir::new(directory)?;
    let mut count = 0;
    while let Some(entry) = entries.read() {
        count += usize::from(!matches!(entry?.file_name().to_bytes(), b"." | b".."));
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
