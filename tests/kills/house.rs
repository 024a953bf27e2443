//! One installation in a lab that many share: its own service address, people and database; its lives and deaths.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use rusqlite::Connection;

use crate::lab::{Lab, Setup};
use crate::reading::Received;
use crate::writing::{Letter, Person, Side};

/// Longer than any life takes on a busy machine.
const LIFE: Duration = Duration::from_secs(60);
/// Longer than a delivery takes.
const SOON: Duration = Duration::from_secs(30);
const SIGABRT: i32 = 6;
/// One mail on its way at a time: so it is known which one a death may double.
const ONE_AT_A_TIME: (&str, &str) = ("YORISOI__SMTP__CONNECTIONS", "1");

/// See the module's head.
pub struct House<'a> {
    pub lab: &'a Lab,
    pub config: PathBuf,
    pub data: PathBuf,
    pub service: String,
    pub haru: Person,
    pub ai: Person,
    pub office: String,
    reached: PathBuf,
}

/// The addresses of the `number`-th house, all of the same length: service, client, supporter, office.
pub fn addresses(number: usize) -> [String; 4] {
    [
        format!("care-{number:04}@lab.test"),
        format!("haru-{number:04}@example.jp"),
        format!("ai-{number:04}@example.org"),
        format!("office-{number:04}@lab.test"),
    ]
}

/// Words for as long as the test runs.
pub fn lasting(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

impl<'a> House<'a> {
    /// Writes its configuration. Not while another house of the lab is alive: they share the file of the password.
    pub fn new(lab: &'a Lab, number: usize, unproven_answers: &'static str) -> Self {
        let [service, haru, ai, office] = addresses(number);
        let name = lasting(format!("h{number}"));
        let setup = Setup {
            name,
            address: lasting(service.clone()),
            operators: vec![lasting(office.clone())],
            unproven_answers,
            service: "max_message_bytes = 200000".to_owned(),
            ..Setup::default()
        };
        let config = lab.config(&setup);
        let data = lab.dir().join(format!("{name}-data"));
        let haru = Person::new("はる", &haru, Side::Client);
        let ai = Person::new("あい", &ai, Side::Supporter);
        let reached = lab.dir().join(format!("{name}.reached"));
        Self { lab, config, data, service, haru, ai, office, reached }
    }

    /// Client and supporter move in.
    pub fn furnish(&self) {
        let (ai, haru) = (&self.ai, &self.haru);
        self.lab.must(&self.config, &["supporter", "add", "--name", &ai.name, "--address", &ai.address]);
        let client = ["client", "add", "--name", &haru.name, "--address", &haru.address];
        self.lab.must(&self.config, &[&client[..], &["--supporter", &ai.name]].concat());
    }

    /// What nobody will look at again makes room: all houses of a long run together would fill a disk.
    pub fn moves_out(&self) {
        std::fs::remove_dir_all(&self.data).unwrap();
    }

    /// Puts a letter into the service's mailbox.
    pub fn deliver(&self, letter: &Letter) {
        // a reply goes where the alert said, anything else to the service
        let mail = letter.mail();
        self.deliver_raw(&mail.raw);
    }

    /// The same for a finished mail.
    pub fn deliver_raw(&self, raw: &[u8]) {
        self.lab.deliver(raw, &self.service);
    }

    /// Every mail of a person of this house.
    pub fn mails(&self, address: &str) -> Vec<Received> {
        self.lab.mails(address).iter().map(|raw| Received::read(raw)).collect()
    }

    /// The mail of hers that says this, once it is there.
    pub fn mail_that_says(&self, address: &str, words: &str) -> Received {
        let there = || self.mails(address).into_iter().find(|mail| mail.says(words));
        crate::lab::until(&format!("{address} reads {words:?}"), SOON, there)
    }

    /// `run`, until it dies at the next of `kills` (the program itself knows which have been).
    pub fn dies_running(&self, kills: &str) {
        let env = [ONE_AT_A_TIME, ("YORI_KILL", kills), ("YORI_KILL_REACHED", self.reached())];
        let daemon = self.lab.run_daemon_with(&self.config, &env);
        let status = daemon.wait(LIFE);
        assert_eq!(status.signal(), Some(SIGABRT), "{kills}: {status}");
    }

    /// `once`, which may die there; false when it came to its end without passing there.
    pub fn dies_at_once(&self, kills: &str) -> bool {
        let status = self.once(&[("YORI_KILL", kills)]);
        assert!(status.signal().is_none_or(|signal| signal == SIGABRT), "{kills}: {status}");
        status.signal().is_some()
    }

    /// `once`, to its end.
    pub fn once(&self, env: &[(&str, &str)]) -> ExitStatus {
        let env = [&[ONE_AT_A_TIME, ("YORI_KILL_REACHED", self.reached())], env].concat();
        self.lab.yorisoi_with(&self.config, &["once"], &env).status
    }

    /// Lives until nothing is left to do.
    pub fn comes_to_rest(&self) {
        for _ in 0..6 {
            let status = self.once(&[]);
            assert!(status.code().is_some(), "{status}");
            let database = self.database();
            let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
            let open = count("SELECT count(*) FROM outbox WHERE state IN ('queued', 'claimed', 'unknown')")
                + count("SELECT count(*) FROM kept_mails WHERE state = 'kept'");
            if open == 0 {
                return;
            }
            // the minutes pass for which a mail without a known end is waited for: no real clock can be moved
            let now = yorisoi::clock::now().millis();
            let sql = "UPDATE outbox SET next_at = ?1 WHERE state IN ('queued', 'unknown') AND next_at > ?1";
            database.execute(sql, [now]).unwrap();
            self.was_earlier(60);
        }
        panic!("it does not come to rest");
    }

    /// Whatever came and went was so many minutes earlier: no limit of an hour or a day is met.
    pub fn was_earlier(&self, minutes: i64) {
        let sql = format!(
            "UPDATE kept_mails SET internal_date_at = internal_date_at - {0}, ingested_at = ingested_at - {0}; \
             UPDATE outbox SET claimed_at = claimed_at - {0} WHERE state <> 'claimed'",
            minutes * 60_000
        );
        self.database().execute_batch(&sql).unwrap();
    }

    pub fn database(&self) -> Connection {
        Connection::open(self.data.join("yorisoi.db")).unwrap()
    }

    /// Lines of the points that were passed in all lives so far.
    pub fn passed(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.reached).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn reached(&self) -> &str {
        self.reached.to_str().unwrap()
    }

    /// Makes the database one that the first released program could have written, with everything in it.
    pub fn becomes_old(&self) {
        let (new, old) = (self.data.join("yorisoi.db"), self.data.join("old.db"));
        let connection = Connection::open(&old).unwrap();
        connection.execute_batch(include_str!("../../src/store/migrations/0001_corridor.sql")).unwrap();
        connection.execute_batch("PRAGMA user_version = 1; PRAGMA foreign_keys = off").unwrap();
        connection.execute("ATTACH ?1 AS newer", [new.to_str().unwrap()]).unwrap();
        let names = |sql: &str| -> Vec<String> {
            let mut statement = connection.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
        for table in names(tables) {
            let columns = format!(
                "SELECT name FROM pragma_table_info('{table}', 'main') \
                 INTERSECT SELECT name FROM pragma_table_info('{table}', 'newer')"
            );
            let columns = names(&columns).join(", ");
            // what has moved to another table since then, and what is gone
            let (also, from) = match table.as_str() {
                "outbox" => {
                    (", bytes, priority", ", (SELECT bytes FROM newer.outbox_octets WHERE outbox_id = id), 0")
                }
                _ => ("", ""),
            };
            let copy = format!(
                "INSERT OR REPLACE INTO main.{table} ({columns}{also}) SELECT {columns}{from} FROM newer.{table}"
            );
            connection.execute(&copy, []).unwrap();
        }
        connection.execute("DETACH newer", []).unwrap();
        drop(connection);
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(self.data.join(format!("yorisoi.db{suffix}")));
        }
        std::fs::rename(old, new).unwrap();
    }
}
