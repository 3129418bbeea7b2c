//! The crate's sources, as the build script reads them: which module reaches which, and a digest of a module with all that it
//! reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use sha2::{Digest, Sha256};

/// The crate's sources.
pub struct Sources {
    /// By module: `dispatch`, `dispatch::shadow`.
    modules: BTreeMap<String, Source>,
    /// The crates that are locked, each by the name that sources have for it, with its version.
    dependencies: BTreeMap<String, String>,
}

struct Source {
    /// Everything that counts: no comments, no documentation, no declarations of modules.
    tokens: String,
    /// The modules that it names.
    names: BTreeSet<String>,
    /// The modules that it declares.
    declares: BTreeSet<String>,
}

impl Sources {
    /// Reads all files below a folder, and the versions in a lock file.
    pub fn read(folder: &Path, lock: &str) -> Self {
        let mut files = BTreeMap::new();
        collect(folder, "", &mut files);
        let names: BTreeSet<String> = files.keys().cloned().collect();
        let modules = files.into_iter().map(|(module, text)| (module.clone(), Source::read(&module, &text, &names)));
        let value = |line: Option<&str>, key: &str| {
            line.and_then(|line| line.strip_prefix(key)).map(|value| value.trim_matches('"').to_owned())
        };
        let dependencies = lock.split("[[package]]\n").filter_map(|package| {
            let mut lines = package.lines();
            let name = value(lines.next(), "name = ")?;
            Some((name.replace('-', "_"), value(lines.next(), "version = ")?))
        });
        Self { modules: modules.collect(), dependencies: dependencies.collect() }
    }

    /// Whether there is such a module, which its parent declares.
    pub fn has(&self, module: &str) -> bool {
        let (parent, name) = module.rsplit_once("::").unwrap_or(("lib", module));
        self.modules.contains_key(module) && self.modules.get(parent).is_some_and(|it| it.declares.contains(name))
    }

    /// The SHA-256 of a native's source with everything of the crate that it reaches, and the versions of the crates that
    /// these use.
    pub fn digest(&self, module: &str) -> String {
        let mut reached = BTreeSet::new();
        let mut left = vec![module.to_owned()];
        while let Some(module) = left.pop() {
            // The root names every layer: only its own items count.
            if reached.insert(module.clone()) && module != "lib" {
                left.extend(self.modules[&module].names.iter().cloned());
            }
        }
        let mut hash = Sha256::new();
        let mut dependencies = BTreeSet::new();
        for module in reached {
            let tokens = &self.modules[&module].tokens;
            hash.update(format!("{module}: {tokens}\n"));
            let named = |name: &&String| tokens.split_ascii_whitespace().any(|token| token == name.as_str());
            dependencies.extend(self.dependencies.keys().filter(named));
        }
        for dependency in dependencies {
            hash.update(format!("{dependency} {}\n", self.dependencies[dependency]));
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
        let mut named = Named { module, modules, names: BTreeSet::new(), aliases: BTreeMap::new() };
        file.items.retain(|item| match item {
            syn::Item::Mod(declared) if declared.content.is_none() => !declares.insert(declared.ident.to_string()),
            _ => true,
        });
        for item in &file.items {
            if let syn::Item::Use(item) = item {
                named.note_tree(&item.tree, Vec::new());
            }
        }
        let stream = file.into_token_stream();
        named.note_paths(stream.clone());
        let mut tokens = String::new();
        flatten(stream, &mut tokens);
        Self { tokens, names: named.names, declares }
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
            // `&&` is another token than `& &`.
            TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint => out.push(punct.as_char()),
            other => write!(out, "{other} ").unwrap(),
        }
    }
}

fn is_documentation(attribute: TokenStream) -> bool {
    matches!(attribute.into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
}

/// Collects the modules of the crate that imports and paths lead to, also paths within macros.
struct Named<'a> {
    module: &'a str,
    modules: &'a BTreeSet<String>,
    names: BTreeSet<String>,
    /// Imported names, with the paths that they stand for.
    aliases: BTreeMap<String, Vec<String>>,
}

impl Named<'_> {
    /// Notes the module that a path leads to: the longest beginning of it that is one. A path into the crate that leads to
    /// none is the root's.
    fn note(&mut self, path: &[String]) {
        let own: Vec<&str> = self.module.split("::").filter(|part| !part.is_empty()).collect();
        let supers = path.iter().take_while(|part| *part == "super").count();
        let (start, rest) = match path.first().map(String::as_str) {
            Some("crate") => (Vec::new(), &path[1..]),
            Some("super") => (own[..own.len().saturating_sub(supers)].to_vec(), &path[supers..]),
            Some("self") => (own.clone(), &path[1..]),
            _ => (own.clone(), path), // a module below this one, or none
        };
        let mut at = start.clone();
        let mut found = None;
        if start.len() < own.len() || path[0] == "crate" {
            found = Some(start.join("::")); // an item of that module, unless the path goes on to another
        }
        for part in rest {
            at.push(part);
            if !self.modules.contains(&at.join("::")) {
                break;
            }
            found = Some(at.join("::"));
        }
        let found = found.map(|module| if module.is_empty() { "lib".to_owned() } else { module });
        self.names.extend(found.filter(|module| module != self.module));
    }

    fn note_tree(&mut self, tree: &syn::UseTree, mut path: Vec<String>) {
        match tree {
            syn::UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.note_tree(&inner.tree, path);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_tree(tree, path.clone())),
            syn::UseTree::Name(name) => {
                let name = name.ident.to_string();
                if name != "self" {
                    path.push(name.clone());
                }
                let alias = path.last().cloned().unwrap_or(name);
                self.note(&path);
                self.aliases.insert(alias, path);
            }
            syn::UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                self.note(&path);
                self.aliases.insert(rename.rename.to_string(), path);
            }
            syn::UseTree::Glob(_) => {
                // Everything in there may be meant, its modules as well.
                path.push(String::new());
                for module in self.modules.clone() {
                    *path.last_mut().expect("the name that was pushed") =
                        module.rsplit("::").next().unwrap().to_owned();
                    self.note(&path);
                }
            }
        }
    }

    /// Notes the paths among tokens: `one::two::three`.
    fn note_paths(&mut self, stream: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in stream {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.end_path(&mut path);
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.end_path(&mut path);
                    self.note_paths(group.stream());
                    colons = 0;
                }
                _ => {
                    self.end_path(&mut path);
                    colons = 0;
                }
            }
        }
        self.end_path(&mut path);
    }

    fn end_path(&mut self, path: &mut Vec<String>) {
        let path = std::mem::take(path);
        if let [first, rest @ ..] = &path[..] {
            match self.aliases.get(first) {
                Some(alias) if !rest.is_empty() => self.note(&[alias, rest].concat()),
                None if !rest.is_empty() => self.note(&path),
                _ => {}
            }
        }
    }
}
