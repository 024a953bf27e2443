//! What must be so when a house has come to rest after its deaths: in the mailboxes, in the server's log, in the
//! database. Nothing here asks the program.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};
use yorisoi::store::Store;

use super::house::House;
use super::kinds::{Expected, Place, Who};
use super::ledger::{Acceptance, Ledger};
use crate::lab::until;
use crate::reading::Received;

const SOON: std::time::Duration = std::time::Duration::from_secs(60);
/// The office is asked about a mail whose end nobody knows.
const ASKED: &str = "届いたかどうか分かりません";

/// Everything came, once, to whom it was meant for. A death that leaves an end unknown (there were `unknown` of them)
/// excuses one identical copy each; or, of a mail that is not sent again, that it is missing and the office was asked.
pub fn mailboxes(house: &House<'_>, ledger: &Ledger, expected: &[Expected], unknown: usize) {
    let accepted = until("everything accepted is delivered", SOON, || ledger.accepted_from(&house.service));
    no_false_success(house, &accepted);
    let mut asked = 0;
    let (mut copies, mut delivered, mut missing) = (0, 0, 0);
    for who in [Who::Haru, Who::Ai, Who::Office] {
        let address = address_of(house, who);
        let mut mails: BTreeMap<String, Vec<Received>> = BTreeMap::new();
        for mail in house.mails(address) {
            delivered += 1;
            mails.entry(mail.message_id.clone()).or_default().push(mail);
        }
        for (id, same) in &mails {
            let first = &same[0];
            assert!(
                same.iter().all(|mail| mail.as_submitted() == first.as_submitted()),
                "copies of {id} differ"
            );
            assert_eq!((first.from.as_str(), first.to.as_str()), (house.service.as_str(), address));
            assert_eq!(first.field("Delivered-To").as_deref(), Some(address));
            let told = accepted.iter().filter(|a| a.message_id == *id);
            let paths: Vec<&str> = told.map(|a| a.forward_path.as_str()).collect();
            assert_eq!(paths, vec![address; same.len()], "Postfix says so of {id}");
            copies += same.len() - 1;
            let once = expected.iter().find(|e| e.to == who && !e.sent_again && says(first, e));
            assert!(once.is_none() || same.len() == 1, "{} copies of {}", same.len(), first.subject);
        }
        let is_question = |mail: &Received| who == Who::Office && mail.says(ASKED);
        asked += mails.values().filter(|same| is_question(&same[0])).count();
        missing +=
            each_is_there(expected, who, mails.values().map(|same| &same[0]).filter(|m| !is_question(m)));
    }
    assert_eq!(accepted.len(), delivered, "Postfix accepted what nobody has: {accepted:?}");
    assert!(copies <= unknown, "{copies} copies more than one, {unknown} deaths with an unknown end");
    assert!(
        missing <= asked && asked <= unknown,
        "{missing} missing, the office asked {asked} times, {unknown} deaths"
    );
}

/// What the database calls accepted, the server has accepted.
fn no_false_success(house: &House<'_>, accepted: &[Acceptance]) {
    let database = house.database();
    let sql = "SELECT message_id, forward_path FROM outbox WHERE state = 'accepted'";
    let mut rows = database.prepare(sql).unwrap();
    let rows =
        rows.query_map([], |row| Ok(Acceptance { message_id: row.get(0)?, forward_path: row.get(1)? }));
    for row in rows.unwrap().map(Result::unwrap) {
        assert!(accepted.contains(&row), "Postfix does not know of {row:?}");
    }
}

fn address_of<'h>(house: &'h House<'_>, who: Who) -> &'h str {
    match who {
        Who::Haru => &house.haru.address,
        Who::Ai => &house.ai.address,
        Who::Office => &house.office,
    }
}

/// Each mail is one of the expected ones, and no two are the same one. Returns how many are missing that may be.
fn each_is_there<'m>(expected: &[Expected], who: Who, mails: impl Iterator<Item = &'m Received>) -> usize {
    let mine: Vec<&Expected> = expected.iter().filter(|e| e.to == who).collect();
    let mut found = vec![0; mine.len()];
    for mail in mails {
        let fits: Vec<usize> = (0..mine.len()).filter(|at| says(mail, mine[*at])).collect();
        assert_eq!(
            fits.len(),
            1,
            "{who:?} has a mail that is not one of hers:\n{}\n{}",
            mail.subject,
            mail.text
        );
        found[fits[0]] += 1;
    }
    let mut missing = 0;
    for (expected, count) in mine.iter().zip(found) {
        assert!(count <= 1, "{who:?} has {:?} in {count} mails", expected.words);
        assert!(count == 1 || !expected.sent_again, "{who:?} never got {:?}", expected.words);
        missing += 1 - count;
    }
    missing
}

fn says(mail: &Received, expected: &Expected) -> bool {
    match expected.place {
        Place::First => mail.text.starts_with(expected.words),
        Place::News => {
            let news = mail.text.split("■ これまで").next().unwrap_or_default();
            news.contains("さんのお便り\n")
                && news.contains(expected.words)
                && mail.field("Reply-To").is_some()
        }
        Place::Text => mail.says(expected.words),
    }
}

/// The database is whole, every UID of the mailbox has one row, and the low-water mark stands at the last one.
pub fn database(house: &House<'_>) {
    is_whole(&house.data);
    let connection = house.database();
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let there = i64::try_from(house.lab.mails(&house.service).len()).unwrap();
    assert_eq!(number("SELECT count(*) FROM epochs WHERE folder = 'INBOX'"), 1);
    assert_eq!(number("SELECT count(*) FROM kept_mails"), there, "rows, and mails in the mailbox");
    assert_eq!(
        number(
            "SELECT count(DISTINCT uid) FROM kept_mails WHERE uid BETWEEN 1 AND (SELECT count(*) FROM kept_mails)"
        ),
        there
    );
    assert_eq!(number("SELECT low_water FROM epochs WHERE folder = 'INBOX'"), there);
    assert_eq!(number("SELECT count(*) FROM kept_mails WHERE state NOT IN ('applied', 'discarded')"), 0);
}

/// The low-water mark, and that a dead process left a whole database: looked at in a copy, as a look would mend it.
pub fn low_water(house: &House<'_>) -> i64 {
    let copy = house.data.join("looked-at");
    std::fs::create_dir_all(&copy).unwrap();
    for name in ["yorisoi.db", "yorisoi.db-wal"] {
        let _ = std::fs::remove_file(copy.join(name));
        if house.data.join(name).exists() {
            std::fs::copy(house.data.join(name), copy.join(name)).unwrap();
        }
    }
    let low = {
        let connection = Connection::open(copy.join("yorisoi.db")).unwrap();
        let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
        connection.query_row("SELECT coalesce(max(low_water), 0) FROM epochs", [], |row| row.get(0)).unwrap()
    };
    std::fs::remove_dir_all(copy).unwrap();
    low
}

fn is_whole(data: &Path) {
    let connection = Connection::open(data.join("yorisoi.db")).unwrap();
    let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    let broken = Store::open_to_read(data).unwrap().read(|tx| tx.check()).unwrap();
    assert!(broken.is_empty(), "{broken:?}");
}

/// Everything that the listings show with `--json`, without what differs between any two lives: times, Message-IDs,
/// how often something was tried; and without the questions about unknown ends.
pub fn state(house: &House<'_>) -> Value {
    let store = Store::open_to_read(&house.data).unwrap();
    let views = store.read(|tx| -> Result<_, yorisoi::store::StoreError> {
        let client = tx.client_views()?.remove(0);
        let thread = tx.thread_view(yorisoi::domain::people::ClientId(client.id))?;
        Ok((client, thread, tx.outbox_views()?, tx.mail_views()?))
    });
    let (client, thread, outbox, mails) = views.unwrap();
    let of = |value: Value, fields: &[&str]| -> Value { fields.iter().map(|f| value[f].clone()).collect() };
    let (client, thread) = (json!(client), json!(thread));
    let rows = json!(outbox);
    let rows = rows.as_array().unwrap().iter();
    let is_question =
        |row: &&Value| row["kind"] == "office" && row["cause"].as_str().unwrap().starts_with("row ");
    let rows = rows.filter(|row| !is_question(row));
    let mut rows: Vec<String> = rows
        .map(|row| {
            let state = row["state"].as_str().unwrap().replace("unresolved", "accepted");
            format!("{state} {}", of(row.clone(), &["kind", "person", "cause", "reason", "delivery"]))
        })
        .collect();
    rows.sort();
    let letters = thread["reports"].as_array().unwrap().iter().map(|report| {
        let letters = report["letters"].as_array().unwrap().iter();
        let fields = ["kind", "by", "reason", "proof", "subject", "text", "enclosures"];
        let letters: Vec<Value> = letters.map(|letter| of(letter.clone(), &fields)).collect();
        json!([of(report.clone(), &["state", "holder"]), letters])
    });
    json!({
        "client": of(client, &["name", "state", "supporter", "suspended", "reports", "waiting"]),
        "reports": letters.collect::<Vec<Value>>(),
        "outbox": rows,
        "mails": mails.iter().map(|mail| json!([mail.id, mail.state, mail.reason])).collect::<Vec<_>>(),
    })
}
