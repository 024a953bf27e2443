//! The world: virtual time, an agenda of what people do and what befalls them, and the daemon beside it (`steps`). The
//! world plays the network; the house decides.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use yorisoi::clock::{Timestamp, Zone};
use yorisoi::domain::command::Command;
use yorisoi::domain::hours::OwnHours;
use yorisoi::domain::locale::Locale;
use yorisoi::domain::people::Side;
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::FetchPlan;

use crate::hours::{Hours, Points, TOKYO};
use crate::house::{House, Plan, clock, span};
use crate::mailbox::{MAX_BYTES, Mailbox, Round, Stored};
use crate::model::{Aim, Looks, Model, Sent, Typed, Who};
use crate::people::{Custom, Intent, OFFICE, People, SERVICE};
use crate::planted::Planted;
use crate::script::{Faults, Mode, Script};
use crate::story::{DAY, HOUR, MINUTE, SECOND, START, Story};
use crate::submission::{Sending, Submissions};
use crate::writing::When;

/// Days on which people write and things fail.
const DAYS: i64 = 4;
/// Most mails that people write by themselves or in reaction.
const MOST_TYPED: usize = 60;

/// Whether things fail then.
pub fn is_on(now: i64) -> bool {
    now < START + DAYS * DAY
}

/// When reports that wait take their steps, and the hours of people without their own.
fn promised(script: &Script, custom: Custom) -> (Points, Hours) {
    let mut chance = script.chance("promise");
    let drawn = (Points::draw(&mut chance), Hours::draw(&mut chance));
    if custom.walks { drawn } else { (Points::default(), TOKYO) }
}

/// What happens at some time.
pub enum Happening {
    Write(Who, Intent),
    Arrive(usize, Stored),
    /// Whose, by whom, and who is the second one, where that changes.
    Assign(Who, Who, Option<Who>),
    /// The operator writes down that somebody is away on these days, or takes the last such thing back.
    Absence(Who, Option<(i64, i64)>),
    Chaos,
    Look(usize),
}

/// What was true when the database was saved.
#[derive(Clone)]
pub struct Saved {
    /// What had been kept.
    pub handed: BTreeSet<usize>,
    /// How many orders had been given.
    pub assigned: usize,
    pub absences: usize,
}

/// See the module's head.
pub struct World {
    pub now: i64,
    /// The clock of our machine is wrong by so much.
    pub skew: i64,
    pub script: Script,
    pub story: Rc<RefCell<Story>>,
    pub model: Model,
    pub house: House,
    pub server: Submissions,
    pub planted: Option<Planted>,
    pub people: People,
    pub mailbox: Mailbox,
    agenda: BTreeMap<(i64, u64), (String, Happening)>,
    next: u64,
    pub round: Option<Round>,
    pub plan: Option<FetchPlan>,
    pub sending: Vec<Sending>,
    pub kept: bool,
    pub may_be_due: bool,
    pub crashes_within_apply: usize,
    looked_again: bool,
    /// When something happened last.
    stirred: i64,
    offices: bool,
    huge: BTreeSet<usize>,
    pub saved: Option<Saved>,
    pub assigned: Vec<(Who, Who, Option<Who>)>,
    /// Until then the mailbox cannot be reached.
    pub mailbox_down_until: i64,
    /// The story shows whole mails.
    pub with_mails: bool,
    /// Steps of the daemon.
    pub steps: usize,
    pub crashes: usize,
}

impl World {
    pub fn new(script: Script, story: Rc<RefCell<Story>>) -> Self {
        let (seed, mut chance) = (script.seed, script.chance("founding"));
        let custom = Custom {
            proofs: chance.percent(40),
            passes: chance.percent(35),
            tokens: chance.percent(75),
            restores: chance.percent(30),
            walks: script.chance("walks").percent(75),
            sets_clock: script.chance("sets clock").percent(35),
        };
        let (points, hours) = promised(&script, custom);
        let people = People::new(custom, hours, seed, &mut chance);
        let offices = chance.percent(85);
        let house =
            House::build(Plan { seed, service: SERVICE, custom, offices, points, hours }, &mut chance, START);
        let office = if offices { vec![OFFICE.to_owned()] } else { Vec::new() };
        let mut model = Model::new(people.profiles(), office);
        model.walks.points = points;
        model.walks.skews.push((START, 0));
        let loses = if chance.percent(15) { 30 } else { 0 };
        let mut world = Self {
            now: START,
            skew: 0,
            script,
            story,
            model,
            house,
            server: Submissions { loses, ..Submissions::default() },
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
            stirred: START,
            offices,
            huge: BTreeSet::new(),
            saved: None,
            assigned: Vec::new(),
            mailbox_down_until: 0,
            with_mails: std::env::var_os("YORISOI_SIM_MAILS").is_some(),
            steps: 0,
            crashes: 0,
        };
        if custom.walks {
            world.tell(format!("{points:?} {hours:?}"));
        }
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

    /// What our machine takes for now.
    pub fn clock(&self) -> Timestamp {
        Timestamp::from_millis(self.now + self.skew)
    }

    /// What a clock that nobody sets tells.
    pub fn steady(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.now - START).unwrap_or(0))
    }

    pub fn at(&mut self, at: i64, id: String, happening: Happening) {
        self.next += 1;
        self.agenda.insert((at.max(self.now), self.next), (id, happening));
    }

    /// The daemon looks into a folder then.
    pub fn look(&mut self, at: i64, folder: usize) {
        self.at(at, String::new(), Happening::Look(folder));
    }

    pub fn faults(&mut self) -> Faults<'_> {
        Faults { on: is_on(self.now), now: self.now, script: &mut self.script }
    }

    pub fn is_whole(&self) -> bool {
        self.script.mode == Mode::Whole
    }

    /// The operator adds everybody; some clients have nobody at first.
    fn found(&mut self) {
        for who in 0..self.people.all.len() {
            let person = &self.people.all[who];
            let addresses: Vec<Address> =
                person.addresses.iter().map(|a| Address::parse(a).expect("an address")).collect();
            let locale = Some(if person.japanese { Locale::Ja } else { Locale::En });
            let (name, to) = (person.name.clone(), addresses.clone());
            let answers = Command::AddSupporter { name, addresses: to, locale };
            let (name, goal) = (person.name.clone(), String::new());
            let (supporter, second, pool) = (None, None, false);
            let writes = Command::AddClient { name, addresses, goal, locale, supporter, second, pool };
            let roles = [(person.is_supporter, answers), (person.is_client, writes)];
            for (_, command) in roles.into_iter().filter(|(has, _)| *has) {
                self.house.order(&command, false, self.now);
            }
            self.tell_hours(who);
        }
        let mut chance = self.script.chance("assignments");
        for client in self.people.clients() {
            let mut supporters = self.people.supporters();
            supporters.retain(|who| *who != client);
            let supporter = *chance.pick(&supporters);
            let late = chance.percent(12);
            let at = if late { chance.between(HOUR, 2 * DAY) } else { 0 };
            let second = self.second_for(client, supporter);
            self.at(START + at, format!("assign {client}"), Happening::Assign(client, supporter, second));
            if chance.percent(12) {
                let (another, at) = (*chance.pick(&supporters), chance.between(DAY, 3 * DAY));
                let id = format!("assign {client} anew");
                self.at(START + at, id, Happening::Assign(client, another, None));
            }
            let mut chance = self.script.chance(&format!("second {client}"));
            if chance.percent(10) {
                let (second, at) = (self.second_for(client, supporter), chance.between(DAY, 3 * DAY));
                self.at(
                    START + at,
                    format!("assign {client} second"),
                    Happening::Assign(client, supporter, second),
                );
            }
        }
        for day in 0..DAYS {
            let mut chance = self.script.chance(&format!("day {day}"));
            for (at, who, intent) in self.people.day(day, &mut chance) {
                let id = self.script.name(&format!("write {day}/{who}"));
                self.at(at, id, Happening::Write(who, intent));
            }
            self.absences_of(day);
            for n in 0..if self.is_whole() { 4 } else { 0 } {
                let at = START + day * DAY + chance.between(0, DAY);
                self.at(at, format!("chaos {day}/{n}"), Happening::Chaos);
            }
        }
    }

    /// The operator tells the house somebody's own hours.
    fn tell_hours(&mut self, who: Who) {
        let person = &self.people.all[who];
        let (hours, is_client, is_supporter) = (person.hours, person.is_client, person.is_supporter);
        if !person.own_hours {
            return;
        }
        let supporters = OwnHours {
            zone: Some(Zone::named(hours.zone).expect("a zone")),
            quiet: Some(hours.quiet.map(span)),
            ..OwnHours::default()
        };
        let clients = OwnHours {
            due: Some(clock(hours.due)),
            arrive: Some(hours.arrive.map(span)),
            ..supporters.clone()
        };
        let name = person.name.clone();
        for (side, own, has) in
            [(Side::Supporter, supporters, is_supporter), (Side::Client, clients, is_client)]
        {
            let command = Command::Hours { side, person: name.clone(), own };
            if has {
                self.house.order(&command, false, self.now);
            }
        }
        let who = format!("{name} has hours of her own: {hours:?}");
        self.tell(who);
    }

    /// Somebody for the days on which a client's supporter cannot, for most clients.
    fn second_for(&mut self, client: Who, supporter: Who) -> Option<Who> {
        let mut chance = self.script.chance(&format!("second for {client}"));
        let mut others = self.people.supporters();
        others.retain(|who| *who != client && *who != supporter);
        let has = self.people.custom.walks && !others.is_empty() && chance.percent(85);
        has.then(|| *chance.pick(&others))
    }

    /// What the operator writes down of absences on a day.
    fn absences_of(&mut self, day: i64) {
        let mut chance = self.script.chance(&format!("absences {day}"));
        if self.people.custom.walks && chance.percent(12) {
            let (who, at) =
                (self.any_supporter(&mut chance), START + day * DAY + chance.between(6 * HOUR, 23 * HOUR));
            let from = TOKYO.day(at) + chance.between(0, 3);
            let days = (from, from + chance.between(0, 2));
            self.at(at, format!("absence {day}"), Happening::Absence(who, Some(days)));
            if chance.percent(40) {
                let at = at + chance.between(HOUR, DAY);
                self.at(at, format!("absence {day} cancelled"), Happening::Absence(who, None));
            }
        }
    }

    /// Nobody reads the mailbox any more.
    pub fn went_blind(&mut self) {
        self.model.walks.blind_since.get_or_insert(self.now);
    }

    /// A look at the mailbox failed.
    pub fn has_failed_to_read(&mut self) {
        self.went_blind();
        if self.people.custom.walks {
            let now = self.clock();
            self.house.engine().note_fetch(Some("the line was lost\nwait"), now).expect("a note");
        }
    }

    /// The mailbox was read to its end.
    pub fn has_read(&mut self) {
        if self.people.custom.walks {
            let now = self.clock();
            self.house.engine().note_fetch(None, now).expect("a note");
        }
        self.model.walks.blind_since = None;
    }

    /// Everything that was kept has been understood.
    pub fn took_in(&mut self) {
        for number in &self.mailbox.handed {
            self.model.walks.took_in(*number, self.now);
        }
    }

    pub fn any_supporter(&mut self, chance: &mut crate::chance::Chance) -> Who {
        *chance.pick(&self.people.supporters())
    }

    /// Runs until everything has come to rest; what is broken is in the model.
    pub fn run(&mut self) {
        while self.model.broken.is_empty() {
            if self.model.walks.blind_since.is_none() {
                // It waits for news in the mailbox, or looks every few minutes.
                self.has_read();
            }
            let now = self.clock();
            let Some(wake) = self
                .engine_does(&["UPDATE outbox", "INSERT outbox", "UPDATE daily_reports"], |e| e.tick(now))
            else {
                continue;
            };
            let wake = wake.map(|at| at.millis() - self.skew);
            let happening = self.agenda.keys().next().map(|(at, _)| *at);
            // What the office hears day after day of those who wait is no unrest.
            let soon = self.now + HOUR;
            let wake = wake.filter(|at| happening.is_some() || *at < soon || !self.rests());
            let Some(next) = wake.into_iter().chain(happening).min() else {
                if std::mem::replace(&mut self.looked_again, true) {
                    break;
                }
                // What could not be fetched is asked for once more after a day.
                (0..2).for_each(|folder| self.look(self.now + 25 * HOUR, folder));
                continue;
            };
            if self.now > START + 58 * DAY {
                return self.model.broken.push("it never comes to rest".to_owned());
            }
            self.may_be_due |= wake.is_some_and(|wake| wake <= next);
            self.now = self.now.max(next);
            self.happen();
            let began = self.now;
            self.work();
            if self.now - began > MINUTE {
                self.model.walks.unable.push((began, self.now));
            }
        }
        if self.model.broken.is_empty() {
            self.end();
        }
    }

    /// Whether for long nothing went out but what the office hears each day of letters that nobody answers.
    fn rests(&self) -> bool {
        let others = self.model.passages.values().filter(|p| p.sent.looks != Looks::Unanswered);
        let last = others.map(|p| p.sent.at).max().unwrap_or(START).max(self.stirred);
        let patience = if self.looked_again { 2 * DAY } else { 8 * DAY };
        self.now > last + patience
    }

    /// Everything on the agenda that is due.
    pub fn happen(&mut self) {
        while let Some(entry) = self.agenda.first_entry().filter(|e| e.key().0 <= self.now) {
            let (id, happening) = entry.remove();
            self.stirred = self.now;
            match happening {
                Happening::Look(folder) if self.round.is_some() => self.look(self.now + MINUTE, folder),
                Happening::Look(folder) => (self.round, self.plan) = (Some(Round::towards(folder)), None),
                Happening::Arrive(folder, mail) => self.arrive(folder, mail),
                _ if !self.script.may(self.now, &id) => {}
                Happening::Write(who, intent) => self.write(&id, who, &intent),
                Happening::Assign(client, supporter, second) => self.assign(&id, client, supporter, second),
                Happening::Absence(who, days) => self.absence(who, days),
                Happening::Chaos => self.chaos(&id),
            }
        }
    }

    fn arrive(&mut self, folder: usize, mail: Stored) {
        self.model.walks.arrived.entry(mail.typed).or_insert(mail.at);
        self.mailbox.deliver(folder, mail);
        // IDLE tells at once, or a poll finds it.
        let mut chance = self.script.draw("news");
        let after = if chance.percent(70) { SECOND } else { 10 * MINUTE };
        let after = if self.is_whole() { chance.between(0, after) } else { 0 };
        self.look(self.now + after, folder);
    }

    pub fn write(&mut self, id: &str, who: Who, intent: &Intent) {
        if self.is_whole() && self.model.typed.len() >= MOST_TYPED && !matches!(intent, Intent::Reply { .. })
        {
            return;
        }
        let mut chance = self.script.chance(id);
        let when = When { at: self.now, number: self.model.typed.len() };
        let mut written = self.people.write(who, intent, when, &self.model.typed, &mut chance);
        if let Intent::DeliveryReport { of } = intent {
            self.model.walks.reported.insert(of.to.clone());
        }
        id.clone_into(&mut written.typed.id);
        self.tell(format!("#{} {} [{}]", when.number, written.what, written.typed.words.join(" ")));
        if self.with_mails {
            let text = yorisoi::mail::parse::parse(&written.raw).text;
            self.tell(format!("To: {}\n{text}\n", written.to));
        }
        let report = written.typed.aim == Aim::Report;
        let again = (report && self.is_whole() && chance.percent(4)).then(|| written.typed.clone());
        let raw = written.raw.clone();
        self.put(written.typed, written.raw, &mut chance);
        if let Some(typed) = again {
            self.tell(format!("#{} is #{} again, under another Message-ID", when.number + 1, when.number));
            let text = String::from_utf8_lossy(&raw).replacen("Message-ID: <", "Message-ID: <again.", 1);
            // Charsets that are not UTF-8 stay whole only in mails that are 7-bit.
            let raw = if raw.is_ascii() { text.into_bytes() } else { raw };
            self.put(typed, raw, &mut chance);
        }
    }

    /// What was typed is on its way to the mailbox.
    fn put(&mut self, typed: Typed, raw: Vec<u8>, chance: &mut crate::chance::Chance) {
        let number = self.model.typed.len();
        let is_reply = matches!(typed.aim, Aim::Reply { .. });
        self.model.typed.push(typed);
        let mut faults = self.faults();
        let sick = faults.strike("sick", 6).map_or(0, |mut chance| *chance.pick(&[1, 2, 3, u32::MAX]));
        let announced = faults.strike("size", 3).map(|mut chance| *chance.pick(&[0, 1, 500_000_000]));
        let delayed = faults.strike("delayed", 15).map(|mut chance| chance.percent(25) && !is_reply);
        let copies = if faults.strikes("copy", 7) { 2 } else { 1 };
        let junk = faults.strike("junk", 6).map(|mut chance| chance.percent(50));
        if raw.len() > MAX_BYTES || announced.is_some_and(|size| size > MAX_BYTES as u64) {
            self.huge.insert(number);
            self.model.walks.cut.insert(number);
        }
        let wait = match delayed {
            Some(true) => 3 * DAY,
            Some(false) => 2 * HOUR,
            None => 2 * MINUTE,
        };
        let at = self.now + chance.between(SECOND, wait);
        if junk == Some(false) {
            self.model.junked.insert(number);
        }
        // In both folders, or in Junk alone.
        let folders: &[usize] = match junk {
            Some(true) => &[0, 1],
            Some(false) => &[1],
            None => &[0],
        };
        for copy in 0..copies {
            let trace = format!("Delivered-To: care@example.jp\r\nReceived: by mx{copy} with LMTP\r\n");
            let raw = [trace.as_bytes(), &raw].concat();
            let at = at + copy * chance.between(0, 2 * HOUR);
            for folder in folders {
                let mail = Stored { typed: number, raw: raw.clone(), at, sick, announced };
                self.at(at, String::new(), Happening::Arrive(*folder, mail));
            }
        }
    }

    fn absence(&mut self, who: Who, days: Option<(i64, i64)>) {
        let name = self.people.all[who].name.clone();
        if self.house.absence(&name, days, self.now + self.skew).is_none() {
            return;
        }
        let what = days.map_or("an absence is taken back".to_owned(), |days| format!("away on {days:?}"));
        self.tell(format!("the operator writes down of {name}: {what}"));
        self.model.walks.written_down.extend(days.map(|(from, until)| (who, from, until)));
    }

    fn assign(&mut self, id: &str, client: Who, supporter: Who, second: Option<Who>) {
        let name = |who: Who| self.people.all[who].name.clone();
        let other = second.map_or(String::new(), |who| format!(", and {} is the second one", name(who)));
        self.tell(format!("{} is assigned to {}{other}", name(client), name(supporter)));
        self.model.assigned(self.now, client, supporter);
        self.assigned.push((client, supporter, second));
        let beside = self.script.chance(id).percent(40);
        self.assign_now(client, supporter, second, beside);
    }

    pub fn assign_now(&mut self, client: Who, supporter: Who, second: Option<Who>, beside: bool) {
        let name = |who: Who| self.people.all[who].name.clone();
        let other = second.map(name);
        let command = Command::Assign { client: name(client), supporter: name(supporter), second: other };
        self.model.walks.rounds.push((self.now, client));
        self.model.walks.seconds.extend(second.map(|second| (self.now, client, second)));
        self.house.order(&command, beside, self.now + self.skew);
    }

    /// Somebody finds a mail in her inbox, and will react to it.
    pub fn read(&mut self, who: Who, sent: &Sent) {
        if self.people.all[who].inbox.iter().any(|s| s.message_id == sent.message_id) {
            return;
        }
        // A reaction has the name of what it is a reaction to, not of the mail, whose octets hold the hour.
        let about = format!("{}\n{}", sent.subject, sent.news);
        let words = |t: &&Typed| t.words.iter().chain(&t.subject_words).any(|w| about.contains(w.as_str()));
        let parent = self.model.typed.iter().rfind(words).map(|t| t.id.clone());
        let parent = parent.unwrap_or_else(|| format!("{} {}", sent.subject, sent.at / HOUR));
        let hash = crate::chance::Chance::of(0, &parent).bits() & 0xff_ffff;
        let id = self.script.name(&format!("{:?} {hash:06x}/{who}", sent.looks));
        let mut chance = self.script.chance(&id);
        for (n, (after, intent)) in self.people.read(who, sent, &mut chance).into_iter().enumerate() {
            self.at(self.now + after, format!("{id}.{n}"), Happening::Write(who, intent));
        }
    }

    /// Whatever waits still has one holder: one who was to answer her, or to stand in.
    fn check_holders(&mut self) {
        let number = |name: &str| self.people.all.iter().position(|p| p.name == name);
        let mut wrong = Vec::new();
        for line in self.house.waiting() {
            let (client, holder) = line.split_once('|').expect("two names");
            let Some(of) = number(client) else { continue };
            let mut may =
                self.model.holders.iter().filter(|h| h.1 == of).map(|h| h.2).chain(self.model.seconds_of(of));
            let held = match number(holder) {
                Some(holder) => may.any(|who| who == holder),
                None => may.next().is_none(),
            };
            if !held {
                wrong.push(format!("a letter of {client} waits with \"{holder}\""));
            }
        }
        self.model.walks.count("letters that wait at the end");
        self.model.broken.extend(wrong);
    }

    /// Everything has come to rest: what is owed, and what is left?
    fn end(&mut self) {
        let gone: BTreeSet<usize> =
            (0..self.model.typed.len()).filter(|n| self.mailbox.never_arrived(*n)).collect();
        // What nobody saw says nothing.
        for number in gone.iter().chain(&self.huge) {
            let typed = &mut self.model.typed[*number];
            if matches!(typed.aim, Aim::Reply { .. }) {
                typed.aim = Aim::Reply { yes: false, no: false, leave: false };
            }
        }
        let broken = self.house.check_rest(&self.mailbox, self.offices);
        self.model.broken.extend(broken);
        self.model.broken.extend(self.house.compare(&self.server));
        self.check_holders();
        self.model.at_the_end(&gone, &self.huge);
    }
}
