//! A plan for as many people as a large service has.

use super::*;
use crate::domain::choosing::SupporterSet;
use crate::engine::Plan;

const CLIENTS: usize = 300;
const SUPPORTERS: usize = 60;
/// How many clients each takes.
const TAKES: u32 = 8;

/// Clients lean on few supporters, of whom some have several times as many as they take.
fn orders() -> Vec<Command> {
    let supporter = |n: usize| if n == 0 { "Ai".to_owned() } else { format!("Supporter {n}") };
    let mut orders = Vec::new();
    for n in 1..SUPPORTERS {
        let addresses = vec![address(&format!("supporter{n}@example.org"))];
        orders.push(Command::AddSupporter { name: supporter(n), addresses, locale: None });
    }
    for n in 0..SUPPORTERS {
        let set = SupporterSet { cap_day: Some(Some(TAKES)), ..SupporterSet::default() };
        orders.push(Command::SetSupporter { supporter: supporter(n), set });
    }
    for n in 1..CLIENTS {
        let (name, addresses) = (format!("Client {n}"), vec![address(&format!("client{n}@example.jp"))]);
        let (goal, supporter) = (String::new(), Some(supporter(n * n % 50)));
        let (locale, second, pool) = (None, None, false);
        orders.push(Command::AddClient { name, addresses, goal, locale, supporter, second, pool });
    }
    orders
}

#[test]
fn of_three_hundred_clients_fewer_than_one_in_ten_move_to_whoever_has_room() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut house = House::new(dir.path(), false);
    for order in orders() {
        house.engine.order(&order, house.now).expect("done");
    }
    let load = |house: &House| {
        let rows = house.engine.view(|tx| tx.client_views()).expect("the clients");
        let mut load: BTreeMap<String, u32> = BTreeMap::new();
        for supporter in rows.into_iter().filter_map(|row| row.supporter) {
            *load.entry(supporter).or_default() += 1;
        }
        load
    };
    let before = load(&house);
    let over: u32 = before.values().map(|has| has.saturating_sub(TAKES)).sum();
    assert!(over > 100, "{before:?}");
    let plan = house.engine.balance(house.now).expect("a plan");
    let Plan { clients, supporters, moves } = &plan;
    assert_eq!((*clients, *supporters), (CLIENTS, SUPPORTERS));
    // far more have to; so many do at a time
    assert!(!moves.is_empty() && moves.len() * 10 < CLIENTS, "{} move", moves.len());
    for one in moves {
        let from = one.from.as_ref().expect("somebody answers her");
        assert!(before[from] > TAKES, "{from} has no more than she takes: {one:?}");
    }
    let orders = moves.iter().map(|one| one.order).collect();
    house.engine.order(&Command::Move { moves: orders }, house.now).expect("carried out");
    let after = load(&house);
    for one in moves {
        assert!(after[&one.to] <= TAKES, "{} has too many: {after:?}", one.to);
    }
    let left: u32 = after.values().map(|has| has.saturating_sub(TAKES)).sum();
    assert_eq!(left as usize + moves.len(), over as usize);
}
