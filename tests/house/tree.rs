//! Rules about the project as a whole: which files there are, and what Cargo.lock holds.

use std::fs;
use std::path::{Path, PathBuf};

use super::complaint::Complaint;

/// The project's files.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    /// Relative to the project, with `/`, in order.
    pub paths: Vec<String>,
}

impl Tree {
    /// Every file of the project.
    pub fn read() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut paths = Vec::new();
        // what .gitignore names at the root of the project is nobody's text
        let ignored = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
        let ignored = ignored.lines().filter_map(|line| line.strip_prefix('/')).chain([".git"]);
        collect(&root, &root, &ignored.collect::<Vec<_>>(), &mut paths);
        paths.sort();
        assert!(paths.iter().any(|path| path == "src/lib.rs"), "no src/lib.rs below {}", root.display());
        Self { root, paths }
    }

    /// A file's text; `None` when it is not UTF-8.
    pub fn text(&self, path: &str) -> Option<String> {
        String::from_utf8(fs::read(self.root.join(path)).expect("a file that was just listed")).ok()
    }
}

fn collect(root: &Path, folder: &Path, ignored: &[&str], paths: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let relative = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
        if ignored.contains(&relative.trim_end_matches('/')) {
            continue;
        }
        if entry.file_type().expect("a type").is_dir() {
            collect(root, &path, ignored, paths);
        } else {
            paths.push(relative);
        }
    }
}

/// Every folder of `fixtures/` is explained: by a README.md in it, or by its name in one above it.
pub fn fixture_families(paths: &[String], text: impl Fn(&str) -> Option<String>) -> Vec<Complaint> {
    let parent = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let is_fixture = |path: &&String| !path.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
    let mut folders: Vec<String> = paths.iter().filter(is_fixture).map(|path| parent(path)).collect();
    folders.retain(|folder| folder.starts_with("fixtures"));
    folders.dedup();
    let is_explained = |folder: &String| {
        let name = folder.rsplit('/').next().unwrap_or_default();
        let mut above = Some(folder.clone());
        while let Some(place) = above.filter(|place| !place.is_empty()) {
            let readme = format!("{place}/README.md");
            if paths.contains(&readme)
                && (place == *folder || text(&readme).is_some_and(|t| t.contains(name)))
            {
                return true;
            }
            above = Some(parent(&place));
        }
        false
    };
    let unexplained = folders.into_iter().filter(|folder| !is_explained(folder));
    unexplained
        .map(|folder| Complaint::new(&folder, 1, "no README.md says where these files come from"))
        .collect()
}

/// Crates come from crates.io alone, and some not at all: what deny.toml says, as far as Cargo.lock shows it.
pub fn lock_file(lock: &str, deny: &str) -> Vec<Complaint> {
    let lock: toml::Table = toml::from_str(lock).expect("Cargo.lock");
    let deny: toml::Table = toml::from_str(deny).expect("deny.toml");
    let banned: Vec<&str> = deny["bans"]["deny"].as_array().expect("bans").iter().filter_map(name).collect();
    let mut all = Vec::new();
    for package in lock["package"].as_array().expect("packages") {
        let called = package["name"].as_str().unwrap_or_default();
        let source = package.get("source").and_then(toml::Value::as_str);
        if source.is_some_and(|source| source != "registry+https://github.com/rust-lang/crates.io-index") {
            all.push(Complaint::new(
                "Cargo.lock",
                1,
                format!("{called} comes from {}", source.unwrap_or("?")),
            ));
        }
        if banned.contains(&called) {
            all.push(Complaint::new("Cargo.lock", 1, format!("deny.toml bans {called}")));
        }
    }
    all
}

fn name(ban: &toml::Value) -> Option<&str> {
    ban.get("crate").and_then(toml::Value::as_str)
}
