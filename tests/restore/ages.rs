//! A run of some hundred steps with a backup before each; then each backup is put back.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use yorisoi::domain::command::{Command, RepeatMending};
use yorisoi::rng::Rng;

use super::counted::counted;
use super::world::{Left, OFFICE, SERVICE, World};

const STEPS: usize = 170;
const CLIENTS: [(&str, &str); 3] =
    [("はる", "haru@example.jp"), ("みお", "mio@example.net"), ("Rose", "rose@example.com")];
const SUPPORTERS: [(&str, &str); 2] = [("あい", "ai@example.org"), ("ゆう", "yu@example.org")];

/// The machine at the moment when it is lost, and the backups that were made on the way there.
struct Run {
    world: World,
    backups: Vec<PathBuf>,
    /// The story that comes out when nothing is lost.
    story: BTreeSet<String>,
    /// Every Message-ID that is then accepted.
    accepted: BTreeSet<String>,
}

fn run(seed: u64) -> Run {
    let mut world = World::new();
    let mut rng = Rng::from_seed(seed);
    SUPPORTERS.iter().for_each(|(name, address)| world.supporter(name, address));
    for (n, (name, address)) in CLIENTS.iter().enumerate() {
        world.client(name, address, SUPPORTERS[n % 2].0);
    }
    let mut backups = Vec::new();
    for number in 0..STEPS {
        backups.push(world.backup(&format!("{number}.backup")));
        // three days, with nights
        let pause = if number % 50 == 49 { 14 * 3600 } else { 30 + rng.below(240) };
        world.now = world.now.after(Duration::from_secs(pause));
        somebody_writes(&mut world, &mut rng, number);
        if rng.below(3) > 0 {
            world.takes_in();
        }
        if number % 50 == 48 {
            world.rests();
        }
        world.sends(usize::try_from(rng.below(4)).unwrap());
        if rng.below(12) == 0 {
            world.opens();
        }
    }
    world.arrives(CLIENTS[0].1, SERVICE, None, "もう送るばかりでした。");
    world.takes_in();
    world.arrives(CLIENTS[1].1, SERVICE, None, "まだ読まれていません。");
    // What comes out when nothing is lost, on a copy that goes on.
    let last = world.backup("last.backup");
    let mut goes_on = world.put_back(&last, Left::Journal);
    goes_on.opens();
    goes_on.rests();
    let unsent = goes_on.ledger.len() - world.ledger.len();
    assert!(unsent > 0, "something must be unsent when the machine is lost");
    let accepted = goes_on.accepted().into_keys().collect();
    Run { world, backups, story: goes_on.story(), accepted }
}

fn somebody_writes(world: &mut World, rng: &mut Rng, number: usize) {
    let (_, client) = CLIENTS[usize::try_from(rng.below(3)).unwrap()];
    let (_, supporter) = SUPPORTERS[usize::try_from(rng.below(2)).unwrap()];
    let newest = |holds: &str| {
        let mail = world.newest_to(supporter, holds)?;
        Some((mail.message.reply_to.first()?.wire(), mail.id()))
    };
    match rng.below(12) {
        0..4 => world.arrives(client, SERVICE, None, &format!("報告{number}を書きました。")),
        4..8 => match newest("さんのお便り") {
            Some((to, id)) => world.arrives(supporter, &to, Some(&id), &format!("返事{number}です。")),
            None => world.arrives(client, SERVICE, None, &format!("報告{number}を書きました。")),
        },
        8 | 9 => match newest("はい") {
            Some((to, id)) => world.arrives(supporter, &to, Some(&id), "はい"),
            None => world.arrives(supporter, SERVICE, None, &format!("だれかへ{number}")),
        },
        10 => world.arrives(supporter, SERVICE, None, &format!("だれかへ{number}")),
        _ => world.arrives("stranger@example.com", SERVICE, None, &format!("広告{number}")),
    }
}

/// Every backup is put back when `YORISOI_LONG` is set, else one in so many.
fn stride(usual: usize) -> usize {
    if std::env::var_os("YORISOI_LONG").is_some() { 1 } else { usual }
}

#[test]
fn with_the_journal_a_backup_of_any_age_repeats_nothing_and_loses_nothing() {
    let run = run(1);
    let (mut known, mut cases) = (0, 0);
    for backup in run.backups.iter().step_by(stride(4)) {
        let mut world = run.world.put_back(backup, Left::Journal);
        world.opens();
        world.rests();
        let name = backup.display();
        let twice: Vec<_> = world.accepted().into_iter().filter(|(_, times)| *times > 1).collect();
        assert!(twice.is_empty(), "{name}: {twice:?}");
        let accepted: BTreeSet<String> = world.accepted().into_keys().collect();
        let differs: Vec<_> = accepted.symmetric_difference(&run.accepted).collect();
        assert!(differs.is_empty(), "{name}: {differs:#?}");
        let story = world.story();
        let differs: Vec<_> = story.symmetric_difference(&run.story).collect();
        assert!(differs.is_empty(), "{name}: {differs:#?}");
        assert!(world.repeats().is_empty(), "{name}");
        let of_old = |row: &&yorisoi::store::OutboxView| row.state == "accepted" && row.attempts == 0;
        known += world.rows().iter().filter(of_old).count();
        cases += 1;
    }
    counted("with_the_journal_a_backup_of_any_age_repeats_nothing_and_loses_nothing", cases);
    assert!(known > 500, "the journal was hardly needed: {known}");
}

#[test]
fn without_the_journal_what_may_repeat_is_held_and_the_office_is_asked_once() {
    let run = run(2);
    let (mut held, mut cases) = (0, 0);
    for (count, backup) in run.backups.iter().rev().step_by(stride(8)).enumerate() {
        let mut world = run.world.put_back(backup, Left::Nothing);
        world.opens();
        world.rests();
        let name = backup.display();
        let sent = world.ledger.split_off(run.world.ledger.len());
        let to: Vec<&str> = sent.iter().map(|taken| taken.to.as_str()).collect();
        assert_eq!(to, [OFFICE], "{name}: only the office is asked, and once");
        let repeats = world.repeats();
        assert!(!repeats.is_empty(), "{name}");
        let told = format!("{}通", repeats.len());
        assert!(sent[0].message.text.contains(&told), "{name}: {told}: {}", sent[0].message.text);
        held += repeats.len();
        cases += 1;
        // a daemon that starts again asks nobody again
        world.opens();
        world.rests();
        assert_eq!(world.ledger.len(), run.world.ledger.len(), "{name}");
        if count % 2 == 0 {
            everything_is_let_go(&mut world, &run);
        } else {
            everything_is_dropped(&mut world, &run);
        }
    }
    counted("without_the_journal_what_may_repeat_is_held_and_the_office_is_asked_once", cases);
    assert!(held > 500, "hardly anything was in doubt: {held}");
}

fn everything_is_let_go(world: &mut World, run: &Run) {
    world.order(&Command::Repeats { client: None, mending: RepeatMending::Send });
    // A thread takes some mails an hour.
    for _ in 0..3 {
        world.rests();
        world.now = world.now.after(Duration::from_secs(3600));
    }
    assert!(world.repeats().is_empty());
    let accepted: BTreeSet<String> = world.accepted().into_keys().collect();
    let lost: Vec<_> = run.accepted.difference(&accepted).collect();
    assert!(lost.is_empty(), "never sent: {lost:?}");
    life_goes_on(world);
}

fn everything_is_dropped(world: &mut World, run: &Run) {
    world.order(&Command::Repeats { client: None, mending: RepeatMending::Drop });
    world.rests();
    assert_eq!(world.accepted(), run.world.accepted(), "nothing goes out");
    life_goes_on(world);
}

/// What comes after the restore is held by nobody.
fn life_goes_on(world: &mut World) {
    world.now = world.now.after(Duration::from_secs(3600));
    world.arrives("haru@example.jp", SERVICE, None, "元気です。");
    world.rests();
    assert!(world.newest_to("ai@example.org", "元気です。").is_some());
}
