//! A disk that runs full under the daemon, a file that may not grow, a disk that cannot be written.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::time::sleep;

use super::{CARE, OFFICE, World, text, until};

/// A file system of its own.
struct Mount(tempfile::TempDir);

impl Mount {
    /// `None` where nobody may mount; root must be able to.
    fn new(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={size}");
        let done = run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs"], dir.path());
        if done {
            return Some(Self(dir));
        }
        let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        assert!(!root, "root cannot mount a small file system here: a full disk was not tested");
        eprintln!("not tested, for want of root: a full disk");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes so many MiB.
    fn fill(&self, name: &str, mebibytes: u64) {
        let length = format!("{mebibytes}MiB");
        assert!(run("fallocate", &["-l", &length], &self.path().join(name)));
    }

    /// Takes everything.
    fn fill_up(&self, name: &str) {
        let room = std::io::copy(
            &mut std::io::repeat(7),
            &mut std::fs::File::create(self.path().join(name)).unwrap(),
        );
        assert_eq!(room.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    }

    fn free(&self, name: &str) {
        std::fs::remove_file(self.path().join(name)).unwrap();
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        run("umount", &["-l"], self.path());
    }
}

fn run(program: &str, arguments: &[&str], path: &Path) -> bool {
    Command::new(program).args(arguments).arg(path).output().is_ok_and(|output| output.status.success())
}

fn numbered(word: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{word}{number}")).collect()
}

#[tokio::test]
async fn a_disk_that_runs_full_stops_fetching_and_every_mail_arrives_once_when_there_is_room_again() {
    let Some(disk) = Mount::new("300m") else { return };
    let world = World::new(Some(disk.path())).await;
    let mut daemon = world.start();
    world.servers.watched(CARE).await;
    let reserve: PathBuf = world.data.join("reserve");
    world.report("apple", 0);
    world.reach_her(&["apple".to_owned()]).await;
    assert_eq!(std::fs::metadata(&reserve).unwrap().len(), 32 << 20);

    // a little room is left: nothing more is fetched, the reserve is given up for the mail that says so
    disk.fill("half", 120);
    until("the office is told", || world.servers.mails(OFFICE).len() == 1).await;
    assert!(!reserve.exists());
    world.report("banana", 0);
    sleep(Duration::from_secs(3)).await;
    assert_eq!(world.alerts("banana"), 0);

    // none at all
    disk.fill_up("rest");
    world.report("cherry", 0);
    sleep(Duration::from_secs(2)).await;
    let status = world.says(&["status", "--check"]).await;
    assert_eq!(status.status.code(), Some(1), "{}", text(&status));
    assert!(text(&status).contains("has 0 MiB free: nothing is fetched"), "{}", text(&status));
    assert!(daemon.lives(), "{}", daemon.log());

    disk.free("half");
    disk.free("rest");
    world.reach_her(&["banana".to_owned(), "cherry".to_owned()]).await;
    assert!(reserve.exists());

    // and all at once, in the middle of the work
    let many = numbered("damson", 20);
    many.iter().for_each(|words| world.report(words, 200_000));
    disk.fill_up("all");
    sleep(Duration::from_secs(2)).await;
    disk.free("all");
    world.reach_her(&many).await;
    let told = world.servers.mails(OFFICE).len();
    assert_eq!(told, 1, "once a day is enough");
    daemon.stop().await;
    world.is_whole(&[many, ["apple", "banana", "cherry"].map(str::to_owned).to_vec()].concat());
}

#[tokio::test]
async fn what_a_full_or_read_only_disk_holds_can_be_looked_at_and_nothing_is_begun_on_it() {
    let Some(disk) = Mount::new("300m") else { return };
    let world = World::new(Some(disk.path())).await;
    let daemon = world.start();
    world.report("apple", 0);
    world.reach_her(&["apple".to_owned()]).await;
    daemon.stop().await;

    disk.fill_up("all");
    let seen = world.says(&["status"]).await;
    assert!(seen.status.success() && text(&seen).contains("applied"), "{}", text(&seen));
    disk.free("all");
    // what was there before a start on a full disk is the reserve
    disk.fill_up("all");
    let mut daemon = world.start();
    until("the office is told", || world.servers.mails(OFFICE).len() == 1).await;
    assert!(daemon.lives());
    daemon.stop().await;
    disk.free("all");

    assert!(run("mount", &["-o", "remount,ro"], disk.path()));
    let seen = world.says(&["status"]).await;
    let words = text(&seen);
    assert!(seen.status.success() && words.contains("mounted read-only"), "{words}");
    assert!(words.contains("applied"), "{words}");
    assert!(text(&world.says(&["client", "list"]).await).contains("Haru"));
    for order in ["run", "once"] {
        let refused = world.says(&[order]).await;
        assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
        assert!(text(&refused).contains("read-only"), "{}", text(&refused));
    }
    assert!(run("mount", &["-o", "remount,rw"], disk.path()));
    let daemon = world.start();
    world.report("banana", 0);
    world.reach_her(&["banana".to_owned()]).await;
    daemon.stop().await;
}

fn limit(daemon: u32, octets: &str) {
    let (daemon, octets) = (daemon.to_string(), format!("--fsize={octets}"));
    assert!(Command::new("prlimit").args(["--pid", &daemon, &octets]).status().unwrap().success());
}

#[tokio::test]
async fn a_file_that_may_not_grow_kills_nobody_and_every_mail_arrives_once_when_it_may() {
    let world = World::new(None).await;
    let mut daemon = world.start_with(&["prlimit", "--fsize=1000000:unlimited"]);
    until("the log says why", || daemon.log().contains("ulimit -f")).await;
    world.report("apple", 0);
    sleep(Duration::from_secs(1)).await;
    assert!(daemon.lives() && world.alerts("apple") == 0, "{}", daemon.log());
    limit(daemon.id(), "unlimited");
    world.reach_her(&["apple".to_owned()]).await;

    // the database's log reaches the limit in the middle of a burst; the reserve stands
    let written = std::fs::metadata(world.data.join("yorisoi.db-wal")).unwrap().len();
    limit(daemon.id(), &format!("{}:unlimited", written + 500_000));
    let many = numbered("banana", 12);
    many.iter().for_each(|words| world.report(words, 200_000));
    until("the log says so", || daemon.log().contains("nothing moves until this is mended")).await;
    sleep(Duration::from_secs(3)).await;
    assert!(daemon.lives(), "{}", daemon.log());
    let said = daemon.log().matches("nothing moves until this is mended").count();
    assert_eq!(said, 1, "{}", daemon.log());
    limit(daemon.id(), "unlimited");
    world.reach_her(&many).await;
    assert!(daemon.log().contains("the database can be written again"));
    daemon.stop().await;
    world.is_whole(&[many, vec!["apple".to_owned()]].concat());
}

#[tokio::test]
async fn an_acceptance_that_the_journal_has_no_room_for_is_noted_later_and_not_sent_again() {
    let Some(disk) = Mount::new("64k") else { return };
    let world = World::with(None, Some(disk.path())).await;
    let mut daemon = world.start();
    world.report("apple", 0);
    world.reach_her(&["apple".to_owned()]).await;
    disk.fill_up("rest");
    let many = numbered("banana", 60);
    many.iter().for_each(|words| world.report(words, 0));
    until("the log says so", || daemon.log().contains("accepted-")).await;
    sleep(Duration::from_secs(3)).await;
    assert!(daemon.lives(), "{}", daemon.log());
    let waits = world.says(&["outbox", "list", "--json"]).await;
    assert!(text(&waits).contains("\"claimed\""), "{}", text(&waits));
    disk.free("rest");
    world.reach_her(&many).await;
    daemon.stop().await;
    world.is_whole(&[many, vec!["apple".to_owned()]].concat());
}
