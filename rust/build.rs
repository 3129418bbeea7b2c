//! Makes the table of natives from the one registry, `sky_rust/_registry.py`: a module, an attachment and a digest for each
//! of its lines. A missing native fails the build, with the file to write.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use self::sources::Sources;

#[path = "build/sources.rs"]
mod sources;

/// A line of the registry.
struct Function<'a> {
    name: &'a str,
    module: &'a str,
}

impl Function<'_> {
    /// The name of its Rust module.
    fn identifier(&self) -> String {
        self.name.to_lowercase().replace('.', "_")
    }

    /// The path of its Rust module in the crate.
    fn path(&self) -> String {
        format!("natives::{}::{}", self.module, self.identifier())
    }
}

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
    // CPython 3.11 alone inlines calls of Python functions without a look at their vectorcall: see dispatch/.
    println!("cargo::rustc-check-cfg=cfg(code_swap)");
    if pyo3_build_config::get().version().minor == 11 {
        println!("cargo::rustc-cfg=code_swap");
    }

    let crate_dir = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let registry = crate_dir.join("../sky_rust/_registry.py");
    println!("cargo::rerun-if-changed={}", registry.display());
    println!("cargo::rerun-if-changed={}", crate_dir.join("src").display());
    let text = fs::read_to_string(&registry).expect("the registry is readable");
    // Natives are for Linux: elsewhere the table is empty, and every function stays in Python.
    let linux = env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux");
    let functions = if linux { read(&text) } else { Vec::new() };

    // A wheel may be built without the lock file: from an sdist of the crate alone, say.
    let lock = crate_dir.join("../Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    let sources = Sources::read(&crate_dir.join("src"), &fs::read_to_string(&lock).unwrap_or_default());
    let missing: Vec<_> = functions.iter().filter_map(|function| missing(function, &sources)).collect();
    if !missing.is_empty() {
        for message in missing {
            println!("cargo::error={message}");
        }
        return;
    }
    let path = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("table.rs");
    fs::write(path, table(&crate_dir, &functions, &sources)).expect("OUT_DIR is writable");
}

/// The lines of the table, `    Function("name", "module"),`, more arguments allowed.
fn read(text: &str) -> Vec<Function<'_>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("    Function("));
    lines
        .map(|line| {
            let mut quoted = line.split('"').skip(1).step_by(2);
            match (quoted.next(), quoted.next()) {
                (Some(name), Some(module)) => Function { name, module },
                _ => panic!("not a line of the registry: {line}"),
            }
        })
        .collect()
}

/// The generated source: the modules of natives, and the table.
fn table(crate_dir: &Path, functions: &[Function<'_>], sources: &Sources) -> String {
    let mut out =
        String::from("/// The natives, by the module of `sky.utils` that their originals are in.\npub mod natives {\n");
    for module in functions.iter().map(|function| function.module).collect::<BTreeSet<_>>() {
        let path = crate_dir.join(format!("src/natives/{module}/mod.rs"));
        writeln!(out, "#[path = {path:?}] pub mod {module};").unwrap();
    }
    out.push_str("}\n");
    let mut lines: Vec<(String, String)> =
        functions.iter().map(|function| (function.name.to_owned(), function.path())).collect();
    if env::var_os("CARGO_FEATURE_DEVELOPER").is_some() {
        lines.extend(["probe", "keyword_probe"].map(|name| (name.to_owned(), format!("developer::{name}"))));
    }
    for (index, (_, path)) in lines.iter().enumerate() {
        writeln!(
            out,
            "impl dispatch::Line for Registered<{index}> {{\
             const NATIVE: dispatch::Native = {path}::NATIVE;\
             fn attachment() -> &'static dispatch::Attachment {{ &TABLE[{index}] }}}}"
        )
        .unwrap();
    }
    let (natives, all) = (functions.len(), lines.len());
    writeln!(out, "/// How many of the table are the registry's: its first ones, in its order.").unwrap();
    writeln!(out, "pub const NATIVES: usize = {natives};").unwrap();
    writeln!(out, "/// Every native's attachment.\npub static TABLE: [dispatch::Attachment; {all}] = [").unwrap();
    for (index, (name, path)) in lines.iter().enumerate() {
        let digest = sources.digest(path);
        let entry = format!("dispatch::entry::<Registered<{index}>, {{ {path}::NATIVE.parameters.len() }}>");
        writeln!(out, "dispatch::Attachment::new({name:?}, {digest:?}, &{path}::NATIVE, {entry}),").unwrap();
    }
    writeln!(out, "];").unwrap();
    out
}

/// The words for a function that has no native; `None` for one that has.
fn missing(function: &Function<'_>, sources: &Sources) -> Option<String> {
    let (name, module, identifier) = (function.name, function.module, function.identifier());
    let folder = format!("rust/src/natives/{module}");
    (!sources.has(&function.path())).then(|| {
        format!(
            "sky_rust/_registry.py has {name}, of {module}: write its native, {folder}/{identifier}.rs, and declare it in \
             {folder}/mod.rs: `pub mod {identifier};`"
        )
    })
}
