//! Closed worlds: houses as each other's clients and supporters, and robots that answer whatever comes. A few letters of
//! people set them off; then it must go quiet (I12 of the design).

use std::collections::BTreeMap;

use yorisoi::clock::Timestamp;
use yorisoi::domain::command::Command;
use yorisoi::engine::Settlement;
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::submission::SubmitOutcome;

use crate::chance::Chance;
use crate::hours::{Points, TOKYO};
use crate::house::{House, Plan};
use crate::letters::date;
use crate::model::Looks;
use crate::people::Custom;
use crate::story::{DAY, HOUR, MINUTE, SECOND, START, moment};
use crate::submission::read;

/// The two houses.
pub const HOUSES: [&str; 2] = ["care@one.example", "care@two.example"];
/// Mails from one to another within a day, where two robots answer each other: what passes, and what set them off.
const ROBOTS: usize = 60;
const KEIKO: &str = "keiko@client.example";
const SORA: &str = "sora@supporter.example";

/// Somebody who answers by herself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Robot {
    /// A vacation notice, once a day for each sender (RFC 5230), with the field that says so.
    Away,
    /// The same without any sign, not even in the subject.
    AwayUnsaid,
    /// Whatever comes goes back, with another subject, and without a sign.
    Echo,
    /// Every mail is reported as undelivered.
    Reporter,
    /// "Confirm that you are a human."
    Challenge,
    /// A mailing list that sends everything to its members: its sender.
    List,
}

/// Who is what in a closed world: in which house, as client or supporter.
#[derive(Clone, Default)]
pub struct Cast {
    pub clients: [Vec<&'static str>; 2],
    pub supporters: [Vec<&'static str>; 2],
    pub robots: Vec<(&'static str, Robot)>,
    /// All mails of the world, at most.
    pub mails: usize,
    /// From one to another within a day, at most.
    pub a_day: usize,
}

struct Mail {
    from: String,
    to: String,
    raw: Vec<u8>,
}

/// See the module's head.
pub struct Closed {
    now: i64,
    chance: Chance,
    houses: [House; 2],
    uids: [u32; 2],
    robots: BTreeMap<&'static str, Robot>,
    /// When a robot last answered a sender.
    answered: BTreeMap<(String, String), i64>,
    agenda: BTreeMap<(i64, u64), Mail>,
    next: u64,
    number: u64,
    /// Every mail: when, from, to.
    pub log: Vec<(i64, String, String)>,
    /// The houses forget that they have answered: a planted fault.
    pub forgets: bool,
}

impl Closed {
    pub fn new(seed: u64, cast: &Cast) -> Self {
        let mut chance = Chance::of(seed, "closed");
        let custom = Custom {
            proofs: false,
            passes: true,
            tokens: chance.percent(50),
            restores: false,
            walks: false,
            sets_clock: false,
        };
        let mut build = |n: usize| {
            let (points, hours) = (Points::default(), TOKYO);
            let plan =
                Plan { seed: seed + n as u64, service: HOUSES[n], custom, offices: false, points, hours };
            House::build(plan, &mut chance, START)
        };
        let houses = [build(0), build(1)];
        let mut closed = Self {
            now: START,
            chance,
            houses,
            uids: [0; 2],
            robots: cast.robots.iter().copied().collect(),
            answered: BTreeMap::new(),
            agenda: BTreeMap::new(),
            next: 0,
            number: 0,
            log: Vec::new(),
            forgets: false,
        };
        for house in 0..2 {
            closed.found(house, cast);
        }
        closed
    }

    fn found(&mut self, house: usize, cast: &Cast) {
        let address = |text: &str| vec![Address::parse(text).expect("an address")];
        for (n, supporter) in cast.supporters[house].iter().enumerate() {
            let (name, addresses) = (format!("Supporter {n}"), address(supporter));
            self.houses[house].order(&Command::AddSupporter { name, addresses, locale: None }, false, START);
        }
        for (n, client) in cast.clients[house].iter().enumerate() {
            let other = cast.supporters[house].iter().position(|supporter| supporter != client);
            let supporter = other.map(|n| format!("Supporter {n}"));
            let (name, addresses, goal) = (format!("Client {n}"), address(client), String::new());
            let command = Command::AddClient {
                name,
                addresses,
                goal,
                locale: None,
                supporter,
                second: None,
                pool: false,
            };
            self.houses[house].order(&command, false, START);
        }
    }

    fn post(&mut self, at: i64, from: &str, to: &str, raw: Vec<u8>) {
        self.next += 1;
        let mail = Mail { from: from.to_owned(), to: to.to_owned(), raw };
        self.agenda.insert((at, self.next), mail);
    }

    /// A mail that somebody types, or a robot.
    fn letter(&mut self, from: &str, to: &str, subject: &str, fields: &str, text: &str) -> Vec<u8> {
        self.number += 1;
        format!(
            "From: <{from}>\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {}\r\nMessage-ID: <{}.x@{}>\r\n{fields}\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n",
            date(self.now, "%a, %d %b %Y %T %z"),
            self.number,
            from.rsplit('@').next().unwrap_or_default()
        )
        .into_bytes()
    }

    /// On each of the first two days both houses get a letter from everybody who is in the world, robots too.
    fn set_off(&mut self, cast: &Cast) {
        for day in 0..2 {
            for (house, address) in HOUSES.into_iter().enumerate() {
                let all = cast.clients[house].iter().chain(&cast.supporters[house]);
                for from in all.copied().chain([KEIKO, SORA]).collect::<Vec<_>>() {
                    let at = START + day * DAY + self.chance.between(6 * HOUR, 20 * HOUR);
                    let raw = self.letter(from, address, "today", "", &format!("walked, {day} {from}"));
                    self.post(at, from, address, raw);
                }
            }
        }
    }

    /// Lets time pass for so many days; what is broken.
    pub fn run(&mut self, cast: &Cast, days: i64) -> Vec<String> {
        self.set_off(cast);
        let mut turns = 0;
        while self.now < START + days * DAY {
            let wakes: Vec<i64> = (0..2).filter_map(|house| self.wake(house)).collect();
            let happening = self.agenda.keys().next().map(|(at, _)| *at);
            let Some(next) = wakes.into_iter().chain(happening).min() else { break };
            self.now = self.now.max(next);
            while let Some(entry) = self.agenda.first_entry().filter(|e| e.key().0 <= self.now) {
                let mail = entry.remove();
                self.deliver(mail);
            }
            (0..2).for_each(|house| self.submit(house));
            turns += 1;
            if self.log.len() > cast.mails || turns > 6 * cast.mails {
                let left = |house: &House| {
                    house.find("SELECT kind || ' ' || state || ' ' || forward_path FROM outbox WHERE next_at IS NOT NULL")
                };
                let left: Vec<String> = self.houses.iter().flat_map(left).collect();
                let tail = self
                    .log
                    .iter()
                    .rev()
                    .take(30)
                    .map(|(at, from, to)| format!("{} {from} {to}\n", moment(*at)))
                    .collect::<String>();
                return vec![format!("{} mails, and no end: {}\n{tail}", self.log.len(), left.join(", "))];
            }
        }
        self.judge(cast)
    }

    fn wake(&mut self, house: usize) -> Option<i64> {
        let now = Timestamp::from_millis(self.now);
        self.houses[house].engine().tick(now).expect("a tick").map(Timestamp::millis)
    }

    fn deliver(&mut self, mail: Mail) {
        let key = mail.to.to_lowercase();
        self.log.push((self.now, mail.from.clone(), key.clone()));
        let (local, domain) = key.split_once('@').expect("an address");
        let base = format!("{}@{domain}", local.split('+').next().unwrap_or_default());
        match HOUSES.iter().position(|address| *address == base) {
            Some(house) => self.keep(house, &mail),
            None => self.react(&base, &mail),
        }
    }

    fn keep(&mut self, house: usize, mail: &Mail) {
        self.uids[house] += 1;
        let (uid, now) = (self.uids[house], Timestamp::from_millis(self.now));
        let trace = format!("Return-Path: <{}>\r\nDelivered-To: {}\r\n", mail.from, mail.to);
        let raw = [trace.as_bytes(), &mail.raw].concat();
        let step = FetchStep {
            folder: "INBOX".to_owned(),
            uid_validity: 1,
            uid_next: None,
            listed: Some(vec![uid]),
            fetched: vec![Fetched::Mail { uid, internal_date: Some(now), raw }],
        };
        let engine = self.houses[house].engine();
        engine.keep(&step, now).expect("kept");
        while engine.apply(now).expect("applied").mails > 0 {}
    }

    fn submit(&mut self, house: usize) {
        let now = Timestamp::from_millis(self.now);
        loop {
            let due = self.houses[house].engine().due(now, 8).expect("due");
            if due.is_empty() {
                return;
            }
            for submission in due {
                let (outbox_id, attempt) = (submission.outbox_id, submission.attempt);
                let outcome = SubmitOutcome::Accepted { reply: String::new() };
                let ends = [
                    Settlement::BeforeDot { outbox_id, attempt },
                    Settlement::Ended { outbox_id, attempt, outcome },
                ];
                for end in ends {
                    self.houses[house].engine().settle(&[end], now).expect("settled");
                }
                let at = self.now + self.chance.between(SECOND, 2 * MINUTE);
                let to = submission.envelope.forward_path.key();
                self.post(at, HOUSES[house], &to, submission.bytes);
            }
            if self.forgets {
                self.houses[house].tamper("UPDATE outbox SET created_at = 0");
            }
        }
    }

    /// Somebody outside of the houses gets a mail.
    fn react(&mut self, who: &str, mail: &Mail) {
        let sent = read(&mail.raw, who, self.now);
        let to = sent.reply_to.clone().unwrap_or_else(|| mail.from.clone());
        let answers = format!("In-Reply-To: <{0}>\r\nReferences: <{0}>\r\n", sent.message_id);
        let at = self.now + self.chance.between(10 * SECOND, 5 * MINUTE);
        let last = self.answered.get(&(who.to_owned(), mail.from.clone())).copied();
        let Some(robot) = self.robots.get(who).copied() else {
            // People answer an alert of each house a day, for two days.
            let answers_it = last.is_none_or(|last| self.now - last > 20 * HOUR);
            if sent.looks == Looks::Alert && self.now < START + 2 * DAY && answers_it {
                self.answered.insert((who.to_owned(), mail.from.clone()), self.now);
                let subject = format!("Re: {}", sent.message_id);
                let raw = self.letter(who, &to, &subject, &answers, "it was good to read this");
                self.post(at + HOUR, who, &to, raw);
            }
            return;
        };
        let once = matches!(robot, Robot::Away | Robot::AwayUnsaid);
        if once && last.is_some_and(|last| self.now - last < DAY) {
            return;
        }
        self.answered.insert((who.to_owned(), mail.from.clone()), self.now);
        self.number += 1;
        let n = self.number;
        let said: String = sent.text.chars().take(300).collect();
        let raw = match robot {
            Robot::Away => {
                let fields = format!("Auto-Submitted: auto-replied\r\n{answers}");
                self.letter(who, &to, "Out of office", &fields, "I am away until Monday.")
            }
            Robot::AwayUnsaid => self.letter(who, &to, "hello", &answers, "I am away until Monday."),
            Robot::Echo => self.letter(who, &to, &format!("echo {n}"), &answers, &format!("{n}\n{said}")),
            Robot::Challenge => {
                let text = format!("Please confirm that you are a human: https://filter.example/{n}");
                self.letter(who, &to, "Please confirm your message", &answers, &text)
            }
            Robot::List => {
                let fields = "List-Id: <all.list.example>\r\nPrecedence: list\r\n";
                self.letter(who, &to, &format!("[all] {n}"), fields, &said)
            }
            Robot::Reporter => self.report(who, &sent.message_id),
        };
        self.post(at, if robot == Robot::Reporter { "" } else { who }, &to, raw);
    }

    fn report(&mut self, who: &str, id: &str) -> Vec<u8> {
        format!(
            "From: MAILER-DAEMON@relay.example\r\nTo: <>\r\nSubject: Undelivered Mail\r\nDate: {}\r\n\
             Message-ID: <{}.r@relay.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; \
             report-type=delivery-status; boundary=\"=_dsn\"\r\n\r\n--=_dsn\r\nContent-Type: text/plain\r\n\r\n\
             It could not be delivered.\r\n--=_dsn\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; relay.example\r\n\r\nFinal-Recipient: rfc822; {who}\r\nAction: failed\r\n\
             Status: 5.2.2\r\n\r\n--=_dsn\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}>\r\n\r\n\
             --=_dsn--\r\n",
            date(self.now, "%a, %d %b %Y %T %z"),
            self.number
        )
        .into_bytes()
    }

    fn last(&self) -> i64 {
        self.log.iter().map(|(at, ..)| *at).max().unwrap_or(START)
    }

    /// The day of the last mail, the first being 1.
    pub fn last_day(&self) -> i64 {
        (self.last() - START) / DAY + 1
    }

    /// Automatic answers of a house to one address within a day are few; mails from one to another within a day are few;
    /// and three days after the last letter of a person nothing moves.
    fn judge(&self, cast: &Cast) -> Vec<String> {
        const ANSWERS: usize = 3;
        let mut broken = Vec::new();
        for (house, address) in self.houses.iter().zip(HOUSES) {
            let sql = "SELECT forward_path || ' ' || created_at FROM outbox \
                 WHERE kind IN ('receipt', 'returned', 'confirmation', 'notice') \
                 AND state <> 'cancelled' AND reason NOT IN ('delivery_report', 'disowned', 'not_accepted')";
            // What comes back because nobody said yes to it comes back once, a day later.
            let backs = "SELECT '' || count(*) FROM outbox o WHERE reason = 'not_accepted' GROUP BY forward_path HAVING count(*) > \
                 (SELECT count(*) FROM outbox q WHERE q.forward_path = o.forward_path AND q.kind = 'confirmation')";
            if !house.find(backs).is_empty() {
                broken.push(format!("{address} sends back more than it asked about"));
            }
            let mut times: BTreeMap<String, Vec<i64>> = BTreeMap::new();
            for line in house.find(sql) {
                let (to, at) = line.split_once(' ').expect("two words");
                times.entry(to.to_owned()).or_default().push(at.parse().expect("a number"));
            }
            for (to, times) in times {
                let most = most_within_a_day(&times);
                if most > ANSWERS {
                    broken.push(format!("{address} answers {to} {most} times within a day by itself"));
                }
            }
        }
        let mut pairs: BTreeMap<(&str, &str), Vec<i64>> = BTreeMap::new();
        for (at, from, to) in &self.log {
            let to = to.split('+').next().unwrap_or_default();
            pairs.entry((from, to)).or_default().push(*at);
        }
        for ((from, to), times) in pairs {
            let most = most_within_a_day(&times);
            if most > cast.a_day {
                broken.push(format!("{most} mails from {from} to {to} within a day"));
            }
        }
        let last = self.last();
        if last > START + 5 * DAY {
            broken.push(format!("it does not go quiet: the last mail is of {}", moment(last)));
        }
        broken
    }
}

fn most_within_a_day(times: &[i64]) -> usize {
    times
        .iter()
        .map(|from| times.iter().filter(|at| (*from..*from + DAY).contains(at)).count())
        .max()
        .unwrap_or(0)
}

/// Nobody, and few mails.
fn usual() -> Cast {
    Cast { mails: 400, a_day: 12, ..Cast::default() }
}

/// The worlds that are played.
pub fn casts() -> Vec<(&'static str, Cast)> {
    let [one, two] = HOUSES;
    let houses = |clients: [Vec<&'static str>; 2], supporters: [Vec<&'static str>; 2]| Cast {
        clients,
        supporters,
        ..usual()
    };
    let robots = |client: Robot, supporter: Robot| Cast {
        clients: [vec!["robot@client.example"], vec![KEIKO]],
        supporters: [vec![SORA], vec!["robot@supporter.example"]],
        robots: vec![("robot@client.example", client), ("robot@supporter.example", supporter)],
        ..usual()
    };
    let both = |robot: Robot| Cast {
        clients: [vec!["robot@client.example", KEIKO], Vec::new()],
        supporters: [vec!["robot@supporter.example"], Vec::new()],
        robots: vec![("robot@client.example", robot), ("robot@supporter.example", robot)],
        ..usual()
    };
    // In one house, the one the other's supporter: what each writes is for the other.
    let couple = |client: Robot, supporter: Robot| Cast {
        clients: [vec!["robot@client.example"], Vec::new()],
        supporters: [vec!["robot@supporter.example"], Vec::new()],
        robots: vec![("robot@client.example", client), ("robot@supporter.example", supporter)],
        ..usual()
    };
    vec![
        ("each the other's client", houses([vec![two, KEIKO], vec![one]], [vec![SORA], vec![SORA]])),
        ("each the other's supporter", houses([vec![KEIKO], vec![KEIKO]], [vec![two], vec![one]])),
        ("client here, supporter there", houses([vec![two], vec![KEIKO]], [vec![SORA], vec![one]])),
        (
            "each the other's client and supporter",
            houses([vec![two, KEIKO], vec![one]], [vec![two, SORA], vec![one, SORA]]),
        ),
        ("robots that say that they are away", both(Robot::Away)),
        ("robots that are away and do not say so", both(Robot::AwayUnsaid)),
        ("echoes", robots(Robot::Echo, Robot::Echo)),
        ("reporters", both(Robot::Reporter)),
        ("challenges and lists", robots(Robot::Challenge, Robot::List)),
        ("a couple of echoes", Cast { mails: 500, a_day: ROBOTS, ..couple(Robot::Echo, Robot::Echo) }),
        ("an echo and one who is away and does not say so", couple(Robot::Echo, Robot::AwayUnsaid)),
        ("an echo whose words are reported", couple(Robot::Reporter, Robot::Echo)),
        (
            "a challenge and an echo",
            Cast { mails: 500, a_day: ROBOTS, ..couple(Robot::Challenge, Robot::Echo) },
        ),
    ]
}
