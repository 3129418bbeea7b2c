//! `estimate_fd_for_directory(path)`.
//!
//! Answers: a `str` path.
//! Declines: other paths, and a `str` that can't be one.

use crate::cpython::error::raise_os_error;
use crate::effects::audit::audit_listdir;
use crate::guards::Guard;
use crate::cpython::{Answer, Object, Python, Stop, Text, number};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::signals;
use crate::host::files;

/// The native.
pub const NATIVE: Native = Native { parameters: Parameters::of(&["path"]), guards: &[GUARDS], call };

/// What the original looks up, and `get_max_workers_for_file_mounts` as well.
pub const GUARDS: &[Guard] = &[
    Guard::builtin("len"),
    Guard::builtin("max"),
    Guard::function("os.path.isdir", "genericpath"),
    Guard::c_function("os.path.isdir.@.os.stat", &["posix"]),
    Guard::c_function("os.path.isdir.@.stat.S_ISDIR", &["_stat"]),
    Guard::c_function("os.listdir", &["posix"]),
];

/// How many descriptors one entry takes.
pub const AN_ENTRY: i64 = 5;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let source = arguments.text(0)?;
    let path = source.path()?;
    number::new_int(arguments.py(), descriptors(arguments.py(), &source.itself(), &path)?)
}

/// The descriptors that `path` takes, which is `source` as the file system knows it.
pub fn descriptors(py: Python<'_>, source: &Object<'_>, path: &[u8]) -> Result<i64, Stop> {
    // What can't be opened as a directory is either none, or one that can't be listed.
    let directory = match signals::released(py, || files::open_directory(path)) {
        Err(_) if !signals::released(py, || files::stat(path).is_ok_and(|stat| files::is_directory(&stat))) => {
            return Ok(AN_ENTRY);
        }
        opened => opened,
    };
    audit_listdir(source)?;
    match signals::released(py, || files::count_entries(directory?)) {
        Ok(entries) => Ok((entries as i64 * AN_ENTRY).max(AN_ENTRY)),
        // As `os.listdir` raises it: declining would list all that came before once more.
        Err(error) => Err(raise_os_error(py, error, Some(source))),
    }
}

/// A `str` source with its path.
pub fn with_path<'py>(source: Object<'py>) -> Result<(Object<'py>, Vec<u8>), Stop> {
    let path = Text::exact(source.as_borrowed()).ok_or(Stop::Decline)?.path()?;
    Ok((source, path))
}
