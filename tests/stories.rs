//! Stories: who mails what when, and every mail that results, through the real engine.
//!
//! `fixtures/stories/README.md` has the words. Every mail that the engine posts must be expected by the story; one
//! that is not, and one that is expected and does not come, fail it.

#![allow(clippy::expect_used)] // whatever breaks here fails the test

mod plain;
mod story;

use std::fs;
use std::path::Path;

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
    let failures: Vec<String> = paths
        .iter()
        .filter_map(|path| {
            let text = fs::read_to_string(path).expect("story");
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            story::run(&text).err().map(|why| format!("{name}: {why}"))
        })
        .collect();
    assert!(paths.len() >= 20, "only {} stories were found", paths.len());
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
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
