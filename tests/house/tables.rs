//! ARCHITECTURE.md and Cargo.toml → what may be named where.

use std::collections::{BTreeMap, BTreeSet};

/// What the tables say.
#[derive(Debug, Default)]
pub struct House {
    /// Room → the other rooms that it may name.
    pub rooms: BTreeMap<String, BTreeSet<String>>,
    /// Outside crate → the rooms, or parts of rooms (`domain::calendar`), where it is at home.
    pub homes: BTreeMap<String, BTreeSet<String>>,
    /// Outside crates that may be named anywhere.
    pub anywhere: BTreeSet<String>,
    /// The crates of `[dependencies]`, as they are spelt in code.
    pub dependencies: BTreeSet<String>,
    /// What no name may contain.
    pub misused: Vec<Misused>,
}

/// A word that the glossary refuses.
#[derive(Debug)]
pub struct Misused {
    /// In snake case; `…` before or after it as in the table.
    pub pattern: String,
    /// Only in this room.
    pub room: Option<String>,
    /// The first column: what to write instead.
    pub instead: String,
}

impl House {
    /// Reads both tables and the dependencies; panics when a table is not there or says nothing.
    pub fn read(architecture: &str, cargo: &str) -> Self {
        let mut house = Self::default();
        for row in table(architecture, "## Rooms and what they may use") {
            let [room, _, may_use, crates] = &row[..] else { panic!("four cells, not {row:?}") };
            if room == "anywhere" {
                house.anywhere = coded(crates).into_iter().map(|(name, _)| name).collect();
                continue;
            }
            let room = coded(room)[0].0.clone();
            for (name, part) in coded(crates) {
                house.homes.entry(name).or_default().insert(part.unwrap_or_else(|| room.clone()));
            }
            house.rooms.insert(room, coded(may_use).into_iter().map(|(name, _)| name).collect());
        }
        for row in table(architecture, "## Words") {
            let [instead, _, not] = &row[..] else { panic!("three cells, not {row:?}") };
            for (word, room) in coded(not) {
                let pattern = super::names::snake(&word);
                house.misused.push(Misused { pattern, room, instead: instead.clone() });
            }
        }
        house.dependencies = dependencies(cargo);
        assert!(house.rooms.len() > 5 && house.misused.len() > 10 && house.dependencies.len() > 5);
        house
    }
}

/// The rows of the first table below a heading, without its head: the cells, trimmed.
fn table(markdown: &str, heading: &str) -> Vec<Vec<String>> {
    let after = markdown.split(heading).nth(1).unwrap_or_else(|| panic!("no {heading} in ARCHITECTURE.md"));
    let rows =
        after.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.skip(2).map(cells).collect()
}

/// The words between backquotes; each with the word that `in` joins to it.
fn coded(cell: &str) -> Vec<(String, Option<String>)> {
    let mut words: Vec<(String, Option<String>)> = Vec::new();
    let mut between = "";
    for (n, piece) in cell.split('`').enumerate() {
        match (n % 2, words.last_mut()) {
            (0, _) => between = piece,
            (_, Some(last)) if between.trim() == "in" => last.1 = Some(piece.to_owned()),
            _ => words.push((piece.to_owned(), None)),
        }
    }
    words
}

fn dependencies(cargo: &str) -> BTreeSet<String> {
    let manifest: toml::Table = toml::from_str(cargo).expect("Cargo.toml");
    let table = manifest["dependencies"].as_table().expect("[dependencies]");
    table.keys().map(|name| name.replace('-', "_")).collect()
}
