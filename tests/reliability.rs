//! docs/reliability.md says which test shows what: each row names tests that exist, or the later step that it waits
//! for. After a run of all tests the same tables are told with its cases and results.
//!
//! * `YORISOI_TESTS_LOG=FILE`: tells the tables with what this log of `cargo test` says.
//! * `YORISOI_RECORD=1` beside it: writes them into docs/reliability.md too.
#![allow(clippy::expect_used)] // whatever breaks here fails the test

mod counted;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const TABLES: &str = "docs/reliability.md";
/// Rows that no test shows yet. This list only ever gets shorter.
const OPEN: [&str; 0] = [];
const LATER: [&str; 1] = ["safety"];

/// A row: its id, and what is named in its third cell, without backquotes.
#[derive(Debug)]
struct Row {
    id: String,
    shown_by: Vec<String>,
}

fn rows(markdown: &str) -> Vec<Row> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = markdown.lines().filter(|line| line.starts_with("| I") || line.starts_with("| M"));
    rows.map(cells)
        .filter_map(|cells| {
            let shown_by = cells.get(2)?.split("<br>").map(|named| named.trim().replace('`', ""));
            Some(Row { id: cells[0].clone(), shown_by: shown_by.filter(|n| !n.is_empty()).collect() })
        })
        .collect()
}

/// Every id from I1 to I20 and from M01 to M40.
fn ids() -> Vec<String> {
    (1..=20).map(|n| format!("I{n}")).chain((1..=40).map(|n| format!("M{n:02}"))).collect()
}

/// What is wrong with the tables; `exists` knows the tests and stories, `open` the rows that nothing shows yet.
fn mistakes(markdown: &str, open: &[&str], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let rows = rows(markdown);
    let mut wrong = Vec::new();
    for id in ids() {
        match rows.iter().filter(|row| row.id == id).count() {
            1 => {}
            count => wrong.push(format!("{id} stands in the tables {count} times")),
        }
    }
    for Row { id, shown_by } in &rows {
        if !ids().contains(id) {
            wrong.push(format!("{id} is no id"));
        }
        if shown_by.is_empty() {
            wrong.push(format!("{id} is empty and names no later step"));
        }
        for named in shown_by {
            let known = match named.strip_prefix("later: ") {
                Some(later) => LATER.contains(&later),
                None if named == "open" => open.contains(&id.as_str()) && shown_by.len() == 1,
                None => exists(named),
            };
            if !known {
                wrong.push(format!("{id} names what does not exist: {named}"));
            }
        }
    }
    let is_open = |id: &str| rows.iter().any(|row| row.id == id && row.shown_by == ["open"]);
    wrong
        .extend(open.iter().filter(|id| !is_open(id)).map(|id| format!("{id} is no longer open: strike it")));
    wrong
}

fn text(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// The names of the tests of a file.
fn tests_of(path: &str) -> BTreeSet<String> {
    fn walk(items: &[syn::Item], names: &mut BTreeSet<String>) {
        for item in items {
            match item {
                syn::Item::Fn(function) => {
                    let is_test = |attribute: &syn::Attribute| {
                        attribute.path().segments.last().is_some_and(|last| last.ident == "test")
                    };
                    if function.attrs.iter().any(is_test) {
                        names.insert(function.sig.ident.to_string());
                    }
                }
                syn::Item::Mod(module) => {
                    walk(module.content.as_ref().map_or(&[], |(_, items)| items), names);
                }
                // proptest!: what it holds is no Rust to syn
                syn::Item::Macro(item) => {
                    let tokens = item.mac.tokens.to_string();
                    let tests = tokens.split("# [test]").skip(1);
                    let name =
                        |test: &str| Some(test.split_once("fn ")?.1.split([' ', '(']).next()?.to_owned());
                    names.extend(tests.filter_map(name));
                }
                _ => {}
            }
        }
    }
    let mut names = BTreeSet::new();
    if let Some(file) = text(path).and_then(|text| syn::parse_file(&text).ok()) {
        walk(&file.items, &mut names);
    }
    names
}

fn exists(named: &str) -> bool {
    match named.split_once("::") {
        Some((file, test)) => tests_of(file).contains(test),
        None => named.ends_with(".story") && text(named).is_some(),
    }
}

#[test]
fn every_row_names_tests_that_exist_or_the_step_that_it_waits_for() {
    let wrong = mistakes(&text(TABLES).expect("docs/reliability.md"), &OPEN, exists);
    assert!(wrong.is_empty(), "{TABLES}:\n{}", wrong.join("\n"));
}

/// The tables, each row with `shown_by` as its third cell but this one.
fn tables(changed: &str, shown_by: &str) -> String {
    let row = |id: String| {
        let shown_by = if id == changed { shown_by } else { "`a.rs::there`" };
        format!("| {id} | what | {shown_by} | – | – |\n")
    };
    ids().into_iter().map(row).collect()
}

#[test]
fn a_row_that_shows_nothing_is_seen() {
    let check = |markdown: &str, open: &[&str], expected: &[&str]| {
        let exists = |named: &str| named == "a.rs::there" || named == "fixtures/stories/there.story";
        assert_eq!(mistakes(markdown, open, exists), expected, "{markdown}");
    };
    let good = tables("", "");
    check(&good, &[], &[]);
    check(&tables("M03", "`a.rs::there`<br>`fixtures/stories/there.story`<br>later: safety"), &[], &[]);
    check(&tables("M03", "`a.rs::gone`"), &[], &["M03 names what does not exist: a.rs::gone"]);
    check(&tables("M03", "`a.rs::there`<br>`b.rs`"), &[], &["M03 names what does not exist: b.rs"]);
    check(&tables("M03", ""), &[], &["M03 is empty and names no later step"]);
    check(&tables("M03", "later: someday"), &[], &["M03 names what does not exist: later: someday"]);
    check(&tables("M03", "open"), &[], &["M03 names what does not exist: open"]);
    check(&tables("M03", "open"), &["M03"], &[]);
    check(&good, &["M03"], &["M03 is no longer open: strike it"]);
    check(
        &good.replace("| I7 |", "| I6 |"),
        &[],
        &["I6 stands in the tables 2 times", "I7 stands in the tables 0 times"],
    );
    check(&(good.clone() + "| M41 | what | `a.rs::there` | – | – |\n"), &[], &["M41 is no id"]);
}

#[test]
fn tests_are_found_where_they_stand() {
    assert!(exists("tests/reliability.rs::tests_are_found_where_they_stand"));
    assert!(exists("tests/protocol_imap.rs::a_dead_connection_is_noticed_by_noop"), "of tokio");
    assert!(exists("src/domain/settled.rs::each_end_has_its_consequence"), "in a module of tests");
    assert!(exists("src/mail/compose.rs::what_is_composed_reads_back"), "in a macro");
    assert!(!exists("tests/reliability.rs::exists"), "a function that is no test");
    assert!(!exists("tests/reliability.rs::gone") && !exists("tests/gone.rs::gone") && !exists("README.md"));
}

/// The tables with what a run said: the cases of each row's tests, and whether all of them passed.
fn filled(markdown: &str, log: &str, cases: &BTreeMap<String, usize>) -> String {
    let result = |test: &str| {
        let ended = |line: &str| {
            let (path, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
            (path.rsplit("::").next() == Some(test)).then(|| result == "ok")
        };
        let ends: Vec<bool> = log.lines().filter_map(ended).collect();
        (!ends.is_empty()).then(|| ends.into_iter().all(|ok| ok))
    };
    let fill = |line: &str| {
        let Some(row) = rows(line).pop() else { return line.to_owned() };
        // a story is told by the test of all stories
        let story = "every_story_comes_out_as_it_is_told";
        let tests: Vec<&str> = row
            .shown_by
            .iter()
            .filter_map(|named| match named.split_once("::") {
                Some((_, test)) => Some(test),
                None => named.ends_with(".story").then_some(story),
            })
            .collect();
        let ran: usize = tests.iter().map(|test| cases.get(*test).copied().unwrap_or(1)).sum();
        let results: Vec<Option<bool>> = tests.iter().map(|test| result(test)).collect();
        let result = match results.as_slice() {
            [] => "–",
            results if results.contains(&Some(false)) => "FAILED",
            results if results.contains(&None) => "not run",
            _ => "ok",
        };
        let before: Vec<&str> = line.splitn(5, '|').take(4).collect();
        format!("{}| {ran} | {result} |", before.join("|"))
    };
    markdown.lines().map(|line| fill(line) + "\n").collect()
}

#[test]
fn a_run_fills_in_cases_and_results() {
    let cases = BTreeMap::from([("many".to_owned(), 41)]);
    let check = |shown_by: &str, log: &str, expected: &str| {
        let row = |rest: &str| format!("# A\n| I1 | what | {shown_by} | {rest} |\n");
        assert_eq!(filled(&row("9 | ok"), log, &cases), row(expected));
    };
    check("`a.rs::one`<br>`b.rs::many`", "test one ... ok\ntest b::many ... ok\n", "42 | ok");
    check("`a.rs::one`<br>later: safety", "test x::one ... FAILED\n", "1 | FAILED");
    check("`a.rs::one`", "test someone ... ok\n", "1 | not run");
    check("`s/a.story`", "test every_story_comes_out_as_it_is_told ... ok\n", "1 | ok");
    check("open", "", "0 | –");
}

#[test]
fn the_tables_are_told_after_a_run() {
    let log = std::env::var("YORISOI_TESTS_LOG").map(|log| text(log).expect("the log of a run"));
    let entries = fs::read_dir(counted::place()).into_iter().flatten().flatten();
    let number = |entry: fs::DirEntry| {
        let cases = fs::read_to_string(entry.path()).ok()?.parse().ok()?;
        Some((entry.file_name().into_string().ok()?, cases))
    };
    let cases = entries.filter_map(number).collect();
    let markdown = text(TABLES).expect("docs/reliability.md");
    let filled = filled(&markdown, log.as_deref().unwrap_or_default(), &cases);
    assert_eq!(rows(&filled).len(), ids().len());
    assert_eq!(filled.lines().count(), markdown.lines().count());
    if log.is_ok() {
        filled.lines().filter(|line| line.starts_with('|')).for_each(|line| println!("{line}"));
        if std::env::var("YORISOI_RECORD").is_ok() {
            fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLES), filled).expect("the tables");
        }
    }
}
