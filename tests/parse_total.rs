//! Reading a mail is total: arbitrary octets, mutated fixtures, what the fuzzer once found and hostile mails give a
//! message that keeps its promises. What is promised stands in `fuzz/src/lib.rs`, beside the fuzz targets.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test that cannot read its fixtures has failed

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use targets::{TARGETS, inspect, parse_mail};

fn corpus() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail");
    let families = fs::read_dir(root).unwrap().map(|f| f.unwrap().path()).filter(|p| p.is_dir());
    let files = families.flat_map(|f| fs::read_dir(f).unwrap().map(|f| f.unwrap().path()));
    let mails: Vec<Vec<u8>> =
        files.filter(|f| f.extension().is_some_and(|e| e == "eml")).map(|f| fs::read(f).unwrap()).collect();
    assert!(!mails.is_empty());
    mails
}

/// Pieces that steer a parser, to be sown into mails.
const SEEDS: [&[u8]; 24] = [
    b"\x1b$B",
    b"\x1b(B",
    b"\x1b$(D",
    b"=?",
    b"?=",
    b"=?utf-8?B?",
    b"--b",
    b"--b--",
    b"<",
    b">",
    b"\"",
    b"(",
    b"\\",
    b"\r",
    b"\n\n",
    b"\n ",
    b"\0",
    b"\xff",
    b"<div hidden>",
    b"<blockquote>",
    b"<!--",
    b"&#",
    b"Content-Type: ",
    b"multipart/mixed; boundary=b\n",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn arbitrary_octets_are_a_message(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
        parse_mail(&raw);
    }

    #[test]
    fn arbitrary_pieces_are_a_message(pieces in proptest::collection::vec(0..SEEDS.len(), 0..300)) {
        let raw: Vec<u8> = pieces.iter().flat_map(|&p| SEEDS[p].iter().copied()).collect();
        parse_mail(&raw);
        inspect(&[b"Content-Type: text/html\nFrom: ", raw.as_slice(), b"\n\n", raw.as_slice()].concat());
    }

    #[test]
    fn mutated_fixtures_are_messages(
        pick in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0..SEEDS.len(), any::<u8>(), 0..4u8), 1..12),
    ) {
        let corpus = corpus();
        let mut raw = corpus[pick.index(corpus.len())].clone();
        for (at, seed, octet, how) in changes {
            let at = at.index(raw.len() + 1).min(raw.len());
            match how {
                0 => raw.truncate(at),
                1 => raw.splice(at..at, SEEDS[seed].iter().copied()).for_each(drop),
                2 if at < raw.len() => raw[at] = octet,
                _ => raw.splice(at..(at + usize::from(octet) % 40).min(raw.len()), []).for_each(drop),
            }
        }
        parse_mail(&raw);
        inspect(&raw);
    }
}

/// Every fixture is good for every target, and so is every input on which one of them once failed.
#[test]
fn what_the_fuzzer_found_stays_found() {
    for mail in corpus() {
        TARGETS.iter().for_each(|(_, target)| target(&mail));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions");
    let folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|f| f.unwrap().path()).collect();
    let mut replayed = 0;
    for folder in folders.iter().filter(|f| f.is_dir()) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
        for file in fs::read_dir(folder).unwrap() {
            target(&fs::read(file.unwrap().path()).unwrap());
            replayed += 1;
        }
    }
    assert!(replayed > 0, "fuzz/regressions is empty");
}

/// A mail may be as long as servers take: each of these took minutes, or the stack, in some parser. The limit is
/// generous because the machine may be busy and this build is slow; `benches/understand.rs` measures.
fn in_passing(mails: &[(&str, String)]) {
    for (name, mail) in mails {
        let begun = Instant::now();
        inspect(mail.as_bytes());
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(20), "{name}: {took:?} for {} octets", mail.len());
    }
}

const HEAD: &str = "From: a@example.jp\nContent-Type: ";

#[test]
fn hostile_structures_are_read_in_passing() {
    let nested = |n: usize| -> String {
        (0..n).map(|n| format!("Content-Type: multipart/mixed; boundary={n}\n\n--{n}\n")).collect()
    };
    let prefixes: String = (1..2_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary={0}\n\n--{0}\n", "b".repeat(n % 200 + 1)))
        .collect();
    in_passing(&[
        ("1,000 nested multiparts", nested(1_000)),
        ("100,000 nested multiparts", nested(100_000)),
        ("nested messages", "Content-Type: message/rfc822\n\n".repeat(100_000)),
        ("boundaries that are prefixes of each other", prefixes),
        ("100,000 parts", format!("{HEAD}multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(100_000))),
        ("parts without a body", format!("{HEAD}multipart/mixed; boundary=b\n\n{}", "--b\n".repeat(100_000))),
        (
            "lines like delimiters",
            format!("{HEAD}multipart/mixed; boundary=b\n\n{}", "--\n".repeat(1_000_000)),
        ),
        (
            "parts whose header never ends",
            format!("{HEAD}multipart/mixed; boundary=b\n\n{}", "--b\nX: y\n".repeat(100_000)),
        ),
        (
            "base64 of nothing",
            format!("{HEAD}text/plain\nContent-Transfer-Encoding: base64\n\n{}", "=\n".repeat(1_000_000)),
        ),
    ]);
}

#[test]
fn hostile_headers_are_read_in_passing() {
    let continued: String = (0..100_000).map(|n| format!(";\n filename*{n}*=utf-8''%41")).collect();
    in_passing(&[
        ("200,000 mailboxes", format!("From: {}\n\n", "a@example.jp, ".repeat(200_000))),
        ("comments never closed", format!("From: {}\n\n", "(".repeat(100_000))),
        ("brackets and quotes never closed", format!("From: {}\n\n", "<\"".repeat(100_000))),
        ("encoded-words never closed", format!("Subject: {}\n\n", "=?utf-8?B?".repeat(100_000))),
        ("1,000,000 encoded-words", format!("Subject: {}\n\n", "=?utf-8?B?44GC?= ".repeat(1_000_000))),
        (
            "encoded-words of two charsets",
            format!("Subject: {}\n\n", "=?utf-8?Q?a?= =?euc-jp?Q?a?= ".repeat(100_000)),
        ),
        ("1 MB of References", format!("References: {}\n\n", "<a@example.jp> ".repeat(70_000))),
        ("1,000,000 fields", format!("{}\n", "X: y\n".repeat(1_000_000))),
        ("40 MB of fields", format!("{}\n", format!("X: {}\n", "y".repeat(997)).repeat(40_000))),
        ("40 MB in one field", format!("X: {}\n\n", "y".repeat(40_000_000))),
        ("1,000,000 folds", format!("X: y\n{}\n", " y\n".repeat(1_000_000))),
        (
            "100,000 continuations",
            format!("{HEAD}text/plain\nContent-Disposition: attachment{continued}\n\nx\n"),
        ),
        ("recipients", format!("{}\n", "To: a@example.jp, b@example.jp\n".repeat(200_000))),
    ]);
}

#[test]
fn hostile_texts_are_read_in_passing() {
    let html = |body: String| format!("{HEAD}text/html\n\n{body}");
    in_passing(&[
        ("inline elements never closed", html("<b><a href=x><font>".repeat(50_000))),
        ("200,000 blocks deep", html("<div>".repeat(200_000))),
        ("tables in quotes", html("<blockquote><div><table><tr><td>".repeat(30_000))),
        ("1,000,000 <", html("<".repeat(1_000_000))),
        ("comments never closed", html("<!-- a".repeat(150_000))),
        ("comments never closed, of the other kind", html("<!-- --!>".repeat(100_000))),
        ("scripts never closed", html("</script><script></scrip".repeat(40_000))),
        ("quotes never closed", html("<a title=\"'>".repeat(80_000))),
        ("entities", html("&amp;&#12354;&hearts;&".repeat(40_000))),
        ("styles", html("<p style='margin:0;left:-9px;;:;'>".repeat(30_000))),
        ("programs' quotes in each other", html("<div class=yahoo_quoted>a:<br>".repeat(30_000))),
        ("programs' header blocks", html("<div id=divRplyFwdMsg>From: a</div>".repeat(25_000))),
        (
            "an answer quoted over and over",
            format!("{HEAD}text/plain; format=flowed\n\n{}", "> a \n".repeat(100_000)),
        ),
        ("100,000 marks on one line", format!("{HEAD}text/plain\n\n{} a\n", ">".repeat(100_000))),
        ("a line of 10 MB", format!("{HEAD}text/plain\n\n{}", "y".repeat(10_000_000))),
        ("5,000,000 blank lines", format!("{HEAD}text/plain\n\n{}", "\n".repeat(5_000_000))),
        (
            "attribution lines",
            format!("{HEAD}text/plain\n\n{}", "On 1 Jan 2026, a@example.jp wrote:\n> x\n".repeat(10_000)),
        ),
        (
            "header blocks",
            format!("{HEAD}text/plain\n\n{}", "From: a\nSent: b\nTo: c\nSubject: d\n".repeat(10_000)),
        ),
        (
            "escapes",
            format!("{HEAD}text/plain; charset=iso-2022-jp\n\n{}", "\u{1b}$B\u{1b}(B".repeat(100_000)),
        ),
    ]);
}

/// Octets that invite a reader of charsets to look at the same ones again and again.
#[test]
fn hostile_octets_are_read_in_passing() {
    let pieces: [&[u8]; 10] = [
        b"\xE9",
        b"\x82\xA0",
        b"\xED\xA0\xBD",
        b"\x8E\xB1",
        b"\x1B$B\x93",
        b"$B$",
        b"(I1",
        b"=E4=BB",
        b"\x0E\xFF\n",
        b"\0a",
    ];
    for piece in pieces {
        for head in
            ["Content-Type: text/plain\n\n", "Content-Type: text/plain; charset=shift_jis\n\n", "Subject: "]
        {
            let begun = Instant::now();
            parse_mail(&[head.as_bytes(), &piece.repeat(300_000 / piece.len()), b"\n\n"].concat());
            assert!(begun.elapsed() < Duration::from_secs(20), "{head}{piece:?}");
        }
    }
}
