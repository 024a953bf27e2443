//! The simulator: seeded people, a mailbox server and a submission server that fail between any two answers, a store
//! that refuses within a verb, crashes between any two calls, in virtual time, over the real engine and a real database.
//!
//! * `cargo test --test sim` plays 200 seeds.
//! * `YORISOI_SIM_SEEDS=5000 cargo test --test sim` plays more, `YORISOI_LONG=1` 10,000; `YORISOI_SIM_FROM=200` begins
//!   with that one.
//! * A seed that fails leaves a story: the seed and what has to happen for it to fail, and nothing else.
//!   `YORISOI_SIM_STORY=FILE cargo test --test sim -- --nocapture` plays it again.
//! * `YORISOI_SIM_SEED=123 cargo test --test sim -- --nocapture` plays one seed and tells it (when it
//!   fails, made shorter, in at most `YORISOI_SIM_SHRINK` plays); with `YORISOI_SIM_MAILS=1` also what stands in the mails.

#![allow(clippy::expect_used)] // test code outside of #[test] functions

mod chance;
mod chaos;
mod closed;
#[path = "../counted/mod.rs"]
mod counted;
mod hours;
mod house;
mod letters;
mod mailbox;
mod model;
mod parity;
mod people;
#[path = "../plain/mod.rs"]
mod plain;
mod planted;
mod play;
mod saying;
mod script;
mod steps;
mod story;
mod submission;
mod walks;
mod world;
mod writing;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use planted::Wrong;
use play::{Play, Played, play, shrink};

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// So many plays may make a failure shorter.
fn plays(usual: usize) -> usize {
    number("YORISOI_SIM_SHRINK").and_then(|plays| usize::try_from(plays).ok()).unwrap_or(usual)
}

/// How many seeds are wanted; `None` for the usual number.
fn seeds_asked_for() -> Option<u64> {
    number("YORISOI_SIM_SEEDS").or(std::env::var_os("YORISOI_LONG").map(|_| 10_000))
}

/// What the model looked at and let pass, by name.
type Counts = BTreeMap<&'static str, usize>;

/// Plays all of them, on every core; those that failed, in order.
fn play_all(from: u64, seeds: u64, one: impl Fn(u64) -> Played + Sync) -> (Vec<(u64, Played)>, Counts) {
    let next = AtomicU64::new(from);
    let failed: Mutex<Vec<(u64, Played)>> = Mutex::default();
    let sums: Mutex<[usize; 4]> = Mutex::default();
    let counts: Mutex<Counts> = Mutex::default();
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + seeds {
                        return;
                    }
                    if seed > from && (seed - from).is_multiple_of(1000) {
                        println!("{} of {seeds} seeds", seed - from);
                    }
                    let played = one(seed);
                    let of = [played.typed, played.steps, played.transmissions, played.crashes];
                    sums.lock().expect("sums").iter_mut().zip(of).for_each(|(sum, of)| *sum += of);
                    for (what, count) in &played.counts {
                        *counts.lock().expect("counts").entry(what).or_default() += count;
                    }
                    if !played.broken.is_empty() {
                        println!("seed {seed}: {}", played.broken.join("; "));
                        failed.lock().expect("failures").push((seed, played));
                    }
                }
            });
        }
    });
    let [typed, steps, transmissions, crashes] = *sums.lock().expect("sums");
    println!(
        "{seeds} seeds: {typed} mails typed, {steps} steps, {transmissions} transmissions, {crashes} crashes"
    );
    let counts = counts.into_inner().expect("counts");
    for (what, count) in &counts {
        println!("{count:7} {what}");
    }
    let mut failed = failed.into_inner().expect("failures");
    failed.sort_by_key(|(seed, played)| (played.happened.len(), *seed));
    (failed, counts)
}

/// What is let pass must stay the exception: else the model says nothing of reports that wait.
fn excuses_are_few(counts: &Counts) {
    let of = |what: &str| counts.get(what).copied().unwrap_or(0);
    let deadlines: usize =
        counts.iter().filter(|(what, _)| what.starts_with("deadlines: ")).map(|(_, n)| n).sum();
    let judged = of("deadlines: answered in time") + of("deadlines: told before they passed");
    assert!(2 * judged > deadlines, "{judged} of {deadlines} deadlines are judged: {counts:?}");
    assert!(10 * of("deadlines: told before they passed") > deadlines, "few are late: {counts:?}");
    let (point, absence) = (of("… handed over at their point"), of("… handed over for an absence"));
    let free = of("… handed over under a clock that was set");
    assert!(point > absence / 4 && absence > 0 && 4 * free < point + absence, "hand-overs: {counts:?}");
}

#[test]
fn whatever_fails_every_word_reaches_its_reader_and_nobody_else() {
    if let Some(file) = std::env::var_os("YORISOI_SIM_STORY") {
        let story = std::fs::read_to_string(file).expect("a story");
        let play = Play { keep: true, ..Play::from_story(&story).expect("a story") };
        let played = crate::play::play(&play);
        println!("{}", play.story(&played));
        assert!(played.broken.is_empty(), "it fails again: {}", played.broken.join("; "));
        return;
    }
    if let Some(seed) = number("YORISOI_SIM_SEED") {
        let played = play(&Play::of(seed));
        let (play, played) = shrink(&Play::of(seed), &played, plays(200));
        println!("{}", play.story(&played));
        assert!(played.broken.is_empty(), "{}: {}", play::leave(&play, &played).display(), played.broken[0]);
        return;
    }
    let seeds = seeds_asked_for().unwrap_or(200);
    counted::counted(
        "whatever_fails_every_word_reaches_its_reader_and_nobody_else",
        usize::try_from(seeds).expect("a number"),
    );
    let (failed, counts) =
        play_all(number("YORISOI_SIM_FROM").unwrap_or(0), seeds, |seed| play(&Play::of(seed)));
    if let Some((seed, played)) = failed.first() {
        let (play, played) = shrink(&Play::of(*seed), played, plays(100));
        let file = play::leave(&play, &played);
        panic!(
            "{} of {seeds} seeds fail; the shortest:\n{}\nagain: YORISOI_SIM_STORY={} cargo test --test sim",
            failed.len(),
            play.story(&played),
            file.display()
        );
    }
    if seeds >= 100 {
        excuses_are_few(&counts);
    }
}

/// Plays seeds until the fault has happened and is seen for what it is, in a run that is sound without it. Some faults
/// heal: a forgotten mail comes back under another UIDVALIDITY, a crash frees a claim.
fn check(wrong: Wrong, seen_as: &str) {
    let mut tales = Vec::new();
    for seed in 1000..1032 {
        let played = play(&Play { wrong: Some(wrong), ..Play::of(seed) });
        if !played.planted {
            continue;
        }
        if played.broken.iter().any(|sentence| sentence.contains(seen_as)) {
            let sound = play(&Play::of(seed));
            assert!(sound.broken.is_empty(), "{seed}: {:?}", sound.broken);
            return;
        }
        tales.push(format!("{seed}: {:?}", played.broken));
    }
    panic!("{wrong:?} is not seen as \"{seen_as}\": {tales:#?}");
}

#[test]
fn a_mail_to_the_wrong_reader_is_seen() {
    check(Wrong::Misdirected, "which was not for");
}

#[test]
fn a_mail_that_is_lost_before_it_is_kept_is_seen() {
    check(Wrong::Dropped, "reached nobody");
}

#[test]
fn a_kept_mail_that_is_never_understood_is_seen() {
    check(Wrong::Forgotten, "reached nobody");
}

#[test]
fn a_changed_octet_is_seen() {
    check(Wrong::Changed, "sent again with other octets");
}

#[test]
fn an_address_in_a_header_is_seen() {
    check(Wrong::Leaked, "which is a secret of");
}

#[test]
fn a_mail_sent_again_after_its_acceptance_is_seen() {
    check(Wrong::Repeated, "sent again although its acceptance was known");
}

#[test]
fn held_words_without_a_yes_are_seen() {
    check(Wrong::Unasked, "before anybody said yes");
}

#[test]
fn an_acceptance_that_never_was_is_seen() {
    check(Wrong::Believed, "counts as accepted, and the server never took it");
}

#[test]
fn an_answer_without_its_report_is_seen() {
    check(Wrong::Shortened, "without the report's");
}

#[test]
fn a_submission_that_is_never_settled_is_seen() {
    check(Wrong::Stuck, "an outgoing mail waits for ever");
}

#[test]
fn an_answer_to_a_robot_is_seen() {
    check(Wrong::Answered, "in answer to a machine or a stranger");
}

#[test]
fn rows_that_vanish_are_seen() {
    check(Wrong::Unlisted, "that have no row");
}

#[test]
fn a_low_water_mark_that_falls_is_seen() {
    check(Wrong::Lowered, "the low-water mark went from");
}

#[test]
fn a_fourth_attempt_is_seen() {
    check(Wrong::Tried, "a mail was attempted too often");
}

#[test]
fn effects_that_one_content_has_twice_are_seen() {
    check(Wrong::Doubled, "one content had its effects twice");
}

#[test]
fn a_refusal_that_never_was_is_seen() {
    check(Wrong::Despaired, "counts as refused, and the server never refused it");
}

#[test]
fn a_second_reminder_is_seen() {
    check(Wrong::RemindedAgain, "as news twice");
}

#[test]
fn a_truth_about_an_answered_report_is_seen() {
    check(Wrong::Reopened, "that an answer may be late that was taken in before");
}

#[test]
fn a_second_truth_is_seen() {
    check(Wrong::ToldAgain, "a second time that one answer may be late");
}

#[test]
fn a_step_that_wakes_somebody_is_seen() {
    check(Wrong::Woken, "is woken");
}

#[test]
fn a_truth_that_is_never_told_is_seen() {
    check(Wrong::Untold, "was not told before");
}

#[test]
fn a_report_that_goes_to_the_second_one_too_soon_is_seen() {
    check(Wrong::Hasty, "before the time of the first is over");
}

#[test]
fn a_report_without_its_holder_is_seen() {
    check(Wrong::Unheld, "waits with");
}

#[test]
fn crashes_alone_change_nothing_in_the_end() {
    let seeds = seeds_asked_for().map_or(30, |seeds| seeds.div_ceil(10));
    counted::counted("crashes_alone_change_nothing_in_the_end", usize::try_from(seeds).expect("a number"));
    let (failed, _) = play_all(0, seeds, |seed| parity::compare(seed, None));
    let told = |(seed, played): &(u64, Played)| format!("seed {seed}: {}", played.broken.join("\n  "));
    assert!(failed.is_empty(), "{}", failed.iter().map(told).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_a_crash_loses_is_seen() {
    let seen = (0..20).any(|seed| {
        let played = parity::compare(seed, Some(Wrong::LostInCrash));
        played.planted && played.broken.iter().any(|sentence| sentence.contains("only without crashes"))
    });
    assert!(seen, "a mail that was lost in a crash is not missed");
}

#[test]
fn houses_and_robots_that_answer_each_other_go_quiet() {
    let (mut mails, mut worlds, mut failed) = (0, 0, Vec::new());
    for (what, cast) in closed::casts() {
        for seed in 0..seeds_asked_for().map_or(3, |seeds| seeds.div_ceil(100)) {
            let mut world = closed::Closed::new(seed, &cast);
            let broken = world.run(&cast, 30);
            let (all, most, last) = (world.log.len(), cast.mails, world.last_day());
            println!("{what}, seed {seed}: {all} mails of at most {most} in 30 days, the last on day {last}");
            worlds += 1;
            mails += world.log.len();
            failed.extend(broken.iter().map(|sentence| format!("{what}, seed {seed}: {sentence}")));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(mails > 200, "nobody wrote");
    counted::counted("houses_and_robots_that_answer_each_other_go_quiet", worlds);
}

#[test]
fn an_answer_for_ever_is_seen() {
    let (_, cast) = closed::casts().into_iter().find(|(what, _)| *what == "echoes").expect("echoes");
    let mut world = closed::Closed::new(0, &cast);
    world.forgets = true;
    let broken = world.run(&cast, 30).join("; ");
    assert!(broken.contains("no end") || broken.contains("does not go quiet"), "{broken}");
}

#[test]
fn a_failure_leaves_a_story_that_fails_again_and_is_shorter() {
    let plays = (1000..1012).map(|seed| Play { wrong: Some(Wrong::Misdirected), ..Play::of(seed) });
    let mut played = plays.map(|whole| (play(&whole), whole));
    let (whole_played, whole) = played.find(|(played, _)| !played.broken.is_empty()).expect("a failure");
    let replayed = play(&Play::from_story(&whole.story(&whole_played)).expect("a story"));
    assert_eq!(replayed.tale, whole_played.tale, "the whole run again");
    let (short, shrunk) = shrink(&whole, &whole_played, 12);
    assert!(shrunk.happened.len() * 2 < whole_played.happened.len(), "{:?}", shrunk.happened);
    let story = std::fs::read_to_string(play::leave(&short, &shrunk)).expect("a file");
    let again = play(&Play::from_story(&story).expect("a story"));
    assert_eq!((again.broken, again.tale), (shrunk.broken, shrunk.tale));
}
