//! Exactly once, whatever was killed: what the outbox says and what lies in the mailboxes are the same thing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::lab::{SERVICE, until};
use super::reading::Received;
use super::world::World;

const LONG: Duration = Duration::from_secs(90);

impl World {
    /// Lets the minutes pass for which a mail without a known end is waited for. The one place where a test reaches
    /// into the database: no real clock can be moved.
    pub fn let_time_pass(&self) {
        let connection = rusqlite::Connection::open(self.data.join("yorisoi.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(20)).unwrap();
        let now = yorisoi::clock::now().millis();
        let sql = "UPDATE outbox SET next_at = ?1 WHERE state IN ('queued', 'unknown') AND next_at > ?1";
        connection.execute(sql, [now]).unwrap();
    }

    /// Every row of the outbox.
    pub fn rows(&self) -> Vec<Value> {
        self.json(&["outbox", "list", "--json"]).as_array().unwrap().clone()
    }

    /// Waits until the running daemon has nothing left to send, and every mail of the service's mailbox is understood.
    pub fn wait_until_all_is_sent(&self, understood: usize) -> Vec<Value> {
        until("everything is sent", LONG, || {
            self.let_time_pass();
            let status = self.status_json();
            let count = |rows: &Value, states: &[&str]| -> i64 {
                let rows = rows.as_array().unwrap().iter();
                let named = rows.filter(|row| states.contains(&row["state"].as_str().unwrap()));
                named.map(|row| row["count"].as_i64().unwrap()).sum()
            };
            let open = count(&status["outbox"], &["queued", "claimed", "unknown"]);
            let ended = count(&status["mails"], &["applied", "discarded", "quarantined"]);
            (open == 0 && usize::try_from(ended).unwrap() >= understood).then_some(())
        });
        self.rows()
    }

    /// Compares the outbox, which is at rest, with the mailboxes of `people` (name → address).
    pub fn assert_each_arrived_once(&self, people: &BTreeMap<String, String>) {
        let rows = self.rows();
        let mut causes = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for row in &rows {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            assert!(
                causes.insert((text("kind"), text("cause"), text("person"))),
                "a cause with two mails: {row}"
            );
            assert!(ids.insert(text("message_id")), "a Message-ID of two mails: {row}");
            let ended = row["state"] == "accepted" || (row["state"] == "unresolved" && row["unknowns"] != 0);
            assert!(ended, "{row}");
        }
        let hit = |field: &str, above: i64| rows.iter().filter(|r| r[field].as_i64() > Some(above)).count();
        eprintln!(
            "{} mails, tried again: {}, unknown once: {}",
            rows.len(),
            hit("attempts", 1),
            hit("unknowns", 0)
        );
        for (name, address) in people {
            self.assert_mailbox_is_the_outbox(name, address, &rows);
        }
    }

    fn assert_mailbox_is_the_outbox(&self, name: &str, address: &str, rows: &[Value]) {
        let mine = || rows.iter().filter(|row| row["person"] == name);
        let accepted: BTreeSet<&str> = mine()
            .filter(|row| row["state"] == "accepted")
            .map(|row| row["message_id"].as_str().unwrap())
            .collect();
        let mut copies: BTreeMap<String, Vec<Received>> = BTreeMap::new();
        until(&format!("all mails of {name}"), LONG, || {
            copies.clear();
            for raw in self.lab.mails(address) {
                let mail = Received::read(&raw);
                copies.entry(mail.message_id.clone()).or_default().push(mail);
            }
            accepted.iter().all(|id| copies.contains_key(*id)).then_some(())
        });
        for (id, copies) in &copies {
            let row = mine().find(|row| row["message_id"] == id.as_str());
            let row = row.unwrap_or_else(|| panic!("{address} has a mail that is not hers: {id}"));
            let most = 1 + usize::try_from(row["unknowns"].as_i64().unwrap()).unwrap();
            assert!(copies.len() <= most, "{} copies of {row}", copies.len());
            let first = copies[0].as_submitted();
            assert!(copies.iter().all(|copy| copy.as_submitted() == first), "copies differ: {row}");
            assert_eq!((copies[0].to.as_str(), copies[0].from.as_str()), (address, SERVICE));
        }
    }
}

/// What is new in an alert: the client's own words, without what the machine says around them.
pub fn news(alert: &Received) -> String {
    let from = alert.text.find("さんのお便り\n").expect("an alert") + "さんのお便り\n".len();
    let rest = &alert.text[from..];
    rest[..rest.find("\n\n").unwrap_or(rest.len())].to_owned()
}
