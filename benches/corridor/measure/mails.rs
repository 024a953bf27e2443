//! Reports as phones write them, the same at every run: half in ISO-2022-JP, half in UTF-8 and base64, some 4.9 KB
//! with the trace fields that servers put on top. The text comes from the number alone; the dates are of the last
//! twenty days, because older mail is not read.

use data_encoding::{BASE64, BASE64_MIME};
use encoding_rs::ISO_2022_JP;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use yorisoi::rng::Rng;

/// People who report.
pub const CLIENTS: usize = 1000;
/// People who answer them.
pub const SUPPORTERS: usize = 20;
/// Octets of a mail, about.
const OCTETS: usize = 4_900;

const SENTENCES: [&str; 16] = [
    "朝、駅まで歩きました。",
    "きのうより少し早く起きられました。",
    "雨だったので家にいました。",
    "図書館で一時間、本を読みました。",
    "薬は朝と夜、忘れずに飲みました。",
    "母と電話で話しました。",
    "昼から頭が重くて、横になっていました。",
    "面接の練習を三回しました。",
    "夕飯に味噌汁を作りました。",
    "あしたはハローワークに行くつもりです。",
    "人の多いところはまだ苦手です。",
    "それでも買い物はできました。",
    "目標の三十分には届きませんでした。",
    "散歩の途中で猫に会いました。",
    "夜は十一時に布団に入りました。",
    "読んでくれてありがとうございます。",
];

/// A client's name and address.
pub fn client(n: usize) -> (String, String) {
    (format!("はる{n}"), format!("haru{n}@example.jp"))
}

/// A supporter's name and address.
pub fn supporter(n: usize) -> (String, String) {
    (format!("あい{n}"), format!("ai{n}@example.org"))
}

/// The `n`-th report, with CRLF line ends, and when it was written.
pub fn report(n: usize, to: &str, now: Timestamp) -> (Vec<u8>, Timestamp) {
    let mut rng = Rng::from_seed(u64::try_from(n).unwrap());
    let (name, address) = client(n % CLIENTS);
    let days = i64::try_from((n / CLIENTS) % 20).unwrap();
    let minutes = i64::try_from(n % 600).unwrap();
    let written = now - Span::new().hours(24 * days).minutes(minutes);
    let mut mail = trace(n, &mut rng, written);
    let encode = |text: &str| match n % 2 {
        0 => format!("=?ISO-2022-JP?B?{}?=", BASE64.encode(&ISO_2022_JP.encode(text).0)),
        _ => format!("=?UTF-8?B?{}?=", BASE64.encode(text.as_bytes())),
    };
    let fields = [
        format!("From: {} <{address}>", encode(&name)),
        format!("To: <{to}>"),
        format!("Subject: {}", encode("今日の日報です")),
        format!("Date: {}", date(written)),
        format!("Message-ID: <{n}.{:016x}@mail.example.jp>", rng.below(u64::MAX)),
        "MIME-Version: 1.0".to_owned(),
    ];
    mail.extend_from_slice((fields.join("\r\n") + "\r\n").as_bytes());
    body(n.is_multiple_of(2), &mut rng, &mut mail);
    (mail, written)
}

/// What servers on the way wrote.
fn trace(n: usize, rng: &mut Rng, written: Timestamp) -> Vec<u8> {
    let mut signature = [0; 256];
    rng.fill(&mut signature);
    let date = date(written);
    let received = |from: &str, by: &str| {
        format!(
            "Received: from {from}.example.jp ({from}.example.jp [192.0.2.7])\r\n\tby {by}.example.jp (Postfix) with ESMTPS id 4X{n:08}\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384);\r\n\t{date}\r\n"
        )
    };
    let signature = BASE64_MIME.encode(&signature).trim_end().replace("\r\n", "\r\n\t");
    let hops = received("mx", "imap") + &received("out", "mx") + &received("phone", "out");
    let dkim = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.jp; s=mail;\r\n\th=from:to:subject:date:message-id;\r\n\tb=";
    format!("Return-Path: <bounce@example.jp>\r\n{hops}{dkim}{signature}\r\n").into_bytes()
}

fn date(at: Timestamp) -> String {
    jiff::fmt::rfc2822::to_string(&at.to_zoned(TimeZone::fixed(jiff::tz::offset(9)))).unwrap()
}

fn body(old: bool, rng: &mut Rng, mail: &mut Vec<u8>) {
    let mut text = String::new();
    let per_octet = |text: &str| if old { text.chars().count() * 2 } else { text.len() * 138 / 100 };
    while mail.len() + per_octet(&text) + 200 < OCTETS {
        for _ in 0..=rng.below(2) {
            text.push_str(SENTENCES[usize::try_from(rng.below(16)).unwrap()]);
        }
        text.push_str("\r\n");
    }
    let (charset, coding) = if old { ("ISO-2022-JP", "7bit") } else { ("UTF-8", "base64") };
    let fields =
        format!("Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {coding}\r\n\r\n");
    mail.extend_from_slice(fields.as_bytes());
    if old {
        for line in text.lines() {
            mail.extend_from_slice(&ISO_2022_JP.encode(line).0);
            mail.extend_from_slice(b"\r\n");
        }
    } else {
        mail.extend_from_slice(BASE64_MIME.encode(text.as_bytes()).as_bytes());
    }
}
