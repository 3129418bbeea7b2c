//! `cargo test` runs the differential suite: `nox -s mutants` judges each mutant by it.
//!
//! The test puts the library that was just built into the package beside this crate. It verifies the functions whose
//! files differ from those of another, unchanged checkout, and those whose files name one of them; every function if
//! none differs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The value of an environment variable that `nox -s mutants` sets.
fn said(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `nox -s mutants`"))
}

/// The natives' files, relative to a crate's `src`.
fn files(source: &Path) -> Vec<PathBuf> {
    let entries = |folder: PathBuf| {
        fs::read_dir(folder).expect("a folder of natives").map(|entry| entry.expect("an entry").path())
    };
    let files = entries(source.join("natives")).flat_map(entries).filter(|file| !file.ends_with("mod.rs"));
    files.map(|file| file.strip_prefix(source).expect("below it").to_owned()).collect()
}

#[test]
fn the_suite_finds_no_difference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = root.join("src");
    let unchanged = Path::new(&said("SKY_RUST_UNCHANGED")).join("rust/src");
    let content = |path: PathBuf| fs::read_to_string(path).expect("a native is readable");
    let name = |file: &Path| file.file_stem().expect("a name").to_string_lossy().into_owned();
    let all = files(&source);
    let changed: Vec<_> = all
        .iter()
        .filter(|&file| content(source.join(file)) != content(unchanged.join(file)))
        .map(|it| name(it))
        .collect();
    // Natives use each other's parts, so a change of one can change those that name it.
    let is_judged = |file: &&PathBuf| {
        changed.is_empty() || changed.iter().any(|it| *it == name(file) || content(source.join(file)).contains(it))
    };
    let names: Vec<_> = all.iter().filter(is_judged).map(|file| name(file)).collect();

    let built = env::current_exe().expect("a path").with_file_name("lib_native.so");
    fs::copy(built, root.join("../sky_rust").join(said("SKY_RUST_MODULE"))).expect("the library was built");
    // Without SkyPilot as well: there is no audit hook then, and some natives take another way to their answer.
    for against in ["sky", "reference"] {
        let verdict = Command::new(said("SKY_RUST_PYTHON"))
            .args(["-W", "ignore", "-c", include_str!("judge.py"), against])
            .args(&names)
            .env("PYTHONPATH", root.join(".."))
            .status()
            .expect("Python runs");
        assert!(verdict.success(), "the suite found a difference");
    }
}
