//! Other processes on the same data folder, and other versions of the program.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{CARE, World, text};

/// Every file below a folder and its octets, but for the one in which SQLite keeps who reads.
fn octets(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() {
            found.extend(octets(&path).into_iter().map(|(inner, o)| (format!("{name}/{inner}"), o)));
        } else if !name.ends_with("-shm") {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}

#[tokio::test]
#[allow(clippy::disallowed_methods)] // how long a real process takes
async fn a_second_daemon_ends_within_two_seconds_and_writes_nothing() {
    let world = World::new(None).await;
    let mut first = world.start();
    world.report("apple", 0);
    world.reach_her(&["apple".to_owned()]).await;
    world.servers.watched(CARE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let before = octets(&world.data);
    assert!(before.len() >= 5, "{:?}", before.keys());
    for order in ["run", "once"] {
        let begun = Instant::now();
        let second = world.says(&[order]).await;
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        assert_eq!(second.status.code(), Some(1));
        assert!(text(&second).contains("another yorisoi runs on this data folder"), "{}", text(&second));
        assert!(octets(&world.data) == before, "{order} wrote something");
    }
    assert!(first.lives());
    first.stop().await;
}

#[tokio::test]
async fn a_program_older_than_its_database_refuses_and_changes_nothing() {
    let world = World::new(None).await;
    let beside = Connection::open(world.data.join("yorisoi.db")).unwrap();
    beside.pragma_update(None, "user_version", 999).unwrap();
    drop(beside);
    let before = octets(&world.data);
    let orders: [&[&str]; 6] = [
        &["run"],
        &["once"],
        &["status"],
        &["client", "list"],
        &["outbox", "list"],
        &["client", "pause", "Haru"],
    ];
    for order in orders {
        let refused = world.says(order).await;
        assert_eq!(refused.status.code(), Some(1), "{order:?}");
        let words = text(&refused);
        assert!(words.contains("has format 999") && words.contains("use the newer program"), "{words}");
    }
    let after = octets(&world.data);
    assert_eq!(after.get("yorisoi.db"), before.get("yorisoi.db"));
}
