//! What tests of other rooms ask of a store.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::types::Value;
use rusqlite::{Connection, StatementStatus};

use super::Store;

impl Store {
    /// The database may grow to so many pages: a disk that fills up.
    pub(crate) fn limit_pages(&self, pages: i64) {
        let set = self.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()));
        set.expect("a limit");
    }

    /// From now on, the steps that SQLite's machine takes for each statement.
    pub(crate) fn steps(&mut self) -> Arc<Mutex<BTreeMap<String, i32>>> {
        let steps: Arc<Mutex<BTreeMap<String, i32>>> = Arc::default();
        let seen = Arc::clone(&steps);
        let hear = move |event: TraceEvent<'_>| {
            if let TraceEvent::Profile(statement, _) = event {
                let count = statement.get_status(StatementStatus::VmStep);
                seen.lock().expect("steps").insert(statement.sql().into_owned(), count);
            }
        };
        self.connection.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(hear)).expect("a trace");
        steps
    }

    /// How many pages the database has.
    pub(crate) fn pages(&self) -> i64 {
        self.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("a count")
    }

    /// Every row of every table; what is long, by its hash.
    pub(crate) fn dump(&self) -> Vec<String> {
        let short = |value: Value| {
            let mut hasher = DefaultHasher::new();
            match &value {
                Value::Text(text) if text.len() > 100 => text.hash(&mut hasher),
                Value::Blob(octets) => octets.hash(&mut hasher),
                other => return format!("{other:?}"),
            }
            format!("#{:x}", hasher.finish())
        };
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let mut names = self.connection.prepare(sql).expect("sql");
        let names = names.query_map([], |row| row.get::<_, String>(0)).expect("names");
        let mut lines = Vec::new();
        for name in names.map(|name| name.expect("name")) {
            let mut rows = self.connection.prepare(&format!("SELECT * FROM {name}")).expect("sql");
            let columns = rows.column_count();
            let mut rows = rows.query([]).expect("rows");
            while let Some(row) = rows.next().expect("row") {
                let values = (0..columns).map(|at| short(row.get(at).expect("value")));
                lines.push(format!("{name} {}", values.collect::<Vec<_>>().join(", ")));
            }
        }
        lines
    }
}

#[test]
fn what_a_killed_process_left_in_the_log_goes_into_the_database_at_the_next_start() {
    let (dir, after) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    let mut killed = Store::open(dir.path()).expect("store");
    killed.write(|tx| tx.begin_epoch("INBOX", 1, crate::clock::Timestamp::from_millis(0))).expect("epoch");
    for name in ["yorisoi.db", "yorisoi.db-wal"] {
        std::fs::copy(dir.path().join(name), after.path().join(name)).expect("copy");
    }
    let started = Store::open(after.path()).expect("store");
    let alone = dir.path().join("alone.db");
    std::fs::copy(after.path().join("yorisoi.db"), &alone).expect("copy");
    let alone = Connection::open(alone).expect("alone");
    let epochs: i64 = alone.query_row("SELECT count(*) FROM epochs", [], |row| row.get(0)).expect("count");
    assert_eq!(epochs, 1);
    drop(started);
}
