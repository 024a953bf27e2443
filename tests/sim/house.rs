//! The house under test: the engine on real files, dropped and opened again, and what its database may never say.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags};
use yorisoi::clock::Timestamp;
use yorisoi::domain::absence::Days;
use yorisoi::domain::calendar::Day;
use yorisoi::domain::command::{Command, Refusal};
use yorisoi::domain::hours::Span;
use yorisoi::domain::locale::Locale;
use yorisoi::domain::walk;
use yorisoi::engine::{Engine, EngineError, Role};
use yorisoi::mail::address::Address;
use yorisoi::mail::submission::Stage;
use yorisoi::rng::Rng;
use yorisoi::settings::{Addressing, AuthMode, JunkFolder, Promise, Receipts, Settings, UnprovenAnswers};

use crate::chance::Chance;
use crate::hours::{Hours, Points, month_and_day};
use crate::mailbox::{FOLDERS, MAX_BYTES, Mailbox};
use crate::people::{Custom, OFFICE};
use crate::plain;
use crate::submission::{End, Submissions};

/// The engine and its files.
pub struct House {
    settings: Settings,
    engine: Option<Engine>,
    dir: Option<tempfile::TempDir>,
    beside: Connection,
    seed: u64,
    low_waters: BTreeMap<i64, u32>,
    path: PathBuf,
}

/// How a house is built.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    pub seed: u64,
    /// Its address.
    pub service: &'a str,
    pub custom: Custom,
    /// The office has an address.
    pub offices: bool,
    /// When reports that wait take their steps, and the hours of people without their own.
    pub points: Points,
    pub hours: Hours,
}

fn address(text: &str) -> Address {
    Address::parse(text).expect("an address")
}

fn settings(path: &std::path::Path, plan: Plan<'_>, chance: &mut Chance) -> Settings {
    let Plan { service, custom, offices, points, hours, .. } = plan;
    let mut settings = plain::settings(path);
    let of = &mut settings.service;
    of.address = address(service);
    of.locale = *chance.pick(&[Locale::Ja, Locale::En]);
    of.operators = if offices { vec![address(OFFICE)] } else { Vec::new() };
    of.addressing = if custom.tokens { Addressing::Plus } else { Addressing::MessageId };
    of.receipts = *chance.pick(&[Receipts::First, Receipts::Always, Receipts::Never]);
    of.max_message_bytes = MAX_BYTES as u64;
    settings.promise = promise(points, hours, settings.promise);
    settings.imap.folder = FOLDERS[0].to_owned();
    settings.imap.junk = JunkFolder::Named(FOLDERS[1].to_owned());
    settings.auth.mode = if custom.proofs { AuthMode::Ar } else { AuthMode::None };
    settings.auth.trusted_authserv_ids = vec!["mx.example.jp".to_owned()];
    settings.auth.unproven_answers =
        if custom.passes { UnprovenAnswers::Pass } else { UnprovenAnswers::Confirm };
    settings
}

fn promise(points: Points, hours: Hours, usual: Promise) -> Promise {
    let part = |part: Option<(i64, i64)>| {
        part.map(|(parts, of)| walk::Part::parse(&format!("{parts}/{of}")).expect("a part"))
    };
    let Points { remind, second, tell } = points;
    let points = walk::Points { remind: part(remind), second: part(second), pool: None, tell: part(tell) };
    let (due, arrive, quiet) = (clock(hours.due), hours.arrive.map(span), hours.quiet.map(span));
    Promise { due, arrive, quiet, points, ..usual }
}

/// Minutes after midnight, of milliseconds.
pub fn clock(time: i64) -> u16 {
    u16::try_from(time / 60_000).expect("a time of day")
}

/// The same of both ends.
pub fn span((from, until): (i64, i64)) -> Span {
    Span { from: clock(from), until: clock(until) }
}

impl House {
    /// A new house in a folder of its own. In memory where the system has such a place: what a power cut does to a
    /// disk is not simulated here.
    pub fn build(plan: Plan<'_>, chance: &mut Chance, now: i64) -> Self {
        let seed = plan.seed;
        let memory = PathBuf::from("/dev/shm");
        let root = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let dir = tempfile::Builder::new().prefix("yorisoi-sim-").tempdir_in(root).expect("a folder");
        let path = dir.path().to_owned();
        let settings = settings(&path, plan, chance);
        let data = &settings.service.data_dir;
        std::fs::create_dir_all(data).expect("a folder");
        let key: Vec<u8> = (0..4).flat_map(|_| chance.bits().to_be_bytes()).collect();
        std::fs::write(data.join("key"), key).expect("the key, so that a seed gives the same run again");
        let engine = open(&settings, seed, now);
        let beside = beside(data);
        let dir = Some(dir);
        Self { settings, engine: Some(engine), dir, beside, seed, low_waters: BTreeMap::new(), path }
    }

    pub fn engine(&mut self) -> &mut Engine {
        self.engine.as_mut().expect("the engine runs")
    }

    /// The process dies and is started again. `within_apply`: after the attempts were noted, before anything came of them.
    pub fn crash(&mut self, within_apply: bool, now: i64) {
        self.engine = None;
        if within_apply {
            let sql = "UPDATE kept_mails SET attempt_open = 1 WHERE state = 'kept'";
            self.beside.execute(sql, []).expect("attempts");
        }
        self.begin(now);
    }

    fn begin(&mut self, now: i64) {
        self.seed = self.seed.wrapping_add(1);
        self.engine = Some(open(&self.settings, self.seed, now));
    }

    /// From now on the store refuses to write into a table, which a verb finds out in the middle of its work. `after`:
    /// so many rows are let through.
    pub fn refuse(&self, (change, table): (&str, &str), after: usize) {
        let when = match change {
            "INSERT" => format!(
                "(SELECT count(*) FROM {table}) >= {}",
                self.find(&format!("SELECT cast(count(*) + {after} AS TEXT) FROM {table}"))[0]
            ),
            _ => format!("NEW.rowid % 3 <> {after}"),
        };
        let sql = format!(
            "CREATE TRIGGER refuses BEFORE {change} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, 'no'); END"
        );
        self.beside.execute_batch(&sql).expect("a trigger");
    }

    /// The store writes again.
    pub fn relent(&self) {
        self.beside.execute_batch("DROP TRIGGER refuses").expect("no trigger");
    }

    /// The operator saves the database.
    pub fn back_up(&self) {
        let copy = self.path.join("older.db");
        let _ = std::fs::remove_file(&copy);
        self.beside.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).expect("a copy");
    }

    /// The operator puts the older database back; the journal stays. The daemon does not run meanwhile.
    pub fn restore(&mut self, now: i64) {
        self.engine = None;
        let data = self.settings.service.data_dir.clone();
        self.beside = Connection::open_in_memory().expect("no database");
        for file in ["yorisoi.db", "yorisoi.db-wal", "yorisoi.db-shm"] {
            let _ = std::fs::remove_file(data.join(file));
        }
        std::fs::copy(self.path.join("older.db"), data.join("yorisoi.db")).expect("the older database");
        self.beside = beside(&data);
        self.low_waters.clear();
        self.begin(now);
    }

    /// An order, through the daemon or through a command beside it.
    pub fn order(&mut self, command: &Command, beside: bool, now: i64) {
        let now = Timestamp::from_millis(now);
        if beside {
            let rng = Rng::from_seed(self.seed ^ 0xbe51de);
            let mut engine = Engine::open(&self.settings, Role::Command, rng, now).expect("a command");
            engine.order(command, now).expect("an order");
        } else {
            self.engine().order(command, now).expect("an order");
        }
    }

    /// The operator writes down that somebody is away, or takes that back; `None` when there is no such thing to do.
    pub fn absence(&mut self, supporter: &str, days: Option<(i64, i64)>, now: i64) -> Option<()> {
        let now = Timestamp::from_millis(now);
        let day = |number: i64| {
            let (month, day) = month_and_day(number);
            Day::parse(&format!("{}-{month:02}-{day:02}", if month == 1 { 2027 } else { 2026 }))
                .expect("a day")
        };
        let command = match days {
            Some((from, until)) => {
                let days = Days { from: day(from), until: day(until) };
                Command::AddAbsence { supporter: supporter.to_owned(), days }
            }
            None => {
                let rows = self.engine().view(|tx| tx.absences(None)).expect("absences");
                let id = rows.iter().rfind(|row| row.supporter == supporter)?.id;
                Command::CancelAbsence { id }
            }
        };
        match self.engine().order(&command, now) {
            Ok(_) => Some(()),
            Err(EngineError::Refused(
                Refusal::Over(_) | Refusal::AwayAlready(_) | Refusal::AbsenceGone(_),
            )) => None,
            Err(error) => panic!("an order: {error}"),
        }
    }

    /// Who has each report that waits, as the status shows it: the client's name, and the holder's.
    pub fn waiting(&self) -> Vec<String> {
        self.find(
            "SELECT c.name || '|' || coalesce(s.name, '') FROM daily_reports r JOIN clients c ON c.id = r.client_id \
             LEFT JOIN supporters s ON s.id = r.holder_id WHERE r.state = 'waiting'",
        )
    }

    /// Keeps the folder, and says where it is.
    pub fn keep_files(&mut self) -> PathBuf {
        if let Some(dir) = self.dir.take() {
            let _ = dir.keep();
        }
        self.path.clone()
    }

    /// Something done to the database behind the engine's back.
    pub fn tamper(&self, sql: &str) -> usize {
        self.beside.pragma_update(None, "foreign_keys", false).expect("a pragma");
        self.beside.execute(sql, []).expect("SQL")
    }

    /// What a query finds, a text a row.
    pub fn find(&self, sql: &str) -> Vec<String> {
        let mut statement = self.beside.prepare_cached(sql).expect("SQL");
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
        rows.map(|row| row.expect("a text")).collect()
    }

    /// What a query finds: a text and octets a row.
    pub fn rows_with_bytes(&self, sql: &str) -> Vec<(String, Vec<u8>)> {
        let mut statement = self.beside.prepare(sql).expect("SQL");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        rows.map(|row| row.expect("a row")).collect()
    }

    /// The low-water mark of a folder.
    pub fn low_water(&self, folder: usize) -> u32 {
        let sql = "SELECT coalesce(max(low_water), 0) FROM epochs WHERE ended_at IS NULL AND folder = ?1";
        self.beside.query_row(sql, [FOLDERS[folder]], |row| row.get(0)).expect("a number")
    }
}

fn beside(data: &std::path::Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(data.join("yorisoi.db"), flags).expect("the database")
}

fn open(settings: &Settings, seed: u64, now: i64) -> Engine {
    let now = Timestamp::from_millis(now);
    Engine::open(settings, Role::Daemon, Rng::from_seed(seed), now).expect("the house opens")
}

/// Each finds what must not be. (I3, I4, I14, I15 of the design.)
const NEVER: [(&str, &str); 10] = [
    (
        "SELECT 'mail ' || id || ': ' || reason FROM kept_mails WHERE reason IN ('panicked', 'not_composed', 'poisonous')",
        "our own code failed on a mail",
    ),
    ("SELECT 'mail ' || id FROM kept_mails WHERE attempts > 3", "a mail was attempted too often"),
    (
        "SELECT o.message_id FROM outbox o JOIN kept_mails m ON o.cause = 'mail ' || m.id WHERE m.reason IN \
         ('automatic_reply', 'list_mail', 'read_receipt', 'stranger', 'own_mail', 'office')",
        "something was sent in answer to a machine or a stranger",
    ),
    (
        "SELECT kind || ' ' || reason || ' ' || group_concat(message_id) FROM outbox WHERE kind <> 'office' \
         AND cause LIKE 'mail %' AND reason NOT IN ('disowned', 'set_aside', 'answered_meanwhile') \
         GROUP BY kind, cause, forward_path HAVING count(*) > 1",
        "one cause has two mails",
    ),
    // One yes may be to answers to several letters.
    (
        "SELECT group_concat(message_id) FROM outbox WHERE reason = 'answered_meanwhile' AND cause LIKE 'mail %' \
         GROUP BY cause, forward_path, day HAVING count(*) > 1 AND count(*) > (SELECT count(DISTINCT p.client_id) \
         FROM outbox p WHERE p.kind = 'pass_on' AND p.confirmation IS NOT NULL AND p.day = outbox.day)",
        "somebody hears twice that one letter was answered",
    ),
    (
        "SELECT o.message_id FROM outbox o JOIN letters l ON l.id = o.letter_id WHERE o.kind = 'pass_on' \
         AND NOT EXISTS (SELECT 1 FROM supporter_addresses a WHERE a.supporter_id = l.author_id \
         AND a.address_key = l.address_key)",
        "words were passed on from an address that is not their writer's",
    ),
    (
        "SELECT o.message_id FROM outbox o JOIN letters l ON l.id = o.letter_id WHERE o.kind = 'pass_on' \
         AND o.state NOT IN ('held', 'cancelled', 'expired') AND l.proof = 'refuted' \
         AND NOT EXISTS (SELECT 1 FROM confirmations c WHERE c.number = o.confirmation AND c.answer = 'yes')",
        "refuted words were passed on",
    ),
    (
        "SELECT o.message_id FROM outbox o LEFT JOIN clients c ON c.id = o.client_id WHERE o.kind IN ('pass_on', 'receipt', 'truth') \
         AND NOT EXISTS (SELECT 1 FROM client_addresses a WHERE a.client_id = c.id AND a.address = o.forward_path)",
        "a client's mail is addressed to somebody else",
    ),
    (
        "SELECT o.message_id FROM outbox o WHERE (o.kind IN ('alert', 'follow_up') OR o.confirmation IS NOT NULL \
         AND o.kind = 'confirmation') AND NOT EXISTS (SELECT 1 FROM supporter_addresses a JOIN supporters s ON s.id = a.supporter_id \
         WHERE a.address = o.forward_path AND s.principal_ref = o.principal_ref AND s.name = o.person)",
        "a supporter's mail is addressed to somebody else",
    ),
    (
        "SELECT hex(digest) FROM kept_mails WHERE state = 'applied' AND digest IS NOT NULL GROUP BY digest HAVING count(*) > 1",
        "one content had its effects twice",
    ),
];

/// What must not be left when everything has come to rest.
const LEFT: [(&str, &str); 5] = [
    ("SELECT 'mail ' || id FROM kept_mails WHERE state = 'kept'", "a mail waits for ever"),
    (
        "SELECT message_id || ' ' || state FROM outbox WHERE state IN ('queued', 'claimed', 'unknown', 'held')",
        "an outgoing mail waits for ever",
    ),
    (
        "SELECT 'mail ' || m.id || ' ' || m.reason FROM kept_mails m WHERE m.state = 'quarantined' AND \
         m.reason NOT IN ('too_often', 'flood', 'asked_enough') AND \
         (SELECT count(*) FROM outbox o WHERE o.kind = 'office' AND o.cause = 'mail ' || m.id) <> 1",
        "a mail in quarantine has not exactly one notice to the office",
    ),
    (
        "SELECT 'mail ' || m.id || ' ' || m.reason FROM kept_mails m WHERE m.state = 'quarantined' AND \
         m.reason IN ('too_often', 'flood', 'asked_enough') AND NOT EXISTS \
         (SELECT 1 FROM outbox o WHERE o.effect_key LIKE 'office|limit|' || m.reason || '|%')",
        "a limit was reached and the office does not know",
    ),
    (
        "SELECT 'UID ' || m.uid FROM kept_mails m JOIN epochs e ON e.id = m.epoch_id \
         WHERE m.reason = 'unfetchable' AND m.state = 'skipped' AND (SELECT count(*) FROM outbox o \
         WHERE o.effect_key LIKE 'office|uid:%:' || e.started_at || ':' || m.uid || '|%') <> 1",
        "a mail that cannot be fetched has not exactly one notice to the office",
    ),
];

impl House {
    /// Every broken invariant. `whole`: also those that take long.
    pub fn check(&mut self, whole: bool) -> Vec<String> {
        let mut broken = Vec::new();
        if whole {
            broken.extend(self.engine().view(|tx| tx.check()).expect("a check"));
            broken.extend(self.run(&NEVER));
        }
        let sql = "SELECT id || ' ' || low_water || ' ' || coalesce((SELECT max(uid) FROM kept_mails m \
             WHERE m.epoch_id = e.id), 0) FROM epochs e";
        for line in self.find(sql) {
            let numbers: Vec<i64> = line.split(' ').filter_map(|n| n.parse().ok()).collect();
            let [epoch, low, highest] = numbers[..] else { continue };
            let low = u32::try_from(low).unwrap_or(0);
            let before = self.low_waters.insert(epoch, low).unwrap_or(0);
            if low < before || i64::from(low) > highest {
                broken.push(format!(
                    "the low-water mark went from {before} to {low}; the highest row is {highest}"
                ));
            }
        }
        broken
    }

    /// What is broken now that everything has come to rest.
    pub fn check_rest(&mut self, mailbox: &Mailbox, offices: bool) -> Vec<String> {
        let mut broken = self.check(true);
        broken.extend(self.run(&LEFT[..if offices { 4 } else { 2 }]));
        for (folder, name) in FOLDERS.iter().enumerate() {
            let sql = format!(
                "SELECT cast(uid AS TEXT) FROM kept_mails m JOIN epochs e ON e.id = m.epoch_id \
                 WHERE e.ended_at IS NULL AND e.folder = '{name}'"
            );
            let rows = self.find(&sql);
            let listed = mailbox.listed(folder);
            let missing = listed.iter().filter(|uid| !rows.contains(&uid.to_string()));
            let without = |uid| format!("the server lists UID {uid} of {name}, and there is no row for it");
            broken.extend(missing.map(without));
            let epochs =
                self.find(&format!("SELECT cast(id AS TEXT) FROM epochs WHERE folder = '{name}'")).len();
            let upheavals = mailbox.folders[folder].upheavals;
            if epochs > 1 + upheavals {
                broken.push(format!("{name} was begun anew {epochs} times, {upheavals} for cause"));
            }
        }
        broken
    }

    fn run(&self, rules: &[(&str, &str)]) -> Vec<String> {
        let broken = rules
            .iter()
            .flat_map(|(sql, what)| self.find(sql).into_iter().map(move |row| format!("{what}: {row}")));
        broken.collect()
    }

    /// The outbox against what the submission server knows (I5, I6, I8, I9).
    pub fn compare(&self, server: &Submissions) -> Vec<String> {
        let mut broken = Vec::new();
        let sql = "SELECT message_id || ' ' || state || ' ' || lower(forward_path) FROM outbox";
        for line in self.find(sql) {
            let mut parts = line.splitn(3, ' ').map(str::to_owned);
            let (id, state, to) = (parts.next(), parts.next(), parts.next());
            let (Some(id), Some(state), Some(to)) = (id, state, to) else { continue };
            let of = || server.log.iter().filter(|t| t.message_id == id);
            if state == "accepted" && server.accepted(&id).next().is_none() {
                broken.push(format!("<{id}> counts as accepted, and the server never took it"));
            }
            let for_good =
                |end| matches!(end, End::Refused(stage, code) if code >= 500 && stage >= Stage::Rcpt);
            let refused = of().any(|t| for_good(t.end));
            if state == "failed" && !refused {
                broken.push(format!("<{id}> counts as refused, and the server never refused it"));
            }
            if of().any(|t| t.to != to) {
                broken.push(format!("<{id}> went to another recipient than its row says"));
            }
        }
        broken
    }
}
