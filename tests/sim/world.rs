//! The world: virtual time, an agenda, and a daemon that does one small thing after the other and may die between any
//! two of them. The world plays the network; the house decides.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use yorisoi::clock::Timestamp;
use yorisoi::domain::command::Command;
use yorisoi::domain::locale::Locale;
use yorisoi::engine::Settlement;
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::{FetchPlan, Fetched};
use yorisoi::mail::submission::SubmitOutcome;

use crate::chance::Chance;
use crate::house::House;
use crate::mailbox::{Faults, Heard, MAX_BYTES, Mailbox, Round, Stored};
use crate::model::{Aim, Looks, Model, Typed, Who};
use crate::people::{Custom, Intent, OFFICE, People};
use crate::planted::Planted;
use crate::story::{DAY, HOUR, MINUTE, SECOND, START, Story};
use crate::submission::{End, Next, Sending, Submissions, read};
use crate::writing::When;

/// Days on which people write and things fail.
const DAYS: i64 = 4;
/// Most mails that people write by themselves or in reaction.
const MOST_TYPED: usize = 60;
/// Submissions at once.
const WORKERS: usize = 3;

/// What happens at some time.
enum Happening {
    Write(Who, Intent),
    Arrive(Stored),
    Assign(Who, Who),
    Chaos,
    Look,
}

/// See the module's head.
pub struct World {
    pub now: i64,
    pub chance: Chance,
    pub story: Rc<RefCell<Story>>,
    pub model: Model,
    pub house: House,
    pub server: Submissions,
    pub planted: Option<Planted>,
    people: People,
    mailbox: Mailbox,
    agenda: BTreeMap<(i64, u64), Happening>,
    next: u64,
    round: Option<Round>,
    plan: Option<FetchPlan>,
    sending: Vec<Sending>,
    kept: bool,
    may_be_due: bool,
    crashes_within_apply: usize,
    looked_again: bool,
    offices: bool,
    huge: BTreeSet<usize>,
    /// The story shows whole mails.
    with_mails: bool,
    /// Steps of the daemon.
    pub steps: usize,
    pub crashes: usize,
}

impl World {
    pub fn new(seed: u64, story: Rc<RefCell<Story>>) -> Self {
        let mut chance = Chance::new(seed);
        let custom =
            Custom { proofs: chance.percent(40), passes: chance.percent(35), tokens: chance.percent(75) };
        let people = People::new(custom, &mut chance);
        let offices = chance.percent(85);
        let house = House::build(seed, custom, offices, &mut chance, START);
        let office = if offices { vec![OFFICE.to_owned()] } else { Vec::new() };
        let model = Model::new(people.profiles(), office);
        let mut world = Self {
            now: START,
            chance,
            story,
            model,
            house,
            server: Submissions::default(),
            planted: None,
            people,
            mailbox: Mailbox::new(),
            agenda: BTreeMap::new(),
            next: 0,
            round: None,
            plan: None,
            sending: Vec::new(),
            kept: false,
            may_be_due: true,
            crashes_within_apply: 0,
            looked_again: false,
            offices,
            huge: BTreeSet::new(),
            with_mails: std::env::var_os("YORISOI_SIM_MAILS").is_some(),
            steps: 0,
            crashes: 0,
        };
        world.tell(format!(
            "{custom:?}, the office {}",
            if offices { "reads mail" } else { "has no address" }
        ));
        world.found();
        world
    }

    pub fn tell(&mut self, what: impl Into<String>) {
        self.story.borrow_mut().tell(self.now, what);
    }

    fn at(&mut self, at: i64, happening: Happening) {
        self.next += 1;
        self.agenda.insert((at.max(self.now), self.next), happening);
    }

    fn faults_on(&self) -> bool {
        self.now < START + DAYS * DAY
    }

    fn strikes(&mut self, percent: usize) -> bool {
        Faults { on: self.faults_on(), chance: &mut self.chance }.strikes(percent)
    }

    /// The operator adds everybody; some clients have nobody at first.
    fn found(&mut self) {
        for who in self.people.supporters().chain(self.people.clients()) {
            let person = &self.people.all[who];
            let addresses = person.addresses.iter().map(|a| Address::parse(a).expect("an address")).collect();
            let locale = Some(if person.japanese { Locale::Ja } else { Locale::En });
            let name = person.name.clone();
            let command = match person.is_client {
                true => Command::AddClient { name, addresses, goal: String::new(), locale, supporter: None },
                false => Command::AddSupporter { name, addresses, locale },
            };
            self.house.order(&command, false, self.now);
        }
        for client in self.people.clients() {
            let supporter = self.any_supporter();
            let late = self.chance.percent(12);
            let at = if late { self.chance.between(HOUR, 2 * DAY) } else { 0 };
            self.at(START + at, Happening::Assign(client, supporter));
            if self.chance.percent(12) {
                let (another, at) = (self.any_supporter(), self.chance.between(DAY, 3 * DAY));
                self.at(START + at, Happening::Assign(client, another));
            }
        }
        for day in 0..DAYS {
            for (at, who, intent) in self.people.day(day, &mut self.chance) {
                self.at(at, Happening::Write(who, intent));
            }
            for _ in 0..3 {
                let at = START + day * DAY + self.chance.between(0, DAY);
                self.at(at, Happening::Chaos);
            }
        }
    }

    fn any_supporter(&mut self) -> Who {
        let supporters: Vec<Who> = self.people.supporters().collect();
        *self.chance.pick(&supporters)
    }

    /// Runs until everything has come to rest; what is broken is in the model.
    pub fn run(&mut self) {
        while self.model.broken.is_empty() {
            let wake = self.house.engine().tick(Timestamp::from_millis(self.now)).expect("a tick");
            let wake = wake.map(Timestamp::millis);
            let happening = self.agenda.keys().next().map(|(at, _)| *at);
            let Some(next) = wake.into_iter().chain(happening).min() else {
                if std::mem::replace(&mut self.looked_again, true) {
                    break;
                }
                // What could not be fetched is asked for once more after a day.
                self.at(self.now + 25 * HOUR, Happening::Look);
                continue;
            };
            if self.now > START + 30 * DAY {
                return self.model.broken.push("it never comes to rest".to_owned());
            }
            self.may_be_due |= wake.is_some_and(|wake| wake <= next);
            self.now = self.now.max(next);
            self.happen();
            self.work();
        }
        if self.model.broken.is_empty() {
            self.end();
        }
    }

    /// Everything on the agenda that is due.
    fn happen(&mut self) {
        while let Some(entry) = self.agenda.first_entry().filter(|e| e.key().0 <= self.now) {
            match entry.remove() {
                Happening::Write(who, intent) => self.write(who, &intent),
                Happening::Arrive(mail) => {
                    self.mailbox.deliver(mail);
                    // IDLE tells at once, or a poll finds it.
                    let after = if self.chance.percent(70) { SECOND } else { 10 * MINUTE };
                    let at = self.now + self.chance.between(0, after);
                    self.at(at, Happening::Look);
                }
                Happening::Assign(client, supporter) => self.assign(client, supporter),
                Happening::Chaos => self.chaos(),
                Happening::Look if self.round.is_some() => self.at(self.now + MINUTE, Happening::Look),
                Happening::Look => (self.round, self.plan) = (Some(Round::new()), None),
            }
        }
    }

    fn write(&mut self, who: Who, intent: &Intent) {
        if self.model.typed.len() >= MOST_TYPED && !matches!(intent, Intent::Reply { .. }) {
            return;
        }
        let when = When { at: self.now, number: self.model.typed.len() };
        let written = self.people.write(who, intent, when, &self.model.typed, &mut self.chance);
        self.tell(format!("#{} {} [{}]", when.number, written.what, written.typed.words.join(" ")));
        if self.with_mails {
            let text = yorisoi::mail::parse::parse(&written.raw).text;
            self.tell(format!("To: {}\n{text}\n", written.to));
        }
        self.put(written.typed, written.raw);
    }

    /// What was typed is on its way to the mailbox.
    pub fn put(&mut self, typed: Typed, raw: Vec<u8>) {
        let number = self.model.typed.len();
        self.model.typed.push(typed);
        if raw.len() > MAX_BYTES {
            self.huge.insert(number);
        }
        let sick = match self.strikes(6) {
            true => *self.chance.pick(&[1, 2, 3, u32::MAX]),
            false => 0,
        };
        let wait = if self.strikes(15) { 2 * HOUR } else { 2 * MINUTE };
        let at = self.now + self.chance.between(SECOND, wait);
        let copies = if self.strikes(7) { 2 } else { 1 };
        for copy in 0..copies {
            let trace = format!("Delivered-To: care@example.jp\r\nReceived: by mx{copy} with LMTP\r\n");
            let raw = [trace.as_bytes(), &raw].concat();
            let at = at + copy * self.chance.between(0, 2 * HOUR);
            self.at(at, Happening::Arrive(Stored { typed: number, raw, at, sick }));
        }
    }

    fn assign(&mut self, client: Who, supporter: Who) {
        let name = |who: Who| self.people.all[who].name.clone();
        let command = Command::Assign { client: name(client), supporter: name(supporter) };
        self.tell(format!("{} is assigned to {}", name(client), name(supporter)));
        self.model.assigned(self.now, client, supporter);
        let beside = self.chance.percent(40);
        self.house.order(&command, beside, self.now);
    }

    fn chaos(&mut self) {
        let until = self.now + self.chance.between(MINUTE, 3 * HOUR);
        match self.chance.below(9) {
            0 => {
                self.mailbox.renumber();
                self.tell("the mailbox gets another UIDVALIDITY");
                self.at(self.now, Happening::Look);
            }
            1 if self.round.is_none() && self.mailbox.roll_back(self.house.low_water()) => {
                self.tell("the mailbox counts its UIDs anew");
                self.at(self.now, Happening::Look);
            }
            2 => {
                if let Some(typed) = self.mailbox.expunge(&mut self.chance) {
                    self.tell(format!("#{typed} is deleted from the mailbox"));
                }
            }
            3 => {
                self.server.down_until = until;
                self.tell("the submission server goes away");
            }
            4 => {
                self.server.locked_until = until;
                self.tell("the submission server refuses the account");
            }
            5 if self.chance.percent(40) => {
                let who = self.chance.below(self.people.all.len());
                let address = self.people.all[who].addresses[0].clone();
                self.tell(format!("the mailbox of {} is refused from now on", self.people.all[who].name));
                self.server.refused.push(address);
            }
            _ => self.strangers(),
        }
    }

    /// Somebody who is not expected.
    fn strangers(&mut self) {
        let who = self.any_supporter();
        let mine = |p: &crate::people::Person| p.inbox.iter().rfind(|s| s.looks == Looks::Alert).cloned();
        let to = mine(&self.people.all[who]);
        let others: Vec<Who> = self.people.supporters().filter(|o| *o != who).collect();
        let other = others.first().and_then(|other| mine(&self.people.all[*other]));
        let client = self.chance.below(self.people.clients().end);
        let (who, intent) = match (self.chance.below(5), to, other) {
            (0, to, _) => (who, Intent::Stranger { to }),
            (1 | 2, Some(to), _) if self.people.custom.proofs => (who, Intent::Forged { to }),
            (3, _, Some(to)) => (who, Intent::OthersMail { to }),
            (4, ..) => (client, Intent::List),
            _ => (who, Intent::Stranger { to: None }),
        };
        self.write(who, &intent);
    }

    /// The daemon does what there is to do, in any order.
    fn work(&mut self) {
        loop {
            let mut ready: Vec<usize> = Vec::new();
            ready.extend(self.round.is_some().then_some(0));
            ready.extend(self.kept.then_some(1));
            ready.extend((self.may_be_due && self.sending.len() < WORKERS).then_some(2));
            ready.extend(
                (0..self.sending.len()).filter(|n| self.sending[*n].ready_at <= self.now).map(|n| n + 3),
            );
            if ready.is_empty() || !self.model.broken.is_empty() {
                let Some(at) = self.sending.iter().map(|s| s.ready_at).min() else { return };
                if !self.model.broken.is_empty() {
                    return;
                }
                self.now = self.now.max(at);
                self.happen();
                continue;
            }
            match *self.chance.pick(&ready) {
                0 => self.fetch(),
                1 => self.apply(),
                2 => self.claim(),
                n => self.submit(n - 3),
            }
            self.after_step();
        }
    }

    fn after_step(&mut self) {
        self.steps += 1;
        if let Some(planted) = self.planted.take() {
            self.planted = planted.after_step(self);
        }
        let whole = self.steps.is_multiple_of(4);
        let broken = self.house.check(whole);
        self.model.broken.extend(broken);
        let pause = if self.strikes(3) { 2 * HOUR } else { SECOND };
        self.now += self.chance.between(0, pause);
        self.happen();
        if self.strikes(1) {
            self.crash(Vec::new());
        }
    }

    fn fetch(&mut self) {
        let Some(mut round) = self.round.take() else { return };
        let mut faults = Faults { on: self.now < START + DAYS * DAY, chance: &mut self.chance };
        match round.step(&mut self.mailbox, self.plan.as_ref(), &mut faults) {
            Heard::Lost => {
                self.tell("the line to the mailbox is lost");
                let at = self.now + self.chance.between(SECOND, 10 * MINUTE);
                self.at(at, Happening::Look);
            }
            Heard::Done => {}
            Heard::Nothing => self.round = Some(round),
            Heard::Tell(mut step) => {
                if let Some(planted) = &mut self.planted {
                    planted.before_keep(&mut step);
                }
                for fetched in &step.fetched {
                    self.kept |= matches!(fetched, Fetched::Mail { .. } | Fetched::TooLarge { .. });
                    if let Fetched::Unfetchable { uid } = fetched {
                        self.story.borrow_mut().tell(self.now, format!("UID {uid} cannot be fetched"));
                    }
                }
                let plan = self.house.engine().keep(&step, Timestamp::from_millis(self.now)).expect("kept");
                self.plan = Some(plan);
                self.round = Some(round);
            }
        }
    }

    fn apply(&mut self) {
        let now = Timestamp::from_millis(self.now);
        let applied = self.house.engine().apply(now).expect("applied");
        self.kept = applied.mails > 0;
        self.may_be_due = true;
    }

    fn claim(&mut self) {
        let room = WORKERS - self.sending.len();
        let now = Timestamp::from_millis(self.now);
        let due = self.house.engine().due(now, room).expect("claimed");
        self.may_be_due = !due.is_empty();
        for mut submission in due {
            if let Some(planted) = &mut self.planted {
                planted.before_submit(&mut submission, &self.people.all);
            }
            let mut faults = Faults { on: self.now < START + DAYS * DAY, chance: &mut self.chance };
            let sending = self.server.begin(submission, self.now, &mut faults);
            self.seen(&sending, false);
            self.sending.push(sending);
        }
    }

    fn settle(&mut self, settlement: Settlement) -> bool {
        let now = Timestamp::from_millis(self.now);
        self.house.engine().settle(&[settlement], now).expect("settled") == [true]
    }

    fn submit(&mut self, n: usize) {
        let mut sending = self.sending.remove(n);
        let (outbox_id, attempt) = (sending.submission.outbox_id, sending.submission.attempt);
        match sending.step(&mut self.server, self.now) {
            Next::AskDot => {
                if self.settle(Settlement::BeforeDot { outbox_id, attempt }) {
                    sending.dot_allowed(&mut self.server);
                    self.sending.push(sending);
                } else {
                    self.model.broken.push("a claim became void while it was worked on".to_owned());
                }
            }
            Next::Wait { accepted } => {
                if accepted {
                    self.seen(&sending, true);
                }
                self.sending.push(sending);
            }
            Next::Ended(outcome) => self.outcome(&sending, outcome),
        }
    }

    fn outcome(&mut self, sending: &Sending, mut outcome: SubmitOutcome) {
        let (outbox_id, attempt) = (sending.submission.outbox_id, sending.submission.attempt);
        let id = self.server.log[sending.at].message_id.clone();
        let accepted = matches!(outcome, SubmitOutcome::Accepted { .. });
        if !accepted {
            let lost =
                if self.server.log[sending.at].end == End::Accepted { ", and it was taken" } else { "" };
            self.tell(format!("<{}> {outcome:?}{lost}", short(&id)));
        }
        if self.strikes(3) {
            // The outcome is here, and nobody hears of it, or the journal alone.
            let journal = if accepted && self.chance.percent(50) { vec![id.clone()] } else { Vec::new() };
            self.model.ended(
                &id,
                false,
                journal.is_empty() && self.server.log[sending.at].dot_allowed,
                !journal.is_empty(),
            );
            return self.crash(journal);
        }
        if let Some(planted) = &mut self.planted {
            planted.before_settle(&mut outcome);
        }
        let refused = matches!(outcome, SubmitOutcome::Permanent { stage, .. } if stage >= yorisoi::mail::submission::Stage::Rcpt);
        let lost = outcome == SubmitOutcome::Unknown;
        let settled = self.settle(Settlement::Ended { outbox_id, attempt, outcome });
        if !settled {
            self.model.broken.push("an outcome did not count".to_owned());
        }
        self.server.log[sending.at].told = true;
        self.model.ended(&id, refused, lost, accepted);
        self.may_be_due = true;
    }

    /// A mail is offered to the server; when the server takes it, its reader gets it.
    fn seen(&mut self, sending: &Sending, accepted: bool) {
        let transaction = &self.server.log[sending.at];
        let sent = read(&transaction.bytes, &transaction.to, self.now);
        if !accepted {
            return self.model.transmitted(&sent, &transaction.bytes);
        }
        let reader = self.people.all.iter().position(|p| p.addresses[0] == sent.to);
        let name = reader.map_or(sent.to.as_str(), |who| &self.people.all[who].name);
        let line = format!("<{}> {:?} reaches {name}: {}", short(&sent.message_id), sent.looks, sent.subject);
        self.story.borrow_mut().tell(self.now, line);
        if self.with_mails {
            self.tell(format!("Reply-To: {}\n{}\n", sent.reply_to.as_deref().unwrap_or_default(), sent.text));
        }
        if let Some(who) = reader {
            for (after, intent) in self.people.read(who, &sent, &mut self.chance) {
                self.at(self.now + after, Happening::Write(who, intent));
            }
        }
        self.model.accepted(sent);
    }

    /// The process dies and is started again. `journal`: acceptances that the journal knows and the database does not.
    fn crash(&mut self, journal: Vec<String>) {
        self.crashes += 1;
        for sending in std::mem::take(&mut self.sending) {
            let log = &mut self.server.log[sending.at];
            if log.end == End::Open {
                log.end = End::Lost;
            }
            let (id, lost) = (log.message_id.clone(), log.dot_allowed);
            self.model.ended(&id, false, lost, false);
        }
        let within_apply = self.kept && self.crashes_within_apply < 2 && self.chance.percent(50);
        self.crashes_within_apply += usize::from(within_apply);
        self.tell(if within_apply { "the process dies within apply" } else { "the process dies" });
        self.now += self.chance.between(SECOND, MINUTE);
        self.house.crash(within_apply, &journal, self.now);
        (self.round, self.kept, self.may_be_due) = (None, true, true);
        self.at(self.now, Happening::Look);
    }

    /// Everything has come to rest: what is owed, and what is left?
    fn end(&mut self) {
        let gone: BTreeSet<usize> =
            (0..self.model.typed.len()).filter(|n| self.mailbox.never_arrived(*n)).collect();
        for number in &gone {
            let typed = &mut self.model.typed[*number];
            if matches!(typed.aim, Aim::Reply { .. }) {
                typed.aim = Aim::Reply { yes: false, no: false };
            }
        }
        let broken = self.house.check_rest(&self.mailbox, self.offices);
        self.model.broken.extend(broken);
        self.model.broken.extend(self.house.compare(&self.server));
        self.model.at_the_end(&gone, &self.huge);
    }
}

/// Enough of a Message-ID to find it in a story.
pub fn short(id: &str) -> &str {
    id.get(3..9).unwrap_or(id)
}
