//! Libraries that originals reach, such as psutil: a native was proven with some releases of them, and runs with no other.
//!
//! A release is known by its content: a digest of the modules of it that count. They are read once a process, when a native
//! that needs them is first called, without an audit event. No library is imported for that.

use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};
use sha2::{Digest, Sha256};

use super::Obstacle;
use super::identity::{entry, text_of};
use crate::cpython::error::Forget;
use crate::cpython::{Object, Text, module, number};
use crate::host::start;

/// A library, and the parts of it that count.
pub struct Library {
    /// Its top module.
    pub name: &'static str,
    /// The modules whose content counts, those that some releases lack included.
    pub modules: &'static [&'static str],
    /// The same, of modules that it imports when it first needs them: until then, the files that they will be from.
    pub late: &'static [&'static str],
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
    /// Words for why it can't be read, or is not certain to be what was imported.
    pub fn digest(&self, py: Python<'_>) -> Result<Option<String>, String> {
        let imported = module::imported(py).ok_or("there is no sys.modules")?;
        if find(&imported, self.name).is_none() {
            return Ok(None);
        }
        let compiled = self.compiled.iter().map(|(name, _)| name);
        let names = self.modules.iter().chain(self.late).chain(compiled);
        let found: Vec<_> = names.map(|name| (*name, find(&imported, name))).collect();
        let mut key = Vec::new();
        for module in found.iter().filter_map(|(_, module)| module.as_ref()) {
            key.push(module.as_ptr() as usize);
            key.push(entry(&module.dict(), "__spec__").map_or(0, |spec| spec.as_ptr() as usize));
        }
        if let Some(digest) = READ.lock().unwrap_or_else(|it| it.into_inner()).get_or_insert_default().get(&key) {
            return Ok(Some(digest.clone()));
        }
        let mut hash = Sha256::new();
        for (name, module) in &found[..self.modules.len()] {
            let content = match module {
                Some(module) => hex(&Sha256::digest(source(module)?)),
                None => "not there".to_owned(),
            };
            hash.update(format!("{name}: {content}\n"));
        }
        for (name, module) in &found[self.modules.len()..][..self.late.len()] {
            let file = match module {
                Some(module) => file_of(module)?,
                None => self.file_of_late(&imported, name)?,
            };
            hash.update(format!("{name}: {}\n", hex(&Sha256::digest(unchanged(&file)?))));
        }
        for (name, attribute) in self.compiled {
            let version = find(&imported, name).and_then(|module| entry(&module.dict(), attribute));
            let version = version.and_then(|version| {
                text_of(&version).or_else(|| number::int(&version).map(|version| version.to_string()))
            });
            hash.update(format!("{name}.{attribute}: {}\n", version.as_deref().unwrap_or("not there")));
        }
        let digest = hex(&hash.finalize());
        for (_, module) in found {
            std::mem::forget(module.as_ref().and_then(|module| entry(&module.dict(), "__spec__")));
            std::mem::forget(module);
        }
        READ.lock().unwrap_or_else(|it| it.into_inner()).get_or_insert_default().insert(key, digest.clone());
        Ok(Some(digest))
    }

    /// The file that a module will be from, which the library has not imported yet.
    fn file_of_late(&self, imported: &Bound<'_, PyDict>, name: &str) -> Result<PathBuf, String> {
        let top = file_of(&find(imported, self.name).ok_or("it is not imported")?)?;
        let inside = name.strip_prefix(self.name).unwrap_or(name).replace('.', "/");
        Ok(top.with_file_name(format!("{}.py", inside.trim_start_matches('/'))))
    }

    /// Its release, as it says itself; empty where it says none.
    pub fn release(&self, py: Python<'_>) -> String {
        let top = module::imported(py).and_then(|imported| find(&imported, self.name));
        let version = top.and_then(|top| entry(&top.dict(), "__version__"));
        version.and_then(|version| text_of(&version)).unwrap_or_default()
    }

    /// Whether `top`, which the original reaches, is the library, in a release that a native was proven with.
    pub(super) fn check(&self, top: &Object<'_>, proven: &Proven) -> Result<(), Obstacle> {
        let py = top.py();
        let imported = module::imported(py).and_then(|imported| find(&imported, self.name));
        if !imported.is_some_and(|imported| imported.is(top)) {
            return Err(Obstacle::Changed("is not the module that is imported under its name".to_owned()));
        }
        let Some(proven) = proven else { return Ok(()) };
        let named = format!("{} {}", self.name, self.release(py));
        let unproven = |why: &str| Obstacle::Unproven(format!("{} {why}", named.trim_end()));
        let digest = self.digest(py).map_err(|why| unproven(&format!("is not proven ({why})")))?.unwrap_or_default();
        let known = proven.get(self.name).is_some_and(|proven| proven.contains(&digest));
        if known { Ok(()) } else { Err(unproven("is not proven")) }
    }
}

fn find<'py>(imported: &Bound<'py, PyDict>, name: &str) -> Option<Bound<'py, PyModule>> {
    module::exact(&entry(imported, name)?)
}

/// The content of the file that a module is from, if it is the one that was imported.
fn source(module: &Bound<'_, PyModule>) -> Result<Vec<u8>, String> {
    unchanged(&file_of(module)?)
}

/// The file that a module is from.
fn file_of(module: &Bound<'_, PyModule>) -> Result<PathBuf, String> {
    let file = entry(&module.dict(), "__file__").ok_or("it is from no file")?;
    let path = Text::exact(file.as_borrowed()).and_then(|file| file.path().or_forget(module.py()).ok());
    let path = path.ok_or("it is from no file")?;
    Ok(Path::new(std::ffi::OsStr::from_bytes(&path)).to_owned())
}

/// The content of a file that has not changed since the process began.
fn unchanged(path: &Path) -> Result<Vec<u8>, String> {
    let read = || -> std::io::Result<(Metadata, Vec<u8>)> { Ok((path.metadata()?, std::fs::read(path)?)) };
    let (stat, content) = read().map_err(|error| format!("{}: {error}", path.display()))?;
    if (stat.ctime(), stat.ctime_nsec()) > start::time() {
        return Err(format!("{} has changed since this process began; start it again", path.display()));
    }
    Ok(content)
}

/// Bytes as hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
