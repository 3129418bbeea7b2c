//! Libraries that originals reach, such as psutil: a native was proven with some releases of them, and runs with no other.
//!
//! A release is known by its content: a digest of the modules of it that count. Each is read once a process, when a native
//! that needs it is first called, without an audit event. No library is imported for that.

use std::collections::HashMap;
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString};
use sha2::{Digest, Sha256};

/// A library, and the parts of it that count.
pub struct Library {
    /// Its top module.
    pub name: &'static str,
    /// The modules whose content counts, those that some releases lack included.
    pub modules: &'static [&'static str],
    /// Compiled modules, each with the attribute that has its version.
    pub compiled: &'static [(&'static str, &'static str)],
}

/// The digests that a native was proven with, by library; `None` while the native is on trial, with whatever there is.
pub type Proven = Option<HashMap<String, Vec<String>>>;

/// The modules that were read, by their addresses and their specs' (a reload makes a new spec), with the digest. Both are
/// held from then on, so that no other object gets the address.
static READ: Mutex<Option<HashMap<Vec<usize>, String>>> = Mutex::new(None);

impl Library {
    /// Its digest, as it was imported; `None` where it was not.
    ///
    /// # Errors
    /// Words for why it can't be read.
    pub fn digest(&self, py: Python<'_>) -> Result<Option<String>, String> {
        let imported = modules(py)?;
        if module(&imported, self.name).is_none() {
            return Ok(None);
        }
        let found: Vec<_> = self.modules.iter().map(|name| (*name, module(&imported, name))).collect();
        let mut key = Vec::new();
        for module in found.iter().filter_map(|(_, module)| module.as_ref()) {
            key.push(module.as_ptr() as usize);
            key.push(module.dict().get_item("__spec__").ok().flatten().map_or(0, |spec| spec.as_ptr() as usize));
        }
        if let Some(digest) = READ.lock().unwrap_or_else(|it| it.into_inner()).get_or_insert_default().get(&key) {
            return Ok(Some(digest.clone()));
        }
        let mut hash = Sha256::new();
        for (name, module) in &found {
            let content = match module {
                Some(module) => hex(&Sha256::digest(source(module)?)),
                None => "not there".to_owned(),
            };
            hash.update(format!("{name}: {content}\n"));
        }
        for (name, attribute) in self.compiled {
            let version = module(&imported, name).and_then(|module| module.dict().get_item(attribute).ok().flatten());
            let version = version.map_or("not there".to_owned(), |version| version.to_string());
            hash.update(format!("{name}.{attribute}: {version}\n"));
        }
        let digest = hex(&hash.finalize());
        for (_, module) in &found {
            let spec = module.as_ref().and_then(|module| module.dict().get_item("__spec__").ok().flatten());
            std::mem::forget((module.clone(), spec));
        }
        READ.lock().unwrap_or_else(|it| it.into_inner()).get_or_insert_default().insert(key, digest.clone());
        Ok(Some(digest))
    }

    /// Its release, as it says itself.
    pub fn release(&self, py: Python<'_>) -> String {
        let top = modules(py).ok().and_then(|imported| module(&imported, self.name));
        let version = top.and_then(|top| top.dict().get_item("__version__").ok().flatten());
        version.and_then(|version| version.extract().ok()).unwrap_or_default()
    }

    /// Whether it is one of those that a native was proven with.
    ///
    /// # Errors
    /// Words for why it is none.
    pub(super) fn check(&self, py: Python<'_>, proven: &Proven) -> Result<(), String> {
        let Some(proven) = proven else { return Ok(()) };
        let digest = self.digest(py)?.ok_or("is not imported")?;
        if proven.get(self.name).is_some_and(|proven| proven.contains(&digest)) {
            return Ok(());
        }
        Err(format!("{} {} is not proven", self.name, self.release(py)))
    }
}

fn modules(py: Python<'_>) -> Result<Bound<'_, PyDict>, String> {
    let modules = py.import("sys").and_then(|sys| sys.dict().get_item("modules")).ok().flatten();
    modules.and_then(|modules| modules.cast_into().ok()).ok_or_else(|| "there is no sys.modules".to_owned())
}

fn module<'py>(imported: &Bound<'py, PyDict>, name: &str) -> Option<Bound<'py, PyModule>> {
    imported.get_item(name).ok().flatten()?.cast_into().ok()
}

/// The content of the file that a module is from.
fn source(module: &Bound<'_, PyModule>) -> Result<Vec<u8>, String> {
    let file = module.dict().get_item("__file__").ok().flatten().ok_or("is from no file")?;
    let file = file.cast_into::<PyString>().map_err(|_| "is from no file".to_owned())?;
    let path = file.to_str().map_err(|_| "is from a file with an odd name".to_owned())?;
    std::fs::read(path).map_err(|error| format!("{path}: {error}"))
}

/// Bytes as hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
