//! The people: who they are, what they type, and how they react to the mails that really reached them.

use crate::chance::Chance;
use crate::hours::{Hours, TOKYO};
use crate::letters::{STYLES, Style};
use crate::model::{Looks, Profile, Sent, Who};
use crate::saying::Say;
use crate::story::{DAY, HOUR, MINUTE, START};

/// Whom everybody writes to.
pub const SERVICE: &str = "care@example.jp";
/// The office.
pub const OFFICE: &str = "office@example.jp";

/// One person.
pub struct Person {
    pub name: String,
    pub real_name: String,
    pub japanese: bool,
    pub is_client: bool,
    /// Somebody may be both, with one address.
    pub is_supporter: bool,
    pub addresses: Vec<String>,
    /// The one that she writes from, as a supporter always.
    pub writes_from: usize,
    /// One that the house does not know.
    pub elsewhere: String,
    /// Her machine, as it stands in what her program writes.
    pub host: String,
    /// Her domain lets the receiving server prove who wrote.
    pub proven: bool,
    pub style: Style,
    /// Her program writes In-Reply-To.
    pub threads: bool,
    /// Her program answers to Reply-To.
    pub by_token: bool,
    /// Her clock.
    pub hours: Hours,
    /// They are not the house's.
    pub own_hours: bool,
    /// Of a hundred alerts she answers so many.
    answers: usize,
    /// Every word of hers.
    pub words: Vec<String>,
    /// A robot answers for her then.
    away: (i64, i64),
    /// What reached her.
    pub inbox: Vec<Sent>,
}

/// What somebody is about to write.
#[derive(Clone, Debug)]
pub enum Intent {
    Report {
        answers: Option<Sent>,
    },
    Thanks {
        to: Sent,
    },
    Answer {
        to: Sent,
    },
    EmptyAnswer {
        to: Sent,
    },
    ToNobody,
    OthersMail {
        to: Sent,
    },
    Reply {
        to: Sent,
        word: Word,
    },
    Away {
        to: Sent,
    },
    DeliveryReport {
        of: Sent,
    },
    /// What a server reports about a mail that nobody sent.
    StrayReport {
        of: Sent,
    },
    /// Something about herself, in answer to a mail or in a new one.
    Says {
        say: Say,
        to: Option<Sent>,
    },
    /// She writes from an address that the house does not know.
    Elsewhere {
        to: Sent,
    },
    List,
    Stranger {
        to: Option<Sent>,
    },
    Forged {
        to: Sent,
    },
}

/// A reply to "was it you?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Yes,
    No,
    Unclear,
}

/// How the house is set up, as far as people notice it.
#[derive(Clone, Copy, Debug)]
pub struct Custom {
    /// The receiving server proves writers, and the house looks at it.
    pub proofs: bool,
    /// An answer that is not proven passes without a question.
    pub passes: bool,
    /// Reply addresses hold tokens.
    pub tokens: bool,
    /// An older database is put back now and then. Then nobody quotes: an alert that is made anew names another deadline
    /// than the one that was sent, and a quote of that is not known line by line.
    pub restores: bool,
    /// Reports that wait take their steps, and people have hours.
    pub walks: bool,
    /// The clock of the machine is set now and then.
    pub sets_clock: bool,
}

/// Everybody.
pub struct People {
    pub all: Vec<Person>,
    pub custom: Custom,
    next_word: usize,
}

impl People {
    /// Two to five clients, then one to three supporters.
    pub fn new(custom: Custom, hours: Hours, seed: u64, chance: &mut Chance) -> Self {
        let clients = 2 + chance.below(4);
        let supporters = 1 + chance.below(3);
        let names = ["はる", "なつ", "あき", "ふゆ", "Robin", "あい", "ゆう", "Sam"];
        let all = (0..clients + supporters).map(|n| {
            let is_client = n < clients;
            let name = names[if is_client { n } else { 5 + n - clients }];
            person(n, name, is_client, custom, chance)
        });
        let mut all: Vec<Person> = all.collect();
        all[0].is_supporter = chance.percent(15);
        let mut chance = Chance::of(seed, "hours");
        for person in all.iter_mut().filter(|_| custom.walks) {
            person.own_hours = chance.percent(35);
            let own = hours.own(person.is_client && !person.is_supporter, &mut chance);
            person.hours = if person.own_hours { own } else { hours };
            person.answers = *chance.pick(&[86, 70, 40, 15]);
        }
        Self { all, custom, next_word: 0 }
    }

    pub fn clients(&self) -> Vec<Who> {
        (0..self.all.len()).filter(|who| self.all[*who].is_client).collect()
    }

    pub fn supporters(&self) -> Vec<Who> {
        (0..self.all.len()).filter(|who| self.all[*who].is_supporter).collect()
    }

    pub fn profiles(&self) -> Vec<Profile> {
        let profile = |p: &Person| Profile {
            name: p.name.clone(),
            japanese: p.japanese,
            hours: p.hours,
            addresses: p.addresses.clone(),
            secrets: [vec![p.real_name.clone(), p.host.clone(), p.elsewhere.clone()], p.addresses.clone()]
                .concat(),
        };
        self.all.iter().map(profile).collect()
    }

    /// A word that occurs nowhere else.
    pub fn word(&mut self) -> String {
        self.next_word += 1;
        let syllables = ["ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru"];
        let digits = format!("{:04}", self.next_word);
        let word: String = digits.bytes().map(|d| syllables[usize::from(d - b'0')]).collect();
        format!("zx{word}")
    }

    /// Somebody finds a mail in her inbox. What she will do, and after how long.
    pub fn read(&mut self, who: Who, sent: &Sent, chance: &mut Chance) -> Vec<(i64, Intent)> {
        let person = &mut self.all[who];
        person.inbox.push(sent.clone());
        let mut plans = Vec::new();
        let to = || sent.clone();
        if (person.away.0..person.away.1).contains(&sent.at) {
            plans.push((chance.between(1_000, MINUTE), Intent::Away { to: to() }));
        }
        match chance.below(100) {
            0..3 => plans.push((chance.between(MINUTE, HOUR), Intent::DeliveryReport { of: to() })),
            3 => plans.push((chance.between(DAY, 4 * DAY), Intent::DeliveryReport { of: to() })),
            4 => plans.push((chance.between(MINUTE, HOUR), Intent::StrayReport { of: to() })),
            5 | 6 => plans.push((chance.between(MINUTE, DAY), Intent::Elsewhere { to: to() })),
            _ => {}
        }
        let late = (sent.looks.is_alert() || sent.looks == Looks::PassOn) && chance.percent(6);
        let soon =
            if late { chance.between(2 * DAY, 6 * DAY) } else { chance.between(5 * MINUTE, 20 * HOUR) };
        let plan = match sent.looks {
            looks if looks.is_alert() => [
                (chance.percent(self.all[who].answers), Intent::Answer { to: to() }),
                (chance.percent(4), Intent::EmptyAnswer { to: to() }),
            ]
            .into_iter()
            .find(|(does, _)| *does)
            .map(|(_, intent)| intent),
            Looks::FollowUp if chance.percent(20) => Some(Intent::Answer { to: to() }),
            Looks::Question => self.answer_to_question(who, sent, chance),
            Looks::Unclear => self.her_question(who).map(|to| Intent::Reply { to, word: Word::Yes }),
            Looks::PassOn => match chance.weighted(&[35, 20, 45]) {
                0 => Some(Intent::Thanks { to: to() }),
                1 => Some(Intent::Report { answers: Some(to()) }),
                _ => None,
            },
            Looks::Receipt if chance.percent(10) => Some(Intent::Report { answers: Some(to()) }),
            _ => None,
        };
        plans.extend(plan.map(|plan| (soon, plan)));
        plans.extend(self.says(who, sent, chance));
        plans
    }

    /// What she says about herself when she reads a mail, where reports take their steps.
    fn says(&self, who: Who, sent: &Sent, chance: &mut Chance) -> Option<(i64, Intent)> {
        let is_client = self.all[who].is_client;
        let (draw, after) = (chance.below(100), chance.between(5 * MINUTE, 12 * HOUR));
        let say = match sent.looks {
            _ if !self.custom.walks || is_client => None,
            looks if looks.is_alert() => match draw {
                0..8 => Some(Say::Writing),
                8..12 => Some(Say::Cover),
                _ => None,
            },
            Looks::Absence if draw < 20 => Some(Say::Undo),
            Looks::AbsenceAsked if draw < 90 => Some(Say::Mine),
            _ => None,
        };
        say.map(|say| (after, Intent::Says { say, to: Some(sent.clone()) }))
    }

    fn her_question(&self, who: Who) -> Option<Sent> {
        let person = &self.all[who];
        let hers = |s: &&Sent| person.words.iter().any(|word| s.news.contains(word.as_str()));
        person.inbox.iter().filter(|s| s.looks == Looks::Question).rfind(hers).cloned()
    }

    /// She knows her own words.
    fn answer_to_question(&self, who: Who, sent: &Sent, chance: &mut Chance) -> Option<Intent> {
        let hers = self.all[who].words.iter().any(|word| sent.news.contains(word.as_str()));
        let to = sent.clone();
        match (hers, chance.weighted(&[85, 6, 5, 4])) {
            (false, 3) | (true, 2) => None,
            (false, _) | (true, 3) => Some(Intent::Reply { to, word: Word::No }),
            // to the question whether it goes as it is, other words would be another answer
            (true, 1) if !asks_for_leave(&to) => Some(Intent::Reply { to, word: Word::Unclear }),
            (true, _) => Some(Intent::Reply { to, word: Word::Yes }),
        }
    }

    /// What somebody plans for a day: reports of clients.
    pub fn day(&self, day: i64, chance: &mut Chance) -> Vec<(i64, Who, Intent)> {
        let mut plans = Vec::new();
        for who in self.clients() {
            let reports = chance.weighted(&[25, 60, 15]);
            for _ in 0..reports {
                let at = START + day * DAY + chance.between(0, 24 * HOUR);
                plans.push((at, who, Intent::Report { answers: None }));
            }
        }
        // Whoever is a client too says such a thing in a report.
        for who in self.supporters().into_iter().filter(|who| !self.all[*who].is_client) {
            let at = START + day * DAY + chance.between(7 * HOUR, 23 * HOUR);
            if chance.percent(8) {
                plans.push((at, who, Intent::ToNobody));
            }
            if self.custom.walks && chance.percent(12) {
                let at = START + day * DAY + chance.between(0, 24 * HOUR);
                let from = self.all[who].hours.day(at) + chance.between(0, 3);
                let say = Say::Away(from, from + chance.between(0, 2));
                plans.push((at, who, Intent::Says { say, to: None }));
            }
        }
        plans
    }
}

fn person(n: usize, name: &str, is_client: bool, custom: Custom, chance: &mut Chance) -> Person {
    let tag = format!("q{}{}", char::from(b'a' + u8::try_from(n).unwrap_or(0)), 10 + chance.below(90));
    let odd = ["{t}..x@docomo.ne.jp", "{t}.@ezweb.ne.jp", "{t}@{t}.example"];
    let first = odd[chance.weighted(&[1, 1, 6])].replace("{t}", &tag);
    let mut addresses = vec![first];
    if chance.percent(25) {
        addresses.push(format!("also.{tag}@{tag}-home.example"));
    }
    let leaves = START + chance.between(0, 3 * DAY);
    let away = if chance.percent(15) { (leaves, leaves + DAY) } else { (0, 0) };
    let by_token = custom.tokens && chance.percent(80);
    Person {
        name: name.to_owned(),
        real_name: format!("本名{tag}"),
        japanese: !name.is_ascii(),
        is_client,
        is_supporter: !is_client,
        elsewhere: format!("another.{tag}@{tag}-elsewhere.example"),
        writes_from: chance.below(addresses.len()),
        addresses,
        host: format!("host-{tag}.example.net"),
        proven: chance.percent(70),
        style: if custom.restores { Style::Bare } else { *chance.pick(&STYLES) },
        threads: !by_token || chance.percent(60),
        by_token,
        hours: TOKYO,
        own_hours: false,
        answers: 86,
        words: Vec::new(),
        away,
        inbox: Vec::new(),
    }
}

/// Whether it asks if words that tell who she is may go as they are.
pub fn asks_for_leave(sent: &Sent) -> bool {
    sent.text.contains("そのまま送る") || sent.text.contains("send as it is")
}
