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
        &["client", "pause", "Haru0"],
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

#[tokio::test]
async fn a_database_of_an_older_program_is_copied_and_brought_up_by_whoever_comes_first() {
    let world = World::new(None).await;
    std::fs::remove_file(world.data.join("yorisoi.db")).unwrap();
    let old = Connection::open(world.data.join("yorisoi.db")).unwrap();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    for first in ["0001_corridor.sql", "0002_suspended_addresses.sql"] {
        old.execute_batch(&std::fs::read_to_string(migrations.join(first)).unwrap()).unwrap();
    }
    let haru = "INSERT INTO clients (thread_ref, principal_ref, name, goal, locale, state, created_at) \
         VALUES (1, 2, 'Haru', '', 'en', 'active', 0); PRAGMA user_version = 2";
    old.execute_batch(haru).unwrap();
    drop(old);
    let newest = i64::try_from(std::fs::read_dir(migrations).unwrap().count()).unwrap();
    let seen = world.says(&["client", "list"]).await;
    assert!(seen.status.success() && text(&seen).contains("Haru"), "{}", text(&seen));
    let format = |name: &str| {
        let store = Connection::open(world.data.join(name)).unwrap();
        let people: i64 = store.query_row("SELECT count(*) FROM clients", [], |row| row.get(0)).unwrap();
        assert_eq!(people, 1);
        store.query_row::<i64, _, _>("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    };
    assert_eq!((format("yorisoi.db"), format(&format!("yorisoi.before-format-{newest}.db"))), (newest, 2));
}

#[tokio::test]
async fn a_damaged_database_is_not_begun_on_and_stays_as_it_is() {
    let world = World::new(None).await;
    let daemon = world.start();
    for number in 0..20 {
        world.report(&format!("apple{number}"), 5_000);
    }
    world.reach_her(&["apple19".to_owned()]).await;
    daemon.stop().await;
    let path = world.data.join("yorisoi.db");
    let whole = std::fs::read(&path).unwrap();
    // the first page, and one in the middle
    for at in [20, whole.len() / 2 / 16_384 * 16_384] {
        let mut damaged = whole.clone();
        damaged[at..at + 4_000].fill(0xa5);
        std::fs::write(&path, &damaged).unwrap();
        for order in ["run", "once"] {
            let refused = world.says(&[order]).await;
            assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
            let words = text(&refused);
            assert!(words.contains("damaged") && words.contains("newest good backup"), "{words}");
            assert!(std::fs::read(&path).unwrap() == damaged, "{order} changed it");
        }
    }
    std::fs::write(&path, &whole).unwrap();
    let daemon = world.start();
    world.report("banana", 0);
    world.reach_her(&["banana".to_owned()]).await;
    daemon.stop().await;
}

#[tokio::test]
async fn files_that_others_may_read_are_closed_and_a_folder_that_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new(None).await;
    let mode = |name: &str| std::fs::metadata(world.data.join(name)).unwrap().permissions().mode() & 0o777;
    let open = |name: &str, mode| {
        std::fs::set_permissions(world.data.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    assert_eq!(mode(""), 0o700);
    for name in ["key", "yorisoi.db"] {
        open(name, 0o644);
    }
    let paused = world.says(&["client", "pause", "Haru0"]).await;
    assert!(paused.status.success() && text(&paused).contains("others could read it"), "{}", text(&paused));
    assert_eq!((mode("key"), mode("yorisoi.db")), (0o600, 0o600));
    open("", 0o777);
    for order in ["run", "once"] {
        let refused = world.says(&[order]).await;
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused).contains("others may write to"), "{}", text(&refused));
    }
}

#[tokio::test]
async fn five_panics_within_ten_minutes_are_safe_mode_until_somebody_goes_on() {
    use yorisoi::clock;
    use yorisoi::engine::Engine;
    let world = World::new(None).await;
    let config = world.place.path().join("yorisoi.toml");
    let settings = yorisoi::settings::load(&config, std::iter::empty()).map_err(|e| e.to_string()).unwrap();
    let panicked = |minutes_ago: u64| {
        let at = clock::now().before(Duration::from_secs(60 * minutes_ago));
        Engine::note_panic(&settings, at).unwrap();
    };
    // four within ten minutes, and one before
    [25, 14, 11, 9, 8].into_iter().for_each(panicked);
    let status = text(&world.says(&["status"]).await);
    assert!(!status.contains("go-on"), "{status}");
    panicked(6);
    let mut daemon = world.start();
    world.report("apple", 0);
    super::until("the office is told", || world.servers.mails(super::OFFICE).len() == 1).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.alerts("apple"), 0);
    let status = text(&world.says(&["status"]).await);
    assert!(status.contains("yorisoi go-on") && status.contains("kept"), "{status}");
    assert!(daemon.lives());
    let done = world.says(&["go-on"]).await;
    assert!(text(&done).contains("mails are understood again"), "{}", text(&done));
    world.reach_her(&["apple".to_owned()]).await;
    assert!(text(&world.says(&["go-on"]).await).contains("nothing to do"));

    // another version goes on by itself
    daemon.stop().await;
    (0..5).for_each(panicked);
    let beside = Connection::open(world.data.join("yorisoi.db")).unwrap();
    let sql = "UPDATE machine_notes SET note = '0.0.1' WHERE topic = 'safe_mode'";
    assert_eq!(beside.execute(sql, []).unwrap(), 1);
    let daemon = world.start();
    world.report("banana", 0);
    world.reach_her(&["banana".to_owned()]).await;
    daemon.stop().await;
}
