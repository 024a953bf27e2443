//! A restore that is cut short, refused, or given something that is no backup; and what a backup file is.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use yorisoi::engine::{self, BackupPlan, Engine, EngineError, Lock, Role, Use};
use yorisoi::rng::Rng;

use super::world::{Left, SERVICE, World};

/// A world in which one mail came after the backup, and the write-ahead log is not folded into the database.
fn world() -> (World, std::path::PathBuf) {
    let mut world = World::new();
    world.supporter("あい", "ai@example.org");
    world.client("はる", "haru@example.jp", "あい");
    let backup = world.backup("one.backup");
    world.arrives("haru@example.jp", SERVICE, None, "歩きました。");
    world.rests();
    (world, backup)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// The letters in a data folder, once whoever opens it has ended what is half done.
fn letters(world: &World, data: &Path) -> i64 {
    let mut settings = world.settings.clone();
    settings.service.data_dir = data.to_owned();
    let engine = Engine::open(&settings, Role::Daemon, Rng::from_seed(3), world.now).unwrap();
    assert_eq!(engine.view(|tx| tx.check()).unwrap(), Vec::<String>::new());
    engine.view(|tx| tx.counts()).unwrap().letters
}

#[test]
fn cut_short_at_any_step_it_is_the_old_state_or_the_new_one_and_never_beside_the_old_log() {
    let (world, backup) = world();
    let old = &world.settings.service.data_dir;
    assert!(old.join("yorisoi.db-wal").metadata().unwrap().len() > 0, "the old log must hold something");
    let new = world.put_back(&backup, Left::Journal).settings.service.data_dir;
    // `put_back` is gone with its folder by now; what a restore makes is made once more, and kept.
    assert!(!new.exists());
    let made = world.path("made");
    let mut service = world.settings.service.clone();
    service.data_dir = made.clone();
    engine::restore(&service, &backup, false, false, world.now).unwrap();
    // Everything that a restore moves, in its order.
    let moves = [
        ("key", "before/key"),
        ("restoring/key", "key"),
        ("yorisoi.db", "before/yorisoi.db"),
        ("yorisoi.db-wal", "before/yorisoi.db-wal"),
        ("yorisoi.db-shm", "before/yorisoi.db-shm"),
        ("restoring/yorisoi.db", "yorisoi.db"),
    ];
    for done in 0..=moves.len() {
        let data = world.path(&format!("cut-{done}"));
        copy(old, &data);
        let staged = data.join("restoring");
        std::fs::create_dir(&staged).unwrap();
        std::fs::write(staged.join("aside"), "before").unwrap();
        for name in ["key", "yorisoi.db"] {
            std::fs::copy(made.join(name), staged.join(name)).unwrap();
        }
        std::fs::create_dir(data.join("before")).unwrap();
        for (from, to) in &moves[..done] {
            std::fs::rename(data.join(from), data.join(to)).unwrap();
        }
        assert_eq!(letters(&world, &data), 0, "after {done} moves it is the backup's state");
        assert!(!staged.exists(), "after {done} moves");
        for name in ["key", "yorisoi.db", "yorisoi.db-wal"] {
            assert!(data.join("before").join(name).exists(), "{name} is lost after {done} moves");
        }
        // The old state is whole where it was put.
        std::fs::remove_file(data.join("before/yorisoi.db-shm")).unwrap();
        assert_eq!(letters(&world, &data.join("before")), 1, "after {done} moves");
    }
}

#[test]
fn cut_short_before_it_was_decided_it_is_the_old_state() {
    let (world, backup) = world();
    let data = world.path("undecided");
    copy(&world.settings.service.data_dir, &data);
    let making = data.join("restoring.new");
    std::fs::create_dir(&making).unwrap();
    let octets = std::fs::read(&backup).unwrap();
    std::fs::write(making.join("yorisoi.db"), &octets[..octets.len() / 2]).unwrap();
    assert_eq!(letters(&world, &data), 1);
    assert!(!making.exists(), "half a database is not left lying about");
}

#[test]
fn it_is_refused_while_a_daemon_or_a_command_has_the_database_and_over_files_that_are_there() {
    let (mut world, backup) = world();
    let service = world.settings.service.clone();
    let restore = |replace| engine::restore(&service, &backup, replace, false, world.now);
    assert!(matches!(restore(true), Err(EngineError::Locked(_))), "a daemon runs");
    let data = world.path("quiet");
    copy(&service.data_dir, &data);
    let mut service = service.clone();
    service.data_dir = data.clone();
    let restore = |replace| engine::restore(&service, &backup, replace, false, world.now);
    let before = std::fs::read(data.join("yorisoi.db")).unwrap();
    assert!(matches!(restore(false), Err(EngineError::Exists(_))), "something is there");
    let command = Use::share(&data).unwrap();
    assert!(matches!(restore(true), Err(EngineError::InUse(_))), "a command has it");
    assert_eq!(std::fs::read(data.join("yorisoi.db")).unwrap(), before, "nothing has changed");
    drop(command);
    let lock = Lock::take(&data).unwrap();
    assert!(matches!(restore(true), Err(EngineError::Locked(_))));
    drop(lock);
    let restored = restore(true).unwrap();
    let aside = restored.aside.unwrap();
    assert_eq!(std::fs::read(aside.join("yorisoi.db")).unwrap(), before, "what was there is put aside");
    assert!(aside.join("key").exists() && aside.join("yorisoi.db-wal").exists());
    assert_eq!(world.rows().len(), 2, "and the daemon's own folder was never touched");
}

#[test]
fn a_backup_is_one_private_file_and_nothing_else_and_never_replaces_one_unasked() {
    let (world, backup) = world();
    let mode = std::fs::metadata(&backup).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let data = &world.settings.service.data_dir;
    assert!(matches!(BackupPlan::new(data, &backup, false), Err(EngineError::Exists(_))));
    let again = BackupPlan::new(data, &backup, true).unwrap();
    // what a killed one left
    std::fs::write(again.growing(), b"half").unwrap();
    again.make(world.now).unwrap();
    assert_eq!(engine::verify_backup(&backup).unwrap().counts.letters, 1);
    let beside = std::fs::read_dir(backup.parent().unwrap()).unwrap().flatten();
    let beside: Vec<_> = beside.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(
        beside.iter().all(|name| !name.contains("partial") && !name.contains("one.backup-")),
        "{beside:?}"
    );
}

#[test]
fn of_a_backup_cut_anywhere_it_is_never_said_that_all_is_well() {
    let (mut world, _) = world();
    world.rests();
    let backup = world.backup("whole.backup");
    assert_eq!(engine::verify_backup(&backup).unwrap().troubles, Vec::<String>::new());
    let octets = std::fs::read(&backup).unwrap();
    let cut = world.path("cut.backup");
    let step = octets.len() / 97;
    for length in (0..octets.len()).step_by(step).chain([octets.len() - 1]) {
        std::fs::write(&cut, &octets[..length]).unwrap();
        if let Ok(findings) = engine::verify_backup(&cut) {
            assert!(!findings.troubles.is_empty(), "{length} of {} octets", octets.len());
        }
    }
    // a page of rubbish in the middle
    for page in (0..octets.len() / 16_384).step_by(3) {
        let mut damaged = octets.clone();
        damaged[page * 16_384..(page + 1) * 16_384].fill(0x5a);
        std::fs::write(&cut, &damaged).unwrap();
        if let Ok(findings) = engine::verify_backup(&cut) {
            assert!(!findings.troubles.is_empty(), "page {page}");
        }
    }
}

#[test]
fn verify_names_a_wrong_key_a_missing_journal_and_one_that_knows_too_little() {
    let (mut world, _) = world();
    let service = world.settings.service.clone();
    let troubles = |service| engine::verify_data(service).unwrap().troubles;
    assert_eq!(troubles(&service), Vec::<String>::new());
    let key = std::fs::read(service.data_dir.join("key")).unwrap();
    std::fs::write(service.data_dir.join("key"), [1; 32]).unwrap();
    assert!(troubles(&service)[0].starts_with("the key is not the one"), "{:?}", troubles(&service));
    std::fs::remove_file(service.data_dir.join("key")).unwrap();
    assert!(troubles(&service)[0].starts_with("the file key is missing"));
    std::fs::write(service.data_dir.join("key"), key).unwrap();
    let journal = std::fs::read_dir(&service.journal_dir).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read_to_string(&journal).unwrap();
    let without_last = whole.trim_end().rsplit_once('\n').unwrap().0;
    std::fs::write(&journal, format!("{without_last}\n")).unwrap();
    assert!(troubles(&service)[0].ends_with("does not know 1 accepted mails"), "{:?}", troubles(&service));
    std::fs::remove_file(&journal).unwrap();
    assert!(troubles(&service)[0].starts_with("the journal of accepted mails is missing"));
    assert_eq!(world.rows().len(), 2);
}

#[test]
fn a_backup_a_day_is_made_and_the_newest_fourteen_are_kept() {
    let (world, _) = world();
    let mut service = world.settings.service.clone();
    let folder = world.path("daily");
    service.backup_dir = Some(folder.clone());
    let hours = |count: u64| world.now.after(std::time::Duration::from_secs(count * 3600));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("the-office.txt"), "not ours").unwrap();
    std::fs::write(folder.join(".yorisoi-2026-11-01.backup.partial"), "left by a kill").unwrap();
    // noon in Tokyo, and every six hours from there
    let made = (0..80).filter(|n| engine::daily_backup(&service, hours(n * 6)).unwrap().is_some()).count();
    assert_eq!(made, 21, "one for each day that was touched");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names.len(), 15, "{names:?}");
    assert_eq!((names[0].as_str(), names[1].as_str()), ("the-office.txt", "yorisoi-2026-12-08.backup"));
    assert_eq!(names[14], "yorisoi-2026-12-21.backup");
    assert_eq!(engine::verify_backup(&folder.join(&names[14])).unwrap().troubles, Vec::<String>::new());
    service.backup_dir = None;
    assert!(engine::daily_backup(&service, hours(9999)).unwrap().is_none());
}

/// A configuration for the program itself.
fn configure(world: &World, data: &Path) -> std::path::PathBuf {
    let journal = &world.settings.service.journal_dir;
    let server = "host = \"127.0.0.1\"\ntls = \"none\"\n";
    let text = format!(
        "[service]\nname = \"x\"\naddress = \"{SERVICE}\"\ndata_dir = {data:?}\njournal_dir = {journal:?}\n\
         [imap]\n{server}[smtp]\n{server}"
    );
    let path = data.with_extension("toml");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_program_killed_at_random_leaves_the_old_state_or_the_new_one() {
    let (world, backup) = world();
    let mut rng = Rng::from_system().unwrap();
    let mut ends = std::collections::BTreeMap::<i64, usize>::new();
    for number in 0..24 {
        let data = world.path(&format!("killed-{number}"));
        copy(&world.settings.service.data_dir, &data);
        let config = configure(&world, &data);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_yorisoi"));
        command.arg("--config").arg(config).arg("restore").arg(&backup).arg("--yes");
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        let moment = std::time::Duration::from_millis(5 + rng.below(90));
        let (_nobody, told) = std::sync::mpsc::channel::<()>();
        let _ = told.recv_timeout(moment);
        let _ = child.kill();
        let _ = child.wait();
        *ends.entry(letters(&world, &data)).or_default() += 1;
    }
    eprintln!("letters → how often: {ends:?}");
    assert!(ends.keys().all(|letters| [0, 1].contains(letters)), "{ends:?}");
}

#[test]
fn backups_made_while_mail_comes_in_and_goes_out_are_each_whole_and_of_one_moment() {
    let (mut world, _) = world();
    let data = world.settings.service.data_dir.clone();
    let folder = world.path("meanwhile");
    std::fs::create_dir(&folder).unwrap();
    let now = world.now;
    let done = std::sync::atomic::AtomicBool::new(false);
    let backups = std::thread::scope(|scope| {
        let (folder, done) = (&folder, &done);
        let maker = scope.spawn(move || {
            let mut made = Vec::new();
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let path = folder.join(format!("{}.backup", made.len()));
                BackupPlan::new(&data, &path, false).unwrap().make(now).unwrap();
                made.push(path);
            }
            made
        });
        for number in 0..60 {
            world.arrives("haru@example.jp", SERVICE, None, &format!("{number}通目"));
            world.rests();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        maker.join().unwrap()
    });
    assert!(backups.len() > 5, "{}", backups.len());
    let mut letters = Vec::new();
    for backup in &backups {
        let findings = engine::verify_backup(backup).unwrap();
        assert_eq!(findings.troubles, Vec::<String>::new(), "{}", backup.display());
        letters.push(findings.counts.letters);
    }
    assert!(letters.is_sorted() && letters.first() < letters.last(), "{letters:?}");
}
