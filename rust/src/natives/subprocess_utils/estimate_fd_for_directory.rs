//! `estimate_fd_for_directory(path)`.
//!
//! Answers: a `str` path.
//! Declines: other paths, and a `str` that can't be a path (with a null character, or one that doesn't encode).

use crate::cpython::error::raise_os_error;
use crate::cpython::{Answer, Object, Python, Stop, Text, number};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::audit::audit_listdir;
use crate::effects::signals;
use crate::guards::Guard;
use crate::host::files;

/// The native.
pub const NATIVE: Native = Native { parameters: Parameters::of(&["path"]), guards: &[GUARDS], thresholds: &[], call };

/// The names that the original looks up, and `get_max_workers_for_file_mounts` through it.
pub const GUARDS: &[Guard] = &[
    Guard::builtin("len"),
    Guard::builtin("max"),
    Guard::function("os.path.isdir", "genericpath"),
    Guard::c_function("os.path.isdir.@.os.stat", &["posix"]),
    Guard::c_function("os.path.isdir.@.stat.S_ISDIR", &["_stat"]),
    Guard::builtin("os.path.isdir.@.OSError"),
    Guard::builtin("os.path.isdir.@.ValueError"),
    Guard::c_function("os.listdir", &["posix"]),
];

/// The descriptors that one entry takes.
pub const AN_ENTRY: i64 = 5;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let source = arguments.text(0)?;
    let path = source.path()?;
    number::new_int(arguments.py(), descriptors(arguments.py(), &source.itself(), &path)?)
}

/// The descriptors that a path takes: `path` is `source` in the file system's encoding.
pub fn descriptors(py: Python<'_>, source: &Object<'_>, path: &[u8]) -> Result<i64, Stop> {
    // A path that can't be opened as a directory is either no directory, or one that can't be listed: `stat` decides.
    let directory = match signals::released(py, || files::open_directory(path)) {
        Err(_) if !signals::released(py, || files::stat(path).is_ok_and(|stat| files::is_directory(&stat))) => {
            return Ok(AN_ENTRY);
        }
        opened => opened,
    };
    audit_listdir(source)?;
    match signals::released(py, || files::count_entries(directory?)) {
        Ok(entries) => Ok((entries as i64 * AN_ENTRY).max(AN_ENTRY)),
        // Raised as `os.listdir` raises it: to decline would list all earlier directories once more.
        Err(error) => Err(raise_os_error(py, error, Some(source))),
    }
}

/// A `str` source with its path in the file system's encoding.
pub fn with_path<'py>(source: Object<'py>) -> Result<(Object<'py>, Vec<u8>), Stop> {
    let path = Text::exact(source.as_borrowed()).ok_or(Stop::Decline)?.path()?;
    Ok((source, path))
}
