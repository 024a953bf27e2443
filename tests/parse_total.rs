//! Reading a mail is total: arbitrary octets and mutated fixtures give a message that keeps its promises.
#![allow(clippy::unwrap_used)] // a test that cannot read its fixtures has failed

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use yorisoi::mail::automatic::automatic;
use yorisoi::mail::digest::content_digest;
use yorisoi::mail::message::{Defect, Message};
use yorisoi::mail::parse::parse;

/// Everything that `Message` promises of its fields, whatever the mail was.
fn keeps_its_promises(raw: &[u8]) {
    let m = parse(raw);
    let bad = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!m.text.contains(bad), "a control character in the text");
    assert!(m.text.is_empty() || m.text.ends_with('\n'), "the text does not end in a line feed");
    assert!(m.text.len() <= 256 * 1024 + 1, "the text was not cut");
    assert!(m.subject.chars().count() <= 200 && !m.subject.contains(char::is_control), "the subject");
    for author in &m.from {
        let name = author.name.as_deref().unwrap_or("x");
        assert!(!name.is_empty() && !name.contains(char::is_control), "the display name");
    }
    for attachment in &m.attachments {
        assert!(
            !attachment.name.contains(|c: char| c.is_control() || c == '/' || c == '\\'),
            "the file name"
        );
    }
    assert_eq!(m.from.is_empty(), m.defects.contains(&Defect::NoAuthor), "the author");
    assert!(m.references.len() <= 40 && m.in_reply_to.len() <= 40, "the identifiers");
    assert!(m.defects.is_sorted(), "the defects");
    let private = |c: char| ('\u{e000}'..='\u{f8ff}').contains(&c);
    assert!(!m.subject.contains(private), "a private-use character in the subject");
    no_mark_of_loss_without_a_word(raw, &m);
    let _ = automatic(&m);
    assert_eq!(content_digest(raw), content_digest(raw), "the digest");
}

/// U+FFFD and geta marks stand for what could not be read, unless somebody typed them.
fn no_mark_of_loss_without_a_word(raw: &[u8], m: &Message) {
    let mut shown: Vec<&str> = vec![&m.text, &m.subject];
    shown.extend(m.from.iter().filter_map(|author| author.name.as_deref()));
    shown.extend(m.attachments.iter().map(|attachment| attachment.name.as_str()));
    let lost = shown.iter().any(|text| text.contains(['\u{FFFD}', '〓']));
    let said = [Defect::Undecodable, Defect::CharsetGuessed].iter().any(|d| m.defects.contains(d));
    // In UTF-8, Shift_JIS, EUC-JP and JIS, as octets and as far as transfer encodings leave them; or as a reference.
    let typed: [&[u8]; 7] =
        [b"\xEF\xBF\xBD", b"\xE3\x80\x93", b"\x81\xAC", b"\xA2\xAE", b"\".", b"&#", b"base64"];
    let typed = typed.iter().any(|mark| raw.windows(mark.len()).any(|w| w.eq_ignore_ascii_case(mark)));
    assert!(!lost || said || typed, "a mark of loss and no defect: {shown:?}");
}

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
        keeps_its_promises(&raw);
    }

    #[test]
    fn arbitrary_pieces_are_a_message(pieces in proptest::collection::vec(0..SEEDS.len(), 0..300)) {
        let raw: Vec<u8> = pieces.iter().flat_map(|&p| SEEDS[p].iter().copied()).collect();
        keeps_its_promises(&raw);
        keeps_its_promises(&[b"Content-Type: text/html\nFrom: ", raw.as_slice(), b"\n\n", raw.as_slice()].concat());
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
        keeps_its_promises(&raw);
    }
}

/// Depth and number cost what their length costs: each of these took minutes, or the stack, in some parser.
#[test]
fn hostile_mails_are_read_in_passing() {
    let head = "From: a@example.jp\nContent-Type: ";
    let nested: String =
        (0..5_000).map(|n| format!("Content-Type: multipart/mixed; boundary={n}\n\n--{n}\n")).collect();
    let mails: [String; 14] = [
        nested,
        "Content-Type: message/rfc822\n\n".repeat(100_000),
        format!("{head}multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(100_000)),
        format!("{head}multipart/mixed; boundary=b\n\n{}", "--\n".repeat(100_000)),
        format!("From: {}\n\n", "a@example.jp, ".repeat(100_000)),
        format!("From: {}\n\n", "(".repeat(100_000)),
        format!("From: {}\n\n", "<\"".repeat(100_000)),
        format!("Subject: {}\n\n", "=?utf-8?B?".repeat(100_000)),
        format!("Subject: {}\n\n", "=?utf-8?B?44GC?= ".repeat(60_000)),
        format!("References: {}\n\n", "<a@example.jp> ".repeat(100_000)),
        format!("{}\n", "X: y\n".repeat(100_000)),
        format!("{head}text/html\n\n{}", "<b><a href=x><font>".repeat(10_000)),
        format!("{head}text/html\n\n{}", "<blockquote><div><table><tr><td>".repeat(6_000)),
        format!("{head}text/plain; format=flowed\n\n{}", "> a \n".repeat(100_000)),
    ];
    for mail in mails {
        keeps_its_promises(mail.as_bytes());
    }
    // Octets that invite a reader to look at the same ones again and again.
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
            keeps_its_promises(&[head.as_bytes(), &piece.repeat(300_000 / piece.len()), b"\n\n"].concat());
        }
    }
}
