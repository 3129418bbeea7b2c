//! Files and directories, with the system calls' own errors.

use std::ffi::CStr;

use rustix::buffer::spare_capacity;
use rustix::fd::OwnedFd;
use rustix::fs::{Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

/// `stat(path)`, links followed.
pub fn stat(path: &[u8]) -> Result<Stat, Errno> {
    rustix::fs::stat(path)
}

/// Whether the status is that of a regular file.
pub fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// Whether the status is that of a directory.
pub fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// Opens a regular file for reading, and returns it with its status from before; `None` for anything else.
///
/// `stat` comes first because to open a FIFO or a terminal already has effects on other processes. If the path becomes
/// one in between, `pread` and `lseek` fail on it, and have consumed nothing.
pub fn open_regular(path: &[u8]) -> Result<Option<(OwnedFd, Stat)>, Errno> {
    let stat = stat(path)?;
    if !is_regular(&stat) {
        return Ok(None);
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = retry(|| rustix::fs::open(path, flags, Mode::empty()))?;
    Ok(Some((file, stat)))
}

/// Opens a file of the kernel's (below /proc or /sys) for reading, which has no effect on other processes.
pub fn open_kernels(path: &CStr) -> Result<OwnedFd, Errno> {
    retry(|| rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()))
}

/// The bytes of a small file for which there is room at first.
pub const AT_FIRST: usize = 8192;

/// The whole content of a small file of the kernel's, whose size is known only once it is read.
pub fn read_small(path: &CStr) -> Result<Vec<u8>, Errno> {
    let file = open_kernels(path)?;
    let mut all = Vec::new();
    all.try_reserve(AT_FIRST).map_err(|_| Errno::NOMEM)?;
    read_to_end(&file, &mut all)?;
    Ok(all)
}

/// Appends what follows in a file, first as much as there is room for.
pub fn read_to_end(file: &OwnedFd, all: &mut Vec<u8>) -> Result<(), Errno> {
    loop {
        all.try_reserve(1).map_err(|_| Errno::NOMEM)?; // without spare capacity, `read` would return 0
        if retry(|| rustix::io::read(file, spare_capacity(all)))? == 0 {
            return Ok(());
        }
    }
}

/// Opens a directory, to count its entries. Like CPython, without another attempt after a signal.
pub fn open_directory(path: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY | OFlags::NONBLOCK;
    rustix::fs::open(path, flags, Mode::empty())
}

/// The number of a directory's entries without `.` and `..`. They are counted with libc's `readdir`, as CPython does:
/// it reports a directory that was removed as empty, where the system call fails.
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
