//! `fixtures/quotes/`: answers as mail programs make them, and what the person typed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use yorisoi::mail::parse::parse;
use yorisoi::mail::quote::{HeaderEvidence, Known, authored, newly_written};

fn section<'a>(story: &'a str, name: &str) -> Option<&'a str> {
    let head = format!("=== {name}\n");
    let from = story.find(&head)? + head.len();
    let rest = &story[from..];
    let to = rest.find("\n=== ").unwrap_or(rest.len());
    Some(rest.get(..to).unwrap_or_default().trim_end_matches('\n'))
}

/// Fewer than this and something is missing from the checkout.
const AT_LEAST: usize = 280;

#[test]
fn what_a_person_typed_is_what_is_read() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/quotes");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "txt"));
    paths.sort();
    assert!(paths.len() >= AT_LEAST);
    let mut wrong = Vec::new();
    for path in &paths {
        let story = std::fs::read_to_string(path).unwrap();
        let own_name = if story.contains("Yorisoi <") { "Yorisoi" } else { "よりそい便り" };
        let known = section(&story, "sent").map(|text| Known {
            text,
            letter: section(&story, "letter").unwrap_or_default(),
            own_address: "care@example.jp",
            own_name,
        });
        let name = path.file_stem().unwrap().to_string_lossy();
        let text = section(&story, "reply").unwrap();
        let reply = if name.starts_with("read-") {
            // Programs quote in answers; what a person typed must stay in any mail.
            let usual =
                if name.starts_with("read-kept-") { "Subject: x" } else { "In-Reply-To: <1@example.jp>" };
            let header = format!("{}\n\n", section(&story, "header").unwrap_or(usual));
            authored(text, None, &HeaderEvidence::of(&parse(header.as_bytes())))
        } else {
            newly_written(text, known.as_ref())
        };
        let expected = section(&story, "expected").unwrap_or_default();
        if reply.text != expected {
            wrong.push(format!("--- {name}\n{}\n--- not {:?}\n{expected}\n", reply.text, reply.cut));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), paths.len(), wrong.join("\n"));
}

#[test]
fn the_table_of_what_is_understood_names_every_story_and_no_other() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("docs/understood.md")).unwrap();
    let rows = table.split("## What speaks").next().unwrap().lines().filter(|l| l.starts_with("| "));
    let stories = rows.filter_map(|row| row.split(" | ").nth(1));
    let named: BTreeSet<String> =
        stories.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
    let files = std::fs::read_dir(root.join("fixtures/quotes")).unwrap().map(|e| e.unwrap().path());
    let there: BTreeSet<String> = files
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .map(|p| p.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(named.difference(&there).next().is_none(), "no such story: {:?}", named.difference(&there));
    assert!(there.difference(&named).next().is_none(), "not in the table: {:?}", there.difference(&named));
}
