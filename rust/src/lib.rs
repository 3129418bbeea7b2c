//! The compiled module of sky-rust: natives for SkyPilot's helper functions, and what puts them on and takes them off.
//!
//! `sky_rust._binding` decides; this module does. See docs/design.md.

use pyo3::prelude::*;

pub mod binding;
#[cfg(target_os = "linux")]
pub mod floors;
#[cfg(target_os = "linux")]
pub mod host;

#[cfg(target_os = "linux")]
use binding::slot::entry;
use binding::slot::{Native, Slot};

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// What Python sees.
#[pymodule(gil_used = true)]
mod _native {
    use super::*;

    #[pymodule_init]
    fn init(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        binding::slot::keep_panics();
        Ok(())
    }

    /// Puts the native `name` on a Python function. On CPython 3.11, tells it that the trampoline is there.
    ///
    /// `shadow` is a control and an observer, to whom each answer is shown: see binding/shadow.rs.
    #[pyfunction]
    #[pyo3(signature = (name, function, shadow = None))]
    fn attach<'py>(
        name: &str,
        function: &Bound<'py, PyAny>,
        shadow: Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    ) -> PyResult<()> {
        Slot::named(name)?.attach(function, shadow)
    }

    /// Takes the native `name` off its function, if it is on one.
    #[pyfunction]
    fn detach(py: Python<'_>, name: &str) -> PyResult<()> {
        Slot::named(name)?.detach(py);
        Ok(())
    }

    /// Whether the native `name` is on that function.
    #[pyfunction]
    fn is_attached(name: &str, function: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(Slot::named(name)?.is_on(function))
    }

    /// Why the native `name` declines everything at the moment, or None.
    #[pyfunction]
    fn trouble(name: &str) -> PyResult<Option<String>> {
        Ok(Slot::named(name)?.trouble())
    }

    /// How many calls the native `name` has answered and declined; how many were compared, and differed.
    #[pyfunction]
    fn counts(name: &str) -> PyResult<(u64, u64, u64, u64)> {
        Ok(Slot::named(name)?.counts())
    }

    /// A callable that does the least that a call of native `name` has to do, and returns `answer`: for benchmarks.
    #[cfg(target_os = "linux")]
    #[pyfunction]
    fn floor<'py>(name: &str, answer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let floor = crate::floors::of(name)
            .ok_or_else(|| pyo3::exceptions::PyValueError::new_err(format!("there is no floor under {name}")))?;
        binding::floor::callable(floor, answer)
    }

    /// Whether anybody listens to audit events.
    #[pyfunction]
    fn is_audited(py: Python<'_>) -> bool {
        binding::gates::is_audited(py)
    }

    /// The names of all natives.
    #[pyfunction]
    fn names() -> Vec<&'static str> {
        TABLE.iter().map(|slot| slot.name).collect()
    }

    /// The SHA-256 of some bytes, in hex. (`hashlib` would cost 2.5 ms where nobody has imported it.)
    #[pyfunction]
    fn sha256(data: &[u8]) -> String {
        use sha2::Digest;
        sha2::Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
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

    /// What a trampoline calls for the native `name`, and what that returns where it declines (CPython 3.11 only).
    #[cfg(code_swap)]
    #[pyfunction]
    fn trampoline(py: Python<'_>, name: &str) -> PyResult<(Py<PyAny>, Py<PyAny>)> {
        Ok((Slot::named(name)?.callable(py)?, binding::slot::marker(py).clone_ref(py)))
    }
}
