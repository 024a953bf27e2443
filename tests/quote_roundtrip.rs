//! The round trip: an alert of ours is answered by many mail programs, through encoded octets, and what is read out of
//! each answer are exactly the lines that the answerer typed: by knowing what we sent, and, for the programs that mark
//! or attribute, by reading alone. The programs are those of the simulator and some more; none knows our code.
#![allow(clippy::unwrap_used, clippy::expect_used)] // whatever breaks here fails the test

#[path = "sim/chance.rs"]
#[allow(dead_code)] // the simulator draws in more ways
mod chance;
#[path = "sim/letters.rs"]
#[allow(dead_code)] // the simulator writes more kinds of mail
mod letters;

/// What the simulator's programs ask of the mail that they answer.
mod model {
    pub struct Sent {
        pub at: i64,
        pub message_id: String,
        pub subject: String,
        pub reply_to: Option<String>,
        pub references: Vec<String>,
        pub text: String,
    }
}

use chance::Chance;
use letters::{Draft, Style, date, quoting, write};
use model::Sent;
use yorisoi::clock::{Timestamp, Zone};
use yorisoi::domain::calendar::{Calendar, Day};
use yorisoi::domain::locale::Locale;
use yorisoi::domain::notice::{Alert, Enclosures, Exchange, Notice, Occasion};
use yorisoi::mail::address::{Address, Mailbox};
use yorisoi::mail::compose::{Draft as Composed, Marking, compose};
use yorisoi::mail::message_id::MessageId;
use yorisoi::mail::parse::parse;
use yorisoi::mail::quote::{HeaderEvidence, Known, authored};
use yorisoi::render::Renderer;

const SERVICE: &str = "care@example.jp";
/// 2026-11-22T12:00:00Z.
const NOON: i64 = 1_795_348_800_000;
const SEEDS: u64 = 25;

/// How an answer is made; the simulator's styles, and the field's.
#[derive(Clone, Copy, Debug)]
enum Program {
    Simulated(Style),
    /// Attribution, marks, and every line broken at so many columns.
    Rewrapped(&'static str, &'static str, usize),
    /// The same, with the words below.
    RewrappedBelow(&'static str, &'static str, usize),
    /// HTML: an attribution and a blockquote.
    HtmlGmail,
    /// HTML: header fields in bold and an unmarked copy.
    HtmlOutlook,
    /// A copy below the words and nothing between.
    Carrier,
    /// The copy's lines broken, nothing between, no mark.
    CarrierRewrapped(usize),
}

const PROGRAMS: [(Program, bool); 20] = [
    (Program::Simulated(Style::GmailAbove), true),
    (Program::Simulated(Style::PhoneAbove), true),
    (Program::Simulated(Style::OutlookAbove), true),
    (Program::Simulated(Style::Below), true),
    (Program::Simulated(Style::Between), true),
    (Program::Simulated(Style::Bare), true),
    (Program::Rewrapped("{ja} よりそい便り <{to}>:\n\n", "> ", 35), true),
    (Program::Rewrapped("On {en}, よりそい便り wrote:\n", "> ", 72), true),
    (Program::Rewrapped("On {rfc}\nよりそい便り <{to}> wrote:\n\n", "> ", 76), true),
    (Program::Rewrapped("----- Original Message -----\n", ">", 40), true),
    (Program::Rewrapped("> {en}、よりそい便り <{to}>のメール:\n>\n", "> ", 1000), true),
    (Program::Rewrapped("{ja} よりそい便り <{to}>:\n", "＞", 60), true),
    (Program::Rewrapped("On {rfc}, よりそい便り <{to}> wrote:\n", "| ", 72), true),
    (Program::RewrappedBelow("On {rfc}\nよりそい便り <{to}> wrote:\n\n", "> ", 76), true),
    (Program::RewrappedBelow("よりそい便り <{to}> writes:\n\n", "> ", 72), true),
    (Program::RewrappedBelow("{en}、よりそい便り <{to}> さんは書きました:\n", ">", 35), true),
    (Program::HtmlGmail, true),
    (Program::HtmlOutlook, true),
    (Program::Carrier, false),
    (Program::CarrierRewrapped(35), false),
];

/// What a person types in one block: sentences, and lines that programs write, too.
const TYPED: [&str; 16] = [
    "うれしいです。",
    "カメラを買ったら、海の写真を送ってくださいね。",
    "-----",
    "・まずは五分だけ",
    "1) 起きる",
    "Aさんは書きました:",
    "差出人: 母",
    "11/25 14:00 病院:",
    "2026年11月25日(水) 14:00 病院:",
    "On Monday she wrote:",
    "Keep going, one step after the other.",
    "* * *",
    "| 月 | 火 |",
    "あいより",
    "すばらしい",
    "5 > 3",
];

fn typed(chance: &mut Chance) -> Vec<String> {
    let mut lines = vec![format!("お返事{}です。", chance.below(1000))];
    for n in 0..chance.below(6) {
        if chance.percent(20) {
            lines.push(String::new());
        }
        lines.push(
            format!("{}{}", chance.pick(&TYPED), if n % 2 == 0 { "" } else { " " }).trim_end().to_owned(),
        );
    }
    lines.push("また書きます。".to_owned());
    lines
}

const REPORTS: [&str; 4] = [
    "おはようございます。\nきょうは朝から雨でした。駅まで歩いて、図書館で本を二冊借りました。夜はあまり眠れませんでした。\n\nはい",
    "> 散歩\n> 読書\n\n二つできました。",
    "I walked to the library and back, which took me forty minutes, and I was not tired at all when I came home.\n-- \nHaru",
    "-----\n母から\n差出人: 母\n件名: ごめんね\n-----\nどうしましょう。",
];

struct Answered {
    body: String,
    letter: String,
    sent: Sent,
}

fn address(text: &str) -> Address {
    Address::parse(text).expect("an address")
}

/// An alert through our templates and our composer, as a mail program shows it.
fn alert(chance: &mut Chance) -> Answered {
    let zone = Zone::named("Asia/Tokyo").expect("a zone");
    let calendar = Calendar { zone: zone.clone(), day_starts_at: 240 };
    let locale = if chance.percent(70) { Locale::Ja } else { Locale::En };
    let letter = (*chance.pick(&REPORTS)).to_owned();
    let day = Day::parse("2026-11-22").expect("a day");
    let earlier =
        Exchange {
            day, from_client: chance.percent(50), text: "きのうは寒かったです。".to_owned()
        };
    let notice = Notice::Alert(Alert {
        client: "はる".to_owned(),
        supporter: "あい".to_owned(),
        day,
        addition: chance.percent(20),
        subject: String::new(),
        text: letter.clone(),
        pictures: Vec::new(),
        enclosures: Enclosures::default(),
        unproven: false,
        junk: letter.len().is_multiple_of(3),
        too_large: None,
        goal: if chance.percent(70) { "毎日30分歩く".to_owned() } else { String::new() },
        about: String::new(),
        due_at: Timestamp::from_millis(NOON + 86_400_000),
        last: None,
        occasion: Occasion::News,
        memos: Vec::new(),
        exchanges: if chance.percent(50) { vec![earlier] } else { Vec::new() },
    });
    let rendered =
        Renderer::new("よりそい便り").expect("templates").render(&notice, locale, &calendar).expect("a mail");
    let id = MessageId::parse("y1.q6zd3m@example.jp").expect("an id");
    let reply_to = "care+abcdefghij234567@example.jp";
    let bytes = compose(&Composed {
        from: Mailbox { name: Some("よりそい便り".to_owned()), address: address(SERVICE) },
        to: address("ai@example.jp"),
        reply_to: Some(address(reply_to)),
        subject: &rendered.subject,
        message_id: &id,
        in_reply_to: None,
        references: &[],
        date: Timestamp::from_millis(NOON),
        zone: &zone,
        body: &rendered.body,
        pictures: &[],
        marking: Marking::PersonsWords,
    });
    let shown = parse(&bytes.expect("octets")).text;
    let sent = Sent {
        at: NOON,
        message_id: id.to_string(),
        subject: rendered.subject,
        reply_to: Some(reply_to.to_owned()),
        references: Vec::new(),
        text: shown,
    };
    Answered { body: rendered.body, letter, sent }
}

/// Lines broken at so many columns, a wide character counting two.
fn broken(text: &str, mark: &str, columns: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let (mut piece, mut width) = (String::new(), 0);
        for c in line.chars() {
            let wide = if c.is_ascii() { 1 } else { 2 };
            if width + wide > columns {
                out.push_str(&format!("{mark}{piece}\n"));
                (piece, width) = (String::new(), 0);
            }
            piece.push(c);
            width += wide;
        }
        out.push_str(format!("{mark}{piece}").trim_end());
        out.push('\n');
    }
    out
}

fn attribution(form: &str, sent: &Sent) -> String {
    form.replace("{ja}", &date(sent.at, "%Y年%-m月%-d日(日) %H:%M"))
        .replace("{en}", &date(sent.at, "%Y/%m/%d %H:%M"))
        .replace("{rfc}", &date(sent.at, "%a, %d %b %Y %H:%M:%S %z"))
        .replace("{to}", sent.reply_to.as_deref().unwrap_or(SERVICE))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn divs(text: &str) -> String {
    let div = |l: &str| {
        if l.is_empty() { "<div><br></div>".to_owned() } else { format!("<div>{}</div>", escaped(l)) }
    };
    text.lines().map(div).collect()
}

fn html(words: &str, sent: &Sent, outlook: bool) -> String {
    let (new, old) = (divs(words), escaped(&sent.text).replace('\n', "<br>\n"));
    let to = sent.reply_to.as_deref().unwrap_or(SERVICE);
    if outlook {
        let day = date(sent.at, "%Y年%-m月%-d日 %H:%M");
        return format!(
            "<html><body>{new}<hr><div><b>差出人:</b> よりそい便り &lt;{SERVICE}&gt;<br><b>送信日時:</b> {day}<br>\
             <b>宛先:</b> 青木あい &lt;ai@example.jp&gt;<br><b>件名:</b> {}<br></div><div><br></div><div>{old}</div>",
            escaped(&sent.subject)
        );
    }
    let above = escaped(attribution("{ja} よりそい便り <{to}>:", sent).trim());
    format!(
        "<div dir=\"ltr\">{new}</div><br><div class=\"gmail_quote\"><div>{}<br></div>\
         <blockquote style=\"margin:0\">{old}</blockquote></div>",
        above.replace(&escaped(to), &format!("<a href=\"mailto:{to}\">{to}</a>"))
    )
}

/// The octets of an answer.
fn answer(program: Program, words: &str, of: &Answered, chance: &mut Chance) -> Vec<u8> {
    let sent = &of.sent;
    let marked = |mark, columns| broken(&sent.text, mark, columns);
    let text = match program {
        Program::Simulated(style) => {
            let between = of.letter.lines().find(|l| !l.starts_with('>') && l.chars().count() > 9);
            quoting(words, sent, style, SERVICE, "ai@example.jp", between)
        }
        Program::Rewrapped(form, mark, columns) => {
            format!("{words}\n\n{}{}", attribution(form, sent), marked(mark, columns))
        }
        Program::RewrappedBelow(form, mark, columns) => {
            format!("{}{}\n{words}\n", attribution(form, sent), marked(mark, columns))
        }
        Program::Carrier => format!("{words}\n\n{}", sent.text),
        Program::CarrierRewrapped(columns) => format!("{words}\n\n{}", marked("", columns)),
        Program::HtmlGmail | Program::HtmlOutlook => {
            let page = html(words, sent, matches!(program, Program::HtmlOutlook));
            let page = data_encoding::BASE64_MIME.encode(page.as_bytes());
            return format!(
                "From: ai <ai@example.jp>\r\nTo: {SERVICE}\r\nSubject: Re: x\r\nIn-Reply-To: <{}>\r\n\
                 MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n{page}\r\n",
                sent.message_id
            )
            .into_bytes();
        }
    };
    let draft = Draft {
        name: "青木あい",
        from: "ai@example.jp",
        host: "mail.example.jp",
        to: sent.reply_to.clone().unwrap_or_default(),
        subject: format!("Re: {}", sent.subject),
        at: NOON + 3_600_000,
        dated: NOON + 3_600_000,
        text,
        answers: Some(sent),
        threaded: true,
        photo: chance.percent(10),
        fields: String::new(),
        number: 1,
    };
    write(&draft, chance)
}

#[test]
fn exactly_what_was_typed_comes_back_from_every_program() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for (program, by_reading) in PROGRAMS {
        for seed in 0..SEEDS {
            let mut chance = Chance::new(seed);
            let answered = alert(&mut chance);
            let words = typed(&mut chance);
            let message = parse(&answer(program, &words.join("\n"), &answered, &mut chance));
            let header = HeaderEvidence::of(&message);
            let known = Known {
                text: &answered.body,
                letter: &answered.letter,
                own_address: SERVICE,
                own_name: "よりそい便り",
            };
            let expected: Vec<&str> = words.iter().map(String::as_str).filter(|l| !l.is_empty()).collect();
            for (how, known) in [("knowing", Some(&known)), ("reading", None)] {
                if known.is_none() && !by_reading {
                    continue;
                }
                cases += 1;
                let reply = authored(&message.text, known, &header);
                // The quoted lines that an answer between them stands under are shown with it.
                let context = |l: &&str| known.is_some() && l.starts_with("> ");
                let got: Vec<&str> = reply.text.lines().filter(|l| !l.is_empty() && !context(l)).collect();
                if got != expected {
                    wrong.push(format!(
                        "--- {program:?}, seed {seed}, by {how}\n{}\n--- gave\n{}\n",
                        message.text, reply.text
                    ));
                }
            }
        }
    }
    assert!(cases >= 37 * 25, "{cases}");
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong[..wrong.len().min(6)].join("\n"));
}
