//! The kill matrix: the real program between real servers dies before and after each of its forty steps, is started
//! again, and must have lost and doubled nothing.

pub mod house;
pub mod judge;
pub mod kinds;
pub mod ledger;
pub mod points;
pub mod storm;
pub mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use self::house::House;
use self::kinds::Kind;
use self::ledger::Ledger;
use self::points::Kill;
use self::table::Table;
use crate::lab::{Lab, Options, WORLD};

/// A house, what it is doing, and how it dies: the first time while it runs, then while it recovers.
#[derive(Clone, Debug)]
pub struct Case {
    pub kind: Kind,
    pub kills: Vec<Kill>,
    /// Whether a death that is not on the way counts as a failure.
    pub all_must_happen: bool,
}

/// What a case came to.
struct Played {
    state: Value,
    passed: Vec<String>,
    deaths: usize,
}

/// Plays every case, several at a time in one lab; the table of what was passed and how many died, and what failed.
pub fn play(cases: &[Case]) -> (Table, Vec<String>) {
    let undisturbed = Kind::ALL.map(|kind| Case { kind, kills: Vec::new(), all_must_happen: true });
    let all: Vec<&Case> = undisturbed.iter().chain(cases).collect();
    let people = (0..all.len()).flat_map(house::addresses).collect();
    let lab = Lab::with(Options { people, ..Options::default() });
    let ledger = Ledger::of(lab.dir());
    let houses: Vec<House<'_>> =
        all.iter().enumerate().map(|(n, case)| House::new(&lab, n, case.kind.unproven_answers())).collect();
    let (table, failed): (Mutex<Table>, Mutex<Vec<String>>) = (Mutex::default(), Mutex::default());
    let run = |n: usize, peace: &[Value]| -> Option<Value> {
        let played = catch_unwind(AssertUnwindSafe(|| live(&houses[n], &ledger, all[n])));
        let Ok(Played { state, passed, deaths }) = played else {
            let Case { kind, kills, .. } = all[n];
            let kills: Vec<String> = kills.iter().map(Kill::to_string).collect();
            failed.lock().unwrap().push(format!("{kind:?}, killed at {}", kills.join(" and ")));
            return None;
        };
        table.lock().unwrap().note(&passed, deaths);
        if let Some(peace) = peace.get(all[n].kind as usize).filter(|peace| **peace != state) {
            let told = format!("{:?}: not as in peace\n{peace:#}\n{state:#}", all[n]);
            failed.lock().unwrap().push(told);
        }
        Some(state)
    };
    let peace: Vec<Value> = (0..undisturbed.len()).filter_map(|n| run(n, &[])).collect();
    assert_eq!(peace.len(), undisturbed.len(), "undisturbed lives failed already: {failed:?}");
    let next = AtomicUsize::new(undisturbed.len());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(n) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < all.len()) {
                    run(n, &peace);
                }
            });
        }
    });
    assert_eq!(lab.mails(WORLD).len(), 0, "mail went to addresses that nobody has: {:?}", lab.texts(WORLD));
    (table.into_inner().unwrap(), failed.into_inner().unwrap())
}

/// Lives wait for servers and disks as much as they compute.
const WORKERS: usize = 3;

/// One case from moving in to the verdict.
fn live(house: &House<'_>, ledger: &Ledger, case: &Case) -> Played {
    let Case { kind, kills, all_must_happen } = case;
    house.furnish();
    kind.before(house);
    let old = kills.iter().any(|kill| kill.needs_an_older_database());
    // a migration happens once
    let stages_with_death = if old { 1 } else { kind.stages() };
    let order: Vec<String> = (0..stages_with_death).flat_map(|_| kills).map(Kill::to_string).collect();
    let order = order.join(",");
    let (mut unknown, mut low, mut deaths) = (0, 0, 0);
    for stage in 0..kind.stages() {
        kind.happens(stage, house);
        if old && stage == 0 {
            house.becomes_old();
        }
        let now = if stage < stages_with_death { kills.as_slice() } else { &[] };
        for (n, kill) in now.iter().enumerate() {
            if n == 0 {
                house.dies_running(&order);
            } else if !house.dies_at_once(&order) {
                assert!(!all_must_happen, "{kill} is not on the way");
                continue;
            }
            deaths += 1;
            unknown += usize::from(kill.leaves_an_end_unknown());
            let now_low = judge::low_water(house);
            assert!(now_low >= low, "the low-water mark fell from {low} to {now_low}");
            low = now_low;
        }
        house.comes_to_rest();
    }
    judge::database(house);
    judge::mailboxes(house, ledger, &kind.expected(), unknown);
    let played = Played { state: judge::state(house), passed: house.passed(), deaths };
    house.moves_out();
    played
}
