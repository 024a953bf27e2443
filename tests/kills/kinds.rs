//! Five kinds of mail: what was before, what people write, and what a person would say must come of it.

use super::house::House;
use crate::writing::with_photo;

/// What the program is in the middle of when it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Three reports.
    Report,
    /// Two answers to an alert.
    Answer,
    /// Two answers that are held, and the yes to the question.
    Held,
    /// Delivery reports: neither the alert nor the answer arrived.
    Bounce,
    /// A long letter with a photo, and a mail that is too large.
    Large,
}

/// A mail that must have come.
pub struct Expected {
    pub to: Who,
    pub place: Place,
    pub words: &'static str,
    /// Whether it is sent again when nobody knows whether it arrived; else the office is asked.
    pub sent_again: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Haru,
    Ai,
    Office,
}

/// Where the words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the very beginning: words that were passed on.
    First,
    /// In what is new in an alert.
    News,
    /// Somewhere.
    Text,
}

/// A mail that carries somebody's words.
pub const fn mail(to: Who, place: Place, words: &'static str) -> Expected {
    Expected { to, place, words, sent_again: true }
}

/// "It arrived", and the like: not worth a second copy.
pub const fn courtesy(to: Who, words: &'static str) -> Expected {
    Expected { to, place: Place::Text, words, sent_again: false }
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Report, Self::Answer, Self::Held, Self::Bounce, Self::Large];

    /// How the house treats an answer without proof.
    pub fn unproven_answers(self) -> &'static str {
        if self == Self::Held { "confirm" } else { "pass" }
    }

    /// How often somebody writes, each time after everything has come to rest.
    pub fn stages(self) -> usize {
        if self == Self::Held { 2 } else { 1 }
    }

    /// What happened before, undisturbed.
    pub fn before(self, house: &House<'_>) {
        if matches!(self, Self::Report | Self::Large) {
            return;
        }
        house.deliver(&house.haru.writes("日報", "きのうの報告。"));
        house.once(&[]);
        let alert = house.mail_that_says(&house.ai.address, "きのうの報告。");
        if self == Self::Bounce {
            house.deliver(&house.ai.replies(&alert, "一つ目の返事。"));
            house.once(&[]);
            house.mail_that_says(&house.haru.address, "一つ目の返事。");
        }
    }

    /// What people, and servers, write now.
    pub fn happens(self, stage: usize, house: &House<'_>) {
        let (haru, ai) = (&house.haru, &house.ai);
        let alert = || house.mail_that_says(&ai.address, "きのうの報告。");
        match (self, stage) {
            (Self::Report, _) => {
                for words in ["報告その一。", "報告その二。", "報告その三。"] {
                    house.deliver(&haru.writes("日報", words));
                }
            }
            (Self::Answer, _) | (Self::Held, 0) => {
                for words in ["一つ目の返事。", "二つ目の返事。"] {
                    house.deliver(&ai.replies(&alert(), words));
                }
            }
            (Self::Held, _) => {
                let question = house.mail_that_says(&ai.address, "お預かりしています。");
                house.deliver(&ai.replies(&question, "はい"));
            }
            (Self::Bounce, _) => {
                let passed = house.mail_that_says(&haru.address, "一つ目の返事。");
                house.deliver_raw(&delivery_report(&passed.raw, &haru.address));
                house.deliver_raw(&delivery_report(&alert().raw, &ai.address));
            }
            (Self::Large, _) => {
                let long = format!(
                    "長いお便りです。\n{}おわりの行です。",
                    "毎日すこしずつ歩いています。\n".repeat(1500)
                );
                house.deliver_raw(&with_photo(&haru.writes("写真", &long).mail(), 30_000).raw);
                house.deliver_raw(&with_photo(&haru.writes("大きな写真", "x").mail(), 400_000).raw);
            }
        }
    }

    /// Every mail that people of the house have in the end.
    pub fn expected(self) -> Vec<Expected> {
        use Place::{First, News, Text};
        use Who::{Ai, Haru, Office};
        let receipt = || courtesy(Haru, "お便りが届きました");
        match self {
            Self::Report => vec![
                mail(Ai, News, "報告その一。"),
                mail(Ai, News, "報告その二。"),
                mail(Ai, News, "報告その三。"),
                receipt(),
            ],
            Self::Answer => vec![
                mail(Ai, News, "きのうの報告。"),
                receipt(),
                mail(Haru, First, "一つ目の返事。"),
                mail(Haru, First, "二つ目の返事。"),
            ],
            Self::Held => vec![
                mail(Ai, News, "きのうの報告。"),
                receipt(),
                mail(Ai, Text, "はるさんへのお返事を、お預かりしています。"),
                mail(Haru, First, "一つ目の返事。"),
                mail(Haru, First, "二つ目の返事。"),
            ],
            Self::Bounce => vec![
                mail(Ai, News, "きのうの報告。"),
                receipt(),
                mail(Haru, First, "一つ目の返事。"),
                mail(Ai, Text, "はるさんへ、言葉を届けられませんでした。"),
                mail(Office, Text, "はるさんあてのメールが届かなかった"),
                mail(Office, Text, "あいさんあてのメールが届かなかった"),
            ],
            Self::Large => vec![
                mail(Ai, News, "長いお便りです。"),
                receipt(),
                mail(Ai, Text, "「大きな写真」"),
                mail(Haru, Text, "大きすぎて"),
                mail(Office, Text, "はるさんから"),
            ],
        }
    }
}

/// What a server says about a mail of ours whose reader's mailbox is full (RFC 3464).
fn delivery_report(about: &[u8], recipient: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(about).replace("\r\n", "\n");
    let header = text.split("\n\n").next().unwrap_or_default();
    format!(
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\nTo: care@lab.test\n\
         Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n\
         Message-ID: <report-about-{recipient}>\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=part\n\n\
         --part\nContent-Type: text/plain\n\nThe mailbox is full.\n\n\
         --part\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n\
         Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.2.2\n\n\
         --part\nContent-Type: text/rfc822-headers\n\n{header}\n\n--part--\n"
    )
    .into_bytes()
}
