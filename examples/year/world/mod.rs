//! A year of letters: the people, the engine between them, and who watches.

pub mod calendar;
pub mod figures;
mod house;
pub mod judge;
pub mod letters;
pub mod model;
pub mod office;
pub mod people;
mod picture;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use yorisoi::clock::Timestamp;
use yorisoi::rng::Rng;

use calendar::{Calendar, Minute};
use figures::Figures;
use house::House;
use judge::{Judge, Report};
use letters::{Handed, Heard, Letter, Office};
use model::{DAY, Model};
use office::Operator;
use people::{Client, Open, Presence, Supporter};

/// What somebody does of her own accord. Numbers are those of people, and of reports and leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A client writes for a day.
    Writes(usize, i64),
    /// A supporter answers a report.
    Answers(usize, usize),
    /// A supporter announces a leave.
    Announces(usize, usize),
    /// A supporter says something to a mail that asked her.
    Says(usize, usize),
    /// The operator comes.
    OfficeOpens,
}

/// Whose address it is.
#[derive(Clone, Copy, Debug)]
enum Person {
    Client(usize),
    Supporter(usize),
    Office,
}

/// Everybody.
pub struct World {
    model: Model,
    calendar: Calendar,
    clients: Vec<Client>,
    supporters: Vec<Supporter>,
    operator: Operator,
    judge: Judge,
    house: House,
    addresses: BTreeMap<String, Person>,
    names: BTreeMap<String, usize>,
    /// What supporters will say, and to which mail.
    sayings: Vec<Option<(Letter, &'static str)>>,
    /// Answers of newcomers that nobody has read, by their outgoing mail, for the operator.
    unread: Vec<i64>,
    events: BinaryHeap<Reverse<(Minute, u64, Event)>>,
    count: u64,
    chance: Rng,
}

impl World {
    /// Everybody is known to the house, and nothing was written yet.
    ///
    /// # Errors
    /// A machine on which nothing can be written, or the engine's.
    pub fn begin(model: Model) -> anyhow::Result<Self> {
        let calendar = Calendar::new()?;
        let mut chance = Rng::from_seed(model.seed);
        let gone = people::gone(&model, &mut chance);
        let clients: Vec<Client> = (0..model.clients).map(|n| Client::new(n, &model, &mut chance)).collect();
        let seeds: Vec<u64> = (0..model.supporters).map(|_| chance.below(u64::MAX)).collect();
        let supporter =
            |(n, seed): (usize, &u64)| Supporter::new(n, &model, gone.get(&n).copied(), *seed, &mut chance);
        let supporters: Vec<Supporter> = seeds.iter().enumerate().map(supporter).collect();
        let office = [("office@example.org".to_owned(), Person::Office)];
        let clients_at =
            clients.iter().enumerate().map(|(n, client)| (client.address.clone(), Person::Client(n)));
        let supporters_at =
            supporters.iter().enumerate().map(|(n, s)| (s.address.clone(), Person::Supporter(n)));
        let mut world = Self {
            addresses: clients_at.chain(supporters_at).chain(office).collect(),
            names: supporters.iter().enumerate().map(|(n, s)| (s.name.clone(), n)).collect(),
            operator: Operator::new(&model),
            judge: Judge::default(),
            house: House::build(model.seed, model.plain, calendar.at(0))?,
            sayings: Vec::new(),
            unread: Vec::new(),
            events: BinaryHeap::new(),
            count: 0,
            model,
            calendar,
            clients,
            supporters,
            chance,
        };
        for order in world.operator.admits(&world.model, &world.clients, &world.supporters)? {
            world.house.order(&order, world.calendar.at(0))?;
        }
        world.plan();
        Ok(world)
    }

    /// What everybody will do, whatever comes.
    fn plan(&mut self) {
        let mut all = Vec::new();
        for (n, client) in self.clients.iter().enumerate() {
            all.extend(client.reports.iter().map(|(day, at)| (*at, Event::Writes(n, *day))));
        }
        for (n, supporter) in self.supporters.iter().enumerate() {
            let leaves = supporter.leaves.iter().enumerate();
            all.extend(leaves.map(|(leave, of)| (of.announced, Event::Announces(n, leave))));
        }
        let days = 0..i64::try_from(self.model.days).unwrap_or(0) + 3;
        let opens = days.filter(|day| self.calendar.is_weekday(*day));
        all.extend(opens.map(|day| (day * DAY + self.model.office_opens, Event::OfficeOpens)));
        all.into_iter().for_each(|(at, event)| self.will(at, event));
    }

    fn will(&mut self, at: Minute, event: Event) {
        self.count += 1;
        self.events.push(Reverse((at, self.count, event)));
    }

    /// The whole year, and the days after it in which the last reports come to their end. `each_day` hears how far it is.
    ///
    /// # Errors
    /// The engine's.
    pub fn run(&mut self, mut each_day: impl FnMut(&Self, i64)) -> anyhow::Result<()> {
        let end = (i64::try_from(self.model.days)? + 3) * DAY;
        let every = self.model.looks_every;
        let (mut now, mut wake, mut today) = (0, None::<Minute>, 0);
        loop {
            let next = self.events.peek().map(|Reverse((at, ..))| *at);
            let Some(next) = next.into_iter().chain(wake).min().filter(|next| *next < end) else {
                return Ok(());
            };
            // The mailbox is looked at when its time has come, and not when a mail lies there.
            now = ((next + every - 1) / every * every).max(now + every);
            if now / DAY > today {
                today = now / DAY;
                each_day(self, today);
            }
            let mut mails = Vec::new();
            while let Some(Reverse((at, _, event))) =
                self.events.peek().copied().filter(|Reverse((at, ..))| *at <= now)
            {
                self.events.pop();
                let mail = self.happens(event, at)?;
                mails.extend(mail.map(|raw| (self.calendar.at(at), raw)));
            }
            let instant = self.calendar.at(now);
            self.house.receive(mails, instant)?;
            let (gone, again) = self.house.send(instant)?;
            wake = again.map(|at: Timestamp| self.calendar.minute(at));
            for submission in gone {
                self.arrives(&submission.envelope.forward_path.wire(), &submission.bytes, now)?;
            }
        }
    }

    /// A supporter will reply to a mail with a word.
    fn will_say(&mut self, supporter: usize, letter: Letter, (at, word): (Minute, &'static str)) {
        self.sayings.push(Some((letter, word)));
        self.will(at, Event::Says(supporter, self.sayings.len() - 1));
    }

    /// She answers what lies before her. Now and then she takes it back with the next mail, and writes again.
    fn answers(&mut self, n: usize, number: usize, at: Minute) -> Option<Vec<u8>> {
        let Self { model, calendar, supporters, judge, chance, .. } = self;
        let supporter = &mut supporters[n];
        let open = supporter.open.remove(&number)?;
        if judge.reports[number].due() + model.too_late < at {
            return None;
        }
        if supporter.cannot(model) {
            return Some(letters::cannot(supporter.writer(), &open.letter, at, calendar, chance));
        }
        let raw = letters::answer(supporter.writer(), number, &open.letter, at, calendar, chance);
        if supporter.thinks_again(model) {
            supporter.open.insert(number, open.clone());
            self.will_say(n, open.letter, (at + 1, "待って"));
            self.will(at + 15, Event::Answers(n, number));
        }
        Some(raw)
    }

    /// Somebody does something; what she writes, if she does.
    fn happens(&mut self, event: Event, at: Minute) -> anyhow::Result<Option<Vec<u8>>> {
        if let Event::Answers(supporter, number) = event {
            return Ok(self.answers(supporter, number, at));
        }
        let Self { model, calendar, clients, supporters, operator, judge, house, chance, .. } = self;
        match event {
            Event::Writes(client, day) => {
                let number = judge.reports.len();
                let pair = operator.pairs[client];
                judge.reports.push(Report { client, day, written: at, pair, answered: None, told: None });
                Ok(Some(letters::report(clients[client].writer(), number, at, calendar, chance)))
            }
            Event::Answers(..) => Ok(None),
            Event::Says(supporter, saying) => {
                let supporter = &supporters[supporter];
                let Some((letter, word)) = self.sayings[saying].take() else { return Ok(None) };
                if word == "はい" && supporter.open.len() >= model.busy_from {
                    return Ok(None);
                }
                Ok(Some(letters::reply(supporter.writer(), &letter, &format!("{word}\r\n"), at, calendar)))
            }
            Event::Announces(supporter, leave) => {
                judge.leaves.0 += 1;
                let supporter = &supporters[supporter];
                Ok(Some(letters::leave(supporter.writer(), supporter.leaves[leave].days, at, calendar)))
            }
            Event::OfficeOpens => {
                let orders = operator.comes(at, calendar, model, house.engine(), (clients, supporters))?;
                for order in orders {
                    house.order(&order, calendar.at(at))?;
                }
                for row in self.unread.drain(..) {
                    house.releases(row, calendar.at(at))?;
                }
                Ok(None)
            }
        }
    }

    /// Somebody gets a mail.
    fn arrives(&mut self, address: &str, octets: &[u8], now: Minute) -> anyhow::Result<()> {
        self.judge.mails += 1;
        let letter = letters::read(octets).ok_or_else(|| anyhow::anyhow!("a mail of ours cannot be read"))?;
        match self.addresses.get(address).copied() {
            Some(Person::Client(n)) => self.client_reads(n, &letter, now),
            Some(Person::Supporter(n)) => self.supporter_reads(n, letter, now),
            Some(Person::Office) => match letter.for_office() {
                Office::Unanswered(_) => self.judge.unanswered += 1,
                Office::Known => {}
                Office::Unread(row) => self.unread.push(row),
                Office::Odd => {
                    self.judge.odd(|| format!("to the office: {}\n{}", letter.subject, letter.text))
                }
            },
            None => self.judge.misdirected += 1,
        }
        Ok(())
    }

    fn client_reads(&mut self, client: usize, letter: &Letter, now: Minute) {
        match letter.for_client() {
            Heard::Answer(number) => {
                let by = self.names.get(&letter.from).copied();
                self.judge.answered(number, client, by, now);
            }
            Heard::Truth(day) => self.judge.told(client, self.calendar.day_named(&day, now), now),
            Heard::Told => {}
            Heard::Odd => self.judge.odd(|| format!("to a client: {}\n{}", letter.subject, letter.text)),
        }
    }

    /// She keeps it before her, and answers when she comes to it.
    fn supporter_reads(&mut self, n: usize, letter: Letter, now: Minute) {
        let supporter = &mut self.supporters[n];
        match letter.for_supporter() {
            Handed::Report(number) => {
                self.judge.given(n, number, now);
                if supporter.open.insert(number, Open { letter }).is_none()
                    && let Some(at) = supporter.answers_at(now, &self.model)
                {
                    self.will(at, Event::Answers(n, number));
                }
            }
            // Whoever has answered already leaves it.
            Handed::Reminder(number) => {
                if let Some(open) = supporter.open.get_mut(&number) {
                    open.letter = letter;
                }
            }
            Handed::Released(letters) => {
                for (client, day) in letters {
                    let day = self.calendar.day_named(&day, now);
                    let is_it = |number: &usize| {
                        let report = &self.judge.reports[*number];
                        self.clients[report.client].name == client && Some(report.day) == day
                    };
                    if let Some(number) = supporter.open.keys().copied().find(is_it) {
                        supporter.open.remove(&number);
                    }
                }
            }
            Handed::Ask => {
                self.judge.asks += 1;
                if let Some(says) = supporter.takes_one(now, &self.model) {
                    self.will_say(n, letter, says);
                }
            }
            handed @ (Handed::Read | Handed::ReadEnough | Handed::Back(_)) => {
                self.about_newcomers(n, &handed, letter, now);
            }
            handed @ (Handed::SetAside | Handed::Meant | Handed::TakenBack) => {
                self.about_her_words(n, &handed, letter, now);
            }
            Handed::LeaveNoted => self.judge.leaves.1 += 1,
            // Of a letter that somebody else took she need not say whether she takes it.
            Handed::News => {
                let asked = |saying: &Option<(Letter, &str)>| {
                    saying.as_ref().is_some_and(|(asked, _)| asked.message_id == letter.below)
                };
                if let Some(saying) = self.sayings.iter_mut().rev().take(1000).find(|saying| asked(saying)) {
                    *saying = None;
                }
            }
            Handed::Odd => self.judge.odd(|| format!("to a supporter: {}\n{}", letter.subject, letter.text)),
        }
    }

    /// What she wrote has not gone.
    fn about_her_words(&mut self, n: usize, handed: &Handed, letter: Letter, now: Minute) {
        match handed {
            Handed::SetAside => {
                self.judge.set_aside += 1;
                if let Some(says) = self.supporters[n].settles(now, &self.model) {
                    self.will_say(n, letter, says);
                }
            }
            Handed::Meant => {
                self.judge.held_for_meaning += 1;
                self.will_say(n, letter, (now + 2, "事務局"));
            }
            _ => self.judge.recalled += 1,
        }
    }

    /// What a newcomer wrote is read first: by her, or it was hers.
    fn about_newcomers(&mut self, n: usize, handed: &Handed, letter: Letter, now: Minute) {
        let supporter = &mut self.supporters[n];
        match handed {
            Handed::Read => {
                if let Some(says) = supporter.reads(now, &self.model) {
                    self.will_say(n, letter, says);
                }
            }
            // She writes it anew.
            Handed::Back(number) => {
                if supporter.open.insert(*number, Open { letter }).is_none()
                    && let Some(at) = supporter.answers_at(now, &self.model)
                {
                    self.will(at, Event::Answers(n, *number));
                }
            }
            _ => {
                let is_it = |saying: &&mut Option<(Letter, &str)>| {
                    saying.as_ref().is_some_and(|(asked, _)| letter.ends(asked))
                };
                self.sayings.iter_mut().rev().take(1000).filter(is_it).for_each(|saying| *saying = None);
            }
        }
    }

    /// How long the engine took so far, verb by verb, in seconds.
    pub fn spent(&self) -> String {
        let spent = self.house.spent.iter().map(|(verb, time)| format!("{verb} {:.1}", time.as_secs_f64()));
        spent.collect::<Vec<_>>().join(", ")
    }

    /// What came of it all.
    ///
    /// # Errors
    /// The engine's.
    pub fn figures(&self) -> anyhow::Result<Figures> {
        let broken = self.house.broken()?;
        anyhow::ensure!(broken.is_empty(), "the database is broken: {broken:?}");
        let days = 0..i64::try_from(self.model.days)?;
        let mut away = [0_usize; 3];
        let mut a_day = Vec::new();
        for day in days {
            let on = |presence| self.supporters.iter().filter(|s| s.presence(day * DAY) == presence).count();
            let those = [Presence::OnLeave, Presence::Ill, Presence::Gone].map(on);
            (0..3).for_each(|n| away[n] += those[n]);
            a_day.push(those.iter().sum());
        }
        let caps: Vec<u32> = self.supporters.iter().map(|supporter| supporter.cap).collect();
        let mut figures = Figures::new(&self.model, &self.judge, away, &a_day, &caps);
        (figures.moves, figures.database_mb) = (self.operator.moves, self.house.size() >> 20);
        figures.quarantined = self.house.quarantined;
        figures.newcomers_read = self.house.readings()?;
        // What reached a client and is not in the ledger, which the operator pays by.
        let entered = self.house.entered()?;
        let counted = |name: &String| entered.get(name).copied().unwrap_or(0);
        let reached = self.judge.reached.iter();
        let uncounted = reached.map(|(n, many)| many.saturating_sub(counted(&self.supporters[*n].name)));
        figures.uncounted_work = uncounted.sum();
        Ok(figures)
    }
}
