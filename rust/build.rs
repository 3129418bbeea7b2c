//! Makes the table of natives from the one registry, `sky_rust/_registry.py`: a module and a slot for each of its lines.

use std::{env, fmt::Write, fs, path::Path};

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
    // CPython 3.11 alone inlines calls of Python functions without a look at their vectorcall: see binding/slot.rs.
    println!("cargo::rustc-check-cfg=cfg(code_swap)");
    if pyo3_build_config::get().version().minor == 11 {
        println!("cargo::rustc-cfg=code_swap");
    }

    let crate_dir = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let registry = Path::new(&crate_dir).join("../sky_rust/_registry.py");
    println!("cargo::rerun-if-changed={}", registry.display());
    let text = fs::read_to_string(&registry).expect("the registry is readable");

    // A line of the table: `    Function("name", "module"),`, more arguments allowed.
    let functions: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("    Function("))
        .map(|line| {
            let mut quoted = line.split('"').skip(1).step_by(2);
            match (quoted.next(), quoted.next()) {
                (Some(name), Some(module)) => (name, module),
                _ => panic!("not a line of the registry: {line}"),
            }
        })
        .collect();
    // Natives are for Linux: elsewhere the table is empty, and every function stays in Python.
    let linux = env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux");
    let functions = if linux { &functions[..] } else { &[] };

    let mut out = String::new();
    let mut modules: Vec<&str> = functions.iter().map(|&(_, module)| module).collect();
    modules.dedup();
    for module in modules {
        writeln!(out, "/// The natives of `sky.utils.{module}`.\npub mod {module} {{").unwrap();
        for (name, _) in functions.iter().filter(|(_, of)| *of == module) {
            writeln!(out, "#[path = {:?}] pub mod {name};", format!("{crate_dir}/src/{module}/{name}.rs")).unwrap();
        }
        writeln!(out, "}}").unwrap();
    }
    let count = functions.len();
    writeln!(out, "/// Every native, in the registry's order.\npub static NATIVES: [&Native; {count}] = [").unwrap();
    for (name, module) in functions {
        writeln!(out, "&{module}::{name}::NATIVE,").unwrap();
    }
    writeln!(out, "];\n/// Their places.\npub static TABLE: [Slot; {count}] = [").unwrap();
    for (index, (name, _)) in functions.iter().enumerate() {
        writeln!(out, "Slot::new({name:?}, NATIVES[{index}], entry::<{index}>),").unwrap();
    }
    writeln!(out, "];").unwrap();
    let path = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("table.rs");
    fs::write(path, out).expect("OUT_DIR is writable");
}
