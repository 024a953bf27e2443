//! The submission server and its ground truth: who was addressed, which octets came, what the server did with them,
//! and whether the other side learned of it. It fails at every stage.

use std::collections::BTreeMap;

use mail_parser::{MessageParser, MimeHeaders as _};
use yorisoi::mail::submission::{Stage, Submission, SubmitOutcome};

use crate::model::{Looks, Sent};
use crate::script::Faults;
use crate::story::{MINUTE, SECOND};

/// What the server does with one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Accept,
    /// A reply, at that stage.
    Refuse(Stage, u16),
    /// The line dies there, before the dot.
    LostBefore(Stage),
    /// No answer there, until our patience ends.
    Silent(Stage, i64),
    /// The line dies after the dot; the server had taken the mail, or not.
    LostAfterDot(bool),
    /// The same, and nobody says that it died.
    SilentAfterDot(bool),
}

/// What became of one transaction, as the server knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Open,
    Accepted,
    Refused(Stage, u16),
    Lost,
}

/// One transaction.
pub struct Transaction {
    pub to: String,
    pub message_id: String,
    pub bytes: Vec<u8>,
    pub end: End,
    /// The outcome is durable on the other side.
    pub told: bool,
    /// The other side was allowed to write the dot.
    pub dot_allowed: bool,
}

/// The server.
#[derive(Default)]
pub struct Submissions {
    pub log: Vec<Transaction>,
    /// Connections are refused.
    pub down_until: i64,
    /// The account is refused, in this way.
    pub locked: (i64, usize),
    /// Recipients that are refused for good.
    pub refused: Vec<String>,
    /// Recipients that are put off until then.
    pub grey: BTreeMap<String, i64>,
    /// Recipients whose transactions take their time.
    pub slow: Vec<String>,
    /// How often in a hundred the 250 is lost.
    pub loses: usize,
}

/// What a server says to an account that it does not like.
const LOCKED: [(Stage, u16); 6] = [
    (Stage::Auth, 535),
    (Stage::Mail, 530),
    (Stage::Mail, 550),
    (Stage::Connect, 554),
    (Stage::Auth, 454),
    (Stage::Mail, 452),
];
/// How long we wait for an answer at a stage.
const PATIENCE: [(Stage, i64); 5] = [
    (Stage::Connect, 30 * SECOND),
    (Stage::Auth, 60 * SECOND),
    (Stage::Mail, 120 * SECOND),
    (Stage::Rcpt, 120 * SECOND),
    (Stage::Data, 180 * SECOND),
];
const PATIENCE_AFTER_DOT: i64 = 600 * SECOND;

impl Submissions {
    /// What will happen to a transaction that begins now.
    fn fate(&self, to: &str, faults: &mut Faults<'_>) -> Fate {
        let now = faults.now;
        if faults.on && now < self.down_until {
            return Fate::LostBefore(Stage::Connect);
        }
        if faults.on && now < self.locked.0 {
            let (stage, code) = LOCKED[self.locked.1 % LOCKED.len()];
            return Fate::Refuse(stage, code);
        }
        if faults.on && self.refused.iter().any(|r| r == to) {
            return Fate::Refuse(Stage::Rcpt, 550);
        }
        if faults.on && self.grey.get(to).is_some_and(|until| now < *until) {
            return Fate::Refuse(Stage::Rcpt, 450);
        }
        if faults.strikes("the 250 is lost", self.loses) {
            return Fate::LostAfterDot(true);
        }
        let Some(mut chance) = faults.strike("submission", 25) else { return Fate::Accept };
        let silent = chance.percent(30);
        match chance.weighted(&[6, 10, 1, 2, 5, 4]) {
            0 => {
                let (stage, patience) = *chance.pick(&PATIENCE);
                if silent { Fate::Silent(stage, patience) } else { Fate::LostBefore(stage) }
            }
            1 => {
                const TEMPORARY: [(Stage, u16); 10] = [
                    (Stage::Connect, 421),
                    (Stage::Auth, 454),
                    (Stage::Mail, 421),
                    (Stage::Mail, 451),
                    (Stage::Rcpt, 450),
                    (Stage::Rcpt, 452),
                    (Stage::Rcpt, 503),
                    (Stage::Data, 451),
                    (Stage::Data, 503),
                    (Stage::Dot, 451),
                ];
                let (stage, code) = *chance.pick(&TEMPORARY);
                Fate::Refuse(stage, code)
            }
            2 => Fate::Refuse(*chance.pick(&[Stage::Data, Stage::Dot]), 554),
            3 => Fate::Refuse(Stage::Mail, 550),
            4 if silent => Fate::SilentAfterDot(true),
            4 => Fate::LostAfterDot(true),
            _ if silent => Fate::SilentAfterDot(false),
            _ => Fate::LostAfterDot(false),
        }
    }

    /// A client of the server begins a transaction. `at_once`: the world is calm, and nothing takes time.
    pub fn begin(&mut self, submission: Submission, at_once: bool, faults: &mut Faults<'_>) -> Sending {
        let to = submission.envelope.forward_path.key();
        let fate = self.fate(&to, faults);
        let slow = faults.strike("slow", if self.slow.contains(&to) { 80 } else { 10 });
        let pause = match (slow, at_once) {
            (_, true) => 0,
            (Some(mut chance), _) => chance.between(10 * SECOND, 5 * MINUTE),
            (None, _) => 50,
        };
        self.log.push(Transaction {
            to,
            message_id: message_id_of(&submission.bytes),
            bytes: submission.bytes.clone(),
            end: End::Open,
            told: false,
            dot_allowed: false,
        });
        Sending {
            submission,
            at: self.log.len() - 1,
            fate,
            phase: Phase::Opening,
            pause,
            ready_at: faults.now + pause,
        }
    }

    /// What the server has taken, mails that the other side knows of or not.
    pub fn accepted<'a>(&'a self, message_id: &'a str) -> impl Iterator<Item = &'a Transaction> {
        self.log.iter().filter(move |t| t.message_id == message_id && t.end == End::Accepted)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Content,
    DotAllowed,
    DotWritten,
}

/// One transaction as the client of the server drives it.
pub struct Sending {
    pub submission: Submission,
    /// Its place in the log.
    pub at: usize,
    pub fate: Fate,
    phase: Phase,
    pause: i64,
    pub ready_at: i64,
}

/// What the client of the server has to do next.
pub enum Next {
    /// Ask whether the dot may be written, then go on with [`Sending::dot_allowed`].
    AskDot,
    /// Nothing yet; the server accepted a mail if it says so.
    Wait { accepted: bool },
    /// Settle.
    Ended(SubmitOutcome),
}

impl Sending {
    /// One step on the wire.
    pub fn step(&mut self, server: &mut Submissions, now: i64) -> Next {
        self.ready_at = now + self.pause;
        let log = &mut server.log[self.at];
        match (self.phase, self.fate) {
            (Phase::Opening, Fate::Silent(stage, patience)) => {
                (self.fate, self.ready_at) = (Fate::LostBefore(stage), now + patience);
                Next::Wait { accepted: false }
            }
            (Phase::Opening, Fate::Refuse(stage, code)) if stage < Stage::Dot => {
                log.end = End::Refused(stage, code);
                Next::Ended(refusal(stage, code))
            }
            (Phase::Opening, Fate::LostBefore(stage)) => {
                log.end = End::Lost;
                Next::Ended(SubmitOutcome::Transient { stage, code: 0, status: None })
            }
            (Phase::Opening, _) => {
                self.phase = Phase::Content;
                Next::AskDot
            }
            (Phase::Content, _) => Next::AskDot,
            (Phase::DotAllowed, fate) => {
                self.phase = Phase::DotWritten;
                log.end = match fate {
                    Fate::Refuse(stage, code) => End::Refused(stage, code),
                    Fate::LostAfterDot(false) | Fate::SilentAfterDot(false) => End::Lost,
                    _ => End::Accepted,
                };
                if let Fate::SilentAfterDot(_) = fate {
                    self.ready_at = now + PATIENCE_AFTER_DOT;
                }
                Next::Wait { accepted: log.end == End::Accepted }
            }
            (Phase::DotWritten, fate) => Next::Ended(match fate {
                Fate::Refuse(stage, code) => refusal(stage, code),
                Fate::Accept => SubmitOutcome::Accepted { reply: "2.0.0 queued".to_owned() },
                _ => SubmitOutcome::Unknown,
            }),
        }
    }

    /// Whether the dot may be written and is not.
    pub fn is_before_dot(&self) -> bool {
        self.phase == Phase::DotAllowed
    }

    /// The other side may write the dot.
    pub fn dot_allowed(&mut self, server: &mut Submissions) {
        server.log[self.at].dot_allowed = true;
        self.phase = Phase::DotAllowed;
    }
}

fn refusal(stage: Stage, code: u16) -> SubmitOutcome {
    // 503: the two sides do not agree on where they are, and the next connection knows nothing of it.
    if code < 500 || code == 503 {
        SubmitOutcome::Transient { stage, code, status: None }
    } else {
        SubmitOutcome::Permanent { stage, code, status: None }
    }
}

/// The Message-ID in the octets of a mail of ours.
pub fn message_id_of(bytes: &[u8]) -> String {
    let message = MessageParser::new().parse_headers(bytes).expect("a mail of ours has a header");
    message.message_id().expect("a mail of ours has a Message-ID").to_owned()
}

/// What a reader sees of a mail of ours, and every decoded octet of it.
pub fn read(bytes: &[u8], to: &str, at: i64) -> Sent {
    let message = MessageParser::new().parse(bytes).expect("a mail of ours can be read");
    let text = message.body_text(0).unwrap_or_default().replace("\r\n", "\n");
    let subject = message.subject().unwrap_or_default().to_owned();
    let header: String =
        message.headers().iter().map(|h| format!("{}: {:?}\n", h.name.as_str(), h.value)).collect();
    let raw = String::from_utf8_lossy(bytes.split(|b| *b == 0).next().unwrap_or_default()).into_owned();
    let parts: String = message.attachments().map(|a| format!("{:?}\n", a.attachment_name())).collect();
    let (news, below) = news_and_rest(&text);
    Sent {
        at,
        made: message.date().map_or(0, |date| date.to_timestamp() * 1000),
        to: to.to_owned(),
        message_id: message_id_of(bytes),
        looks: looks(&text, header.contains("Auto-Submitted")),
        reply_to: message.reply_to().and_then(|a| a.first()).and_then(|a| a.address()).map(str::to_owned),
        references: list(message.references()),
        subject,
        all: format!("{header}\n{raw}\n{parts}\n{text}"),
        text,
        news,
        below,
    }
}

fn list(value: &mail_parser::HeaderValue<'_>) -> Vec<String> {
    match (value.as_text_list(), value.as_text()) {
        (Some(ids), _) => ids.iter().map(|id| id.to_string()).collect(),
        (None, Some(id)) => vec![id.to_owned()],
        (None, None) => Vec::new(),
    }
}

/// Splits what is new in a mail from the letters that it repeats: earlier exchanges, and the report below an answer.
fn news_and_rest(text: &str) -> (String, String) {
    let repeats = |line: &str| {
        line.starts_with("■ これまでのやりとり")
            || line.starts_with("* The last letters")
            || line.starts_with("* What you wrote for")
            || (line.starts_with("■ ") && line.contains("日（") && line.ends_with("のお便り"))
    };
    let lines: Vec<&str> = text.lines().collect();
    let cut = lines.iter().position(|line| repeats(line)).unwrap_or(lines.len());
    (lines[..cut].join("\n"), lines[cut..].join("\n"))
}

fn looks(text: &str, machine: bool) -> Looks {
    let has = |ja: &str, en: &str| text.contains(ja) || text.contains(en);
    if has("このメールに返信すると、", "Reply to this mail, and") && machine {
        match () {
            () if has("のお便りが、お返事を待っています。", " is waiting for an answer.") => {
                Looks::Reminder
            }
            () if has("もう一人の担当として", "as the other supporter.") => Looks::HandOver,
            () if has("さんがお預かりしていました。", " had it while you were away;") => {
                Looks::HandBack
            }
            () => Looks::Alert,
        }
    } else if has("お便りへのお返事が、お約束の", "The answer to your letter ") && machine {
        Looks::Truth
    } else if has("に、まだお返事がありません。", "Letters that wait, the first") && machine {
        Looks::Unanswered
    } else if has("受信箱を読めていません。", " the mailbox cannot be read.") && machine {
        Looks::Unread
    } else if text.contains("yorisoi absence list")
        || has("代わりの方を決めてください。", "that somebody else answers a letter.")
    {
        Looks::AbsenceTold
    } else if has("さんから、お礼のひとことです。", "A word of thanks from") && !machine {
        Looks::FollowUp
    } else if !machine {
        Looks::PassOn
    } else if [
        "お返事を、お預かりしています。",
        "We are holding an answer to",
        "We are holding your answer to",
    ]
    .iter()
    .any(|it| text.contains(it))
    {
        Looks::Question
    } else if has("どなたにも届けず、しまっておきます。", "It goes to nobody, and we put it away.")
    {
        Looks::SetAside
    } else if has("お休みするというメールが、届きました。", "We got a mail that says that you are off")
        || has("ほかの方にお願いするメールが、届きました。", "We got a mail that asks for somebody else")
    {
        Looks::AbsenceAsked
    } else if has("お休みとして承りました。", "We have you down as off")
        || has("このお便りに、お返事なさらなくて大丈夫です。", "You need not answer this letter.")
    {
        Looks::Absence
    } else if has("読み取れませんでした", "whether you meant yes or no") {
        Looks::Unclear
    } else if has("お問い合わせの番号", "A number to quote") {
        Looks::Returned
    } else if has("お便りが届きました。", "Your letter arrived.") {
        Looks::Receipt
    } else if has("お引き受けくださって、ありがとうございました。", "Thank you for standing in.")
    {
        Looks::GivenBack
    } else {
        Looks::Other
    }
}
