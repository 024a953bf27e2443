//! An intent becomes a mail: what is typed, for the model to know, and the octets, for the mailbox to hold.

use crate::chance::Chance;
use crate::letters::{Draft, Style, date, quoting, write};
use crate::mailbox::MAX_BYTES;
use crate::model::{Aim, Looks, Sent, Typed, Who};
use crate::people::{Intent, People, SERVICE, Word, asks_for_leave};
use crate::story::DAY;

/// Something written.
pub struct Written {
    pub typed: Typed,
    pub raw: Vec<u8>,
    /// For the story.
    pub what: String,
    pub to: String,
}

/// What somebody types, before it has a form.
struct Plan<'a> {
    aim: Aim,
    what: &'static str,
    /// Canaries in the text and in the subject.
    words: Vec<String>,
    subject_words: Vec<String>,
    text: String,
    subject: String,
    answers: Option<&'a Sent>,
    style: Style,
    /// A line of the other's letter under which it is written.
    under: Option<String>,
    photo: bool,
    signed: bool,
    /// The Date field lies so far back.
    back: i64,
    /// The day of which it tells lies so far back.
    day_back: i64,
}

impl<'a> Plan<'a> {
    fn new(aim: Aim, what: &'static str) -> Self {
        Self {
            aim,
            what,
            words: Vec::new(),
            subject_words: Vec::new(),
            text: String::new(),
            subject: String::new(),
            answers: None,
            style: Style::Bare,
            under: None,
            photo: false,
            signed: false,
            back: 0,
            day_back: 0,
        }
    }

    fn to(mut self, sent: &'a Sent, style: Style) -> Self {
        self.subject = format!("Re: {}", sent.subject);
        (self.answers, self.style) = (Some(sent), style);
        self
    }
}

/// Where a moment and a number come from.
#[derive(Clone, Copy)]
pub struct When {
    pub at: i64,
    pub number: usize,
}

impl People {
    /// Somebody writes what she intended. `typed`: everything that was typed before.
    pub fn write(
        &mut self,
        who: Who,
        intent: &Intent,
        when: When,
        typed: &[Typed],
        chance: &mut Chance,
    ) -> Written {
        let plan = match intent {
            Intent::Report { answers } => self.report(who, answers.as_ref(), when, chance),
            Intent::Thanks { to } => self.thanks(who, to, when),
            Intent::Answer { to } => self.answer(who, to, typed, chance),
            Intent::EmptyAnswer { to } => {
                Plan::new(Aim::Back, "an answer without words").to(to, self.quoting_alone())
            }
            Intent::ToNobody => self.said(who, Plan::new(Aim::Back, "words to nobody"), 2, chance),
            Intent::OthersMail { to } => {
                let plan = Plan::new(Aim::Back, "an answer to somebody else's mail").to(to, Style::Bare);
                self.said(who, plan, 1, chance)
            }
            Intent::Reply { to, word } => self.reply(who, to, *word, chance),
            Intent::Says { say, to } => {
                let mut plan = Plan::new(Aim::Said(*say), say.what());
                plan.text = say.text(&self.all[who], when.at, chance);
                let bare = self.all[who].style == Style::Bare;
                let style = if bare { Style::Bare } else { Style::GmailAbove };
                to.iter().fold(plan, |plan, to| plan.to(to, style))
            }
            Intent::Forged { to } => {
                let aim = Aim::Unheard { in_name_of: Some(who) };
                self.strange(Plan::new(aim, "a forged answer").to(to, Style::Bare), chance)
            }
            Intent::Stranger { to } => {
                // A reply from an unknown address is shown to whom its reply address belongs: it may be hers.
                let in_name_of = to.as_ref().map(|_| who);
                let plan = Plan::new(Aim::Unheard { in_name_of }, "a stranger's mail");
                let plan = to.iter().fold(plan, |plan, to| plan.to(to, Style::Bare));
                self.strange(plan, chance)
            }
            Intent::List => self.strange(Plan::new(Aim::Unheard { in_name_of: None }, "list mail"), chance),
            Intent::Away { to } => {
                let plan =
                    Plan::new(Aim::Unheard { in_name_of: None }, "a robot's notice").to(to, Style::Bare);
                self.strange(plan, chance)
            }
            Intent::DeliveryReport { of } => return self.delivery_report(who, of, &of.message_id, when),
            Intent::StrayReport { of } => {
                let unknown = format!("y1.nobody{}@example.jp", when.number);
                return self.delivery_report(who, of, &unknown, when);
            }
            Intent::Elsewhere { to } => {
                let aim = Aim::Unheard { in_name_of: Some(who) };
                self.strange(Plan::new(aim, "a mail from another address").to(to, Style::Bare), chance)
            }
        };
        self.all[who]
            .words
            .extend(plan.words.iter().filter(|_| !matches!(plan.aim, Aim::Unheard { .. })).cloned());
        self.form(who, intent, plan, when, chance)
    }

    fn sentence(&self, who: Who, word: &str, chance: &mut Chance) -> String {
        let ja = [
            "きょうは{}まで歩きました。",
            "{}の続きを書いています。",
            "{}のこと、うれしかったです。",
            "朝は{}から始めました。",
        ];
        let en =
            ["Walked to {} today.", "{} went on well.", "I was glad about {}.", "The morning began with {}."];
        chance.pick(if self.all[who].japanese { &ja } else { &en }).replace("{}", word)
    }

    /// Lines with a word in each.
    fn said<'a>(&mut self, who: Who, mut plan: Plan<'a>, most: usize, chance: &mut Chance) -> Plan<'a> {
        for _ in 0..1 + chance.below(most) {
            let word = self.word();
            let gap = if chance.percent(20) && !plan.text.is_empty() { "\n" } else { "" };
            plan.text.push_str(&format!("{gap}{}\n", self.sentence(who, &word, chance)));
            plan.words.push(word);
        }
        if chance.percent(10) {
            plan.text.push_str(&format!("（{} に書いてもいいです）\n", self.all[who].addresses[0]));
        }
        plan.signed = chance.percent(20);
        plan
    }

    fn strange<'a>(&mut self, mut plan: Plan<'a>, chance: &mut Chance) -> Plan<'a> {
        let word = self.word();
        plan.text = self.sentence(0, &word, chance);
        plan.words = vec![word];
        plan
    }

    fn report<'a>(
        &mut self,
        who: Who,
        answers: Option<&'a Sent>,
        when: When,
        chance: &mut Chance,
    ) -> Plan<'a> {
        let form = chance.weighted(&[70, 8, 8, 4, 10]);
        let what =
            ["a report", "a photo", "a subject alone", "a huge report", "a report of an earlier day"][form];
        let mut plan = Plan::new(Aim::Report, what);
        if form != 1 && form != 2 {
            plan = self.said(who, plan, 4, chance);
        }
        plan.photo = form == 1 || chance.percent(10);
        match form {
            3 => plan.text.push_str(&"あ".repeat(MAX_BYTES)),
            4 if chance.percent(50) => {
                plan.text = format!("{}の日報\n{}", date(when.at - DAY, "%-m/%-d"), plan.text);
            }
            4 => plan.back = DAY,
            _ => {}
        }
        plan.day_back = if form == 4 { DAY } else { 0 };
        if let Some(sent) = answers.filter(|_| form != 2) {
            let style = if form == 3 { Style::Bare } else { self.all[who].style };
            return plan.to(sent, style);
        }
        if form == 2 || chance.percent(50) {
            let word = self.word();
            plan.subject = self.sentence(who, &word, chance);
            plan.subject_words.push(word);
        }
        plan
    }

    /// A bare word of thanks holds no other word: its marks are its own.
    fn thanks<'a>(&mut self, who: Who, to: &'a Sent, when: When) -> Plan<'a> {
        let marks: String = (0..9).map(|bit| if when.number >> bit & 1 == 1 { '♪' } else { '!' }).collect();
        let thanks = if self.all[who].japanese { "ありがとう" } else { "Thank you" };
        let mut plan = Plan::new(Aim::Thanks, "thanks").to(to, self.all[who].style);
        plan.text = format!("{thanks}{marks}。");
        plan.words = vec![plan.text.clone()];
        plan
    }

    /// Where nobody quotes, nothing at all stands in an answer without words.
    fn quoting_alone(&self) -> Style {
        if self.custom.restores { Style::Bare } else { Style::GmailAbove }
    }

    fn answer<'a>(&mut self, who: Who, to: &'a Sent, typed: &[Typed], chance: &mut Chance) -> Plan<'a> {
        let client =
            self.clients().into_iter().find(|c| to.subject.contains(&self.all[*c].name)).unwrap_or(0);
        let written = |t: &&Typed| t.by == Some(client) && t.aim == Aim::Report;
        let in_it = |w: &&String| to.looks.is_alert() && to.news.contains(w.as_str());
        let about: Vec<String> =
            typed.iter().filter(written).flat_map(|t| &t.words).filter(in_it).cloned().collect();
        let style = self.all[who].style;
        let line = |w: &String| to.news.lines().find(|l| l.contains(w.as_str())).map(str::to_owned);
        // Of a reminder, which brings several letters, she quotes nothing line by line.
        let between = style == Style::Between && to.looks != Looks::Reminder;
        let under = about.first().and_then(line).filter(|_| between);
        let sure = self.custom.passes || (self.custom.proofs && self.all[who].proven);
        let aim = Aim::Answer { client, about, above: under.clone(), sure, telling: false };
        let mut plan = self.said(who, Plan::new(aim, "an answer").to(to, style), 3, chance);
        // what holds her address waits for her leave, whoever vouches for her
        if let Aim::Answer { sure, telling, .. } = &mut plan.aim {
            *telling = plan.text.contains(&self.all[who].addresses[0]);
            *sure &= !*telling;
        }
        plan.photo = chance.percent(5);
        // Between the lines there is no place for a signature.
        plan.signed &= under.is_none();
        plan.under = under;
        plan
    }

    fn reply<'a>(&mut self, who: Who, to: &'a Sent, word: Word, chance: &mut Chance) -> Plan<'a> {
        let leave = asks_for_leave(to);
        let aim = Aim::Reply { yes: word == Word::Yes, no: word == Word::No, leave };
        let style = if self.all[who].style == Style::Bare { Style::Bare } else { Style::GmailAbove };
        let japanese = self.all[who].japanese;
        let say = |ja: &str, en: &str| if japanese { ja.to_owned() } else { en.to_owned() };
        let plan = |what| Plan::new(aim.clone(), what).to(to, style);
        match word {
            Word::Yes => Plan { text: say("はい", "Yes"), ..plan("a yes") },
            Word::No => Plan { text: say("いいえ", "No"), ..plan("a no") },
            Word::Unclear => self.said(who, plan("neither yes nor no"), 1, chance),
        }
    }

    /// The plan as a mail of her program.
    fn form(&self, who: Who, intent: &Intent, plan: Plan<'_>, when: When, chance: &mut Chance) -> Written {
        let person = &self.all[who];
        let anywhere = chance.below(person.addresses.len());
        let from = if person.is_supporter { person.writes_from } else { anywhere };
        let mut from = person.addresses[from].clone();
        let mut name = person.real_name.clone();
        let mut host = person.host.clone();
        if let Intent::Stranger { .. } | Intent::Forged { .. } = intent {
            (name, host) = ("somebody".to_owned(), "host.evil.example".to_owned());
        }
        if let Intent::Elsewhere { .. } = intent {
            from = person.elsewhere.clone();
        }
        if let Intent::Stranger { .. } = intent {
            from = "stranger@evil.example".to_owned();
        }
        let mut words = plan.text.trim_end().to_owned();
        if plan.signed {
            words.push_str(&format!("\n\n-- \n{}\n{}", person.real_name, person.addresses[0]));
        }
        let quote =
            |sent| quoting(&words, sent, plan.style, SERVICE, &person.addresses[0], plan.under.as_deref());
        let text = plan.answers.map_or_else(|| words.clone(), quote);
        let robot = matches!(intent, Intent::Away { .. } | Intent::Elsewhere { .. });
        let stolen =
            matches!(intent, Intent::Stranger { .. } | Intent::Forged { .. } | Intent::OthersMail { .. });
        let by_token = robot || stolen || person.by_token;
        let to = plan.answers.and_then(|s| s.reply_to.clone()).filter(|_| by_token && self.custom.tokens);
        let (fields, subject) = self.fields(intent, &from, person.proven, plan.subject.clone(), chance);
        let draft = Draft {
            name: &name,
            from: &from,
            host: &host,
            to: to.unwrap_or_else(|| SERVICE.to_owned()),
            subject,
            at: when.at,
            dated: when.at - plan.back,
            text,
            answers: plan.answers,
            threaded: robot || person.threads || (stolen && !self.custom.tokens),
            photo: plan.photo,
            fields,
            number: when.number,
        };
        let raw = write(&draft, chance);
        let to = draft.to;
        let (aim, what) = (plan.aim, format!("{} of {}", plan.what, person.name));
        let by = Some(who).filter(|_| !matches!(aim, Aim::Unheard { .. }));
        let typed = Typed {
            at: when.at,
            by,
            aim,
            answers: plan.answers.is_some(),
            day: person.hours.day(when.at - plan.day_back),
            words: plan.words,
            subject_words: plan.subject_words,
            ..Typed::default()
        };
        Written { typed, raw, what, to }
    }

    /// What machines on the way and robots write above the rest, and the subject.
    fn fields(
        &self,
        intent: &Intent,
        from: &str,
        proven: bool,
        subject: String,
        chance: &mut Chance,
    ) -> (String, String) {
        let domain = from.rsplit('@').next().unwrap_or_default();
        let verdict = match intent {
            Intent::Forged { .. } | Intent::Stranger { .. } => "dmarc=fail",
            _ if proven => "dmarc=pass",
            _ => "dmarc=none",
        };
        let mut fields = format!("Authentication-Results: mx.example.jp; {verdict} header.from={domain}\r\n");
        match intent {
            Intent::Away { .. } => match chance.below(3) {
                0 => fields.push_str("Auto-Submitted: auto-replied\r\n"),
                1 => fields.push_str("Precedence: auto_reply\r\nX-Autoreply: yes\r\n"),
                _ => return (fields, format!("自動応答: {subject}")),
            },
            Intent::List => fields.push_str("List-Id: <news.list.example>\r\nPrecedence: bulk\r\n"),
            _ => {}
        }
        (fields, subject)
    }

    /// What a server reports about a mail that it had accepted.
    fn delivery_report(&mut self, who: Who, of: &Sent, id: &str, when: When) -> Written {
        let word = self.word();
        let to = &of.to;
        let raw = format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@relay.example\r\nTo: {SERVICE}\r\nSubject: Undelivered Mail\r\n\
             Date: {}\r\nMessage-ID: <{}@relay.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_dsn\"\r\n\r\n\
             --=_dsn\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered: {word}\r\n\
             --=_dsn\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n\
             Final-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n\
             --=_dsn\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: {SERVICE}\r\nTo: {to}\r\nMessage-ID: <{id}>\r\n\r\n\
             --=_dsn--\r\n",
            date(when.at, "%a, %d %b %Y %T %z"),
            when.number
        );
        let aim = Aim::Unheard { in_name_of: None };
        let typed = Typed { at: when.at, aim, words: vec![word], ..Typed::default() };
        Written {
            typed,
            raw: raw.into_bytes(),
            what: format!("a delivery report about a mail to {}", self.all[who].name),
            to: SERVICE.to_owned(),
        }
    }
}
