//! `yorisoi inspect` shows every mail as one object with all its keys, and says what kind it is.
#![allow(clippy::unwrap_used)] // a test that cannot read its fixtures has failed

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// Fewer than this and something is missing from the checkout.
const AT_LEAST: usize = 130;

const KEYS: [&str; 13] = [
    "file",
    "kind",
    "from",
    "subject",
    "message_id",
    "in_reply_to",
    "references",
    "date",
    "text",
    "reply",
    "attachments",
    "bounce",
    "defects",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail")
}

/// Runs the program beside the fixtures, where there is no configuration, with `input` on its standard input.
fn inspect(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_yorisoi"))
        .arg("inspect")
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// One object for each line of JSON.
fn objects(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn fixtures() -> Vec<String> {
    let mut found = Vec::new();
    for family in fs::read_dir(root()).unwrap() {
        let family = family.unwrap().path();
        for file in family.is_dir().then(|| fs::read_dir(&family).unwrap()).into_iter().flatten() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|e| e == "eml") {
                found.push(file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_fixture_gives_one_line_with_every_key_in_order() {
    let files = fixtures();
    assert!(files.len() >= AT_LEAST, "only {} fixtures found", files.len());
    let arguments: Vec<&str> = std::iter::once("--json").chain(files.iter().map(String::as_str)).collect();
    let output = inspect(&arguments, b"");
    assert!(output.status.success(), "{output:?}");
    let objects = objects(&output);
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    assert_eq!(objects.len(), files.len());
    for ((object, line), file) in objects.iter().zip(lines).zip(&files) {
        assert_eq!(object["file"], json!(file));
        assert_eq!(object.as_object().unwrap().len(), KEYS.len(), "{file}");
        let places: Vec<usize> = KEYS
            .iter()
            .map(|key| line.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{file}: no {key}")))
            .collect();
        assert!(places.is_sorted(), "{file}: {line}");
        let kind = object["kind"].as_str().unwrap();
        assert!(["message", "auto_reply", "bounce", "list", "invalid"].contains(&kind), "{file}: {kind}");
        assert_eq!(object["bounce"].is_object(), kind == "bounce", "{file}");
        let ids =
            object["references"].as_array().unwrap().iter().chain(object["in_reply_to"].as_array().unwrap());
        for id in ids.chain([&object["message_id"]]).filter_map(Value::as_str) {
            assert!(!id.contains(['<', '>']), "{file}: {id}");
        }
    }
}

/// The kind of each mail as a person would say it, who has read the mail and not the program.
const KINDS: &[(&str, &str)] = &[
    ("automatic/vacation-by-sieve", "auto_reply"),
    ("automatic/outlook-absence-in-japanese", "auto_reply"),
    ("automatic/outlook-absence-in-english", "auto_reply"),
    ("automatic/form-acknowledgement", "auto_reply"),
    ("automatic/notice-without-any-field", "auto_reply"),
    ("automatic/ticket-by-precedence", "auto_reply"),
    ("automatic/read-receipt", "auto_reply"),
    ("automatic/cron-job", "auto_reply"),
    ("automatic/newsletter", "list"),
    ("automatic/list-by-fml", "list"),
    ("automatic/bulk-by-precedence-only", "list"),
    ("automatic/complaint-report", "list"),
    ("automatic/ticket-by-otrs", "auto_reply"),
    ("automatic/challenge-by-boxtrapper", "auto_reply"),
    ("automatic/receipt-outlook-in-japanese", "auto_reply"),
    ("automatic/no-reply-sender", "auto_reply"),
    ("automatic/absence-business-register", "auto_reply"),
    ("automatic/person-will-be-away-from-tomorrow", "message"),
    ("automatic/person-accepts-by-google", "message"),
    ("automatic/person-forwards-an-automatic-reply", "message"),
    ("delivery-reports/exchange-2010-in-japanese", "bounce"),
    ("delivery-reports/person-pastes-a-whole-report", "message"),
    ("automatic/person-is-on-holiday", "message"),
    ("automatic/person-writes-about-an-automatic-reply", "message"),
    ("automatic/person-answers-an-automatic-reply", "message"),
    ("delivery-reports/postfix-unknown-user", "bounce"),
    ("delivery-reports/postfix-delayed", "bounce"),
    ("delivery-reports/success-was-asked-for", "bounce"),
    ("delivery-reports/qmail", "bounce"),
    ("delivery-reports/exim", "bounce"),
    ("delivery-reports/au-error-notice-from-no-reply", "bounce"),
    ("delivery-reports/daemon-without-readable-words", "bounce"),
    ("delivery-reports/person-writes-about-a-returned-mail", "message"),
    ("delivery-reports/person-forwards-a-returned-mail", "message"),
    ("structure/calendar-invitation", "message"),
    ("structure/no-body-at-all", "message"),
    ("structure/nothing-at-all", "invalid"),
    ("structure/words-without-a-header", "invalid"),
    ("identity/no-from-field", "message"),
    ("phones-ja/report-in-the-subject-only", "message"),
];

#[test]
fn a_mail_is_of_the_kind_that_a_reader_would_say() {
    let files: Vec<String> = KINDS.iter().map(|(name, _)| format!("{name}.eml")).collect();
    let arguments: Vec<&str> = std::iter::once("--json").chain(files.iter().map(String::as_str)).collect();
    let objects = objects(&inspect(&arguments, b""));
    assert_eq!(objects.len(), KINDS.len());
    for (object, (name, kind)) in objects.iter().zip(KINDS) {
        assert_eq!(object["kind"], json!(kind), "{name}");
    }
}

#[test]
fn what_a_mail_says_stands_under_its_key() {
    let check = |name: &str, expected: Value| {
        let object = objects(&inspect(&["--json", &format!("{name}.eml")], b"")).remove(0);
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&object[key], value, "{name}: {key}");
        }
    };
    let bounce = |recipient: &str, status: Option<&str>, action: &str, permanent: bool| {
        json!({"bounce":
            {"recipient": recipient, "status": status, "action": action, "permanent": permanent}})
    };
    let reports = "delivery-reports";
    check(&format!("{reports}/qmail"), bounce("haru@example.jp", Some("5.1.1"), "failed", true));
    check(&format!("{reports}/exim"), bounce("haru@example.jp", Some("5.1.1"), "failed", true));
    check(&format!("{reports}/postfix-delayed"), bounce("haru@example.jp", Some("4.4.1"), "delayed", false));
    check(
        &format!("{reports}/success-was-asked-for"),
        bounce("haru@example.jp", Some("2.0.0"), "relayed", false),
    );
    check(
        &format!("{reports}/daemon-without-readable-words"),
        json!({"bounce": {"recipient": null, "status": null, "action": null, "permanent": false}}),
    );
    check(
        "structure/threading-fields",
        json!({
            "from": {"name": null, "address": "haru@example.jp"},
            "in_reply_to": ["y1.abc@example.org"],
            "references": ["root@example.org", "y1.abc@example.org"],
            "bounce": null,
        }),
    );
    check(
        "structure/calendar-invitation",
        json!({"text": "come\n", "attachments": [{"name": null, "type": "text/calendar", "bytes": 15}]}),
    );
    check(
        "phones-ja/decomail-with-cid-picture",
        json!({"attachments": [{"name": "1.gif", "type": "image/gif", "bytes": 200}]}),
    );
    check("structure/carriage-returns-only", json!({"date": "2026-11-22T11:15:00Z"}));
    check("html/gmail-reply-above-quote", json!({"reply": "わかりました。\n明日も書きます。"}));
    check(
        "structure/words-without-a-header",
        json!({
            "from": null, "subject": "", "message_id": null, "date": null,
            "defects": ["no_header", "charset_guessed", "no_author", "structure"],
        }),
    );
}

#[test]
fn a_signature_and_a_quote_are_no_reply() {
    let mail = "From: haru@example.jp\nSubject: Re: x\nContent-Type: text/plain; charset=utf-8\n\n\
                はい、歩きました。\n\niPhoneから送信\n\n2026年11月22日(日) 20:15 care <care@example.jp>:\n\n> 歩きましたか\n";
    let object = objects(&inspect(&["--json", "-"], mail.as_bytes())).remove(0);
    assert_eq!(object["file"], json!("-"));
    assert_eq!(object["reply"], json!("はい、歩きました。"));
    assert!(object["text"].as_str().unwrap().contains("> 歩きましたか"));
}

/// An answer with each kind of thing that is cut: words, a slogan, an attribution, marked lines.
const EXPLAINED: &str = "From: haru@example.jp\nSubject: Re: x\nContent-Type: text/plain; charset=utf-8\n\n\
     はい、歩きました。\n\niPhoneから送信\n\n2026年11月22日(日) 20:15 care <care@example.jp>:\n\n> 歩きましたか\n> 雨でしたね\n";

#[test]
fn explain_names_every_cut_line_with_its_rule_and_evidence() {
    let object = objects(&inspect(&["--json", "--explain", "-"], EXPLAINED.as_bytes())).remove(0);
    assert_eq!(object["reply"], json!("はい、歩きました。"));
    assert_eq!(
        object["cut"],
        json!([
            {"lines": [3, 3], "rule": "slogan", "evidence": ["closed_list"]},
            {"lines": [5, 5], "rule": "attribution", "evidence": ["date", "time", "address", "opening", "marks"]},
            {"lines": [7, 8], "rule": "marked", "evidence": ["marks", "attribution_above"]},
        ])
    );
}

#[test]
fn explained_to_a_person_the_whole_text_is_there() {
    let output = inspect(&["--explain", "-"], EXPLAINED.as_bytes());
    let shown = String::from_utf8(output.stdout).unwrap();
    let expected = "\n    はい、歩きました。\n\n  - iPhoneから送信  <- slogan: closed_list\n\n  \
                    - 2026年11月22日(日) 20:15 care <care@example.jp>:  <- attribution: date, time, address, opening, marks\n\n  \
                    - > 歩きましたか  <- marked: marks, attribution_above\n  - > 雨でしたね\n";
    assert!(shown.ends_with(expected), "{shown}");
}

#[test]
#[allow(clippy::disallowed_methods)] // a promise about time is measured with a clock
fn a_thousand_small_mails_are_read_in_one_call() {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<String> = (0..1000)
        .map(|n| {
            let path = folder.path().join(format!("{n}.eml"));
            fs::write(&path, EXPLAINED).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect();
    let arguments: Vec<&str> = std::iter::once("--json").chain(files.iter().map(String::as_str)).collect();
    let begun = std::time::Instant::now();
    let output = inspect(&arguments, b"");
    assert_eq!(objects(&output).len(), 1000);
    // A second, for the program as it is released; ten for the one that is tested.
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

#[test]
fn an_unnamed_picture_inside_the_text_is_an_attachment() {
    let mail = "From: haru@example.jp\nSubject: x\nContent-Type: multipart/related; boundary=b\n\n\
                --b\nContent-Type: text/html\n\n<p>hello<img src=\"cid:1\">\n\
                --b\nContent-Type: image/png\nContent-ID: <1>\nContent-Disposition: inline\n\nabc\n--b--\n";
    let object = objects(&inspect(&["--json", "-"], mail.as_bytes())).remove(0);
    assert_eq!(object["kind"], json!("message"));
    assert_eq!(object["attachments"], json!([{"name": null, "type": "image/png", "bytes": 3}]));
}

#[test]
fn a_file_that_cannot_be_read_is_said_and_the_others_are_shown() {
    let output =
        inspect(&["--json", "structure/nowhere.eml", "structure/threading-fields.eml", "structure"], b"");
    assert_eq!(output.status.code(), Some(1));
    let objects = objects(&output);
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0]["file"], json!("structure/threading-fields.eml"));
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].starts_with("yorisoi: structure/nowhere.eml cannot be read: "), "{said}");
    assert!(lines[1].starts_with("yorisoi: structure cannot be read: "), "{said}");
}

#[test]
fn an_empty_file_and_any_octets_are_shown_as_what_they_are() {
    let check = |input: &[u8], kind: &str| {
        let output = inspect(&["--json", "-"], input);
        assert!(output.status.success() && output.stderr.is_empty(), "{input:?}: {output:?}");
        assert_eq!(objects(&output)[0]["kind"], json!(kind), "{input:?}");
    };
    check(b"", "invalid");
    check(b"\n\n", "invalid");
    check(b"\0\xff\xfe\x1b$B", "invalid");
    check(&[0xe3; 4096], "invalid");
    check(b"From: \xff\nSubject: \x1b$B\nDate: x\n\n\0\x80", "message");
    check(b"From: a@example.jp\nContent-Type: multipart/mixed; boundary=\"\"\n\n--\n----\n", "message");
}

#[test]
fn without_json_a_person_reads_it() {
    let output = inspect(&["structure/threading-fields.eml", "delivery-reports/qmail.eml"], b"");
    let shown = String::from_utf8(output.stdout).unwrap();
    let said = |line: &str| assert!(shown.lines().any(|l| l == line), "{line} is missing:\n{shown}");
    said("== structure/threading-fields.eml");
    said("kind        message");
    said("from        haru@example.jp");
    said("    hello");
    said("== delivery-reports/qmail.eml");
    said("bounce      haru@example.jp: failed, 5.1.1, permanent");
}

#[test]
fn without_a_file_the_arguments_are_wrong() {
    assert_eq!(inspect(&[], b"").status.code(), Some(2));
}
