//! The engine in a folder of its own, by its six verbs: what arrived is kept and applied, what is due is submitted.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use yorisoi::clock::{Timestamp, steady};
use yorisoi::domain::command::{Command, RowMending};
use yorisoi::engine::{Engine, Role, Settlement};
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::submission::{Submission, SubmitOutcome};
use yorisoi::rng::Rng;
use yorisoi::settings;

use super::letters::{RECEIVER, SERVICE};

/// So many mails are under way at one time.
const CONNECTIONS: usize = 32;

/// The word of the ledger for having read what a newcomer wrote.
const READING: &str = "reading";

/// Where the letters lie.
pub struct House {
    dir: tempfile::TempDir,
    engine: Engine,
    uid: u32,
    /// Mails that wait for the operator to look at them.
    pub quarantined: usize,
    /// How long each verb took, all in all.
    pub spent: BTreeMap<&'static str, Duration>,
}

/// The configuration of an operator who left nearly everything as it is.
fn configuration(dir: &Path, plain: bool) -> String {
    let dir = dir.display();
    let at_once = if plain { "grace = \"0s\"\nread_first = 0\n" } else { "" };
    format!(
        "[service]
name = \"よりそい便り\"
address = \"{SERVICE}\"
data_dir = \"{dir}/data\"
operators = [\"office@example.org\"]
[imap]
host = \"localhost\"
tls = \"none\"
[smtp]
host = \"localhost\"
tls = \"none\"
connections = {CONNECTIONS}
[auth]
mode = \"ar\"
trusted_authserv_ids = [\"{RECEIVER}\"]
[promise]
quiet = \"\"
{at_once}"
    )
}

impl House {
    /// A new one; gone when it is dropped. In memory where the system has such a place.
    ///
    /// # Errors
    /// A machine on which nothing can be written.
    pub fn build(seed: u64, plain: bool, now: Timestamp) -> anyhow::Result<Self> {
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let dir = tempfile::Builder::new().prefix("yorisoi-year-").tempdir_in(root)?;
        let file = dir.path().join("yorisoi.toml");
        std::fs::write(&file, configuration(dir.path(), plain))?;
        let settings =
            settings::load(&file, std::iter::empty()).map_err(|errors| anyhow::anyhow!("{errors}"))?;
        let data = &settings.service.data_dir;
        std::fs::create_dir_all(data)?;
        let (mut key, mut rng) = ([0; 32], Rng::from_seed(seed));
        rng.fill(&mut key);
        // The same seed gives the same octets.
        std::fs::write(data.join("key"), key)?;
        let engine = Engine::open(&settings, Role::Daemon, rng, now)?;
        Ok(Self { dir, engine, uid: 0, quarantined: 0, spent: BTreeMap::new() })
    }

    /// The engine, to be asked.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    fn timed<T>(&mut self, verb: &'static str, work: impl FnOnce(&mut Engine) -> T) -> T {
        let begun = steady();
        let done = work(&mut self.engine);
        *self.spent.entry(verb).or_default() += steady().saturating_sub(begun);
        done
    }

    /// What the operator types.
    ///
    /// # Errors
    /// An order that is refused.
    pub fn order(&mut self, command: &Command, now: Timestamp) -> anyhow::Result<()> {
        self.timed("order", |engine| engine.order(command, now)).with_context(|| format!("{command:?}"))?;
        Ok(())
    }

    /// The operator lets an answer go that nobody has read, if it still waits.
    ///
    /// # Errors
    /// The engine's.
    pub fn releases(&mut self, row: i64, now: Timestamp) -> anyhow::Result<()> {
        let rows = self.engine.view(|tx| tx.outbox_views())?;
        if rows.iter().any(|view| view.id == row && view.state == "held") {
            self.order(&Command::Row { row, mending: RowMending::Release }, now)?;
        }
        Ok(())
    }

    /// Mails that the mailbox has, each with the time at which it came.
    ///
    /// # Errors
    /// The engine's.
    pub fn receive(&mut self, mails: Vec<(Timestamp, Vec<u8>)>, now: Timestamp) -> anyhow::Result<()> {
        if mails.is_empty() {
            return Ok(());
        }
        let fetched = mails.into_iter().map(|(arrived, raw)| {
            self.uid += 1;
            Fetched::Mail { uid: self.uid, internal_date: Some(arrived), raw }
        });
        let fetched: Vec<Fetched> = fetched.collect();
        let listed = Some(fetched.iter().map(Fetched::uid).collect());
        let folder = "INBOX".to_owned();
        let step = FetchStep { folder, uid_validity: 1, uid_next: None, listed, fetched };
        self.timed("keep", |engine| engine.keep(&step, now))?;
        loop {
            let applied = self.timed("apply", |engine| engine.apply(now))?;
            self.quarantined += applied.quarantined;
            if applied.mails == 0 {
                return Ok(());
            }
        }
    }

    /// Does what time causes and hands over what is due, to a server that takes everything. Returns what went out, and
    /// when to come again.
    ///
    /// # Errors
    /// The engine's.
    pub fn send(&mut self, now: Timestamp) -> anyhow::Result<(Vec<Submission>, Option<Timestamp>)> {
        let mut gone = Vec::new();
        loop {
            let wake = self.timed("tick", |engine| engine.tick(now))?;
            let mut due = self.timed("due", |engine| engine.due(now, CONNECTIONS))?;
            if due.is_empty() {
                return Ok((gone, wake));
            }
            while !due.is_empty() {
                let dots =
                    due.iter().map(|s| Settlement::BeforeDot { outbox_id: s.outbox_id, attempt: s.attempt });
                let dots: Vec<Settlement> = dots.collect();
                let counted = self.timed("settle", |engine| engine.settle(&dots, now))?;
                ensure!(counted.iter().all(|counted| *counted), "a dot was not allowed");
                let ended = due.iter().map(|s| Settlement::Ended {
                    outbox_id: s.outbox_id,
                    attempt: s.attempt,
                    outcome: SubmitOutcome::Accepted { reply: "2.0.0 ok".to_owned() },
                });
                let ended: Vec<Settlement> = ended.collect();
                let claim = |engine: &mut Engine| engine.settle_and_due(&ended, now, CONNECTIONS);
                let (_, next) = self.timed("settle", claim)?;
                gone.append(&mut due);
                due = next;
            }
        }
    }

    /// How many answers the ledger has of each supporter.
    ///
    /// # Errors
    /// The engine's.
    pub fn entered(&self) -> anyhow::Result<BTreeMap<String, usize>> {
        let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
        let entries = self.engine.view(|tx| tx.entry_views(from, to, None))?;
        let mut many = BTreeMap::new();
        for entry in entries.into_iter().filter(|entry| entry.act != READING) {
            *many.entry(entry.supporter).or_default() += 1;
        }
        Ok(many)
    }

    /// How many readings of newcomers' answers it has.
    ///
    /// # Errors
    /// The engine's.
    pub fn readings(&self) -> anyhow::Result<usize> {
        let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
        let entries = self.engine.view(|tx| tx.entry_views(from, to, None))?;
        Ok(entries.iter().filter(|entry| entry.act == READING).count())
    }

    /// Octets of the database, and of what is not yet in it.
    pub fn size(&self) -> u64 {
        let files = ["yorisoi.db", "yorisoi.db-wal"].map(|file| self.dir.path().join("data").join(file));
        files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|file| file.len()).sum()
    }

    /// Every broken invariant of the database.
    ///
    /// # Errors
    /// The engine's.
    pub fn broken(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.engine.view(|tx| tx.check())?)
    }
}
