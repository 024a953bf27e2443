//! An answer that does not pass on by itself: somebody else was first, the client has another supporter now, or rests. It is
//! set aside, its writer gets it back with what happened, and says with one word what becomes of it; after a day the
//! kindest thing happens. Nothing that she wrote is lost.

use std::time::Duration;

use super::calendar::Day;
use super::decision::{Change, Decision, End, Post, Reason, Reply};
use super::limits::DAY;
use super::notice::{self, Notice};
use super::outgoing::Kind;
use super::people::{Client, Supporter};
use super::recall::takes_back;
use super::returned;
use super::token::Purpose;
use super::words::{bare, is_courtesy, is_thanks, listed};
use crate::clock::Timestamp;

/// For so long a default is waited for.
pub const WAITS: Duration = DAY;
/// For so many days she may still say otherwise of what is kept.
pub const KEPT_DAYS: u32 = 30;

/// Why an answer is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Somebody else answered that report meanwhile.
    Answered,
    /// Its writer answers this client no more.
    Moved,
    /// The client rests, and nothing of hers waits.
    Paused,
}

impl Why {
    /// Every cause.
    pub const ALL: [Self; 3] = [Self::Answered, Self::Moved, Self::Paused];

    /// The word in the database and in listings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Moved => "moved",
            Self::Paused => "paused",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.word() == word)
    }
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It goes to the client, as another answer; to one who rests, when she is back.
    Send,
    /// Whoever answers the client now gets the words.
    Pass,
    /// It goes nowhere.
    Keep,
}

impl Choice {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Send, Self::Pass, Self::Keep];

    /// The word in the database and in listings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Pass => "pass",
            Self::Keep => "keep",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.word() == word)
    }
}

/// How an answer finds its report.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    /// The report waits.
    pub waits: bool,
    /// The writer is the client's own supporter, her second one, or holds the report that waits.
    pub answers_her: bool,
    /// Words of the writer passed on to it before.
    pub wrote_before: bool,
    /// Somebody else's did.
    pub another_wrote: bool,
    /// The client rests.
    pub paused: bool,
}

impl Standing {
    /// Why an answer does not pass on by itself; `None`: it does. Whatever waits is answered by whoever is first.
    pub fn why(self) -> Option<Why> {
        match self {
            Self { answers_her: false, .. } => Some(Why::Moved),
            Self { waits: true, .. } => None,
            Self { paused: true, .. } => Some(Why::Paused),
            Self { another_wrote: true, wrote_before: false, .. } => Some(Why::Answered),
            _ => None,
        }
    }
}

/// What is possible.
#[derive(Clone, Debug)]
pub struct Ways {
    /// She may write to this client.
    pub may_write: bool,
    /// The client rests.
    pub paused: bool,
    /// Whoever answers the client now, if that is another.
    pub next: Option<Next>,
}

/// Who would get the words in the client's place.
#[derive(Clone, Debug)]
pub struct Next {
    /// Who.
    pub supporter: Supporter,
    /// She is the client's second one.
    pub second: bool,
}

impl Ways {
    /// Whether that can be done.
    pub fn allow(&self, choice: Choice) -> bool {
        match choice {
            Choice::Send => self.may_write,
            Choice::Pass => self.next.is_some(),
            Choice::Keep => true,
        }
    }

    /// What happens when she says nothing: a client who rests is left in peace, every other has the words.
    pub fn default(&self, why: Why) -> Choice {
        match why {
            Why::Paused => Choice::Keep,
            _ if self.may_write && !self.paused => Choice::Send,
            _ if self.next.is_some() => Choice::Pass,
            _ => Choice::Keep,
        }
    }

    /// That, or the next best where it is not possible any more.
    pub fn or_next_best(&self, choice: Choice) -> Choice {
        match choice {
            Choice::Send if !self.may_write => self.or_next_best(Choice::Pass),
            Choice::Pass if self.next.is_none() => Choice::Keep,
            choice => choice,
        }
    }
}

/// An answer that does not pass on by itself, and what can be done.
#[derive(Clone, Debug)]
pub struct Late {
    /// Why.
    pub why: Why,
    /// Who answered before, where that is the cause.
    pub by: Option<String>,
    /// What is possible.
    pub ways: Ways,
    /// What happens when she says nothing.
    pub default: Choice,
    /// When her mail came.
    pub came_at: Timestamp,
    /// When that happens.
    pub default_at: Timestamp,
}

/// An answer to set aside.
#[derive(Clone, Debug, PartialEq)]
pub struct SetAside {
    /// What mails about it carry.
    pub number: u64,
    /// The mail that brought it.
    pub mail: i64,
    /// Why.
    pub why: Why,
    /// When it came.
    pub came_at: Timestamp,
    /// What happens when she says nothing.
    pub default: Choice,
    /// And when.
    pub default_at: Timestamp,
}

/// The words of an answer that is set aside, as a mail about it shows them to her.
#[derive(Clone, Debug)]
pub struct Aside {
    /// Its number.
    pub number: u64,
    /// Their writer.
    pub supporter: Supporter,
    /// For whom they were.
    pub client: String,
    /// The day of the report.
    pub day: Day,
    /// Her words.
    pub words: String,
    /// How many pictures came with them.
    pub pictures: usize,
}

/// It is set aside.
pub fn change(aside: &Aside, late: &Late, mail: i64) -> Change {
    Change::SetAside(Box::new(SetAside {
        number: aside.number,
        mail,
        why: late.why,
        came_at: late.came_at,
        default: late.default,
        default_at: late.default_at,
    }))
}

/// Her text, what happened, and what she can say.
pub fn question(aside: &Aside, late: &Late, unclear: Option<&str>) -> Post {
    let ways = &late.ways;
    let notice = notice::SetAside {
        client: aside.client.clone(),
        day: aside.day,
        why: late.why,
        by: late.by.clone(),
        may_send: ways.allow(Choice::Send),
        may_pass: ways.allow(Choice::Pass),
        // Who it is that answers her now is not for everybody to know.
        next: ways.next.as_ref().filter(|_| late.why != Why::Moved).map(|next| next.supporter.name.clone()),
        second: ways.next.as_ref().is_some_and(|next| next.second),
        paused: ways.paused,
        default: late.default,
        default_at: late.default_at,
        words: aside.words.clone(),
        pictures: aside.pictures,
        unclear: unclear.map(str::to_owned),
    };
    Post {
        day: Some(aside.day),
        reply: Some(Reply { purpose: Purpose::ToSetAside, thread: aside.number }),
        ..returned::plain(&aside.supporter, Kind::Returned, Notice::SetAside(notice))
    }
}

/// Whoever holds a report hears that it is answered, so that nobody writes for nothing.
/// `answer`: the digest of the mail that brought the answer.
pub fn answered_meanwhile(
    holder: &Supporter,
    client: &Client,
    day: Day,
    writer: &Supporter,
    answer: [u8; 32],
) -> Post {
    let (client, writer) = (client.name.clone(), writer.name.clone());
    let notice = Notice::Answered(notice::Answered { client, day, writer });
    Post { day: Some(day), letter: Some(answer), ..returned::plain(holder, Kind::Notice, notice) }
}

/// Her words to whoever answers the client now. `answer`: the digest of the mail that brought them.
pub fn handed_on(aside: &Aside, next: &Supporter, answer: [u8; 32]) -> Post {
    let notice = Notice::HandedOn(notice::HandedOn {
        client: aside.client.clone(),
        day: aside.day,
        writer: aside.supporter.name.clone(),
        words: aside.words.clone(),
        pictures: aside.pictures,
    });
    Post { day: Some(aside.day), letter: Some(answer), ..returned::plain(next, Kind::FollowUp, notice) }
}

const SEND: &[&str] = &[
    "届ける",
    "届けて",
    "届けます",
    "届けてください",
    "届けて下さい",
    "とどける",
    "とどけて",
    "とどけてください",
    "お届けください",
    "はい届ける",
    "はい届けて",
    "はい届けてください",
    "届けるでお願いします",
    "届けてほしいです",
    "送る",
    "送ってください",
    "send",
    "send it",
    "please send",
    "please send it",
    "yes send",
    "yes send it",
    "yes please send it",
];
const PASS: &[&str] = &[
    "渡す",
    "渡して",
    "渡します",
    "渡してください",
    "渡して下さい",
    "わたす",
    "わたして",
    "わたしてください",
    "担当に渡す",
    "担当に渡して",
    "担当に渡してください",
    "担当の方に渡してください",
    "担当者に渡してください",
    "お渡しください",
    "渡すでお願いします",
    "pass",
    "pass it on",
    "please pass",
    "please pass it on",
    "pass on",
];
const KEEP: &[&str] = &[
    "しまう",
    "しまって",
    "しまいます",
    "しまってください",
    "しまって下さい",
    "しまっておく",
    "しまっておいて",
    "しまっておいてください",
    "しまっておいて下さい",
    "しまうでお願いします",
    "仕舞う",
    "仕舞ってください",
    "届けない",
    "届けないで",
    "届けないでください",
    "送らないでください",
    "keep",
    "keep it",
    "please keep",
    "please keep it",
    "don't send it",
    "do not send it",
];

/// What she says: a first line with one word, and nothing below it but courtesies. `None`: it is not clear.
pub fn said(text: &str, name: &str) -> Option<Choice> {
    let text = text.trim_start();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = bare(first);
    let lists = [(SEND, Choice::Send), (PASS, Choice::Pass), (KEEP, Choice::Keep)];
    let choice = lists.into_iter().find(|(list, _)| listed(list, &first)).map(|(_, choice)| choice);
    choice.filter(|_| rest.lines().all(|line| is_thanks(line, "") || is_courtesy(line, name)))
}

/// What is known when she replies.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What she replies about.
    pub aside: Aside,
    /// As it is now: what happened, and what can be done.
    pub late: Late,
    /// What was chosen so far, by her or by itself.
    pub chosen: Option<Choice>,
    /// That is done, and cannot be undone; what is kept or waits for the client's return can.
    pub done: bool,
    /// When her reply came.
    pub now: Timestamp,
    /// The receiving server says that she did not write it.
    pub refuted: bool,
    /// What she wrote.
    pub words: String,
    /// The mail's number.
    pub number: i64,
}

/// Decides about her reply.
pub fn replied(facts: &Facts) -> Decision {
    let Facts { aside, late, chosen, .. } = facts;
    let name = &aside.supporter.name;
    let over = facts.done || facts.now.since(late.came_at) > DAY * KEPT_DAYS;
    let applied = |reason, changes, posts| Decision { reason, end: End::Applied, changes, posts };
    let said = said(&facts.words, name).or_else(|| takes_back(&facts.words, &[name]).then_some(Choice::Keep));
    let said = said.filter(|_| !facts.refuted);
    match said {
        Some(choice) if *chosen == Some(choice) => Decision::only(End::Discarded, Reason::AlreadySettled),
        Some(_) if over => {
            let made = chosen.unwrap_or(Choice::Keep);
            let notice = notice::SetAsideOver { client: aside.client.clone(), made };
            let post = returned::plain(&aside.supporter, Kind::Notice, Notice::SetAsideOver(notice));
            applied(Reason::AlreadySettled, Vec::new(), vec![post])
        }
        Some(choice) if late.ways.allow(choice) => {
            let change = Change::Choose { number: aside.number, choice };
            applied(Reason::Chosen, vec![change], Vec::new())
        }
        None if !facts.refuted && is_polite(&facts.words, name) => {
            Decision::only(End::Discarded, Reason::AlreadySettled)
        }
        None if over || chosen.is_some() => {
            returned::unaddressed(&aside.supporter, &facts.words, facts.number, notice::Why::NoThread)
        }
        _ => {
            let unclear = facts.words.trim();
            applied(Reason::Unclear, Vec::new(), vec![question(aside, late, Some(unclear))])
        }
    }
}

/// Thanks and greetings: what was told to happen happens.
fn is_polite(text: &str, name: &str) -> bool {
    !bare(text).is_empty() && text.lines().all(|line| is_thanks(line, "") || is_courtesy(line, name))
}

#[cfg(test)]
mod tests;
