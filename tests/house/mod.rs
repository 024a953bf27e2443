//! The house rules: ARCHITECTURE.md's tables, and the checks that read them.

mod code;
mod complaint;
mod kills;
mod licences;
mod names;
mod tables;
mod text;
mod tree;

pub use complaint::Complaint;
pub use kills::kill_points;
pub use licences::{licences, metadata};
pub use tables::House;
pub use tree::{Tree, fixture_families, lock_file};

/// Everything that is wrong with one file. `path` is relative to the project, with `/`.
pub fn complaints(house: &House, path: &str, text: &str) -> Vec<Complaint> {
    let mut all = text::complaints(path, text);
    if path.ends_with(".rs") {
        all.extend(code::complaints(house, path, text));
    }
    all
}
