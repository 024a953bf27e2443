//! Every shape of mail that `mail::compose` writes, compared byte for byte with `fixtures/mail-out/compose/`.

#![allow(clippy::expect_used)] // test code outside of #[test] functions

use std::path::PathBuf;

use yorisoi::clock::{Timestamp, Zone};
use yorisoi::mail::address::{Address, Mailbox};
use yorisoi::mail::compose::{Draft, Marking, compose};
use yorisoi::mail::message_id::MessageId;

/// 2026-11-22T12:00:00Z.
const NOON: Timestamp = Timestamp::from_millis(1_795_348_800_000);

fn check(story: &str, change: impl for<'a> FnOnce(&mut Draft<'a>)) {
    let id = MessageId::parse("y1.q6zd3m@example.jp").expect("an id");
    let zone = Zone::named("Asia/Tokyo").expect("a zone");
    let mut draft = Draft {
        from: Mailbox { name: Some("よりそい便り".to_owned()), address: address("care@example.jp") },
        to: address("haru@example.jp"),
        reply_to: None,
        subject: "[11/22 日] はるさんから",
        message_id: &id,
        in_reply_to: None,
        references: &[],
        date: NOON,
        zone: &zone,
        body: "こんにちは。\n\nきょうは散歩に行きました。\n",
        pictures: &[],
        marking: Marking::PersonsWords,
    };
    change(&mut draft);
    let bytes = compose(&draft).expect("a mail");
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/mail-out/compose/{story}.eml"));
    if std::env::var_os("YORISOI_BLESS").is_some() {
        std::fs::write(&path, &bytes).expect("a writable fixture");
    }
    let expected = std::fs::read(&path).unwrap_or_default();
    assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(&expected), "{}", path.display());
    assert_eq!(bytes, expected, "{}", path.display());
}

fn address(text: &str) -> Address {
    Address::parse(text).expect("an address")
}

fn leaked(ids: Vec<MessageId>) -> &'static [MessageId] {
    Box::leak(ids.into_boxed_slice())
}

fn ids(n: usize) -> &'static [MessageId] {
    let id = |n| MessageId::parse(&format!("y1.thread-{n:02}.4v7w2k5x6y7z@mail.example.jp")).expect("an id");
    leaked((0..n).map(id).collect())
}

#[test]
fn a_persons_words_ja() {
    check("persons-words-ja", |_| {});
}

#[test]
fn the_machine_speaks_ja() {
    check("machine-ja", |d| d.marking = Marking::Machine);
}

#[test]
fn the_machine_speaks_en() {
    check("machine-en", |d| {
        d.marking = Marking::Machine;
        d.from.name = Some("Yorisoi, the office".to_owned());
        d.subject = "[Sun 22 Nov] From Haru";
        d.body = "Hello.\n\nA plain line, and one \"quoted\".\n-- \nYorisoi\n";
    });
}

#[test]
fn a_long_japanese_subject_is_folded_between_characters() {
    check("subject-folded-ja", |d| {
        d.subject = "[11/22 日] はるさんから（きょうのお便りはとても長い件名です、折り返しは文字の途中に来てはいけません）Re: walking 30 minutes";
    });
}

#[test]
fn an_answer_in_a_conversation() {
    check("reply-with-references", |d| {
        d.reply_to = Some(address("care+abcdefghijklmnopqrstuvwxyz234567abcdefgh@example.jp"));
        d.references = ids(3);
        d.in_reply_to = ids(3).last();
    });
}

#[test]
fn references_beyond_ten_keep_the_root_and_the_newest() {
    check("references-beyond-ten", |d| {
        d.references = ids(25);
        d.in_reply_to = ids(25).last();
    });
}

#[test]
fn identifiers_that_no_header_can_hold_are_left_out() {
    check("references-not-ascii", |d| {
        let strange = ["はる@example.jp", "root@example.jp", "root@example.jp", "second@example.jp"];
        d.references = leaked(strange.iter().filter_map(|s| MessageId::parse(s)).collect());
        d.in_reply_to = d.references.first();
    });
}

#[test]
fn a_docomo_address_with_two_dots() {
    check("to-docomo-two-dots", |d| d.to = address("foo..bar@docomo.ne.jp"));
}

#[test]
fn an_au_address_with_a_dot_before_the_at() {
    check("to-au-dot-at-end", |d| d.to = address("foo.@ezweb.ne.jp"));
}

#[test]
fn a_quoted_local_part() {
    check("to-quoted-local-part", |d| d.to = address("\"haru aki\"@example.jp"));
}

#[test]
fn a_hostile_name_and_subject_are_one_clean_line_each() {
    check("hostile-name-and-subject", |d| {
        d.from.name = Some("n\r\nBcc: e@example.org\0\u{202e}".to_owned());
        d.subject = "a\r\n\r\nBcc: e@example.org\u{1b}$B =?utf-8?B?QQ==?=";
    });
}

#[test]
fn mostly_ascii_text_is_quoted_printable() {
    check("body-quoted-printable", |d| {
        d.body = "Walked for thirty minutes along the river — it was cold, but the sky was clear and wide. \n\
                  .\nFrom here on it gets easier.  \n";
    });
}

#[test]
fn line_ends_and_control_characters_in_the_body_are_mended() {
    check("body-line-ends-mended", |d| {
        d.body = "one\r\ntwo\rthree\n.\r\n\u{0}\u{1b}four\tfive\n\n\n";
    });
}

#[test]
fn an_empty_body_without_subject() {
    check("empty", |d| {
        d.from.name = None;
        d.subject = "";
        d.body = "";
    });
}

#[test]
fn a_long_unwrapped_line_ja() {
    let body: &'static str = Box::leak("雨の日は家で本を読みました。".repeat(60).into_boxed_str());
    check("body-long-line-ja", |d| d.body = body);
}

#[test]
fn a_date_in_utc_and_one_in_summer_time() {
    let paris: &'static Zone = Box::leak(Box::new(Zone::named("Europe/Paris").expect("a zone")));
    check("date-summer-time", |d| {
        d.zone = paris;
        d.date = Timestamp::from_millis(1_782_864_000_000);
    });
    static UTC: Zone = Zone::UTC;
    check("date-utc", |d| d.zone = &UTC);
}
