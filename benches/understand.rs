//! How fast mails are understood: `cargo bench --bench understand`, with `-- --json` for programs.
//!
//! Every figure stands beside what mail-parser takes to parse the same octets in the same run: machines differ, the
//! ratio hardly does. Ours and theirs take turns; shown are the median and the middle half of all turns. The mails
//! are the fixtures, all at once, and hostile ones of one megabyte each.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)] // a stopwatch reads the time

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use mail_parser::MessageParser;
use yorisoi::mail::automatic::automatic;
use yorisoi::mail::parse::parse;
use yorisoi::mail::quote::{HeaderEvidence, authored};

/// How often each side has its turn.
const TURNS: usize = 15;

/// The size of a hostile mail, in octets.
const HOSTILE: usize = 1 << 20;

/// What was measured of one set of mails: theirs, ours parsing, ours parsing and understanding.
struct Row {
    name: String,
    mails: usize,
    octets: usize,
    times: [Vec<Duration>; 3],
}

fn main() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 100, "only {} fixtures", fixtures.len());
    let mut rows = vec![measure("all fixtures", &fixtures)];
    rows.extend(hostile().into_iter().map(|(name, mail)| measure(name, &[mail])));
    rows[1..].sort_by_key(|row| std::cmp::Reverse(median(&row.times[2])));
    if std::env::args().any(|argument| argument == "--json") {
        let shown: Vec<_> = rows.iter().map(Row::json).collect();
        println!("{}", serde_json::Value::from(shown));
        return;
    }
    println!(
        "{:<38} {:>10} {:>10} {:>7} {:>10} {:>7} {:>13}",
        "mails", "theirs", "parse", "ratio", "understand", "ratio", "middle half"
    );
    rows.iter().for_each(Row::print);
}

fn measure(name: &str, mails: &[Vec<u8>]) -> Row {
    let mut times = [const { Vec::new() }; 3];
    let sides = [theirs, parsed, understand];
    for _ in 0..TURNS {
        for (side, times) in sides.iter().zip(&mut times) {
            let begun = Instant::now();
            mails.iter().for_each(|mail| side(black_box(mail)));
            times.push(begun.elapsed());
        }
    }
    times.iter_mut().for_each(|times| times.sort_unstable());
    Row { name: name.to_owned(), mails: mails.len(), octets: mails.iter().map(Vec::len).sum(), times }
}

fn theirs(raw: &[u8]) {
    black_box(MessageParser::new().parse(raw));
}

fn parsed(raw: &[u8]) {
    black_box(parse(raw));
}

/// What `yorisoi inspect` does with a file, but for reading and printing.
fn understand(raw: &[u8]) {
    let message = parse(raw);
    black_box(automatic(&message));
    black_box(authored(&message.text, None, &HeaderEvidence::of(&message)));
}

fn median(times: &[Duration]) -> Duration {
    times[times.len() / 2]
}

impl Row {
    fn ratio(&self, side: usize) -> f64 {
        median(&self.times[side]).as_secs_f64() / median(&self.times[0]).as_secs_f64()
    }

    /// The middle half of the turns of `understand`, in milliseconds.
    fn spread(&self) -> (f64, f64) {
        let at = |n: usize| self.times[2][n].as_secs_f64() * 1e3;
        (at(TURNS / 4), at(TURNS * 3 / 4))
    }

    fn print(&self) {
        let ms = |side: usize| format!("{:.2} ms", median(&self.times[side]).as_secs_f64() * 1e3);
        let (low, high) = self.spread();
        println!(
            "{:<38} {:>10} {:>10} {:>7.2} {:>10} {:>7.2} {:>13}",
            self.name,
            ms(0),
            ms(1),
            self.ratio(1),
            ms(2),
            self.ratio(2),
            format!("{low:.1}–{high:.1}")
        );
        if self.mails > 1 {
            let per_second = |side: usize| self.mails as f64 / median(&self.times[side]).as_secs_f64();
            println!(
                "  {} mails: {:.0} a second parsed, {:.0} understood",
                self.mails,
                per_second(1),
                per_second(2)
            );
        }
    }

    fn json(&self) -> serde_json::Value {
        let ms = |side: usize| median(&self.times[side]).as_secs_f64() * 1e3;
        let (low, high) = self.spread();
        serde_json::json!({
            "name": self.name, "mails": self.mails, "octets": self.octets, "turns": TURNS,
            "mail_parser_ms": ms(0), "parse_ms": ms(1), "understand_ms": ms(2),
            "parse_ratio": self.ratio(1), "understand_ratio": self.ratio(2),
            "understand_middle_half_ms": [low, high],
        })
    }
}

fn fixtures() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail");
    let families = fs::read_dir(root).unwrap().map(|f| f.unwrap().path()).filter(|p| p.is_dir());
    let files = families.flat_map(|f| fs::read_dir(f).unwrap().map(|f| f.unwrap().path()));
    let mut mails: Vec<_> = files.filter(|f| f.extension().is_some_and(|e| e == "eml")).collect();
    mails.sort();
    mails.iter().map(|f| fs::read(f).unwrap()).collect()
}

/// Mails of about a megabyte whose every octet asks for work.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let filled = |head: &str, piece: &str| {
        [head, &piece.repeat(HOSTILE / piece.len()), "\n\nx\n"].concat().into_bytes()
    };
    let html = "From: a@example.jp\nContent-Type: text/html\n\n";
    let plain = "From: a@example.jp\nContent-Type: text/plain\n\n";
    let parts = "Content-Type: multipart/mixed; boundary=b\n\n";
    let nested: String =
        (0..20_000).map(|n| format!("Content-Type: multipart/mixed; boundary={n}\n\n--{n}\n")).collect();
    vec![
        ("nested multiparts", nested.into_bytes()),
        ("parts", filled(parts, "--b\n\nx\n")),
        ("lines like delimiters", filled(parts, "--\n")),
        ("header fields", filled("", "X: y\n")),
        ("mailboxes", filled("From: ", "a@example.jp, ")),
        ("encoded-words", filled("Subject: ", "=?utf-8?B?44GC?= ")),
        ("identifiers", filled("References: ", "<a@example.jp> ")),
        ("deep HTML", filled(html, "<div>")),
        ("quotes in HTML", filled(html, "<blockquote><div><table><tr><td>")),
        ("HTML of <", filled(html, "<")),
        ("comments never closed", filled(html, "<!-- a")),
        ("entities", filled(html, "&amp;&#12354;&hearts;")),
        ("marks on one line", filled(plain, ">")),
        ("quoted lines", filled(plain, "> a\n")),
        ("blank lines", filled(plain, "\n")),
        ("attribution lines", filled(plain, "On 1 Jan 2026, a@example.jp wrote:\n> x\n")),
        ("header blocks", filled(plain, "From: a\nSent: b\nTo: c\nSubject: d\n")),
        ("escapes of ISO-2022-JP", filled(plain, "\u{1b}$B$\"\u{1b}(B")),
        ("one long line", filled(plain, "y")),
    ]
}
