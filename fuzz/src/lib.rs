//! What is true of every octet sequence, one function for each fuzz target; each panics where it is not.
//!
//! `fuzz/fuzz_targets` hands them what the fuzzer invents; `tests/parse_total.rs` hands them the fixtures, mutations
//! of them and everything in `fuzz/regressions`, on stable and in every test run.

use yorisoi::mail::address::Address;
use yorisoi::mail::authentication::verdict;
use yorisoi::mail::automatic::automatic;
use yorisoi::mail::digest::content_digest;
use yorisoi::mail::message::{Defect, Message};
use yorisoi::mail::parse::parse;
use yorisoi::mail::quote::{HeaderEvidence, Known, copied, newly_written, without_signature};

/// A function that panics when something is not true of these octets.
pub type Target = fn(&[u8]);

/// The names of the targets, each with its function.
pub const TARGETS: [(&str, Target); 7] = [
    ("parse", parse_mail),
    ("header", header),
    ("html", html),
    ("quote", quote),
    ("delivery_report", delivery_report),
    ("authentication", authentication),
    ("inspect", inspect),
];

/// Longest input of which the expensive questions are asked.
const SMALL: usize = 64 * 1024;

/// A whole mail keeps what `Message` promises of its fields, whatever it was.
pub fn parse_mail(raw: &[u8]) {
    let m = parse(raw);
    keeps_its_promises(&m);
    no_mark_of_loss_without_a_word(raw, &m);
    let _ = automatic(&m);
    assert_eq!(content_digest(raw), content_digest(raw), "the digest");
    if raw.len() <= SMALL {
        assert_eq!(m, parse(raw), "the same octets, another message");
        let (lf, crlf) = line_ends(raw);
        assert_eq!(parse(&lf), parse(&crlf), "LF and CRLF read differently");
    }
}

/// The octets are the value of one field after another; a name in front of a colon is theirs.
pub fn header(octets: &[u8]) {
    for field in ["From", "Subject", "Content-Type", "References", "Date"] {
        let mut mail = format!("{field}: ").into_bytes();
        mail.extend(octets.iter().map(|&b| if b == b'\n' || b == b'\r' { b' ' } else { b }));
        mail.extend(b"\n\nwords\n");
        let m = parse(&mail);
        keeps_its_promises(&m);
        assert!(!m.defects.contains(&Defect::NoHeader), "{field} was no field");
    }
    parse_mail(&[octets, b"\n\nwords\n"].concat());
}

/// The octets are an HTML document in UTF-8.
pub fn html(octets: &[u8]) {
    let mail =
        [b"From: a@example.jp\nContent-Type: text/html; charset=utf-8\n\n".as_slice(), octets].concat();
    let m = parse(&mail);
    keeps_its_promises(&m);
    assert_eq!(m.text, parse(&mail).text, "the same octets, another text");
}

/// The octets are an answer; what stands before a zero octet, if there is one, is the mail that it answers.
pub fn quote(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\0')).collect();
    let (ours, theirs) = text.split_once('\0').unwrap_or(("", &text));
    let theirs = theirs.replace('\0', "");
    only_cuts(&theirs, None);
    let letter = ours.lines().nth(1).unwrap_or_default();
    let known = Known { text: ours, letter, own_address: "care@example.jp", own_name: "よりそい便り" };
    only_cuts(&theirs, Some(&known));
    let (there, missing) = copied(ours, &theirs);
    // a character is at most eighteen signs when it is decomposed (U+FDFA)
    assert!(there + missing <= 18 * ours.chars().count(), "more signs than there are");
}

/// The octets are the body of a report from a server: first as words, then as its machine-readable part.
pub fn delivery_report(octets: &[u8]) {
    let head =
        "Return-Path: <>\nFrom: MAILER-DAEMON@example.org\nSubject: Undelivered Mail Returned to Sender\n";
    let words = [head.as_bytes(), b"\n", octets].concat();
    let multipart = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b\n\
                     Content-Type: message/delivery-status\n\n";
    let declared = [head.as_bytes(), multipart.as_bytes(), octets, b"\n--b--\n"].concat();
    for mail in [words, declared] {
        let m = parse(&mail);
        keeps_its_promises(&m);
        let _ = automatic(&m);
        if let Some(report) = &m.delivery_report {
            let digit = |c: char| c.is_ascii_digit() || c == '.';
            assert!(report.status.is_empty() || report.status.chars().all(digit), "the status");
        }
    }
}

/// The octets are Authentication-Results fields, one a line.
pub fn authentication(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let fields: Vec<&str> = text.lines().take(50).collect();
    let Ok(from) = Address::parse("haru@example.jp") else { return };
    let trusted = ["mx.example.org".to_owned()];
    let first = verdict(&fields, &trusted, &from);
    assert_eq!(first, verdict(&fields, &trusted, &from), "the same fields, another verdict");
    let nobody = verdict(&fields, &[], &from);
    assert_eq!(nobody, yorisoi::mail::authentication::Verdict::None, "nobody is trusted, and yet a verdict");
}

/// Everything that `yorisoi inspect` does with a file.
pub fn inspect(raw: &[u8]) {
    let m = parse(raw);
    keeps_its_promises(&m);
    let _ = automatic(&m);
    let fields: Vec<&str> = m.fields("authentication-results").collect();
    for author in &m.from {
        let _ = verdict(&fields, &["mx.example.org".to_owned()], &author.address);
    }
    only_cuts(&m.text, None);
}

/// A reply holds lines of the text in their order, and nothing else; only above an answer to a mail that we know
/// stand the lines of it that are answered, marked.
fn only_cuts(text: &str, known: Option<&Known>) {
    let reply = newly_written(text, known);
    assert_eq!(reply, newly_written(text, known), "the same text, another reply");
    let (signed_off, _) = without_signature(&reply.text, &HeaderEvidence::default());
    assert!(reply.text.starts_with(signed_off.as_str()), "the signature was not the end");
    let mut lines = text.lines().map(str::trim_end);
    let answered = |line: &&str| known.is_some() && line.starts_with("> ");
    for line in reply.text.lines().filter(|l| !l.trim().is_empty() && !answered(l)) {
        assert!(lines.any(|l| l == line.trim_end()), "a line that nobody wrote: {line:?}");
    }
}

fn keeps_its_promises(m: &Message) {
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
        let leads_away = |c: char| c.is_control() || c == '/' || c == '\\';
        assert!(!attachment.name.contains(leads_away), "the file name");
    }
    assert_eq!(m.from.is_empty(), m.defects.contains(&Defect::NoAuthor), "the author");
    assert!(m.references.len() <= 40 && m.in_reply_to.len() <= 40, "the identifiers");
    assert!(m.recipients.len() <= 500 && m.to_and_cc.len() <= 500, "the recipients");
    assert!(m.attachments.len() <= 500, "the attachments");
    let kept: usize = m.header.iter().map(|(_, value)| value.len()).sum();
    // every invalid octet became three
    assert!(kept <= 3 * 256 * 1024, "the header was not cut");
    assert!(m.defects.windows(2).all(|w| w[0] < w[1]), "the defects");
    let private = |c: char| ('\u{e000}'..='\u{f8ff}').contains(&c);
    assert!(!m.subject.contains(private), "a private-use character in the subject");
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

/// The mail with LF and with CRLF.
pub fn line_ends(raw: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut lf = Vec::with_capacity(raw.len());
    for (at, &b) in raw.iter().enumerate() {
        match (b, raw.get(at + 1)) {
            (b'\r', Some(b'\n')) => {}
            (b'\r', _) => lf.push(b'\n'),
            _ => lf.push(b),
        }
    }
    let crlf = lf.iter().flat_map(|&b| if b == b'\n' { vec![b'\r', b'\n'] } else { vec![b] }).collect();
    (lf, crlf)
}
