//! The digest of a native: it changes with everything that the native reaches, and with nothing else.

use std::collections::BTreeMap;
use std::fs;

#[path = "../build/sources.rs"]
#[allow(dead_code, reason = "the build script asks more")]
mod sources;

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"some-crate\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"other\"\nversion = \"9.9.9\"\n";

/// A crate whose native `natives::one` reaches some modules, in every way that there is, and others not.
fn files() -> BTreeMap<&'static str, String> {
    let files = [
        ("lib.rs", "pub mod natives; pub const ROOT: u8 = 1;"),
        ("natives/mod.rs", "pub mod one; pub mod two; pub fn shared() {}"),
        (
            "natives/one.rs",
            "//! A native.\nuse crate::host::{self, deep::far};\nuse crate::all::*;\nuse super::super::low as renamed;\n\
             use some_crate::thing;\n/// Answers.\nfn call() -> bool { host::near(); far(); renamed::it(); inside::it();\n\
             matches!(crate::within::value(1), 1) && super::shared() && crate::ROOT == 1 }",
        ),
        ("natives/two.rs", "use crate::natives::one;"),
        ("host/mod.rs", "pub mod deep; pub mod aside; pub fn near() { deep::also::it() }"),
        ("host/deep/mod.rs", "pub mod also; pub fn far() {}"),
        ("host/deep/also.rs", "pub fn it() {}"),
        ("host/aside.rs", "pub fn it() {}"),
        ("all/mod.rs", "pub mod inside;"),
        ("all/inside.rs", "pub fn it() {}"),
        ("low.rs", "pub fn it() {}"),
        ("within.rs", "pub fn value(number: u8) -> u8 { number }"),
        ("apart.rs", "pub fn it() {}"),
    ];
    files.into_iter().map(|(name, text)| (name, text.to_owned())).collect()
}

fn digest(files: &BTreeMap<&str, String>, lock: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    sources::Sources::read(folder.path(), lock).digest("natives::one")
}

/// The digest after one file's text was replaced.
fn with(name: &str, old: &str, new: &str) -> String {
    let mut files = files();
    let text = files.get_mut(name).expect("a file");
    assert!(text.contains(old), "{name}: {old}");
    *text = text.replace(old, new);
    digest(&files, LOCK)
}

#[test]
fn it_changes_with_everything_that_is_reached() {
    let before = digest(&files(), LOCK);
    let changes = [
        ("natives/one.rs", "== 1", "== 2"),
        ("natives/one.rs", "&& super", "& & super"),
        ("natives/one.rs", "far();", ""),
        ("natives/mod.rs", "fn shared() {}", "fn shared() { panic!() }"),
        ("host/mod.rs", "deep::also::it()", "deep::also::it();"),
        ("host/deep/mod.rs", "fn far() {}", "fn far() { loop {} }"),
        ("host/deep/also.rs", "{}", "{ loop {} }"),
        ("all/inside.rs", "{}", "{ loop {} }"),
        ("low.rs", "{}", "{ loop {} }"),
        ("within.rs", "{ number }", "{ number + 1 }"),
        ("lib.rs", "= 1", "= 2"),
    ];
    for (name, old, new) in changes {
        assert_ne!(with(name, old, new), before, "{name}: {old} to {new}");
    }
    assert_ne!(digest(&files(), &LOCK.replace("1.2.3", "1.2.4")), before, "a crate that is used");
}

#[test]
fn it_changes_with_nothing_else() {
    let before = digest(&files(), LOCK);
    let changes = [
        ("natives/one.rs", "//! A native.", "//! A native, in other words."),
        ("natives/one.rs", "/// Answers.", "// Why.\n"),
        ("natives/one.rs", "far();", "far ( ) ;"),
        ("natives/two.rs", "one;", "one; fn two() {}"),
        ("natives/mod.rs", "pub mod two;", "pub mod two; pub mod three;"),
        ("host/aside.rs", "{}", "{ loop {} }"),
        ("apart.rs", "{}", "{ loop {} }"),
    ];
    for (name, old, new) in changes {
        assert_eq!(with(name, old, new), before, "{name}: {old} to {new}");
    }
    assert_eq!(digest(&files(), &LOCK.replace("9.9.9", "9.9.10")), before, "a crate that is not used");
}
