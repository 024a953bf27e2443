//! The house keeps its own rules: ARCHITECTURE.md says them, this test reads them there and looks at every file.
#![allow(clippy::expect_used, clippy::panic)] // whatever breaks here fails the test

mod house;

use house::{
    Complaint, House, Tree, complaints, fixture_families, kill_points, licences, lock_file, metadata,
};

const ARCHITECTURE: &str = include_str!("../ARCHITECTURE.md");
const CARGO: &str = include_str!("../Cargo.toml");

fn told(all: &[Complaint]) -> String {
    all.iter().map(|complaint| format!("{complaint}\n")).collect()
}

#[test]
fn every_file_keeps_the_rules_of_the_house() {
    let house = House::read(ARCHITECTURE, CARGO);
    let tree = Tree::read();
    let texts = tree.paths.iter().filter_map(|path| Some((path, tree.text(path)?)));
    let all: Vec<Complaint> = texts.flat_map(|(path, text)| complaints(&house, path, &text)).collect();
    assert!(all.is_empty(), "{} complaints:\n{}", all.len(), told(&all));
}

#[test]
fn every_family_of_fixtures_says_where_it_comes_from() {
    let tree = Tree::read();
    let all = fixture_families(&tree.paths, |path| tree.text(path));
    assert!(all.is_empty(), "{}", told(&all));
}

#[test]
fn every_crate_is_under_a_licence_that_deny_toml_allows() {
    assert_eq!(told(&licences(&metadata(), include_str!("../deny.toml"))), "");
}

#[test]
fn a_crate_under_another_licence_is_seen() {
    let deny = "[licenses]\nallow = [\"MIT\", \"Zlib\", \"Apache-2.0 WITH LLVM-exception\"]";
    let check = |licence: &str, fine: bool| {
        let metadata = serde_json::json!({ "packages": [{ "name": "x", "license": licence }] });
        assert_eq!(told(&licences(&metadata, deny)).is_empty(), fine, "{licence}");
    };
    check("MIT", true);
    check("GPL-3.0", false);
    check("GPL-3.0 OR MIT", true);
    check("MIT/Apache-2.0", true);
    check("MIT AND GPL-3.0", false);
    check("(MIT OR Apache-2.0) AND Zlib", true);
    check("(Apache-2.0 OR GPL-3.0) AND Zlib", false);
    check("GPL-3.0 OR MIT AND Zlib", true);
    check("Apache-2.0 WITH LLVM-exception", true);
}

#[test]
fn no_crate_comes_from_elsewhere_or_is_banned() {
    let all = lock_file(include_str!("../Cargo.lock"), include_str!("../deny.toml"));
    assert!(all.is_empty(), "{}", told(&all));
}

#[test]
fn every_crate_of_the_project_has_a_home_and_every_home_its_crate() {
    let house = House::read(ARCHITECTURE, CARGO);
    let homes = house.homes.keys().chain(&house.anywhere).cloned().collect();
    let without: Vec<&String> = house.dependencies.difference(&homes).collect();
    let unknown: Vec<&String> = homes.difference(&house.dependencies).collect();
    assert!(without.is_empty(), "no home in ARCHITECTURE.md: {without:?}");
    assert!(unknown.is_empty(), "at home in ARCHITECTURE.md, not in Cargo.toml: {unknown:?}");
}

#[test]
fn every_kill_point_has_one_call_before_its_step_and_one_after_it() {
    let tree = Tree::read();
    let texts: Vec<(&String, String)> = tree.paths.iter().filter_map(|p| Some((p, tree.text(p)?))).collect();
    let all = kill_points(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    assert!(all.is_empty(), "{}", told(&all));
    // and a call that is missing, or that stands twice, is seen
    let room = ("src/kill.rs", "pub enum Point { One, Two }");
    let calls = ("src/x.rs", "kill::before(Point::One); kill::after(Point::One); kill::after(Point::Two);");
    let said = told(&kill_points([room, calls, ("src/y.rs", "kill::after(Point::Two);")].into_iter()));
    let expected = [
        "2 kill points, not 40",
        "kill::before(Point::Two);` stands 0",
        "kill::after(Point::Two);` stands 2",
    ];
    assert!(expected.iter().all(|words| said.contains(words)) && said.lines().count() == 3, "{said}");
}

/// A house with few rooms, so that the examples below stay true when the real one grows.
fn example() -> House {
    let architecture = "
## Rooms and what they may use

| room | knows | may use | crates |
| --- | --- | --- | --- |
| `clock` | | – | `jiff` |
| `mail` | | `clock` | `lettre` |
| `domain` | | `mail`, `clock` | `jiff` in `domain::calendar` |
| `store` | | `domain` | `rusqlite` |
| `net` | | `mail` | `lettre` |
| `main` | | `store` | – |
| anywhere | | | `serde` |

## Words

| word | meaning | not |
| --- | --- | --- |
| `Message` | | `email`, `q1`, `q2`, `q3`, `q4`, `q5`; mailbox |
| `Client` | | `user`, `…Client` in `net`, `…Client` in `daemon` |
| verbs | | `handle_…`, `manager`, `sent_at` |
";
    let cargo =
        "[dependencies]\njiff=\"1\"\nlettre=\"1\"\nrusqlite=\"1\"\nserde=\"1\"\ntokio=\"1\"\nx-y=\"1\"\n";
    House::read(architecture, cargo)
}

/// Each snippet, as a file at the path, breaks the one rule that is expected, or none.
fn check(path: &str, code: &str, expected: &str) {
    let text = format!("//! Head.\n{code}\n");
    let said = told(&complaints(&example(), path, &text));
    if expected.is_empty() {
        assert_eq!(said, "", "{path}: {code}");
    } else {
        assert!(said.contains(expected) && said.lines().count() == 1, "{path}: {code}\nsaid: {said}");
    }
}

#[test]
fn a_room_that_names_another_one_without_leave_is_seen() {
    let no = "src/mail/x.rs:2: `mail` may not use `store`";
    check("src/mail/x.rs", "use crate::store::Store;", no);
    check("src/mail/x.rs", "use crate::{clock::now, store};", no);
    check("src/mail/x.rs", "use super::super::store::Store;", no);
    check("src/mail/x.rs", "fn f() { crate::store::open() }", no);
    check("src/mail/x.rs", "fn f(s: &crate::store::Store) {}", no);
    check("src/mail/x.rs", "fn f() { println!(\"{}\", 1 + crate::store::open()) }", no);
    check("src/mail/x.rs", "#[derive(crate::store::Row)] struct S;", no);
    check("src/mail/x.rs", "#[cfg(test)] mod tests { use crate::store::Store; }", no);
    check("src/mail/x.rs", "mod inner { use super::super::super::store::Store; }", no);
    check("src/mail.rs", "use super::store::Store;", no.replace("/x", "").as_str());
    check("src/main.rs", "fn main() { yorisoi::mail::f() }", "`main` may not use `mail`");
    check("src/mail/x.rs", "use crate::attic::Box;", "`attic` is no room");
    check("src/lib.rs", "pub mod attic;", "`attic` is no room");
    check("src/lib.rs", "pub mod mail;", "");
    check("src/mail/x.rs", "use crate::clock::now; use super::store; use crate::mail::y;", "");
    check("src/main.rs", "fn main() { yorisoi::store::f() }", "");
    check("tests/x.rs", "use yorisoi::store::Store;", "");
    check("tests/sim/model.rs", "use yorisoi::store::Store;", "the model may not name `store`");
    check("tests/sim/model.rs", "use yorisoi::clock::now;", "");
}

#[test]
fn an_outside_crate_away_from_home_is_seen() {
    check("src/domain/x.rs", "use rusqlite::Connection;", "`rusqlite` is not at home here, but in: store");
    check("src/domain/x.rs", "use {serde::Serialize, lettre::Message};", "`lettre` is not at home here");
    check(
        "src/domain/x.rs",
        "fn f() { jiff::now() }",
        "`jiff` is not at home here, but in: clock, domain::calendar",
    );
    check("src/store.rs", "fn f() { x_y::f() }", "`x_y` is not at home here, but in: nowhere");
    check("src/store.rs", "#[tokio::main] async fn f() {}", "`tokio` is not at home here");
    check("src/store.rs", "fn f() { assert!(tokio::f()) }", "`tokio` is not at home here");
    check("src/domain/calendar.rs", "use jiff::civil::Date;", "");
    check("src/domain/calendar/day.rs", "use jiff::civil::Date;", "");
    check("src/domain/calendars.rs", "use jiff::civil::Date;", "`jiff` is not at home here");
    check("src/store/x.rs", "use rusqlite::{lettre, types as jiff}; fn f() { lettre::f(jiff::T) }", "");
    check("src/store/x.rs", "use rusqlite::Connection; use serde::Serialize; use std::fs;", "");
    check("src/store/x.rs", "#[cfg(test)] mod tests { use proptest::prelude::*; }", "");
    check("tests/x.rs", "use rusqlite::Connection;", "");
}

#[test]
fn long_files_and_long_functions_are_seen() {
    let lines = |n: usize| "    f();\n".repeat(n);
    let function = |n: usize| format!("fn f() {{\n{}}}", lines(n));
    check("src/store.rs", &function(58), "");
    check("src/store.rs", &function(59), "`f` has 61 lines; 60 at most");
    check("src/store.rs", &format!("struct S;\nimpl S {{ {} }}", function(59)), "`f` has 61 lines");
    check("tests/x.rs", &format!("#[test]\n{}", function(59)), "`f` has 61 lines");
    check("src/store.rs", &"struct S;\n\n// why\n".repeat(400), "");
    check("src/store.rs", &"struct S;\n".repeat(401), "401 lines of code");
    check("tests/x.rs", &"struct S;\n".repeat(600), "");
    check("tests/x.rs", &"struct S;\n".repeat(601), "601 lines of code");
}

#[test]
fn misused_words_in_names_are_seen() {
    let no = "not email; the word is `Message`";
    check("src/mail.rs", "struct Email;", no);
    check("src/mail.rs", "fn parse_email() {}", no);
    check("src/mail.rs", "struct S { email: u8 }", no);
    check("src/mail.rs", "enum E { RawEmail }", no);
    check("src/mail.rs", "const EMAIL: u8 = 1;", no);
    check("src/mail.rs", "mod email {}", no);
    check("src/mail.rs", "trait T { fn email(); }", no);
    check("src/mail.rs", "fn handle_mail() {}", "not handle_…");
    check("src/mail.rs", "struct MailManager;", "not manager");
    check("src/mail.rs", "struct S { sent_at: u8 }", "not sent_at");
    check("src/net/x.rs", "struct ImapClient;", "not …client");
    check("src/mail.rs", "struct ImapClient; struct Client;", "");
    check("src/mail.rs", "struct S { username: u8, mailbox: u8, handle: u8, manage: u8 }", "");
    check("src/mail.rs", "fn f(email: u8) { email.user() }", "");
    check("src/mail.rs", "#[test]\nfn an_email_is_a_message() {}", "");
    check("tests/x.rs", "fn user() {}", "");
}

#[test]
fn unwrapping_outside_of_tests_is_seen() {
    check("src/mail.rs", "fn f() { g().unwrap(); }", "`unwrap` outside of tests");
    check("src/mail.rs", "fn f() { g().expect(\"x\"); }", "`expect` outside of tests");
    check("src/mail.rs", "fn f() { println!(\"{}\", g().unwrap()); }", "`unwrap` outside of tests");
    check("src/mail.rs", "fn f() { g().unwrap_or_default(); }", "");
    check("src/mail.rs", "fn f() { talk.expect(&greeting, 220)?; }", "");
    check("src/mail.rs", "#[cfg(test)] mod tests { fn f() { g().unwrap(); } }", "");
    check("src/mail.rs", "#[test]\nfn f() { g().unwrap(); }", "");
    check("src/mail/tests.rs", "fn f() { g().unwrap(); }", "");
    check("tests/x.rs", "fn f() { g().unwrap(); }", "");
}

#[test]
fn ignored_tests_open_ends_and_machine_paths_are_seen() {
    check("tests/x.rs", "#[test]\n#[ignore]\nfn f() {}", "an ignored test shows nothing");
    check("tests/x.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}", "an ignored test shows nothing");
    check("src/mail.rs", concat!("// TO", "DO later"), "open an issue");
    check("docs/x.md", concat!("FIX", "ME"), "open an issue");
    check("docs/x.md", concat!("see /wo", "rk/main/x"), "a path of somebody's machine");
    check("src/mail.rs", concat!("const P: &str = \"/ho", "me/me/x\";"), "a path of somebody's machine");
    check("docs/x.md", "https://example.org/work/x and target/work/x and /var/lib/yorisoi", "");
    check("fixtures/mail/x.eml", concat!("/ho", "me/me"), "");
    check("fixtures/mail/README.md", concat!("/ho", "me/me"), "a path of somebody's machine");
}

#[test]
fn a_file_without_a_head_is_seen() {
    let said = |path: &str| told(&complaints(&example(), path, "struct S;\n"));
    assert!(said("src/mail.rs").contains("begin with `//!`"));
    assert_eq!(said("src/mail/tests.rs") + &said("tests/x.rs"), "");
    assert!(told(&complaints(&example(), "src/mail.rs", "//! x\nfn {")).contains("src/mail.rs:2:"));
}

#[test]
fn fixtures_without_a_readme_are_seen() {
    let check = |paths: &[&str], expected: &str| {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let all = fixture_families(&paths, |_| Some("the family `inner`".to_owned()));
        assert_eq!(told(&all), expected, "{paths:?}");
    };
    check(&["fixtures/a/README.md", "fixtures/a/x.eml", "src/a/x.rs"], "");
    check(&["fixtures/a/README.md", "fixtures/a/inner/x.eml", "fixtures/.gitattributes"], "");
    let said = |folder: &str| format!("{folder}:1: no README.md says where these files come from\n");
    check(&["fixtures/a/x.eml"], &said("fixtures/a"));
    check(&["fixtures/a/README.md", "fixtures/a/other/x.eml"], &said("fixtures/a/other"));
}

#[test]
fn crates_from_elsewhere_and_banned_crates_are_seen() {
    let deny = "[bans]\ndeny = [{ crate = \"openssl\" }]";
    let check = |package: &str, expected: &str| {
        let lock = format!("[[package]]\nname = \"yorisoi\"\n[[package]]\n{package}\n");
        assert_eq!(told(&lock_file(&lock, deny)), expected, "{package}");
    };
    check("name = \"openssl\"", "Cargo.lock:1: deny.toml bans openssl\n");
    check("name = \"a\"\nsource = \"git+x\"", "Cargo.lock:1: a comes from git+x\n");
    check("name = \"a\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"", "");
}
