//! The compiled module of sky-rust: natives for SkyPilot's helper functions, and their attachment to these.
//!
//! Each folder is a layer, and knows only those that stand below it here: [`natives`], [`dispatch`], [`effects`],
//! [`guards`], [`cpython`]; [`host`] knows none. Python decides what is attached (`sky_rust._install`), this module attaches
//! it. See docs/design.md.

use pyo3::prelude::*;

pub mod cpython;
#[cfg(feature = "developer")]
pub mod developer;
pub mod dispatch;
pub mod effects;
pub mod guards;
#[cfg(target_os = "linux")]
pub mod host;

/// A line of the table, by its place.
pub struct Registered<const INDEX: usize>;

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// The module that Python sees.
#[pymodule(gil_used = true)]
mod _native {
    use std::collections::HashMap;

    use pyo3::exceptions::{PyRuntimeError, PyValueError};
    use pyo3::sync::PyOnceLock;
    use pyo3::types::{IntoPyDict, PyDict, PyTuple};

    use super::*;
    use crate::cpython::Object;
    use crate::dispatch::{Asked, Attachment, Options};
    use crate::guards::Obstacle;

    #[pymodule_init]
    fn init(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        dispatch::keep_panics();
        #[cfg(target_os = "linux")]
        host::start::time(); // from now on known, also after a fork
        Ok(())
    }

    fn named(name: &str) -> PyResult<&'static Attachment> {
        TABLE
            .iter()
            .find(|attachment| attachment.name == name)
            .ok_or_else(|| PyValueError::new_err(format!("there is no native {name}")))
    }

    /// Attaches the native `name` to a Python function. On CPython 3.11, tells it that the trampoline is there.
    ///
    /// `shadow` is a control, an observer that answers are shown to, and the share of the calls that is, 0.0 to 1.0 (see
    /// dispatch/shadow.rs). `proven` has the digests of libraries that the native was proven with (None: it is on trial, and runs with all of them). With `required`, a
    /// call that no native can answer because of a library raises ImportError.
    #[pyfunction]
    #[pyo3(signature = (name, function, shadow = None, proven = None, required = false))]
    fn attach<'py>(
        name: &str,
        function: &Bound<'py, PyAny>,
        shadow: Option<(Bound<'py, PyAny>, Bound<'py, PyAny>, f64)>,
        proven: Option<HashMap<String, Vec<String>>>,
        required: bool,
    ) -> PyResult<()> {
        if !is_main_interpreter(function.py()) {
            return Err(PyRuntimeError::new_err("natives are for the main interpreter, and this is a subinterpreter"));
        }
        named(name)?.attach(function, Options { shadow, proven, required })
    }

    /// Detaches the native `name` from its function, if it is attached to one.
    #[pyfunction]
    fn detach(py: Python<'_>, name: &str) -> PyResult<()> {
        named(name)?.detach(py);
        Ok(())
    }

    /// A function, its code, and an observer with its share of calls.
    type Attached<'py> = (Option<Object<'py>>, Option<Object<'py>>, Option<(Object<'py>, f64)>);

    /// The function that the native `name` is attached to, its code at that time, and the observer with its share of calls.
    #[pyfunction]
    fn attached<'py>(py: Python<'py>, name: &str) -> PyResult<Attached<'py>> {
        let attachment = named(name)?;
        Ok((attachment.function(py), attachment.code(py), attachment.observer(py)))
    }

    /// Why the native `name` declines every call just now, or None: the kind ('changed', 'pending' or 'unproven') and words.
    #[pyfunction]
    fn obstacle(name: &str) -> PyResult<Option<(&'static str, String)>> {
        Ok(named(name)?.obstacle().map(|obstacle| {
            let kind = match &obstacle {
                Obstacle::Changed(_) => "changed",
                Obstacle::Pending(_) => "pending",
                Obstacle::Unproven(_) => "unproven",
            };
            (kind, obstacle.reason().to_owned())
        }))
    }

    /// How many calls the native `name` has answered and declined; how many were compared, differed, and couldn't be compared.
    #[pyfunction]
    fn counts(name: &str) -> PyResult<(u64, u64, u64, u64, u64)> {
        Ok(named(name)?.counts().all())
    }

    /// The value or the exception that the native `name` has for arguments, one for each parameter in their order; None where
    /// it declines. It counts nowhere. A signal handler's exception is raised.
    #[pyfunction]
    fn ask<'py>(name: &str, arguments: &Bound<'py, PyTuple>) -> PyResult<Option<Asked<'py>>> {
        named(name)?.ask(arguments)
    }

    /// The nanoseconds that the native `name` took for the calls that shadow found to be the same, and its control.
    #[pyfunction]
    fn nanoseconds(name: &str) -> PyResult<(u64, u64)> {
        Ok(named(name)?.counts().nanoseconds())
    }

    /// Why the native `name` has declined calls: reason -> how many.
    #[pyfunction]
    fn reasons<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyDict>> {
        named(name)?.counts().reasons().into_py_dict(py)
    }

    /// The names of all natives.
    #[pyfunction]
    fn names() -> Vec<&'static str> {
        TABLE[..NATIVES].iter().map(|attachment| attachment.name).collect()
    }

    /// The SHA-256 of the native's sources, with everything of the crate that they use.
    #[pyfunction]
    fn digest(name: &str) -> PyResult<&'static str> {
        Ok(named(name)?.digest)
    }

    /// The sizes and numbers at which the native goes another way.
    #[pyfunction]
    fn thresholds(name: &str) -> PyResult<Vec<u64>> {
        Ok(named(name)?.native.thresholds.to_vec())
    }

    /// The names of the libraries that the original of native `name` reaches.
    #[pyfunction]
    fn libraries(name: &str) -> PyResult<Vec<&'static str>> {
        Ok(named(name)?.libraries().map(|library| library.name).collect())
    }

    /// The digest and the release of a library that the original of native `name` reaches; None where it is not imported.
    ///
    /// ValueError where it can't be read, or has changed on disk since the process began.
    #[pyfunction]
    fn library(py: Python<'_>, name: &str, library: &str) -> PyResult<Option<(String, String)>> {
        let mut libraries = named(name)?.libraries();
        let library = libraries.find(|one| one.name == library);
        let library = library.ok_or_else(|| PyValueError::new_err(format!("{name} reaches no such library")))?;
        let digest = library.digest(py).map_err(PyValueError::new_err)?;
        Ok(digest.map(|digest| (digest, library.release(py))))
    }

    /// A dict that lives as long as the process: where Python keeps what has to outlive a purge of its modules.
    #[pyfunction]
    fn process_state(py: Python<'_>) -> Bound<'_, PyDict> {
        static STATE: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
        STATE.get_or_init(py, || PyDict::new(py).unbind()).bind(py).clone()
    }

    /// A callable that does the least that a call of native `name` has to do, and returns `answer`: for benchmarks.
    #[cfg(all(feature = "developer", target_os = "linux"))]
    #[pyfunction]
    fn floor<'py>(name: &str, answer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let floor = developer::floors::of(name)
            .ok_or_else(|| PyValueError::new_err(format!("there is no floor under {name}")))?;
        developer::floor::callable(floor, answer)
    }

    /// Whether the calling code runs in the main interpreter, and not in a subinterpreter.
    ///
    /// Attachments, snapshots and watches are the process's, and the objects in them the main interpreter's.
    #[pyfunction]
    fn is_main_interpreter(py: Python<'_>) -> bool {
        cpython::api::is_main_interpreter(py)
    }

    /// Whether there is an audit hook.
    #[pyfunction]
    fn is_audited(py: Python<'_>) -> bool {
        effects::audit::is_audited(py)
    }

    /// The SHA-256 of some bytes, in hex. (`hashlib` would cost 2.5 ms in a process that has not imported it.)
    #[pyfunction]
    fn sha256(data: &[u8]) -> String {
        use sha2::Digest;
        guards::library::hex(&sha2::Sha256::digest(data))
    }

    /// What this machine is: processor, cores, memory in bytes, system, kernel.
    #[pyfunction]
    fn machine() -> (String, usize, u64, String, String) {
        let specifics = sysinfo::RefreshKind::nothing()
            .with_cpu(sysinfo::CpuRefreshKind::nothing())
            .with_memory(sysinfo::MemoryRefreshKind::nothing().with_ram());
        let system = sysinfo::System::new_with_specifics(specifics).ok();
        let cpus = system.as_ref().map_or(&[][..], |system| system.cpus());
        let brand = cpus.first().map_or("", |cpu| cpu.brand()).trim().to_owned();
        let memory = system.as_ref().map_or(0, |system| system.total_memory());
        let name = sysinfo::System::long_os_version().unwrap_or_default();
        let kernel = sysinfo::System::kernel_version().unwrap_or_default();
        (brand, cpus.len(), memory, name, kernel)
    }

    /// The callable that a trampoline calls for the native `name`, and the object that it returns where the native declines
    /// (CPython 3.11 only).
    #[cfg(code_swap)]
    #[pyfunction]
    fn trampoline(py: Python<'_>, name: &str) -> PyResult<(Py<PyAny>, Py<PyAny>)> {
        named(name)?.trampoline(py)
    }
}
