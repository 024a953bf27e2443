//! What reads as an answer, and what as a word for the office: a hundred and fifty mails of supporters
//! (`fixtures/meaning/`), written before the rules were. No word for the office passes on, and few true answers wait.

#![allow(clippy::expect_used, clippy::panic)] // whatever breaks here fails the test

use std::path::Path;

use yorisoi::domain::meaning::{Doubt, doubt};
use yorisoi::domain::people::ClientId;

/// What a mail of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Answer,
    ForOffice,
}

fn mails(file: &str) -> Vec<(Is, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/meaning").join(file);
    let text = std::fs::read_to_string(path).expect("the mails");
    let mut mails = Vec::new();
    for part in text.split("-- ").filter(|part| !part.is_empty()) {
        let (what, words) = part.split_once('\n').expect("a head and words");
        let is = match what {
            "answer" => Is::Answer,
            "office" => Is::ForOffice,
            other => panic!("{file}: nobody knows what {other:?} is"),
        };
        mails.push((is, words.trim_end().to_owned()));
    }
    mails
}

fn found(words: &str, client: &str, other: &str) -> Option<Doubt> {
    doubt(words, client, &[(ClientId(2), other.to_owned())])
}

/// Mails of one language: how many answers there are, which of them wait, how many words for the office there are, and
/// which of them pass on.
fn judged(file: &str, client: &str, other: &str) -> (usize, Vec<String>, usize, Vec<String>) {
    let (mut answers, mut waiting, mut words_for_office, mut passed) = (0, Vec::new(), 0, Vec::new());
    for (is, words) in mails(file) {
        let doubt = found(&words, client, other);
        match is {
            Is::Answer => answers += 1,
            Is::ForOffice => words_for_office += 1,
        }
        match (is, doubt) {
            (Is::Answer, Some(_)) => waiting.push(words),
            (Is::ForOffice, None) => passed.push(words),
            _ => {}
        }
    }
    (answers, waiting, words_for_office, passed)
}

fn all(files: [&str; 2]) -> (usize, Vec<String>, usize, Vec<String>) {
    let ja = judged(files[0], "はる", "ゆき");
    let en = judged(files[1], "Haru", "Yuki");
    (ja.0 + en.0, [ja.1, en.1].concat(), ja.2 + en.2, [ja.3, en.3].concat())
}

fn shown(mails: &[String]) -> String {
    mails.join("\n--\n")
}

#[test]
fn no_word_for_the_office_passes_and_few_answers_wait() {
    let (answers, waiting, for_office, passed) = all(["ja.txt", "en.txt"]);
    assert_eq!((answers, for_office), (90, 60));
    let well = passed.is_empty() && waiting.len() * 100 <= answers * 3;
    assert!(well, "words for the office pass on:\n{}\n\nanswers wait:\n{}", shown(&passed), shown(&waiting));
}

#[test]
fn nor_of_mails_that_were_written_after_the_first_rules() {
    let later = all(["later-ja.txt", "later-en.txt"]);
    let third = all(["third-ja.txt", "third-en.txt"]);
    let (answers, for_office) = (later.0 + third.0, later.2 + third.2);
    let (waiting, passed) = ([later.1, third.1].concat(), [later.3, third.3].concat());
    assert_eq!((answers, for_office), (60, 60));
    let well = passed.is_empty() && waiting.len() * 100 <= answers * 3;
    assert!(well, "words for the office pass on:\n{}\n\nanswers wait:\n{}", shown(&passed), shown(&waiting));
}

#[test]
fn short_answers_pass() {
    let (answers, waiting, _, _) = all(["short-ja.txt", "short-en.txt"]);
    assert_eq!(answers, 62);
    assert!(waiting.is_empty(), "answers wait:\n{}", shown(&waiting));
}

/// Who writes of herself alone, on a day that has a name, may be asked for nothing: this many are, and no more.
#[test]
fn of_those_that_speak_to_nobody_some_wait() {
    let (answers, waiting, _, _) = all(["plain-ja.txt", "plain-en.txt"]);
    assert_eq!(answers, 32);
    assert!(waiting.len() <= 11, "answers wait:\n{}", shown(&waiting));
}
