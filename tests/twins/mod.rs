//! Every mail that we send is in the goldens of the stories, in both languages.
//!
//! A golden is told from another by its words: each template says something that no other of its language says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use yorisoi::mail::parse::parse;

const LANGUAGES: [&str; 2] = ["ja", "en"];

/// Goldens that are in one language alone, and why that is enough.
const ALONE: [(&str, &str); 1] = [("pass-on-docomo-ja", "an address that only Japanese telephones have")];

fn under(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&root).expect("a folder of ours");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The names that stories give to mails.
fn named() -> BTreeSet<String> {
    let stories = under("fixtures/stories");
    let told = stories.iter().map(|path| fs::read_to_string(path).expect("a story"));
    let mut names = BTreeSet::new();
    for story in told {
        let expected = story.lines().filter(|line| line.starts_with("expect "));
        names.extend(expected.filter_map(|line| line.split_once(" as ")).map(|(_, name)| name.to_owned()));
    }
    names
}

/// What a template says whatever its values are, in pieces that are long enough to be known again.
fn said(folder: &Path) -> Vec<String> {
    let mut pieces = Vec::new();
    for part in ["subject.txt", "body.txt"] {
        let source = fs::read_to_string(folder.join(part)).expect("a template");
        for line in source.lines() {
            let mut rest = line;
            while let Some(at) = rest.find(['{']) {
                let (piece, tag) = rest.split_at(at);
                pieces.push(piece.trim().to_owned());
                let end = ["%}", "}}"].iter().filter_map(|mark| tag.find(mark)).min();
                rest = end.map_or("", |end| &tag[end + 2..]);
            }
            pieces.push(rest.trim().to_owned());
        }
    }
    pieces.retain(|piece| piece.chars().count() > 5);
    pieces
}

#[test]
fn every_mail_is_in_a_golden_of_each_language() {
    let names = named();
    for language in LANGUAGES {
        let mut mails = String::new();
        for golden in under("fixtures/mail-out/stories") {
            assert!(names.contains(&name(&golden)), "no story has {}", golden.display());
            if name(&golden).ends_with(&format!("-{language}")) {
                let mail = parse(&fs::read(&golden).expect("a golden"));
                mails.push_str(&format!("{}\n{}\n", mail.subject, mail.text));
            }
        }
        let templates = under(&format!("templates/{language}"));
        let all: BTreeMap<_, _> = templates.iter().map(|folder| (folder, said(folder))).collect();
        assert!(all.len() > 40, "only {} templates", all.len());
        for (folder, pieces) in &all {
            let elsewhere = |piece: &String| {
                all.iter().any(|(other, all)| other != folder && all.iter().any(|p| p.contains(piece)))
            };
            let own: Vec<_> = pieces.iter().filter(|piece| !elsewhere(piece)).collect();
            assert!(!own.is_empty(), "{} says nothing of its own", folder.display());
            let shown = own.iter().any(|piece| mails.contains(piece.as_str()));
            assert!(shown, "no golden shows {}", folder.display());
        }
    }
}

#[test]
fn every_golden_has_its_twin_in_the_other_language() {
    let names = named();
    let mut alone = Vec::new();
    for name in &names {
        let twin = match (name.strip_suffix("-ja"), name.strip_suffix("-en")) {
            (Some(stem), _) => format!("{stem}-en"),
            (_, Some(stem)) => format!("{stem}-ja"),
            _ => panic!("{name} does not say its language"),
        };
        if !names.contains(&twin) {
            alone.push(name.as_str());
        }
    }
    let excused: Vec<_> = ALONE.iter().map(|(name, _)| *name).collect();
    assert_eq!(alone, excused, "left: in one language alone; right: excused");
}
