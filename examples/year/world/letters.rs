//! Mails as people's programs write them (RFC 5322), and as people read the ones that come.
//!
//! Every report carries a number in its words, and every answer the number of the report that it answers: so whoever
//! gets a mail can tell from its words alone what it is, and no table of the engine is asked.

use mail_parser::{Address, MessageParser};
use yorisoi::rng::Rng;

use super::calendar::{Calendar, Minute};
use super::model::Draw;

/// The one address that everybody writes to.
pub const SERVICE: &str = "care@example.jp";
/// What the receiving server writes into Authentication-Results (RFC 8601).
pub const RECEIVER: &str = "mx.example.jp";

const REPORT: &str = "記録";
const ANSWER: &str = "返事";
/// How a subject ends that asks to read what a newcomer wrote.
const READ: &str = "さんのお返事を、読んでいただけますか";

/// A mail that somebody got.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The name that it comes from.
    pub from: String,
    /// Its subject, decoded.
    pub subject: String,
    /// Where the reply button leads.
    pub reply_to: String,
    /// Its Message-ID, without brackets.
    pub message_id: String,
    /// The Message-ID of the mail below which her program shows it.
    pub below: String,
    /// Its words.
    pub text: String,
}

/// What a supporter takes a mail for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// This report is hers to answer.
    Report(usize),
    /// This report still waits for her.
    Reminder(usize),
    /// These clients' letters of these days, as `12/3`, are answered, or another's again: she need not.
    Released(Vec<(String, String)>),
    /// Somebody is looked for who takes one letter.
    Ask,
    /// Would she read what this newcomer wrote?
    Read,
    /// She need not read it any more.
    ReadEnough,
    /// What she wrote about this report was read, and she is to write it anew.
    Back(usize),
    /// Her answer came after another: what shall become of it?
    SetAside,
    /// What she wrote waits: is it for the client, or for the office?
    Meant,
    /// Her answer was taken back.
    TakenBack,
    /// Her leave was understood.
    LeaveNoted,
    /// Something to know, and nothing to do.
    News,
    /// Something that nobody in this year should get.
    Odd,
}

/// What a client takes a mail for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The answer to this report.
    Answer(usize),
    /// Her answer may be late: to what she wrote on this day, as `12/3`.
    Truth(String),
    /// Her letter arrived, or who reads them.
    Told,
    /// Something that nobody in this year should get.
    Odd,
}

/// What the operator takes a mail for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Office {
    /// This client's letter has no answer; or still none, a deadline later.
    Unanswered(String),
    /// Something to know: a leave, or a supporter's words.
    Known,
    /// A newcomer's answer that nobody has read; the outgoing mail that waits.
    Unread(i64),
    /// Something that nobody in this year should get.
    Odd,
}

/// Reads a mail; `None` when it is none.
pub fn read(octets: &[u8]) -> Option<Letter> {
    let message = MessageParser::default().parse(octets)?;
    let first = |address: Option<&Address<'_>>, name: bool| {
        let first = address.and_then(Address::first);
        let part = first.and_then(|addr| if name { addr.name() } else { addr.address() });
        part.unwrap_or_default().to_owned()
    };
    Some(Letter {
        from: first(message.from(), true),
        subject: message.subject().unwrap_or_default().to_owned(),
        reply_to: first(message.reply_to(), false),
        message_id: message.message_id().unwrap_or_default().to_owned(),
        below: message.in_reply_to().as_text().unwrap_or_default().to_owned(),
        text: message.body_text(0)?.replace("\r\n", "\n"),
    })
}

impl Letter {
    /// As a supporter reads it.
    pub fn for_supporter(&self) -> Handed {
        let (subject, text) = (self.subject.as_str(), self.text.as_str());
        if subject.ends_with("さんのお便りには、お返事がありました") {
            return Handed::Released(text.lines().take(1).filter_map(named).collect());
        }
        if subject.ends_with("さんが戻られました") {
            let listed = text.lines().skip_while(|line| !line.starts_with("■ お返事なさらなくて"));
            return Handed::Released(listed.skip(1).map_while(named).collect());
        }
        let unclear = text.contains("読みとれませんでした") || text.contains("読み取れませんでした");
        let news = [
            "お便りのお願いについて",
            "さんのお便りについて",
            "へのお返事について",
            "もう送りました",
            "を預かりました",
        ];
        match subject {
            _ if unclear => return Handed::Odd,
            "どなたか1通お願いできますか" => return Handed::Ask,
            _ if subject.ends_with(READ) => return Handed::Read,
            _ if subject.contains("さんへのお返事に、") && subject.ends_with("さんからひと言") =>
            {
                return numbered(text, ANSWER).map_or(Handed::Odd, Handed::Back);
            }
            _ if subject.contains("さんへのお返事、") && subject.ends_with("さんも読みます") =>
            {
                return Handed::News;
            }
            _ if text.contains("もう読んでいただかなくて大丈夫です") => {
                return Handed::ReadEnough;
            }
            _ if subject.starts_with("お休みを承りました") => return Handed::LeaveNoted,
            _ if subject.ends_with("へのお返事、お預かりしています") => {
                return Handed::SetAside;
            }
            // Words for the client must not be asked about.
            _ if subject.ends_with("事務局へのご連絡でしょうか") => {
                return if numbered(text, ANSWER).is_none() { Handed::Meant } else { Handed::Odd };
            }
            _ if subject.ends_with("へのお返事を取り消しました") => return Handed::TakenBack,
            // It waits for her word already: somebody else was first.
            "取り消すお返事がありませんでした" => return Handed::News,
            // A leave hands over, and on return everything comes back.
            _ if subject.contains("さんのお休み（") => return Handed::News,
            "おかえりなさい" | "きょうからまた、お願いします" | "事務局が読みます" =>
            {
                return Handed::News;
            }
            _ if news.iter().any(|end| subject.ends_with(end)) => return Handed::News,
            _ => {}
        }
        let hers = text.split("さんのお便り\n").nth(1);
        match hers.and_then(|words| numbered(words, REPORT)) {
            Some(n) if text.contains("お返事を待っています") => Handed::Reminder(n),
            Some(n) if subject.contains("さんから") => Handed::Report(n),
            _ => Handed::Odd,
        }
    }

    /// Whether a mail that asked to read something is about the same as this one, which says that it need not be read.
    pub fn ends(&self, asked: &Self) -> bool {
        let writer = self.subject.strip_suffix("さんのお返事について");
        let client = self.text.split_once("さんへの").map(|(client, _)| format!("{client}さんへの"));
        asked.subject.strip_suffix(READ) == writer
            && client.is_some_and(|client| asked.text.contains(&client))
    }

    /// As a client reads it.
    pub fn for_client(&self) -> Heard {
        let told = ["担当のご紹介", "担当についてのお知らせ"];
        if told.contains(&self.subject.as_str()) || self.subject.ends_with("さんがお便りを読みます")
        {
            return Heard::Told;
        }
        if let Some(n) = numbered(&self.text, ANSWER) {
            return Heard::Answer(n);
        }
        if self.subject.contains("お返事について") {
            let day = self.subject.trim_start_matches('[').split(' ').next();
            return Heard::Truth(day.unwrap_or_default().to_owned());
        }
        let told = ["お便りが届きました", "お便りは事務局", "お便りを読んで", "読んで、お返事します"];
        if told.iter().any(|words| self.text.contains(words)) { Heard::Told } else { Heard::Odd }
    }

    /// As the operator reads it.
    pub fn for_office(&self) -> Office {
        let unanswered = ["お返事が間に合わないかもしれません：", "お返事がまだありません："];
        let client = unanswered.iter().find_map(|head| self.subject.strip_prefix(head));
        if let Some(client) = client {
            return Office::Unanswered(client.trim_end_matches("さん").to_owned());
        }
        let row = self.text.split("yorisoi held release ").nth(1).and_then(|rest| rest.lines().next());
        if let Some(row) = row.and_then(|row| row.trim().parse().ok()) {
            return Office::Unread(row);
        }
        let is_known = self.subject.contains("お休み") || self.subject.ends_with("さんから、事務局へ");
        if is_known { Office::Known } else { Office::Odd }
    }
}

/// Client and day of a line such as `はるさんの12月3日（木）のお便り`.
fn named(line: &str) -> Option<(String, String)> {
    let (client, rest) = line.split_once("さんの")?;
    let (day, _) = rest.split_once('日')?;
    Some((client.to_owned(), day.replace('月', "/")))
}

/// The first number that stands behind a word.
fn numbered(text: &str, word: &str) -> Option<usize> {
    let mut behind = text.split(word).skip(1);
    behind.find_map(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
        digits.parse().ok()
    })
}

/// Somebody who writes.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    /// As her mail program names her.
    pub name: &'a str,
    /// Her address.
    pub address: &'a str,
}

/// A mail of hers: its fields, and its words.
fn mail(writer: Writer<'_>, date: &str, id: &str, fields: &[(&str, &str)], words: &str) -> Vec<u8> {
    let Writer { name, address } = writer;
    let domain = address.rsplit('@').next().unwrap_or_default();
    let mut out = format!("Authentication-Results: {RECEIVER}; dmarc=pass header.from={domain}\r\n");
    out.push_str(&format!("From: {name} <{address}>\r\nDate: {date}\r\nMessage-ID: <{id}@{domain}>\r\n"));
    for (field, value) in fields {
        out.push_str(&format!("{field}: {value}\r\n"));
    }
    out.push_str("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n");
    out.push_str("Content-Transfer-Encoding: 8bit\r\n\r\n");
    out.push_str(words);
    out.into_bytes()
}

/// A report.
pub fn report(
    writer: Writer<'_>,
    number: usize,
    at: Minute,
    calendar: &Calendar,
    chance: &mut Rng,
) -> Vec<u8> {
    let what = chance.pick(&[
        "朝のうちに店先を掃いて、看板を出しました。",
        "見積もりを二件、送りました。",
        "雨で人通りが少なく、帳簿を進めました。",
        "新しい品書きを書きました。",
        "十分だけ歩きました。足が軽くなりました。",
        "うまく進まず、早めにしまいました。",
        "お客様から、ありがとうと言われました。",
        "試作の三つめが、やっと焼けました。",
    ]);
    let words = format!("{REPORT}{number}。今日のことです。\r\n{what}\r\n");
    let id = format!("r{number}");
    mail(writer, &calendar.date(at), &id, &[("To", SERVICE), ("Subject", "今日の日報")], &words)
}

/// An answer, by the reply button of a program that quotes below.
pub fn answer(
    writer: Writer<'_>,
    number: usize,
    to: &Letter,
    at: Minute,
    calendar: &Calendar,
    chance: &mut Rng,
) -> Vec<u8> {
    let what = chance.pick(&[
        "続けておられる姿が、目に浮かびました。",
        "その一歩が、きっと明日につながりますね。",
        "読んでいて、こちらまで明るくなりました。",
        "そういう日もありますね。ゆっくりいきましょう。",
        "よく書いてくださいました。",
        "小さな手ごたえ、大事にしたいですね。",
    ]);
    let quote: String = to.text.lines().map(|line| format!("> {line}\r\n")).collect();
    let date = calendar.date(at);
    let words = format!(
        "{ANSWER}{number}です。お便りをありがとうございます。\r\n{what}\r\n\r\n{date} よりそい便り <{SERVICE}>:\r\n\r\n{quote}"
    );
    reply(writer, to, &words, at, calendar)
}

/// A reply in place of an answer, by the same button: for the office, although it does not say so.
pub fn cannot(writer: Writer<'_>, to: &Letter, at: Minute, calendar: &Calendar, chance: &mut Rng) -> Vec<u8> {
    let words = *chance.pick(&[
        "熱が出てしまい、今日は書けません。申し訳ありません。",
        "すみません、今日はどうしても時間がとれず、お返事ができません。",
        "仕事が長引いていて、書けそうにありません。",
    ]);
    reply(writer, to, &format!("{words}\r\n"), at, calendar)
}

/// A reply to a mail, of these words alone.
pub fn reply(writer: Writer<'_>, to: &Letter, words: &str, at: Minute, calendar: &Calendar) -> Vec<u8> {
    let reference = format!("<{}>", to.message_id);
    let fields = [
        ("To", to.reply_to.as_str()),
        ("Subject", &format!("Re: {}", to.subject)),
        ("In-Reply-To", &reference),
        ("References", &reference),
    ];
    // One mail a minute to the same mail, at most.
    let id = format!("a{at}.{}", to.message_id.split('@').next().unwrap_or_default());
    mail(writer, &calendar.date(at), &id, &fields, words)
}

/// A leave, in one line.
pub fn leave(writer: Writer<'_>, days: (i64, i64), at: Minute, calendar: &Calendar) -> Vec<u8> {
    let (from, until) = (calendar.short(days.0), calendar.short(days.1));
    let span = if from == until { from } else { format!("{from}-{until}") };
    let words = format!("お休み {span}\r\n");
    mail(writer, &calendar.date(at), &format!("l{at}"), &[("To", SERVICE), ("Subject", "お休み")], &words)
}
