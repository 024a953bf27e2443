//! Every mail under `fixtures/mail` reads as its writer meant it, with LF, with CRLF and as it was kept.
//!
//! A fixture is `<family>/<story>.eml` beside `<story>.json`, which says what a person typed, not what the code
//! answered. In the JSON a missing `attachments`, `defects`, `automatic` or `delivery_report` means none; the other
//! keys are looked at only where they stand.
#![allow(clippy::unwrap_used)] // a test that cannot read its fixtures has failed

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use yorisoi::mail::automatic::automatic;
use yorisoi::mail::digest::content_digest;
use yorisoi::mail::message::Message;
use yorisoi::mail::parse::parse;

/// Fewer than this and something is missing from the checkout.
const AT_LEAST: usize = 45;

#[test]
fn every_fixture_reads_as_its_writer_meant_it() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= AT_LEAST, "only {} fixtures found", fixtures.len());
    let mut wrong = Vec::new();
    for path in &fixtures {
        let raw = fs::read(path).unwrap();
        let expected = expectation(path);
        for (form, bytes) in [("as kept", raw.clone()), ("LF", lf(&raw)), ("CRLF", crlf(&raw))] {
            let got = seen(&parse(&bytes), &expected);
            for (key, value) in &expected {
                if got.get(key) != Some(value) {
                    let got = got.get(key).cloned().unwrap_or(Value::Null);
                    wrong.push(format!(
                        "{} ({form}): {key}\n  expected {value}\n  got      {got}",
                        path.display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn line_ends_trace_fields_and_trailing_blank_lines_leave_the_digest_alone() {
    for path in fixtures() {
        let raw = fs::read(&path).unwrap();
        let digest = content_digest(&raw);
        assert_eq!(digest, content_digest(&lf(&raw)), "{}", path.display());
        assert_eq!(digest, content_digest(&crlf(&raw)), "{}", path.display());
        let message = parse(&raw);
        if message.message_id.is_some() || message.fields("received").next().is_some() {
            let traced =
                [b"Delivered-To: x@example.org\nReceived: by mx.example.org\n".to_vec(), lf(&raw)].concat();
            let trimmed = [raw.trim_ascii_end(), b"\n\n\n"].concat();
            let lead = raw.starts_with(b"\n") || raw.starts_with(b"From ");
            assert!(lead || digest == content_digest(&traced), "{}", path.display());
            assert_eq!(digest, content_digest(&trimmed), "{}", path.display());
        }
    }
}

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail");
    let mut found = Vec::new();
    for family in fs::read_dir(root).unwrap() {
        let family = family.unwrap().path();
        if !family.is_dir() {
            continue;
        }
        assert!(family.join("README.md").exists(), "{} has no README.md", family.display());
        let files = fs::read_dir(&family).unwrap().map(|f| f.unwrap().path());
        found.extend(files.filter(|f| f.extension().is_some_and(|e| e == "eml")));
    }
    found.sort();
    found
}

fn expectation(path: &Path) -> Map<String, Value> {
    let text = fs::read_to_string(path.with_extension("json")).unwrap();
    let Value::Object(mut expected) = serde_json::from_str(&text).unwrap() else {
        panic!("{}", path.display())
    };
    for (key, none) in [
        ("attachments", json!([])),
        ("defects", json!([])),
        ("automatic", Value::Null),
        ("delivery_report", Value::Null),
    ] {
        expected.entry(key).or_insert(none);
    }
    let defects = expected.get_mut("defects").and_then(Value::as_array_mut).unwrap();
    defects.sort_by_key(ToString::to_string);
    for key in ["from", "subject", "text"] {
        assert!(expected.contains_key(key), "{} says nothing of {key}", path.display());
    }
    expected
}

/// The message in the words of the expectations. Panics on a key that nobody knows.
fn seen(m: &Message, expected: &Map<String, Value>) -> Map<String, Value> {
    let mailbox = |b: &yorisoi::mail::address::Mailbox| match &b.name {
        Some(name) => format!("{name} <{}>", b.address),
        None => b.address.to_string(),
    };
    let ids = |ids: &[yorisoi::mail::message_id::MessageId]| {
        ids.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let one = |key: &str| match key {
        "from" => json!(m.from.iter().map(mailbox).collect::<Vec<_>>()),
        "to" => json!(m.recipients.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "subject" => json!(m.subject),
        "text" => json!(m.text),
        "date" => json!(m.originated_at.map(|t| t.to_string())),
        "message_id" => json!(m.message_id.as_ref().map(ToString::to_string)),
        "in_reply_to" => json!(ids(&m.in_reply_to)),
        "references" => json!(ids(&m.references)),
        "attachments" => {
            json!(m.attachments.iter().map(|a| json!([a.name, a.media_type, a.bytes])).collect::<Vec<_>>())
        }
        "defects" => {
            let mut defects: Vec<Value> = m.defects.iter().map(|d| json!(format!("{d:?}"))).collect();
            defects.sort_by_key(ToString::to_string);
            json!(defects)
        }
        "automatic" => json!(automatic(m).map(|a| json!([a.class.word(), a.evidence.word()]))),
        "delivery_report" => json!(m.delivery_report.as_ref().map(|r| json!({
            "recipient": r.recipient.as_ref().map(ToString::to_string),
            "action": format!("{:?}", r.action).to_lowercase(),
            "status": r.status,
            "original": r.original_message_id.as_ref().map(ToString::to_string),
        }))),
        other => panic!("no such key: {other}"),
    };
    expected.keys().map(|key| (key.clone(), one(key))).collect()
}

fn lf(raw: &[u8]) -> Vec<u8> {
    let text =
        raw.iter().copied().enumerate().filter(|(at, b)| *b != b'\r' || raw.get(at + 1) != Some(&b'\n'));
    text.map(|(_, b)| if b == b'\r' { b'\n' } else { b }).collect()
}

fn crlf(raw: &[u8]) -> Vec<u8> {
    lf(raw).into_iter().flat_map(|b| if b == b'\n' { vec![b'\r', b'\n'] } else { vec![b] }).collect()
}
