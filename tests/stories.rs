//! Stories: who mails what when, and every mail that results, through the real engine.
//!
//! `fixtures/stories/README.md` has the words. Every mail that the engine posts must be expected by the story; one
//! that is not, and one that is expected and does not come, fail it.

#![allow(clippy::expect_used)] // whatever breaks here fails the test

mod drawn;
mod plain;
mod story;
mod twins;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// All that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What the stories' people typed, and where they are reached, must be in no log.
fn nothing_of_it_is_logged(stories: &[String], log: &str) {
    assert!(log.lines().count() > 300 && log.contains("applied"), "hardly anything: {}", log.lines().count());
    let mut canaries = BTreeSet::new();
    for line in stories.iter().flat_map(|story| story.lines()) {
        let words = line.strip_prefix("| ").map(str::trim).filter(|words| words.len() > 8);
        canaries.extend(words.map(str::to_owned));
        let addresses = line.split([' ', ',', '<', '>']).filter(|word| word.contains('@'));
        canaries.extend(addresses.map(str::to_owned));
    }
    assert!(canaries.len() > 200, "{canaries:?}");
    for line in log.lines() {
        assert!(line.is_ascii(), "what somebody wrote is in a log: {line}");
        let told = canaries.iter().find(|canary| line.contains(canary.as_str()));
        assert!(told.is_none(), "{told:?} is in a log: {line}");
    }
}

#[test]
fn every_story_comes_out_as_it_is_told() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stories");
    let mut paths: Vec<_> = fs::read_dir(&root)
        .expect("fixtures/stories")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "story"))
        .collect();
    paths.sort();
    let only = std::env::var("YORISOI_STORY").ok();
    let wanted = |path: &Path| {
        only.as_ref().is_none_or(|o| path.file_stem().is_some_and(|stem| stem.to_string_lossy() == *o))
    };
    paths.retain(|path| wanted(path));
    assert!(!paths.is_empty(), "no story has the name {only:?}");
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    lines.with_writer(move || writer.clone()).init();
    let told: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).expect("story")).collect();
    let failures: Vec<String> = paths
        .iter()
        .zip(&told)
        .filter_map(|(path, text)| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            story::run(text).err().map(|why| format!("{name}: {why}"))
        })
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
    assert!(paths.len() >= 20, "only {} stories were found", paths.len());
    nothing_of_it_is_logged(&told, &String::from_utf8_lossy(&log.0.lock().expect("a log")));
}

#[test]
fn a_story_that_is_told_wrong_fails() {
    let told = "supporter あい ai@example.org\nclient はる haru@example.jp あい\nat 2026-12-03T21:10:00+09:00\n\
                mail haru@example.jp\n| 歩きました。\n";
    let check = |rest: &str, why: &str| {
        let error = story::run(&format!("{told}{rest}")).expect_err("must fail");
        assert!(error.contains(why), "{rest}: {error}");
    };
    check("end\n", "nobody expected");
    check("day はる 2026-12-03 answered\n", "waiting");
    check("expect alert to haru@example.jp\n", "no such mail");
    check("expect alert to ai@example.org\n~ 走りました\n", "does not hold");
    check("expect alert to ai@example.org\n! 歩きました\n", "must not hold");
    check("because stranger\n", "stranger");
}
