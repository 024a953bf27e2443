//! The model: what must come out, said naively. It knows what people typed and what the submission server took, and
//! nothing of how yorisoi works: only the standard library is used here.
//!
//! Everything that a person types carries words that occur nowhere else, so each word can be followed.

use std::collections::{BTreeMap, BTreeSet};

use crate::hours::Hours;
use crate::saying::Say;
use crate::walks::Walks;

/// A person, by number; clients and supporters count on in one row.
pub type Who = usize;

/// What the model knows of a person.
pub struct Profile {
    pub name: String,
    pub japanese: bool,
    pub hours: Hours,
    /// Mail to this person goes to the first.
    pub addresses: Vec<String>,
    /// What nobody else may ever see: addresses, real name, machine.
    pub secrets: Vec<String>,
}

/// What something typed is meant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// A supporter's word to us about herself.
    Said(Say),
    /// A client's letter: to who answers her.
    Report,
    /// A client's word of thanks: the same.
    Thanks,
    /// A supporter's words for a client, about a letter with these words. `sure`: nothing has to be asked.
    /// `telling`: it holds her address, and waits for a yes of its own.
    Answer { client: Who, about: Vec<String>, above: Option<String>, sure: bool, telling: bool },
    /// A supporter's words that go back to her: they are for nobody, or in answer to somebody else's mail.
    Back,
    /// A supporter's reply to the question whether it was she, or (`leave`) whether it may go as it is.
    Reply { yes: bool, no: bool, leave: bool },
    /// Nobody may hear it: robots, strangers, lists. The one whose name was used may be asked.
    Unheard { in_name_of: Option<Who> },
}

/// Something that was typed.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The name of what made her type it.
    pub id: String,
    pub at: i64,
    pub by: Option<Who>,
    pub aim: Aim,
    /// Whether it answers a mail of ours.
    pub answers: bool,
    /// The number of the day of which it tells, by her clock.
    pub day: i64,
    /// In the text.
    pub words: Vec<String>,
    /// In the subject.
    pub subject_words: Vec<String>,
}

impl Default for Typed {
    fn default() -> Self {
        let aim = Aim::Unheard { in_name_of: None };
        let (words, subject_words) = (Vec::new(), Vec::new());
        Self { id: String::new(), at: 0, by: None, aim, answers: false, day: 0, words, subject_words }
    }
}

/// What a mail of ours looks like to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    Alert,
    /// An alert of what waits already, to whoever has it.
    Reminder,
    /// An alert to the second one.
    HandOver,
    /// An alert to whoever had it before she was away.
    HandBack,
    /// To a client: her answer may be late.
    Truth,
    /// To the office: the same.
    Unanswered,
    /// To the office: the mailbox cannot be read.
    Unread,
    /// To a supporter: her absence, or cover for one letter, is written down.
    Absence,
    /// To a supporter: whether it was she who asked for it.
    AbsenceAsked,
    /// To the office: an absence, or a plea for cover.
    AbsenceTold,
    FollowUp,
    PassOn,
    Question,
    Unclear,
    Returned,
    Receipt,
    /// To a supporter who stood in: the other is back, and has what waits.
    GivenBack,
    /// To a supporter: her answer does not pass on by itself.
    SetAside,
    Other,
}

impl Looks {
    /// Whether it brings a client's letter, so that a reply is an answer to it.
    pub fn is_alert(self) -> bool {
        matches!(self, Self::Alert | Self::Reminder | Self::HandOver | Self::HandBack)
    }
}

/// A mail of ours that the submission server took.
#[derive(Clone, Debug)]
pub struct Sent {
    pub at: i64,
    /// Its Date field.
    pub made: i64,
    pub to: String,
    pub message_id: String,
    pub looks: Looks,
    pub subject: String,
    pub reply_to: Option<String>,
    pub references: Vec<String>,
    pub text: String,
    /// The text without what it repeats.
    pub news: String,
    /// What it repeats: earlier letters.
    pub below: String,
    /// Every decoded octet.
    pub all: String,
}

/// Transmissions of one mail.
pub struct Passage {
    octets: Vec<u8>,
    pub sent: Sent,
    /// Somebody at the other end knows that it was accepted.
    settled: bool,
    /// Ends after the dot of which nobody knows.
    lost: usize,
    /// The server refused this very mail for good.
    pub refused: bool,
}

/// The model.
#[derive(Default)]
pub struct Model {
    pub people: Vec<Profile>,
    pub offices: Vec<String>,
    pub typed: Vec<Typed>,
    /// Who answers whom, from when on.
    pub holders: Vec<(i64, Who, Who)>,
    pub sent: Vec<Sent>,
    pub passages: BTreeMap<String, Passage>,
    /// When an older database was last put back.
    pub put_back: Option<i64>,
    /// Reports that wait: see [`crate::walks`].
    pub walks: Walks,
    /// What the house has taken in, by number.
    pub known: BTreeSet<usize>,
    /// A folder moved to another server, and its mails came in another order.
    pub moved: bool,
    /// What lay in the junk folder alone, which is looked at after the other.
    pub junked: BTreeSet<usize>,
    /// The clock was set, by so much at most, and time runs out sooner.
    pub hurried: i64,
    /// For days nothing could be sent: from when to when.
    pub outages: Vec<(i64, i64)>,
    pub broken: Vec<String>,
}

const HOUR: i64 = 3_600_000;

/// Lines of ours that only a supporter may read, and never anew.
const FRAME: [&str; 4] = [
    "書く場所は、どこでもかまいません",
    "お名前は「",
    "Write anywhere in it that you like",
    "It is in time if it reaches us by",
];

impl Model {
    pub fn new(people: Vec<Profile>, offices: Vec<String>) -> Self {
        Self { people, offices, ..Self::default() }
    }

    pub fn breaks(&mut self, what: String) {
        if !self.broken.contains(&what) {
            self.broken.push(what);
        }
    }

    /// From now on this supporter answers this client.
    pub fn assigned(&mut self, at: i64, client: Who, supporter: Who) {
        self.holders.push((at, client, supporter));
    }

    /// Whoever answered the client before may be thanked by her.
    fn thanked(&self, client: Who) -> BTreeSet<Who> {
        let holders = self.holders.iter().filter(|(_, c, _)| *c == client).map(|(.., supporter)| *supporter);
        holders.chain(self.seconds_of(client)).collect()
    }

    fn readers(&self, client: Who, from: i64) -> BTreeSet<Who> {
        let of: Vec<&(i64, Who, Who)> = self.holders.iter().filter(|(_, c, _)| *c == client).collect();
        let last = of.iter().rposition(|(at, ..)| *at <= from).unwrap_or(0);
        let seconds = self.seconds_of(client);
        of.iter().skip(last).map(|(.., supporter)| *supporter).chain(seconds).collect()
    }

    pub fn person_at(&self, address: &str) -> Option<Who> {
        self.people.iter().position(|p| p.addresses.first().is_some_and(|a| a == address))
    }

    /// A mail is offered to the server.
    pub fn transmitted(&mut self, sent: &Sent, octets: &[u8]) {
        let id = &sent.message_id;
        let new = || Passage {
            octets: octets.to_vec(),
            sent: sent.clone(),
            settled: false,
            lost: 0,
            refused: false,
        };
        let known = self.passages.contains_key(id);
        let mut wrong = self.check_hours(sent, known);
        let passage = self.passages.entry(id.clone()).or_insert_with(new);
        if passage.octets.is_empty() {
            passage.octets = octets.to_vec();
        }
        if passage.octets != octets {
            wrong.push(format!("<{id}> was sent again with other octets"));
        }
        if passage.sent.to != sent.to {
            wrong.push(format!("<{id}> was sent again to somebody else"));
        }
        if passage.settled {
            wrong.push(format!("<{id}> was sent again although its acceptance was known"));
        }
        wrong.into_iter().for_each(|w| self.breaks(w));
    }

    /// How a transmission ended: refused for good, its end unknown to the sender, or acceptance made known.
    pub fn ended(&mut self, message_id: &str, refused: bool, lost: bool, settled: bool) {
        let Some(passage) = self.passages.get_mut(message_id) else { return };
        passage.refused |= refused;
        passage.lost += usize::from(lost);
        passage.settled |= settled;
    }

    /// An older database was put back: what nobody knows to be accepted is made anew, and its Date is another.
    pub fn restored(&mut self, at: i64) {
        self.put_back = Some(at);
        self.passages.values_mut().filter(|p| !p.settled).for_each(|p| p.octets.clear());
    }

    /// The server took a mail.
    pub fn accepted(&mut self, sent: Sent) {
        let mut wrong = Vec::new();
        match self.person_at(&sent.to) {
            Some(reader) => self.check_reading(&sent, reader, &mut wrong),
            None if self.offices.contains(&sent.to) => {
                let word = self.typed.iter().flat_map(|t| &t.words).find(|w| sent.all.contains(w.as_str()));
                wrong.extend(word.map(|w| format!("the office reads the word {w}")));
            }
            None => wrong.push(format!("a mail went to {}, whom nobody knows", sent.to)),
        }
        self.sent.push(sent);
        wrong.into_iter().for_each(|w| self.breaks(w));
    }

    fn check_reading(&self, sent: &Sent, reader: Who, wrong: &mut Vec<String>) {
        let name = &self.people[reader].name;
        for other in self.people.iter().enumerate().filter(|(who, _)| *who != reader).map(|(_, p)| p) {
            let secret = other.secrets.iter().find(|secret| sent.all.contains(secret.as_str()));
            wrong.extend(secret.map(|s| format!("{name} can read {s}, which is a secret of {}", other.name)));
        }
        for (number, typed) in self.typed.iter().enumerate() {
            let words = || typed.words.iter().chain(&typed.subject_words);
            let Some(word) = words().find(|w| sent.all.contains(w.as_str())) else { continue };
            if !self.may_read(typed, reader) {
                wrong.push(format!("{name} reads {word} of #{number}, which was not for {name}"));
            }
            let is_news = typed.words.iter().any(|w| fresh(&sent.news).any(|line| line.contains(w.as_str())));
            let carries = sent.looks.is_alert() || matches!(sent.looks, Looks::PassOn | Looks::FollowUp);
            if is_news && carries {
                self.check_news(sent, reader, number, word, wrong);
            }
        }
        if sent.looks == Looks::PassOn && FRAME.iter().any(|line| sent.text.contains(line)) {
            wrong.push(format!("{name} gets lines of an alert back in <{}>", sent.message_id));
        }
    }

    /// Whether a person may see something that was typed, in whatever part of a mail.
    fn may_read(&self, typed: &Typed, reader: Who) -> bool {
        let own = typed.by == Some(reader);
        match &typed.aim {
            Aim::Report => {
                own || typed.by.is_some_and(|client| self.readers(client, typed.at).contains(&reader))
            }
            Aim::Thanks => own || typed.by.is_some_and(|client| self.thanked(client).contains(&reader)),
            Aim::Answer { client, .. } => {
                own || reader == *client || self.readers(*client, typed.at).contains(&reader)
            }
            Aim::Back | Aim::Reply { .. } | Aim::Said(_) => own,
            Aim::Unheard { in_name_of } => *in_name_of == Some(reader),
        }
    }

    /// Something typed is the news of a mail: the right one, once, at the right time.
    fn check_news(&self, sent: &Sent, reader: Who, number: usize, word: &str, wrong: &mut Vec<String>) {
        let (typed, name) = (&self.typed[number], &self.people[reader].name);
        // It was taken, nobody heard of that, and then it was refused: whoever assigns anew sends it again.
        let anew =
            |s: &Sent| self.holders.iter().any(|h| h.0 >= s.at && Some(h.1) == typed.by && h.2 == reader);
        let doubtful = |s: &Sent| {
            let passage = self.passages.get(&s.message_id);
            s.looks == Looks::Alert && anew(s) && passage.is_some_and(|p| p.refused && p.lost > 0)
        };
        let same = |s: &&Sent| {
            !doubtful(s)
                && s.to == sent.to
                && s.message_id != sent.message_id
                && s.looks == sent.looks
                && fresh(&s.news).any(|line| typed.words.iter().any(|w| line.contains(w.as_str())))
        };
        let earlier: BTreeSet<&String> = self.sent.iter().filter(same).map(|s| &s.message_id).collect();
        // Whoever sends a letter twice, under two Message-IDs, is heard twice.
        let times = self.typed.iter().filter(|t| t.by == typed.by && t.words == typed.words).count();
        let times = times.max(1) + self.rounds_since(sent, typed, number);
        if let Some(earlier) = earlier.iter().nth(times - 1) {
            wrong.push(format!(
                "{name} gets {word} of #{number} as news twice, in <{}> and <{}>",
                earlier, sent.message_id
            ));
        }
        let to_client = sent.looks == Looks::PassOn;
        match &typed.aim {
            Aim::Answer { client, about, above, sure, .. } if to_client => {
                if reader != *client {
                    wrong.push(format!("{name} gets {word} of #{number}, which was for another client"));
                }
                if !sure && !self.said_yes(typed, sent.at) {
                    wrong.push(format!("{name} gets {word} of #{number} before anybody said yes"));
                }
                // What is held was written when it came in: after a restore, perhaps before its report came in again.
                // So is what goes out at once, where the mails come in another order.
                let late = |w: &str| self.moved || self.lay_in_junk(w);
                let early = |w: &str| (!sure || late(w)) && self.lost_once(w);
                let knew = |w: &str| self.knows(w) && !early(w);
                let lost = about.iter().find(|w| !sent.below.contains(w.as_str()) && knew(w));
                wrong.extend(
                    lost.map(|w| format!("the answer #{number} comes to {name} without the report's {w}")),
                );
                let answered =
                    |line: &str| sent.news.lines().any(|l| l.starts_with("> ") && l.contains(line));
                if above.as_ref().is_some_and(|line| !answered(line)) {
                    wrong.push(format!("the line that #{number} answers is gone"));
                }
            }
            Aim::Answer { .. } => {
                wrong.push(format!("{word} of the answer #{number} comes back to {name} as if it were new"));
            }
            Aim::Report | Aim::Thanks if to_client => {
                wrong.push(format!("{name} gets {word} of #{number} back as an answer"));
            }
            _ => {}
        }
    }

    /// Whether the house has what a word was typed in: an older database that was put back may have lost it, and the
    /// mailbox too.
    fn knows(&self, word: &str) -> bool {
        self.typed
            .iter()
            .enumerate()
            .any(|(n, t)| self.known.contains(&n) && t.words.iter().any(|w| w == word))
    }

    /// Whether what a word was typed in was perhaps lost with a newer database, and had to come in again.
    fn lost_once(&self, word: &str) -> bool {
        let with = |t: &&Typed| t.words.iter().any(|w| w == word);
        self.typed.iter().filter(with).any(|t| self.put_back.is_some_and(|at| t.at <= at))
    }

    /// Whether what a word was typed in lay in the junk folder alone.
    fn lay_in_junk(&self, word: &str) -> bool {
        self.junked.iter().any(|number| self.typed[*number].words.iter().any(|w| w == word))
    }

    pub fn said_yes(&self, answer: &Typed, before: i64) -> bool {
        self.yeses(answer).any(|at| at <= before)
    }

    /// The same, leaving out what may be a yes to a question that she said no to.
    fn said_yes_first(&self, answer: &Typed, before: i64) -> bool {
        let no = self.replies(answer.by).filter(|(.., no)| *no).map(|(at, ..)| at).min();
        self.yeses(answer).any(|at| at <= before && no.is_none_or(|no| at < no))
    }

    /// When she said yes to the kind of question that is asked about an answer.
    fn yeses(&self, answer: &Typed) -> impl Iterator<Item = i64> {
        let (by, telling) = (answer.by, matches!(answer.aim, Aim::Answer { telling: true, .. }));
        let yes = move |t: &Typed| matches!(t.aim, Aim::Reply { yes: true, leave, .. } if leave == telling);
        self.typed.iter().filter(move |t| t.by == by && yes(t)).map(|t| t.at)
    }

    fn replies(&self, by: Option<Who>) -> impl Iterator<Item = (i64, bool, bool)> {
        self.typed.iter().filter(move |t| t.by == by).filter_map(|t| match t.aim {
            Aim::Reply { yes, no, .. } => Some((t.at, yes, no)),
            _ => None,
        })
    }

    /// Nothing fails any more and everything has come to rest: what is owed? `gone`: typed things that never came
    /// out of the mailbox. `cut`: those of which only the header did.
    pub fn at_the_end(&mut self, gone: &BTreeSet<usize>, cut: &BTreeSet<usize>) {
        let mut wrong = Vec::new();
        for (number, typed) in self.typed.iter().enumerate().filter(|(n, _)| !gone.contains(n)) {
            let words: Vec<&str> = match cut.contains(&number) {
                true => typed.subject_words.iter().map(String::as_str).collect(),
                false => typed.words.iter().chain(&typed.subject_words).map(String::as_str).collect(),
            };
            if words.is_empty() || matches!(typed.aim, Aim::Reply { .. } | Aim::Unheard { .. }) {
                continue;
            }
            if !self.is_settled(typed, &words) {
                let (by, aim) = (typed.by.map_or("?", |who| &self.people[who].name), &typed.aim);
                wrong.push(format!("#{number} of {by} ({aim:?}) reached nobody: {}", words.join(" ")));
            }
        }
        wrong.into_iter().for_each(|w| self.breaks(w));
        self.check_deadlines(gone);
    }

    /// Whether something typed reached who it was for, or failed for a reason that somebody was told.
    fn is_settled(&self, typed: &Typed, words: &[&str]) -> bool {
        let Some(by) = typed.by else { return true };
        let back = || self.got(by, words, &[Looks::Returned]);
        match &typed.aim {
            // What it answers may be lost with the newer database: then it goes back, as what was for nobody. So does a
            // report of somebody who is a supporter too, if it answers a mail of ours: it may be for a client of hers.
            Aim::Answer { .. } | Aim::Thanks
                if self.put_back.is_some() && self.went_back(by, words, typed.at) =>
            {
                true
            }
            Aim::Report if self.put_back.is_some() && typed.answers && self.is_holder(by) && back() => true,
            Aim::Report | Aim::Thanks => {
                let mut readers = self.readers(by, typed.at);
                if typed.aim == Aim::Thanks {
                    readers.extend(self.thanked(by));
                }
                let looks =
                    [Looks::Alert, Looks::Reminder, Looks::HandOver, Looks::HandBack, Looks::FollowUp];
                // What could not be sent in time goes back to her: a clock that is set may end the time of what is put
                // off.
                readers.iter().any(|r| self.got(*r, words, &looks))
                    || (self.hurried > 0 && back())
                    || (readers.is_empty() && self.office_was_told(typed.at))
                    || self.ran_out(typed)
            }
            Aim::Answer { client, sure, telling, .. } => {
                // What waits for a yes waits for 72 hours; a yes within the first sixty is in time.
                let asked =
                    *telling || !sure && !self.said_yes_first(typed, typed.at + 60 * HOUR - self.hurried);
                let disowned = !sure && self.replies(typed.by).any(|(at, _, no)| no && at >= typed.at);
                let (reached, refused) = self.fate(*client, words, &[Looks::PassOn]);
                let excused = refused || disowned || (asked && self.was_asked(by, typed.at));
                // The words that she was shown and says are not hers are not sent to her.
                let shown = || self.got(by, words, &[Looks::Question]);
                reached || self.ran_out(typed) || (excused && back()) || (disowned && shown())
            }
            // Robots that hide what they are must not be answered for ever: then the office has it.
            // What is understood again after an older database was put back counts as of one day.
            Aim::Back if self.put_back.is_some() && self.office_was_told(typed.at) => true,
            Aim::Back if self.ran_out(typed) => true,
            Aim::Back => self.went_back(by, words, typed.at),
            Aim::Reply { .. } | Aim::Said(_) | Aim::Unheard { .. } => true,
        }
    }

    fn is_holder(&self, who: Who) -> bool {
        self.holders.iter().any(|(.., supporter)| *supporter == who)
    }

    /// Whether she could say yes: a question reached her once, or may have, or one failed since then.
    fn was_asked(&self, who: Who, at: i64) -> bool {
        let question = |s: &Sent| s.looks == Looks::Question && self.person_at(&s.to) == Some(who);
        let failed = |p: &Passage| question(&p.sent) && (p.lost >= 2 || (p.refused && p.sent.at >= at));
        self.sent.iter().any(question) || self.passages.values().any(failed)
    }

    /// Whether words came back to whoever typed them; or too many did already, and the office was told.
    pub fn went_back(&self, by: Who, words: &[&str], at: i64) -> bool {
        let too_many = || self.backs_around(by, at) >= 3 && self.office_was_told(at);
        self.got(by, words, &[Looks::Returned]) || too_many()
    }

    /// Most mails that a machine says by itself to somebody within about a day, from the day before she typed something
    /// until it may have come: three days later, where it was delayed.
    fn backs_around(&self, who: Who, at: i64) -> usize {
        let around = |s: &&Sent| s.at > at - 24 * HOUR - self.hurried && s.at < at + 84 * HOUR;
        // Receipts and notices are counted with what goes back.
        let back = |s: &&Sent| {
            matches!(
                s.looks,
                Looks::Returned
                    | Looks::Unclear
                    | Looks::Receipt
                    | Looks::Absence
                    | Looks::GivenBack
                    | Looks::SetAside
                    | Looks::Other
            )
        };
        // So is what may not have arrived.
        let arrived = |id: &str| self.sent.iter().any(|s| s.message_id == id);
        let lost = self.passages.values().filter(|p| p.lost > 0 && !arrived(&p.sent.message_id));
        let all = self.sent.iter().chain(lost.map(|p| &p.sent));
        let to_her = all.filter(around).filter(back).filter(|s| self.person_at(&s.to) == Some(who));
        let times: Vec<i64> = to_her.map(|s| s.at).collect();
        let within_a_day = |from: &i64| {
            times.iter().filter(|t| (*from..from + 36 * HOUR + self.hurried).contains(t)).count()
        };
        times.iter().map(within_a_day).max().unwrap_or(0)
    }

    /// Its time ran out, or may have, while nothing could be sent, not even to the office: the status shows it.
    pub fn ran_out(&self, typed: &Typed) -> bool {
        let within =
            |(from, to): &(i64, i64)| typed.at > from - 2 * 24 * HOUR - self.hurried && typed.at < *to;
        self.outages.iter().any(within)
    }

    fn office_was_told(&self, after: i64) -> bool {
        // What it hears of the hours of people, and of the mailbox, says nothing of any mail.
        let hours = |s: &Sent| matches!(s.looks, Looks::Unanswered | Looks::AbsenceTold | Looks::Unread);
        let office = |s: &Sent| s.at >= after && self.offices.contains(&s.to) && !hours(s);
        let failed = |p: &Passage| (p.refused || p.lost >= 2) && office(&p.sent);
        self.offices.is_empty() || self.sent.iter().any(office) || self.passages.values().any(failed)
    }

    fn got(&self, reader: Who, words: &[&str], looks: &[Looks]) -> bool {
        let (reached, refused) = self.fate(reader, words, looks);
        reached || refused
    }

    /// Whether a person got all of these words in a mail of one of these kinds (or may have got it, and the office was
    /// told of the doubt); and whether such a mail was refused, and the office was told of it.
    fn fate(&self, reader: Who, words: &[&str], looks: &[Looks]) -> (bool, bool) {
        let to = &self.people[reader].addresses[0];
        let has = |s: &Sent| {
            let text = format!("{}\n{}", s.subject, s.news);
            s.to == *to && looks.contains(&s.looks) && words.iter().all(|w| text.contains(w))
        };
        let told = |p: &&Passage| has(&p.sent) && self.office_was_told(p.sent.at);
        let mut failed = self.passages.values().filter(told);
        let doubtful = self.passages.values().filter(told).any(|p| p.lost >= 2);
        (self.sent.iter().any(has) || doubtful, failed.any(|p| p.refused))
    }
}

/// Lines that are not quoted.
fn fresh(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with("> "))
}
