//! Every story in `fixtures/config/` is answered word for word as it stands beside it, by the real program.
//!
//! `<story>.toml` is the configuration, `<story>.env` the environment, `<story>.ja.txt` and `<story>.en.txt` what
//! the operator reads. `YORISOI_BLESS=1` writes the texts anew; then somebody has to read them.
#![allow(clippy::unwrap_used)] // a test that cannot read its fixtures has failed

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Fewer than this and something is missing from the checkout.
const AT_LEAST: usize = 60;

/// What no answer may hold: it stands where a password stands.
const SECRETS: [&str; 2] = ["hunter2", "8153692"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config")
}

fn stories() -> Vec<String> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let tomls = files.filter(|path| path.extension().is_some_and(|e| e == "toml"));
    let mut names: Vec<String> =
        tomls.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    // without the check of signatures there is one more mistake in it
    names.retain(|name| cfg!(feature = "dkim") || name != "signatures-and-nobody-trusted");
    names.sort();
    names
}

/// Runs the program in the folder, so that no path of this machine stands in the answer.
fn told(story: &str, locale: &str) -> Output {
    let variables = fs::read_to_string(folder().join(format!("{story}.env"))).unwrap_or_default();
    let variables = variables.lines().filter_map(|line| line.split_once('='));
    let mut command = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
    command.env_clear().env("PATH", "/usr/bin:/bin").envs(variables).current_dir(folder());
    if locale == "en" {
        command.env("YORISOI__SERVICE__LOCALE", "en");
    }
    command.args(["--config", &format!("{story}.toml"), "status"]).output().unwrap()
}

/// What is wrong with the answer to one story in one language; nothing, when it is as it should be.
fn complaint(story: &str, locale: &str, bless: bool) -> Option<String> {
    let path = folder().join(format!("{story}.{locale}.txt"));
    if locale == "en" && !path.exists() {
        return None;
    }
    let output = told(story, locale);
    let said = String::from_utf8(output.stderr).unwrap();
    if output.status.code() != Some(2) || !output.stdout.is_empty() {
        return Some(format!("{story} ({locale}): {}\n{said}", output.status));
    }
    if SECRETS.iter().any(|secret| said.contains(secret)) {
        return Some(format!("{story} ({locale}) shows a password\n{said}"));
    }
    if bless {
        fs::write(&path, &said).unwrap();
        return None;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    (said != expected).then(|| format!("{story} ({locale})\nexpected:\n{expected}\nsaid:\n{said}"))
}

#[test]
fn every_mistake_is_answered_as_it_is_written_down() {
    let stories = stories();
    assert!(stories.len() >= AT_LEAST, "only {} stories found", stories.len());
    let bless = std::env::var_os("YORISOI_BLESS").is_some();
    let both = stories.iter().flat_map(|story| [(story, "ja"), (story, "en")]);
    let wrong: Vec<String> = both.filter_map(|(story, locale)| complaint(story, locale, bless)).collect();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    let english = stories.iter().filter(|story| folder().join(format!("{story}.en.txt")).exists()).count();
    assert!(english >= 10, "only {english} stories are told in English too");
}

#[test]
fn a_file_that_is_not_there_is_named_with_what_to_do() {
    let output = told("no-such-story", "ja");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no-such-story.toml") && said.contains("--config"), "{said}");
}
