//! The line, row by row, the clock an argument: who comes after whom, what is passed over, when it wakes.

use super::*;
use crate::domain::outgoing::State;
use crate::domain::settled::Settled;
use crate::mail::message_id::MessageId;
use crate::mail::submission::Envelope;
use crate::store::{NewRow, RowEnd, Store, StoreError};

const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn at(seconds: u64) -> Timestamp {
    START.after(Duration::from_secs(seconds))
}

/// Limits under which nothing is held back but by its lane.
fn free(connections: usize) -> ClaimLimits<'static> {
    ClaimLimits { connections, per_hour: 0, is_lively: &|_| true, waits: &|_, _, _| None }
}

struct World {
    store: Store,
    rows: u32,
    _dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        Self { store, rows: 0, _dir: dir }
    }

    /// Queues `count` mails of one kind for one person; her number is as good as a client's.
    fn queue(&mut self, count: u32, kind: Kind, person: u32, domain: &str, now: Timestamp) -> Vec<i64> {
        self.queue_of(None, count, kind, person, domain, now)
    }

    /// Queues alerts that one client causes.
    fn caused(&mut self, client: i64, count: u32, domain: &str, now: Timestamp) -> Vec<i64> {
        // the client herself is of no interest here
        self.store.connection.pragma_update(None, "foreign_keys", false).unwrap();
        self.queue_of(Some(ClientId(client)), count, Kind::Alert, 1000, domain, now)
    }

    fn queue_of(
        &mut self,
        client: Option<ClientId>,
        count: u32,
        kind: Kind,
        person: u32,
        domain: &str,
        now: Timestamp,
    ) -> Vec<i64> {
        let first = self.rows;
        self.rows += count;
        let address = |text: &str| Address::parse(text).unwrap();
        let envelope = Envelope { reverse_path: None, forward_path: address(&format!("p{person}@{domain}")) };
        let rows = self.store.write::<_, StoreError>(|tx| {
            let row = |n: u32| {
                let key = format!("row {}", first + n);
                let message_id = MessageId::parse(&format!("y{}@example.jp", first + n)).unwrap();
                let new = NewRow {
                    effect_key: &key,
                    message_id: &message_id,
                    kind,
                    envelope: &envelope,
                    bytes: b"x",
                    person: "p",
                    principal: person,
                    epoch: 0,
                    client,
                    day: None,
                    letter: None,
                    cause: "test",
                    reason: "test",
                    confirmation: None,
                    absence: None,
                    set_aside: None,
                    ask: None,
                    reading: None,
                    state: State::Queued,
                    may_repeat: false,
                    expires_at: now.after(kind.lifetime()),
                    grace_until: None,
                };
                Ok(tx.enqueue(&new, now)?.unwrap())
            };
            (0..count).map(row).collect()
        });
        rows.unwrap()
    }

    fn claim(&mut self, now: Timestamp, limit: usize, limits: &ClaimLimits<'_>) -> Vec<i64> {
        let claimed = self.store.write::<_, StoreError>(|tx| tx.claim(now, limit, limits)).unwrap();
        claimed.submissions.iter().map(|s| s.outbox_id).collect()
    }

    fn next_due(&self, now: Timestamp, limits: &ClaimLimits<'_>) -> Option<Timestamp> {
        self.store.read::<_, StoreError>(|tx| tx.next_due(now, limits)).unwrap()
    }

    /// Ends attempts: accepted, or put off until an instant.
    fn end(&mut self, rows: &[i64], again: Option<Timestamp>, now: Timestamp) {
        let state = if again.is_some() { State::Queued } else { State::Accepted };
        let settled = Settled { state, next_at: again, pause: None, about: None };
        let end =
            RowEnd { settled, unknown: false, refused: false, code: 250, reply: String::new(), stage: "dot" };
        let ended = self
            .store
            .write::<_, StoreError>(|tx| rows.iter().try_for_each(|row| tx.end_attempt(*row, &end, now)));
        ended.unwrap();
    }

    /// Claims and accepts until nothing is left; the order.
    fn drain(&mut self, now: Timestamp, limits: &ClaimLimits<'_>, most: usize) -> Vec<i64> {
        let mut order = Vec::new();
        while order.len() < most {
            let claimed = self.claim(now, limits.connections, limits);
            if claimed.is_empty() {
                break;
            }
            self.end(&claimed, None, now);
            order.extend(claimed);
        }
        order
    }
}

fn place_of(order: &[i64], row: i64) -> Option<usize> {
    order.iter().position(|claimed| *claimed == row)
}

#[test]
fn a_burst_of_one_client_stands_behind_everybody_else() {
    let mut world = World::new();
    world.queue(5000, Kind::Alert, 1, "example.org", START);
    let alert = world.queue(1, Kind::Alert, 2, "example.org", at(1))[0];
    let words = world.queue(1, Kind::PassOn, 3, "example.jp", at(1))[0];
    let receipt = world.queue(1, Kind::Receipt, 4, "example.jp", at(1))[0];
    let order = world.drain(at(2), &free(4), 200);
    // one of the burst was first; the sixteen of its first quarter of an hour are still alerts
    assert_eq!(place_of(&order, alert), Some(1));
    assert_eq!(place_of(&order, words), Some(17));
    assert_eq!(place_of(&order, receipt), Some(18));
    // a client who wrote later, and much of the burst still waits
    let later = world.queue(1, Kind::Alert, 5, "example.org", at(600))[0];
    assert_eq!(place_of(&world.drain(at(600), &free(4), 8), later), Some(0));
}

#[test]
fn a_burst_that_was_put_off_stands_behind_everybody_else_when_its_time_comes() {
    let mut world = World::new();
    world.queue(2000, Kind::Alert, 1, "example.org", START);
    let burst = world.claim(START, 2000, &free(2000));
    assert_eq!(burst.len(), 2000);
    world.end(&burst, Some(at(60)), START);
    let alert = world.queue(1, Kind::Alert, 2, "example.org", at(30))[0];
    world.queue(1, Kind::Alert, 3, "example.jp", at(40));
    let other = world.claim(at(40), 2, &free(4));
    assert_eq!(other[0], alert);
    world.end(&other[1..], Some(at(61)), at(40));
    let order = world.drain(at(62), &free(4), 100);
    // a thousand rows are given their place in each claim
    assert!(place_of(&order, other[1]).is_some_and(|place| place <= 8), "{order:?}");
}

#[test]
fn each_claim_of_a_mail_is_its_next_attempt() {
    let mut world = World::new();
    world.queue(1, Kind::Alert, 1, "example.org", START);
    for attempt in 1..=3 {
        let now = at(60 * attempt);
        let claimed = world.store.write::<_, StoreError>(|tx| tx.claim(now, 1, &free(1))).unwrap();
        let numbers: Vec<i64> = claimed.submissions.iter().map(|s| s.attempt).collect();
        assert_eq!(numbers, [i64::try_from(attempt).unwrap()]);
        world.end(&[claimed.submissions[0].outbox_id], Some(at(60 * (attempt + 1))), now);
    }
}

#[test]
fn what_is_urgent_goes_first_and_clients_take_turns() {
    let mut world = World::new();
    let receipt = world.queue(1, Kind::Receipt, 1, "example.org", START);
    let words = world.queue(1, Kind::PassOn, 2, "example.org", at(1));
    let hers = world.queue(3, Kind::Alert, 3, "example.org", at(2));
    let his = world.queue(3, Kind::Alert, 4, "example.org", at(3));
    let order = world.drain(at(4), &free(1), 100);
    let expected = [hers[0], his[0], hers[1], his[1], hers[2], his[2], words[0], receipt[0]];
    assert_eq!(order, expected);
}

#[test]
fn a_carrier_gets_one_connection_and_a_second_between_two_mails() {
    let mut world = World::new();
    let docomo = world.queue(3, Kind::Alert, 1, "docomo.ne.jp", START);
    let au = world.queue(1, Kind::Alert, 2, "ezweb.ne.jp", START);
    let au_too = world.queue(1, Kind::Alert, 3, "au.com", START);
    let first = world.claim(START, 8, &free(8));
    assert_eq!(first, [docomo[0], au[0]]);
    // one connection, however long it takes, and nothing to wake for
    assert_eq!(world.claim(at(30), 8, &free(8)), [0; 0]);
    assert_eq!(world.next_due(at(30), &free(8)), None);
    world.end(&first, None, at(30));
    let second = world.claim(at(30), 8, &free(8));
    assert_eq!(second, [au_too[0], docomo[1]]);
    world.end(&second, None, at(30));
    // a second between the beginnings of two
    assert_eq!(world.claim(at(30), 8, &free(8)), [0; 0]);
    assert_eq!(world.next_due(at(30), &free(8)), Some(at(31)));
    assert_eq!(world.claim(Timestamp::from_millis(at(31).millis() - 1), 8, &free(8)), [0; 0]);
    assert_eq!(world.claim(at(31), 8, &free(8)), [docomo[2]]);
}

#[test]
fn a_clock_that_was_set_back_holds_back_no_carrier() {
    let mut world = World::new();
    let rows = world.queue(2, Kind::Alert, 1, "docomo.ne.jp", START);
    let first = world.claim(at(86_400), 1, &free(4));
    world.end(&first, None, at(86_400));
    assert_eq!(world.claim(at(0), 1, &free(4)), [rows[1]]);
}

#[test]
fn mails_to_a_busy_carrier_hold_back_nobody_behind_them() {
    let mut world = World::new();
    for person in 10..210 {
        world.queue(1, Kind::Alert, person, "docomo.ne.jp", START);
    }
    let other = world.queue(1, Kind::Receipt, 2, "example.org", at(1));
    let claimed = world.claim(at(2), 8, &free(8));
    assert_eq!(claimed.len(), 2);
    assert_eq!(claimed[1], other[0]);
}

#[test]
fn a_slow_or_dead_domain_never_gets_the_last_connection() {
    let strange = ClaimLimits { connections: 4, per_hour: 0, is_lively: &|_| false, waits: &|_, _, _| None };
    let mut world = World::new();
    for person in 10..30 {
        world.queue(1, Kind::Alert, person, "example.org", START);
    }
    assert_eq!(world.claim(START, 4, &strange).len(), 3);
    let other = world.queue(1, Kind::Alert, 2, "example.net", at(5));
    assert_eq!(world.claim(at(5), 1, &strange), other);
    // a domain that takes mail may have all of them
    let mut world = World::new();
    for person in 10..30 {
        world.queue(1, Kind::Alert, person, "example.org", START);
    }
    let three = world.claim(START, 3, &free(4));
    assert_eq!(world.claim(at(1), 4, &free(4)).len(), 1);
    // until it becomes slow
    world.end(&three[..1], None, at(20));
    assert_eq!(world.claim(at(20), 4, &free(4)), [0; 0]);
    // with one connection there is no other to keep
    let mut world = World::new();
    world.queue(1, Kind::Alert, 1, "example.org", START);
    assert_eq!(world.claim(START, 1, &ClaimLimits { connections: 1, ..strange }).len(), 1);
}

#[test]
fn a_limit_of_the_hour_keeps_a_fifth_for_the_urgent_and_wakes_when_there_is_room() {
    let limits = ClaimLimits { connections: 32, per_hour: 10, is_lively: &|_| true, waits: &|_, _, _| None };
    let mut world = World::new();
    for person in 10..30 {
        world.queue(1, Kind::Receipt, person, "example.org", START);
    }
    // eight of ten; the two that are left are for alerts and answers
    assert_eq!(world.claim(at(10), 32, &limits).len(), 8);
    assert_eq!(world.claim(at(20), 32, &limits), [0; 0]);
    assert_eq!(world.next_due(at(20), &limits), Some(at(3610)));
    let urgent = world.queue(3, Kind::Alert, 1, "example.jp", at(30));
    assert_eq!(world.next_due(at(30), &limits), Some(at(30)));
    assert_eq!(world.claim(at(30), 32, &limits), urgent[..2]);
    assert_eq!(world.next_due(at(30), &limits), Some(at(3610)));
    assert_eq!(world.claim(Timestamp::from_millis(at(3610).millis() - 1), 32, &limits), [0; 0]);
    let room = world.claim(at(3610), 32, &limits);
    // the two of half a minute past count still: six more make eight
    assert_eq!((room.len(), room[0]), (6, urgent[2]));
}

#[test]
fn in_any_hour_at_most_so_many_are_tried() {
    for (seed, per_hour) in [(1, 1), (2, 4), (3, 7), (4, 20)] {
        let limits = ClaimLimits { connections: 32, per_hour, is_lively: &|_| true, waits: &|_, _, _| None };
        let mut world = World::new();
        let mut state: u64 = seed;
        // chance enough for a test (Knuth's multiplier)
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let (mut now, mut tried) = (0, Vec::new());
        let mut person = 10;
        while now < 5 * 3600 {
            for _ in 0..below(9) {
                person += 1;
                let kind = *[Kind::Alert, Kind::Receipt].get(usize::try_from(below(2)).unwrap()).unwrap();
                world.queue(1, kind, person, "example.org", at(now));
            }
            let limit = usize::try_from(1 + below(8)).unwrap();
            let claimed = world.claim(at(now), limit, &limits);
            tried.extend(claimed.iter().map(|_| now));
            now += below(600);
        }
        let most = tried.iter().map(|from| tried.iter().filter(|t| (*from..from + 3600).contains(t)).count());
        assert_eq!(most.max(), Some(usize::try_from(per_hour).unwrap()), "seed {seed}");
    }
}

#[test]
fn mails_to_a_suspended_address_leave_the_line_and_hold_back_nobody() {
    let mut world = World::new();
    let gone = world.queue(100, Kind::Alert, 1, "example.org", START);
    let other = world.queue(1, Kind::Receipt, 2, "example.org", at(1));
    let gone_address = Address::parse("p1@example.org").unwrap();
    let (mut claimed, mut ended) = (Vec::new(), Vec::new());
    world.store.write::<_, StoreError>(|tx| tx.suspend(&gone_address, gone[0], "5.1.1", START)).unwrap();
    for _ in 0..5 {
        let found = world.store.write::<_, StoreError>(|tx| tx.claim(at(2), 1, &free(4))).unwrap();
        claimed.extend(found.submissions.iter().map(|s| s.outbox_id));
        ended.extend(found.suspended);
    }
    ended.sort_unstable();
    assert_eq!((claimed, ended), (other, gone));
    assert_eq!(world.next_due(at(2), &free(4)), None);
}

#[test]
fn no_look_at_the_line_sorts_or_reads_all_that_waits() {
    let mut world = World::new();
    world.queue(300, Kind::Alert, 1, "example.org", START);
    let put_off = world.claim(START, 100, &free(100));
    world.end(&put_off, Some(at(9000)), START);
    let in_line = format!(
        "SELECT {COLUMNS} FROM outbox INDEXED BY outbox_line WHERE {IN_LINE} ORDER BY rank, place, id"
    );
    let of_lane = format!(
        "SELECT {COLUMNS} FROM outbox INDEXED BY outbox_lanes WHERE lane = ?1 AND {IN_LINE} ORDER BY rank, place, id LIMIT ?2"
    );
    let due = "SELECT id FROM outbox INDEXED BY outbox_due WHERE place IS NULL AND state IN ('queued', 'unknown') \
        AND next_at <= ?1 ORDER BY next_at LIMIT ?2";
    for sql in [in_line.as_str(), of_lane.as_str(), due] {
        let mut statement = world.store.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let count = statement.parameter_count();
        let values = vec![1_i64; count];
        let plan = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3));
        let plan: Vec<String> = plan.unwrap().map(|step| step.unwrap()).collect();
        assert!(!plan.is_empty() && plan.iter().all(|step| !step.contains("TEMP B-TREE")), "{sql}: {plan:?}");
    }
}

#[test]
fn no_more_are_claimed_than_are_asked_for_and_whether_any_is_left_is_known() {
    let mut world = World::new();
    let has_due = |world: &World| world.store.read::<_, StoreError>(|tx| tx.has_due(START)).unwrap();
    assert!(!has_due(&world));
    for person in 1..=5 {
        world.queue(1, Kind::Alert, person, &format!("d{person}.example"), START);
    }
    assert!(has_due(&world));
    assert_eq!(world.claim(START, 2, &free(32)).len(), 2);
    let rest = world.claim(START, 9, &free(32));
    assert_eq!(rest.len(), 3);
    assert!(has_due(&world), "what is under way is not done");
    world.end(&rest, None, START);
    let first: Vec<i64> = (1..=5).filter(|row| !rest.contains(row)).collect();
    world.end(&first, None, START);
    assert!(!has_due(&world));
    // nothing is counted where nothing is limited
    let sql = "SELECT count(*) FROM paced_attempts";
    let counted = |tx: &Tx<'_>| Ok::<i64, StoreError>(tx.connection.query_row(sql, [], |row| row.get(0))?);
    assert_eq!(world.store.read(counted).unwrap(), 0);
}

#[test]
fn alerts_and_answers_may_use_what_is_kept_for_them() {
    let limits = ClaimLimits { connections: 32, per_hour: 10, is_lively: &|_| true, waits: &|_, _, _| None };
    for kind in [Kind::Alert, Kind::PassOn] {
        let mut world = World::new();
        world.queue(20, Kind::Receipt, 1, "example.org", START);
        assert_eq!(world.claim(START, 32, &limits).len(), 8);
        let urgent = world.queue(2, kind, 2, "example.jp", START);
        assert_eq!(world.claim(START, 32, &limits), urgent, "{kind:?}");
    }
}

#[test]
fn a_thread_takes_twenty_mails_an_hour_and_the_next_one_leaves_the_line_until_then() {
    let mut world = World::new();
    let hers = world.caused(7, 21, "example.org", START);
    let claimed = world.store.write::<_, StoreError>(|tx| tx.claim(at(1), 30, &free(64))).unwrap();
    assert_eq!((claimed.submissions.len(), claimed.busy.as_slice()), (20, &[ClientId(7)][..]));
    assert_eq!(world.next_due(at(2), &free(64)), Some(at(3601)));
    let other = world.caused(8, 1, "example.org", at(3));
    assert_eq!(world.claim(at(3), 30, &free(64)), other);
    assert_eq!(world.claim(Timestamp::from_millis(at(3601).millis() - 1), 30, &free(64)), [0; 0]);
    assert_eq!(world.claim(at(3601), 30, &free(64)), hers[20..]);
}

#[test]
fn behind_a_busy_carrier_no_more_are_claimed_than_are_asked_for() {
    let mut world = World::new();
    for person in 10..110 {
        world.queue(1, Kind::Alert, person, "docomo.ne.jp", START);
    }
    assert_eq!(world.claim(START, 1, &free(8)).len(), 1);
    let first = world.queue(1, Kind::Receipt, 2, "example.org", at(1));
    let second = world.queue(1, Kind::Receipt, 3, "example.net", at(2));
    assert_eq!(world.claim(Timestamp::from_millis(START.millis() + 900), 1, &free(8)), first);
    assert_eq!(world.claim(Timestamp::from_millis(START.millis() + 950), 1, &free(8)), second);
}

#[test]
fn a_person_and_a_client_of_the_same_number_have_turns_of_their_own() {
    let mut world = World::new();
    let caused = world.caused(7, 3, "example.org", START);
    let to_her = world.queue(1, Kind::Alert, 7, "example.org", at(1))[0];
    assert_eq!(world.drain(at(2), &free(1), 9), [caused[0], to_her, caused[1], caused[2]]);
}
