//! Makes the table of natives from the one registry, `sky_rust/_registry.py`: a module, an attachment and a digest for each
//! of its lines. A missing native fails the build, with the file to write.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use sha2::{Digest, Sha256};
use syn::visit::{self, Visit};

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

    let sources = Sources::read(&crate_dir.join("src"));
    let missing: Vec<_> = functions.iter().filter_map(|function| sources.missing(function)).collect();
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

/// The crate's sources, by module: `dispatch`, `dispatch::shadow`.
struct Sources(BTreeMap<String, Source>);

struct Source {
    /// Everything that counts: no comments, no documentation, no declarations of modules.
    tokens: String,
    /// The modules that it names.
    names: BTreeSet<String>,
    /// The modules that it declares.
    declares: BTreeSet<String>,
}

impl Sources {
    fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        collect(folder, "", &mut files);
        let modules: BTreeSet<String> = files.keys().cloned().collect();
        Self(files.into_iter().map(|(module, text)| (module.clone(), Source::read(&module, &text, &modules))).collect())
    }

    /// What to write for a function that has no native; `None` for one that has.
    fn missing(&self, function: &Function<'_>) -> Option<String> {
        let (module, identifier) = (function.module, function.identifier());
        let (file, parent) =
            (format!("rust/src/natives/{module}/{identifier}.rs"), format!("rust/src/natives/{module}/mod.rs"));
        let declares = self.0.get(&format!("natives::{module}")).is_some_and(|it| it.declares.contains(&identifier));
        if self.0.contains_key(&function.path()) && declares {
            return None;
        }
        let name = function.name;
        Some(format!(
            "sky_rust/_registry.py has {name}, of {module}: write its native, {file}, and declare it in {parent}: `pub mod {identifier};`"
        ))
    }

    /// The SHA-256 of a native's source with everything of the crate that it reaches.
    fn digest(&self, module: &str) -> String {
        let mut reached = BTreeSet::new();
        let mut left = vec![module.to_owned()];
        while let Some(module) = left.pop() {
            if reached.insert(module.clone()) {
                left.extend(self.0[&module].names.iter().cloned());
            }
        }
        let mut hash = Sha256::new();
        for module in reached {
            hash.update(format!("{module}: {}\n", self.0[&module].tokens));
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// All `.rs` files below a folder, by the module that each is.
fn collect(folder: &Path, module: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let inside = if module.is_empty() { stem.clone() } else { format!("{module}::{stem}") };
        if path.is_dir() {
            collect(&path, &inside, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = if stem == "mod" { module.to_owned() } else { inside };
            files.insert(name, fs::read_to_string(&path).expect("a source is readable"));
        }
    }
}

impl Source {
    fn read(module: &str, text: &str, modules: &BTreeSet<String>) -> Self {
        let mut file = syn::parse_file(text).unwrap_or_else(|error| panic!("{module}: {error}"));
        let mut declares = BTreeSet::new();
        file.items.retain(|item| match item {
            syn::Item::Mod(declared) if declared.content.is_none() => !declares.insert(declared.ident.to_string()),
            _ => true,
        });
        let mut named = Named { module, modules, names: BTreeSet::new() };
        named.visit_file(&file);
        let mut tokens = String::new();
        flatten(file.into_token_stream(), &mut tokens);
        let names = named.names;
        Self { tokens, names, declares }
    }
}

/// The tokens one behind the other, without attributes of documentation (comments are no tokens).
fn flatten(stream: TokenStream, out: &mut String) {
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_hash = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        if is_hash {
            let mut inner = None;
            if matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!') {
                inner = tokens.next();
            }
            let is_doc = matches!(tokens.peek(), Some(TokenTree::Group(group)) if is_documentation(group.stream()));
            if is_doc {
                tokens.next();
                continue;
            }
            out.push_str(if inner.is_some() { "# ! " } else { "# " });
            continue;
        }
        match token {
            TokenTree::Group(group) => {
                write!(out, "{:?} ", group.delimiter()).unwrap();
                flatten(group.stream(), out);
                out.push_str("end ");
            }
            other => write!(out, "{other} ").unwrap(),
        }
    }
}

fn is_documentation(attribute: TokenStream) -> bool {
    matches!(attribute.into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
}

/// Collects the modules of the crate that paths and imports lead to.
struct Named<'a> {
    module: &'a str,
    modules: &'a BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Named<'_> {
    /// Notes the module that a path leads to: the longest beginning of it that is one.
    fn note(&mut self, path: &[String]) {
        let own: Vec<&str> = self.module.split("::").filter(|part| !part.is_empty()).collect();
        let mut at: Vec<&str> = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("super") => own[..own.len().saturating_sub(1)].to_vec(),
            // A name of its own: a module below this one, or none.
            _ => own.clone(),
        };
        let is_own = !matches!(path.first().map(String::as_str), Some("crate" | "super" | "self"));
        let mut found = (!is_own).then(|| at.join("::")).filter(|module| self.modules.contains(module));
        for part in path.iter().skip(usize::from(!is_own)) {
            at.push(part);
            if !self.modules.contains(&at.join("::")) {
                break;
            }
            found = Some(at.join("::"));
        }
        self.names.extend(found.filter(|module| module != self.module && module != "lib"));
    }

    fn note_tree(&mut self, tree: &syn::UseTree, mut path: Vec<String>) {
        match tree {
            syn::UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.note_tree(&inner.tree, path);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_tree(tree, path.clone())),
            syn::UseTree::Name(name) => {
                path.push(name.ident.to_string());
                self.note(&path);
            }
            syn::UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                self.note(&path);
            }
            syn::UseTree::Glob(_) => self.note(&path),
        }
    }
}

impl<'ast> Visit<'ast> for Named<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.note_tree(&item.tree, Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(&names);
        visit::visit_path(self, path);
    }
}
