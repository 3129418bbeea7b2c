//! `read_yaml(path)`.
//!
//! Answers: a `str` path of a regular file that can be opened, in UTF-8, with what `safe_load` answers.
//! Declines: other paths; files that can't be opened, that are empty or larger than 64 MiB; and what `safe_load` declines.
//! The file is read and its document made before an audit event says that it is opened, so that nothing has happened where
//! the call is declined.

use super::parser::DEEPEST;
use super::scanner::SIMPLE_KEY;
use super::source::source_of_file;
use super::{constructor, pyyaml};
use crate::cpython::error::{OrMemoryError, raise_os_error};
use crate::cpython::{Answer, OrDecline, only_if};
use crate::dispatch::{Arguments, Native, Parameters};
use crate::effects::audit::audit_open;
use crate::effects::signals;
use crate::effects::signals::AT_ONCE;
use crate::guards::Guard;
use crate::host::files;

/// The native.
pub const NATIVE: Native = Native {
    parameters: Parameters::of(&["path"]),
    guards: &[GUARDS, pyyaml::LOAD, pyyaml::NODES, pyyaml::LOADER],
    thresholds: &[SIMPLE_KEY as u64, DEEPEST as u64, AT_ONCE as u64],
    call,
};

const GUARDS: &[Guard] = &[Guard::builtin("open"), Guard::helper("safe_load")];

/// The largest file that is read whole: the original reads piece by piece, and may soon find an error.
const LARGEST: usize = 1 << 26;

fn call<'py>(arguments: &Arguments<'_, 'py>) -> Answer<'py> {
    let py = arguments.py();
    let path = arguments.text(0)?;
    let encoded = path.path()?;
    let (file, stat) = signals::released(py, || files::open_regular(&encoded)).or_decline()?.or_decline()?;
    signals::handle_signals(py)?;
    // One byte more than the file has: the first read but one sees its end.
    let size = usize::try_from(stat.st_size).or_decline()?.checked_add(1).or_decline()?;
    only_if(size > 1 && size <= LARGEST)?; // the size of a file of the kernel's is not known
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).or_memory_error(py)?;
    if let Err(error) = signals::released(py, || files::read_to_end(&file, &mut bytes)) {
        audit_open(&path.itself())?;
        return Err(raise_os_error(py, error, None));
    }
    let document = constructor::single_document(py, source_of_file(&bytes)?)?;
    audit_open(&path.itself())?;
    Ok(document)
}
