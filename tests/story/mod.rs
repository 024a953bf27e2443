//! Tells a story to the engine, line by line.

mod mailer;
mod script;

use std::path::Path;

use yorisoi::clock::Timestamp;
use yorisoi::domain::absence::Days;
use yorisoi::domain::calendar::Day;
use yorisoi::domain::choosing::SupporterSet;
use yorisoi::domain::command::{Command, MailMending, RepeatMending, RowMending};
use yorisoi::engine::{BackupPlan, Engine, Role, Settlement};
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::message::Message;
use yorisoi::mail::parse::parse;
use yorisoi::mail::submission::{Submission, SubmitOutcome};
use yorisoi::rng::Rng;
use yorisoi::settings::Settings;
use yorisoi::store::{AbsenceView, EndView};

use script::{Refusal, Step, Verb};

/// A mail that the submission server accepted.
pub struct Sent {
    /// The row's kind.
    pub kind: String,
    /// The envelope's recipient.
    pub to: String,
    /// As submitted.
    pub raw: Vec<u8>,
    /// As a reader sees it.
    pub message: Message,
    /// Whether the story has expected it.
    pub expected: bool,
}

struct World {
    dir: tempfile::TempDir,
    settings: Settings,
    engine: Option<Engine>,
    now: Timestamp,
    uid: u32,
    sent: Vec<Sent>,
    refusing: Vec<Refusal>,
    arrived: Option<Timestamp>,
    /// The next mail lands in the junk folder.
    junk: bool,
    unknown: Vec<String>,
    /// The next order is refused with these words.
    refused: Option<String>,
}

/// Runs a story; the error says which line, and why.
pub fn run(text: &str) -> Result<(), String> {
    let steps = script::read(text)?;
    let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
    // The same key and the same chance in every run: goldens hold tokens and Message-IDs.
    std::fs::write(dir.path().join("key"), [7; 32]).map_err(|e| e.to_string())?;
    let settings = script::settings(dir.path());
    let now = script::instant("2026-12-01T12:00:00+09:00")?;
    let (engine, uid) = (None, 0);
    let mut world = World {
        dir,
        settings,
        engine,
        now,
        uid,
        sent: Vec::new(),
        refusing: Vec::new(),
        arrived: None,
        junk: false,
        unknown: Vec::new(),
        refused: None,
    };
    for step in &steps {
        world.step(step).map_err(|why| format!("line {}: {}: {why}", step.line, step.told))?;
    }
    world.settled()?;
    let broken = world.engine()?.view(|tx| tx.check()).map_err(|e| e.to_string())?;
    if broken.is_empty() { Ok(()) } else { Err(format!("the database is broken: {broken:?}")) }
}

impl World {
    fn engine(&mut self) -> Result<&mut Engine, String> {
        if self.engine.is_none() {
            let rng = Rng::from_seed(1);
            let engine = Engine::open(&self.settings, Role::Daemon, rng, self.now);
            self.engine = Some(engine.map_err(|e| e.to_string())?);
        }
        self.engine.as_mut().ok_or_else(|| "no engine".to_owned())
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match &step.verb {
            Verb::Set(key, value) => script::set(&mut self.settings, key, value),
            Verb::At(at) => {
                self.settled()?;
                self.now = *at;
                self.deliver()
            }
            Verb::Mail { .. } | Verb::Again(_) => {
                self.settled()?;
                let raw = match &step.verb {
                    Verb::Mail { from, header } => {
                        mailer::anew(from, header, &step.body, self.now, self.uid + 1)
                    }
                    Verb::Again(back) => self.raw(self.uid + 1 - back)?,
                    _ => return Err("no mail comes".to_owned()),
                };
                self.arrive(raw)
            }
            Verb::Reply { from, earlier, kind, style, header } => {
                self.settled()?;
                let mut those = (0..self.sent.len()).rev().filter(|at| self.sent[*at].kind == *kind);
                let answered = those.nth(*earlier).ok_or("there is no such mail to answer")?;
                let (sent, how) = (&self.sent[answered], (style.as_str(), header.as_slice()));
                let raw = mailer::reply(from, sent, how, &step.body, self.now, self.uid + 1);
                self.arrive(raw)
            }
            Verb::Refuse(_) | Verb::Allow(_) | Verb::Unknown(_) => self.server(&step.verb),
            Verb::Arrived(_) | Verb::Junk | Verb::Fetching(_) => self.server(&step.verb),
            Verb::Bounce { kind, action, status, recipient } => {
                self.settled()?;
                let bounced = self.newest(kind, None).ok_or("there is no such mail to bounce")?;
                let report = (action.as_str(), status.as_str(), recipient.as_deref());
                let raw = mailer::bounce(&self.sent[bounced], report, self.now, self.uid + 1);
                self.arrive(raw)
            }
            Verb::Crash => {
                self.settled()?;
                self.engine = None;
                self.deliver()
            }
            Verb::Backup | Verb::PutBack { .. } | Verb::Repeats(_) => self.restore(&step.verb),
            Verb::Unfetchable | Verb::AskedAgain => self.unfetchable(&step.verb),
            Verb::Machine(matter) => {
                self.settled()?;
                self.engine()?.tell_office(*matter);
                self.deliver()
            }
            Verb::Mend { how, kind } => self.mend(how, kind),
            Verb::Together { kind, to, expected } => self.together(kind, to, *expected),
            Verb::Expect { kind, to, golden } => self.expect(step, kind, to, golden.as_deref()),
            Verb::Because(_) | Verb::Day { .. } | Verb::Away { .. } => self.stands(&step.verb),
            Verb::Ledger(_) | Verb::Holder { .. } | Verb::Ends { .. } => self.stands(&step.verb),
            Verb::End => self.settled(),
            order => self.office(order),
        }
    }

    /// How things stand.
    fn stands(&mut self, verb: &Verb) -> Result<(), String> {
        match verb {
            Verb::Because(reason) => self.because(reason),
            Verb::Day { client, day, state } => self.day(client, day, state),
            Verb::Ledger(expected) => self.ledger(expected),
            Verb::Ends { client, day, expected } => self.ends(client, day, expected),
            Verb::Holder { client, day, holder } => self.holder(client, *day, holder.as_deref()),
            Verb::Away { supporter, on, client, not } => {
                let found = self.away(supporter, *on, client.as_deref())?;
                if found == *not { Err(format!("that is {found}")) } else { Ok(()) }
            }
            _ => Err("that says nothing of how things stand".to_owned()),
        }
    }

    /// How the servers behave from now on.
    fn server(&mut self, verb: &Verb) -> Result<(), String> {
        match verb {
            Verb::Refuse(refusal) => {
                self.refusing.push(refusal.clone());
                Ok(())
            }
            Verb::Fetching(works) => {
                let (failure, now) = ((!works).then_some("lost\nwait"), self.now);
                self.engine()?.note_fetch(failure, now).map_err(|e| e.to_string())?;
                self.deliver()
            }
            Verb::Allow(address) => {
                self.settled()?;
                self.refusing.retain(|refused| refused.whom != *address);
                Ok(())
            }
            Verb::Arrived(at) => {
                self.arrived = Some(*at);
                Ok(())
            }
            Verb::Junk => {
                self.junk = true;
                Ok(())
            }
            Verb::Unknown(address) => {
                self.unknown.push(address.clone());
                Ok(())
            }
            _ => Err("that is nothing that a server does".to_owned()),
        }
    }

    /// What the operator orders on the command line.
    fn office(&mut self, verb: &Verb) -> Result<(), String> {
        match verb {
            Verb::Supporter { name, address, locale } => {
                let addresses = addresses(address)?;
                self.order(Command::AddSupporter { name: name.clone(), addresses, locale: Some(*locale) })
            }
            Verb::Client { name, address, supporter, goal, locale } => {
                let (addresses, locale, second, pool) = (addresses(address)?, Some(*locale), None, false);
                let (name, goal, supporter) = (name.clone(), goal.clone(), supporter.clone());
                self.order(Command::AddClient { name, addresses, goal, locale, supporter, second, pool })
            }
            Verb::Assign { client, supporter, second } => {
                self.settled()?;
                let (client, supporter, second) = (client.clone(), supporter.clone(), second.clone());
                self.order(Command::Assign { client, supporter, second })
            }
            Verb::Hours { side, person, own } => {
                let (side, person, own) = (*side, person.clone(), own.clone());
                self.order(Command::Hours { side, person, own })
            }
            Verb::Address { side, person, address, change } => {
                self.settled()?;
                let address = Address::parse(address).map_err(|e| e.to_string())?;
                let (side, person, change) = (*side, person.clone(), *change);
                self.order(Command::Addresses { side, person, address, change })
            }
            Verb::Revoke(supporter) => {
                self.settled()?;
                self.order(Command::Revoke { supporter: supporter.clone() })
            }
            Verb::Absence { supporter, from, until: Some(until) } => {
                self.settled()?;
                let days = Days { from: *from, until: *until };
                self.order(Command::AddAbsence { supporter: supporter.clone(), days })
            }
            Verb::Absence { supporter, from, until: None } => {
                self.settled()?;
                let rows = self.engine()?.view(|tx| tx.absences(None)).map_err(|e| e.to_string())?;
                let is_it = |row: &&AbsenceView| row.supporter == *supporter && row.from == from.to_string();
                let id = rows.iter().rfind(is_it).ok_or("there is no such absence")?.id;
                self.order(Command::CancelAbsence { id })
            }
            Verb::RenewKey { at_once } => {
                self.settled()?;
                let now = self.now;
                self.engine()?.renew_key(*at_once, now).map_err(|e| e.to_string())?;
                self.deliver()
            }
            Verb::Pause { client, rests } => {
                self.settled()?;
                let client = client.clone();
                self.order(if *rests { Command::Pause { client } } else { Command::Resume { client } })
            }
            Verb::Lift(person) => {
                self.settled()?;
                self.order(Command::Lift { person: person.clone() })
            }
            _ => self.choosing(verb),
        }
    }

    /// What the operator orders about who may answer whom.
    fn choosing(&mut self, verb: &Verb) -> Result<(), String> {
        self.settled()?;
        match verb {
            Verb::Pool { side, person, agreed } => {
                let (side, person, agreed) = (*side, person.clone(), *agreed);
                self.order(Command::Pool { side, person, agreed })
            }
            Verb::Refused(why) => {
                self.refused = Some(why.clone());
                Ok(())
            }
            Verb::Reader(supporter, reader) => {
                let set = SupporterSet { reader: Some(*reader), ..SupporterSet::default() };
                self.order(Command::SetSupporter { supporter: supporter.clone(), set })
            }
            Verb::Takes { supporter, cap, month } => {
                let cap = |is_it: bool| is_it.then_some(*cap);
                let (cap_day, cap_month) = (cap(!month), cap(*month));
                let set = SupporterSet { cap_day, cap_month, ..SupporterSet::default() };
                self.order(Command::SetSupporter { supporter: supporter.clone(), set })
            }
            Verb::Off { supporter, off } => {
                let set = SupporterSet { off: Some(*off), ..SupporterSet::default() };
                self.order(Command::SetSupporter { supporter: supporter.clone(), set })
            }
            Verb::Exclude { client, supporter, end } => {
                let (client, supporter) = (client.clone(), supporter.clone());
                self.order(match end {
                    false => Command::Exclude { client, supporter },
                    true => Command::EndExclusion { client, supporter },
                })
            }
            other => self.people(other),
        }
    }

    /// What is known of a client; a supporter leaves for good.
    fn people(&mut self, verb: &Verb) -> Result<(), String> {
        match verb {
            Verb::Describe { client, about, note } => {
                let (client, about, note) = (client.clone(), about.clone(), note.clone());
                self.order(Command::Describe { client, about, note })
            }
            Verb::Leave { supporter, back } => {
                self.settled()?;
                let supporter = supporter.clone();
                self.order(if *back { Command::Return { supporter } } else { Command::Leave { supporter } })
            }
            _ => Err("that is no order".to_owned()),
        }
    }

    fn order(&mut self, command: Command) -> Result<(), String> {
        let now = self.now;
        let done = self.engine()?.order(&command, now).map_err(|e| e.to_string());
        match (done, self.refused.take()) {
            (Err(why), Some(expected)) if why.contains(&expected) => {}
            (Ok(_), Some(_)) => return Err("nothing refused it".to_owned()),
            (done, _) => drop(done?),
        }
        self.deliver()
    }

    fn arrive(&mut self, raw: Vec<u8>) -> Result<(), String> {
        self.uid += 1;
        let (uid, now) = (self.uid, self.now);
        let max = usize::try_from(self.settings.service.max_message_bytes).unwrap_or(usize::MAX);
        std::fs::write(self.dir.path().join(format!("{uid}.eml")), &raw).map_err(|e| e.to_string())?;
        let size = u64::try_from(raw.len()).unwrap_or(u64::MAX);
        let header =
            || raw[..raw.windows(4).position(|w| w == b"\r\n\r\n").map_or(raw.len(), |at| at + 4)].to_vec();
        let internal_date = self.arrived.take().or(Some(now));
        let fetched = if raw.len() > max {
            Fetched::TooLarge { uid, internal_date, size, header: header() }
        } else {
            Fetched::Mail { uid, internal_date, raw }
        };
        let step = FetchStep {
            folder: self.folder(),
            uid_validity: 1,
            uid_next: Some(uid + 1),
            listed: Some(vec![uid]),
            fetched: vec![fetched],
        };
        self.engine()?.keep(&step, now).map_err(|e| e.to_string())?;
        while self.engine()?.apply(now).map_err(|e| e.to_string())?.mails > 0 {}
        self.deliver()
    }

    /// Where the next mail lies.
    fn folder(&mut self) -> String {
        if std::mem::take(&mut self.junk) { "Junk" } else { "INBOX" }.to_owned()
    }

    /// Plays the submission server until nothing is due.
    fn deliver(&mut self) -> Result<(), String> {
        let now = self.now;
        loop {
            self.engine()?.tick(now).map_err(|e| e.to_string())?;
            let due = self.engine()?.due(now, 8).map_err(|e| e.to_string())?;
            if due.is_empty() {
                return Ok(());
            }
            for submission in due {
                self.submit(&submission)?;
            }
        }
    }

    fn submit(&mut self, submission: &Submission) -> Result<(), String> {
        let now = self.now;
        let Submission { outbox_id, attempt, envelope, bytes } = submission;
        let (outbox_id, attempt) = (*outbox_id, *attempt);
        let to = envelope.forward_path.wire();
        let refusal = self.refusing.iter().find(|refused| refused.whom == to || refused.whom == "everybody");
        let outcome = if let Some(refusal) = refusal {
            refusal.outcome()
        } else {
            let before = Settlement::BeforeDot { outbox_id, attempt };
            let counted = self.engine()?.settle(&[before], now).map_err(|e| e.to_string())?;
            if counted != [true] {
                return Err("the dot was not allowed".to_owned());
            }
            let rows = self.engine()?.view(|tx| tx.outbox_views()).map_err(|e| e.to_string())?;
            let kind = rows.iter().find(|r| r.id == outbox_id).map_or_else(String::new, |r| r.kind.clone());
            let (raw, message) = (bytes.clone(), parse(bytes));
            let unknown = self.unknown.contains(&to);
            self.sent.push(Sent { kind, to, raw, message, expected: false });
            if unknown {
                SubmitOutcome::Unknown
            } else {
                SubmitOutcome::Accepted { reply: "2.0.0 ok".to_owned() }
            }
        };
        let ended = Settlement::Ended { outbox_id, attempt, outcome };
        self.engine()?.settle(&[ended], now).map_err(|e| e.to_string())?;
        Ok(())
    }

    /// A backup; the same put back after the machine and its journal were lost; what the operator says about repeats.
    fn restore(&mut self, verb: &Verb) -> Result<(), String> {
        self.settled()?;
        let (backup, service, now) =
            (self.dir.path().join("a.backup"), self.settings.service.clone(), self.now);
        match verb {
            Verb::Backup => {
                let plan = BackupPlan::new(&service.data_dir, &backup, true).map_err(|e| e.to_string())?;
                plan.make(now).map_err(|e| e.to_string())?;
                Ok(())
            }
            Verb::PutBack { journal, unread } => {
                self.engine = None;
                if !journal {
                    std::fs::remove_dir_all(&service.journal_dir).map_err(|e| e.to_string())?;
                }
                yorisoi::engine::restore(&service, &backup, true, false, now).map_err(|e| e.to_string())?;
                if !unread {
                    self.engine()?.note_fetch(None, now).map_err(|e| e.to_string())?;
                }
                self.deliver()
            }
            Verb::Repeats(how) => {
                let mending = if how == "send" { RepeatMending::Send } else { RepeatMending::Drop };
                self.order(Command::Repeats { client: None, mending })
            }
            _ => Err("that has nothing to do with a restore".to_owned()),
        }
    }

    /// Every mail that was sent has been expected.
    fn settled(&mut self) -> Result<(), String> {
        match self.sent.iter().find(|sent| !sent.expected) {
            Some(sent) => Err(format!(
                "a mail that nobody expected: {} to {}: {}\n{}",
                sent.kind, sent.to, sent.message.subject, sent.message.text
            )),
            None => Ok(()),
        }
    }

    fn newest(&self, kind: &str, to: Option<&str>) -> Option<usize> {
        self.sent.iter().rposition(|s| s.kind == kind && to.is_none_or(|to| s.to == to))
    }

    fn raw(&self, uid: u32) -> Result<Vec<u8>, String> {
        std::fs::read(self.dir.path().join(format!("{uid}.eml"))).map_err(|e| e.to_string())
    }

    fn expect(&mut self, step: &Step, kind: &str, to: &str, golden: Option<&str>) -> Result<(), String> {
        let found = self.sent.iter_mut().find(|s| !s.expected && s.kind == kind && s.to == to);
        let sent = found.ok_or("there is no such mail")?;
        sent.expected = true;
        let names: String = sent.message.attachments.iter().map(|a| format!("[{}]\n", a.name)).collect();
        let shown = format!("Subject: {}\n{}{names}", sent.message.subject, sent.message.text);
        for (mark, line) in &step.body {
            match mark {
                '~' if !shown.contains(line.as_str()) => {
                    return Err(format!("it does not hold {line:?}:\n{shown}"));
                }
                '!' if shown.contains(line.as_str()) => {
                    return Err(format!("it must not hold {line:?}:\n{shown}"));
                }
                _ => {}
            }
        }
        golden.map_or(Ok(()), |name| compare(name, &sent.raw))
    }

    /// A mail that the server lists and does not hand out; or the question whether it is asked for again, which makes
    /// the next mail come under its UID.
    fn unfetchable(&mut self, verb: &Verb) -> Result<(), String> {
        self.settled()?;
        let again = matches!(verb, Verb::AskedAgain);
        self.uid += u32::from(!again);
        let (uid, now) = (self.uid, self.now);
        let listed = if again { Vec::new() } else { vec![uid] };
        let fetched = if again { Vec::new() } else { vec![Fetched::Unfetchable { uid }] };
        let step = FetchStep {
            folder: self.folder(),
            uid_validity: 1,
            uid_next: None,
            listed: Some(listed),
            fetched,
        };
        let plan = self.engine()?.keep(&step, now).map_err(|e| e.to_string())?;
        let expected: &[u32] = if again { &[uid] } else { &[] };
        if plan.wanted != expected {
            return Err(format!("{:?} are wanted, not {expected:?}", plan.wanted));
        }
        self.uid -= u32::from(again);
        self.deliver()
    }

    /// What the operator does to the newest outgoing mail of a kind, or to the newest mail in quarantine.
    fn mend(&mut self, how: &str, kind: &str) -> Result<(), String> {
        self.settled()?;
        let (rows, mails) = self
            .engine()?
            .view(|tx| Ok((tx.outbox_views()?, tx.quarantine_views()?)))
            .map_err(|e| e.to_string())?;
        let row = rows.iter().rev().find(|r| r.kind == kind).map(|r| r.id);
        let mail = mails.last().map(|m| m.id).filter(|_| kind == "quarantine");
        let command = match (how, row, mail) {
            ("release", _, Some(mail)) => Command::Quarantined { mail, mending: MailMending::Release },
            ("discard", _, Some(mail)) => Command::Quarantined { mail, mending: MailMending::Discard },
            ("retry", Some(row), _) => Command::Row { row, mending: RowMending::Retry },
            ("accept", Some(row), _) => Command::Row { row, mending: RowMending::Accept },
            ("cancel", Some(row), _) => Command::Row { row, mending: RowMending::Cancel },
            ("release", Some(row), _) => Command::Row { row, mending: RowMending::Release },
            ("return", Some(row), _) => Command::Row { row, mending: RowMending::Return },
            _ => return Err("there is no such mail".to_owned()),
        };
        let now = self.now;
        self.engine()?.order(&command, now).map_err(|e| e.to_string())?;
        while self.engine()?.apply(now).map_err(|e| e.to_string())?.mails > 0 {}
        self.deliver()
    }

    /// Whether the two newest mails of a kind to an address join one conversation: they name the same root.
    fn together(&self, kind: &str, to: &str, expected: bool) -> Result<(), String> {
        let of_kind = self.sent.iter().rev().filter(|s| s.kind == kind && s.to == to);
        let roots: Vec<_> = of_kind.take(2).map(|s| s.message.references.first()).collect();
        match roots.as_slice() {
            [Some(newest), Some(before)] if (newest == before) == expected => Ok(()),
            _ => Err(format!("the roots of the two newest are {roots:?}")),
        }
    }

    fn because(&mut self, reason: &str) -> Result<(), String> {
        let mails = self.engine()?.view(|tx| tx.mail_views()).map_err(|e| e.to_string())?;
        let last = mails.last().map_or("", |mail| mail.reason.as_str());
        if last == reason { Ok(()) } else { Err(format!("the last mail ended as {last:?}, not {reason}")) }
    }

    /// The whole ledger, oldest first.
    fn ledger(&mut self, expected: &[String]) -> Result<(), String> {
        let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
        let entries = self.engine()?.view(|tx| tx.entry_views(from, to, None)).map_err(|e| e.to_string())?;
        let found = entries.iter().map(|e| {
            let at = Timestamp::parse(&e.made_at).map_or_else(String::new, |at| {
                at.minute_in(&self.settings.service.timezone).replace(' ', "T")
            });
            let day = e.day.as_deref().unwrap_or("-");
            format!("{} {} {} {day} {at} {}{}", e.act, e.supporter, e.client, e.unit_price, e.currency)
        });
        let found: Vec<String> = found.collect();
        let expected: &[String] = if expected == ["nothing"] { &[] } else { expected };
        if found == expected { Ok(()) } else { Err(format!("the ledger has {found:#?}")) }
    }

    /// What the walk from supporter to supporter asks.
    fn away(&mut self, supporter: &str, on: Day, client: Option<&str>) -> Result<bool, String> {
        let found = self.engine()?.view(|tx| {
            let supporter = tx.supporter_by_name(supporter)?;
            let Some(supporter) = supporter else { return Ok(false) };
            match client.map(|name| tx.client_by_name(name)).transpose()? {
                None => tx.time_off(supporter.id, on).map(|off| off.is_away(on)),
                Some(Some(client)) => tx.time_off(supporter.id, on).map(|off| off.gave_away(client.id, on)),
                Some(None) => Ok(false),
            }
        });
        found.map_err(|e| e.to_string())
    }

    /// How a client's letters of a day ended.
    fn ends(&mut self, client: &str, day: &str, expected: &[String]) -> Result<(), String> {
        let found = self.engine()?.view(|tx| match tx.client_by_name(client)? {
            Some(client) => tx.thread_view(client.id).map(|thread| thread.reports),
            None => Ok(Vec::new()),
        });
        let reports = found.map_err(|e| e.to_string())?;
        let letters = reports.into_iter().filter(|report| report.day == day).flat_map(|it| it.letters);
        let ends = letters.filter_map(|letter| letter.end);
        let told = |end: EndView| format!("{} {}", end.end, end.by.as_deref().unwrap_or("-"));
        let found: Vec<String> = ends.map(told).collect();
        if found == expected { Ok(()) } else { Err(format!("that is {found:?}")) }
    }

    /// Who holds a report that waits.
    fn holder(&mut self, client: &str, day: Day, expected: Option<&str>) -> Result<(), String> {
        let found = self.engine()?.view(|tx| {
            let Some(client) = tx.client_by_name(client)? else { return Ok(None) };
            let holder = tx.waiting_holder(client.id, day)?;
            holder.map_or(Ok(None), |holder| tx.supporter_by_id(holder))
        });
        let found = found.map_err(|e| e.to_string())?.map(|supporter| supporter.name);
        if found.as_deref() == expected { Ok(()) } else { Err(format!("{found:?} does")) }
    }

    fn day(&mut self, client: &str, day: &str, state: &str) -> Result<(), String> {
        let thread = self.engine()?.view(|tx| match tx.find_client(client)? {
            Some(id) => tx.thread_view(id).map(Some),
            None => Ok(None),
        });
        let thread = thread.map_err(|e| e.to_string())?.ok_or("no such client")?;
        let found = thread.reports.iter().find(|report| report.day == day);
        let found = found.map_or("missing", |report| report.state.as_str());
        if found == state { Ok(()) } else { Err(format!("the report of {day} is {found}")) }
    }
}

fn addresses(text: &str) -> Result<Vec<Address>, String> {
    text.split(',').map(|a| Address::parse(a).map_err(|e| e.to_string())).collect()
}

/// Compares with `fixtures/mail-out/stories/<name>.eml`, byte for byte; `YORISOI_BLESS=1` writes it, to be read.
fn compare(name: &str, raw: &[u8]) -> Result<(), String> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail-out/stories").join(format!("{name}.eml"));
    if std::env::var_os("YORISOI_BLESS").is_some() {
        return std::fs::write(&path, raw).map_err(|e| e.to_string());
    }
    let golden = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    if golden == raw { Ok(()) } else { Err(format!("{name}.eml is not what was sent; read the difference")) }
}
